"""Sources to documents: HTTP feeds, files, OPML lists."""
