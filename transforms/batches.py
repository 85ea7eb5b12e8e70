"""Functions on batches of records, as worker processes run them.

No Beam here: a worker process that had to load it would start a second later.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import Any, Generic, TypeVar

from newsbeam.transforms.records import DeadLetter

T = TypeVar("T")


@dataclass(frozen=True)
class Batch(Generic[T]):
    """What a function on a batch returns: its results, what could not go on, and what to count."""

    items: Sequence[T]
    dead_letters: Sequence[DeadLetter] = ()
    counts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Chain:
    """Several functions on batches as one, so that a batch goes to another process and back once."""

    functions: tuple[Callable[[Sequence[Any]], Batch[Any]], ...]

    def __call__(self, items: Sequence[Any]) -> Batch[Any]:
        return reduce(_then, self.functions, Batch(items))


def _then(batch: Batch[Any], function: Callable[[Sequence[Any]], Batch[Any]]) -> Batch[Any]:
    after = function(batch.items)
    counts = {name: batch.counts.get(name, 0) + after.counts.get(name, 0) for name in {**batch.counts, **after.counts}}
    return Batch(after.items, (*batch.dead_letters, *after.dead_letters), counts)
