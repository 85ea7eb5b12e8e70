"""Rounds: what is due of a host or wire, fetched one after another in a thread. No Beam here.

A slow server must stop nobody else, so whoever wants a round's results takes what has come and goes on; the rest is
taken later. Rounds belong to a process and not to a DoFn instance: engines work on one stage with several instances at
once, and hand a key now to one of them, now to another.

A round is of one history. It carries the token of the state that it began with, or that its results have last changed;
a state with another token is that of an engine that went back, or of a key that was elsewhere meanwhile, and such a
round is given up: its results would skip what is not in that state. What it has fetched is still due there.
"""

import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from newsbeam.transforms.read.due import Closed, Known, Last, is_due
from newsbeam.transforms.read.failures import SourceError
from newsbeam.transforms.read.fetch import Fetched, fetch, utc_now
from newsbeam.transforms.read.files import Stamp, is_remote, look_at
from newsbeam.transforms.read.http import FetchSettings, HttpClient
from newsbeam.transforms.read.names import EVERY_NAME, NameFilter
from newsbeam.transforms.read.sources import Unlisted, WireFile, expand_wire
from newsbeam.transforms.records import Source
from newsbeam.transforms.state import decode, encode

HOSTS_AT_ONCE = 64
"""More are not begun until one of them has ended: as many may hang before others have to wait."""

UNTAKEN_BYTES, UNTAKEN_RESULTS = 16_000_000, 64
"""A round goes no further while so much of it waits to be taken. Each untaken archive is an open file."""

_KIND, _FORMAT = "feed states", 1


def encode_known(token: str, known: Known) -> Any:
    """Return the state of a key."""
    return encode(_KIND, _FORMAT, token, tuple((url, *last) for url, last in known.items()))


def decode_known(state: Any) -> tuple[str, Known]:
    """Return token and `Known` of a state; of none, as if nothing had been polled yet."""
    if state is None:
        return "", {}
    token, rows = decode(_KIND, _FORMAT, state)
    return token, {url: Last(*last) for url, *last in rows}


@dataclass(frozen=True)
class WireSpec:
    """A wire as the config has it; the arguments of `expand_wire`."""

    location: str
    name: str = ""
    format: str = "auto"
    language: str = ""
    settle_s: float = 2.0
    base: Path = field(default_factory=Path)
    zone: str = ""
    names: NameFilter = EVERY_NAME
    source_id: str = ""


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


def list_sources(group: SourceGroup) -> Sequence[Source]:
    """Return the feeds of a host, or the files that a wire has now.

    Raises:
        SourceError: The wire can't be listed.
    """
    wire = group.wire
    if wire is None:
        return group.feeds
    return expand_wire(
        wire.location,
        wire.name,
        wire.format,
        wire.language,
        settle_s=wire.settle_s,
        base=wire.base,
        zone=wire.zone,
        names=wire.names,
        source_id=wire.source_id,
    )


class Settling:
    """Which files of a wire have been left alone for long enough. Remembers the young ones, from look to look."""

    def __init__(self) -> None:
        self._young: dict[str, tuple[Stamp, float]] = {}

    def settled(self, sources: Sequence[Source]) -> list[Source]:
        """Return the sources that nobody is thought to be writing: objects of a store are always complete.

        A time in the future, which another machine's clock may write, says nothing; such a file is finished once it
        has looked the same for as long.
        """
        before, self._young = self._young, {}
        now, at = time.time(), time.monotonic()
        return [source for source in sources if self._is_settled(source, before, now, at)]

    def _is_settled(self, source: Source, before: Mapping[str, tuple[Stamp, float]], now: float, at: float) -> bool:
        stamp = source.stamp if isinstance(source, WireFile) else None
        if not isinstance(source, WireFile) or stamp is None or is_remote(source.location):
            return True
        if max(0.0, now - stamp.modified_ns / 1e9) >= source.settle_s:
            return True
        seen, since = before.get(source.location, (stamp, at))
        since = since if seen == stamp else at
        self._young[source.location] = stamp, since
        return at - since >= source.settle_s


@dataclass(frozen=True)
class Result:
    """What one source of a round gave."""

    source: Source
    fetched: Fetched


