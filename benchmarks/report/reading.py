"""A report, searches and alerts of 30 days of news: time, memory and size, each in a process of its own."""

import multiprocessing
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from subprocess import DEVNULL, Popen

from benchmarks.lib.corpus import corpus_name
from benchmarks.lib.figures import Figure, scaled
from benchmarks.report.rows import NOW, SOURCES, write_output

PARAGRAPHS = 1_000_000
REPEATS = 5
QUERIES = (["prices"], ["japan", "-trade"], ['"interest rates"'], ["oil", "--source", "Reuters"])


def figures(scale: float = 1.0) -> Iterator[Figure]:
    """Yield the figures of reports and searches."""
    with tempfile.TemporaryDirectory(prefix="newsbeam-bench-") as folder:
        output = Path(folder, "output")
        # In a process that ends: a new process begins with the peak of memory of the one that starts it.
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
            count = pool.submit(write_output, output, scaled(PARAGRAPHS, scale, 2_000)).result()
        note = f"{count:,} paragraphs of {corpus_name()}, {len(SOURCES)} sources, 30 days"
        yield from _reports(output, note)
        yield from _searches(output, note)
        yield from _watching(output, note)


def _reports(output: Path, note: str) -> Iterator[Figure]:
    for since, name, targets in (("30d", "month", ("<= 15", "<= 1.5", "<= 2")), ("24h", "day", ("", "", ""))):
        page = output.with_name(f"{name}.html")
        period = ["--since", since, "--until", NOW.isoformat()]
        run = _run("report", str(output), *period, "-o", str(page))
        about = f"a report of {since}, {run.cpu:.1f} s of CPU; {note}"
        yield Figure(f"report.{name}.seconds", run.seconds, targets[0], "s", about)
        yield Figure(f"report.{name}.peak", run.peak / 1e9, targets[1], "GB", "of the process")
        yield Figure(f"report.{name}.size", page.stat().st_size / 1e6, targets[2], "MB", "one file")


def _searches(output: Path, note: str) -> Iterator[Figure]:
    first = _run("search", str(output), *QUERIES[0])
    about = f"with indexing, {first.cpu:.1f} s of CPU; {note}"
    yield Figure("report.search.first", first.seconds, "<= 60", "s", about)
    yield Figure("report.search.peak", first.peak / 1e9, "", "GB", "while it is indexed")
    size = sum(file.stat().st_size for file in (output / "_search").rglob("*") if file.is_file())
    yield Figure("report.search.size", size / 1e6, "", "MB", "of the index")
    start = statistics.median(_run("--version").seconds for _ in range(REPEATS))
    later = [_run("search", str(output), *query).seconds for query in QUERIES for _ in range(REPEATS)]
    about = f"beyond the {start:.2f} s of `newsbeam --version`; median of {len(later)}"
    yield Figure("report.search.later", statistics.median(later) - start, "<= 0.5", "s", about)


def _watching(output: Path, note: str) -> Iterator[Figure]:
    """Yield what a scheduler waits for: the freshness of sources, and alerts on the last day of the rows."""
    fresh = _run("inspect", str(output), "--freshness")
    yield Figure("report.freshness", fresh.seconds, "", "s", f"of {len(SOURCES)} sources; {note}")
    config = output.with_name("alerts.yaml")
    hours = int((datetime.now(UTC) - NOW) / timedelta(hours=1)) + 24
    rules = (f"{{name: {name}, {rule}, max_age: {hours}h, command: {{run: ['true']}}}}" for name, rule in _RULES)
    config.write_text(
        f"output: {output}\nfeeds: [{{url: 'https://example.org/'}}]\nalerts: [{', '.join(rules)}]\n", encoding="utf-8"
    )
    first = _run("alert", str(config))
    about = f"{len(_RULES)} rules on the last day of {note}; {first.cpu:.1f} s of CPU, with what is sent"
    yield Figure("report.alerts.first", first.seconds, "", "s", about)
    again = _run("alert", str(config))
    yield Figure("report.alerts.again", again.seconds, "", "s", f"with nothing new; {again.cpu:.1f} s of CPU")
    yield Figure("report.alerts.peak", again.peak / 1e9, "", "GB", "of the process")


_RULES = (
    ("words", "words: ['interest rates -japan', '\"crude oil\"']"),
    ("names", "names: [Tokyo], topics: [sport]"),
    ("kills", "about: [kill, correction, dead_letter, silence]"),
)


@dataclass(frozen=True)
class _Run:
    """What a command took: seconds, seconds of CPU, and the peak of its memory in bytes."""

    seconds: float
    cpu: float
    peak: int


def _run(*arguments: str) -> _Run:
    """Run newsbeam.

    Raises:
        RuntimeError: It ended with another status than 0.
    """
    program = [sys.executable, "-c", "import sys; from newsbeam.pipeline.cli import main; sys.exit(main())"]
    started = time.perf_counter()
    process = Popen([*program, *arguments], stdout=DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"newsbeam {' '.join(arguments)} ended with status {process.returncode}")
    peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return _Run(time.perf_counter() - started, usage.ru_utime + usage.ru_stime, peak)
