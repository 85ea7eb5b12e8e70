"""Runs functions on batches of elements: here, or in a pool of processes that lives as long as the run.

The local runner works in one process. Its own way to use more (`multi_processing`) starts processes anew for every
pipeline, and each would load the entity model again; a run has one pipeline a slice. So the functions that cost time
go through `MapBatches`: with an open `worker_pool` batches run there, side by side, while the runner goes on; without
one (one core, or an engine that has workers of its own) they run in place. Results come in order either way.
"""

import multiprocessing
import os
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import reduce
from typing import Any, Generic, TypeVar

import apache_beam as beam
from apache_beam.metrics import Metrics
from apache_beam.transforms.window import GlobalWindows

from newsbeam.transforms import metrics
from newsbeam.transforms.records import DeadLetter

T = TypeVar("T")

ITEMS = "items"
DEAD_LETTERS = "dead_letters"


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


_pool: ProcessPoolExecutor | None = None
_backlog = 0


@contextmanager
def worker_pool(processes: int, prepare: Callable[[], None]) -> Iterator[None]:
    """Let every `MapBatches` in this process use `processes` others until the block ends.

    Args:
        processes: How many; 1 means none, the functions then run in place.
        prepare: Called once in each new process, to load what takes long (a model).
    """
    global _pool, _backlog
    if processes <= 1:
        yield
        return
    # Spawned, not forked: a fork would inherit the lock of the output and the runner's threads.
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(processes, context, _start_worker, (prepare,))
    _pool, _backlog = pool, 4 * processes
    try:
        for _ in range(processes):
            pool.submit(os.getpid)  # starts a process each, which prepares while the run begins to read
        yield
    finally:
        _pool = None
        pool.shutdown(cancel_futures=True)


def _start_worker(prepare: Callable[[], None]) -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    prepare()


def _end_with_parent() -> None:
    """End this process when the one that started it is killed; it would wait for work for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


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

    def expand(self, elements: beam.PCollection[Any]) -> beam.pvalue.DoOutputsTuple:
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
        outputs = [*self._send(), *(output for done in self._running for output in self._emit(done.result()))]
        for output in outputs:
            if isinstance(output, beam.pvalue.TaggedOutput):
                yield beam.pvalue.TaggedOutput(output.tag, GlobalWindows.windowed_value(output.value))
            else:
                yield GlobalWindows.windowed_value(output)

    def _send(self) -> Iterator[Any]:
        batch, self._waiting, self._weight = self._waiting, [], 0.0
        if not batch:
            return
        if _pool is None:
            yield from self._emit(self._function(batch))
            return
        self._running.append(_pool.submit(self._function, batch))
        while len(self._running) > _backlog or (self._running and self._running[0].done()):
            yield from self._emit(self._running.popleft().result())

    def _emit(self, batch: Batch[Any]) -> Iterator[Any]:
        yield from batch.items
        for letter in batch.dead_letters:
            count_dead_letter(letter)
            yield beam.pvalue.TaggedOutput(DEAD_LETTERS, letter)
        for name, number in batch.counts.items():
            Metrics.counter(metrics.NAMESPACE, name).inc(number)


def count_dead_letter(letter: DeadLetter) -> None:
    """Count `letter` by its error, apart where the record went on after a repair."""
    name = metrics.REPAIRED if letter.repaired else f"{metrics.DEAD_LETTERS}:{letter.error}"
    Metrics.counter(metrics.NAMESPACE, name).inc()
