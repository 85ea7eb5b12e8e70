"""Connects a stream's state with its output: state at the start, and lookups of rows that state no longer holds.

A stream with a savepoint continues from its state. One without either loads the rows of the window from the output
(`bootstrap`), or must start with an output that has no entries.
"""

import threading
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any, ClassVar

from newsbeam.pipeline.batch.known_relations import relations_since
from newsbeam.transforms.dedup.paragraphs import are_of, with_current_keys
from newsbeam.transforms.read.poll_sources import POLL_LIMITS, PollLimits, WrittenPolls
from newsbeam.transforms.records import KnownDeadLetter, KnownEntry, KnownParagraph, KnownStory, Poll
from newsbeam.transforms.runtime.packing import shard_of
from newsbeam.transforms.write.commit import recover
from newsbeam.transforms.write.lookup.dead_letters import dead_letters_since
from newsbeam.transforms.write.lookup.entry_index import EntryKeyIndex
from newsbeam.transforms.write.lookup.lookups import entries_since, has_entries, known_polls, paragraphs_since
from newsbeam.transforms.write.store import Store

RELIST_S = 600.0
"""Maximum age of a stream's list of the output's files; less with a window of minutes."""


FORGET_S = 600.0
"""How long a process keeps the rows of all shards, of which other processes may have some."""


class StartError(Exception):
    """The stream would start without the output's rows, or load them in addition to a savepoint."""


@dataclass(frozen=True)
class Output:
    """Where a stream writes.

    Attributes:
        store: The output.
        epoch: The id of this submission.
        submitted_at: When it was submitted.
        bootstrap: Load the rows of the window from the output, for a start without a savepoint.
        state_unknown: Whether there will be a savepoint is not known yet: the stream fails if its state is empty and
            the output has entries that are older than the stream.
        max_wait_s: How long a write that fails is tried again; see `FlushSettings`.
        max_in_flight: Maximum number of elements in flight while polling continues; see `PollSources`.
        shards: The number of keys by which sources are spread over workers.
        limits: How long ticks wait for responses.
        bounded: The ticks end: files are written by count and at the end, not by time; see `FlushSettings`.
    """

    store: Store
    epoch: str
    submitted_at: datetime
    bootstrap: bool = False
    state_unknown: bool = False
    max_wait_s: float = 0.0
    max_in_flight: int | None = None
    shards: int = 1
    limits: PollLimits = POLL_LIMITS
    bounded: bool = False


@dataclass(frozen=True)
class DedupWindow:
    """The start of the window at the time of the call."""

    window: timedelta

    def start(self) -> datetime:
        """Return the start of the window."""
        return datetime.now(UTC) - self.window

    def day(self) -> date:
        """Return its first day, in UTC."""
        return self.start().date()


@dataclass(frozen=True)
class EntryLookup:
    """Looks up written entries that state may have evicted: those that are older than the window.

    An entry that is younger and not in state was written by a fenced attempt. Its file will be quarantined, so an entry
    that relied on it would be lost.
    """

    store: Store
    since: DedupWindow

    _indexes: ClassVar[dict[Store, EntryKeyIndex]] = {}
    """One index a process."""

    def __call__(self, ids: set[str], links: set[tuple[str, str]], contents: set[tuple[str, str]]) -> list[KnownEntry]:
        """Return every version of these that is older than the window."""
        old = self._indexes.get(self.store)
        if old is None:
            # State keeps a version up to a third of the window longer than it must, so a list of half that age misses
            # none.
            relist_s = min(RELIST_S, self.since.window.total_seconds() / 6)
            # Several threads may be first at once; all use the index that came first.
            old = self._indexes.setdefault(self.store, EntryKeyIndex(self.store, relist_s))
        return old.known(ids, links, contents, self.since.start())


def polls_at_start(to: Output, since: DedupWindow) -> WrittenPolls | None:
    """Return a function that loads the last polls at the start; None where they are in state."""
    return partial(written_polls, to, since) if to.bootstrap else None


def entries_at_start(to: Output, since: DedupWindow) -> Callable[[str], list[KnownEntry]] | None:
    """Return a function that loads the written entries at the start; None where they are in state."""
    if to.bootstrap:
        return partial(bootstrap_entries, to, since)
    return partial(empty_state, to) if to.state_unknown else None


