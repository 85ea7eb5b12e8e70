"""What polls gave: their entries, counted document by document until all of a poll's have been seen. No Beam here.

A feed is one document. An archive is as many as it has members, which come in any order and in any number of packs;
until the last of them has come its poll is open.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from newsbeam.transforms.dedup.versions import Versioned
from newsbeam.transforms.records import Poll, PolledEntries, PollKey, PollTotals
from newsbeam.transforms.runtime.state import decode, encode, from_values, to_values


@dataclass(frozen=True)
class Totals:
    """What is counted of one poll.

    Attributes:
        poll: The poll.
        of: How many documents it gave; 0 until the one that says so has come.
        documents: How many have come.
        entries: How many entries they had.
        entries_new: How many of these became the first version of an entry.
        rows: How many became a version of one, with the dead letters.
    """

    poll: Poll
    of: int = 0
    documents: int = 0
    entries: int = 0
    entries_new: int = 0
    rows: int = 0

    def __add__(self, other: "Totals") -> "Totals":
        return Totals(
            self.poll,
            self.of + other.of,
            self.documents + other.documents,
            self.entries + other.entries,
            self.entries_new + other.entries_new,
            self.rows + other.rows,
        )

    @property
    def complete(self) -> bool:
        """Whether all of the poll's documents have come."""
        return self.documents == self.of

    def counted(self) -> PollTotals:
        """Return the poll with what is counted of it."""
        return PollTotals(replace(self.poll, entries=self.entries, entries_new=self.entries_new), self.rows)


OpenPolls = dict[PollKey, Totals]

_KIND, _FORMAT = "open polls", 1


def encode_open_polls(tallies: OpenPolls) -> Any:
    """Return polls that are open as state."""
    return encode(_KIND, _FORMAT, tuple((to_values(each.poll), *_counts(each)) for each in tallies.values()))


def decode_open_polls(state: Any) -> OpenPolls:
    """Return the open polls of a state; none of none."""
    if state is None:
        return {}
    (rows,) = decode(_KIND, _FORMAT, state)
    tallies = [Totals(from_values(Poll, poll), *counts) for poll, *counts in rows]
    return {each.poll.key: each for each in tallies}


def _counts(each: Totals) -> tuple[int, ...]:
    return each.of, each.documents, each.entries, each.entries_new, each.rows


def count_polls(documents: Iterable[PolledEntries], decided: Iterable[Versioned]) -> OpenPolls:
    """Count what polls gave with these documents, whose entries are `decided`."""
    versions: Counter[PollKey] = Counter()
    new: Counter[PollKey] = Counter()
    for each in decided:
        if each.outcome != "unchanged":
            key = each.entry.feed_url, each.entry.fetched_at
            versions[key] += 1
            new[key] += each.entry.version == 1
    tallies: OpenPolls = {}
    for document in documents:
        one = Totals(document.poll, document.of, documents=1, entries=len(document.value), rows=document.letters)
        _add(tallies, {document.poll.key: one})
    return {key: replace(each, entries_new=new[key], rows=each.rows + versions[key]) for key, each in tallies.items()}


def add_totals(tallies: OpenPolls, open_polls: OpenPolls, most: int) -> tuple[list[PollTotals], OpenPolls, int]:
    """Add `tallies` to polls that were open before.

    Returns:
        The polls that have ended, with their counts; those that are still open, `most` at most; and how many ended with
        what had come of them, the oldest ones, since more were open.
    """
    open_polls = dict(open_polls)
    _add(open_polls, tallies)
    ended = [key for key, each in open_polls.items() if each.complete]
    still = sorted((key for key, each in open_polls.items() if not each.complete), key=lambda key: (key[1], key[0]))
    too_many = still[: max(0, len(still) - most)]
    polls = [open_polls.pop(key).counted() for key in (*ended, *too_many)]
    return polls, open_polls, len(too_many)


def _add(to: OpenPolls, tallies: Mapping[PollKey, Totals]) -> None:
    for key, each in tallies.items():
        to[key] = to[key] + each if key in to else each