class Round:
    """One round over a group.

    Args:
        group: What to look at.
        known: The last polls.
        token: Of the state that `known` is from.
        client: How to fetch.
        settling: Of the group's wire.

    Attributes:
        token: Of the state that the results belong to; whoever writes them to the state sets the new one.
        ended: There is nothing more to take.
        sources: The feed_url of all that the config or the drop has; None before they are listed, and where not all
            could be: then nothing may be forgotten.
        unlisted: The drop could not be listed.
    """

    def __init__(self, group: SourceGroup, known: Known, token: str, client: HttpClient, settling: Settling):
        self.token = token
        self.ended = False
        self.sources: frozenset[str] | None = None
        self.unlisted = False
        self._group, self._known, self._client, self._settling = group, known, client, settling
        self._results: deque[Result | Exception | None] = deque()
        self._bytes = 0
        self._given_up = False
        self._changed = threading.Condition()
        # A daemon: a server that hangs must not keep the process from ending.
        self._thread = threading.Thread(target=self._run, name=f"poll {group.key}", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    @property
    def running(self) -> bool:
        """Whether its thread is at work."""
        return self._thread.is_alive()

    def take(self, until: float, patience_s: float) -> Iterator[Result]:
        """Yield what has come, and what comes until `until` (monotonic) with pauses of at most `patience_s`."""
        late = 0
        while not self.ended and late <= UNTAKEN_RESULTS:
            wait_s = min(patience_s, until - time.monotonic())
            late += wait_s < 0  # a thread that fetches as fast as we take would keep us here
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

    def give_up(self) -> None:
        """Fetch nothing more, and drop what has come."""
        with self._changed:
            self._given_up = True
            self._results.clear()
            self._changed.notify_all()

    def _run(self) -> None:
        try:
            closed = Closed(self._known)
            for source in self._due(closed):
                if not self._has_room():
                    return
                if (source, time.time()) in closed:  # since another of its feeds was asked
                    continue
                result = self._fetch(source)
                if result:
                    closed.note(source.feed_url, Last.of(source, result.fetched.poll))
                    self._put(result)
        except Exception as error:  # noqa: BLE001 - raised where the results are taken
            self._put(error)
        self._put(None)

    def _due(self, closed: Closed) -> list[Source]:
        sources = self._list()
        now_s = time.time()
        due = [source for source in sources if is_due(source, self._known.get(source.feed_url), closed, now_s)]
        return self._settling.settled(due)

    def _list(self) -> Sequence[Source]:
        try:
            sources = list_sources(self._group)
        except SourceError as error:
            self.unlisted = True
            wire = self._group.wire or WireSpec("")
            return [Unlisted(wire.location, wire.name or wire.location, wire.location, wire=True, reason=str(error))]
        # A file without a stamp may be a folder that can't be listed, or all of the drop, not mounted.
        complete = not self._group.wire or all(isinstance(source, WireFile) and source.stamp for source in sources)
        self.sources = frozenset(source.feed_url for source in sources) if complete else None
        return sources

    def _fetch(self, source: Source) -> Result | None:
        """Return what a source gave; None for a file that changed or went away since it was found."""
        last = self._known.get(source.feed_url)
        fetched = fetch(source, last.poll(source) if last else None, self._client, utc_now)
        if fetched.poll.status == "error" and _has_changed(source):
            return None
        return Result(source, fetched)

    def _has_room(self) -> bool:
        """Wait until enough has been taken; return whether to go on."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._given_up or (self._bytes < UNTAKEN_BYTES and len(self._results) < UNTAKEN_RESULTS)
            )
            return not self._given_up

    def _put(self, result: Result | Exception | None) -> None:
        with self._changed:
            if not self._given_up:
                self._results.append(result)
                if isinstance(result, Result):
                    self._bytes += result.fetched.poll.bytes
            self._changed.notify_all()


class Rounds:
    """The rounds of this process, one a group at most."""

    def __init__(self, settings: FetchSettings):
        self._client = HttpClient(settings)
        self._rounds: dict[str, Round] = {}
        self._settling: dict[str, Settling] = {}
        self._lock = threading.Lock()

    def of(self, group: SourceGroup, token: str, known: Known) -> tuple[Round | None, bool]:
        """Return the round of a group, and whether it is a new one.

        None if nothing is due, or can't be begun now: an old one that was given up still waits for its server, or too
        many hosts are being asked.
        """
        with self._lock:
            old = self._rounds.get(group.key)
            if old is not None and not old.ended:
                if old.token == token:
                    return old, False
                old.give_up()
                if old.running:
                    return None, False
            self._rounds.pop(group.key, None)
            if not self._may_begin(group, known):
                return None, False
            settling = self._settling.setdefault(group.key, Settling())
            new = self._rounds[group.key] = Round(group, known, token, self._client, settling)
            new.start()
            return new, True

    def _may_begin(self, group: SourceGroup, known: Known) -> bool:
        if group.wire is not None:
            return True
        now_s, closed = time.time(), Closed(known)
        if not any(is_due(feed, known.get(feed.feed_url), closed, now_s) for feed in group.feeds):
            return False
        return sum(each.running for each in self._rounds.values()) < HOSTS_AT_ONCE

    def close(self) -> None:
        """Give up all rounds."""
        with self._lock:
            for each in self._rounds.values():
                each.give_up()
            self._rounds.clear()
            self._client.close()


_shared: dict[str, tuple[Rounds, int]] = {}
_shared_lock = threading.Lock()


def acquire_rounds(id: str, settings: FetchSettings) -> Rounds:
    """Return the rounds that everyone in this process with this id shares; each must release them."""
    with _shared_lock:
        rounds, users = _shared.get(id) or (Rounds(settings), 0)
        _shared[id] = rounds, users + 1
        return rounds


def release_rounds(id: str) -> None:
    """Give `acquire_rounds` back; the last one closes them."""
    with _shared_lock:
        rounds, users = _shared.pop(id)
        if users > 1:
            _shared[id] = rounds, users - 1
            return
    rounds.close()


def _has_changed(source: Source) -> bool:
    stamp = source.stamp if isinstance(source, WireFile) else None
    return stamp is not None and not is_remote(source.location) and look_at(source.location) != stamp
