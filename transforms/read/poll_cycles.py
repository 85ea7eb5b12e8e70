"""Poll cycles: the due sources of a host or wire, fetched one after another in a background thread. No Beam here.

`process()` takes what has been fetched within a short wait and returns, so that a slow server does not stop others; the
rest is taken at a later tick.

A cycle belongs to one version of its key's state, which has a random token. If the engine rolls the state back, or the
key was on another worker meanwhile, the tokens differ and the cycle is canceled: its results assume polls that are not
in that state. What it has fetched is in the raw log, from which the key goes on; without a log it is still due.
"""

import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from newsbeam.transforms.read.due import FeedState, FeedStates, RateLimits, is_due
from newsbeam.transforms.read.failures import SourceError
from newsbeam.transforms.read.fetch import Fetched, fetch, utc_now
from newsbeam.transforms.read.http import FetchSettings, HttpClient
from newsbeam.transforms.read.quiet_files import StabilityCheck, has_changed
from newsbeam.transforms.read.raw_packs import PackWriter, RawLog, Reading
from newsbeam.transforms.read.source_spec import SourceSpec
from newsbeam.transforms.read.sources import Unlisted, WireFile, expand_wire
from newsbeam.transforms.records import Source
from newsbeam.transforms.runtime.state import decode, encode


@dataclass(frozen=True)
class PollLimits:
    """How long a tick waits for responses, and how much is fetched ahead of it.

    Attributes:
        wait_s: Seconds that the ticks of one bundle wait for responses: most arrive within them.
        later_wait_s: Seconds that they wait for a host that was asked at an earlier tick, and for the next response of
            one.
        hosts_at_once: Cycles of hosts that run at once; another one starts when one of them ends.
        buffered_bytes: Bytes of results of a cycle that wait to be taken; then it pauses.
        buffered_results: Number of such results.
        listing_share: The part of a core that listing one wire takes at most: one of 10,000 files is listed every few
            seconds.
    """

    wait_s: float = 1.0
    later_wait_s: float = 0.2
    hosts_at_once: int = 64
    buffered_bytes: int = 16_000_000
    buffered_results: int = 64
    listing_share: float = 0.05


POLL_LIMITS = PollLimits()

_KIND, _FORMAT = "feed states", 2


class KeyState(NamedTuple):
    """The state of a host or wire.

    Attributes:
        token: Changes with each write of the state.
        known: What the next poll of each source needs.
        generation, number: The place in the raw log of its last pack.
        replay: Names of packs of earlier streams that are to be read from the log before anything is polled.
        shards: The number of shards of the steps after this one, which must stay the same while there is state.
    """

    token: str = ""
    known: FeedStates = FeedStates()
    generation: str = ""
    number: int = 0
    replay: tuple[str, ...] = ()
    shards: int = 1


def encode_states(state: KeyState) -> Any:
    """Return the state of a key as plain data."""
    rows = tuple((url, *last) for url, last in state.known.items())
    return encode(_KIND, _FORMAT, state.token, rows, state.generation, state.number, state.replay, state.shards)


def decode_states(state: Any) -> KeyState:
    """Return the state of a key; without one, as if nothing had been polled yet."""
    if state is None:
        return KeyState()
    token, rows, *place = decode(_KIND, _FORMAT, state)
    return KeyState(token, {url: FeedState(*last) for url, *last in rows}, *place)


@dataclass(frozen=True)
class SourceGroup:
    """Sources that are polled one after another: the feeds of a host, or the files of a wire.

    Attributes:
        key: The host, or "wire:" and the path.
        feeds: The feeds of the host.
        wire: The wire, listed anew in each cycle.
    """

    key: str
    feeds: tuple[Source, ...] = ()
    wire: SourceSpec | None = None


def list_sources(group: SourceGroup) -> Sequence[Source]:
    """Return the feeds of a host, or the files that a wire has now.

    Raises:
        SourceError: The wire can't be listed.
    """
    return group.feeds if group.wire is None else expand_wire(group.wire)


