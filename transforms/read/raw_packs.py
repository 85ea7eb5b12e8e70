"""Readings in packs: each is in the raw log before its documents are emitted, and can be replayed. No Beam here."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from newsbeam.transforms.read.due import FeedState, FeedStates
from newsbeam.transforms.read.fetch import with_poll
from newsbeam.transforms.read.poll_cycles import Result
from newsbeam.transforms.records import DeadLetter, Document, Poll, Polled, PollKey, RawPack

PACK_BYTES = 8_000_000
"""Documents of a pack, at most, unless a single one is larger."""

Place = tuple[str, int]
"""A place in the log of a key: a generation, and the number of its last pack."""

Found = Polled[Document] | DeadLetter | Poll


class RawLog(Protocol):
    """Keeps what was fetched through a rollback of the engine; see `write/raw_log.py`."""

    def append(self, key: str, place: Place, pack: RawPack) -> bool:
        """Write the pack after `place`; return False if another process has written a pack there."""

    def after(self, key: str, place: Place) -> Sequence[str]:
        """Return the names of the packs after `place`, in order."""

    def unfinished(self, key: str, generation: str, is_written: Callable[[PollKey], bool]) -> Sequence[str]:
        """Return the names of the packs of other generations with polls that are not in the output, in order."""

    def read(self, name: str) -> RawPack:
        """Return a pack."""

    def place(self, name: str) -> Place:
        """Return the place of a pack."""


@dataclass
class PackWriter:
    """Writes the readings of a key to the log, pack after pack.

    Attributes:
        log: The raw log; None to write nothing.
        key: The host or wire.
        known: The states of its sources; those of a pack's polls are set when it is written.
        place: The place of the last pack.
        conflict: Another process has written the next pack: nothing more can be written from this place.
    """

    log: RawLog | None
    key: str
    known: FeedStates
    place: Place
    conflict: bool = False

    def write(self, results: Iterable[Result]) -> Iterator[Found]:
        """Yield the documents, dead letters and polls of results, each after its pack is in the log."""
        found: list[Found] = []
        states: FeedStates = {}
        size, limit = 0, PACK_BYTES if self.log else 0
        for result in results:
            for each in _found(result):
                if found and size >= limit:  # an archive has many documents
                    yield from self._flush(found, states)
                    found, states, size = [], {}, 0
                found.append(each)
                size += _size(each)
            states[result.source.feed_url] = FeedState.of(result.source, result.fetched.poll)
            if size >= limit:
                yield from self._flush(found, states)
                found, states, size = [], {}, 0
            if self.conflict:
                return
        yield from self._flush(found, states)

    def _flush(self, found: list[Found], states: FeedStates) -> Iterator[Found]:
        # A poll without a document can be repeated after a rollback: nothing of it is lost.
        if self.conflict:
            return
        if self.log and any(not isinstance(each, Poll) for each in found):
            pack = RawPack(tuple(found), tuple((url, tuple(state)) for url, state in states.items()))
            if not self.log.append(self.key, self.place, pack):
                self.conflict = True
                return
            generation, number = self.place
            self.place = generation, number + 1
        self.known.update(states)
        yield from found


def _found(result: Result) -> Iterator[Found]:
    poll = result.fetched.poll
    # A drop is listed at every tick: its unchanged files have no rows in `polls/`.
    return iter(()) if result.source.wire and poll.status == "unchanged" else with_poll(result.fetched)


def _size(found: Found) -> int:
    match found:
        case Polled(document):
            return len(document.body)
        case DeadLetter():
            return len(found.payload)
    return 0
