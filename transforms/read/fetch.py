"""Polls one source once: fetches its documents, and makes the row of `polls/`."""

import logging
import os
import re
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from io import SEEK_END
from shutil import copyfileobj
from tempfile import TemporaryFile
from typing import BinaryIO

from newsbeam.transforms.common.file_stat import FileStat
from newsbeam.transforms.common.objects import is_object_url
from newsbeam.transforms.common.plurals import counted
from newsbeam.transforms.common.polls import judged, not_read
from newsbeam.transforms.ids import address, digest
from newsbeam.transforms.read.access import NO_ACCESS
from newsbeam.transforms.read.archives import HEAD_BYTES, archive_hash, is_archive, unpack
from newsbeam.transforms.read.due import host_of, next_poll_at
from newsbeam.transforms.read.failures import (
    ArchiveError,
    BodyTooLongError,
    SourceError,
    UnfinishedFileError,
    UnreadableFileError,
)
from newsbeam.transforms.read.files import local_path, open_file, printable, read_rest
from newsbeam.transforms.read.http import FetchSettings, HttpClient, HttpResponse
from newsbeam.transforms.read.members import Capture, Member
from newsbeam.transforms.read.sources import Unlisted, WebFeed, WireFile, is_web
from newsbeam.transforms.records import ALL_READ, DeadLetter, Document, Poll, Polled, Source, Unread

_LOGGER = logging.getLogger(__name__)

CLOCK_SKEW = timedelta(minutes=5)
_CODING_OF_TAG = re.compile(r"[-;]{1,2}(?:gzip|br|deflate|df|zstd)$")  # "5f3a-gzip" of Apache, also in a 200 only
_DAY_S = 86_400


@dataclass(frozen=True)
class Fetched:
    """The results of one poll.

    Attributes:
        poll: Its row.
        found: A document, a dead letter or nothing. For an archive, documents and dead letters while it is unpacked:
            iterate once, to the end, which closes the file.
    """

    poll: Poll
    found: Iterable[Document | DeadLetter] = ()


def utc_now() -> datetime:
    """Return the time, aware and in UTC."""
    return datetime.now(UTC)


def fetch(source: Source, known: Poll | None, client: HttpClient, now: Callable[[], datetime]) -> Fetched:
    """Poll `source` once.

    Args:
        source: What to read. A file that is an archive or compressed is unpacked, member by member.
        known: The last poll of this source or None. Its validators and body hash tell what has not changed. Once a day
            the validators are not sent, in case the server answers 304 to everything.
        client: For http(s) locations; its `max_bytes` also applies to files and members of archives.
        now: The clock, aware and UTC.

    Returns:
        A document if the body differs from the last one; it may be empty, which the parser reports. An error of the
        source is not raised: it is in `poll.error`, with a dead letter if bytes had arrived. What arrived of a body
        that was cut off is a document, too.
    """
    fetched_at = now()
    started = time.monotonic()
    poll = Poll(
        feed_url=source.feed_url,
        uri=printable(source.location),
        source=source.name,
        source_id=source.source_id,
        fetched_at=fetched_at,
        # Until something else is known: each way out that forgets to set it shows up as a failure.
        status="error",
        # The last good validators stay with a failed poll, so that an outage doesn't make all feeds be sent whole.
        etag=known.etag if known else "",
        last_modified=_validator_date(known.last_modified, fetched_at) if known else "",
        body_hash=known.body_hash if known else "",
    )
    try:
        if isinstance(source, Unlisted):
            raise UnreadableFileError(source.reason, uri=poll.uri)
        if not is_web(source.location):
            return _read_file(source, poll, client.settings, now)
        validators = ("", "") if known and _skips_validators(known, fetched_at) else (poll.etag, poll.last_modified)
        own = source.access if isinstance(source, WebFeed) else NO_ACCESS
        access = client.settings.access.get(source.feed_url, own)
        response = client.get(source.location, *validators, access)
        return _fetched(source, poll, response, client.settings)
    except SourceError as error:
        return _failed(poll, error, source, time.monotonic() - started, now())
    except Exception as error:  # noqa: BLE001 - one source must not stop the others, whatever its server or file does
        return _unforeseen(poll, error, source, now())