class PollCycle:
    """One poll of the due sources of a group.

    Args:
        group: The sources.
        state: That of the key, with their last polls.
        client: Fetches.
        stability: The check of the group's wire.
        log: Where what is fetched is written first, if anywhere.
        limits: How much is fetched ahead.

    Attributes:
        token: The token of the state that the results belong to; a caller that writes them to the state sets the new
            one.
        ended: All results have been taken.
        sources: The feed_url of all sources of the group. None before they are listed, and where a part could not be
            listed: then the state of no source may be dropped.
        unlisted: The drop could not be listed.
        rest_until: Monotonic time until which its wire is not listed again.
    """

    def __init__(
        self,
        group: SourceGroup,
        state: KeyState,
        client: HttpClient,
        stability: StabilityCheck,
        log: RawLog | None = None,
        limits: PollLimits = POLL_LIMITS,
    ):
        self.token = state.token
        self.ended = False
        self.sources: frozenset[str] | None = None
        self.unlisted = False
        self.rest_until = 0.0
        self._group, self._known, self._client, self._stability = group, state.known, client, stability
        self._limits = limits
        self._writer = PackWriter(log, group.key, (state.generation, state.number))
        self._results: deque[Reading | Exception | None] = deque()
        self._bytes = 0
        self._canceled = False
        self._changed = threading.Condition()
        # A daemon: a server that hangs must not keep the process from ending.
        self._thread = threading.Thread(target=self._run, name=f"poll {group.key}", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    @property
    def running(self) -> bool:
        """Whether its thread is running."""
        return self._thread.is_alive()

    def take(self, until: float, max_wait_s: float) -> Iterator[Reading]:
        """Yield readings until `until` (monotonic time), waiting at most `max_wait_s` for each.

        Raises:
            ConflictError: Another process has written a pack of this key, and goes on from there.
        """
        late = 0
        while not self.ended and late <= self._limits.buffered_results:
            wait_s = min(max_wait_s, until - time.monotonic())
            # Results that are there already are taken even when the time is over: they hold memory.
            late += wait_s < 0  # else a thread that fetches as fast as we take would keep us here
            with self._changed:
                if not self._changed.wait_for(lambda: self._results, timeout=max(0.0, wait_s)):
                    return
                result = self._results.popleft()
                if isinstance(result, Reading):
                    self._bytes -= result.bytes
                self._changed.notify_all()
            if isinstance(result, Exception):
                raise result
            if result is None:
                self.ended = True
                return
            yield result

    def cancel(self) -> None:
        """Fetch nothing more, and drop the results that were not taken."""
        with self._changed:
            self._canceled = True
            self._results.clear()
            self._changed.notify_all()

    def _run(self) -> None:
        try:
            for reading in self._readings():
                # Before the result is put, so that at most one reading is beyond the bounds.
                if not self._has_room():
                    return
                self._put(reading)
        except Exception as error:  # noqa: BLE001 - raised where the results are taken
            self._put(error)
        self._put(None)

    def _readings(self) -> Iterator[Reading]:
        limits = RateLimits(self._known)
        for source in self._due(limits):
            if self._canceled:
                return
            if limits.forbid(source, time.time()):  # another of its feeds was answered 429 meanwhile
                continue
            fetched = self._fetch(source)
            if fetched:
                limits.note(source.feed_url, FeedState.of(source, fetched.poll))
                yield from self._writer.add(source, fetched)
        # Also when it is empty: what a wire's poll changed in its state is in this reading.
        yield self._writer.flush()

    def _due(self, limits: RateLimits) -> list[Source]:
        started_s = time.thread_time()
        sources = self._list()
        now_s = time.time()
        due = [source for source in sources if is_due(source, self._known.get(source.feed_url), limits, now_s)]
        # After `is_due`: only files that would be read are worth a place in memory.
        stable = self._stability.stable(due)
        # CPU and not wall time: a share that answers slowly costs the other steps nothing.
        self.rest_until = time.monotonic() + (time.thread_time() - started_s) / self._limits.listing_share
        return stable

    def _list(self) -> Sequence[Source]:
        try:
            sources = list_sources(self._group)
        except SourceError as error:
            self.unlisted = True
            wire = self._group.wire or SourceSpec("")
            return [Unlisted(wire.location, wire.name or wire.location, wire.location, wire=True, reason=str(error))]
        # A path without size and time may be a folder that can't be listed, or the whole drop, not mounted.
        complete = not self._group.wire or all(isinstance(source, WireFile) and source.stat for source in sources)
        self.sources = frozenset(source.feed_url for source in sources) if complete else None
        return sources

    def _fetch(self, source: Source) -> Fetched | None:
        """Poll a source; return None for a file that changed or went away since it was listed."""
        last = self._known.get(source.feed_url)
        fetched = fetch(source, last.poll(source) if last else None, self._client, utc_now)
        # A writer that replaces a file while it is read is not a failure of the source: the next listing finds it
        # again.
        if fetched.poll.status == "error" and has_changed(source):
            return None
        return fetched

    def _has_room(self) -> bool:
        """Wait until there is room for another result; return False if the cycle is canceled."""
        with self._changed:
            self._changed.wait_for(lambda: self._canceled or not self._is_full())
            return not self._canceled

    def _is_full(self) -> bool:
        return self._bytes >= self._limits.buffered_bytes or len(self._results) >= self._limits.buffered_results

    def _put(self, result: Reading | Exception | None) -> None:
        with self._changed:
            if not self._canceled:
                self._results.append(result)
                if isinstance(result, Reading):
                    self._bytes += result.bytes
            self._changed.notify_all()


class PollCycles:
    """The cycles of this process, at most one for each group.

    They belong to a process and not to a DoFn instance: engines run several instances of a stage at once, and a key is
    processed by one of them and then by another.
    """

    def __init__(self, settings: FetchSettings, limits: PollLimits):
        self._client = HttpClient(settings)
        self._limits = limits
        self._cycles: dict[str, PollCycle] = {}
        self._stability: dict[str, StabilityCheck] = {}
        self._lock = threading.Lock()

    def running(self, group: SourceGroup, token: str) -> PollCycle | None:
        """Return the cycle of a group that belongs to the state of this token; one of another state is canceled."""
        with self._lock:
            cycle = self._cycles.get(group.key)
            if cycle is None or cycle.ended:
                return None
            if cycle.token == token:
                return cycle
            # The engine has rolled the key back, or another worker had it: results from before belong to a state that
            # is gone.
            cycle.cancel()
            return None

    def rests(self, group: SourceGroup) -> bool:
        """Return whether a wire was listed a moment ago, and all that was found has been taken."""
        if group.wire is None:
            return False
        with self._lock:
            last = self._cycles.get(group.key)
            return last is not None and last.ended and time.monotonic() < last.rest_until

    def start(self, group: SourceGroup, state: KeyState, log: RawLog | None) -> PollCycle | None:
        """Return a new cycle of a group.

        None if nothing is due, or none can start now: a canceled one still waits for its server, or too many hosts are
        being asked.
        """
        with self._lock:
            old = self._cycles.get(group.key)
            # Never two threads for one host: its server is asked for one thing at a time, also by a canceled cycle.
            if old is not None and not old.ended and old.running:
                return None
            self._cycles.pop(group.key, None)
            if not self._may_start(group, state.known):
                return None
            stability = self._stability.setdefault(group.key, StabilityCheck())
            new = self._cycles[group.key] = PollCycle(group, state, self._client, stability, log, self._limits)
            new.start()
            return new

    def _may_start(self, group: SourceGroup, known: FeedStates) -> bool:
        if group.wire is not None:
            return True
        now_s, limits = time.time(), RateLimits(known)
        if not any(is_due(feed, known.get(feed.feed_url), limits, now_s) for feed in group.feeds):
            return False
        return sum(each.running for each in self._cycles.values()) < self._limits.hosts_at_once

    def close(self) -> None:
        """Cancel all cycles."""
        with self._lock:
            for each in self._cycles.values():
                each.cancel()
            self._cycles.clear()
            self._client.close()


_shared: dict[str, tuple[PollCycles, int]] = {}
_shared_lock = threading.Lock()


def acquire_cycles(id: str, settings: FetchSettings, limits: PollLimits = POLL_LIMITS) -> PollCycles:
    """Return the cycles that all DoFn instances of this process with this id share; each must release them."""
    with _shared_lock:
        cycles, users = _shared.get(id) or (PollCycles(settings, limits), 0)
        _shared[id] = cycles, users + 1
        return cycles


def release_cycles(id: str) -> None:
    """Release the cycles of `acquire_cycles`; the last user closes them."""
    with _shared_lock:
        cycles, users = _shared.pop(id)
        if users > 1:
            _shared[id] = cycles, users - 1
            return
    cycles.close()
