"""MapBatches: runs a function on batches of elements in worker processes, where no record can stop the others.

The processes are those of the pool that is open, or one that is started for the purpose. Results come in order.
Beam's own `BatchElements` hands batches to a function in the runner's process, and `with_exception_handling` isolates
one element at a time.
"""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Future
from dataclasses import dataclass
from typing import Any

import apache_beam as beam

from newsbeam.transforms.errors import WorkerCrashedError
from newsbeam.transforms.runtime.batches import Batch, Chain
from newsbeam.transforms.runtime.counters import count, count_dead_letter
from newsbeam.transforms.runtime.isolation import LIMITS, BatchFunction, Isolated, RecordLimits
from newsbeam.transforms.runtime.outputs import in_global_window, with_outputs
from newsbeam.transforms.runtime.workers import current_pool

ITEMS = "items"
DEAD_LETTERS = "dead_letters"


@dataclass
class MapBatches(beam.PTransform):
    """Calls `function` on batches of elements.

    Input: a bounded or unbounded PCollection in the global window. Output: `items` and `dead_letters`. A batch never
    spans two bundles, so nothing waits longer than its bundle. Counts become Beam counters. Dead letters: also
    records that the function fails on in whatever way (`Isolated`).

    Attributes:
        function: From a list of records to a `Batch`; picklable, free of state and of effects.
        max_items: Elements a batch at most.
        max_weight: Sum of `weigh(element)` at which a batch is full. A pool has no more under way than its backlog of
            full batches: elements that weigh more than all of these go one by one.
        weigh: The weight of an element.
        unpack: Makes records of elements that only say where these are; called in the worker processes.
        fallback: What goes on of a record that `function` fails on, beside its dead letter; None for nothing.
        limits: What one record may use of a worker process.
    """

    function: BatchFunction
    max_items: int = 64
    max_weight: float = float("inf")
    weigh: Callable[[Any], float] | None = None
    unpack: BatchFunction | None = None
    fallback: BatchFunction | None = None
    limits: RecordLimits = LIMITS

    def expand(self, elements: beam.PCollection[Any]) -> Any:
        return elements | with_outputs("Call", _MapBatchesFn(self), DEAD_LETTERS, main=ITEMS)


class _MapBatchesFn(beam.DoFn):
    def __init__(self, transform: MapBatches):
        self._function = Isolated(transform.function, transform.fallback, transform.limits)
        self._max_items = transform.max_items
        self._max_weight = transform.max_weight
        self._weigh = transform.weigh
        self._unpack = transform.unpack
        self._wall_s = transform.limits.wall_s
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
        pool = current_pool()
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
            yield from self._emit(self._result(running))
        except BrokenExecutor:
            records = self._unpack(batch).items if self._unpack else batch
            for result in current_pool().rescue(self._function, records, self._give_up, self._wall_s):
                yield from self._emit(result)

    def _result(self, running: "Future[Batch[Any]]") -> Batch[Any]:
        # It is the oldest of all batches under way, so it is being worked on.
        try:
            return running.result(self._wall_s)
        except TimeoutError:
            current_pool().kill()
            return running.result()

    def _give_up(self, record: Any) -> Batch[Any]:
        # In this process: the fallback makes little of the record, and its limits don't hold outside a main thread.
        return self._function.give_up(record, WorkerCrashedError("the worker process ended on this record alone"))

    def _emit(self, batch: Batch[Any]) -> Iterator[Any]:
        yield from batch.items
        for letter in batch.dead_letters:
            count_dead_letter(letter)
            yield beam.pvalue.TaggedOutput(DEAD_LETTERS, letter)
        for name, number in batch.counts.items():
            count(name, number)
