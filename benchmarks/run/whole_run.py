"""The whole run, as a user starts it, against the entity model alone, one core, itself again, and a plain script."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

import psutil
import pyarrow.dataset as ds

from benchmarks.lib.corpus import corpus_name, write_drop
from benchmarks.lib.figures import Figure, scaled
from newsbeam.transforms.enrich.entities import tag_texts
from newsbeam.transforms.enrich.tag_batches import load_models
from newsbeam.transforms.runtime.workers import current_pool, worker_pool

STORIES = 10_000
PLAIN_STORIES = 2_000
MEMORY_STORIES = {"few": 2_000, "many": 20_000}
MODEL = "en_core_web_sm"
CORES = 2


def figures(scale: float = 1.0) -> Iterator[Figure]:
    """Yield the figures of whole runs."""
    with tempfile.TemporaryDirectory(prefix="newsbeam-bench-") as folder:
        yield from _speed(Path(folder, "speed"), scaled(STORIES, scale, 20))
        yield from _against_plain_script(Path(folder, "plain"), scaled(PLAIN_STORIES, scale, 20))
        yield from _memory(Path(folder), {name: scaled(number, scale, 20) for name, number in MEMORY_STORIES.items()})


def _speed(folder: Path, stories: int) -> Iterator[Figure]:
    config = write_drop(folder, stories)
    cores = _cores(CORES)
    note = f"{stories:,} stories of {corpus_name()}"
    first = _run_seconds(config, cores)
    model = _model_alone(folder / "output", len(cores))
    again = _run_seconds(config, cores)
    shutil.rmtree(folder / "output")
    one_core = _run_seconds(config, cores[:1])
    shutil.rmtree(folder / "output")
    # A second pair, some minutes later: a shared machine is not as fast at all times.
    first = (first + _run_seconds(config, cores)) / 2
    model = (model + _model_alone(folder / "output", len(cores))) / 2
    yield Figure("run.seconds", first, "", "s", f"{note}, {len(cores)} cores; mean of two runs")
    yield Figure("run.model_alone_seconds", model, "", "s", f"the same paragraphs, {len(cores)} processes; mean of two")
    yield Figure("run.against_model_alone", first / model, "<= 1.35", "x", note)
    yield Figure("run.two_cores_against_one", first / one_core, "<= 0.60", "x", note)
    yield Figure("run.second_against_first", again / first, "<= 0.10", "x", "the same input again")


def _against_plain_script(folder: Path, stories: int) -> Iterator[Figure]:
    config = write_drop(folder, stories)
    cores = _cores(CORES)
    ours = _run_seconds(config, cores)
    script = Path(__file__).with_name("plain_script.py")
    plain = _seconds([sys.executable, str(script), str(folder / "drop"), str(folder / "plain.parquet")], cores)
    yield Figure("run.against_plain_script", plain / ours, ">= 2.0", "x", f"{stories:,} stories, {len(cores)} cores")


def _memory(folder: Path, sizes: Mapping[str, int]) -> Iterator[Figure]:
    peaks = []
    for name, size in sizes.items():
        config = write_drop(folder / f"memory-{name}", size, entities=False)
        peaks.append(_peak_bytes(_newsbeam(config), _cores(CORES)))
        note = f"{size:,} stories, entities off; all processes together"
        yield Figure(f"run.peak_memory_{name}", peaks[-1] / 1e6, "", "MB", note)
    yield Figure("run.memory_growth", peaks[-1] / peaks[0], "<= 1.3", "x", "the rows of many and few stories")


def _run_seconds(config: Path, cores: Sequence[int]) -> float:
    return _seconds(_newsbeam(config), cores)


def _newsbeam(config: Path) -> list[str]:
    return [str(Path(sys.executable).with_name("newsbeam")), "run", str(config), "--quiet"]


def _seconds(command: Sequence[str], cores: Sequence[int]) -> float:
    """Return how long a command takes; nothing else runs meanwhile."""
    started = time.perf_counter()
    process = _start(command, cores)
    process.wait()
    return _checked(process, time.perf_counter() - started)


def _peak_bytes(command: Sequence[str], cores: Sequence[int]) -> float:
    """Return the most memory that a command and its children have at once, looked at 20 times a second."""
    process = _start(command, cores)
    peak = 0
    while process.poll() is None:
        peak = max(peak, _memory_of(process.pid))
        time.sleep(0.05)
    return _checked(process, peak)


def _start(command: Sequence[str], cores: Sequence[int]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, preexec_fn=lambda: os.sched_setaffinity(0, cores))


def _checked(process: subprocess.Popen[bytes], figure: float) -> float:
    if process.returncode:
        raise RuntimeError(f"{process.args!r} ended with exit status {process.returncode}")
    return figure


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
    """Return the seconds that the loaded model takes for the paragraphs of `output` that were tagged."""
    rows = ds.dataset(output / "paragraphs", format="parquet", partitioning="hive")
    exact = ds.field("duplicate_kind").is_valid() & (ds.field("duplicate_kind") == "exact")
    table = rows.to_table(columns=["text"], filter=~exact & (ds.field("language") == "en"))
    texts = table["text"].to_pylist()
    batches = [texts[start : start + 200] for start in range(0, len(texts), 200)]
    with worker_pool(processes, partial(load_models, {"en": MODEL})):
        _tag_all([["Warm up."]] * processes * 4)
        started = time.perf_counter()
        _tag_all(batches)
        return time.perf_counter() - started


def _tag_all(batches: Sequence[Sequence[str]]) -> None:
    pool = current_pool()
    for running in [pool.submit(_tag, batch) for batch in batches]:
        running.result()


def _tag(texts: Sequence[str]) -> int:
    return len(tag_texts(texts, MODEL))
