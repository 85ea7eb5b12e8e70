"""`newsbeam stream` on a real Flink cluster: the rows of a run, through kills, poison and a failing output."""

import io
import os
import random
import re
import subprocess
import time
import tokenize
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from testing.flink.cluster import FlinkCluster, wait
from testing.flink.news import STREAM, NewsRun
from testing.published import POISON
from tests.pipeline.test_stream import LONG_AGO, PRISM, assert_same_rows, command, run, stream_in_process, write_input
from tests.support.outputs import ALL_ENTRIES, ALL_ROWS, rows

pytestmark = [pytest.mark.slow, pytest.mark.flink]

Start = Callable[..., NewsRun]


@pytest.fixture
def start(cluster: FlinkCluster, tmp_path: Path) -> Iterator[Start]:
    """Make a run on the cluster that ends with the test."""
    runs = []

    def make(more: str = STREAM, **arguments: object) -> NewsRun:
        runs.append(NewsRun(cluster, tmp_path / "news", more, **arguments))
        return runs[-1]

    yield make
    for each in runs:
        each.end()


def test_the_rows_of_a_run_on_every_engine(start: Start, tmp_path: Path) -> None:
    config = write_input(tmp_path / "input")
    expected = tmp_path / "expected"
    run(config, expected)

    stream_in_process(config, tmp_path / "in process", bootstrap=True)
    assert_same_rows(tmp_path / "in process", expected)

    if PRISM.exists():
        subprocess.run([*command(config, "--quiet", "--stop-after=2"), f"--output={tmp_path / 'prism'}"], check=True)
        assert_same_rows(tmp_path / "prism", expected)

    news = start()
    news.config, news.output = config, Path(os.path.relpath(tmp_path / "flink"))  # from here, not from the workers
    news.submit()
    wait(lambda: _has_rows_of(news.output, expected), "the rows of a run", 60)
    assert_same_rows(news.output, expected)
    assert_metrics(news)
    # Another stream without state on the same output: it knows what is written and adds what is new.
    news.end()
    polls = len(rows(news.output, "FROM polls"))
    news.submit("--warm-start")
    later = tmp_path / "input/drop/later.txt"
    later.write_text("A later story\n\nThe last ship came in after the agency had closed.\n")
    os.utime(later, LONG_AGO)
    run(config, expected)
    wait(lambda: _has_rows_of(news.output, expected), "the later story", 60)
    time.sleep(3)
    assert_same_rows(news.output, expected)
    assert len(rows(news.output, "FROM polls")) == polls + 1


def _has_rows_of(output: Path, expected: Path) -> bool:
    return (output / "entries").exists() and all(
        len(rows(output, query)) >= len(rows(expected, query)) for query in (ALL_ENTRIES, ALL_ROWS)
    )


def assert_metrics(news: NewsRun) -> None:
    """Check Flink's metrics by the names that the dashboard uses."""
    [(entries, newest)] = rows(news.output, "SELECT count(*), epoch(max(fetched_at))::BIGINT FROM entries")
    dead = rows(news.output, "SELECT stage || '_' || error, count(*) FROM dead_letters WHERE NOT repaired GROUP BY 1")
    kinds = rows(news.output, "SELECT coalesce(duplicate_kind, 'new'), count(*) FROM paragraphs GROUP BY 1")
    expected = {
        "rows_written_entries": entries,
        **{f"dead_letters_{name}": number for name, number in dead},
        **{f"paragraphs_{kind}": number for kind, number in kinds},
    }
    job, cluster = news.job, news.cluster
    wait(lambda: expected.items() <= cluster.metrics(job).items(), f"the metrics {expected}", 30)
    latest = cluster.metrics(job, "max")
    assert abs(latest["newest_row_at"] - newest) <= 1
    assert latest["state_entries_latest"] > 0


@pytest.mark.parametrize(
    ("cluster", "what"),
    [
        ("hashmap", "workers"),
        ("hashmap", "job manager"),
        ("rocksdb", "task manager"),
        ("rocksdb", "job"),
        ("rocksdb", "frozen task manager"),
        ("hashmap", "frozen task manager"),
    ],
    indirect=["cluster"],
)
def test_killed_at_a_random_moment_then_stopped_with_a_savepoint(start: Start, what: str) -> None:
    report = start().survive(what, random.uniform(1, 12), random.uniform(0, 6))
    assert report.clean, report
    assert report.figures["entries due"] > 50


