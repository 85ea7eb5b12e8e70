"""Keeps what one record does to the code that works on it from all other records. No Beam here.

    Isolated      runs a function on a batch in a worker process, within limits; if that fails, on each record alone
    dead_letter_for   what becomes of a record that raises, takes too long, needs too much memory, or ends its process

A record can stop a function in four ways. An exception that nobody foresaw is caught here. A record that takes too
long is interrupted by a signal, which also ends a regular expression that backtracks; code that doesn't return to
Python is ended with its process by the kernel (RLIMIT_CPU), and so is a process that a signal can't interrupt. A record
that needs too much memory gets a MemoryError (RLIMIT_DATA) or ends its process. `Pool` does again what was lost with a
process. Code that waits without using its processor is killed by the process that waits for it (`MapBatches`).
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

from newsbeam.transforms.errors import BrokenStageError, LimitError, WorkerCrashedError
from newsbeam.transforms.records import DeadLetter, Document, Entry, Polled, Story
from newsbeam.transforms.runtime.batches import Batch, merge

BatchFunction = Callable[[Sequence[Any]], Batch[Any]]


@dataclass(frozen=True)
class RecordLimits:
    """What one document or story may use in a worker process.

    Attributes:
        cpu_s: CPU seconds. A batch has as many; if it needs more, its records are done one by one.
        memory_bytes: The data of the process, the models in it included; 0 for no limit. Linux holds to it.
    """

    cpu_s: float = 60.0
    memory_bytes: int = 4_000_000_000

    @property
    def wall_s(self) -> float:
        """Seconds after which a process that returns nothing is killed, however little CPU it has used."""
        return 30 * self.cpu_s


LIMITS = RecordLimits()


@dataclass(frozen=True)
class Isolated:
    """A function on batches that no record can stop.

    Attributes:
        function: From a list of records to a `Batch`; picklable, and free of effects: it can run twice on a record.
        fallback: What goes on of a record that `function` fails on, beside its dead letter; None for nothing.
        limits: What a batch may use.
    """

    function: BatchFunction
    fallback: BatchFunction | None = None
    limits: RecordLimits = LIMITS

    def __call__(self, records: Sequence[Any]) -> Batch[Any]:
        """Return the results of `records`, in order, with a dead letter for each one that fails.

        Raises:
            BrokenStageError: The function can't work on any record.
        """
        try:
            with limited(self.limits):
                return self.function(records)
        except BrokenStageError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the fault of one of the records
            if len(records) == 1:
                return self.give_up(records[0], error)
        return merge([self([record]) for record in records])

    def give_up(self, record: Any, error: BaseException) -> Batch[Any]:
        """Return the dead letter of a record, and what goes on of it.

        Raises:
            BaseException: `error` itself, if `record` is not a record.
        """
        letter = dead_letter_for(record, error)
        if letter is None:
            raise error
        rest = self._rest(record)
        if rest is None:
            # The poll of a document counts its entries; one that leaves no row is counted by its dead letter.
            return Batch([], [replace(letter, poll=letter.poll or _poll_key(record))])
        return replace(rest, dead_letters=(*rest.dead_letters, letter))

    def _rest(self, record: Any) -> Batch[Any] | None:
        if self.fallback is None:
            return None
        try:
            with limited(self.limits):
                return self.fallback([record])
        except Exception:  # noqa: BLE001 - the dead letter has what the function itself raised
            return None


@contextmanager
def limited(limits: RecordLimits) -> Iterator[None]:
    """Raise LimitError or MemoryError in this block when this process uses more than `limits`.

    Only the main thread of a process can be interrupted; elsewhere there are no limits.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGPROF, _interrupt)
    _limit(resource.RLIMIT_CPU, int(time.process_time() + 2 * limits.cpu_s) + 2)
    _limit(resource.RLIMIT_DATA, limits.memory_bytes or resource.RLIM_INFINITY)
    # Again every second: a parser that catches everything would go on.
    signal.setitimer(signal.ITIMER_PROF, limits.cpu_s, 1.0)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
        _limit(resource.RLIMIT_CPU, resource.RLIM_INFINITY)
        _limit(resource.RLIMIT_DATA, resource.RLIM_INFINITY)


def dead_letter_for(record: Any, error: BaseException) -> DeadLetter | None:
    """Return the dead letter of a record that `error` stopped, with all of its text; None for what is not a record."""
    match record:
        case Document():
            name, message, trace = _told("parse", error)
            return DeadLetter(
                stage="parse",
                error=name,
                message=message,
                source=record.source,
                uri=record.uri,
                failed_at=record.fetched_at,
                payload=record.body,
                traceback=trace,
            )
        case Polled():
            letter = dead_letter_for(record.value, error)
            return letter and replace(letter, poll=record.poll.key)
        case Entry():
            return _of_entry(record, "text", record.content, error)
        case Story():
            text = "\n\n".join(paragraph.text for paragraph in record.paragraphs)
            return _of_entry(record.entry, "enrich", text, error)
    return None


def _of_entry(entry: Entry, stage: str, text: str, error: BaseException) -> DeadLetter:
    name, message, trace = _told(stage, error)
    return DeadLetter.of_entry(entry, stage, name, message, text.encode("utf-8", "surrogatepass"), trace)


def _told(stage: str, error: BaseException) -> tuple[str, str, str]:
    """Return the name, the message and the traceback that a dead letter shows of `error`."""
    message = " ".join(f"the {stage} stage failed: {error}".split())
    trace = "" if isinstance(error, WorkerCrashedError) else "".join(traceback.format_exception(error))
    return type(error).__name__, message, trace


def _poll_key(record: Any) -> tuple[str, Any] | None:
    entry = record.entry if isinstance(record, Story) else record
    return (entry.feed_url, entry.fetched_at) if isinstance(entry, Entry) else None


def _interrupt(_: int, __: FrameType | None) -> None:
    raise LimitError("it takes more CPU time than limits.seconds allows")


def _limit(what: int, soft: int) -> None:
    """Set a soft limit of this process, as far as its hard limit allows."""
    hard = resource.getrlimit(what)[1]
    if hard != resource.RLIM_INFINITY and (soft == resource.RLIM_INFINITY or soft > hard):
        soft = hard
    resource.setrlimit(what, (soft, hard))