def with_poll(fetched: Fetched) -> Iterator[Polled[Document] | DeadLetter | Poll]:
    """Yield the results of a poll, each document together with the poll; the poll alone if there is no document."""
    last: Document | None = None
    documents = dead_letters = 0
    unread = ALL_READ
    for found in fetched.found:
        if isinstance(found, DeadLetter):
            dead_letters += 1
            unread += Unread.of(found.uri, fetched.poll.uri, found.message)
            yield found
            continue
        if last:
            # One document is held back: the last one carries the totals, with which the poll is complete downstream.
            yield Polled(last, fetched.poll)
        last = found
        documents += 1
    yield Polled(last, fetched.poll, documents, dead_letters, unread) if last else judged(fetched.poll, unread)


def _read_file(source: Source, poll: Poll, settings: FetchSettings, now: Callable[[], datetime]) -> Fetched:
    """Read a file, as a response without status and headers.

    Raises:
        SourceError: It can't be read, is still being written, or is too long.
    """
    started = time.monotonic()
    uri = printable(local_path(source.location))
    with ExitStack() as stack:
        file = stack.enter_context(open_file(source.location))
        head = file.read(HEAD_BYTES)
        if not is_archive(head):
            with _unchanged(file, source, uri):
                body = read_rest(file, head, settings.max_bytes, source.location)
            response = HttpResponse(uri, None, body=body, duration_s=time.monotonic() - started)
            return _fetched(source, poll, response, settings)
        # Reading a zip seeks for each member, which would be a request each.
        archive = stack.enter_context(_on_disk(head, file)) if is_object_url(source.location) else file
        with _unchanged(file, source, uri):
            # Of the archive and not of its members: an unchanged one need not be unpacked.
            body_hash = archive_hash(archive)
        response = HttpResponse(uri, None, duration_s=time.monotonic() - started)
        poll = _with_response(source, poll, response, body_hash, archive.seek(0, SEEK_END))
        if poll.status == "unchanged":
            return Fetched(poll)
        # The iterator closes the file, after this function has returned.
        return Fetched(poll, _unpacked(stack.pop_all(), archive, source, poll, settings, now))


@contextmanager
def _unchanged(file: BinaryIO, source: Source, uri: str) -> Iterator[None]:
    """Verify that a file on disk is the same as when it was listed, and does not change while it is read.

    Raises:
        UnfinishedFileError: It has changed.
    """
    if is_object_url(source.location):
        yield
        return
    before = FileStat.of(os.fstat(file.fileno()))
    # Against the listing, since the quiet period was counted from it.
    found = (source.stat if isinstance(source, WireFile) else None) or before
    if found == before:
        yield
        found = FileStat.of(os.fstat(file.fileno()))
    if found != before:
        raise UnfinishedFileError("the file is still being written; it is read when it stays the same", uri=uri)


def _on_disk(head: bytes, file: BinaryIO) -> BinaryIO:
    """Return a seekable copy of `file`, whose `head` has been read."""
    copy: BinaryIO = TemporaryFile()  # noqa: SIM115 - the caller closes it
    copy.write(head)
    copyfileobj(file, copy)
    return copy


