"""CompletePolls: the rows of polls, with the counts of their entries and the errors that their dead letters show."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import apache_beam as beam

from newsbeam.pipeline.batch.list_sources import Asked
from newsbeam.transforms.common.polls import not_read
from newsbeam.transforms.ids import digest
from newsbeam.transforms.parse.wholeness import explains
from newsbeam.transforms.read.sources import is_web
from newsbeam.transforms.records import DeadLetter, Entry, Poll
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
        return Tally(self.entries + other.entries, self.new + other.new, max(self.name, other.name))


@dataclass(frozen=True)
class Reason:
    """A dead letter without its payload, which counts with its size."""

    dead_letter: DeadLetter
    payload_bytes: int


@dataclass
class CompletePolls(beam.PTransform):
    """Completes polls with the results of their documents.

    Input: bounded PCollections of polls; of the dead letters of reading and parsing; of parsed entries; of the versions
    that are written; and of (feed_url, Asked). Output: `Rows` of polls. An unchanged file of a wire gets no row, unless
    the wire's name has changed. Keys: source and URI, then the feed_url.
    """

    def expand(self, inputs: Any) -> beam.PCollection[Rows]:
        polls, dead_letters, entries, versions, asked = inputs
        by_uri = polls | "ByUri" >> beam.Map(_poll_by_uri).with_output_types(Keyed)
        reasons = dead_letters | "Reasons" >> beam.Map(_reason_by_uri).with_output_types(Keyed)
        reviewed = (
            (by_uri, reasons)
            | "FlattenUris" >> beam.Flatten()
            | "GroupByUri" >> beam.GroupByKey()
            | "Review" >> beam.FlatMap(_review).with_output_types(Keyed)
        )
        parsed = entries | "CountEntries" >> beam.ParDo(_TallyFn(_one_entry)).with_output_types(Keyed)
        new = versions | "CountNew" >> beam.ParDo(_TallyFn(_one_version)).with_output_types(Keyed)
        return (
            (reviewed, parsed, new, asked)
            | "FlattenFeeds" >> beam.Flatten()
            | "GroupByFeed" >> beam.GroupByKey()
            | "Complete" >> beam.FlatMap(_complete)
            | "Rows" >> beam.ParDo(_RowsFn())
        )


def _poll_by_uri(poll: Poll) -> Keyed:
    return digest(poll.source, poll.uri), poll


def _reason_by_uri(letter: DeadLetter) -> Keyed:
    short = replace(letter, payload=b"", traceback="")
    return digest(letter.source, letter.uri), Reason(short, len(letter.payload))


def _review(element: tuple[str, Iterable[Any]]) -> Iterator[Keyed]:
    """Yield each poll by its feed_url, as an error where its document was not read completely."""
    polls: list[Poll] = []
    reasons: list[Reason] = []
    for each in element[1]:
        if isinstance(each, Reason):
            reasons.append(each)
        else:
            polls.append(each)
    reasons.sort(key=lambda reason: reason.dead_letter.message)
    for poll in polls:
        why = next((each for each in reasons if explains(poll.bytes, each.dead_letter, each.payload_bytes)), None)
        if why and poll.status == "ok":
            poll = not_read(poll, why.dead_letter.message, keep=not is_web(poll.uri))
        yield poll.feed_url, poll


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
        if len(self._tallies) >= FEEDS_COUNTED:
            yield from self._tallies.items()
            self._tallies = {}

    def finish_bundle(self) -> Iterator[Any]:
        yield from in_global_window(self._tallies.items())


def _complete(element: tuple[str, Iterable[Any]]) -> Iterator[Poll]:
    polls: list[Poll] = []
    asked: Asked | None = None
    tally = Tally()
    for each in element[1]:
        if isinstance(each, Poll):
            polls.append(each)
        elif isinstance(each, Asked):
            asked = each
        else:
            tally += each
    for poll in polls:
        name = tally.name or _name(poll, asked)
        # An unchanged file needs no row, unless its wire has another name now.
        if not (asked and asked.wire and poll.status == "unchanged" and asked.last_name == name):
            yield replace(poll, source=name, entries=tally.entries, entries_new=tally.new)


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
