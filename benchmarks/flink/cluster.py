"""The stream on a real Flink cluster: kills, checkpoints, seconds until a row can be read, speed against a run.

They take more than an hour and need Java and Maven: `make bench-flink`.
"""

import random
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import cycle, islice
from pathlib import Path
from statistics import mean

from benchmarks.lib.figures import Figure, scaled
from benchmarks.stream.speed import FLUSH_S, latency_figures, speed_figures
from testing.flink.cluster import FlinkCluster, prepare
from testing.flink.news import KILLS, NewsRun
from testing.stream_checks import Watcher

RUNS = 30
TICKS = 2_000
WINDOW = timedelta(minutes=4)
"""Short, so that what leaves the window is as much as what comes for most of the ticks."""


def speed(scale: float = 1.0) -> Iterator[Figure]:
    """Yield the speed of `newsbeam stream` on Flink."""
    with tempfile.TemporaryDirectory(prefix="newsbeam-bench-") as folder:
        for entities in ("off", "on"):
            with FlinkCluster(Path(folder, f"cluster-{entities}"), prepare(), workers_per_job=2) as cluster:
                yield from _speed(cluster, Path(folder, f"speed-{entities}"), entities, scale)


def ticks(scale: float = 1.0) -> Iterator[Figure]:
    """Yield what checkpoints need as time passes, and the seconds until a row can be read."""
    with (
        tempfile.TemporaryDirectory(prefix="newsbeam-bench-") as folder,
        FlinkCluster(Path(folder, "cluster"), prepare()) as cluster,
    ):
        yield from _ticks(cluster, Path(folder, "ticks"), scaled(TICKS, scale, 60))


def kills(scale: float = 1.0) -> Iterator[Figure]:
    """Yield what is missing and doubled after kills."""
    with tempfile.TemporaryDirectory(prefix="newsbeam-bench-") as folder:
        yield from _kills(Path(folder), prepare(), scaled(RUNS, scale, 2))


def _speed(cluster: FlinkCluster, folder: Path, entities: str, scale: float) -> Iterator[Figure]:
    @contextmanager
    def start(config: Path, output: Path) -> Iterator[None]:
        news = NewsRun(cluster, folder / "news")
        news.config, news.output = config, output
        news.submit()
        try:
            yield
        finally:
            news.end()

    yield from speed_figures("flink", start, folder, entities, scale)


def _ticks(cluster: FlinkCluster, folder: Path, number: int) -> Iterator[Figure]:
    """Measure ticks, a second each, without a fault."""
    more = f"stream: {{flush: {FLUSH_S}s, tick: 1s}}\n"
    news = NewsRun(cluster, folder, more, window=WINDOW)
    with news.publishing(feeds=20, per_second=2.0, drop_per_second=0), Watcher(news.output) as watcher:
        news.submit()
        time.sleep(number)
        sizes = cluster.checkpoint_sizes(news.job)
        report = news.settle()
    news.end()
    second, last = (mean(sizes[len(sizes) * quarter // 4 : len(sizes) * (quarter + 1) // 4]) for quarter in (1, 3))
    note = f"{len(sizes):,} checkpoints in {number:,} ticks, {last / 1e6:.2f} MB in the last quarter"
    yield Figure("stream.flink.checkpoints_last_over_second_quarter", last / second, "<= 1.1", "x", note)
    yield from latency_figures("flink", watcher, news.log, report, f"20 feeds, {number:,} s")


def _kills(folder: Path, jars: Path, runs: int) -> Iterator[Figure]:
    """Kill something in each run, half of them with each state backend, and stop each with a savepoint."""
    chance, missing, doubled, rows = random.Random(0), 0, 0, 0
    for backend in ("hashmap", "rocksdb"):
        with FlinkCluster(folder / backend, jars, state_backend=backend) as cluster:
            for number, what in enumerate(islice(cycle(KILLS), runs // 2)):
                news = NewsRun(cluster, folder / f"{backend}-{number}")
                report = news.survive(what, chance.uniform(0, 15), chance.uniform(0, 8))
                news.end()
                print(f"{backend} {number} {what}: {report}", flush=True)
                missing, doubled = missing + report.missing, doubled + report.doubled
                rows += report.figures["entries"] + report.figures["paragraphs"]
    note = (
        f"{runs // 2 * 2} runs, one of {', '.join(KILLS)} killed in each, then stopped with a savepoint; {rows:,} rows"
    )
    yield Figure("stream.flink.kills_missing", missing, "== 0", "", note)
    yield Figure("stream.flink.kills_doubled", doubled, "== 0")
