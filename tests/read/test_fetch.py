import gzip
import io
import os
import tarfile
import zipfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from newsbeam.transforms.ids import digest
from newsbeam.transforms.read import fetch as fetching
from newsbeam.transforms.read.fetch import Fetched, fetch, utc_now, with_poll
from newsbeam.transforms.read.http import HttpClient
from newsbeam.transforms.read.members import Member
from newsbeam.transforms.read.source_spec import SourceSpec
from newsbeam.transforms.read.sources import expand_wire
from newsbeam.transforms.records import DeadLetter, Document, Poll, Polled, Source, Unread

NOW = datetime(2026, 3, 3, 10, 0, tzinfo=UTC)
FEED = b"<rss version='2.0'><channel><title>Harbour news</title></channel></rss>"
OLD = "Mon, 02 Mar 2026 10:00:00 GMT"
NEW = "Tue, 03 Mar 2026 10:00:00 GMT"


def now() -> datetime:
    return NOW


def source(url: str, **options) -> Source:
    return Source(url, "Harbour", "as configured", language="en", format="rss20", **options)


def document(fetched: Fetched) -> Document:
    """Return the one thing that was found, which is a document."""
    (found,) = fetched.found
    assert isinstance(found, Document)
    return found


def known(body: bytes = FEED, **options) -> Poll:
    return Poll("as configured", "uri", "Harbour", NOW, "ok", body_hash=digest(body), **options)


def test_a_new_body_is_a_document(serve, respond, client):
    server = serve(respond(FEED, content_type="text/xml", etag='"7"', last_modified=NEW))
    fetched = fetch(source(server.url()), None, client, now)
    assert document(fetched) == Document(
        server.url(), FEED, NOW, "Harbour", "as configured", media_type="text/xml", format="rss20", language="en"
    )
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
    assert document(fetched).uri == fetched.poll.uri == server.url("/b")
    assert document(fetched).feed_url == "as configured"


@pytest.mark.parametrize(
    ("headers", "etag", "last_modified"),
    [
        ({}, '"7"', OLD),
        ({"etag": 'W/"7"'}, 'W/"7"', OLD),
        ({"etag": '"7-gzip"'}, '"7-gzip"', OLD),
        ({"etag": '"8"'}, "", ""),  # of a body that was not received
        ({"last_modified": NEW}, '"7"', NEW),
    ],
)
def test_not_modified_keeps_the_validators_of_what_was_received(serve, respond, client, headers, etag, last_modified):
    server = serve(respond(status="304 Not Modified", length=False, **headers))
    fetched = fetch(source(server.url()), known(etag='"7"', last_modified=OLD), client, now)
    assert server.requests[0].headers["if-none-match"] == '"7"'
    assert server.requests[0].headers["if-modified-since"] == OLD
    assert fetched.found == ()
    poll = fetched.poll
    assert (poll.status, poll.http_status, poll.bytes, poll.error) == ("not_modified", 304, 0, "")
    assert (poll.etag, poll.last_modified, poll.body_hash) == (etag, last_modified, digest(FEED))


@pytest.mark.parametrize(
    "headers", [{"etag": '"8"', "last_modified": NEW}, {"etag": '"8"'}, {"last_modified": NEW}, {}]
)
def test_the_same_body_gives_no_document_and_renews_both_validators(serve, respond, client, headers):
    server = serve(respond(FEED, **headers))
    fetched = fetch(source(server.url()), known(etag='"7"', last_modified=OLD), client, now)
    assert fetched.found == ()
    assert (fetched.poll.status, fetched.poll.bytes) == ("unchanged", len(FEED))
    assert (fetched.poll.etag, fetched.poll.last_modified) == (
        headers.get("etag", ""),
        headers.get("last_modified", ""),
    )
    assert fetched.poll.body_hash == digest(FEED)


