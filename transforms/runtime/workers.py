"""A pool of worker processes that lives as long as a run, for batch functions that take CPU time.

The local runner works in one process. Its own option for more (`multi_processing`) starts new processes for each
pipeline, and a run has two pipelines for each slice: each process would load the entity model again. Worker processes
load this module, so it doesn't import Beam: they would start a second later.

A record that ends its process (native code that crashes or doesn't return, not enough memory) breaks the pool, and all
batches in it are lost. `Pool.submit` starts new processes, and `Pool.isolate` runs the records of a lost batch one by
one in a separate process, which finds the record that ended it.
"""

import gc
import multiprocessing
import os
import resource
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import resource_tracker
from typing import Any, TypeVar

# There are many records at a time, and they have no reference cycles: with Python's default threshold the garbage
# collector takes a twentieth of a run.
GC_THRESHOLD = 100_000


_STOP_SIGNALS = frozenset({signal.SIGINT, signal.SIGTERM})

T = TypeVar("T")


class Pool:
    """Worker processes. Their functions must have no side effects: they run again when a process dies.

    Args:
        processes: The number of processes.
        prepare: Called once in each new process, to load models.

    Attributes:
        max_in_flight: How many batches one caller may have submitted: enough for all processes, few enough for memory.
    """

    def __init__(self, processes: int, prepare: Callable[[], None]):
        # A process that ends a batch finds the next one in the queue; more would only hold more records in memory.
        self.max_in_flight = 4 * processes
        self._processes = processes
        self._prepare = prepare
        self._lock = threading.Lock()
        self._executor = self._start(processes)
        # One record is isolated at a time: if two ran and a process died, either could be the cause.
        self._isolating = threading.Lock()
        self._isolation: ProcessPoolExecutor | None = None

    def submit(self, function: Callable[..., T], *args: Any) -> "Future[T]":
        """Call `function` in a worker process; the result raises `BrokenExecutor` if a process dies meanwhile."""
        with self._lock:
            try:
                return _submit(self._executor, function, *args)
            except BrokenExecutor:
                self._executor.shutdown(wait=False)
                self._executor = self._start(self._processes)
                return _submit(self._executor, function, *args)

    def kill(self) -> None:
        """Kill the processes: results of running batches raise `BrokenExecutor`, the next batch starts new ones."""
        _kill(self._executor)

    def isolate(
        self,
        function: Callable[[Sequence[Any]], T],
        batch: Sequence[Any],
        on_crash: Callable[[Any], T],
        wall_s: float | None = None,
    ) -> list[T]:
        """Run a lost batch record by record in a separate process; return the results in order.

        Args:
            function: From records to a result.
            batch: The records.
            on_crash: From a record that ends its process to a result.
            wall_s: Seconds after which a process without a result is killed; None for never.

        Raises:
            BrokenExecutor: A process dies before it gets a record, so no record is the cause.
        """
        with self._isolating:
            return [self._isolate(function, record, on_crash, wall_s) for record in batch]

    def close(self) -> None:
        """End the processes and cancel batches that have not begun."""
        # A run that was interrupted must not first work through what it had queued.
        self._executor.shutdown(cancel_futures=True)
        if self._isolation:
            self._isolation.shutdown(cancel_futures=True)

    def _isolate(
        self, function: Callable[[Sequence[Any]], T], record: Any, on_crash: Callable[[Any], T], wall_s: float | None
    ) -> T:
        executor = self._isolation_process()
        try:
            return _submit(executor, function, [record]).result(wall_s)
        except TimeoutError:
            _kill(executor)
        except BrokenExecutor:
            pass
        return on_crash(record)

    def _isolation_process(self) -> ProcessPoolExecutor:
        # Asked for its id first: a process that dies without a record must not make the next record a dead letter.
        if self._isolation is not None:
            try:
                _submit(self._isolation, os.getpid).result()
                return self._isolation
            except BrokenExecutor:
                self._isolation.shutdown(wait=False)
        self._isolation = self._start(1)
        _submit(self._isolation, os.getpid).result()
        return self._isolation

    def _start(self, processes: int) -> ProcessPoolExecutor:
        # Spawned, not forked: a fork would inherit the output's lock and the locks of the runner's threads.
        context = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(processes, context, _start_worker, (self._prepare,))


_open: Pool | None = None
_own: Pool | None = None
_opening = threading.Lock()


def current_pool() -> Pool:
    """Return the pool that is open in this process, or a pool of one process that lives as long as this process."""
    global _own
    if _open is not None:
        return _open
    with _opening:
        if _own is None:
            _own = Pool(1, _nothing)
        return _own


@contextmanager
def worker_pool(processes: int, prepare: Callable[[], None], start_now: bool = True) -> Iterator[None]:
    """Open a pool for every `MapBatches` in this process until the block ends.

    Args:
        processes: The number of processes; 1 means the one that `current_pool` starts on demand and keeps.
        prepare: Called once in each new process, to load models.
        start_now: Whether to start the processes now, not on the first batch.
    """
    global _open
    if processes <= 1:
        yield
        return
    _open = Pool(processes, prepare)
    try:
        for _ in range(processes if start_now else 0):
            _open.submit(os.getpid)  # starts a process
        yield
    finally:
        # A late batch gets a pool of its own (`current_pool`), not one that is ending.
        pool, _open = _open, None
        pool.close()


def _kill(executor: ProcessPoolExecutor) -> None:
    for process in list((executor._processes or {}).values()):
        # SIGKILL: the process may hang in C code, where no Python signal handler runs.
        process.kill()


def _submit(executor: ProcessPoolExecutor, function: Callable[..., T], *args: Any) -> "Future[T]":
    """Submit a call; processes that this starts begin with SIGINT and SIGTERM blocked."""
    # Ctrl-C signals the whole process group. `_start_worker` handles the signals, but before that a process loads
    # modules, and would end with a traceback.
    if not hasattr(signal, "pthread_sigmask"):
        return executor.submit(function, *args)
    resource_tracker.ensure_running()  # unblocks signals when it starts
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _STOP_SIGNALS)
    try:
        return executor.submit(function, *args)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _nothing() -> None:
    pass


@contextmanager
def raised_gc_threshold() -> Iterator[None]:
    """Raise the garbage collection threshold of this process to that of worker processes until the block ends."""
    before = gc.get_threshold()
    gc.set_threshold(GC_THRESHOLD)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _start_worker(prepare: Callable[[], None]) -> None:
    # A signal to the whole process group is left to the parent, which ends this process in order.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(signal, "sigwaitinfo"):
        threading.Thread(target=_end_for_parent, daemon=True).start()
    # A parent that is killed sends no signal at all.
    threading.Thread(target=_end_with_parent, daemon=True).start()
    gc.set_threshold(GC_THRESHOLD)
    # Otherwise a process that the kernel ends (RLIMIT_CPU) would write a core file.
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    prepare()


def _end_for_parent() -> None:
    """End this process on a SIGTERM from its parent, which ends the processes of a broken pool in this way."""
    while True:
        if signal.sigwaitinfo({signal.SIGTERM}).si_pid == os.getppid():
            os._exit(1)


def _end_with_parent() -> None:
    """End this process when its parent is killed; otherwise it would wait for work without end."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
