"""Decides when a source may be asked, in `run` and `stream`.

A feed is due when its interval has passed, unless a server says otherwise: when to come again (Retry-After, RFC 9110
10.2.3), that it gets too many requests (429, RFC 6585 4), which holds for all its feeds, or that a feed is gone (410).
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from newsbeam.transforms.read.sources import WebFeed, WireFile, is_web
from newsbeam.transforms.records import Poll, Source

FILES = "files"
"""The key of feeds that are files, in place of a host."""

RETRY_AFTER_MAX = timedelta(hours=24)  # as Media Cloud, which saw 88 hours
EARLY = 0.2
"""The part of its interval by which a `run` may ask for a feed early: a schedule is not exact to the second, and a long
run asks for the last feeds minutes after the first."""

_GONE, _TOO_MANY, _UNAVAILABLE = 410, 429, 503


class FeedState(NamedTuple):
    """What is kept of the last poll of a source.

    Attributes:
        due_s: Unix seconds of the next poll.
        failed: The poll was an error. A file is then read again when it is due, else only when it has changed.
        stat: A wire's file: its size and time as a plain tuple, and an object's ETag.
        http_status: The status of the response; 0 without one.
    """

    etag: str
    last_modified: str
    body_hash: str
    due_s: float
    failed: bool
    stat: tuple[Any, ...] | None = None
    http_status: int = 0

    @classmethod
    def of(cls, source: Source, poll: Poll) -> "FeedState":
        """Return what to keep of a poll."""
        due = poll.next_poll_at or poll.fetched_at
        failed, status = poll.status == "error", poll.http_status or 0
        return cls(poll.etag, poll.last_modified, poll.body_hash, due.timestamp(), failed, _plain_stat(source), status)

    @classmethod
    def of_written(cls, poll: Poll) -> "FeedState":
        """Return what to keep of a poll that a run or another stream has written.

        A file's size and time are not in the output, so it is read once more; its hash tells whether it has changed.
        """
        return cls.of(Source(poll.feed_url, poll.source, poll.uri), poll)

    def poll(self, source: Source) -> Poll:
        """Return a poll with the validators, for `fetch`."""
        return Poll(
            source.feed_url,
            source.location,
            source.name,
            datetime.fromtimestamp(self.due_s - source.poll_interval_s, UTC),
            "ok",
            etag=self.etag,
            last_modified=self.last_modified,
            body_hash=self.body_hash,
        )


FeedStates = dict[str, FeedState]
"""By feed_url."""


class RateLimits:
    """The servers that answered 429, and until when none of their feeds is asked."""

    def __init__(self, known: Mapping[str, FeedState]) -> None:
        self._until_s: dict[str, float] = {}
        # Also from state and output: a server's 429 holds after a restart.
        for feed_url, last in known.items():
            self.note(feed_url, last)

    def note(self, feed_url: str, last: FeedState) -> None:
        """Note a feed's server if the last poll was answered 429."""
        if last.http_status == _TOO_MANY:
            server = _server(feed_url)
            # The latest of its feeds' answers: each says how long the server as a whole wants to be left alone.
            self._until_s[server] = max(self._until_s.get(server, 0.0), last.due_s)

    def forbid(self, source: Source, now_s: float) -> bool:
        """Return whether a source may not be asked now."""
        return is_web(source.location) and self._until_s.get(_server(source.feed_url), 0.0) > now_s


def is_due(source: Source, last: FeedState | None, limits: RateLimits, now_s: float) -> bool:
    """Return whether a stream may ask for a feed, or a file is new, has changed, or failed and is due again."""
    if limits.forbid(source, now_s):
        return False
    if last is None:
        return True
    if isinstance(source, WireFile):
        changed = last.stat != _plain_stat(source)
        if changed or not last.failed:
            return changed
    return last.http_status != _GONE and last.due_s <= now_s


def _plain_stat(source: Source) -> tuple[Any, ...] | None:
    stat = source.stat if isinstance(source, WireFile) else None
    # Without an empty ETag, as states of older versions have it: else each file would count as changed once.
    return stat and (tuple(stat) if stat.etag else (stat.size, stat.modified_ns))


def due_in_run(sources: Sequence[Source], polls: Mapping[str, Poll], now: datetime) -> list[Source]:
    """Return the sources that a run reads: all files, and the feeds that may be asked.

    A run is started by hand or by a schedule, so it asks for each feed whose server does not forbid it. A feed with
    `poll` in the config is asked for only when most of that interval has passed.

    Args:
        sources: All sources of the config.
        polls: The last poll of each, by feed_url.
        now: Aware and UTC.
    """
    limits = RateLimits({url: FeedState.of_written(poll) for url, poll in polls.items()})
    return [
        source
        for source in sources
        if not is_web(source.location)
        or (not limits.forbid(source, now.timestamp()) and _may_ask(source, polls.get(source.feed_url), now))
    ]


def _may_ask(source: Source, poll: Poll | None, now: datetime) -> bool:
    if poll is None:
        return True
    if poll.http_status == _GONE:
        return False
    if poll.next_poll_at is None or poll.next_poll_at <= now:
        return True
    interval = timedelta(seconds=source.poll_interval_s)
    # Later than its interval means that the server asked for it by Retry-After.
    if poll.http_status in (_TOO_MANY, _UNAVAILABLE) or poll.next_poll_at > poll.fetched_at + interval:
        return False
    keeps_interval = isinstance(source, WebFeed) and source.keeps_interval
    return not keeps_interval or poll.next_poll_at - interval * EARLY <= now


def next_poll_at(asked_at: datetime, interval_s: float, http_status: int | None, retry_after: str) -> datetime | None:
    """Return when a source is due again; None for one that is gone (410), which is not polled again."""
    if http_status == _GONE:
        return None
    # The longer of the two; the server's is bounded, since it can be any number.
    return asked_at + max(timedelta(seconds=interval_s), min(_retry_after(retry_after, asked_at), RETRY_AFTER_MAX))


def _retry_after(value: str, asked_at: datetime) -> timedelta:
    """Return how long a Retry-After header asks to wait: seconds or a date (RFC 9110 10.2.3); zero if unreadable."""
    # isdigit alone is true of superscripts, which int() refuses.
    if value.isascii() and value.isdigit():
        return timedelta(seconds=min(int(value[:9]), RETRY_AFTER_MAX.total_seconds()))
    try:
        date = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return timedelta()
    # "-0000" is UTC of an unknown place (RFC 5322 3.3), and HTTP has no other zone.
    return (date if date.tzinfo else date.replace(tzinfo=UTC)) - asked_at


def host_of(location: str) -> str:
    """Return the host that is asked one request at a time, on all ports; an invalid URL is its own host."""
    if not is_web(location):
        return FILES
    try:
        # Without the port: http and https of a host, or its port 8080, are mostly one machine.
        return urlsplit(location).hostname or location
    except ValueError:
        return location


def _server(feed_url: str) -> str:
    """Return host and port: another port is another server."""
    try:
        return urlsplit(feed_url.strip()).netloc.lower()
    except ValueError:
        return feed_url
