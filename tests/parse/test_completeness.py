from dataclasses import replace
from datetime import UTC, datetime

import pytest

from newsbeam.transforms.common.polls import judged
from newsbeam.transforms.parse.completeness import TRUNCATED, why_not_read
from newsbeam.transforms.parse.document import ParseLimits
from newsbeam.transforms.parse.parse_batches import parse_polled_batch, without_entries
from newsbeam.transforms.records import ALL_READ, DeadLetter, Document, Poll, Polled

NOW = datetime(2026, 3, 3, tzinfo=UTC)
LETTER = DeadLetter("parse", "ParseError", "not XML", "A", "https://a.example/rss", NOW, b"12345", whole=True)
ITEM = "<item><guid>{0}</guid><title>Story {0}</title></item>"
FEED = f"<rss version='2.0'><channel><title>A</title>{ITEM.format(1)}{ITEM.format(2)}</channel></rss>".encode()


@pytest.mark.parametrize(
    ("letter", "why"),
    [
        (LETTER, "not XML"),
        (replace(LETTER, whole=False), ""),
        (replace(LETTER, repaired=True), ""),
        (replace(LETTER, repaired=True, message="truncated: the end is missing"), "truncated: the end is missing"),
        (replace(LETTER, repaired=True, message="a0123: truncated: no end"), "a0123: truncated: no end"),
    ],
)
def test_a_document_was_not_read_if_all_of_it_failed_or_its_end_is_missing(letter, why):
    assert why_not_read([replace(LETTER, whole=False), letter]) == why


def polled(body: bytes, of: int = 1, uri: str = "https://a.example/rss") -> Polled[Document]:
    poll = Poll(uri, uri, "A", NOW, "ok", 200, etag='"1"', last_modified="x", body_hash="h")
    return Polled(Document(uri, body, NOW, "A", uri), poll, of)


@pytest.mark.parametrize(
    ("document", "status", "etag", "body_hash", "entries"),
    [
        (polled(FEED), "ok", '"1"', "h", 2),
        (polled(FEED[:-40]), "error", "", "", 1),
        (polled(b"<html><body>One moment</body></html>"), "error", "", "", 0),
        (polled(b"<html/>", uri="drop/a.xml"), "error", '"1"', "h", 0),
    ],
)
def test_in_a_stream_the_poll_says_whether_its_document_was_read(document, status, etag, body_hash, entries):
    (item,) = parse_polled_batch([document], ParseLimits()).items
    poll = judged(item.poll, item.unread)
    assert (poll.status, bool(poll.error)) == (status, status == "error")
    assert (poll.etag, poll.body_hash, len(item.value)) == (etag, body_hash, entries)
    assert poll.key == document.poll.key


def test_a_document_that_crashes_a_worker_was_not_read():
    (item,) = without_entries([polled(FEED)]).items
    poll = judged(item.poll, item.unread)
    assert (poll.status, poll.etag) == ("error", "")
    assert poll.error == "a worker process crashed while parsing this document"


def test_what_the_limit_leaves_out_is_a_dead_letter_and_the_document_was_read():
    """The same bytes would not give more at the next poll, so the server need not send them again."""
    batch = parse_polled_batch([polled(FEED)], ParseLimits(entries=1))
    (letter,), (item,) = batch.dead_letters, batch.items
    assert letter.message == "1 of 2 entries left out: the limit is 1"
    assert (letter.repaired, letter.payload, len(item.value)) == (False, FEED, 1)
    assert judged(item.poll, item.unread) == item.poll


def test_of_an_archive_the_poll_names_the_members_that_were_not_read():
    uri = "feeds/week.zip"
    unread = ALL_READ
    for name in ("e.xml", "c.xml", "b.xml", "d.xml", "b.xml"):
        document = replace(polled(b"<html/>", 0, uri), value=Document(f"{uri}!{name}", b"<html/>", NOW, "A", uri))
        (item,) = parse_polled_batch([document], ParseLimits()).items
        unread += item.unread
    page = "this is an HTML page, not a feed"
    poll = judged(item.poll, unread)
    assert poll.error == f"5 members not read: b.xml: {page}; b.xml: {page}; c.xml: {page}; 2 more"
    assert (poll.status, poll.body_hash) == ("error", "h")


@pytest.mark.parametrize(
    "body",
    [
        FEED[:-16],
        b'{"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "1"}, {"id"',
        b'<newsMessage><itemSet><newsItem guid="1"><itemMeta/></newsItem>',
    ],
)
def test_a_missing_end_is_recognised_in_every_syntax(body):
    (item,) = parse_polled_batch([polled(body)], ParseLimits()).items
    assert item.unread.why.startswith(TRUNCATED)
    assert len(item.value) > 0


def test_a_refused_document_has_no_traceback():
    letter = next(
        iter(parse_polled_batch([polled(b"<html><body>One moment</body></html>")], ParseLimits()).dead_letters)
    )

    assert (letter.stage, letter.error, letter.traceback) == ("parse", "NotAFeedError", "")
