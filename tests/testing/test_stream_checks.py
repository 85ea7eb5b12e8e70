"""What the checks of streaming tests find in an output that is right, and in ones that are not."""

import shutil
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from newsbeam.pipeline.cli import main
from testing.feed_server import FeedServer, write_config
from testing.published import Clock, ServedLog
from testing.stream_checks import Watcher, latencies, missing_and_doubled, most_at_once
from testing.wire_drop import DropWriter


@dataclass(frozen=True)
class Published:
    """An output of three runs while feeds and a wire published, a watcher of it, and the log."""

    output: Path
    log: Path
    watcher: Watcher


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Published:
    folder = tmp_path_factory.mktemp("published")
    clock, log = Clock(), folder / "log"
    watcher = Watcher(folder / "output", clock=clock)
    writer = DropWriter(folder / "drop", log, clock=clock)
    with FeedServer(log, feeds=6, window=20, clock=clock) as server:
        config = write_config(folder, server.urls, folder / "drop", settle="0s")
        for _ in range(3):
            clock.now += 30
            writer.step()
            assert main(["run", str(config), "--quiet", "--now", "--direct_num_workers=1"]) == 0
            clock.now += 5
            watcher.step()
    writer.finish()
    return Published(folder / "output", log, watcher)


@pytest.fixture
def broken(tmp_path: Path, published: Published) -> Path:
    """Return a copy of the output that a test may damage."""
    return Path(shutil.copytree(published.output, tmp_path / "output"))


@pytest.mark.slow
def test_runs_while_it_publishes(published: Published) -> None:
    report = missing_and_doubled(published.output, published.log)
    assert report.clean, report
    assert report.figures["entries due"] == report.figures["entries"] > 80
    assert report.figures["exact"] > 10
    assert report.figures["near"] > 10
    assert str(report).endswith("0 dead letters")


def test_an_output_without_files_misses_everything(tmp_path: Path, published: Published) -> None:
    report = missing_and_doubled(tmp_path, published.log)
    assert set(report.problems) == {"entries missing", "paragraphs missing"}
    assert len(report.problems["entries missing"]) == report.figures["entries due"] > 80
    assert report.missing > 250
    assert missing_and_doubled(tmp_path, published.log, until=Clock().now).clean  # nothing was due then


def files(output: Path, table: str) -> list[Path]:
    return sorted(output.glob(f"{table}/*/*.parquet"))


def edit(output: Path, table: str, sql: str) -> None:
    """Make one file of all of a table, with the rows that a query of the table leaves."""
    whole = output / "whole.parquet"
    paths = [str(path) for path in files(output, table)]
    with duckdb.connect() as database:
        database.read_parquet(paths, hive_partitioning=False).create_view(table)
        database.execute(f"COPY ({sql}) TO '{whole}'")
    whole.rename(paths[0])
    for path in paths[1:]:
        Path(path).unlink()


AN_ENTRY = "entry_id = (SELECT min(entry_id) FROM entries WHERE paragraph_count > 0)"
A_ROW = "paragraph_id = (SELECT min(paragraph_id) FROM paragraphs WHERE {})"
NAMED = A_ROW.format("paragraph_id IN (SELECT duplicate_of FROM paragraphs)")
UNNAMED = A_ROW.format(
    "duplicate_of IS NULL AND paragraph_id NOT IN (SELECT duplicate_of FROM paragraphs WHERE duplicate_of IS NOT NULL)"
)
EXACT, NEAR = A_ROW.format("duplicate_kind = 'exact'"), A_ROW.format("duplicate_kind = 'near'")
ALSO = "FROM {0} UNION ALL SELECT * REPLACE ({1}) FROM {0} WHERE {2}"
INSTEAD = "SELECT * REPLACE (if({1}, {2}, {0}) AS {0}) FROM paragraphs"

