"""PollSources: the same sources again and again, each when it is due.

A host is a key, so that its feeds are polled one after another wherever the workers are, and never by two of them. A
wire is a key too: its folder is listed at every tick, and files are read once they have been left alone.

A slow server must not stop the others: a host is polled in a thread (see `poll_rounds`), for which a tick waits a
moment only; what comes later is taken at a later tick. A worker that dies loses what is under way, and the next tick
finds it due again: what is known of a source changes in the same step that hands its documents on.
"""

import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import apache_beam as beam
from apache_beam.coders import PickleCoder
from apache_beam.transforms.userstate import ReadModifyWriteStateSpec

from newsbeam.transforms import metrics
from newsbeam.transforms.backlog import backlog
from newsbeam.transforms.counting import count
from newsbeam.transforms.map_batches import DEAD_LETTERS
from newsbeam.transforms.read.due import Known, Last
from newsbeam.transforms.read.failures import SourceError
from newsbeam.transforms.read.fetch import with_poll
from newsbeam.transforms.read.http import FetchSettings
from newsbeam.transforms.read.poll_rounds import (
    SourceGroup,
    WireSpec,
    acquire_rounds,
    decode_known,
    encode_known,
    list_sources,
    release_rounds,
)
from newsbeam.transforms.read.read_documents import DOCUMENTS, POLLS, count_poll, tagged
from newsbeam.transforms.records import Poll, Polled
from newsbeam.transforms.windows import with_outputs

__all__ = ["PollSources", "SourceGroup", "WireSpec"]

WAIT_S = 1.0
"""How long the ticks of one bundle wait for answers: most come within it, and go on at once."""

PATIENCE_S = 0.2
"""How long they wait for a host that was asked at an earlier tick, and for the next answer of one."""

MOST_WAITING = 8_000
"""So much may be on its way to the output while a local stream goes on polling: some files' worth of stories."""

WrittenPolls = Callable[[Sequence[str]], Mapping[str, Poll]]
"""From feed_urls to their last polls that are written."""


@dataclass
class PollSources(beam.PTransform):
    """Polls sources at ticks.

    Input: an unbounded PCollection of ticks, of any value, in the global window. Output: `documents`, each Polled;
    `polls`, those that gave no document, but none of a wire's file that holds the same bytes; `dead_letters`. Key: the
    host or wire. State: what the next poll of each source needs, some 150 bytes each; sources that are gone are
    forgotten. Delivery: exactly once with the engine's state; a bundle that is tried again polls again.

    Attributes:
        groups: What to poll.
        settings: How to fetch.
        warm: What a key begins with: the polls that are written; None to begin with nothing.
        most_waiting: Poll nothing while so much of this process is waiting to be written (see `backlog`); an archive is
            taken as a whole. None where the engine sees to that.
    """

    groups: Sequence[SourceGroup]
    settings: FetchSettings
    warm: WrittenPolls | None = None
    most_waiting: int | None = None

    def expand(self, ticks: beam.PCollection[Any]) -> Any:
        keys = [group.key for group in self.groups]
        return (
            ticks
            | "Keys" >> beam.FlatMap(_keyed_ticks, keys).with_output_types(tuple[str, int])
            | with_outputs(
                "Poll",
                _PollFn(self.groups, self.settings, self.warm, self.most_waiting),
                POLLS,
                DEAD_LETTERS,
                main=DOCUMENTS,
            )
        )


def _counted(found: Iterator[Any]) -> Iterator[Any]:
    for each in found:
        backlog.add(isinstance(each, Polled))
        yield each


def _keyed_ticks(_: Any, keys: Sequence[str]) -> list[tuple[str, int]]:
    return [(key, 0) for key in keys]


class _PollFn(beam.DoFn):
    LAST = ReadModifyWriteStateSpec("last", PickleCoder())

    _written: ClassVar[dict[str, Mapping[str, Poll]]] = {}
    _reading: ClassVar[threading.Lock] = threading.Lock()

    def __init__(
        self,
        groups: Sequence[SourceGroup],
        settings: FetchSettings,
        warm: WrittenPolls | None = None,
        most_waiting: int | None = None,
    ):
        self._groups = {group.key: group for group in groups}
        self._settings = settings
        self._warm = warm
        self._most_waiting = most_waiting
        self._id = secrets.token_hex(8)

    def setup(self) -> None:
        self._rounds = acquire_rounds(self._id, self._settings)

    def start_bundle(self) -> None:
        self._until = time.monotonic() + WAIT_S

    def teardown(self) -> None:
        release_rounds(self._id)

    def process(self, element: tuple[str, int], last: Any = beam.DoFn.StateParam(LAST)) -> Iterator[Any]:
        if self._has_enough():
            return
        group = self._groups.get(element[0])
        if group is None:  # a tick from before the config changed
            last.clear()
            return
        state = last.read()
        if state is None and self._warm:
            state = encode_known(secrets.token_hex(8), self._begin(group, self._warm))
            last.write(state)
        token, known = decode_known(state)
        under_way, is_new = self._rounds.of(group, token, known)
        if under_way is None:
            return
        taken = False
        for result in under_way.take(self._until, WAIT_S if is_new else PATIENCE_S):
            taken = True
            known[result.source.feed_url] = Last.of(result.source, result.fetched.poll)
            count_poll(result.fetched.poll)
            if not (result.source.wire and result.fetched.poll.status == "unchanged"):
                yield from tagged(_counted(with_poll(result.fetched)))
            if self._has_enough():
                break
        if under_way.ended and under_way.unlisted:
            count(metrics.WIRES_UNLISTED)
        if taken:
            if under_way.sources is not None:
                known = {url: each for url, each in known.items() if url in under_way.sources}
            token = secrets.token_hex(8)
            last.write(encode_known(token, known))
            under_way.token = token

    def _has_enough(self) -> bool:
        return self._most_waiting is not None and backlog.waiting >= self._most_waiting

    def _begin(self, group: SourceGroup, written: WrittenPolls) -> Known:
        """Return what is known of a group's sources from polls that are written."""
        try:
            feed_urls = [source.feed_url for source in list_sources(group)]
        except SourceError:  # a drop that can't be listed: its rounds say so
            return {}
        polls = written(feed_urls) if group.wire else self._polls_of_feeds(written)
        return {url: Last.of_written(polls[url]) for url in feed_urls if url in polls}

    def _polls_of_feeds(self, written: WrittenPolls) -> Mapping[str, Poll]:
        """Return the written polls of all hosts, which a process reads once."""
        with self._reading:
            if self._id not in self._written:
                feed_urls = [feed.feed_url for group in self._groups.values() for feed in group.feeds]
                self._written[self._id] = written(feed_urls)
            return self._written[self._id]
