"""Stories to signed stories, a batch at a time: what worker processes run."""

from collections.abc import Sequence

from newsbeam.transforms.dedup.paragraphs import sign
from newsbeam.transforms.records import Story
from newsbeam.transforms.runtime.batches import Batch


def band_keys_batch(stories: Sequence[Story]) -> Batch[Story]:
    """Return `stories` with the MinHash band keys of their paragraphs."""
    return Batch(sign(stories))
