"""The stream on this machine: paragraphs a second against a run, and seconds until a row can be read."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import psutil

from benchmarks.corpus import corpus_name, write_drop
from benchmarks.figures import Figure
from tests.feed_server import feed_server_process, write_config
from tests.stream_checks import Watcher, latencies, missing_and_doubled

STORIES = {"off": 10_000, "on": 2_000}
POLL_S, FLUSH_S, SECONDS = 1, 2, 120
NEWSBEAM = str(Path(sys.executable).with_name("newsbeam"))
PRISM = Path(sys.executable).with_name("prism")


def figures() -> Iterator[Figure]:
    """Yield the figures of `newsbeam stream` on Prism; none where it is not built."""
    if not PRISM.is_file():
        return
    with tempfile.TemporaryDirectory(prefix="newsbeam-bench-") as folder:
        for entities, stories in STORIES.items():
            yield from _speed(Path(folder, entities), stories, entities == "on")
        yield from _latency(Path(folder, "latency"))


def _speed(folder: Path, stories: int, entities: bool) -> Iterator[Figure]:
    config = write_drop(folder, stories, entities)
    config.write_text(config.read_text() + f"stream: {{flush: {FLUSH_S}s}}\n")
    started = time.monotonic()
    subprocess.run([NEWSBEAM, "run", str(config), "--quiet"], check=True)
    batch_s = time.monotonic() - started
    entries = rows(folder / "output", "entries")
    paragraphs = rows(folder / "output", "paragraphs")
    started = time.monotonic()
    with stream(config, folder / "streamed"):
        wait_for(lambda: rows(folder / "streamed", "entries") >= entries, 600)
        stream_s = time.monotonic() - started
    note = f"{stories:,} stories of {corpus_name()}, with start-up: {stream_s:.0f} s, run {batch_s:.0f} s"
    name = f"stream.prism.entities_{'on' if entities else 'off'}"
    yield Figure(f"{name}.paragraphs_per_second", paragraphs / stream_s, "", "", note)
    yield Figure(f"{name}.speed_against_run", batch_s / stream_s, ">= 0.5" if entities else "", "x")


def _latency(folder: Path) -> Iterator[Figure]:
    folder.mkdir()
    log = folder / "log.jsonl"
    with feed_server_process(log, "--feeds", "20", "--rate", "2", "--update-after", "20", "40") as server:
        more = f"stream: {{flush: {FLUSH_S}s, tick: 1s}}\n"
        config = write_config(folder, server.urls, more=more)
        with Watcher(folder / "output") as watcher, stream(config, folder / "output"):
            time.sleep(SECONDS)
            until = time.time() - POLL_S - FLUSH_S - 5
    seconds = [each - POLL_S - FLUSH_S for each in latencies(watcher, log)]
    p95 = sorted(seconds)[int(len(seconds) * 0.95)] if seconds else float("inf")
    report = missing_and_doubled(folder / "output", log, until)
    note = f"{len(seconds):,} entries of 20 feeds in {SECONDS} s, beyond {POLL_S} s poll and {FLUSH_S} s flush"
    yield Figure("stream.prism.latency_p95", p95, "<= 5", "s", note)
    yield Figure("stream.prism.missing", report.missing, "== 0")
    yield Figure("stream.prism.doubled", report.doubled, "== 0")


@contextmanager
def stream(config: Path, output: Path) -> Iterator[psutil.Process]:
    """Run `newsbeam stream` until the block ends."""
    process = psutil.Popen(
        [NEWSBEAM, "stream", str(config), "--output", str(output)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=os.environ,
    )
    try:
        yield process
    finally:
        process.send_signal(2)
        try:
            process.wait(60)
        except psutil.TimeoutExpired:
            process.kill()


def rows(output: Path, table: str) -> int:
    """Return how many rows of a table have been written."""
    if not any((output / table).glob("date=*/*.parquet")):
        return 0
    [(found,)] = duckdb.sql(f"SELECT count(*) FROM read_parquet('{output}/{table}/*/*.parquet')").fetchall()
    return int(found)


def wait_for(condition: Callable[[], bool], seconds: float) -> None:
    """Wait until something is so.

    Raises:
        TimeoutError: It isn't, after so many seconds.
    """
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            raise TimeoutError("the stream did not get there")
        time.sleep(0.5)