def test_another_body_is_a_document(serve, respond, client):
    fetched = fetch(source(serve(respond(FEED)).url()), known(b"before", etag='"7"'), client, now)
    assert document(fetched).body == FEED
    assert (fetched.poll.status, fetched.poll.etag) == ("ok", "")


def test_an_empty_body_is_reported_by_the_parser(serve, respond, client):
    fetched = fetch(source(serve(respond(b"")).url()), None, client, now)
    assert (fetched.poll.status, document(fetched).body) == ("ok", b"")


@pytest.mark.parametrize("status", ["204 No Content", "404 Not Found", "410 Gone", "503 Service Unavailable"])
def test_an_error_keeps_validators_and_has_no_dead_letter(serve, respond, client, status):
    server = serve(respond(b"<html>", status=status))
    fetched = fetch(source(server.url()), known(etag='"7"', last_modified=OLD), client, now)
    assert fetched.found == ()
    poll = fetched.poll
    assert (poll.status, poll.http_status, poll.error) == ("error", int(status[:3]), f"HTTP {status}")
    assert (poll.etag, poll.last_modified, poll.body_hash) == ('"7"', OLD, digest(FEED))


UNFINISHED = "the file is still being written; it is read when it stays the same"
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
def test_bytes_that_are_not_a_whole_document_are_a_dead_letter(
    serve, respond, client, headers, body, payload, error, message
):
    server = serve(
        respond(length="content_length" not in headers, **headers).replace(b" 0\r\n", b" %d\r\n" % len(body)) + body
    )
    fetched = fetch(source(server.url()), known(b"before", etag='"7"'), client, now)
    *documents, letter = fetched.found
    expected = DeadLetter("read", error, letter.message, "Harbour", server.url(), NOW, payload)
    assert letter == replace(expected, poll=("as configured", NOW), whole=True)
    assert letter.message.startswith(message)
    assert "\n" not in letter.message
    poll = fetched.poll
    assert (poll.status, poll.http_status, poll.bytes, poll.error) == ("error", 200, len(payload), letter.message)
    assert (poll.etag, poll.body_hash) == ('"7"', digest(b"before"))
    assert len(documents) == (error == "BrokenBodyError")


def test_the_beginning_of_a_body_that_was_cut_off_is_a_document(serve, respond, client):
    head = respond(length=False, content_type="text/xml; charset=utf-8", transfer_encoding="chunked", etag='"8"')
    server = serve(head + b"%x\r\n" % (len(FEED) + 9) + FEED)
    fetched = fetch(source(server.url()), known(b"before", etag='"7"'), client, now)
    cut, letter = fetched.found
    assert (cut.body, cut.media_type) == (FEED, "text/xml; charset=utf-8")
    assert (letter.error, fetched.poll.status, fetched.poll.etag) == ("BrokenBodyError", "error", '"7"')
    last, poll = with_poll(fetched)
    assert poll == Polled(cut, fetched.poll, 1, 1, Unread(1, (("", letter.message),)))
    assert last.poll == fetched.poll.key


@pytest.mark.parametrize(
    ("last_modified", "kept"),
    [
        (NEW, True),
        ("Tue, 03 Mar 2026 10:03:00 GMT", True),  # its clock is ahead by minutes
        ("Tue, 03 Mar 2026 13:00:00 GMT", False),
        ("Sat, 16 Nov 2041 19:11:00 GMT", False),
        ("yesterday", True),
    ],
)
def test_a_last_modified_in_the_future_is_not_a_validator(serve, respond, client, last_modified, kept):
    fetched = fetch(source(serve(respond(FEED, last_modified=last_modified)).url()), None, client, now)
    assert fetched.poll.last_modified == (last_modified if kept else "")
    server = serve(respond(FEED))
    fetch(source(server.url()), known(last_modified=last_modified), client, now)
    assert ("if-modified-since" in server.requests[0].headers) == kept


