"""One poll of one source: what came, and the row of `polls/` that remembers it."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from newsbeam.transforms.ids import digest
from newsbeam.transforms.read.failures import SourceError
from newsbeam.transforms.read.files import local_path, printable, read_file
from newsbeam.transforms.read.http import HttpAnswer, HttpClient
from newsbeam.transforms.read.sources import is_web
from newsbeam.transforms.records import DeadLetter, Document, Poll, Source

RETRY_AFTER_MAX = timedelta(hours=24)  # Media Cloud saw 88 hours, and capped it so too


@dataclass(frozen=True)
class Fetched:
    """What one poll gave: its row always, and a document, a dead letter or neither."""

    poll: Poll
    document: Document | None = None
    dead_letter: DeadLetter | None = None


def fetch(source: Source, known: Poll | None, client: HttpClient, now: Callable[[], datetime]) -> Fetched:
    """Poll `source` once.

    Args:
        source: What to read.
        known: The last poll of this source, whose validators and body hash spare us what has not changed; or None.
        client: For http(s) locations; its `max_bytes` holds for files too.
        now: The clock, aware and UTC.

    Returns:
        A document if there is a body that differs from the last one (it may be empty: that is for the parser to
        refuse). Never raises for what a source does wrong: that is `poll.error`, and a dead letter if bytes had come.
    """
    fetched_at = now()
    started = time.monotonic()
    poll = Poll(
        feed_url=source.feed_url,
        uri=printable(source.location),
        source=source.name,
        fetched_at=fetched_at,
        status="error",
        etag=known.etag if known else "",
        last_modified=known.last_modified if known else "",
        body_hash=known.body_hash if known else "",
    )
    try:
        answer = _read(source, poll, client)
    except SourceError as error:
        return _failed(poll, error, source, time.monotonic() - started, now())
    return _answered(poll, answer, source)


def _read(source: Source, poll: Poll, client: HttpClient) -> HttpAnswer:
    """Read over HTTP or from disk; a file is an answer without status and headers."""
    if is_web(source.location):
        return client.get(source.location, poll.etag, poll.last_modified)
    started = time.monotonic()
    body = read_file(source.location, client.settings.max_bytes)
    uri = printable(local_path(source.location))
    return HttpAnswer(url=uri, status=None, body=body, duration_s=time.monotonic() - started)


def _answered(poll: Poll, answer: HttpAnswer, source: Source) -> Fetched:
    poll = replace(
        poll,
        uri=answer.url,
        http_status=answer.status,
        bytes=len(answer.body),
        duration_s=answer.duration_s,
        next_poll_at=_next_poll_at(poll.fetched_at, source, answer.retry_after),
    )
    if answer.status == 304:
        # A 304 may bring newer validators than those that were asked with, or only one of them (RFC 9110 15.4.5).
        return Fetched(
            replace(
                poll,
                status="not_modified",
                etag=answer.etag or poll.etag,
                last_modified=answer.last_modified or poll.last_modified,
            )
        )
    body_hash = digest(answer.body)
    same = body_hash == poll.body_hash
    # Both validators are those of this answer, also when its body is the same: servers change them for nothing, and
    # one that is no longer sent would be asked with for ever (CommaFeed#1746, feedbin#726).
    poll = replace(
        poll,
        status="unchanged" if same else "ok",
        etag=answer.etag,
        last_modified=answer.last_modified,
        body_hash=body_hash,
    )
    return Fetched(poll) if same else Fetched(poll, _document(poll, answer, source))


def _document(poll: Poll, answer: HttpAnswer, source: Source) -> Document:
    return Document(
        uri=answer.url,
        body=answer.body,
        fetched_at=poll.fetched_at,
        source=source.name,
        feed_url=source.feed_url,
        media_type=answer.media_type,
        format=source.format,
        language=source.language,
    )


def _failed(poll: Poll, error: SourceError, source: Source, duration_s: float, failed_at: datetime) -> Fetched:
    """Return an error poll that keeps the validators and the hash of the last good one, so that they survive it."""
    uri = error.uri or poll.uri
    poll = replace(
        poll,
        uri=uri,
        http_status=error.http_status,
        bytes=len(error.body),
        duration_s=duration_s,
        error=str(error),
        next_poll_at=_next_poll_at(poll.fetched_at, source, error.retry_after),
    )
    if not error.body:
        return Fetched(poll)
    letter = DeadLetter(
        stage="read",
        error=type(error).__name__,
        message=str(error),
        source=source.name,
        uri=uri,
        failed_at=failed_at,
        payload=error.body,
    )
    return Fetched(poll, dead_letter=letter)


def _next_poll_at(fetched_at: datetime, source: Source, retry_after: str) -> datetime:
    interval = timedelta(seconds=source.poll_interval_s)
    return fetched_at + max(interval, min(_retry_after(retry_after, fetched_at), RETRY_AFTER_MAX))


def _retry_after(value: str, asked_at: datetime) -> timedelta:
    """Return how long a Retry-After header asks to wait: seconds or a date (RFC 9110 10.2.3); zero if unreadable."""
    if value.isascii() and value.isdigit():
        return timedelta(seconds=min(int(value[:9]), RETRY_AFTER_MAX.total_seconds()))
    try:
        date = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return timedelta()
    return (date if date.tzinfo else date.replace(tzinfo=UTC)) - asked_at
