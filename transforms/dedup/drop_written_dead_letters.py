"""DropWrittenDeadLetters: a feed that stays broken gives the same dead letter at each poll, which is written once.

A run looks the dead letters up in the output; a stream keeps their ids in state. Both forget them after a window.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

import apache_beam as beam
from apache_beam.pvalue import TaggedOutput

from newsbeam.transforms.dedup.keyed_index import KeyedIndex
from newsbeam.transforms.dedup.keyed_index_fn import KeyedIndexFn
from newsbeam.transforms.ids import dead_letter_id
from newsbeam.transforms.records import DeadLetter, KnownDeadLetter
from newsbeam.transforms.runtime import metrics
from newsbeam.transforms.runtime.counters import count
from newsbeam.transforms.runtime.outputs import with_outputs
from newsbeam.transforms.runtime.packing import Pack, PackByKey, shard_of

NEW = "new"
WRITTEN = "written"

MAX_DEAD_LETTERS = 50_000
"""Dead letters at which a bag is full; a key has four bags. About 150 bytes each in memory."""

MAX_OF_SOURCE = 5_000
"""Dead letters of one source that are known at once, so that a source with new ones at each poll evicts no other's."""

_PACK_PART_BYTES = 100_000


@dataclass
class DropWrittenDeadLetters(beam.PTransform):
    """Drops dead letters that say the same of the same bytes as a written one.

    Input: an unbounded PCollection of DeadLetter in the global window. Output: `new`, the dead letters to write, and
    `written`, the PollKey of each one that is dropped and has a poll. Key: a shard of the sources. State: the ids of a
    window, some 60 bytes each. Ordering: as they arrive. Delivery: exactly once with the engine's state.

    Attributes:
        window: How long a dead letter is known at least.
        bootstrap: Returns the dead letters in the output for a key without state; None to start with none.
        shards: The number of shards; it never changes while there is state.
    """

    window: timedelta
    bootstrap: Callable[[str], Iterable[KnownDeadLetter]] | None = None
    shards: int = 1

    def expand(self, dead_letters: beam.PCollection[DeadLetter]) -> Any:
        packs = dead_letters | "Pack" >> PackByKey(partial(_shard, shards=self.shards), _weigh)
        return packs | with_outputs("Drop", _DropFn(self.window, self.bootstrap), WRITTEN, main=NEW)


def _shard(dead_letter: DeadLetter, shards: int) -> str:
    return shard_of(dead_letter.source, shards)


def _weigh(dead_letter: DeadLetter) -> int:
    return 1 + len(dead_letter.payload) // _PACK_PART_BYTES


class WrittenDeadLetters:
    """The ids of written dead letters, at most `MAX_OF_SOURCE` of one source."""

    def __init__(self) -> None:
        self._ids: set[str] = set()
        self._of_source: Counter[str] = Counter()

    def __contains__(self, id: str) -> bool:
        return id in self._ids

    def has_room(self, source: str) -> bool:
        """Return whether another dead letter of a source can be added."""
        return self._of_source[source] < MAX_OF_SOURCE

    def add(self, item: KnownDeadLetter) -> None:
        """Add a dead letter."""
        if item.id not in self._ids:
            self._ids.add(item.id)
            self._of_source[item.source] += 1


class _DropFn(KeyedIndexFn):
    def __init__(self, window: timedelta, bootstrap: Callable[[str], Iterable[KnownDeadLetter]] | None):
        super().__init__(metrics.STATE_DEAD_LETTERS)
        self._window = window
        self._bootstrap = bootstrap

    def process(
        self,
        element: tuple[str, Pack],
        header: Any = beam.DoFn.StateParam(KeyedIndexFn.HEADER),
        bag0: Any = beam.DoFn.StateParam(KeyedIndexFn.BAG0),
        bag1: Any = beam.DoFn.StateParam(KeyedIndexFn.BAG1),
        bag2: Any = beam.DoFn.StateParam(KeyedIndexFn.BAG2),
        bag3: Any = beam.DoFn.StateParam(KeyedIndexFn.BAG3),
    ) -> Iterator[Any]:
        key, pack = element
        now = max(each.failed_at for each in pack.items)
        is_new = self._decide_and_store(key, pack.items, now, header, (bag0, bag1, bag2, bag3))
        for dead_letter, new in zip(pack.items, is_new, strict=True):
            if new:
                yield dead_letter
            elif dead_letter.poll:
                yield TaggedOutput(WRITTEN, dead_letter.poll)

    def _make_index(self) -> KeyedIndex[KnownDeadLetter, WrittenDeadLetters]:
        return KeyedIndex(
            "known dead letters", KnownDeadLetter, self._window, WrittenDeadLetters, MAX_DEAD_LETTERS, self._bootstrap
        )

    def _decide(self, items: list[DeadLetter], index: WrittenDeadLetters) -> tuple[list[bool], list[KnownDeadLetter]]:
        is_new: list[bool] = []
        added: list[KnownDeadLetter] = []
        for dead_letter in items:
            known = KnownDeadLetter(dead_letter_id(dead_letter), dead_letter.source)
            is_new.append(known.id not in index)
            if not is_new[-1]:
                continue
            if index.has_room(known.source):
                index.add(known)
                added.append(known)
            else:
                # Written and not remembered: the next poll writes it again.
                count(metrics.STATE_FULL)
        return is_new, added
