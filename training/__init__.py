"""Trains the topic classifier on the paragraphs in `topics/`, which were written for it: `python -m training`."""
