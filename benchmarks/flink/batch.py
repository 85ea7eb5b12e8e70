"""`newsbeam run` as one bounded job on a real Flink cluster: speed against a local run, memory, kills."""

import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import psutil

from benchmarks.lib.corpus import corpus_name, write_drop
from benchmarks.lib.figures import Figure, scaled
from testing.flink.cluster import FlinkCluster, prepare, wait
from tests.support.same_rows import RUN_DEPENDENT, SLICE_DEPENDENT, TABLES, rows_of

STORIES = 10_000
MEMORY_STORIES = (20_000, 200_000)
KILLED_RUNS, KILLED_STORIES = 30, 300
WORKERS = 2
RESTARTS = 3
SAMPLE_S = 0.1
OF_SLICES = RUN_DEPENDENT | SLICE_DEPENDENT | {"story_id"}
"""Columns of undated stories that a local run decides by its slices; tests compare them with those of one slice."""

IN_SLICES = f"without {', '.join(sorted(SLICE_DEPENDENT | {'story_id'}))}, which a local run decides slice by slice"


def figures(scale: float = 1.0) -> Iterator[Figure]:
    """Yield speed, memory and kills of bounded jobs."""
    with tempfile.TemporaryDirectory(prefix="newsbeam-bench-") as name:
        folder = Path(name)
        with FlinkCluster(folder / "speed", prepare(), workers_per_job=WORKERS, restarts=RESTARTS) as cluster:
            yield from _speed(cluster, folder, scaled(STORIES, scale, 20))
        yield from _memory(folder, [scaled(size, scale, 20) for size in MEMORY_STORIES])
        with FlinkCluster(folder / "kills", prepare(), restarts=RESTARTS) as cluster:
            yield from _kills(cluster, folder, scaled(KILLED_RUNS, scale, 2))


def _speed(cluster: FlinkCluster, folder: Path, stories: int) -> Iterator[Figure]:
    config = write_drop(folder / "drop", stories)
    note = f"{stories:,} stories of {corpus_name()}, entities on, {WORKERS} workers; one after the other"
    local = _seconds(config, folder / "local")
    job = _seconds(config, folder / "job", cluster.batch_arguments())
    again = _seconds(config, folder / "job", cluster.batch_arguments())
    yield Figure("batch.flink.seconds", job, "", "s", note)
    yield Figure("batch.flink.against_local", job / local, "<= 1.5", "x", f"the local run takes {local:.0f} s")
    yield Figure("batch.flink.unchanged_seconds", again, "", "s", "the same input again: what a job costs at least")
    yield Figure(
        "batch.flink.rows_that_differ", _different(folder / "job", folder / "local", OF_SLICES), "== 0", "", IN_SLICES
    )


def _memory(folder: Path, sizes: Sequence[int]) -> Iterator[Figure]:
    peaks = []
    for size in sizes:
        config = write_drop(folder / f"memory-{size}", size, entities=False, copies=True)
        with FlinkCluster(folder / f"cluster-{size}", prepare(), restarts=RESTARTS) as cluster, _Peak(cluster) as peak:
            _seconds(config, folder / f"memory-{size}" / "output", cluster.batch_arguments())
        peaks.append(peak.bytes)
        yield Figure(
            f"batch.flink.worker_mb_{len(peaks)}", peak.bytes / 1e6, "", "MB", f"{size:,} stories, entities off"
        )
        shutil.rmtree(folder / f"memory-{size}")
    yield Figure("batch.flink.memory_growth", peaks[-1] / peaks[0], "<= 1.2", "x", "the rows of many and few stories")


def _kills(cluster: FlinkCluster, folder: Path, runs: int) -> Iterator[Figure]:
    config = write_drop(folder / "killed", scaled(KILLED_STORIES, 1.0, 20), entities=False)
    _seconds(config, folder / "undisturbed")
    length = _seconds(config, folder / "job-undisturbed", cluster.batch_arguments())
    chance, different, repeated = random.Random(0), 0, 0
    for number in range(runs):
        output = folder / f"killed-{number}"
        ended = threading.Event()
        killer = threading.Thread(target=_kill, args=(cluster, number, chance.uniform(0, length / 2), ended))
        killer.start()
        failed = _newsbeam(config, output, cluster.batch_arguments())
        ended.set()
        killer.join()
        if failed:  # after the last restart; its owner runs it again
            repeated += 1
            _seconds(config, output, cluster.batch_arguments())
        different += _different(output, folder / "undisturbed")
        shutil.rmtree(output)
    note = f"{runs} jobs, workers or the task manager killed at a random moment of each; {repeated} were run again"
    yield Figure("batch.flink.kills_rows_that_differ", different, "== 0", "", note)


def _kill(cluster: FlinkCluster, number: int, after_s: float, ended: threading.Event) -> None:
    # Not before: the runner waits without end for a worker that dies before it has connected.
    wait(lambda: ended.is_set() or cluster.has_worked(), "a step to end", 600)
    ended.wait(after_s)
    if number % 2:
        cluster.kill_workers()
    else:
        cluster.kill_task_manager()
        cluster.start_task_manager()


def _seconds(config: Path, output: Path, options: Sequence[str] = ()) -> float:
    """Return how long a run takes; nothing else runs meanwhile."""
    started = time.perf_counter()
    if status := _newsbeam(config, output, options):
        raise RuntimeError(f"newsbeam run ended with exit status {status}")
    return time.perf_counter() - started


def _newsbeam(config: Path, output: Path, options: Sequence[str]) -> int:
    command = [str(Path(sys.executable).with_name("newsbeam")), "run", str(config), f"--output={output}", "--quiet"]
    return subprocess.run([*command, *options], check=False).returncode


def _different(output: Path, expected: Path, without: frozenset[str] = RUN_DEPENDENT) -> int:
    """Return how many rows only one of two outputs has; polls of a job that committed and ran again are not counted."""
    different = 0
    for table in TABLES:
        if table != "polls":
            found, wanted = (rows_of(each, table, without) for each in (output, expected))
            different += len(set(found) ^ set(wanted)) + abs(len(found) - len(wanted))
    return different


class _Peak:
    """The most memory that one Python worker of a cluster has, with the process that it starts."""

    def __init__(self, cluster: FlinkCluster):
        self.bytes = 0
        self._cluster = cluster
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> "_Peak":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._end.wait(SAMPLE_S):
            self.bytes = max([self.bytes, *map(_resident_bytes, self._cluster.workers())])


def _resident_bytes(pid: int) -> int:
    try:
        process = psutil.Process(pid)
        return sum(each.memory_info().rss for each in (process, *process.children(recursive=True)))
    except psutil.Error:  # it has just ended
        return 0
