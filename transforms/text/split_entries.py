"""Entries to stories: the function on a batch that the graph runs in its worker processes."""

from collections.abc import Sequence

from newsbeam.transforms.records import Entry, Story
from newsbeam.transforms.text.split import TextLimits, split_entry
from newsbeam.transforms.workers import Batch


def split_batch(entries: Sequence[Entry], limits: TextLimits) -> Batch[Story]:
    """Return a story for each of `entries`; a paragraph that is too long is a dead letter."""
    splits = [split_entry(entry, limits) for entry in entries]
    return Batch([split.story for split in splits], [letter for split in splits for letter in split.dead_letters])
