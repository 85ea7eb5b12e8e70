"""ReadDocuments: sources to documents."""

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain
from typing import Any

import apache_beam as beam

from newsbeam.transforms import metrics
from newsbeam.transforms.counting import count, count_dead_letter
from newsbeam.transforms.map_batches import DEAD_LETTERS
from newsbeam.transforms.read.fetch import Fetched, fetch, utc_now
from newsbeam.transforms.read.http import FetchSettings, HttpClient
from newsbeam.transforms.read.sources import is_web
from newsbeam.transforms.records import DeadLetter, Document, Poll, Polled, Source
from newsbeam.transforms.windows import in_global_window

DOCUMENTS = "documents"
POLLS = "polls"
CONCURRENT_FETCHES = 16


@dataclass
class ReadDocuments(beam.PTransform):
    """Fetches each source once.

    Input: (Source, its last Poll or None). Output: `documents` (those with new bytes; of an archive, its members one by
    one), `polls` (one for each source), `dead_letters`. Up to 16 web fetches are under way at once; files are read in
    place. Delivery: a bundle that is tried again fetches again.
    """

    settings: FetchSettings

    def expand(self, sources: beam.PCollection[tuple[Source, Poll | None]]) -> Any:
        return sources | beam.ParDo(_FetchFn(self.settings)).with_outputs(POLLS, DEAD_LETTERS, main=DOCUMENTS)


class _FetchFn(beam.DoFn):
    def __init__(self, settings: FetchSettings):
        self._settings = settings

    def setup(self) -> None:
        self._client = HttpClient(self._settings)
        self._threads = ThreadPoolExecutor(CONCURRENT_FETCHES)

    def start_bundle(self) -> None:
        self._running: deque[Future[Fetched]] = deque()

    def process(self, element: tuple[Source, Poll | None]) -> Iterator[Any]:
        source, known = element
        if not is_web(source.location):
            yield from _outputs(fetch(source, known, self._client, utc_now))
            return
        self._running.append(self._threads.submit(fetch, source, known, self._client, utc_now))
        # At most so many bodies wait in memory.
        while len(self._running) > CONCURRENT_FETCHES or (self._running and self._running[0].done()):
            yield from _outputs(self._running.popleft().result())

    def finish_bundle(self) -> Iterator[Any]:
        while self._running:
            yield from in_global_window(_outputs(self._running.popleft().result()))

    def teardown(self) -> None:
        self._threads.shutdown()
        self._client.close()


def _outputs(fetched: Fetched) -> Iterator[Any]:
    count_poll(fetched.poll)
    yield from tagged(chain((fetched.poll,), fetched.found))


def count_poll(poll: Poll) -> None:
    """Count a poll by its status."""
    count(f"{metrics.POLLS}:{poll.status}")


def tagged(found: Iterable[Document | Polled[Document] | DeadLetter | Poll]) -> Iterator[Any]:
    """Yield what was found, each for its output of a DoFn; dead letters are counted."""
    for each in found:
        if isinstance(each, DeadLetter):
            count_dead_letter(each)
            yield beam.pvalue.TaggedOutput(DEAD_LETTERS, each)
        elif isinstance(each, Poll):
            yield beam.pvalue.TaggedOutput(POLLS, each)
        else:
            yield each
