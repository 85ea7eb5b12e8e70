"""The stream on this machine: paragraphs a second against a run, and seconds until a row can be read."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import duckdb
import psutil

from benchmarks.lib.corpus import corpus_name, write_drop
from benchmarks.lib.figures import Figure, scaled
from testing.feed_server import feed_server_process, write_config
from testing.stream_checks import Report, Watcher, latencies, missing_and_doubled

STORIES = 10_000
POLL_S, FLUSH_S, SECONDS = 1, 2, 120
NEWSBEAM = str(Path(sys.executable).with_name("newsbeam"))
PRISM = Path(sys.executable).with_name("prism")

Start = Callable[[Path, Path], AbstractContextManager[Any]]
"""From a config and an output to a stream that runs until the block ends."""


def figures(scale: float = 1.0) -> Iterator[Figure]:
    """Yield the figures of `newsbeam stream` on Prism; none where it is not built."""
    if not PRISM.is_file():
        return
    with tempfile.TemporaryDirectory(prefix="newsbeam-bench-") as folder:
        for entities in ("off", "on"):
            yield from speed_figures("prism", stream, Path(folder, entities), entities, scale)
        yield from _latency(Path(folder, "latency"), scaled(SECONDS, scale, 20))


def speed_figures(engine: str, start: Start, folder: Path, entities: str, scale: float) -> Iterator[Figure]:
    """Yield the speed of a stream, alone and against a run with the same input, entities "on" or "off"."""
    stories = scaled(STORIES, scale, 20)
    config = write_drop(folder, stories, entities == "on")
    config.write_text(config.read_text() + f"stream: {{flush: {FLUSH_S}s}}\n")
    started = time.monotonic()
    subprocess.run([NEWSBEAM, "run", str(config), "--quiet"], check=True)
    batch_s = time.monotonic() - started
    entries = rows(folder / "output", "entries")
    paragraphs = rows(folder / "output", "paragraphs")
    started = time.monotonic()
    with start(config, folder / "streamed"):
        wait_for(lambda: rows(folder / "streamed", "entries") >= entries, 900)
        stream_s = time.monotonic() - started
    note = f"{stories:,} stories of {corpus_name()}, with start-up: {stream_s:.0f} s, run {batch_s:.0f} s"
    name = f"stream.{engine}.entities_{entities}"
    yield Figure(f"{name}.paragraphs_per_second", paragraphs / stream_s, "", "paragraphs/s", note)
    yield Figure(f"{name}.speed_against_run", batch_s / stream_s, ">= 0.5" if entities == "on" else "", "x")


def _latency(folder: Path, seconds: int) -> Iterator[Figure]:
    folder.mkdir()
    log = folder / "log.jsonl"
    with feed_server_process(log, "--feeds", "20", "--rate", "2", "--update-after", "20", "40") as server:
        more = f"stream: {{flush: {FLUSH_S}s, tick: 1s}}\n"
        config = write_config(folder, server.urls, more=more)
        with Watcher(folder / "output") as watcher, stream(config, folder / "output"):
            time.sleep(seconds)
            until = time.time() - POLL_S - FLUSH_S - 5
    report = missing_and_doubled(folder / "output", log, until)
    yield from latency_figures("prism", watcher, log, report, f"20 feeds in {seconds} s")


def latency_figures(engine: str, watcher: Watcher, log: Path, report: Report, what: str) -> Iterator[Figure]:
    """Yield the seconds from an entry's appearance to its rows being readable, beyond those of poll and flush."""
    seconds = [each - POLL_S - FLUSH_S for each in latencies(watcher, log)]
    yield Figure(f"stream.{engine}.missing", report.missing, "== 0")
    yield Figure(f"stream.{engine}.doubled", report.doubled, "== 0")
    if not seconds:
        raise RuntimeError(f"no entry of {what} was readable before the stream ended")
    note = f"{len(seconds):,} entries of {what}, beyond {POLL_S} s poll and {FLUSH_S} s flush"
    yield Figure(f"stream.{engine}.latency_p95", seconds[int(len(seconds) * 0.95)], "<= 5", "s", note)


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
        TimeoutError: It isn't, after `seconds`.
    """
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            raise TimeoutError("the stream did not get there")
        time.sleep(0.5)
