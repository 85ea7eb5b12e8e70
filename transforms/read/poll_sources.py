"""Polls sources in streaming, each when it is due.

The key is the host, so that its feeds are polled one after another on any number of workers. A wire is a key, too: its
folder is listed at every tick, and a file is read after its quiet period.

A slow server does not stop others: a host is polled in a thread (see `poll_cycles`), and a tick waits for it at most
a second; later results are taken at a later tick. The state of a source changes in the same step that emits its
documents. Before that, they are in the raw log: where the engine rolls the state back, the next tick emits them again
from there (`_replay`). So a worker that dies loses the requests in progress, and no document that has arrived.
"""

import logging
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import apache_beam as beam
from apache_beam.coders import PickleCoder
from apache_beam.transforms.userstate import ReadModifyWriteStateSpec

from newsbeam.transforms.read.due import FeedState
from newsbeam.transforms.read.failures import SourceError
from newsbeam.transforms.read.http import FetchSettings
from newsbeam.transforms.read.poll_cycles import (
    POLL_LIMITS,
    KeyState,
    PollCycle,
    PollLimits,
    SourceGroup,
    acquire_cycles,
    decode_states,
    encode_states,
    list_sources,
    release_cycles,
)
from newsbeam.transforms.read.raw_packs import ConflictError, RawLog
from newsbeam.transforms.read.read_documents import DOCUMENTS, POLLS, count_poll, tagged
from newsbeam.transforms.records import DeadLetter, Document, Poll, Polled, PollKey
from newsbeam.transforms.runtime import metrics
from newsbeam.transforms.runtime.counters import count
from newsbeam.transforms.runtime.in_flight import backlog
from newsbeam.transforms.runtime.map_batches import DEAD_LETTERS
from newsbeam.transforms.runtime.outputs import MultiOutput, with_outputs
from newsbeam.transforms.runtime.state import StateFormatError

_LOGGER = logging.getLogger(__name__)

__all__ = ["POLL_LIMITS", "PollLimits", "PollSources", "SourceGroup"]

MAX_IN_FLIGHT = 8_000
"""Documents and entries that may be in flight while a local stream goes on polling: the rows of a few files."""

WrittenPolls = Callable[[Sequence[str]], Mapping[str, Poll]]
"""From feed_urls to their last polls in the output."""


class PollOutputs(NamedTuple):
    """The outputs of `PollSources`: documents with their polls, polls without a document, and dead letters."""

    documents: beam.PCollection[Polled[Document]]
    polls: beam.PCollection[Poll]
    dead_letters: beam.PCollection[DeadLetter]


@dataclass
class PollSources(MultiOutput):
    """Polls the due sources at each tick.

    Input: an unbounded PCollection of ticks, of any value, in the global window. Output: `documents`, each Polled;
    `polls` without a document, except of a wire's unchanged file; `dead_letters`. Key: the host or wire. State: what
    the next poll of each source needs, some 150 bytes each; that of removed sources is deleted. Delivery: exactly once
    with the engine's state; a bundle that is retried polls again.

    Attributes:
        groups: The sources, by host or wire.
        settings: How to fetch.
        bootstrap: Reads the polls of the output, from which a key without state starts; None to start empty.
        max_in_flight: Documents and entries of this process that may be in flight (`in_flight`) while more are polled;
            an archive is taken as a whole. None where the engine has back-pressure.
        log: Has each document before it is emitted, so that none is lost in a rollback; None to keep none.
        generation: The id of this submission; names its packs in the log.
        shards: The number of shards of the steps after this one: a state with another is an error.
        limits: How long ticks wait for responses, and how much is fetched ahead.
    """

    groups: Sequence[SourceGroup]
    settings: FetchSettings
    bootstrap: WrittenPolls | None = None
    max_in_flight: int | None = None
    log: RawLog | None = None
    generation: str = ""
    shards: int = 1
    limits: PollLimits = POLL_LIMITS

    def expand(self, ticks: beam.PCollection[Any]) -> PollOutputs:
        keys = [group.key for group in self.groups]
        outputs = (
            ticks
            | "Keys" >> beam.FlatMap(_keyed_ticks, keys).with_output_types(tuple[str, int])
            | with_outputs(
                "Poll",
                _PollFn(
                    self.groups,
                    self.settings,
                    self.bootstrap,
                    self.max_in_flight,
                    self.log,
                    self.generation,
                    self.shards,
                    self.limits,
                ),
                POLLS,
                DEAD_LETTERS,
                main=DOCUMENTS,
            )
        )
        return PollOutputs(outputs[DOCUMENTS], outputs[POLLS], outputs[DEAD_LETTERS])