def test_a_savepoint_is_restored_by_a_new_version_of_the_code(start: Start, code: Path, python_path: str) -> None:
    """The new version has an additional step, which marks each entry, and other names for all stateful classes."""
    news = start(environment={"PYTHONPATH": python_path})
    with news.publishing():
        news.submit()
        wait((news.output / "entries").exists, "rows", 60)
        time.sleep(5)
        before = {path: path.read_text() for path in (code / "newsbeam").rglob("*.py")}
        rewrite(code / "newsbeam")
        try:
            news.upgrade()
            time.sleep(8)
            report = news.settle()
        finally:
            news.end()
            (code / MOVED).unlink()
            for path, text in before.items():
                path.write_text(text)
    assert report.clean, report
    marks = rows(news.output, "SELECT ednote, count(*) FROM entries WHERE source = 'Feeds' GROUP BY ALL ORDER BY ALL")
    assert [mark for mark, _ in marks] == ["by the new version", None]
    assert min(number for _, number in marks) > 10


STATEFUL = frozenset(
    {
        "IndexHeader",
        "Totals",
        "PendingPoll",
        "CommitState",
        "WriteUnit",
        "KnownEntry",
        "OrderHeader",
        "Numbering",
        "BagInfo",
        "KnownParagraph",
        "Poll",
        "PollTotals",
        "FeedState",
    }
    | {
        "KeyedIndex",
        "KeyedIndexFn",
        "InOrder",
        "PartitionIndex",
        "_NumberFn",
        "_SearchFn",
        "_DecideFn",
        "_CommitPollsFn",
        "_WriteFn",
        "_PollFn",
    }
)
MODULE, MOVED = "newsbeam/transforms/dedup/keyed_index.py", "newsbeam/transforms/dedup/moved.py"


def rewrite(package: Path) -> None:
    """Add a step, rename the classes that are in state, and move one of their modules."""
    graph = package / "pipeline/graph.py"
    before = graph.read_text()
    after = before.replace('| "RelateStories" >>', '| "Mark" >> beam.Map(mark) | "RelateStories" >>')
    assert after != before
    graph.write_text(f"{after}{MARK}")
    for path in package.rglob("*.py"):
        path.write_text(renamed(re.sub(r"dedup\.keyed_index\b", "dedup.moved", path.read_text())))
    (package.parent / MODULE).rename(package.parent / MOVED)


def renamed(text: str) -> str:
    """Return a module with other names for the stateful classes; labels are strings and stay."""
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return tokenize.untokenize(
        (each.type, f"{each.string}Renamed" if each.type == tokenize.NAME and each.string in STATEFUL else each.string)
        for each in tokens
    )


MARK = """

def mark(story):
    from dataclasses import replace

    return replace(story, entry=replace(story.entry, ednote="by the new version"))
"""


def test_poison_is_a_dead_letter_and_rows_that_an_output_refused_are_written(start: Start, python_path: str) -> None:
    more = f"entities: {{models: {{en: deadly_model}}}}\n{STREAM}"
    news = start(more, environment={"PYTHONPATH": python_path})
    with news.publishing() as server:
        news.submit()
        wait((news.output / "entries").exists, "rows", 60)
        server.poison(1)
        time.sleep(3)
        before = news.cluster.last_restart(news.job)
        with news.refusing():
            wait(lambda: news.cluster.last_restart(news.job) > before, "a bundle that fails", 60)
            server.poison(2)
            time.sleep(5)
        report = news.settle()
        # They are in files of their own, which can come after those of the stories.
        crashed = [("enrich", "WorkerCrashedError")] * 2
        wait((news.output / "dead_letters").exists, "dead letters", 60)
        wait(lambda: rows(news.output, "SELECT stage, error FROM dead_letters") == crashed, "both dead letters", 60)
    assert report.clean, report
    tagged = rows(news.output, f"SELECT count(*) FROM paragraphs WHERE contains(text, '{POISON}')")
    assert tagged == [(2,)]
