"""An hour of a stream on a real Flink cluster with faults of every kind: `make soak`.

Feeds that hang, fail, truncate and reset; workers, task managers, the job and the job manager killed; stops with a
savepoint; an output that refuses to be written for a while. Then: is all that was served written, and nothing twice?
"""

import random
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from statistics import mean

import psutil

from benchmarks.lib.figures import Figure
from testing.feed_answers import FAULTS
from testing.feed_server import Control
from testing.flink.cluster import FlinkCluster, prepare
from testing.flink.news import KILLS, NewsRun

FEEDS = 20
SHOWN_S = 160.0
"""Longer than the restarts and faults of several events in a row."""

WINDOW = timedelta(minutes=12)
"""Longer than a feed shows an entry, which would be looked up in the output else; a quarter of the hour at most."""

CONFIG = "stream: {flush: 5s, tick: 1s}\nfetch: {timeout: 3s}\nentities: {models: {en: en_core_web_sm}}\n"
EVENTS = (*KILLS, *KILLS, "upgrade", "feeds", "feeds", "feeds", "output")
QUIET_S = 12.0, 60.0
LEFT_S = 400.0
"""How long a file of the newswire stays in its folder, as if it was tidied: the state knows the files there are."""

MINUTES, LEAST = 60.0, 4.0


def figures(scale: float = 1.0) -> Iterator[Figure]:
    """Yield the figures of an hour."""
    folder = tempfile.mkdtemp(prefix="newsbeam-soak-")
    print(f"what it writes stays in {folder}", flush=True)
    yield from soak(Path(folder), max(LEAST, MINUTES * scale))


def soak(folder: Path, minutes: float, seed: int = 1) -> Iterator[Figure]:
    """Yield the figures of a stream of this many minutes."""
    chance, happened = random.Random(seed), Counter[str]()
    with FlinkCluster(folder / "flink", prepare(), state_backend="rocksdb", workers_per_job=2) as cluster:
        news = NewsRun(cluster, folder / "news", CONFIG, window=WINDOW)
        with news.publishing(feeds=FEEDS, per_second=2.0, drop_per_second=0.3, shown_s=SHOWN_S) as server:
            news.submit()
            begun = time.time()
            end, next_event = begun + 60 * minutes, begun + 20
            sizes: list[tuple[float, int]] = []
            doubled = 0
            while time.time() < end:
                time.sleep(5)
                sizes += _size(news, begun)
                _tidy(folder / "news/drop")
                if time.time() > next_event:
                    event = chance.choice(EVENTS)
                    happened[event] += 1
                    _cause(event, news, server, chance)
                    next_event = time.time() + chance.uniform(*QUIET_S)
                    seen = news.report(time.time() - 60)
                    doubled += seen.doubled
                    print(f"{time.time() - begun:6.0f} s  {event:13} {seen}", flush=True)
            report = news.settle(180)
            memory = max(_memory(pid) for pid in cluster.workers())
        news.end()
    print(report)
    events = ", ".join(f"{number} x {event}" for event, number in sorted(happened.items()))
    yield Figure("soak.missing", report.missing, "== 0", "", f"{minutes:.0f} minutes: {events}")
    yield Figure("soak.doubled", report.doubled, "== 0")
    yield Figure("soak.doubled_meanwhile", doubled, "== 0", "", "seen by a reader right after each of these")
    yield Figure("soak.problems", sum(map(len, report.problems.values())), "== 0")
    for name, number in report.figures.items():
        yield Figure(f"soak.{name.replace(' ', '_')}", number)
    second, last = (_quarter(sizes, 60 * minutes, number) for number in (1, 3))
    yield Figure("soak.checkpoints_last_over_second_quarter", last / second, "<= 1.1", "x", f"{last / 1e6:.2f} MB")
    yield Figure("soak.worker_memory", memory / 1e6, "", "MB", "the larger Python worker, without its tagging process")


def _cause(event: str, news: NewsRun, server: Control, chance: random.Random) -> None:
    if event == "feeds":
        for fault in chance.sample(FAULTS, 3):
            server.fault(fault, chance.sample(range(FEEDS), 4), chance.uniform(5, 20))
    elif event == "upgrade":
        news.upgrade()
    elif event == "output":
        with news.refusing():
            time.sleep(chance.uniform(3, 15))
    else:
        news.kill(event)


def _size(news: NewsRun, begun: float) -> list[tuple[float, int]]:
    """Return when the last checkpoint was, in seconds since the beginning, and its bytes."""
    sizes = news.cluster.checkpoint_sizes(news.job)[-1:]
    return [(time.time() - begun, size) for size in sizes]


def _quarter(sizes: list[tuple[float, int]], seconds: float, number: int) -> float:
    return mean(size for at, size in sizes if number <= at / seconds * 4 < number + 1)


def _tidy(drop: Path) -> None:
    for path in drop.iterdir():
        with suppress(FileNotFoundError):
            if path.stat().st_mtime < time.time() - LEFT_S:
                path.unlink()


def _memory(pid: int) -> int:
    return int(psutil.Process(pid).memory_info().rss)
