"""Versions of entries; exact and near duplicates of paragraphs."""