BROKEN = {
    "an entry dropped": (
        f"FROM entries WHERE NOT {AN_ENTRY}",
        {"entries missing", "paragraphs missing", "paragraphs that were not served"},
    ),
    "an entry twice": (
        f"FROM entries UNION ALL FROM entries WHERE {AN_ENTRY}",
        {"entries doubled", "versions doubled"},
    ),
    "an entry again as a new version": (
        ALSO.format("entries", "version + 7 AS version", AN_ENTRY),
        {"entries doubled"},
    ),
    "an entry of another": (
        ALSO.format("entries", "'x' AS entry_id, 'x' AS guid", AN_ENTRY),
        {"entries that were not served"},
    ),
    "a paragraph dropped": (f"FROM paragraphs WHERE NOT {UNNAMED}", {"paragraphs missing"}),
    "a canonical paragraph dropped": (
        f"FROM paragraphs WHERE NOT {NAMED}",
        {"paragraphs missing", "duplicates without a canonical row"},
    ),
    "a paragraph twice": (
        f"FROM paragraphs UNION ALL FROM paragraphs WHERE {UNNAMED}",
        {"paragraphs doubled", "paragraph_id twice"},
    ),
    "a paragraph twice with two ids": (
        ALSO.format("paragraphs", "'x' AS paragraph_id, 'x' AS fingerprint", UNNAMED),
        {"paragraphs doubled"},
    ),
    "a paragraph changed": (
        INSTEAD.format("text", UNNAMED, "text || ' And more.'"),
        {"paragraphs with another text"},
    ),
    "a paragraph too many": (
        ALSO.format("paragraphs", "'x' AS paragraph_id, 99 AS position, 'x' AS fingerprint", UNNAMED),
        {"paragraphs that were not served"},
    ),
    "a paragraph without an entry": (
        ALSO.format("paragraphs", "'x' AS paragraph_id, 'x' AS entry_id, 'x' AS fingerprint", UNNAMED),
        {"paragraphs that were not served"},
    ),
    "a duplicate of a duplicate": (
        INSTEAD.format("duplicate_of", NEAR, f"(SELECT paragraph_id FROM paragraphs WHERE {EXACT})"),
        {"duplicates without a canonical row"},
    ),
    "an exact duplicate that is none": (
        INSTEAD.format("fingerprint", EXACT, "'x'"),
        {"exact duplicates with another fingerprint"},
    ),
    "a near duplicate that is exact": (
        INSTEAD.format("duplicate_kind", EXACT, "'near'"),
        {"near duplicates with the same fingerprint"},
    ),
    "an exact duplicate not marked": (
        INSTEAD.format("duplicate_of", EXACT, "NULL"),
        {"two canonical rows of one text"},
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_what_is_wrong_in_rows_is_found(published: Published, broken: Path, case: str) -> None:
    sql, problems = BROKEN[case]
    edit(broken, "entries" if "FROM entries" in sql else "paragraphs", sql)
    report = missing_and_doubled(broken, published.log)
    assert set(report.problems) == problems, report


@pytest.mark.parametrize("table", ["entries", "paragraphs"])
def test_lost_and_doubled_files_are_found(published: Published, broken: Path, table: str) -> None:
    first, *_ = files(broken, table)
    shutil.copy(first, first.with_name("again.parquet"))
    doubled = missing_and_doubled(broken, published.log)
    first.with_name("again.parquet").unlink()
    first.unlink()
    missing = missing_and_doubled(broken, published.log)
    assert (doubled.missing, missing.doubled) == (0, 0)
    assert doubled.doubled > 10
    assert missing.missing > 10
    assert f"{table} missing" in str(missing)


def test_outside_the_window_a_text_may_be_canonical_again(published: Published, broken: Path) -> None:
    edit(broken, "paragraphs", INSTEAD.format("duplicate_of", EXACT, "NULL"))
    assert missing_and_doubled(broken, published.log, window=timedelta()).clean


def test_what_comes_after_may_be_there_or_not(published: Published) -> None:
    """Compared with what was due by the end of the first run, all that later runs wrote is possible."""
    report = missing_and_doubled(published.output, published.log, until=Clock().now + 31)
    assert report.clean, report
    assert 0 < report.figures["entries due"] < report.figures["entries"] / 2


def test_when_rows_became_readable(published: Published) -> None:
    seconds = latencies(published.watcher, published.log)
    assert (
        len(seconds)
        == len(published.watcher.readable)
        == missing_and_doubled(published.output, published.log).figures["entries"]
    )
    assert all(5 <= each <= 40.1 for each in seconds)
    assert not published.watcher.unreadable


def test_a_watcher_waits_for_every_paragraph_and_sees_what_is_not_whole(published: Published, tmp_path: Path) -> None:
    clock, output = Clock(), tmp_path / "output"
    watcher = Watcher(output, clock=clock)
    watcher.step()
    shutil.copytree(published.output / "entries", output / "entries")
    watcher.step()
    without_paragraphs = set(watcher.readable)
    assert all("Wire story" in title for title in without_paragraphs)  # kills
    clock.now += 7
    shutil.copytree(published.output / "paragraphs", output / "paragraphs")
    with watcher:
        pass
    assert set(watcher.readable) == set(published.watcher.readable)
    assert all((at == clock.now) == (title not in without_paragraphs) for title, at in watcher.readable.items())
    assert not watcher.unreadable
    first, *_ = files(output, "entries")
    first.write_bytes(first.read_bytes()[:100])
    watcher.step()
    assert [line.partition(":")[0] for line in watcher.unreadable] == [str(first)]


def test_how_many_answers_of_a_host_were_under_way_at_once(tmp_path: Path) -> None:
    log = ServedLog(tmp_path / "log")
    for host, started, time in (("a", 1, 4), ("a", 2, 3), ("a", 3, 6), ("a", 4, 5), ("b", 1, 9), (None, 1, 1)):
        log.answer("0", [], started=started, time=time, host=host)
    log.close()
    assert most_at_once(tmp_path / "log") == {"a": 2, "b": 1}