def test_once_a_day_a_feed_is_asked_without_validators(serve, respond, client):
    server = serve(lambda request: respond(FEED))
    poll, asked = known(etag='"7"'), []
    for hour in range(49):
        fetched = fetch(source(server.url()), poll, client, lambda hour=hour: NOW + timedelta(hours=hour))
        assert fetched.poll.status == "unchanged"
        poll = replace(fetched.poll, etag='"7"')
        asked.append("if-none-match" in server.requests[-1].headers)
    assert asked.count(False) == 2


def test_a_feed_that_is_gone_has_no_next_poll(serve, respond, client):
    assert fetch(source(serve(respond(status="410 Gone")).url()), None, client, now).poll.next_poll_at is None


def test_no_server_is_an_error_poll(client):
    fetched = fetch(source("http://name.invalid/rss"), None, client, now)
    assert fetched == Fetched(fetched.poll)
    assert (fetched.poll.status, fetched.poll.http_status, fetched.poll.uri) == (
        "error",
        None,
        "http://name.invalid/rss",
    )
    assert fetched.poll.error.startswith("no response: ")


def test_an_invalid_url_is_an_error_poll(client):
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
def test_the_next_poll_observes_retry_after(serve, respond, client, status, retry_after, wait):
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
        assert document(fetched) == Document(
            str(path), FEED, NOW, "Harbour", "as configured", format="rss20", language="en"
        )
        assert (fetched.poll.status, fetched.poll.http_status, fetched.poll.uri) == ("ok", None, str(path))
        assert fetch(source(location), fetched.poll, client, now).poll.status == "unchanged"
        assert fetch(source(location), fetched.poll, client, now).found == ()
    path.write_bytes(b"other")
    assert document(fetch(source(location), fetched.poll, client, now)).body == b"other"


def test_a_missing_file_is_an_error_poll(tmp_path, client):
    fetched = fetch(source(str(tmp_path / "none.xml")), known(), client, now)
    assert fetched == Fetched(fetched.poll)
    assert fetched.poll.error == f"can't read {tmp_path / 'none.xml'}: No such file or directory"
    assert (fetched.poll.status, fetched.poll.body_hash) == ("error", digest(FEED))


def test_a_long_file_is_a_dead_letter_once(tmp_path, client):
    path = tmp_path / "long.xml"
    path.write_bytes(bytes(1_000_001))
    fetched = fetch(source(str(path)), None, client, now)
    (letter,) = fetched.found
    assert (fetched.poll.status, letter.error) == ("error", "BodyTooLongError")
    assert letter.payload == bytes(1_000_000)
    again = fetch(source(str(path)), fetched.poll, client, now)
    assert (again.poll.status, again.poll.body_hash, again.found) == ("unchanged", fetched.poll.body_hash, ())
    path.write_bytes(bytes(1_000_000))
    assert len(document(fetch(source(str(path)), fetched.poll, client, now)).body) == 1_000_000
    path.write_bytes(b"x" + bytes(1_000_000))
    assert fetch(source(str(path)), fetched.poll, client, now).poll.status == "error"


def zipped(files: dict[str, bytes]) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        for name, body in files.items():
            file.writestr(name, body)
    return archive.getvalue()


def test_an_archive_is_one_poll_and_a_document_for_each_member(tmp_path, client):
    path = tmp_path / "week.zip"
    archive = zipped({"a.xml": FEED, "in/b.xml.gz": gzip.compress(FEED), "long.xml": bytes(1_000_001), "empty": b""})
    path.write_bytes(archive)
    fetched = fetch(source(str(path)), known(), client, now)
    poll = fetched.poll
    assert (poll.status, poll.bytes, poll.uri, poll.error) == ("ok", len(archive), str(path), "")
    assert iter(fetched.found) is fetched.found, "unpacked while it is read"
    a, b, long, empty = fetched.found
    fields = (NOW, "Harbour", "as configured")
    options = {"format": "rss20", "language": "en"}
    assert a == Document(f"{path}!a.xml", FEED, *fields, **options)
    assert b == Document(f"{path}!in/b.xml.gz!b.xml", FEED, *fields, **options)
    assert empty == Document(f"{path}!empty", b"", *fields, **options)
    too_long = ("BodyTooLongError", "longer than 1000000 bytes", "Harbour", f"{path}!long.xml", NOW, bytes(1_000_000))
    assert long == DeadLetter("read", *too_long, poll=poll.key, whole=True)
    again = fetch(source(str(path)), poll, client, now)
    assert (again.poll.status, again.poll.body_hash, again.found) == ("unchanged", poll.body_hash, ())
    path.write_bytes(archive + b" ")
    assert fetch(source(str(path)), poll, client, now).poll.status == "ok"


