"""Computes band keys for batches of stories; runs in worker processes."""

from collections.abc import Sequence

from newsbeam.transforms.dedup.paragraphs import add_band_keys
from newsbeam.transforms.records import Story
from newsbeam.transforms.runtime.batches import Batch


def band_keys_batch(stories: Sequence[Story]) -> Batch[Story]:
    """Return `stories` with the MinHash band keys of their paragraphs."""
    return Batch(add_band_keys(stories))
