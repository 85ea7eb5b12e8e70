"""Stories to signed stories, a batch at a time: what worker processes run."""

from collections.abc import Sequence

from newsbeam.transforms.batches import Batch
from newsbeam.transforms.dedup.paragraphs import sign
from newsbeam.transforms.records import Story


def sign_batch(stories: Sequence[Story]) -> Batch[Story]:
    """Return `stories` with the MinHash band keys of their paragraphs."""
    return Batch(sign(stories))