def _unpacked(
    stack: ExitStack,
    archive: BinaryIO,
    source: Source,
    poll: Poll,
    settings: FetchSettings,
    now: Callable[[], datetime],
) -> Iterator[Document | DeadLetter]:
    """Yield the members of an archive, with the URI "archive!member", then close it.

    What a crawl has besides feeds and stories of wires is left out, and counted in a line.
    """
    left_out = 0
    with stack:
        try:
            for member in unpack(archive, poll.uri, settings.max_bytes, settings.unpacked):
                uri = f"{poll.uri}!{printable(member.name)}" if member.name else poll.uri
                if member.error:
                    yield _dead_letter(source, poll, uri, member.error, member.body, now())
                elif document := _of_member(source, poll, uri, member, settings):
                    yield document
                else:
                    left_out += 1
        except SourceError as error:
            yield _dead_letter(source, poll, poll.uri, error, b"", now())
        except Exception as error:  # noqa: BLE001 - the members before it are read, the other sources as well
            yield from _unforeseen(poll, error, source, now()).found

    if left_out:
        _LOGGER.warning("%s: %s left out, not feeds or wire stories", poll.uri, counted(left_out, "response"))


def _of_member(source: Source, poll: Poll, uri: str, member: Member, settings: FetchSettings) -> Document | None:
    """Return the document of a member; None for a response that is not a feed or a story of a wire.

    Raises:
        ArchiveError: Crawls are not read.
    """
    if not member.capture:
        return _document(source, poll, HttpResponse(uri, None, body=member.body))
    if not settings.crawls:
        raise ArchiveError("a stream does not read WARC files; read them with newsbeam run")
    document = _captured(source, poll, uri, member.body, member.capture)
    return document if document and (not settings.recognise or settings.recognise(document)) else None


def _captured(source: Source, poll: Poll, uri: str, body: bytes, capture: Capture) -> Document | None:
    """Return the document of a response in a crawl: of the feed that was asked, at that time. None without a body."""
    if not body or not is_web(capture.url):
        return None
    return replace(
        _document(source, poll, HttpResponse(uri, None, capture.media_type, body=body)),
        feed_url=capture.url,
        # A capture that is dated after this reading has a wrong clock, by which future dates of its entries would be
        # believed.
        fetched_at=capture.at if capture.at and capture.at < poll.fetched_at else poll.fetched_at,
        source=host_of(capture.url),
        # The id that a live feed of this URL has, so that a crawl and a poll share entries.
        source_id=address(capture.url),
        named=False,
        read_from=poll.feed_url,
        read_at=poll.fetched_at,
    )


def _fetched(source: Source, poll: Poll, response: HttpResponse, settings: FetchSettings) -> Fetched:
    poll = _with_response(source, poll, response, digest(response.body), len(response.body))
    if poll.status != "ok":
        return Fetched(poll)
    document = _document(source, poll, response)
    # Not of a wire's file: that would be the same when it is read again.
    if settings.precheck and not source.wire and (why := settings.precheck(document)):
        poll = not_read(poll, why)
    return Fetched(poll, (document,))


def _with_response(source: Source, poll: Poll, response: HttpResponse, body_hash: str, size: int) -> Poll:
    poll = replace(
        poll,
        uri=response.url,
        http_status=response.status,
        bytes=size,
        duration_s=response.duration_s,
        next_poll_at=next_poll_at(poll.fetched_at, source.poll_interval_s, response.status, response.retry_after),
        moved_to=response.moved_to,
    )
    last_modified = _validator_date(response.last_modified, poll.fetched_at)
    if response.status == 304:
        if response.etag and poll.etag and _tag(response.etag) != _tag(poll.etag):
            # Its ETag is that of a body that was never received (RFC 9111 4.3.4), so the next request has no validator.
            return replace(poll, status="not_modified", etag="", last_modified="")
        # A 304 may carry only one of the validators, or a newer date (RFC 9110 15.4.5).
        return replace(
            poll,
            status="not_modified",
            etag=response.etag or poll.etag,
            last_modified=last_modified or poll.last_modified,
        )
    # Both validators are those of this response, also when its body is the same: servers change them without reason,
    # and one that is no longer sent would be used in every later request (CommaFeed#1746, feedbin#726).
    return replace(
        poll,
        status="unchanged" if body_hash == poll.body_hash else "ok",
        etag=response.etag,
        last_modified=last_modified,
        body_hash=body_hash,
    )