def test_a_poll_goes_with_its_documents_of_which_the_last_one_says_how_many_and_how_many_letters():
    poll = known()
    letter = DeadLetter("read", "ArchiveError", "broken", "Harbour", f"{poll.uri}!c", NOW, b"", poll=poll.key)
    a, b = (Document(f"{poll.uri}!{name}", FEED, NOW, "Harbour", "x.zip") for name in "ab")
    one, two = (Unread(number, (("c", "broken"),) * number) for number in (1, 2))
    for found, expected in (
        ([], [poll]),
        ([letter], [letter, replace(poll, status="error", error="1 member not read: c: broken")]),
        ([a], [Polled(a, poll, 1)]),
        ([a, letter, b], [letter, Polled(a, poll), Polled(b, poll, 2, 1, one)]),
        ([letter, a, b, letter], [letter, Polled(a, poll), letter, Polled(b, poll, 2, 2, two)]),
    ):
        assert list(with_poll(Fetched(poll, found))) == expected


def test_of_an_archive_one_document_at_a_time_is_kept_back():
    read: list[int] = []

    def members():
        for number in range(5):
            read.append(number)
            yield Document(f"x.zip!{number}", FEED, NOW, "Harbour", "x.zip")

    for number, each in enumerate(with_poll(Fetched(known(), members()))):
        assert each.value.uri == f"x.zip!{number}"
        assert read == list(range(min(number + 2, 5)))


def test_an_archive_may_be_longer_than_a_document(tmp_path, client):
    body = os.urandom(600_000)
    (tmp_path / "x.zip").write_bytes(zipped({"a": body, "b": body}))
    fetched = fetch(source(str(tmp_path / "x.zip")), None, client, now)
    assert fetched.poll.bytes > 1_200_000
    assert [document.body for document in fetched.found] == [body, body]


def test_a_compressed_feed_is_a_feed(tmp_path, client):
    (tmp_path / "feed.xml").write_bytes(gzip.compress(FEED))
    found = document(fetch(source(str(tmp_path / "feed.xml")), None, client, now))
    assert (found.uri, found.body) == (f"{tmp_path}/feed.xml!feed.xml", FEED)


def test_a_malformed_archive_is_a_dead_letter_once(tmp_path, client):
    archive = zipped({"a.xml": FEED})[:-1]
    (tmp_path / "x.zip").write_bytes(archive)
    fetched = fetch(source(str(tmp_path / "x.zip")), None, client, now)
    (letter,) = fetched.found
    assert letter.message == "zip: File is not a zip file"
    assert (letter.error, letter.uri, letter.payload) == ("ArchiveError", str(tmp_path / "x.zip"), archive)
    assert fetched.poll.status == "ok"
    assert fetch(source(str(tmp_path / "x.zip")), fetched.poll, client, now).found == ()


def test_names_in_an_archive_that_are_not_utf_8_can_be_written(tmp_path, client):
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w", format=tarfile.GNU_FORMAT) as file:
        file.addfile(tarfile.TarInfo(os.fsdecode(b"caf\xe9.xml")))
    (tmp_path / "x.tar").write_bytes(archive.getvalue())
    assert document(fetch(source(str(tmp_path / "x.tar")), None, client, now)).uri == rf"{tmp_path}/x.tar!caf\xe9.xml"


