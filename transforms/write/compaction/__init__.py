"""Merges the small files of past days while readers and writers go on."""
