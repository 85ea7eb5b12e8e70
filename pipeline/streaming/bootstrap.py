"""What a stream knows when it starts, and what it looks up in its output: the seams between state and Parquet.

A stream with state (a savepoint) goes on from it. One without begins with what the output has of the window
(`bootstrap`), or must begin beside an output that has nothing of it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import ClassVar

from newsbeam.transforms.read.poll_sources import WrittenPolls
from newsbeam.transforms.records import KnownEntry, KnownParagraph, Poll
from newsbeam.transforms.write.commit import recover
from newsbeam.transforms.write.lookup.entry_index import EntryKeyIndex
from newsbeam.transforms.write.lookup.lookups import entries_since, has_entries, known_polls, paragraphs_since
from newsbeam.transforms.write.store import Store

RELIST_S = 600.0
"""How old a stream's list of the output's files may be; less with a window of minutes."""


class StartError(Exception):
    """The stream would know nothing of what its output has, or know it twice."""


@dataclass(frozen=True)
class Output:
    """Where a stream writes.

    Attributes:
        store: The output.
        epoch: The id of this submission.
        began: When it was submitted.
        warm: Begin with what the output has of the window; for a start without a savepoint.
        unsure: Nobody knows yet whether there will be one: the stream fails if it begins with an empty state beside
            entries that are older than it.
        patience_s: How long an output that refuses to be written is asked again; see `FlushSettings`.
        max_in_flight: How much may wait to be written while polling goes on; see `PollSources`.
    """

    store: Store
    epoch: str
    began: datetime
    bootstrap: bool = False
    state_unknown: bool = False
    max_wait_s: float = 0.0
    max_in_flight: int | None = None


@dataclass(frozen=True)
class DedupWindow:
    """The beginning of the window, at the time of asking."""

    window: timedelta

    def moment(self) -> datetime:
        """Return when it began."""
        return datetime.now(UTC) - self.window

    def day(self) -> date:
        """Return its first day, in UTC."""
        return self.moment().date()


@dataclass(frozen=True)
class EntryLookup:
    """Tells what is written of entries that state may have forgotten.

    That is older than the window. What is younger and not in state was written by an attempt that the engine has given
    up: its file is going to be removed, so an entry that is found there would be lost.
    """

    store: Store
    since: DedupWindow

    _indexes: ClassVar[dict[Store, EntryKeyIndex]] = {}
    """Of this process."""

    def __call__(self, ids: set[str], links: set[tuple[str, str]], contents: set[tuple[str, str]]) -> list[KnownEntry]:
        """Return every version of these that is older than the window."""
        old = self._indexes.get(self.store)
        if old is None:
            relist_s = min(RELIST_S, self.since.window.total_seconds() / 6)
            old = self._indexes.setdefault(self.store, EntryKeyIndex(self.store, relist_s))
        return old.known(ids, links, contents, self.since.moment())


def polls_at_start(to: Output, since: DedupWindow) -> WrittenPolls | None:
    """Return what tells a stream the last polls when it starts; None where its state does."""
    return partial(written_polls, to, since) if to.bootstrap else None


def entries_at_start(to: Output, since: DedupWindow) -> Callable[[str], list[KnownEntry]] | None:
    """Return what tells a stream the written entries when it starts; None where its state does."""
    if to.bootstrap:
        return partial(bootstrap_entries, to, since)
    return partial(no_entries, to) if to.state_unknown else None


def paragraphs_at_start(to: Output, since: DedupWindow) -> Callable[[str], list[KnownParagraph]] | None:
    """Return what tells a stream the written paragraphs when it starts; None where its state does."""
    return partial(bootstrap_paragraphs, to, since) if to.bootstrap else None


def written_polls(to: Output, since: DedupWindow, feed_urls: Sequence[str]) -> dict[str, Poll]:
    """Return the last polls that a stream that begins beside an output knows: it need not ask before they are due."""
    return known_polls(to.store, feed_urls, since.day(), to.began)


def bootstrap_entries(to: Output, since: DedupWindow, _: str) -> list[KnownEntry]:
    """Return the entries that a stream that begins beside an output knows: none of its own, for the same reason.

    What a killed stream was writing is finished or removed before: this comes before any row of this stream's stories.
    """
    recover(to.store, exclude=to.epoch)
    return entries_since(to.store, since.day(), to.began)


def no_entries(to: Output, _: str) -> list[KnownEntry]:
    """Return nothing, what a stream knows that begins with an empty state, if it may.

    Raises:
        StartError: Everything that is still published would be written again.
    """
    check_empty(to.store, to.began)
    return []


def check_empty(store: Store, began: datetime) -> None:
    """Raise StartError if entries are written that were fetched before a stream began which knows none of them."""
    if has_entries(store, began):
        raise StartError(
            f"{store.root} has entries, which would be written again: "
            "--warm-start begins with what is there; a savepoint (Flink) or --update (Dataflow) goes on"
        )


def bootstrap_paragraphs(to: Output, since: DedupWindow, _: str) -> list[KnownParagraph]:
    """Return the paragraphs that a stream that begins beside an output knows."""
    return paragraphs_since(to.store, since.day(), to.began)
