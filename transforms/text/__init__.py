"""Entries to paragraphs: HTML, normalisation, datelines, boilerplate, language."""
