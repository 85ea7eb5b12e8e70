"""Entries to stories, a batch at a time: what worker processes run."""

from collections.abc import Sequence

from newsbeam.transforms.records import Entry, Story
from newsbeam.transforms.runtime.batches import Batch
from newsbeam.transforms.text.split import TextLimits, split_entry


def split_batch(entries: Sequence[Entry], limits: TextLimits) -> Batch[Story]:
    """Return a story for each of `entries`; a paragraph that is too long is a dead letter."""
    splits = [split_entry(entry, limits) for entry in entries]
    return Batch([split.story for split in splits], [letter for split in splits for letter in split.dead_letters])


def without_paragraphs(entries: Sequence[Entry]) -> Batch[Story]:
    """Return what is left of entries that can't be split: their rows say that they came, a dead letter has the text."""
    return Batch([Story(entry) for entry in entries])
