"""Newswire documents -> entries: one module for each format, and what they share (fields, signals, subjects)."""