def _tag(etag: str) -> str:
    """Return an ETag as it is compared: without its weakness, and without the coding that servers append to it."""
    return _CODING_OF_TAG.sub("", etag.removeprefix("W/").strip('"'))


def _validator_date(last_modified: str, now: datetime) -> str:
    """Return a Last-Modified as it was sent; "" for one in the future, which is not a validator (RFC 9110 8.8.2.1)."""
    try:
        date = parsedate_to_datetime(last_modified)
    except (ValueError, OverflowError):
        return last_modified  # not a date, but its server may recognise it
    date = date if date.tzinfo else date.replace(tzinfo=UTC)
    return last_modified if date <= now + CLOCK_SKEW else ""


def _skips_validators(known: Poll, now: datetime) -> bool:
    """Return whether this poll is the daily one without validators."""
    shift_s = int(digest(known.feed_url)[:8], 16) % _DAY_S  # spreads the feeds over the day
    return (known.fetched_at.timestamp() + shift_s) // _DAY_S < (now.timestamp() + shift_s) // _DAY_S


def _document(source: Source, poll: Poll, response: HttpResponse) -> Document:
    return Document(
        uri=response.url,
        body=response.body,
        fetched_at=poll.fetched_at,
        source=source.name,
        feed_url=source.feed_url,
        media_type=response.media_type,
        format=source.format,
        language=source.language,
        zone=source.zone,
        source_id=source.source_id,
        named=source.named,
    )


def _failed(poll: Poll, error: SourceError, source: Source, duration_s: float, failed_at: datetime) -> Fetched:
    """Return an error poll that keeps the validators and the hash of the last good one.

    Only a file that is too long has its own hash: it is the same next time, and needs no second dead letter.
    """
    uri = error.uri or poll.uri
    poll = replace(
        poll,
        uri=uri,
        http_status=error.http_status,
        bytes=len(error.body),
        duration_s=duration_s,
        error=str(error),
        next_poll_at=next_poll_at(poll.fetched_at, source.poll_interval_s, error.http_status, error.retry_after),
    )
    if isinstance(error, BodyTooLongError) and not is_web(source.location):
        # Not the hash of these bytes alone, which a file of exactly the limit has, too.
        cut_hash = digest("cut off", error.body)
        if cut_hash == poll.body_hash:
            return Fetched(replace(poll, status="unchanged"))
        poll = replace(poll, body_hash=cut_hash)
    found: list[Document | DeadLetter] = []
    # What could be decompressed before the cut is a document too: its complete entries are news.
    if error.readable:
        found.append(_document(source, poll, HttpResponse(uri, None, error.media_type, body=error.readable)))
    if error.body:
        found.append(_dead_letter(source, poll, uri, error, error.body, failed_at))
    return Fetched(poll, tuple(found))


def _unforeseen(poll: Poll, error: Exception, source: Source, failed_at: datetime) -> Fetched:
    """Return an error poll and a dead letter with the traceback of an exception that is a bug here."""
    message = " ".join(f"reading failed: {error}".split())
    dead_letter = DeadLetter(
        stage="read",
        error=type(error).__name__,
        message=message,
        source=source.name,
        uri=poll.uri,
        failed_at=failed_at,
        payload=b"",
        poll=poll.key,
        whole=True,
        traceback="".join(traceback.format_exception(error)),
    )
    due = next_poll_at(poll.fetched_at, source.poll_interval_s, None, "")
    return Fetched(replace(poll, error=f"{type(error).__name__}: {message}", next_poll_at=due), (dead_letter,))


def _dead_letter(
    source: Source, poll: Poll, uri: str, error: SourceError, payload: bytes, failed_at: datetime
) -> DeadLetter:
    return DeadLetter(
        stage="read",
        error=type(error).__name__,
        message=str(error),
        source=source.name,
        uri=uri,
        failed_at=failed_at,
        payload=payload,
        poll=poll.key,
        whole=True,
    )