def _counted(found: Iterator[Any]) -> Iterator[Any]:
    """Yield records, and count documents as in flight."""
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
        bootstrap: WrittenPolls | None = None,
        max_in_flight: int | None = None,
        log: RawLog | None = None,
        generation: str = "",
        shards: int = 1,
        limits: PollLimits = POLL_LIMITS,
    ):
        self._groups = {group.key: group for group in groups}
        self._settings = settings
        self._bootstrap = bootstrap
        self._max_in_flight = max_in_flight
        self._log = log
        self._generation = generation
        self._shards = shards
        self._limits = limits
        # The same in all copies of this DoFn, so that they share one set of cycles in a process.
        self._id = secrets.token_hex(8)

    def setup(self) -> None:
        self._cycles = acquire_cycles(self._id, self._settings, self._limits)

    def start_bundle(self) -> None:
        # Of the bundle and not of the tick: a bundle with a hundred hosts would else wait a hundred times.
        self._until = time.monotonic() + self._limits.wait_s

    def teardown(self) -> None:
        release_cycles(self._id)

    def process(self, element: tuple[str, int], last: Any = beam.DoFn.StateParam(LAST)) -> Iterator[Any]:
        if self._is_full():
            return
        group = self._groups.get(element[0])
        if group is None:  # a tick from before the config changed
            last.clear()
            return
        if self._cycles.rests(group):  # before state is read: of a drop it has all files
            return
        state = self._state(group, last)
        cycle = self._cycles.running(group, state.token)
        # Only without a cycle: the packs of a running one are those that it is about to hand over.
        names = self._log.after(group.key, (state.generation, state.number)) if self._log and not cycle else ()
        # The log before the network: what was fetched before the rollback comes first, in its order.
        if state.replay or names:
            yield from self._replay(state, names, last)
        elif cycle:
            yield from self._poll(cycle, state, last, self._limits.later_wait_s)
        elif new := self._cycles.start(group, state, self._log):
            yield from self._poll(new, state, last, self._limits.wait_s)

    def _state(self, group: SourceGroup, last: Any) -> KeyState:
        """Return the state of a key; at its start, with what the output has.

        Raises:
            StateFormatError: The state is that of a stream with another number of shards.
        """
        written = last.read()
        if written is None:
            state = self._initial(group, self._bootstrap) if self._bootstrap else KeyState()
            state = state._replace(shards=self._shards)
        else:
            state = decode_states(written)
            if state.shards != self._shards:
                raise StateFormatError(
                    f"the state is that of a stream with stream.shards: {state.shards}; set it to that instead of "
                    f"{self._shards}, or start without the savepoint and with --warm-start"
                )
        if (written is None and self._bootstrap) or (self._log and not state.generation):
            state = state._replace(token=secrets.token_hex(8), generation=self._generation)
            last.write(encode_states(state))
        return state

    def _replay(self, state: KeyState, names: Sequence[str], last: Any) -> Iterator[Any]:
        """Emit packs from the log, those of earlier streams first."""
        earlier, after = deque(state.replay), deque(names)
        while self._log and (earlier or after) and not self._is_full():
            name = (earlier or after).popleft()
            pack = self._log.read(name)
            known = {url: FeedState(*values) for url, values in pack.states}
            state = state._replace(known=state.known | known, replay=tuple(earlier))
            generation, number = self._log.place(name)
            # A pack of an earlier stream has no number in this one's history.
            if generation == state.generation:
                state = state._replace(number=number)
            count(metrics.PACKS_REPLAYED)
            yield from tagged(_counted(iter(pack.found)))
            if time.monotonic() > self._until:
                break
        last.write(encode_states(state._replace(token=secrets.token_hex(8))))

    def _poll(self, cycle: PollCycle, state: KeyState, last: Any, max_wait_s: float) -> Iterator[Any]:
        """Emit what a cycle has fetched."""
        known, number, conflict = dict(state.known), state.number, False
        try:
            for reading in cycle.take(self._until, max_wait_s):
                known.update(reading.states)
                number = reading.number
                for status in reading.statuses:
                    count_poll(status)
                yield from tagged(_counted(iter(reading.found)))
                if self._is_full():
                    break
        except ConflictError as error:
            _LOGGER.warning("%s: this one continues from the raw log", error)
            conflict = True
        if cycle.ended and cycle.unlisted:
            count(metrics.WIRES_UNLISTED)
        # A tick that found nothing writes no state, or every tick of every host would go into the next checkpoint.
        if (known, number) != (state.known, state.number):
            if cycle.sources is not None:
                # Only after a complete listing: a drop that is not mounted must not forget its files and read them all
                # again.
                known = {url: each for url, each in known.items() if url in cycle.sources}
            # Random, so that two workers that continue from one state never have the same.
            token = secrets.token_hex(8)
            last.write(encode_states(state._replace(token=token, known=known, number=number)))
            cycle.token = token
        if conflict:
            cycle.token = ""  # of no state: the next tick cancels it, and reads the other's packs

    def _is_full(self) -> bool:
        return self._max_in_flight is not None and backlog.waiting >= self._max_in_flight

    def _initial(self, group: SourceGroup, written: WrittenPolls) -> KeyState:
        """Return the state of a group's sources from the polls of the output, and what the log has beyond them."""
        try:
            feed_urls = [source.feed_url for source in list_sources(group)]
        except SourceError:  # the drop can't be listed, which its cycles report
            feed_urls = []
        polls = written(feed_urls) if group.wire else self._polls_of_feeds(written)
        known = {url: FeedState.of_written(polls[url]) for url in feed_urls if url in polls}

        def is_written(poll: PollKey) -> bool:
            feed_url, fetched_at = poll
            return feed_url in polls and polls[feed_url].fetched_at >= fetched_at

        replay = tuple(self._log.unfinished(group.key, self._generation, is_written)) if self._log else ()
        return KeyState(known=known, replay=replay)

    def _polls_of_feeds(self, written: WrittenPolls) -> Mapping[str, Poll]:
        """Return the polls of all hosts in the output, which a process reads once."""
        with self._reading:
            if self._id not in self._written:
                feed_urls = [feed.feed_url for group in self._groups.values() for feed in group.feeds]
                self._written[self._id] = written(feed_urls)
            return self._written[self._id]
