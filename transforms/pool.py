"""A pool of processes that lives as long as a run, for the functions that cost time.

The local runner works in one process. Its own way to use more (`multi_processing`) starts processes anew for every
pipeline, and each would load the entity model again; a run has two pipelines a slice. No Beam here: a worker process
that had to load it would start a second later.
"""

import gc
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

# Records hold no cycles, and there are many of them at a time: looking through them for garbage as often as Python
# does by default costs a twentieth of a run.
GC_THRESHOLD = 100_000


@dataclass(frozen=True)
class Pool:
    """The open pool.

    Attributes:
        executor: Where to submit to.
        backlog: Batches that one caller may have under way: enough for every process, few enough for memory.
    """

    executor: ProcessPoolExecutor
    backlog: int


_open: Pool | None = None


def open_pool() -> Pool | None:
    """Return the pool that is open in this process."""
    return _open


@contextmanager
def worker_pool(processes: int, prepare: Callable[[], None], at_once: bool = True) -> Iterator[None]:
    """Let every `MapBatches` in this process use `processes` others until the block ends.

    Args:
        processes: How many; 1 means none, the functions then run in place.
        prepare: Called once in each new process, to load what takes long (a model).
        at_once: Start the processes now, not when there is something for them to do.
    """
    global _open
    if processes <= 1:
        yield
        return
    # Spawned, not forked: a fork would inherit the lock of the output and the runner's threads.
    context = multiprocessing.get_context("spawn")
    executor = ProcessPoolExecutor(processes, context, _start_worker, (prepare,))
    _open = Pool(executor, 4 * processes)
    try:
        for _ in range(processes if at_once else 0):
            executor.submit(os.getpid)  # starts a process
        yield
    finally:
        _open = None
        executor.shutdown(cancel_futures=True)


@contextmanager
def rare_garbage_collection() -> Iterator[None]:
    """Look for garbage in this process as seldom as the worker processes do, until the block ends."""
    before = gc.get_threshold()
    gc.set_threshold(GC_THRESHOLD)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _start_worker(prepare: Callable[[], None]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to the whole group; the parent ends us in order
    threading.Thread(target=_end_with_parent, daemon=True).start()
    gc.set_threshold(GC_THRESHOLD)
    prepare()


def _end_with_parent() -> None:
    """End this process when the one that started it is killed; it would wait for work for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
