"""Feeds from a web server, run after run: what the polls remember."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from newsbeam.pipeline.cli import main
from tests.outputs import json_feed, rows

ENTRY = ("2026-11-20T08:00:00Z", "<p>The first of the new ferries came into the harbour this morning.</p>")


class FeedServer(ThreadingHTTPServer):
    """Serves one feed with an ETag, and notes what it was asked and how it answered."""

    body = b""
    etag = '"1"'
    broken = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers: list[tuple[str | None, int]] = []


class _Handler(BaseHTTPRequestHandler):
    server: FeedServer

    def do_GET(self) -> None:
        asked = self.headers.get("If-None-Match")
        status = 503 if self.server.broken else 304 if asked == self.server.etag else 200
        self.server.answers.append((asked, status))
        self.send_response(status)
        self.send_header("ETag", self.server.etag)
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
    config.write_text(f"output: {tmp_path / 'output'}\nfeeds:\n  - {feed}\nentities: {{models: {{}}}}\n")

    def run() -> None:
        assert main(["run", str(config), "--quiet", "--direct_num_workers=1"]) == 0

    server.body = json_feed({"a": ENTRY}).encode()
    run()
    run()  # 304
    server.etag = '"2"'
    run()  # new validator, same bytes
    server.broken = True
    run()  # 503
    server.broken = False
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
