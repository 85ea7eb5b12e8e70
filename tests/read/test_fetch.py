import gzip
from datetime import UTC, datetime, timedelta

import pytest

from newsbeam.transforms.ids import digest
from newsbeam.transforms.read.fetch import Fetched, fetch
from newsbeam.transforms.records import DeadLetter, Document, Poll, Source

NOW = datetime(2026, 3, 3, 10, 0, tzinfo=UTC)
FEED = b"<rss version='2.0'><channel><title>Harbour news</title></channel></rss>"
OLD = "Mon, 02 Mar 2026 10:00:00 GMT"
NEW = "Tue, 03 Mar 2026 10:00:00 GMT"


def now() -> datetime:
    return NOW


def source(url: str, **options) -> Source:
    return Source(url, "Harbour", "as configured", language="en", format="rss20", **options)


def known(body: bytes = FEED, **options) -> Poll:
    return Poll("as configured", "uri", "Harbour", NOW, "ok", body_hash=digest(body), **options)


def test_a_new_body_is_a_document(serve, respond, client):
    server = serve(respond(FEED, content_type="text/xml", etag='"7"', last_modified=NEW))
    fetched = fetch(source(server.url()), None, client, now)
    assert fetched.document == Document(
        server.url(), FEED, NOW, "Harbour", "as configured", media_type="text/xml", format="rss20", language="en"
    )
    assert fetched.dead_letter is None
    poll = fetched.poll
    assert (poll.feed_url, poll.uri, poll.source) == ("as configured", server.url(), "Harbour")
    assert (poll.status, poll.http_status, poll.bytes, poll.error) == ("ok", 200, len(FEED), "")
    assert (poll.etag, poll.last_modified, poll.body_hash) == ('"7"', NEW, digest(FEED))
    assert poll.next_poll_at == NOW + timedelta(minutes=15)
    assert 0 < poll.duration_s < 5


def test_the_document_is_named_by_the_url_after_redirects(serve, respond, client):
    server = serve(
        lambda request: respond(FEED) if request.path == "/b" else respond(status="301 Moved", location="/b")
    )
    fetched = fetch(source(server.url("/a")), None, client, now)
    assert fetched.document.uri == fetched.poll.uri == server.url("/b")
    assert fetched.document.feed_url == "as configured"


@pytest.mark.parametrize(
    ("headers", "etag", "last_modified"),
    [({}, '"7"', OLD), ({"etag": '"8"'}, '"8"', OLD), ({"last_modified": NEW}, '"7"', NEW)],
)
def test_not_modified_keeps_the_validators_that_it_does_not_renew(serve, respond, client, headers, etag, last_modified):
    server = serve(respond(status="304 Not Modified", length=False, **headers))
    fetched = fetch(source(server.url()), known(etag='"7"', last_modified=OLD), client, now)
    assert server.requests[0].headers["if-none-match"] == '"7"'
    assert server.requests[0].headers["if-modified-since"] == OLD
    assert (fetched.document, fetched.dead_letter) == (None, None)
    poll = fetched.poll
    assert (poll.status, poll.http_status, poll.bytes, poll.error) == ("not_modified", 304, 0, "")
    assert (poll.etag, poll.last_modified, poll.body_hash) == (etag, last_modified, digest(FEED))


@pytest.mark.parametrize(
    "headers", [{"etag": '"8"', "last_modified": NEW}, {"etag": '"8"'}, {"last_modified": NEW}, {}]
)
def test_the_same_body_is_no_document_but_renews_both_validators(serve, respond, client, headers):
    server = serve(respond(FEED, **headers))
    fetched = fetch(source(server.url()), known(etag='"7"', last_modified=OLD), client, now)
    assert fetched.document is None
    assert (fetched.poll.status, fetched.poll.bytes) == ("unchanged", len(FEED))
    assert (fetched.poll.etag, fetched.poll.last_modified) == (
        headers.get("etag", ""),
        headers.get("last_modified", ""),
    )
    assert fetched.poll.body_hash == digest(FEED)


def test_another_body_is_a_document(serve, respond, client):
    fetched = fetch(source(serve(respond(FEED)).url()), known(b"before", etag='"7"'), client, now)
    assert fetched.document.body == FEED
    assert (fetched.poll.status, fetched.poll.etag) == ("ok", "")


def test_an_empty_body_is_left_to_the_parser(serve, respond, client):
    fetched = fetch(source(serve(respond(b"")).url()), None, client, now)
    assert (fetched.poll.status, fetched.document.body) == ("ok", b"")


@pytest.mark.parametrize("status", ["204 No Content", "404 Not Found", "410 Gone", "503 Service Unavailable"])
def test_an_error_keeps_what_is_known_and_has_no_dead_letter(serve, respond, client, status):
    server = serve(respond(b"<html>", status=status))
    fetched = fetch(source(server.url()), known(etag='"7"', last_modified=OLD), client, now)
    assert (fetched.document, fetched.dead_letter) == (None, None)
    poll = fetched.poll
    assert (poll.status, poll.http_status, poll.error) == ("error", int(status[:3]), f"HTTP {status}")
    assert (poll.etag, poll.last_modified, poll.body_hash) == ('"7"', OLD, digest(FEED))


BROKEN_GZIP = gzip.compress(FEED)[:20] + b"garbage"


