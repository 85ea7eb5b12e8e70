"""The table of runs: one row for each, whatever happens to it."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pyarrow.parquet as pq
import pytest

from newsbeam.transforms.write.compaction.compact import compact
from newsbeam.transforms.write.parquet import list_files
from newsbeam.transforms.write.run_record import DIED, SUBMITTED, ErrorCount, FailedSource
from newsbeam.transforms.write.runs import UNFINISHED, begin_run, end_run, settle_runs
from newsbeam.transforms.write.schema import versions_of
from newsbeam.transforms.write.store import Store
from tests.support.runs import a_run

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
RUN = a_run("20261124T120000aaaaaa", NOON)


def rows(store: Store) -> list[dict[str, object]]:
    found = []
    for name in list_files(store, "runs"):
        with store.open_read(name) as file:
            found += pq.ParquetFile(file).read().to_pylist()
    return found


def ended(run, **fields):
    return replace(run, ended_at=NOON + timedelta(minutes=1), outcome="done", exit_status=0, **fields)


def test_a_run_has_one_row_from_the_beginning_to_the_end(any_store: Store) -> None:
    begin_run(any_store, RUN, locked=True)
    (row,) = rows(any_store)
    assert (row["outcome"], row["ended_at"], row["sources"], row["failed"]) == ("running", None, None, [])
    failed = (FailedSource("Post", "https://a.example/rss", "HTTP 404"),)
    counted = {"entries_new": 3, "dead_letters": 2, "errors": (ErrorCount("ParseError", 2),), "failed": failed}
    end_run(any_store, ended(RUN, **counted))
    (row,) = rows(any_store)
    assert (row["outcome"], row["exit_status"], row["entries_new"]) == ("done", 0, 3)
    assert row["errors"] == [{"error": "ParseError", "dead_letters": 2}]
    assert row["failed"] == [{"source": "Post", "feed_url": "https://a.example/rss", "error": "HTTP 404"}]
    assert row["models"] == [{"language": "en", "model": "en_core_web_sm 3.8.0"}]
    assert not any_store.list(UNFINISHED)


def test_a_row_that_is_written_twice_is_there_once(any_store: Store) -> None:
    for _ in range(2):
        begin_run(any_store, RUN, locked=True)
        end_run(any_store, ended(RUN))
    assert len(rows(any_store)) == 1


def test_the_next_run_finds_that_one_died(any_store: Store) -> None:
    begin_run(any_store, RUN, locked=True)
    settle_runs(any_store)
    (row,) = rows(any_store)
    assert (row["outcome"], row["ended_at"], row["exit_status"]) == (DIED, None, None)
    assert not any_store.list(UNFINISHED)
    settle_runs(any_store)
    assert len(rows(any_store)) == 1


@pytest.mark.parametrize("locked", [True, False])
def test_what_a_cluster_runs_does_not_die_with_its_command(any_store: Store, locked: bool) -> None:
    begin_run(any_store, replace(RUN, outcome=SUBMITTED), locked=locked)
    settle_runs(any_store)
    assert [row["outcome"] for row in rows(any_store)] == [SUBMITTED]
    assert bool(any_store.list(UNFINISHED)) == (not locked)  # its command may still end, and write the row again


@pytest.mark.skipif(os.name != "posix", reason="on Windows a process can't be asked whether it lives")
def test_a_command_without_the_lock_that_was_killed_leaves_no_mark_for_good(store: Store) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    begin_run(store, replace(RUN, outcome=SUBMITTED), locked=False)
    (mark,) = store.list(UNFINISHED)
    alive = json.loads(store.read(mark))
    others = ({"host": "elsewhere.example"}, {"pids": "of another container"})
    for owner, remains in (*((other, True) for other in others), ({}, False)):
        with store.write(mark) as file:
            file.write(json.dumps(alive | {"pid": gone.pid} | owner).encode())
        settle_runs(store)
        assert bool(store.list(UNFINISHED)) == remains
    assert [row["outcome"] for row in rows(store)] == [SUBMITTED]  # the job itself may go on


@pytest.mark.parametrize("died_after", ["mark", "row", "second row"])
def test_a_command_that_dies_at_any_step_has_at_most_one_row(any_store: Store, died_after: str) -> None:
    begin_run(any_store, RUN, locked=True)
    (mark,) = any_store.list(UNFINISHED)
    if died_after == "mark":
        any_store.delete(list_files(any_store, "runs")[0])
    elif died_after == "second row":
        content = any_store.read(mark)
        end_run(any_store, ended(RUN))
        any_store.create(mark, content)
    settle_runs(any_store)
    outcomes = {"mark": [], "row": [DIED], "second row": ["done"]}
    assert [row["outcome"] for row in rows(any_store)] == outcomes[died_after]
    assert not any_store.list(UNFINISHED)


def test_a_compaction_leaves_the_rows_of_runs_that_go_on(any_store: Store) -> None:
    runs = [a_run(f"20261124T1200000{number:05}", NOON) for number in range(4)]
    for run in runs:
        begin_run(any_store, run, locked=True)
    for run in runs[1:]:
        end_run(any_store, ended(run))
    report = compact(any_store, date(2026, 11, 25), grace_s=0)
    assert [merged.files for merged in report.merged] == [3]
    assert report.left == {"its run has not ended": (f"runs/date=2026-11-24/run-{runs[0].run_id}.parquet",)}
    end_run(any_store, ended(runs[0]))
    assert sorted(str(row["run_id"]) for row in rows(any_store)) == [run.run_id for run in runs]


def test_a_merged_file_names_all_versions(store: Store) -> None:
    for number in range(2):
        begin_run(store, a_run(f"20261124T1200000{number:05}", NOON), locked=True)
        end_run(store, ended(a_run(f"20261124T1200000{number:05}", NOON)))
    (before, _) = list_files(store, "runs")
    with store.open_read(before) as file:
        versions = versions_of(pq.ParquetFile(file).schema_arrow)
    assert list(versions) == ["newsbeam"]
    compact(store, date(2026, 11, 25), grace_s=0)
    (merged,) = list_files(store, "runs")
    with store.open_read(merged) as file:
        assert versions_of(pq.ParquetFile(file).schema_arrow) == versions