def paragraphs_at_start(to: Output, since: DedupWindow) -> Callable[[int, int], list[KnownParagraph]] | None:
    """Return a function that loads the written paragraphs at the start; None where they are in state."""
    return partial(bootstrap_paragraphs, to, since) if to.bootstrap else None


def stories_at_start(to: Output, since: DedupWindow) -> Callable[[str], list[KnownStory]] | None:
    """Return a function that loads what relates to later stories at the start; None where it is in state."""
    return partial(bootstrap_stories, to, since) if to.bootstrap else None


def dead_letters_at_start(to: Output, since: DedupWindow) -> Callable[[str], list[KnownDeadLetter]] | None:
    """Return a function that loads the written dead letters at the start; None where they are in state."""
    return partial(bootstrap_dead_letters, to, since) if to.bootstrap else None


def written_polls(to: Output, since: DedupWindow, feed_urls: Sequence[str]) -> dict[str, Poll]:
    """Return the last polls in the output, so that the stream polls a feed when it is due and not before."""
    # Before the submission: this stream's own polls are in its state.
    return known_polls(to.store, feed_urls, since.day(), to.submitted_at)


def bootstrap_entries(to: Output, since: DedupWindow, shard: str) -> list[KnownEntry]:
    """Return the entries of the window in the output of a shard's sources, except this stream's own."""

    def load() -> list[KnownEntry]:
        # A killed stream's commit is finished or removed first, before any row of this stream's stories.
        recover(to.store, exclude=to.epoch)
        return entries_since(to.store, since.day(), to.submitted_at)

    return _of_shard("entries", to, shard, load)


def bootstrap_dead_letters(to: Output, since: DedupWindow, shard: str) -> list[KnownDeadLetter]:
    """Return the dead letters of the window in the output of a shard's sources, except this stream's own."""

    def load() -> list[KnownDeadLetter]:
        recover(to.store, exclude=to.epoch)
        return dead_letters_since(to.store, ("read", "parse"), since.day(), to.submitted_at)

    return _of_shard("dead letters", to, shard, load)


_loading = threading.Lock()
_loaded: dict[tuple[str, Output], dict[str, list[Any]]] = {}


def _of_shard(
    what: str, to: Output, shard: str, load: Callable[[], Sequence[KnownEntry | KnownDeadLetter]]
) -> list[Any]:
    """Return the rows of a shard's sources; a process loads the output once for all of them."""
    with _loading:
        # Taken once: the timer below may remove it at any moment.
        shards = _loaded.get((what, to))
        if shards is None:
            shards = _loaded[what, to] = defaultdict(list)
            for row in load():
                shards[shard_of(row.source, to.shards)].append(row)
            forget = threading.Timer(FORGET_S, _loaded.pop, [(what, to), None])
            forget.daemon = True
            forget.start()
        # Not removed: a bundle that fails asks for its shard again.
        return shards.get(shard, [])


def empty_state(to: Output, _: str) -> list[KnownEntry]:
    """Return no entries, for a stream that starts with an empty state.

    Raises:
        StartError: The output has entries, which would be written again.
    """
    check_no_entries(to.store, to.submitted_at)
    return []


def check_no_entries(store: Store, before: datetime) -> None:
    """Raise StartError if the output has entries that were fetched before a time."""
    if has_entries(store, before):
        raise StartError(
            f"{store.root} has entries, and a stream without state would write them again: start with --warm-start, "
            "or from a savepoint (Flink) or with --update (Dataflow)"
        )


def bootstrap_paragraphs(to: Output, since: DedupWindow, partition: int, partitions: int) -> list[KnownParagraph]:
    """Return the canonical paragraphs of the window in the output that a partition holds, except this stream's own."""
    of_partition = partial(are_of, partition, partitions)
    # Keys of an older format are made anew, and with them the fingerprints that choose the partition.
    found = with_current_keys(paragraphs_since(to.store, since.day(), to.submitted_at, of_partition))
    mine = of_partition([paragraph.fingerprint for paragraph in found]).tolist()
    return [paragraph for paragraph, is_mine in zip(found, mine, strict=True) if is_mine]


def bootstrap_stories(to: Output, since: DedupWindow, _: str) -> list[KnownStory]:
    """Return the stories of the window in the output and their paragraphs, except this stream's own."""
    return relations_since(to.store, since.day(), to.submitted_at)
