"""MapBatches: runs a function on batches of elements, in the pool of worker processes if one is open.

Without a pool (one core, or an engine that has workers of its own) batches run in place. Results come in order either
way.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Future
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import apache_beam as beam

from newsbeam.transforms.batches import Batch, Chain
from newsbeam.transforms.counting import count, count_dead_letter
from newsbeam.transforms.poison import letter_of
from newsbeam.transforms.pool import open_pool, own_pool
from newsbeam.transforms.windows import in_global_window

ITEMS = "items"
DEAD_LETTERS = "dead_letters"

BatchFunction = Callable[[Sequence[Any]], Batch[Any]]


@dataclass
class MapBatches(beam.PTransform):
    """Calls `function` on batches of elements.

    Input: a bounded or unbounded PCollection in the global window. Output: `items` and `dead_letters`. A batch never
    spans two bundles, so nothing waits longer than its bundle. Counts become Beam counters. Dead letters: also records
    that kill the process they are in, if it is one of a pool.

    Attributes:
        function: From a list of records to a `Batch`; picklable, and free of state.
        max_items: Elements a batch at most.
        max_weight: Sum of `weigh(element)` at which a batch is full. A pool has no more under way than its backlog of
            full batches: elements that weigh more than all of these go one by one.
        weigh: The weight of an element.
        unpack: Makes records of elements that only say where these are; called in the worker processes.
        without: What becomes of a record that kills, beside its dead letter: `function` less what is to blame.
        isolated: Run in a process of its own even where no pool is open: what kills would take the engine's worker
            along, again and again.
    """

    function: BatchFunction
    max_items: int = 64
    max_weight: float = float("inf")
    weigh: Callable[[Any], float] | None = None
    unpack: BatchFunction | None = None
    without: BatchFunction | None = None
    isolated: bool = False

    def expand(self, elements: beam.PCollection[Any]) -> Any:
        return elements | beam.ParDo(_MapBatchesFn(self)).with_outputs(DEAD_LETTERS, main=ITEMS)


class _MapBatchesFn(beam.DoFn):
    def __init__(self, transform: MapBatches):
        self._function = transform.function
        self._max_items = transform.max_items
        self._max_weight = transform.max_weight
        self._weigh = transform.weigh
        self._unpack = transform.unpack
        self._without = transform.without
        self._isolated = transform.isolated
        self._whole: BatchFunction = Chain((self._unpack, self._function)) if self._unpack else self._function

    def start_bundle(self) -> None:
        self._waiting: list[Any] = []
        self._weight = 0.0
        self._running: deque[tuple[list[Any], float, Future[Batch[Any]]]] = deque()

    def process(self, element: Any) -> Iterator[Any]:
        self._waiting.append(element)
        if self._weigh is not None:
            self._weight += self._weigh(element)
        if len(self._waiting) >= self._max_items or self._weight >= self._max_weight:
            yield from self._send()

    def finish_bundle(self) -> Iterator[Any]:
        yield from in_global_window(self._send())
        while self._running:
            yield from in_global_window(self._receive())

    def _send(self) -> Iterator[Any]:
        batch, weight = self._waiting, self._weight
        self._waiting, self._weight = [], 0.0
        if not batch:
            return
        pool = own_pool() if self._isolated else open_pool()
        if pool is None:
            yield from self._emit(self._whole(batch))
            return
        while self._running and self._weight_under_way() + weight > pool.backlog * self._max_weight:
            yield from self._receive()
        self._running.append((batch, weight, pool.submit(self._whole, batch)))
        while len(self._running) > pool.backlog or (self._running and self._running[0][2].done()):
            yield from self._receive()

    def _weight_under_way(self) -> float:
        return sum(weight for _, weight, _ in self._running)

    def _receive(self) -> Iterator[Any]:
        batch, _, running = self._running.popleft()
        try:
            results = [running.result()]
        except BrokenExecutor as error:
            records = self._unpack(batch).items if self._unpack else batch
            results = own_pool().rescue(self._function, records, partial(_give_up, self._without, error))
        for result in results:
            yield from self._emit(result)

    def _emit(self, batch: Batch[Any]) -> Iterator[Any]:
        yield from batch.items
        for letter in batch.dead_letters:
            count_dead_letter(letter)
            yield beam.pvalue.TaggedOutput(DEAD_LETTERS, letter)
        for name, number in batch.counts.items():
            count(name, number)


def _give_up(without: BatchFunction | None, error: BrokenExecutor, record: Any) -> Batch[Any]:
    """Return the dead letter of a record that kills the process it is in, and what is left of the record."""
    letter = letter_of(record)
    if letter is None:
        raise error
    left = without([record]) if without else Batch([])
    return replace(left, dead_letters=(*left.dead_letters, letter))
