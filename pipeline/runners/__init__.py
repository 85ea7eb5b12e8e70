"""Beam's runners: which there are, with which options; Prism on this machine."""
