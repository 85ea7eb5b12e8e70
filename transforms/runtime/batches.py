"""Functions on batches of records, as worker processes run them.

No Beam here: a worker process that had to load it would start a second later.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import Any, Generic, TypeVar

from newsbeam.transforms.records import DeadLetter

T = TypeVar("T")


@dataclass(frozen=True)
class Batch(Generic[T]):
    """The return value of a batch function: its results, its dead letters, and numbers to add to counters."""

    items: Sequence[T]
    dead_letters: Sequence[DeadLetter] = ()
    counts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Chain:
    """Several batch functions as one, so that a batch is sent to a worker process and back only once."""

    functions: tuple[Callable[[Sequence[Any]], Batch[Any]], ...]

    def __call__(self, items: Sequence[Any]) -> Batch[Any]:
        return reduce(_then, self.functions, Batch(items))


def merge(batches: Sequence[Batch[Any]]) -> Batch[Any]:
    """Combine the results of several batches into one, in order."""
    return Batch(
        [item for batch in batches for item in batch.items],
        [dead_letter for batch in batches for dead_letter in batch.dead_letters],
        _sum(batch.counts for batch in batches),
    )


def _then(batch: Batch[Any], function: Callable[[Sequence[Any]], Batch[Any]]) -> Batch[Any]:
    after = function(batch.items)
    return Batch(after.items, (*batch.dead_letters, *after.dead_letters), _sum((batch.counts, after.counts)))


def _sum(counts: Iterable[Mapping[str, int]]) -> Mapping[str, int]:
    total: Counter[str] = Counter()
    for each in counts:
        total.update(each)
    return total
