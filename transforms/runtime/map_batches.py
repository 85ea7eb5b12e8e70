"""MapBatches: runs a function on batches of elements in worker processes and isolates records that fail.

It uses the processes of the open pool (`worker_pool`), or one process that it starts. Beam's own `BatchElements` passes
batches to a function in the runner's process, and `with_exception_handling` isolates one element at a time.
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
from newsbeam.transforms.runtime.outputs import MultiOutput, Outputs, in_global_window, with_outputs
from newsbeam.transforms.runtime.workers import current_pool

ITEMS = "items"
DEAD_LETTERS = "dead_letters"


@dataclass
class MapBatches(MultiOutput):
    """Calls `function` on batches of elements.

    Input: a bounded or unbounded PCollection in the global window. Output: `items` and `dead_letters`. Ordering: within
    a bundle, results are in the order of the input. A batch never spans two bundles, so no element waits longer than
    its bundle. Counts become Beam counters. Dead letters: those of the function, and records that it fails on in
    whatever way (`Isolated`).

    Attributes:
        function: From a list of records to a `Batch`; picklable, without state and side effects.
        max_items: The most elements of a batch.
        max_weight: A batch is full when the sum of `weigh(element)` reaches this. It also bounds what is in flight:
            elements heavier than `Pool.max_in_flight` full batches are processed one by one.
        weigh: From an element to its weight.
        unpack: From elements that refer to records to these; called in the worker processes.
        fallback: Applied to a record that `function` fails on; its results are emitted beside the dead letter. None:
            such a record has no results.
        limits: The resources that one record may use in a worker process.
    """

    function: BatchFunction
    max_items: int = 64
    max_weight: float = float("inf")
    weigh: Callable[[Any], float] | None = None
    unpack: BatchFunction | None = None
    fallback: BatchFunction | None = None
    limits: RecordLimits = LIMITS

    def expand(self, elements: beam.PCollection[Any]) -> Outputs[Any]:
        outputs = elements | with_outputs("Call", _MapBatchesFn(self), DEAD_LETTERS, main=ITEMS)
        return Outputs(outputs[ITEMS], outputs[DEAD_LETTERS])


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
        while self._running and self._weight_in_flight() + weight > pool.max_in_flight * self._max_weight:
            yield from self._receive()
        self._running.append((batch, weight, pool.submit(self._whole, batch)))
        # Only the oldest is received, also when later ones are done: results keep the order of the input.
        while len(self._running) > pool.max_in_flight or (self._running and self._running[0][2].done()):
            yield from self._receive()

    def _weight_in_flight(self) -> float:
        return sum(weight for _, weight, _ in self._running)

    def _receive(self) -> Iterator[Any]:
        batch, _, running = self._running.popleft()
        try:
            yield from self._emit(self._result(running))
        except BrokenExecutor:
            # In this process: what unpacks them is small, and each record has to be isolated by itself.
            unpacked = self._unpack(batch) if self._unpack else Batch(batch)
            yield from self._emit(Batch((), counts=unpacked.counts))
            records = unpacked.items
            for result in current_pool().isolate(self._function, records, self._reject, self._wall_s):
                yield from self._emit(result)

    def _result(self, running: "Future[Batch[Any]]") -> Batch[Any]:
        # It is the oldest batch in flight, so a process is working on it.
        try:
            return running.result(self._wall_s)
        except TimeoutError:
            # All processes, since which of them has this batch isn't known; the other batches are run again.
            current_pool().kill()
            return running.result()

    def _reject(self, record: Any) -> Batch[Any]:
        # The fallback runs in this process: it does little, and limits apply to main threads only.
        error = WorkerCrashedError("the worker process crashed on this record, or was killed after the time limit")
        return self._function.reject(record, error)

    def _emit(self, batch: Batch[Any]) -> Iterator[Any]:
        yield from batch.items
        for dead_letter in batch.dead_letters:
            count_dead_letter(dead_letter)
            yield beam.pvalue.TaggedOutput(DEAD_LETTERS, dead_letter)
        for name, number in batch.counts.items():
            count(name, number)
