"""When a source may be asked: the rules of `run` and `stream`, and nothing of how they ask.

A server says when to come again (Retry-After, RFC 9110 10.2.3), that it has had enough of us (429, RFC 6585 4), which
holds for all that it serves, or that a feed is gone for good (410). Else a feed is due when its interval is over.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import NamedTuple
from urllib.parse import urlsplit

from newsbeam.transforms.read.sources import WebFeed, WireFile, is_web
from newsbeam.transforms.records import Poll, Source

FILES = "files"
"""The host of feeds that are files."""

RETRY_AFTER_MAX = timedelta(hours=24)  # Media Cloud saw 88 hours, and capped it so too
EARLY = 0.2
"""The part of its interval by which a feed may be early in a `run`: a schedule is not to the second, and the feeds of a
long list are asked minutes after its run began."""

_GONE, _TOO_MANY, _UNAVAILABLE = 410, 429, 503


class Last(NamedTuple):
    """What is remembered of the last poll of a source.

    Attributes:
        due_s: Unix seconds of the next one.
        failed: It gave an error. A file that did is tried again when it is due, any other only when it has changed.
        stamp: What a file was like.
        http_status: Of the answer; 0 if there was none.
    """

    etag: str
    last_modified: str
    body_hash: str
    due_s: float
    failed: bool
    stamp: tuple[int, int] | None = None
    http_status: int = 0

    @classmethod
    def of(cls, source: Source, poll: Poll) -> "Last":
        """Return what to remember of a poll."""
        due = poll.next_poll_at or poll.fetched_at
        stamp = source.stamp if isinstance(source, WireFile) else None
        plain = (stamp.size, stamp.modified_ns) if stamp else None
        failed, status = poll.status == "error", poll.http_status or 0
        return cls(poll.etag, poll.last_modified, poll.body_hash, due.timestamp(), failed, plain, status)

    @classmethod
    def of_written(cls, poll: Poll) -> "Last":
        """Return what to remember of a poll that another stream or a run has made.

        What a file was like then is not known, so it is read once more; its hash tells whether it has changed.
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


Known = dict[str, Last]
"""By feed_url."""


class Closed:
    """The servers that have had enough of us, and until when: no other feed of theirs is asked meanwhile."""

    def __init__(self, known: Mapping[str, Last]) -> None:
        self._until_s: dict[str, float] = {}
        for feed_url, last in known.items():
            self.note(feed_url, last)

    def note(self, feed_url: str, last: Last) -> None:
        """Remember what the last poll of a feed says of its server."""
        if last.http_status == _TOO_MANY:
            server = _server(feed_url)
            self._until_s[server] = max(self._until_s.get(server, 0.0), last.due_s)

    def __contains__(self, where: tuple[Source, float]) -> bool:
        source, now_s = where
        return is_web(source.location) and self._until_s.get(_server(source.feed_url), 0.0) > now_s


def is_due(source: Source, last: Last | None, closed: Closed, now_s: float) -> bool:
    """Return whether a stream may ask for a feed, or a file is new, changed, or one that failed and is due again."""
    if (source, now_s) in closed:
        return False
    if last is None:
        return True
    if isinstance(source, WireFile) and (last.stamp != source.stamp or not last.failed):
        return last.stamp != source.stamp
    return last.http_status != _GONE and last.due_s <= now_s


def due_in_run(sources: Sequence[Source], polls: Mapping[str, Poll], now: datetime) -> list[Source]:
    """Return the sources that a run reads: all files, and the feeds that may be asked.

    A run is started when somebody wants the news, by hand or by a schedule. It asks each feed whose server has not said
    otherwise; where `poll` is given it waits for most of that time.

    Args:
        sources: Everything that is named.
        polls: The last poll of each, by feed_url.
        now: Aware and UTC.
    """
    closed = Closed({url: Last.of_written(poll) for url, poll in polls.items()})
    return [
        source
        for source in sources
        if not is_web(source.location)
        or ((source, now.timestamp()) not in closed and _may_ask(source, polls.get(source.feed_url), now))
    ]


def _may_ask(source: Source, poll: Poll | None, now: datetime) -> bool:
    if poll is None:
        return True
    if poll.http_status == _GONE:
        return False
    if poll.next_poll_at is None or poll.next_poll_at <= now:
        return True
    interval = timedelta(seconds=source.poll_interval_s)
    if poll.http_status in (_TOO_MANY, _UNAVAILABLE) or poll.next_poll_at > poll.fetched_at + interval:
        return False
    keeps_interval = isinstance(source, WebFeed) and source.keeps_interval
    return not keeps_interval or poll.next_poll_at - interval * EARLY <= now


def next_poll_at(asked_at: datetime, interval_s: float, http_status: int | None, retry_after: str) -> datetime | None:
    """Return when a source is due again; None for one that is gone, which is asked again only on demand."""
    if http_status == _GONE:
        return None
    return asked_at + max(timedelta(seconds=interval_s), min(_retry_after(retry_after, asked_at), RETRY_AFTER_MAX))


def _retry_after(value: str, asked_at: datetime) -> timedelta:
    """Return how long a Retry-After header asks to wait: seconds or a date (RFC 9110 10.2.3); zero if unreadable."""
    if value.isascii() and value.isdigit():
        return timedelta(seconds=min(int(value[:9]), RETRY_AFTER_MAX.total_seconds()))
    try:
        date = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return timedelta()
    return (date if date.tzinfo else date.replace(tzinfo=UTC)) - asked_at


def host_of(location: str) -> str:
    """Return the host to be polite to, whatever the port; a URL that is none is its own."""
    if not is_web(location):
        return FILES
    try:
        return urlsplit(location).hostname or location
    except ValueError:
        return location


def _server(feed_url: str) -> str:
    """Return host and port: servers at other ports of a host count for themselves."""
    try:
        return urlsplit(feed_url.strip()).netloc.lower()
    except ValueError:
        return feed_url
