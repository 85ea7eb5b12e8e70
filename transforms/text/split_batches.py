"""Splits batches of entries into stories; runs in worker processes."""

from collections.abc import Sequence

from newsbeam.transforms.records import Entry, Story
from newsbeam.transforms.runtime.batches import Batch
from newsbeam.transforms.text.split import TextLimits, split_entry


def split_batch(entries: Sequence[Entry], limits: TextLimits) -> Batch[Story]:
    """Return a story for each of `entries`; paragraphs beyond the limits are dead letters."""
    splits = [split_entry(entry, limits) for entry in entries]
    return Batch([split.story for split in splits], [letter for split in splits for letter in split.dead_letters])


def without_paragraphs(entries: Sequence[Entry]) -> Batch[Story]:
    """Return stories without paragraphs for entries that can't be split; their text is in a dead letter."""
    # The entry still has its row: its poll counts it, and a later version finds it.
    return Batch([Story(entry) for entry in entries])
