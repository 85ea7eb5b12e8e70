"""MapBatches: runs a function on batches of elements, in the pool of worker processes if one is open.

Without a pool (one core, or an engine that has workers of its own) batches run in place. Results come in order either
way.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

import apache_beam as beam

from newsbeam.transforms.batches import Batch
from newsbeam.transforms.counting import count, count_dead_letter
from newsbeam.transforms.pool import open_pool
from newsbeam.transforms.windows import in_global_window

ITEMS = "items"
DEAD_LETTERS = "dead_letters"


@dataclass
class MapBatches(beam.PTransform):
    """Calls `function` on batches of elements.

    Input: a bounded or unbounded PCollection in the global window. Output: `items` and `dead_letters`. A batch never
    spans two bundles, so nothing waits longer than its bundle. Counts become Beam counters.

    Attributes:
        function: From a list of elements to a `Batch`; picklable, and free of state.
        max_items: Elements a batch at most.
        max_weight: Sum of `weigh(element)` at which a batch is full.
        weigh: The weight of an element.
    """

    function: Callable[[Sequence[Any]], Batch[Any]]
    max_items: int = 64
    max_weight: float = float("inf")
    weigh: Callable[[Any], float] | None = None

    def expand(self, elements: beam.PCollection[Any]) -> Any:
        return elements | beam.ParDo(_MapBatchesFn(self)).with_outputs(DEAD_LETTERS, main=ITEMS)


class _MapBatchesFn(beam.DoFn):
    def __init__(self, transform: MapBatches):
        self._function = transform.function
        self._max_items = transform.max_items
        self._max_weight = transform.max_weight
        self._weigh = transform.weigh

    def start_bundle(self) -> None:
        self._waiting: list[Any] = []
        self._weight = 0.0
        self._running: deque[Future[Batch[Any]]] = deque()

    def process(self, element: Any) -> Iterator[Any]:
        self._waiting.append(element)
        if self._weigh is not None:
            self._weight += self._weigh(element)
        if len(self._waiting) >= self._max_items or self._weight >= self._max_weight:
            yield from self._send()

    def finish_bundle(self) -> Iterator[Any]:
        yield from in_global_window(self._send())
        while self._running:
            yield from in_global_window(self._emit(self._running.popleft().result()))

    def _send(self) -> Iterator[Any]:
        batch, self._waiting, self._weight = self._waiting, [], 0.0
        if not batch:
            return
        pool = open_pool()
        if pool is None:
            yield from self._emit(self._function(batch))
            return
        self._running.append(pool.executor.submit(self._function, batch))
        while len(self._running) > pool.backlog or (self._running and self._running[0].done()):
            yield from self._emit(self._running.popleft().result())

    def _emit(self, batch: Batch[Any]) -> Iterator[Any]:
        yield from batch.items
        for letter in batch.dead_letters:
            count_dead_letter(letter)
            yield beam.pvalue.TaggedOutput(DEAD_LETTERS, letter)
        for name, number in batch.counts.items():
            count(name, number)
