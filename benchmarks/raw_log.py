"""The raw log: its bytes beside those of what was fetched, and what it costs a run and a stream."""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from html import escape
from pathlib import Path

import psutil

from benchmarks.lib.corpus import corpus_name, stories, write_drop
from benchmarks.lib.figures import Figure, scaled
from benchmarks.stream.speed import FLUSH_S, PRISM, rows, stream, wait_for
from newsbeam.transforms.records import Document, Poll, Polled, RawPack
from newsbeam.transforms.write.raw_log import RawLog, to_parquet
from newsbeam.transforms.write.store import Store
from testing.shared_data import shared_data

ENTRIES = 20  # of a feed
FEEDS = 400
STORIES = 4_000
PAIRS = 5
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def figures(scale: float = 1.0) -> Iterator[Figure]:
    """Yield the figures of the raw log."""
    packs = [
        _pack(f"https://example.org/{number}", feed) for number, feed in enumerate(_feeds(scaled(FEEDS, scale, 4)))
    ]
    note = f"{len(packs):,} feeds of {ENTRIES} stories of {corpus_name()}"
    if served := _feeds_as_served():
        as_served = f"a pack for each poll; {len(served)} real feeds of the public test data"
        yield Figure("raw_log.stream_bytes", _share(served), "<= 0.35", "share", as_served)
    yield Figure(
        "raw_log.stream_bytes_small", _share(packs), "", "share", f"a pack for each poll; {note}, without markup"
    )
    together = RawPack(tuple(found for pack in packs for found in pack.found))
    yield Figure("raw_log.run_bytes", _share([together]), "<= 0.35", "share", f"one pack; {note}")
    yield Figure("raw_log.append_ms", 1e3 * _append_s(packs), "", "ms", "of a pack of one feed, compressed and on disk")
    yield from _speed("run", _run, scale)
    if PRISM.is_file():
        yield from _speed("stream", _stream, scale)


def _feeds(number: int) -> Iterator[bytes]:
    texts = stories(number * ENTRIES)
    for feed in range(number):
        items = (
            f"<item><guid>tag:x,2026:{feed}-{entry}</guid><title>{escape(title)}</title>"
            f"<description>{escape(body)}</description></item>"
            for entry, (title, body) in enumerate(next(texts) for _ in range(ENTRIES))
        )
        yield f'<rss version="2.0"><channel><title>A feed</title>{"".join(items)}</channel></rss>'.encode()


def _feeds_as_served() -> list[RawPack]:
    data = shared_data()
    files = sorted((data / "feeds" / "real").iterdir()) if data else []
    return [_pack(f"https://example.org/{file.name}", file.read_bytes()) for file in files if file.is_file()]


def _pack(url: str, body: bytes) -> RawPack:
    poll = Poll(url, url, "A feed", NOON, "ok", 200, len(body), next_poll_at=NOON + timedelta(minutes=15))
    return RawPack((Polled(Document(url, body, NOON, "A feed", url, "text/xml", source_id=url), poll, 1),))


def _share(packs: Sequence[RawPack]) -> float:
    bodies = sum(len(each.value.body) for pack in packs for each in pack.found if isinstance(each, Polled))
    return sum(len(to_parquet(pack)) for pack in packs) / bodies


def _append_s(packs: Sequence[RawPack]) -> float:
    with tempfile.TemporaryDirectory(prefix="newsbeam-bench-") as folder:
        log = RawLog(Store(folder))
        started = time.perf_counter()
        for number, pack in enumerate(packs):
            log.append(f"host {number}", ("a", 0), pack)
        return (time.perf_counter() - started) / len(packs)


def _speed(what: str, measure: Callable[[Path], tuple[float, float]], scale: float) -> Iterator[Figure]:
    """Yield the ratios of runs, or of streams on Prism, without and with the log, one after the other."""
    number = scaled(STORIES, scale, 20)
    with tempfile.TemporaryDirectory(prefix="newsbeam-bench-") as name:
        folder = Path(name)
        config = write_drop(folder, number, entities=False)
        text = config.read_text()
        pairs = []
        for _ in range(scaled(PAIRS, scale, 1)):
            times = []
            for keep in ("null", "7d"):
                config.write_text(f"{text}\nraw: {{keep: {keep}}}\nstream: {{flush: {FLUSH_S}s}}\n")
                times.append(measure(config))
                shutil.rmtree(folder / "output")
            pairs.append(times)
    wall, cpu = (statistics.median(without[at] / with_log[at] for without, with_log in pairs) for at in (0, 1))
    note = f"{number:,} stories, entities off; median of {len(pairs)} pairs"
    yield Figure(f"raw_log.{what}_speed", wall, ">= 0.95", "x", note)
    yield Figure(f"raw_log.{what}_cpu", cpu, ">= 0.95", "x", f"CPU of all processes, without the log / with it; {note}")


def _run(config: Path) -> tuple[float, float]:
    """Return the seconds of a run: wall, and CPU of all its processes."""
    before, started = os.times(), time.perf_counter()
    newsbeam = str(Path(sys.executable).with_name("newsbeam"))
    subprocess.run([newsbeam, "run", str(config), "--quiet"], check=True)
    wall, after = time.perf_counter() - started, os.times()
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return wall, used


def _stream(config: Path) -> tuple[float, float]:
    """Return the seconds of a stream until each file of the drop has its poll: wall, and CPU of all its processes."""
    output, files = config.parent / "output", len(list((config.parent / "drop").iterdir()))
    started = time.perf_counter()
    with stream(config, output) as process:
        wait_for(lambda: rows(output, "polls") >= files, 900)
        return time.perf_counter() - started, sum(map(_cpu_s, (process, *process.children(recursive=True))))


def _cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)
