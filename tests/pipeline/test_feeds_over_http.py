"""Feeds from a web server over several runs: validators and intervals in polls."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from newsbeam.pipeline.cli import main
from tests.support.outputs import json_feed, rows

ENTRY = ("2026-11-20T08:00:00Z", "<p>The first of the new ferries came into the harbour this morning.</p>")


MORE = "entities: {models: {}}\nfetch: {allow_networks: [127.0.0.0/8]}\n"


class FeedServer(ThreadingHTTPServer):
    """Serves one feed with an ETag, and notes what it was asked and how it answered."""

    body = b""
    etag = '"1"'
    headers: tuple[tuple[str, str], ...] = ()
    broken = 0

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers: list[tuple[str | None, int]] = []


class _Handler(BaseHTTPRequestHandler):
    server: FeedServer

    def do_GET(self) -> None:
        asked = self.headers.get("If-None-Match")
        status = self.server.broken or (304 if asked == self.server.etag else 200)
        self.server.answers.append((asked, status))
        self.send_response(status)
        self.send_header("ETag", self.server.etag)
        for name, value in self.server.headers:
            self.send_header(name, value)
        self.end_headers()
        if status == 200:
            self.wfile.write(self.server.body)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with FeedServer() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_what_is_not_new_is_not_read_again(tmp_path: Path, server: FeedServer) -> None:
    config = tmp_path / "config.yaml"
    url = f"http://127.0.0.1:{server.server_port}/feed.json"
    feed = f"{{url: '{url}', source: Web, poll: 10m}}"
    config.write_text(f"output: {tmp_path / 'output'}\nfeeds:\n  - {feed}\n{MORE}")

    def run(status: int = 0) -> None:
        assert main(["run", str(config), "--now", "--quiet", "--direct_num_workers=1"]) == status

    server.body = json_feed({"a": ENTRY}).encode()
    run()
    run()  # 304
    server.etag = '"2"'
    run()  # new validator, same bytes
    server.broken = 503
    run(3)  # 503
    server.broken = 0
    run()  # 304: the validators outlived the failure
    server.etag, server.body = (
        '"3"',
        json_feed({"a": (ENTRY[0], ENTRY[1] + "<p>It was late.</p>"), "b": ENTRY}).encode(),
    )
    run()
    statuses = [None, '"1"', '"1"', '"2"', '"2"', '"2"']
    assert server.answers == list(zip(statuses, [200, 304, 200, 503, 304, 200], strict=True))
    output = tmp_path / "output"
    polls = rows(output, "SELECT status, http_status, entries, entries_new FROM polls ORDER BY fetched_at")
    assert polls == [
        ("ok", 200, 1, 1),
        ("not_modified", 304, 0, 0),
        ("unchanged", 200, 0, 0),
        ("error", 503, 0, 0),
        ("not_modified", 304, 0, 0),
        ("ok", 200, 2, 1),
    ]
    assert rows(output, "SELECT guid, version FROM entries ORDER BY 1, 2") == [("a", 1), ("a", 2), ("b", 1)]
    waits = rows(output, "SELECT DISTINCT next_poll_at - fetched_at FROM polls WHERE status <> 'error'")
    assert [wait.total_seconds() for (wait,) in waits] == [600]


def polls(output: Path) -> list[tuple[str, str, str]]:
    """Return status, validators and hash, and what went wrong, of each poll in its order."""
    known = "concat_ws(' ', etag, substr(body_hash, 1, 2))"
    return rows(output, f"SELECT status, {known}, coalesce(error, '') FROM polls ORDER BY fetched_at")


@pytest.fixture
def run(tmp_path: Path, server: FeedServer, capsys: pytest.CaptureFixture[str]):
    """Run the pipeline with one feed, as the config has it, and return the exit status and what was printed."""

    def run(*options: str, feed: str = "", path: str = "feed") -> tuple[int, str]:
        config = tmp_path / "config.yaml"
        line = f"{{url: 'http://127.0.0.1:{server.server_port}/{path}', source: Web{feed}}}"
        config.write_text(f"output: {tmp_path / 'output'}\nfeeds:\n  - {line}\n{MORE}")
        status = main(["run", str(config), "--direct_num_workers=1", *options])
        captured = capsys.readouterr()
        return status, captured.out + captured.err

    return run


PAGE = b"<!DOCTYPE html><html><body><p>Please show that you are a person.</p></body></html>"


def test_a_page_in_place_of_a_feed_is_an_error_each_time_and_kept_once(tmp_path, server, run):
    server.body = json_feed({"a": ENTRY}).encode()
    run()
    server.etag, server.body = '"page"', PAGE
    for _ in range(3):
        status, printed = run()
        assert (status, "Failed" in printed, "an HTML page" in printed) == (0, True, True)
    server.etag, server.body = '"1"', json_feed({"a": ENTRY}).encode()
    run()
    assert [asked for asked, _ in server.answers] == [None, *['"1"'] * 4]
    found = polls(tmp_path / "output")
    assert [(status, error) for status, _, error in found] == [
        ("ok", ""),
        *[("error", "this is an HTML page, not a feed")] * 3,
        ("not_modified", ""),
    ]
    assert [known for _, known, _ in found[1:4]] == [""] * 3
    assert rows(tmp_path / "output", "SELECT payload, error FROM dead_letters") == [(PAGE, "NotAFeedError")]


def test_half_of_a_feed_is_read_and_its_validators_are_not_kept(tmp_path, server, run):
    whole = json_feed({"a": ENTRY, "b": ENTRY}).encode()
    server.body = whole[: whole.index(b'"b"') - 8]
    run()
    server.body = whole
    run()
    assert server.answers == [(None, 200), (None, 200)]
    assert [(status, error[:9]) for status, _, error in polls(tmp_path / "output")] == [
        ("error", "truncated"),
        ("ok", ""),
    ]
    assert rows(tmp_path / "output", "SELECT guid FROM entries ORDER BY 1") == [("a",), ("b",)]


@pytest.mark.parametrize("status", [410, 429, 503])
def test_a_retry_after_is_respected_unless_now_is_given(server, run, status):
    server.broken, server.headers = status, (("Retry-After", "3600"),)
    assert run()[0] == 3
    code, printed = run()
    assert (code, "0 failed, 1 not due" in printed) == (0, True)
    assert len(server.answers) == 1
    assert run("--now")[0] == 3
    assert len(server.answers) == 2


def test_each_run_asks_unless_an_interval_is_given(server, run):
    server.body = json_feed({"a": ENTRY}).encode()
    run()
    run()
    assert len(server.answers) == 2
    assert "1 not due" in run(feed=", poll: 10m")[1]
    assert len(server.answers) == 2


def test_nothing_from_any_source_is_an_exit_status_of_its_own(server, run):
    server.broken = 404
    status, printed = run("--quiet")
    assert status == 3
    assert printed.startswith("error: no source could be read:\nWeb (http://127.0.0.1:")
    assert "HTTP 404 Not Found" in printed


def test_a_password_and_keys_are_sent_and_written_nowhere(tmp_path, server, run, monkeypatch):
    monkeypatch.setenv("FEED_KEY", "s3cret")
    server.body = PAGE
    feed = ", auth: {user: me, password: '${FEED_KEY}'}, headers: {X-Key: '${FEED_KEY}'}, cookies: {id: '${FEED_KEY}'}"
    _, printed = run("--verbose", feed=feed)
    assert "s3cret" not in printed
    for file in (tmp_path / "output").rglob("*.parquet"):
        assert b"s3cret" not in file.read_bytes()
    assert not any(
        "s3cret" in str(row)
        for table in ("polls", "dead_letters")
        for row in rows(tmp_path / "output", f"FROM {table}")
    )