def test_objects_and_archives_in_an_object_store(bucket, client):
    bucket["memory://bucket/a.xml"] = FEED
    bucket["memory://bucket/x.zip"] = zipped({"a.xml": FEED})
    bucket["memory://bucket/x.tgz"] = gzip.compress(FEED)
    for name, uri in (("a.xml", "a.xml"), ("x.zip", "x.zip!a.xml"), ("x.tgz", "x.tgz!x.tgz")):
        location = f"memory://bucket/{name}"
        fetched = fetch(source(location), None, client, now)
        assert (document(fetched).uri, fetched.poll.bytes) == (f"memory://bucket/{uri}", len(bucket[location]))
        assert fetch(source(location), fetched.poll, client, now).poll.status == "unchanged"
    assert fetch(source("memory://bucket/gone"), None, client, now).poll.error.endswith("gone: No such object")
    assert fetch(source("memory://broken/a"), None, client, now).poll.error.endswith("a: no access to the bucket")


def test_a_wire_file_that_has_changed_since_it_was_listed_is_not_read(tmp_path, client):
    for name, body in (("a.xml", FEED), ("b.zip", zipped({"a.xml": FEED}))):
        path = tmp_path / name
        path.write_bytes(body)
        (found,) = expand_wire(SourceSpec(name, base=tmp_path))
        assert len(list(fetch(found, None, client, now).found)) == 1
        path.write_bytes(body[:20])
        fetched = fetch(found, known(), client, now)
        assert fetched == Fetched(fetched.poll)
        assert (fetched.poll.status, fetched.poll.error) == (
            "error",
            UNFINISHED,
        )
        assert (fetched.poll.uri, fetched.poll.body_hash) == (str(path), digest(FEED))
        path.unlink()
        assert fetch(found, None, client, now).poll.error == f"can't read {path}: No such file or directory"


def test_a_bad_file_is_an_error_poll_and_never_an_exception(tmp_path, client):
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "folder").mkdir()
    (tmp_path / "circle").symlink_to("circle")
    reasons = {
        name: fetch(source(str(tmp_path / name)), None, client, now).poll.error.rpartition(": ")[2]
        for name in ("fifo", "folder", "circle")
    }
    assert reasons == {
        "fifo": "not a file",
        "folder": "Is a directory",
        "circle": "Too many levels of symbolic links",
    }


def test_an_exception_that_is_a_bug_fails_one_poll_with_its_traceback(tmp_path, monkeypatch):
    path = tmp_path / "feed.xml"
    path.write_text("<rss/>")
    monkeypatch.setattr(fetching, "read_rest", raise_key_error)
    with HttpClient() as client:
        fetched = fetch(Source(str(path), "Example", "feed.xml"), None, client, utc_now)
        again = fetch(Source(str(tmp_path / "none.xml"), "Example", "none.xml"), None, client, utc_now)
    assert (fetched.poll.status, fetched.poll.error) == ("error", "KeyError: reading failed: 'a bug'")
    (dead_letter,) = fetched.found
    assert (dead_letter.stage, dead_letter.error) == ("read", "KeyError")
    assert "raise_key_error" in dead_letter.traceback
    assert again.poll.status == "error"


def test_an_archive_that_meets_a_bug_keeps_the_members_before_it(tmp_path, monkeypatch):
    path = tmp_path / "feeds.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.xml", "<rss/>")
    monkeypatch.setattr(fetching, "unpack", members_then_bug)
    with HttpClient() as client:
        fetched = fetch(Source(str(path), "Example", "feeds.zip"), None, client, utc_now)
        found = list(fetched.found)
    assert [type(each).__name__ for each in found] == ["Document", "DeadLetter"]
    assert found[1].error == "KeyError"


def raise_key_error(*_):
    raise KeyError("a bug")


def members_then_bug(*_):
    yield Member("a.xml", b"<rss/>")
    raise KeyError("a bug")
