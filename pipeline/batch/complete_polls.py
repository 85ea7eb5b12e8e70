"""CompletePolls: the rows of polls, with the counts of their entries and the errors that their dead letters show."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import apache_beam as beam

from newsbeam.pipeline.batch.list_sources import Asked
from newsbeam.transforms.common.polls import judged
from newsbeam.transforms.parse.completeness import why_not_read
from newsbeam.transforms.records import ALL_READ, DeadLetter, Entry, Poll, Unread
from newsbeam.transforms.runtime.outputs import in_global_window
from newsbeam.transforms.write.rows import Rows, poll_rows

FEEDS_COUNTED = 10_000
"""Feeds whose entries a bundle counts before it passes their numbers on."""

POLLS_AT_ONCE = 1_000

Keyed = tuple[str, Any]


@dataclass(frozen=True)
class Tally:
    """Numbers of entries of a feed.

    Attributes:
        name: The source's name in them; "" where there are none.
    """

    entries: int = 0
    new: int = 0
    name: str = ""

    def __add__(self, other: "Tally") -> "Tally":
        # The larger name, since tallies of versions have none.
        return Tally(self.entries + other.entries, self.new + other.new, max(self.name, other.name))


@dataclass
class CompletePolls(beam.PTransform):
    """Completes polls with the results of their documents.

    Input: bounded PCollections of polls; of the dead letters of reading and parsing; of parsed entries; of the versions
    that are written; and of (feed_url, Asked). Output: `Rows` of polls. An unchanged file of a wire gets no row, unless
    the wire's name has changed. Key: the feed_url.
    """

    def expand(self, inputs: Any) -> beam.PCollection[Rows]:
        polls, dead_letters, entries, versions, asked = inputs
        by_feed = polls | "ByFeed" >> beam.Map(_by_feed).with_output_types(Keyed)
        reasons = dead_letters | "Reasons" >> beam.FlatMap(_reasons).with_output_types(Keyed)
        parsed = entries | "CountEntries" >> beam.ParDo(_TallyFn(_one_entry)).with_output_types(Keyed)
        new = versions | "CountNew" >> beam.ParDo(_TallyFn(_one_version)).with_output_types(Keyed)
        return (
            (by_feed, reasons, parsed, new, asked)
            | "FlattenFeeds" >> beam.Flatten()
            | "GroupByFeed" >> beam.GroupByKey()
            | "Complete" >> beam.FlatMap(_complete)
            | "Rows" >> beam.ParDo(_RowsFn())
        )


def _by_feed(poll: Poll) -> Keyed:
    return poll.feed_url, poll


def _reasons(letter: DeadLetter) -> Iterator[Keyed]:
    """Yield a dead letter, without its payload, if its document was not read completely."""
    if letter.poll and why_not_read([letter]):
        # Without its bytes: all that a poll needs of it goes through one key.
        yield letter.poll[0], replace(letter, payload=b"", traceback="")


def _one_entry(entry: Entry) -> Tally:
    return Tally(entries=1, name=entry.source)


def _one_version(entry: Entry) -> Tally:
    return Tally(new=int(entry.version == 1))


class _TallyFn(beam.DoFn):
    def __init__(self, tally: Any):
        self._tally = tally

    def start_bundle(self) -> None:
        self._tallies: dict[str, Tally] = {}

    def process(self, entry: Entry) -> Iterator[Keyed]:
        self._tallies[entry.feed_url] = self._tallies.get(entry.feed_url, Tally()) + self._tally(entry)
        # A bundle on Flink is a subtask's whole input, so its end may be far.
        if len(self._tallies) >= FEEDS_COUNTED:
            yield from self._tallies.items()
            self._tallies = {}

    def finish_bundle(self) -> Iterator[Any]:
        yield from in_global_window(self._tallies.items())


@dataclass
class _Feed:
    """What arrives for one feed, or one file of a wire."""

    polls: list[Poll] = field(default_factory=list)
    reasons: list[DeadLetter] = field(default_factory=list)
    tally: Tally = Tally()
    asked: Asked | None = None

    def add(self, each: Any) -> None:
        match each:
            case Poll():
                self.polls.append(each)
            case DeadLetter():
                self.reasons.append(each)
            case Tally():
                self.tally += each
            case _:
                self.asked = each


def _complete(element: tuple[str, Iterable[Any]]) -> Iterator[Poll]:
    feed = _Feed()
    for each in element[1]:
        feed.add(each)
    asked = feed.asked
    for poll in feed.polls:
        judged_poll = judged(poll, _unread(poll, feed.reasons))
        name = feed.tally.name or _name(poll, asked)
        # An unchanged file needs no row, unless its wire has another name now.
        if not (asked and asked.wire and judged_poll.status == "unchanged" and asked.last_name == name):
            yield replace(judged_poll, source=name, entries=feed.tally.entries, entries_new=feed.tally.new)


def _unread(poll: Poll, reasons: Iterable[DeadLetter]) -> Unread:
    """Return the documents of a poll that were not read; each counts once, with its first dead letter."""
    first: dict[str, DeadLetter] = {}
    # Sorted, since they arrive in any order, and the first one of a document is what the poll says.
    for letter in sorted(reasons, key=lambda letter: (letter.uri, letter.message)):
        if letter.poll == poll.key:
            first.setdefault(letter.uri, letter)
    return sum((Unread.of(uri, poll.uri, why_not_read([letter])) for uri, letter in first.items()), ALL_READ)


def _name(poll: Poll, asked: Asked | None) -> str:
    """Return the name of a source without entries: of an unnamed feed the one that its entries had before."""
    if asked is None:
        return poll.source
    return asked.last_name if asked.last_name is not None and not asked.named else asked.name


class _RowsFn(beam.DoFn):
    def start_bundle(self) -> None:
        self._polls: list[Poll] = []

    def process(self, poll: Poll) -> Iterator[Rows]:
        self._polls.append(poll)
        if len(self._polls) >= POLLS_AT_ONCE:
            yield poll_rows(self._polls)
            self._polls = []

    def finish_bundle(self) -> Iterator[Any]:
        if self._polls:
            yield from in_global_window([poll_rows(self._polls)])
