"""Isolation: a record that makes a batch function fail becomes a dead letter and affects no other record.

    Isolated          runs a batch function within limits in a worker process; if it fails, on each record alone
    dead_letter_for   makes the dead letter of a record that failed

What a record can do, and what happens:

    an unexpected exception   is caught here
    too much CPU time         a signal interrupts it, also within a regular expression; if the code doesn't return to
                              Python or ignores the exception, the kernel ends the process (RLIMIT_CPU)
    too much memory           raises a MemoryError (RLIMIT_DATA) or ends the process
    waiting without end       the parent process kills the worker process (`MapBatches`)
    the process ends          `Pool` runs the lost batches again

Worker processes load this module, so it doesn't import Beam.
"""

import resource
import signal
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from types import FrameType
from typing import Any

from newsbeam.transforms.common.document_fields import fields_of
from newsbeam.transforms.errors import BrokenStageError, LimitError, WorkerCrashedError
from newsbeam.transforms.records import DeadLetter, Document, Entry, Polled, Story
from newsbeam.transforms.runtime.batches import Batch, merge

BatchFunction = Callable[[Sequence[Any]], Batch[Any]]


@dataclass(frozen=True)
class RecordLimits:
    """The resources that one document or story may use in a worker process.

    Attributes:
        cpu_s: CPU seconds. A batch has the same limit; if it needs more, its records are processed one by one.
        memory_bytes: The data segment of the process, including models; 0 for no limit. Enforced on Linux only.
    """

    cpu_s: float = 60.0
    memory_bytes: int = 4_000_000_000

    @property
    def wall_s(self) -> float:
        """Seconds after which a process without a result is killed, however little CPU time it has used."""
        # Far more than the CPU time: a process may also wait for a busy machine.
        return 30 * self.cpu_s


LIMITS = RecordLimits()


@dataclass(frozen=True)
class Isolated:
    """A batch function whose failures become dead letters.

    Attributes:
        function: From a list of records to a `Batch`; picklable and without side effects: it can run twice on a record.
        fallback: Applied to a record that `function` fails on; its results are emitted beside the dead letter. None:
            such a record has no results.
        limits: The resources that a batch may use.
    """

    function: BatchFunction
    fallback: BatchFunction | None = None
    limits: RecordLimits = LIMITS

    def __call__(self, records: Sequence[Any]) -> Batch[Any]:
        """Return the results of `records`, in order, with a dead letter for each one that fails.

        Raises:
            BrokenStageError: The function fails on every record.
        """
        try:
            with limited(self.limits):
                return self.function(records)
        # A model that fails on every text: as dead letters of all records it would look as if they were the cause.
        except BrokenStageError:
            raise
        except Exception as error:  # noqa: BLE001 - one of the records caused it
            # A record that failed alone would only fail again; several are run again one by one.
            if len(records) == 1:
                return self.reject(records[0], error)
        # Outside of the except block: the first failure would be the context of each error below.
        return merge([self([record]) for record in records])

    def reject(self, record: Any, error: BaseException) -> Batch[Any]:
        """Return the dead letter of a record and the results of the fallback.

        Raises:
            BaseException: `error` itself, if `record` is not a document, entry or story.
        """
        dead_letter = dead_letter_for(record, error)
        if dead_letter is None:
            raise error
        results = self._fall_back(record)
        if results is None:
            # A poll counts its entries; for an entry that becomes no row, it counts the dead letter.
            return Batch([], [replace(dead_letter, poll=dead_letter.poll or _poll_key(record))])
        return replace(results, dead_letters=(*results.dead_letters, dead_letter))

    def _fall_back(self, record: Any) -> Batch[Any] | None:
        if self.fallback is None:
            return None
        try:
            with limited(self.limits):
                return self.fallback([record])
        except Exception:  # noqa: BLE001 - the dead letter has the error of the function
            return None


@contextmanager
def limited(limits: RecordLimits) -> Iterator[None]:
    """Raise LimitError or MemoryError in this block when this process exceeds `limits`.

    Only the main thread of a process can be interrupted; in other threads there are no limits.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGPROF, _interrupt)
    # The kernel's limit, for C code that never returns to the interpreter. It counts from the start of the process, and
    # kills; the timer below raises.
    _limit(resource.RLIMIT_CPU, int(time.process_time() + 2 * limits.cpu_s) + 2)
    # Data and not address space (RLIMIT_AS): models and Arrow map files that take no memory of their own.
    _limit(resource.RLIMIT_DATA, limits.memory_bytes or resource.RLIM_INFINITY)
    # Repeated every second, for a parser that catches all exceptions.
    signal.setitimer(signal.ITIMER_PROF, limits.cpu_s, 1.0)
    try:
        yield
    finally:
        # First, so that no signal comes after its handler is gone.
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
        _limit(resource.RLIMIT_CPU, resource.RLIM_INFINITY)
        _limit(resource.RLIMIT_DATA, resource.RLIM_INFINITY)


def dead_letter_for(record: Any, error: BaseException) -> DeadLetter | None:
    """Return the dead letter of a record that failed, with all of its text; None if it is not a known record."""
    match record:
        case Document():
            name, message, trace = _describe("parse", error)
            return DeadLetter(
                stage="parse",
                error=name,
                message=message,
                source=record.source,
                uri=record.uri,
                failed_at=record.fetched_at,
                payload=record.body,
                traceback=trace,
                poll=record.poll_key,
                whole=True,
                document=fields_of(record),
            )
        case Polled():
            return dead_letter_for(record.value, error)
        case Entry():
            return _of_entry(record, "text", record.content, error)
        case Story():
            text = "\n\n".join(paragraph.text for paragraph in record.paragraphs)
            return _of_entry(record.entry, "enrich", text, error)
    return None


def _of_entry(entry: Entry, stage: str, text: str, error: BaseException) -> DeadLetter:
    name, message, trace = _describe(stage, error)
    return DeadLetter.of_entry(entry, stage, name, message, text.encode("utf-8", "surrogatepass"), trace)


def _describe(stage: str, error: BaseException) -> tuple[str, str, str]:
    """Return the name, message and traceback of an error for a dead letter."""
    message = " ".join(f"the {stage} stage failed: {error}".split())
    trace = "" if isinstance(error, WorkerCrashedError) else "".join(traceback.format_exception(error))
    return type(error).__name__, message, trace


def _poll_key(record: Any) -> tuple[str, Any] | None:
    entry = record.entry if isinstance(record, Story) else record
    return (entry.feed_url, entry.fetched_at) if isinstance(entry, Entry) else None


def _interrupt(_: int, __: FrameType | None) -> None:
    raise LimitError("it took more CPU time than limits.seconds allows")


def _limit(what: int, soft: int) -> None:
    """Set a soft limit of this process, at most its hard limit."""
    hard = resource.getrlimit(what)[1]
    # A container or a cluster may have set a hard limit, and raising a soft one above it is an error.
    if hard != resource.RLIM_INFINITY and (soft == resource.RLIM_INFINITY or soft > hard):
        soft = hard
    resource.setrlimit(what, (soft, hard))
