"""Totals of polls: their entries, counted document by document until a poll is complete. No Beam here.

A feed is one document. An archive has as many documents as members, which arrive in any order and in any number of
packs. Until all have arrived, its poll is open.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from newsbeam.transforms.common.polls import judged
from newsbeam.transforms.dedup.versions import Versioned
from newsbeam.transforms.records import ALL_READ, Poll, PolledEntries, PollKey, PollTotals, Unread
from newsbeam.transforms.runtime.state import decode, encode, from_values, to_values


@dataclass(frozen=True)
class PartialTotals:
    """The totals of one poll so far.

    Attributes:
        poll: The poll.
        of: How many documents it has; 0 until the document that says so has arrived.
        documents: How many have arrived.
        entries: How many entries they had.
        entries_new: How many of these are the first version of an entry.
        rows: How many are a new version of an entry, plus the dead letters.
        unread: The documents that were not read completely.
    """

    poll: Poll
    of: int = 0
    documents: int = 0
    entries: int = 0
    entries_new: int = 0
    rows: int = 0
    unread: Unread = ALL_READ

    def __add__(self, other: "PartialTotals") -> "PartialTotals":
        return PartialTotals(
            self.poll,
            self.of + other.of,
            self.documents + other.documents,
            self.entries + other.entries,
            self.entries_new + other.entries_new,
            self.rows + other.rows,
            self.unread + other.unread,
        )

    @property
    def complete(self) -> bool:
        """Whether all documents of the poll have arrived."""
        return self.documents == self.of

    def as_poll_totals(self) -> PollTotals:
        """Return the poll with its totals."""
        poll = replace(self.poll, entries=self.entries, entries_new=self.entries_new)
        return PollTotals(judged(poll, self.unread), self.rows)


OpenPolls = dict[PollKey, PartialTotals]

_KIND, _FORMAT = "open polls", 2


def encode_open_polls(totals: OpenPolls) -> Any:
    """Return open polls as state."""
    rows = ((to_values(each.poll), *_counts(each), to_values(each.unread)) for each in totals.values())
    return encode(_KIND, _FORMAT, tuple(rows))


def decode_open_polls(state: Any) -> OpenPolls:
    """Return the open polls that a state holds; none if there is no state."""
    if state is None:
        return {}
    (rows,) = decode(_KIND, _FORMAT, state)
    totals = [_decode(*row) for row in rows]
    return {each.poll.key: each for each in totals}


def _decode(poll: Any, of: int, documents: int, entries: int, new: int, rows: int, unread: Any = ()) -> PartialTotals:
    return PartialTotals(from_values(Poll, poll), of, documents, entries, new, rows, Unread(*unread))


def _counts(each: PartialTotals) -> tuple[int, ...]:
    return each.of, each.documents, each.entries, each.entries_new, each.rows


def count_polls(documents: Iterable[PolledEntries], decided: Iterable[Versioned]) -> OpenPolls:
    """Return the totals of these documents by poll; `decided` are the decisions on their entries."""
    versions: Counter[PollKey] = Counter()
    new: Counter[PollKey] = Counter()
    for each in decided:
        if each.outcome != "unchanged":
            key = each.entry.feed_url, each.entry.fetched_at
            versions[key] += 1
            new[key] += each.entry.version == 1
    totals: OpenPolls = {}
    for document in documents:
        entries, dead_letters = len(document.value), document.dead_letters
        one = PartialTotals(document.poll, document.of, 1, entries, 0, dead_letters, document.unread)
        _add(totals, {document.poll.key: one})
    return {key: replace(each, entries_new=new[key], rows=each.rows + versions[key]) for key, each in totals.items()}


def add_totals(totals: OpenPolls, open_polls: OpenPolls, max_open: int) -> tuple[list[PollTotals], OpenPolls, int]:
    """Add `totals` to the polls that are open.

    Returns:
        The polls that are complete, with their totals; those that are still open, at most `max_open`; and how many of
        the former are incomplete: the oldest ones, which had to make room.
    """
    open_polls = dict(open_polls)
    _add(open_polls, totals)
    complete = [key for key, each in open_polls.items() if each.complete]
    pending = sorted((key for key, each in open_polls.items() if not each.complete), key=lambda key: (key[1], key[0]))
    too_many = pending[: max(0, len(pending) - max_open)]
    polls = [open_polls.pop(key).as_poll_totals() for key in (*complete, *too_many)]
    return polls, open_polls, len(too_many)


def _add(to: OpenPolls, totals: Mapping[PollKey, PartialTotals]) -> None:
    for key, each in totals.items():
        to[key] = to[key] + each if key in to else each
