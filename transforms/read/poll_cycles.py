"""Poll cycles: the due sources of a host or wire, fetched one after another in a background thread. No Beam here.

`process()` takes what has been fetched within a short wait and returns, so that a slow server does not stop others; the
rest is taken at a later tick.

A cycle belongs to one version of its key's state, which has a random token. If the engine rolls the state back, or the
key was on another worker meanwhile, the tokens differ and the cycle is canceled: its results assume polls that are not
in that state. What it has fetched is still due there.
"""

import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from newsbeam.transforms.read.due import FeedState, FeedStates, RateLimits, is_due
from newsbeam.transforms.read.failures import SourceError
from newsbeam.transforms.read.fetch import Fetched, fetch, utc_now
from newsbeam.transforms.read.http import FetchSettings, HttpClient
from newsbeam.transforms.read.quiet_files import StabilityCheck, has_changed
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
        buffered_results: Number of such results. Each archive among them is an open file.
    """

    wait_s: float = 1.0
    later_wait_s: float = 0.2
    hosts_at_once: int = 64
    buffered_bytes: int = 16_000_000
    buffered_results: int = 64


POLL_LIMITS = PollLimits()

_KIND, _FORMAT = "feed states", 1


def encode_states(token: str, known: FeedStates) -> Any:
    """Return the state of a key."""
    return encode(_KIND, _FORMAT, token, tuple((url, *last) for url, last in known.items()))


def decode_states(state: Any) -> tuple[str, FeedStates]:
    """Return the token and the feed states of a key's state; without one, as if nothing had been polled yet."""
    if state is None:
        return "", {}
    token, rows = decode(_KIND, _FORMAT, state)
    return token, {url: FeedState(*last) for url, *last in rows}


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


@dataclass(frozen=True)
class Result:
    """The poll of one source of a cycle, with its results."""

    source: Source
    fetched: Fetched


class PollCycle:
    """One poll of the due sources of a group.

    Args:
        group: The sources.
        known: Their last polls.
        token: The token of the state that `known` is from.
        client: Fetches.
        stability: The check of the group's wire.
        limits: How much is fetched ahead.

    Attributes:
        token: The token of the state that the results belong to; a caller that writes them to the state sets the new
            one.
        ended: All results have been taken.
        sources: The feed_url of all sources of the group. None before they are listed, and where a part could not be
            listed: then the state of no source may be dropped.
        unlisted: The drop could not be listed.
    """

    def __init__(
        self,
        group: SourceGroup,
        known: FeedStates,
        token: str,
        client: HttpClient,
        stability: StabilityCheck,
        limits: PollLimits = POLL_LIMITS,
    ):
        self.token = token
        self.ended = False
        self.sources: frozenset[str] | None = None
        self.unlisted = False
        self._group, self._known, self._client, self._stability = group, known, client, stability
        self._limits = limits
        self._results: deque[Result | Exception | None] = deque()
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

    def take(self, until: float, max_wait_s: float) -> Iterator[Result]:
        """Yield results until `until` (monotonic time), waiting at most `max_wait_s` for each."""
        late = 0
        while not self.ended and late <= self._limits.buffered_results:
            wait_s = min(max_wait_s, until - time.monotonic())
            # Results that are there already are taken even when the time is over: they hold memory, and open files of
            # archives.
            late += wait_s < 0  # else a thread that fetches as fast as we take would keep us here
            with self._changed:
                if not self._changed.wait_for(lambda: self._results, timeout=max(0.0, wait_s)):
                    return
                result = self._results.popleft()
                if isinstance(result, Result):
                    self._bytes -= result.fetched.poll.bytes
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
            limits = RateLimits(self._known)
            for source in self._due(limits):
                if not self._has_room():
                    return
                if limits.forbid(source, time.time()):  # another of its feeds was answered 429 meanwhile
                    continue
                result = self._fetch(source)
                if result:
                    limits.note(source.feed_url, FeedState.of(source, result.fetched.poll))
                    self._put(result)
        except Exception as error:  # noqa: BLE001 - raised where the results are taken
            self._put(error)
        self._put(None)

    def _due(self, limits: RateLimits) -> list[Source]:
        sources = self._list()
        now_s = time.time()
        due = [source for source in sources if is_due(source, self._known.get(source.feed_url), limits, now_s)]
        return self._stability.stable(due)

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

    def _fetch(self, source: Source) -> Result | None:
        """Poll a source; return None for a file that changed or went away since it was listed."""
        last = self._known.get(source.feed_url)
        fetched = fetch(source, last.poll(source) if last else None, self._client, utc_now)
        # A writer that replaces a file while it is read is not a failure of the source: the next listing finds it
        # again.
        if fetched.poll.status == "error" and has_changed(source):
            return None
        return Result(source, fetched)

    def _has_room(self) -> bool:
        """Wait until there is room for another result; return False if the cycle is canceled."""
        with self._changed:
            self._changed.wait_for(lambda: self._canceled or not self._is_full())
            return not self._canceled

    def _is_full(self) -> bool:
        return self._bytes >= self._limits.buffered_bytes or len(self._results) >= self._limits.buffered_results

    def _put(self, result: Result | Exception | None) -> None:
        with self._changed:
            if not self._canceled:
                self._results.append(result)
                if isinstance(result, Result):
                    self._bytes += result.fetched.poll.bytes
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

    def of(self, group: SourceGroup, token: str, known: FeedStates) -> tuple[PollCycle | None, bool]:
        """Return the cycle of a group, and whether it is a new one.

        None if nothing is due, or none can start now: a canceled one still waits for its server, or too many hosts are
        being asked.
        """
        with self._lock:
            old = self._cycles.get(group.key)
            if old is not None and not old.ended:
                if old.token == token:
                    return old, False
                # The engine has rolled the key back, or another worker had it: results from before belong to a state
                # that is gone.
                old.cancel()
                if old.running:
                    return None, False
            self._cycles.pop(group.key, None)
            if not self._may_start(group, known):
                return None, False
            stability = self._stability.setdefault(group.key, StabilityCheck())
            new = self._cycles[group.key] = PollCycle(group, known, token, self._client, stability, self._limits)
            new.start()
            return new, True

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
