"""The size of a stream's index."""

from dataclasses import dataclass
from datetime import timedelta

MAX_PARTITION_MEMORY = 600_000_000
"""Bytes of memory for which one partition's state suffices: a bag is one message to the worker, and should have 64 MB
at most. A bag has a seventh of the memory, and a byte of memory is 0.7 bytes of state."""


@dataclass(frozen=True)
class IndexSettings:
    """The size of the index.

    Attributes:
        window: How long a paragraph is remembered.
        memory: Bytes of memory over all partitions; what does not fit is forgotten, the oldest first.
        partitions: How many keys the paragraphs are spread over: a power of two, at most 16.
        threshold: The word similarity from which two paragraphs are near duplicates.
    """

    window: timedelta
    memory: int = 1_000_000_000
    partitions: int = 4
    threshold: float = 0.6
