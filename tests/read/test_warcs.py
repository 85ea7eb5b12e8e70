"""Feeds and stories of wires in the files of crawlers."""

import gzip
import io
import zlib
from datetime import UTC, datetime

import pytest

from newsbeam.transforms.read import warcs
from newsbeam.transforms.read.archives import is_archive, unpack

FEED = b'<?xml version="1.0"?><rss version="2.0"><channel><title>T</title></channel></rss>'
PAGE = b"<!DOCTYPE html><html><body>" + b"<p>Words of a page.</p>" * 9_000 + b"</body></html>"


def warc(*records, zipped: bool = True) -> bytes:
    """Return a WARC file of (url, body, headers, status or type of record)."""
    parts = [record("warcinfo", "", b"software: a crawler\r\n", 0)]
    for number, (url, body, headers, status) in enumerate(records):
        if status[:1].isdigit():
            head = "".join(f"{name}: {value}\r\n" for name, value in headers)
            parts.append(record("response", url, f"HTTP/1.1 {status}\r\n{head}\r\n".encode() + body, number))
        else:
            parts.append(record(status, url, body, number))
    return b"".join(map(gzip.compress, parts) if zipped else parts)


def record(kind: str, url: str, block: bytes, number: int) -> bytes:
    """Return a record as ISO 28500 has it."""
    lines = ["WARC/1.0", f"WARC-Type: {kind}", f"WARC-Date: 2026-11-20T10:00:{number:02}Z"]
    lines += [f"WARC-Target-URI: {url}"] if url else []
    lines += [f"Content-Length: {len(block)}"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + block + b"\r\n\r\n"


def response(url: str, body: bytes, *headers: tuple[str, str], status: str = "200 OK"):
    return url, body, [("Content-Type", "text/xml"), *headers], status


def chunked(body: bytes, size: int = 50) -> bytes:
    parts = [body[start : start + size] for start in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


def read(content: bytes, max_bytes: int = 1_000_000):
    assert is_archive(content[:512])
    return list(unpack(io.BytesIO(content), "crawl.warc.gz", max_bytes))


@pytest.mark.parametrize("zipped", [True, False])
def test_responses_and_resources(zipped):
    content = warc(
        response("https://a.test/feed", FEED),
        response("https://a.test/gone", FEED, status="404 Not Found"),
        response("https://a.test/page", PAGE, ("Content-Type", "text/html")),
        ("https://a.test/dns", b"1.2.3.4", [], "metadata"),
        ("https://a.test/story.xml", FEED, [], "resource"),
        zipped=zipped,
    )
    members = read(content)
    assert [(each.name, each.body, each.error) for each in members] == [
        ("https://a.test/feed", FEED, None),
        ("https://a.test/page", b"", None),
        ("https://a.test/story.xml", FEED, None),
    ]
    assert members[0].capture.at == datetime(2026, 11, 20, 10, tzinfo=UTC)
    assert members[0].capture.media_type == "text/xml"


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (chunked(FEED), [("Transfer-Encoding", "chunked")]),
        (gzip.compress(FEED), [("Content-Encoding", "gzip")]),
        (chunked(gzip.compress(FEED)), [("Transfer-Encoding", "chunked"), ("Content-Encoding", "gzip")]),
        (zlib.compress(FEED), [("Content-Encoding", "deflate")]),
        # Crawlers undo codings and leave the headers:
        (FEED, [("Transfer-Encoding", "chunked"), ("Content-Encoding", "gzip")]),
        (FEED, [("Content-Encoding", "br")]),
    ],
    ids=["chunked", "gzip", "chunked gzip", "deflate", "none of two", "none"],
)
def test_codings_are_undone(body, headers):
    (member,) = read(warc(response("https://a.test/feed", body, *headers)))
    assert (member.body, member.error) == (FEED, None)


def test_a_broken_coding_is_an_error_with_bytes():
    (member,) = read(warc(response("https://a.test/feed", gzip.compress(FEED)[:-20], ("Content-Encoding", "gzip"))))
    assert member.body
    assert "gzip" in str(member.error)


def test_a_body_that_is_too_long_is_cut_off():
    first, second = read(
        warc(response("https://a.test/a", FEED * 99), response("https://a.test/b", FEED)), max_bytes=100
    )
    assert len(first.body) == 100
    assert "longer than 100 bytes" in str(first.error)
    assert (second.body, second.error) == (FEED, None)


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        (b"Content-Length: ", b"Content-Length: x", "not a WARC record"),
        (b"WARC/1.0\r\n", b"WARK/1.0\r\n", "not a WARC record"),
        (b"WARC-Target-URI: https://a.test/1", b"WARC-No-URI: https://a.test/1", "not a WARC record"),
        (b"Content-Length: ", b"Content-Length: 9", ""),
    ],
)
def test_after_a_malformed_record_the_next_one_is_read(zipped, old, new, why):
    parts = [
        warc(response(f"https://a.test/{number}", FEED + bytes(str(number), "ascii")), zipped=False)
        for number in range(3)
    ]
    records = [part[part.index(b"WARC/1.0", 9) :] for part in parts]
    records[1] = records[1].replace(old, new, 1)
    content = b"".join(map(gzip.compress, records) if zipped else records)
    members = read(content)
    good = [each for each in members if not each.error]
    assert [each.name[-1] for each in good if each.body.endswith((b"0", b"2"))] == ["0", "2"]
    bad = [each for each in members if each.error]
    assert len(bad) == 1
    assert why in str(bad[0].error)
    assert b"WAR" in bad[0].body


def test_after_damaged_gzip_the_next_member_is_read():
    parts = [warc(response(f"https://a.test/{number}", FEED * 20)) for number in range(3)]
    damaged = bytearray(parts[1])
    at = damaged.rindex(b"\x1f\x8b\x08") + 200
    damaged[at : at + 40] = bytes(40)
    members = read(parts[0] + bytes(damaged) + parts[2])
    assert [each.name for each in members if not each.error] == ["https://a.test/0", "https://a.test/2"]
    (bad,) = (each for each in members if each.error)
    assert "gzip" in str(bad.error)
    assert bad.body


def test_a_file_that_is_cut_off():
    content = warc(response("https://a.test/0", FEED), response("https://a.test/1", FEED * 50))
    first, last = read(content[:-50])
    assert (first.body, first.error) == (FEED, None)
    assert "cut off" in str(last.error)


@pytest.mark.slow
def test_a_header_without_an_end_is_not_kept_in_memory():
    content = b"WARC/1.0\r\nX: " + b"x" * 5_000_000
    (member,) = read(content)
    assert "too long" in str(member.error)
    assert len(member.body) <= 1_000_000
    (member,) = read(b"WARC/1.0\r\n" + b"X: y\r\n" * 1_000_000)
    assert "too long" in str(member.error)


def test_memory_is_that_of_one_record(monkeypatch):
    monkeypatch.setattr(warcs, "HEADER_BYTES", 10_000)
    big = b"\0" * 30_000_000
    content = warc(
        ("https://a.test/a", big, [("Content-Type", "video/mp4")], "200 OK"),
        response("https://a.test/b", FEED),
        zipped=True,
    )
    first, second = read(content)
    assert (first.body, second.body) == (b"", FEED)
