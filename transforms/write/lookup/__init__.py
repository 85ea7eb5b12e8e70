"""What is read back from an output: known entries, paragraphs, polls, dead letters."""
