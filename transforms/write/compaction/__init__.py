"""Merging the small files of past days, beside readers and writers."""
