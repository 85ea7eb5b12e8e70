"""What a stream needs in memory: as it goes on and on, and for each paragraph that it remembers."""

import tempfile
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median
from typing import Any, Self

import psutil

from benchmarks.lib.figures import Figure, scaled
from benchmarks.stream.speed import PRISM, rows, stream, wait_for
from testing.feed_answers import render
from testing.feed_server import HOSTS, write_config
from testing.published import Version, story

FEEDS, ENTRIES_A_POLL = 4, 120
AHEAD = 4_000  # entries that are published and not written yet, at most
EARLY, LATE = 10_000, 100_000
WINDOW_S, FLUSH_S = 20, 5
LOOKS = 30  # one a second: several turns of the window, which make the indexes anew


def figures(scale: float = 1.0) -> Iterator[Figure]:
    """Yield what a stream on Prism needs late against early, where Prism is built; and what a paragraph needs."""
    if PRISM.is_file():
        with tempfile.TemporaryDirectory(prefix="newsbeam-bench-") as folder:
            yield from _late_against_early(Path(folder), scale)


def _late_against_early(folder: Path, scale: float) -> Iterator[Figure]:
    numbers, looks = [scaled(number, scale, 100) for number in (EARLY, LATE)], scaled(LOOKS, scale, 3)
    with _Site() as site:
        more = f"stream: {{tick: 1s, flush: {FLUSH_S}s}}\ndedup: {{window: {WINDOW_S}s}}\n"
        config = write_config(folder, site.urls, more=more)
        with stream(config, folder / "output") as process:
            (early, early_prism), (late, late_prism) = (
                _memory_after(number, looks, site, folder / "output", process) for number in numbers
            )
    note = f"after {numbers[1]:,} entries and {numbers[0]:,}: {late:.0f} MB with its processes, entities off"
    yield Figure("stream.memory_late_over_early", late / early, "<= 1.2", "x", note)
    yield Figure("stream.prism_memory_late_over_early", late_prism / early_prism, "", "x", f"{late_prism:.0f} MB")


def _memory_after(
    entries: int, number: int, site: "_Site", output: Path, process: psutil.Process
) -> tuple[float, float]:
    """Return the resident MB of a stream, and of its Prism, after `entries` have been written: the median of looks."""

    def written() -> bool:
        site.written = rows(output, "entries")
        return site.written >= entries

    wait_for(written, 1_200)
    looks = []
    for _ in range(number):
        written()
        looks.append(_resident_mb(process))
        time.sleep(1)
    return median(worker for worker, _ in looks), median(prism for _, prism in looks)


def _resident_mb(process: psutil.Process) -> tuple[float, float]:
    children = {each: each.name() for each in process.children()}
    prism = sum(each.memory_info().rss for each, name in children.items() if name == "prism")
    others = sum(each.memory_info().rss for each, name in children.items() if name != "prism")
    return (process.memory_info().rss + others) / 1e6, prism / 1e6


class _Site(ThreadingHTTPServer):
    """Feeds that show other entries at every poll, for as long as the reader keeps up.

    Attributes:
        written: Entries that the reader has written.
    """

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.written = 0
        self._published = 0
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self.serve_forever)

    @property
    def urls(self) -> list[str]:
        """The URLs of the feeds, at two hosts in turn."""
        return [f"http://{HOSTS[feed % 2]}:{self.server_port}/{feed}" for feed in range(FEEDS)]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *args: object) -> None:
        self.shutdown()
        self._thread.join()
        super().__exit__(*args)

    def feed(self, feed: int) -> tuple[str, str] | None:
        """Return what a feed shows now, and its media type; None for what it showed before."""
        with self._lock:
            first = self._published
            if first > self.written + AHEAD:
                return None
            self._published += ENTRIES_A_POLL
        now = time.time()
        return render(feed, [_report(feed, number, now) for number in range(first, first + ENTRIES_A_POLL)])


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Site

    def do_GET(self) -> None:
        shown = self.server.feed(int(self.path[1:]))
        body = shown[0].encode() if shown else b""
        self.send_response(200 if shown else 304)
        if shown:
            self.send_header("Content-Type", shown[1])
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


def _report(feed: int, number: int, now: float) -> Version:
    paragraphs = tuple(story(0, "report", number, number / 20))
    return Version(f"urn:newsbeam-bench:{number}", str(feed), f"Report {number}", 1, paragraphs, now, now)
