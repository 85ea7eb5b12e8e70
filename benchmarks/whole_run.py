"""The whole run, as a user starts it, against the entity model alone, one core, itself again, and a plain script."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import psutil
import pyarrow.dataset as ds

from benchmarks.corpus import corpus_name, write_drop
from benchmarks.figures import Figure
from newsbeam.transforms.enrich.batch import load_models
from newsbeam.transforms.enrich.entities import tag_texts
from newsbeam.transforms.pool import open_pool, worker_pool

STORIES = 10_000
PLAIN_STORIES = 2_000
MEMORY_STORIES = (2_000, 20_000)
MODEL = "en_core_web_sm"
CORES = 2


def figures(scale: float = 1.0) -> Iterator[Figure]:
    """Yield the figures of whole runs.

    Args:
        scale: Part of the stories to measure with; 1 is what the targets speak of.
    """
    with tempfile.TemporaryDirectory(prefix="newsbeam-bench-") as folder:
        yield from _speed(Path(folder, "speed"), int(STORIES * scale))
        yield from _against_plain_script(Path(folder, "plain"), int(PLAIN_STORIES * scale))
        yield from _memory(Path(folder), [int(number * scale) for number in MEMORY_STORIES])


def _speed(folder: Path, stories: int) -> Iterator[Figure]:
    config = write_drop(folder, stories)
    cores = _cores(CORES)
    note = f"{stories:,} stories of {corpus_name()}"
    first = _run(config, cores).seconds
    model = _model_alone(folder / "output", len(cores))
    again = _run(config, cores).seconds
    shutil.rmtree(folder / "output")
    one_core = _run(config, cores[:1]).seconds
    yield Figure("run.seconds", first, "", "s", f"{note}, {len(cores)} cores")
    yield Figure("run.model_alone_seconds", model, "", "s", f"the same unique paragraphs, {len(cores)} processes")
    yield Figure("run.against_model_alone", first / model, "<= 1.35", "x", note)
    yield Figure("run.two_cores_against_one", first / one_core, "<= 0.60", "x", note)
    yield Figure("run.second_against_first", again / first, "<= 0.10", "x", "the same input again")


def _against_plain_script(folder: Path, stories: int) -> Iterator[Figure]:
    config = write_drop(folder, stories)
    cores = _cores(CORES)
    ours = _run(config, cores).seconds
    script = Path(__file__).with_name("plain_script.py")
    plain = _measure([sys.executable, str(script), str(folder / "drop"), str(folder / "plain.parquet")], cores).seconds
    yield Figure("run.against_plain_script", plain / ours, ">= 2.0", "x", f"{stories:,} stories, {len(cores)} cores")


def _memory(folder: Path, sizes: Sequence[int]) -> Iterator[Figure]:
    peaks = []
    for size in sizes:
        config = write_drop(folder / f"memory-{size}", size, entities=False)
        peaks.append(_run(config, _cores(CORES)).peak_bytes)
        yield Figure(f"run.peak_mb_{size}", peaks[-1] / 1e6, "", "MB", "entities off; all processes together")
    yield Figure(
        "run.memory_growth", peaks[-1] / peaks[0], "<= 1.3", "x", f"{sizes[-1]:,} stories against {sizes[0]:,}"
    )


class _Measured:
    """How long a command took, and the most memory that it and its children had at once."""

    def __init__(self, seconds: float, peak_bytes: int):
        self.seconds = seconds
        self.peak_bytes = peak_bytes


def _run(config: Path, cores: Sequence[int]) -> _Measured:
    newsbeam = Path(sys.executable).with_name("newsbeam")
    return _measure([str(newsbeam), "run", str(config), "--quiet"], cores)


def _measure(command: Sequence[str], cores: Sequence[int]) -> _Measured:
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, preexec_fn=lambda: os.sched_setaffinity(0, cores))
    peak = 0
    while process.poll() is None:
        peak = max(peak, _memory_of(process.pid))
        time.sleep(0.05)
    seconds = time.perf_counter() - started
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with exit status {process.returncode}")
    return _Measured(seconds, peak)


def _memory_of(pid: int) -> int:
    """Return the resident bytes of a process and its children."""
    total = 0
    try:
        parent = psutil.Process(pid)
        for process in (parent, *parent.children(recursive=True)):
            total += process.memory_info().rss
    except psutil.Error:  # one has just ended
        pass
    return total


def _cores(number: int) -> list[int]:
    return sorted(os.sched_getaffinity(0))[:number]


def _model_alone(output: Path, processes: int) -> float:
    """Return the seconds that the loaded model takes for the canonical paragraphs of `output`."""
    rows = ds.dataset(output / "paragraphs", format="parquet", partitioning="hive")
    table = rows.to_table(columns=["text"], filter=ds.field("duplicate_of").is_null() & (ds.field("language") == "en"))
    texts = table["text"].to_pylist()
    batches = [texts[start : start + 200] for start in range(0, len(texts), 200)]
    with worker_pool(processes, partial(load_models, {"en": MODEL})):
        pool = open_pool()
        if pool is None:
            raise RuntimeError("needs two cores: newsbeam uses worker processes from two on")
        list(pool.executor.map(_tag, [["Warm up."]] * processes * 4))
        started = time.perf_counter()
        for _ in pool.executor.map(_tag, batches):
            pass
        return time.perf_counter() - started


def _tag(texts: Sequence[str]) -> int:
    return len(tag_texts(texts, MODEL))
