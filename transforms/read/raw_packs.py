"""Readings: what polls gave, in packs that are in the raw log before they are emitted. No Beam here."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from newsbeam.transforms.read.due import FeedState, FeedStates
from newsbeam.transforms.read.fetch import Fetched, with_poll
from newsbeam.transforms.records import DeadLetter, Found, PackPlace, Poll, Polled, PollKey, RawPack, Source

PACK_BYTES = 8_000_000
"""Documents of a pack, at most, unless a single one is larger."""

# A local stream stays within its limit of records in flight, which counts whole packs.
PACK_RECORDS = 64


class RawLog(Protocol):
    """Keeps what was fetched through a rollback of the engine; see `write/raw_log.py`."""

    def append(self, key: str, place: PackPlace, pack: RawPack) -> PackPlace:
        """Write the pack after `place`, and after those that other processes have written there; return its place."""

    def after(self, key: str, place: PackPlace) -> Sequence[str]:
        """Return the names of the packs after `place`, in order."""

    def unfinished(self, key: str, generation: str, is_written: Callable[[PollKey], bool]) -> Sequence[str]:
        """Return the names of the packs of other generations with polls that are not in the output, in order."""

    def read(self, name: str) -> RawPack:
        """Return a pack."""

    def place(self, name: str) -> PackPlace:
        """Return the place of a pack."""


class ConflictError(Exception):
    """Another process has written packs of a key: the next ones are to be read from the log."""


@dataclass(frozen=True)
class Reading:
    """What polls of a host or wire gave.

    Attributes:
        found: What a step emits for them.
        states: What the next polls of their sources need.
        number: That of its pack, or of the last one before it.
        statuses: Those of its polls, also of a wire's unchanged files, which emit nothing.
        bytes: Size of its documents and payloads.
    """

    found: tuple[Found, ...]
    states: FeedStates
    number: int
    statuses: tuple[str, ...]
    bytes: int


@dataclass
class _Open:
    """The reading that is being filled."""

    found: list[Found] = field(default_factory=list)
    states: FeedStates = field(default_factory=dict)
    statuses: list[str] = field(default_factory=list)
    bytes: int = 0

    @property
    def is_full(self) -> bool:
        return self.bytes >= PACK_BYTES or len(self.found) >= PACK_RECORDS


class PackWriter:
    """Makes readings of polls, each of which is durable in the log when it is returned.

    Args:
        log: The raw log; None to write nothing.
        key: The host or wire.
        place: That of the last pack.
    """

    def __init__(self, log: RawLog | None, key: str, place: PackPlace):
        self._log, self._key = log, key
        self._generation, self._number = place
        self._open = _Open()

    def add(self, source: Source, fetched: Fetched) -> Iterator[Reading]:
        """Add a poll; yield the readings that are full.

        Raises:
            ConflictError: Another process has written packs; what was added is after them in the log.
        """
        poll = fetched.poll
        # A drop is listed at every tick: its unchanged files have no rows in `polls/`.
        is_row = not (source.wire and poll.status == "unchanged")
        for each in with_poll(fetched) if is_row else ():
            if self._open.is_full:  # an archive has many documents
                yield self.flush()
            self._open.found.append(each)
            self._open.bytes += size_of(each)
        # After its documents: a state in an earlier pack would skip what is in the next one.
        self._open.states[source.feed_url] = FeedState.of(source, poll)
        self._open.statuses.append(poll.status)
        # A file can be read again, so several go into a pack. What a feed shows may be gone a second later.
        if self._open.is_full or not source.wire or not self._log:
            yield self.flush()

    def flush(self) -> Reading:
        """Return what was added since the last reading; it may be empty.

        Raises:
            ConflictError: Another process has written packs; what was added is after them in the log.
        """
        made, self._open = self._open, _Open()
        # A poll without a document can be repeated after a rollback: nothing of it is lost.
        if self._log and any(not isinstance(each, Poll) for each in made.found):
            pack = RawPack(tuple(made.found), tuple((url, tuple(state)) for url, state in made.states.items()))
            _, number = self._log.append(self._key, (self._generation, self._number), pack)
            if number != self._number + 1:
                raise ConflictError(f"another process reads {self._key}")
            self._number = number
        return Reading(tuple(made.found), made.states, self._number, tuple(made.statuses), made.bytes)


def size_of(found: Found) -> int:
    """Return how many bytes a record has beside its fields."""
    match found:
        case Polled(document):
            return len(document.body)
        case DeadLetter():
            return len(found.payload)
    return 0
