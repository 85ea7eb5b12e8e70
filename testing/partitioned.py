"""The steps of StreamingDeduplicateParagraphs without an engine: any order of delivery, kills, and rollbacks."""

import copy
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from newsbeam.transforms.dedup.in_order import InOrder
from newsbeam.transforms.dedup.index.numbering import BAGS
from newsbeam.transforms.dedup.index.partition import PartitionIndex
from newsbeam.transforms.dedup.index_settings import IndexSettings
from newsbeam.transforms.dedup.keyed_index import Bag
from newsbeam.transforms.dedup.streaming_paragraphs import (
    LoadKnown,
    _DecideFn,
    _NumberFn,
    _SearchFn,
    apply_decisions,
    encode_stories,
)
from newsbeam.transforms.records import Story
from newsbeam.transforms.runtime.packing import ONE_KEY, Pack
from testing.fake_state import FakeBag, FakeValue, through_state


@dataclass
class Partitioned:
    """An engine with one worker.

    Attributes:
        settings: Of the index.
        bootstrap: What a warm start loads.
        chance: Chooses which element is delivered next; None to deliver them in the order in which they were emitted.
        make_bag: Makes an empty state of several values.
        copied: Returns an element as an engine's channel does.
        seconds: CPU seconds by step.
    """

    settings: IndexSettings
    bootstrap: LoadKnown | None = None
    chance: random.Random | None = None
    make_bag: Callable[[], Bag] = FakeBag
    copied: Callable[[Any], Any] = through_state
    seconds: Counter[str] = field(default_factory=Counter)
    states: dict[tuple[str, str], tuple[Any, ...]] = field(default_factory=dict)
    waiting: list[tuple[str, Any]] = field(default_factory=list)
    decided: list[Story] = field(default_factory=list)

    def __post_init__(self) -> None:
        search, decide = _SearchFn(self.settings, self.bootstrap), _DecideFn(self.settings)
        self._fns = {"number": _NumberFn(self.settings, warm=self.bootstrap is not None)}
        self._fns |= {"search": search, "decide": decide}
        search.setup()
        decide.setup()

    def send(self, stories: Sequence[Story]) -> None:
        """Give it a pack, which is numbered at once: numbers are in the order of arrival."""
        with self._timed("encode"):
            encoded = encode_stories((ONE_KEY, Pack(list(stories))))
        self._process("number", self.copied(encoded))

    def deliver(self, elements: int | None = None) -> None:
        """Process some of the elements in flight, or all."""
        left = len(self.waiting) * 99 + 99 if elements is None else elements
        while self.waiting and left:
            place = self.chance.randrange(len(self.waiting)) if self.chance else 0
            self._process(*self.waiting.pop(place))
            left -= 1

    def decide(self, *packs: Sequence[Story]) -> list[Story]:
        """Return the stories of packs as decided; all are in flight at once."""
        before = len(self.decided)
        for pack in packs:
            self.send(pack)
        self.deliver()
        return self.decided[before:]

    def checkpoint(self) -> Any:
        """Return all that an engine keeps."""
        return copy.deepcopy((self.states, self.waiting, self.decided))

    def restore(self, checkpoint: Any) -> None:
        """Go back to a checkpoint; what processes remember stays."""
        self.states, self.waiting, self.decided = copy.deepcopy(checkpoint)

    def indexes(self) -> list[PartitionIndex]:
        """Return what the partitions remember."""
        return [memory for _, memory, _ in self._fns["search"]._order._cache.values()]

    def bags(self) -> list[Any]:
        """Return the bags of the first partition."""
        return list(next(state[2:] for (step, _), state in self.states.items() if step == "search"))

    def kill(self) -> None:
        """Let all processes forget what they remember."""
        for name, parts in (("search", 1), ("decide", self.settings.partitions)):
            self._fns[name]._order = InOrder(parts)

    @contextmanager
    def _timed(self, step: str) -> Iterator[None]:
        start = time.process_time()
        yield
        self.seconds[step] += time.process_time() - start

    def _process(self, step: str, element: tuple[str, Any]) -> None:
        bags = {"number": 0, "search": 1 + BAGS, "decide": 2}[step]
        state = self.states.setdefault((step, element[0]), (FakeValue(), *(self.make_bag() for _ in range(bags))))
        with self._timed(step):
            outputs = list(self._fns[step].process(element, *state))
        outputs = list(map(self.copied, outputs))
        if step == "decide":
            with self._timed("apply"):
                self.decided += [story for output in outputs for story in apply_decisions(output)]
        else:
            self.waiting += [("search" if step == "number" else "decide", output) for output in outputs]
