"""The stage that reads sources to documents: HTTP feeds, files, drops, archives, OPML lists."""
