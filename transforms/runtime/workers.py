"""A pool of processes that lives as long as a run, for the functions that cost time.

The local runner works in one process. Its own way to use more (`multi_processing`) starts processes anew for every
pipeline, and each would load the entity model again; a run has two pipelines a slice. No Beam here: a worker process
that had to load it would start a second later.

A record that ends the process it is in (native code that crashes or never returns, more memory than there is) takes the
pool and every batch in it along. The pool is made anew, and what was lost is done again in a process of its own:

    rescue    does the records of a batch one by one; one that ends the process is known then
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

# Records hold no cycles, and there are many of them at a time: looking through them for garbage as often as Python
# does by default costs a twentieth of a run.
GC_THRESHOLD = 100_000


_STOPPING = frozenset({signal.SIGINT, signal.SIGTERM})

T = TypeVar("T")


class Pool:
    """Worker processes. What they do must be free of effects: it is done again when its process dies.

    Args:
        processes: How many.
        prepare: Called once in each new process, to load what takes long (a model).

    Attributes:
        backlog: Batches that one caller may have under way: enough for every process, few enough for memory.
    """

    def __init__(self, processes: int, prepare: Callable[[], None]):
        self.backlog = 4 * processes
        self._processes = processes
        self._prepare = prepare
        self._lock = threading.Lock()
        self._executor = self._start(processes)
        self._rescuing = threading.Lock()
        self._rescuer: ProcessPoolExecutor | None = None

    def submit(self, function: Callable[..., T], *args: Any) -> "Future[T]":
        """Have a process call `function`; the result raises `BrokenExecutor` if a process dies meanwhile."""
        with self._lock:
            try:
                return _submit(self._executor, function, *args)
            except BrokenExecutor:
                self._executor.shutdown(wait=False)
                self._executor = self._start(self._processes)
                return _submit(self._executor, function, *args)

    def kill(self) -> None:
        """End the processes at once: what they do raises `BrokenExecutor`, and the next batch starts new ones."""
        _kill(self._executor)

    def rescue(
        self,
        function: Callable[[Sequence[Any]], T],
        batch: Sequence[Any],
        give_up: Callable[[Any], T],
        wall_s: float | None = None,
    ) -> list[T]:
        """Do a batch whose process died, record by record; return the results in order.

        Args:
            function: From records to a result.
            batch: The records.
            give_up: From a record that ends the process it is in to a result.
            wall_s: Seconds after which a process that returns nothing is killed; None for never.

        Raises:
            BrokenExecutor: A process dies before it has anything to do, so it is not the records.
        """
        with self._rescuing:
            return [self._rescue(function, record, give_up, wall_s) for record in batch]

    def close(self) -> None:
        """End the processes, and drop what they have not begun."""
        self._executor.shutdown(cancel_futures=True)
        if self._rescuer:
            self._rescuer.shutdown(cancel_futures=True)

    def _rescue(
        self, function: Callable[[Sequence[Any]], T], record: Any, give_up: Callable[[Any], T], wall_s: float | None
    ) -> T:
        rescuer = self._living_rescuer()
        try:
            return _submit(rescuer, function, [record]).result(wall_s)
        except TimeoutError:
            _kill(rescuer)
        except BrokenExecutor:
            pass
        return give_up(record)

    def _living_rescuer(self) -> ProcessPoolExecutor:
        if self._rescuer is not None:
            try:
                _submit(self._rescuer, os.getpid).result()
                return self._rescuer
            except BrokenExecutor:
                self._rescuer.shutdown(wait=False)
        self._rescuer = self._start(1)
        _submit(self._rescuer, os.getpid).result()
        return self._rescuer

    def _start(self, processes: int) -> ProcessPoolExecutor:
        # Spawned, not forked: a fork would inherit the lock of the output and the runner's threads.
        context = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(processes, context, _start_worker, (self._prepare,))


_open: Pool | None = None
_own: Pool | None = None
_opening = threading.Lock()


def current_pool() -> Pool:
    """Return the pool that is open in this process, or one of a single process that stays as long as this one."""
    global _own
    if _open is not None:
        return _open
    with _opening:
        if _own is None:
            _own = Pool(1, _nothing)
        return _own


@contextmanager
def worker_pool(processes: int, prepare: Callable[[], None], at_once: bool = True) -> Iterator[None]:
    """Let every `MapBatches` in this process use `processes` others until the block ends.

    Args:
        processes: How many; 1 means the one that `current_pool` starts when it is needed, and keeps.
        prepare: Called once in each new process, to load what takes long (a model).
        at_once: Start the processes now, not when there is something for them to do.
    """
    global _open
    if processes <= 1:
        yield
        return
    _open = Pool(processes, prepare)
    try:
        for _ in range(processes if at_once else 0):
            _open.submit(os.getpid)  # starts a process
        yield
    finally:
        pool, _open = _open, None
        pool.close()


def _kill(executor: ProcessPoolExecutor) -> None:
    for process in list((executor._processes or {}).values()):
        process.kill()


def _submit(executor: ProcessPoolExecutor, function: Callable[..., T], *args: Any) -> "Future[T]":
    """Submit, and have processes that this starts begin deaf to what stops a whole group of them, as Ctrl-C does.

    They see to it themselves (`_start_worker`), but load modules before, and would end with a traceback.
    """
    if not hasattr(signal, "pthread_sigmask"):
        return executor.submit(function, *args)
    resource_tracker.ensure_running()  # unblocks signals when it starts
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _STOPPING)
    try:
        return executor.submit(function, *args)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _nothing() -> None:
    pass


@contextmanager
def raised_gc_threshold() -> Iterator[None]:
    """Look for garbage in this process as seldom as the worker processes do, until the block ends."""
    before = gc.get_threshold()
    gc.set_threshold(GC_THRESHOLD)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _start_worker(prepare: Callable[[], None]) -> None:
    # What goes to the whole group is the parent's to follow: it ends us in order.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(signal, "sigwaitinfo"):
        threading.Thread(target=_end_for_parent, daemon=True).start()
    threading.Thread(target=_end_with_parent, daemon=True).start()
    gc.set_threshold(GC_THRESHOLD)
    # A process that is ended for taking too long (RLIMIT_CPU) would leave its memory in a file.
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    prepare()


def _end_for_parent() -> None:
    """End this process at a SIGTERM of the one that started it: so it ends a pool that is broken."""
    while True:
        if signal.sigwaitinfo({signal.SIGTERM}).si_pid == os.getppid():
            os._exit(1)


def _end_with_parent() -> None:
    """End this process when the one that started it is killed; it would wait for work for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
