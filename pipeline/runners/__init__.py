"""Beam's runners and their options; Prism on this machine."""
