"""Reads sources to documents in batch."""

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, NamedTuple

import apache_beam as beam

from newsbeam.transforms.read.due import FeedState, RateLimits, host_of
from newsbeam.transforms.read.fetch import Fetched, fetch, utc_now
from newsbeam.transforms.read.http import FetchSettings, HttpClient
from newsbeam.transforms.read.run_packs import RunLog, RunPacks
from newsbeam.transforms.read.sources import is_web
from newsbeam.transforms.records import DeadLetter, Document, Poll, Polled, Source
from newsbeam.transforms.runtime import metrics
from newsbeam.transforms.runtime.counters import count, count_dead_letter
from newsbeam.transforms.runtime.lineage import note_source
from newsbeam.transforms.runtime.map_batches import DEAD_LETTERS
from newsbeam.transforms.runtime.outputs import MultiOutput, in_global_window, with_outputs

DOCUMENTS = "documents"
POLLS = "polls"
HOSTS_AT_ONCE = 16

SETTINGS = FetchSettings()

SourceAndPoll = tuple[Source, Poll | None]


class ReadOutputs(NamedTuple):
    """The outputs of `ReadDocuments`: documents with new bytes, a poll for each source asked, and dead letters."""

    documents: beam.PCollection[Document]
    polls: beam.PCollection[Poll]
    dead_letters: beam.PCollection[DeadLetter]


@dataclass
class ReadDocuments(MultiOutput):
    """Fetches each source once.

    Input: a bounded PCollection of (Source, its last Poll or None). Output: `documents` (those with new bytes; the
    members of an archive one by one), `polls` (one for each source that was asked), `dead_letters`. Key: the host,
    whose feeds are asked one after another, in their order; up to 16 hosts of a bundle at once; after a 429 the other
    feeds of the server are not asked. Delivery: a bundle that is retried fetches again.

    Attributes:
        settings: Timeouts, bounds and addresses of the fetcher.
        log: Has each document before it is emitted, so that it can be processed again later; None to keep none.
        generation: The id of the run; names its packs in the log.
    """

    settings: FetchSettings = SETTINGS
    log: RunLog | None = None
    generation: str = ""

    def expand(self, sources: beam.PCollection[SourceAndPoll]) -> ReadOutputs:
        fetch_each = _FetchFn(self.settings, self.log, self.generation)
        outputs = (
            sources
            | "ByHost" >> beam.Map(_by_host).with_output_types(tuple[str, SourceAndPoll])
            | "GroupByKey" >> beam.GroupByKey()
            | with_outputs("Fetch", fetch_each, POLLS, DEAD_LETTERS, main=DOCUMENTS)
        )
        return ReadOutputs(outputs[DOCUMENTS], outputs[POLLS], outputs[DEAD_LETTERS])


def _by_host(source: SourceAndPoll) -> tuple[str, SourceAndPoll]:
    location = source[0].location
    # Files have no server to be spared, so each is a key of its own.
    return host_of(location) if is_web(location) else location, source


@dataclass
class _HostQueue:
    """The feeds of one host that are still to be asked, in their order."""

    sources: deque[SourceAndPoll]
    limits: RateLimits = field(default_factory=lambda: RateLimits({}))

    def next(self) -> SourceAndPoll | None:
        """Return the feed to ask now, or None after the last one."""
        while self.sources:
            source = self.sources.popleft()
            if not self.limits.forbid(source[0], utc_now().timestamp()):
                return source
        return None


class _FetchFn(beam.DoFn):
    def __init__(self, settings: FetchSettings, log: RunLog | None, generation: str):
        self._settings = settings
        self._log = log
        self._generation = generation

    def setup(self) -> None:
        self._client = HttpClient(self._settings)
        # In setup: neither a pool nor a connection can be pickled.
        self._threads = ThreadPoolExecutor(HOSTS_AT_ONCE)

    def start_bundle(self) -> None:
        self._running: dict[Future[Fetched], tuple[_HostQueue, Source]] = {}
        self._packs = RunPacks(self._log, self._generation) if self._log else None

    def process(self, element: tuple[str, Iterable[SourceAndPoll]]) -> Iterator[Any]:
        _, sources = element
        queue = _HostQueue(deque())
        for source, known in sources:
            if is_web(source.location):
                queue.sources.append((source, known))
            else:
                yield from self._outputs(fetch(source, known, self._client, utc_now))
        self._ask_next(queue)
        yield from self._results(HOSTS_AT_ONCE)

    def finish_bundle(self) -> Iterator[Any]:
        yield from in_global_window(self._results(0))
        if self._packs:
            yield from in_global_window(_outputs(self._packs.flush()))

    def teardown(self) -> None:
        self._threads.shutdown()
        self._client.close()

    def _ask_next(self, queue: _HostQueue) -> None:
        if found := queue.next():
            source, known = found
            self._running[self._threads.submit(fetch, source, known, self._client, utc_now)] = queue, source

    def _results(self, max_running: int) -> Iterator[Any]:
        """Yield results until at most `max_running` hosts are being asked, which bounds the bodies in memory."""
        while len(self._running) > max_running:
            for future in wait(self._running, return_when=FIRST_COMPLETED).done:
                queue, source = self._running.pop(future)
                fetched = future.result()
                # Before the next feed of the host is asked: after a 429 the rest of them is left alone.
                queue.limits.note(source.feed_url, FeedState.of(source, fetched.poll))
                self._ask_next(queue)
                yield from self._outputs(fetched)

    def _outputs(self, fetched: Fetched) -> Iterator[Any]:
        return _outputs(self._packs.add(fetched) if self._packs else chain((fetched.poll,), fetched.found))


def _outputs(found: Iterable[Document | DeadLetter | Poll]) -> Iterator[Any]:
    for each in found:
        if isinstance(each, Poll):
            count_poll(each.status)
        yield from tagged((each,))


def count_poll(status: str) -> None:
    """Count a poll of this status."""
    count(f"{metrics.POLLS}:{status}")


def tagged(found: Iterable[Document | Polled[Document] | DeadLetter | Poll]) -> Iterator[Any]:
    """Yield each record for its output of a DoFn, and count dead letters."""
    for each in found:
        if isinstance(each, DeadLetter):
            count_dead_letter(each)
            yield beam.pvalue.TaggedOutput(DEAD_LETTERS, each)
        elif isinstance(each, Poll):
            yield beam.pvalue.TaggedOutput(POLLS, each)
        else:
            note_source((each.value if isinstance(each, Polled) else each).feed_url)
            yield each