@pytest.mark.parametrize(
    ("headers", "body", "payload", "error", "message"),
    [
        ({}, bytes(1_000_001), bytes(1_000_000), "BodyTooLongError", "longer than 1000000 bytes"),
        (
            {"content_encoding": "gzip"},
            gzip.compress(bytes(9_000_000)),
            bytes(1_000_000),
            "BodyTooLongError",
            "longer than 1000000 bytes",
        ),
        ({"content_encoding": "gzip"}, BROKEN_GZIP, BROKEN_GZIP, "BrokenBodyError", "can't be decompressed: gzip: "),
        ({"content_length": "999"}, FEED, FEED, "BrokenBodyError", f"cut off after {len(FEED)} bytes: "),
    ],
    ids=["too long", "bomb", "broken gzip", "cut off"],
)
def test_bytes_that_are_no_document_are_a_dead_letter(serve, respond, client, headers, body, payload, error, message):
    server = serve(
        respond(length="content_length" not in headers, **headers).replace(b" 0\r\n", b" %d\r\n" % len(body)) + body
    )
    fetched = fetch(source(server.url()), known(b"before", etag='"7"'), client, now)
    assert fetched.document is None
    letter = fetched.dead_letter
    assert letter == DeadLetter("read", error, letter.message, "Harbour", server.url(), NOW, payload)
    assert letter.message.startswith(message)
    assert "\n" not in letter.message
    poll = fetched.poll
    assert (poll.status, poll.http_status, poll.bytes, poll.error) == ("error", 200, len(payload), letter.message)
    assert (poll.etag, poll.body_hash) == ('"7"', digest(b"before"))


def test_no_server_is_an_error_poll(client):
    fetched = fetch(source("http://name.invalid/rss"), None, client, now)
    assert fetched == Fetched(fetched.poll)
    assert (fetched.poll.status, fetched.poll.http_status, fetched.poll.uri) == (
        "error",
        None,
        "http://name.invalid/rss",
    )
    assert fetched.poll.error.startswith("no answer: ")


def test_a_url_that_is_none_is_an_error_poll(client):
    assert fetch(source("http://[broken/"), None, client, now).poll.error == "not a URL: 'http://[broken/'"


@pytest.mark.parametrize(
    ("retry_after", "wait"),
    [
        ("3600", timedelta(hours=1)),
        ("60", timedelta(minutes=15)),
        ("316800", timedelta(hours=24)),
        ("9" * 400, timedelta(hours=24)),
        ("Tue, 03 Mar 2026 12:00:00 GMT", timedelta(hours=2)),
        ("Tue, 03 Mar 2026 12:00:00 -0000", timedelta(hours=2)),
        ("Tue, 03 Mar 2026 09:00:00 GMT", timedelta(minutes=15)),
        ("Fri, 01 Jan 9999 00:00:00 GMT", timedelta(hours=24)),
        ("Tue, 03 Mar 99999999999999999999 12:00:00 GMT", timedelta(minutes=15)),
        ("soon", timedelta(minutes=15)),
        ("-5", timedelta(minutes=15)),
        ("²", timedelta(minutes=15)),
        ("", timedelta(minutes=15)),
    ],
)
@pytest.mark.parametrize("status", ["200 OK", "429 Too Many Requests", "503 Service Unavailable"])
def test_the_next_poll_waits_as_asked(serve, respond, client, status, retry_after, wait):
    server = serve(respond(FEED, status=status, retry_after=retry_after))
    assert fetch(source(server.url()), None, client, now).poll.next_poll_at == NOW + wait


def test_a_long_interval_outranks_the_cap(serve, respond, client):
    server = serve(respond(FEED, retry_after="999999"))
    fetched = fetch(source(server.url(), poll_interval_s=7 * 86_400), None, client, now)
    assert fetched.poll.next_poll_at == NOW + timedelta(days=7)


def test_files_are_read_and_hashed_alike(tmp_path, client):
    path = tmp_path / "feed.xml"
    path.write_bytes(FEED)
    for location in (str(path), path.as_uri()):
        fetched = fetch(source(location), None, client, now)
        assert fetched.document == Document(
            str(path), FEED, NOW, "Harbour", "as configured", format="rss20", language="en"
        )
        assert (fetched.poll.status, fetched.poll.http_status, fetched.poll.uri) == ("ok", None, str(path))
        assert fetch(source(location), fetched.poll, client, now).poll.status == "unchanged"
        assert fetch(source(location), fetched.poll, client, now).document is None
    path.write_bytes(b"other")
    assert fetch(source(location), fetched.poll, client, now).document.body == b"other"


def test_a_missing_file_is_an_error_poll(tmp_path, client):
    fetched = fetch(source(str(tmp_path / "none.xml")), known(), client, now)
    assert fetched == Fetched(fetched.poll)
    assert fetched.poll.error == f"can't read {tmp_path / 'none.xml'}: No such file or directory"
    assert (fetched.poll.status, fetched.poll.body_hash) == ("error", digest(FEED))


def test_a_long_file_is_a_dead_letter(tmp_path, client):
    (tmp_path / "long.xml").write_bytes(bytes(1_000_001))
    fetched = fetch(source(str(tmp_path / "long.xml")), None, client, now)
    assert (fetched.poll.status, fetched.dead_letter.error) == ("error", "BodyTooLongError")
    assert fetched.dead_letter.payload == bytes(1_000_000)
