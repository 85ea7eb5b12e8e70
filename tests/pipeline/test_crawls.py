"""Runs over the files of crawlers: feeds keep their own identity and time."""

import gzip
from pathlib import Path

from newsbeam.pipeline.cli import main
from tests.support.outputs import json_feed, rows

FEED = "https://a.test/feed"
STATES = [json_feed({"tag:a.test,2026:1": ("2026-11-01T00:00:00Z", f"<p>Words {word}.</p>")}) for word in ("b", "a")]
PAGE = "<!DOCTYPE html><html><body><p>A page.</p></body></html>"


def capture(second: int, url: str, body: str) -> bytes:
    block = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + body.encode()
    head = f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Date: 2026-11-20T10:00:{second:02}Z\r\nWARC-Target-URI: {url}\r\n"
    return head.encode() + b"Content-Length: %d\r\n\r\n%s\r\n\r\n" % (len(block), block)


def write_crawl(folder: Path, *captures: bytes) -> Path:
    (folder / "drop").mkdir(exist_ok=True)
    (folder / "drop" / "crawl.warc.gz").write_bytes(b"".join(map(gzip.compress, captures)))
    config = folder / "config.yaml"
    wire = "wires: [{path: drop, settle: 0s}]"
    config.write_text(f"output: {folder / 'output'}\n{wire}\nentities: {{models: {{}}}}\nslice: 1\n")
    return config


CAPTURES = capture(0, FEED, STATES[0]), capture(1, "https://a.test/1", PAGE), capture(2, FEED, STATES[1])


def test_the_versions_of_a_feed_in_a_crawl(tmp_path, capfd):
    assert main(["run", str(write_crawl(tmp_path, *CAPTURES)), "--direct_num_workers=1"]) == 0
    assert "1 response left out, not feeds or wire stories" in " ".join(capfd.readouterr().err.split())
    columns = "source, source_id, feed_url, version, second(fetched_at), date::VARCHAR"
    assert rows(tmp_path / "output", f"SELECT {columns} FROM entries ORDER BY version") == [
        ("A feed", "a.test/feed", FEED, 1, 0, "2026-11-20"),
        ("A feed", "a.test/feed", FEED, 2, 2, "2026-11-20"),
    ]
    texts = "SELECT text FROM paragraphs ORDER BY entry_version"
    assert rows(tmp_path / "output", texts) == [("Words b.",), ("Words a.",)]


def test_a_malformed_record_is_a_dead_letter_and_an_error_of_the_poll(tmp_path):
    malformed = capture(3, FEED, STATES[1]).replace(b"WARC/1", b"WARX")
    config = write_crawl(tmp_path, *CAPTURES, malformed, capture(4, FEED, STATES[0]))
    assert main(["run", str(config), "--direct_num_workers=1", "--quiet"]) == 0
    assert rows(tmp_path / "output", "SELECT error, payload[:4] FROM dead_letters") == [("ArchiveError", b"WARX")]
    assert rows(tmp_path / "output", "SELECT count(*) FROM entries") == [(3,)]
    ((error,),) = rows(tmp_path / "output", "SELECT error FROM polls WHERE status = 'error'")
    assert "not a WARC record" in error


def test_a_feed_that_can_not_be_parsed_is_an_error_of_the_poll_and_can_be_processed_again(tmp_path):
    config = write_crawl(tmp_path, capture(0, FEED, STATES[0][:-30]), capture(1, FEED, STATES[1]))
    assert main(["run", str(config), "--direct_num_workers=1", "--quiet"]) == 0
    ((error,),) = rows(tmp_path / "output", "SELECT error FROM polls WHERE status = 'error'")
    assert "not valid JSON" in error
    again = ["reprocess", str(tmp_path / "output"), "--config", str(config), "--quiet", "--direct_num_workers=1"]
    before = rows(tmp_path / "output", "SELECT entry_id, version, fetched_at FROM entries ORDER BY ALL")
    assert main([*again, "--dead-letters"]) == 0
    assert main(again) == 0
    assert rows(tmp_path / "output", "SELECT entry_id, version, fetched_at FROM entries ORDER BY ALL") == before
