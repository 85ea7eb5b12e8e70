"""Decides versions of entries, and exact and near duplicates of paragraphs."""
