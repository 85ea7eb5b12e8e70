"""PollSources: the same sources again and again, each when it is due.

A host is a key, so that its feeds are polled one after another wherever the workers are, and never by two of them. A
wire is a key too: its folder is listed at every tick, and files are read once they have been left alone.

A slow server must not stop the others: a host is polled in a thread, for which a tick waits a moment only; what comes
later is taken at a later tick. A worker that dies loses what is under way, and the next tick finds it due again: what
is known of a source changes in the same step that hands its documents on.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import apache_beam as beam
from apache_beam.coders import PickleCoder
from apache_beam.transforms.userstate import ReadModifyWriteStateSpec

from newsbeam.transforms import metrics
from newsbeam.transforms.counting import count, count_dead_letter
from newsbeam.transforms.map_batches import DEAD_LETTERS
from newsbeam.transforms.read.failures import SourceError
from newsbeam.transforms.read.fetch import fetch
from newsbeam.transforms.read.files import Stamp
from newsbeam.transforms.read.http import FetchSettings, HttpClient
from newsbeam.transforms.read.read_documents import DOCUMENTS, POLLS
from newsbeam.transforms.read.sources import WireFile, expand_wire
from newsbeam.transforms.records import DeadLetter, Document, Poll, Source

WAIT_S = 1.0
"""How long the ticks of one bundle wait for answers: most come within it, and go on at once."""

HOSTS_AT_ONCE = 16


@dataclass(frozen=True)
class WireSpec:
    """A wire as the config has it; the arguments of `expand_wire`."""

    location: str
    name: str = ""
    format: str = "auto"
    language: str = ""
    settle_s: float = 2.0
    base: Path = field(default_factory=Path)


@dataclass(frozen=True)
class SourceGroup:
    """What is polled one after another: the feeds of a host, or the files of a wire.

    Attributes:
        key: The host, or "wire:" and the path.
        feeds: The feeds of the host.
        wire: The wire.
    """

    key: str
    feeds: tuple[Source, ...] = ()
    wire: WireSpec | None = None


@dataclass
class PollSources(beam.PTransform):
    """Polls sources at ticks.

    Input: an unbounded PCollection of ticks, of any value, in the global window. Output: `documents`, `polls`,
    `dead_letters` as of `ReadDocuments`. Key: the host or wire. State: the last poll of each source.

    Attributes:
        groups: What to poll.
        settings: How to fetch.
    """

    groups: Sequence[SourceGroup]
    settings: FetchSettings

    def expand(self, ticks: beam.PCollection[Any]) -> Any:
        keys = [group.key for group in self.groups]
        return (
            ticks
            | "Keys" >> beam.FlatMap(_keyed_ticks, keys).with_output_types(tuple[str, int])
            | "Poll"
            >> beam.ParDo(_PollFn(self.groups, self.settings)).with_outputs(POLLS, DEAD_LETTERS, main=DOCUMENTS)
        )


def _keyed_ticks(_: Any, keys: Sequence[str]) -> list[tuple[str, int]]:
    return [(key, 0) for key in keys]


@dataclass(frozen=True)
class _Last:
    """What is known of a source: its last poll, and what the file was like."""

    poll: Poll
    stamp: Stamp | None = None


@dataclass(frozen=True)
class _Found:
    last: _Last
    found: tuple[Document | DeadLetter, ...]


class _PollFn(beam.DoFn):
    LAST = ReadModifyWriteStateSpec("last", PickleCoder())

    def __init__(self, groups: Sequence[SourceGroup], settings: FetchSettings):
        self._groups = {group.key: group for group in groups}
        self._settings = settings

    def setup(self) -> None:
        self._client = HttpClient(self._settings)
        self._threads = ThreadPoolExecutor(HOSTS_AT_ONCE)
        self._running: dict[str, Future[list[_Found]]] = {}

    def start_bundle(self) -> None:
        self._until = time.monotonic() + WAIT_S

    def teardown(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._client.close()

    def process(self, element: tuple[str, int], last: Any = beam.DoFn.StateParam(LAST)) -> Iterator[Any]:
        key = element[0]
        group = self._groups.get(key)
        if group is None:  # a savepoint of an older config
            return
        state: dict[str, _Last] = dict(last.read() or {})
        sources = list(group.feeds) if group.wire is None else _files(group.wire)
        running = self._running.pop(key, None)
        if running is None:
            due = [source for source in sources if _is_due(source, state.get(source.feed_url))]
            if not due:
                return
            running = self._threads.submit(self._fetch_all, due, state)
        wait([running], timeout=max(0.0, self._until - time.monotonic()))
        if not running.done():
            self._running[key] = running
            return
        for found in running.result():
            state[found.last.poll.feed_url] = found.last
            yield from _outputs(found, of_wire=group.wire is not None)
        # Without feeds that the config no longer has, and files that are gone.
        last.write({source.feed_url: state[source.feed_url] for source in sources if source.feed_url in state})

    def _fetch_all(self, sources: Sequence[Source], state: Mapping[str, _Last]) -> list[_Found]:
        results = []
        for source in sources:
            known = state.get(source.feed_url)
            fetched = fetch(source, known.poll if known else None, self._client, _utc_now)
            stamp = source.stamp if isinstance(source, WireFile) else None
            results.append(_Found(_Last(fetched.poll, stamp), tuple(fetched.found)))
        return results


def _files(wire: WireSpec) -> list[Source]:
    """Return the files that are there; none where they can't be listed, until a later tick."""
    try:
        return list(
            expand_wire(wire.location, wire.name, wire.format, wire.language, settle_s=wire.settle_s, base=wire.base)
        )
    except SourceError:
        count(metrics.WIRES_UNLISTED)
        return []


def _is_due(source: Source, last: _Last | None) -> bool:
    """Return whether a feed is due, or a file new or changed and left alone for as long as its wire says."""
    if isinstance(source, WireFile) and (last is None or last.poll.status != "error"):
        if last is not None and last.stamp == source.stamp:
            return False
        return source.stamp is None or time.time() - source.stamp.modified_ns / 1e9 >= source.settle_s
    return last is None or (last.poll.next_poll_at or last.poll.fetched_at) <= _utc_now()


def _outputs(found: _Found, of_wire: bool) -> Iterator[Any]:
    poll = found.last.poll
    count(f"{metrics.POLLS}:{poll.status}")
    if not (of_wire and poll.status == "unchanged"):
        yield beam.pvalue.TaggedOutput(POLLS, poll)
    for each in found.found:
        if isinstance(each, DeadLetter):
            count_dead_letter(each)
            yield beam.pvalue.TaggedOutput(DEAD_LETTERS, each)
        else:
            yield each


def _utc_now() -> datetime:
    return datetime.now(UTC)
