"""Compaction; and, run as a program (`python -m tests.write.test_compact ...`), the one that is killed."""

import glob
import itertools
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from newsbeam.transforms.dedup.paragraphs import current_keys
from newsbeam.transforms.ids import digest
from newsbeam.transforms.records import DeadLetter, Poll, StoryMerge
from newsbeam.transforms.write import parquet, schema
from newsbeam.transforms.write.alert_ledger import record
from newsbeam.transforms.write.alert_record import AlertState
from newsbeam.transforms.write.commit import commit, recover, stage
from newsbeam.transforms.write.compaction import compact as compact_module
from newsbeam.transforms.write.compaction import merge, swap
from newsbeam.transforms.write.compaction.compact import CompactionReport, Merged, compact, in_row_groups, worth_merging
from newsbeam.transforms.write.compaction.swap import CompactionLockedError, compaction_lock, finish_compaction
from newsbeam.transforms.write.lookup.lookups import known_entries, known_paragraphs, known_polls
from newsbeam.transforms.write.rows import slice_tables
from newsbeam.transforms.write.runs import begin_run, end_run
from newsbeam.transforms.write.store import Store
from tests.support.runs import a_run
from tests.write.kills import die_at, fork

ROOT = Path(__file__).parents[2]
FIRST = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
TODAY = date(2026, 11, 24)
FEED = "https://example.org/rss.xml"
DAY = "entries/date=2026-11-20"

needs_exchange = pytest.mark.skipif(sys.platform != "linux", reason="renameat2 is Linux's")


@pytest.fixture(autouse=True)
def no_fsync(monkeypatch: pytest.MonkeyPatch) -> None:
    """Don't wait for the disk."""
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)


@pytest.fixture(params=["can exchange", "can't"])
def every_store(request: pytest.FixtureRequest, any_store: Store, monkeypatch: pytest.MonkeyPatch) -> Store:
    """An output in a folder or an object store; the folder also as if its file system couldn't exchange folders."""
    if request.param == "can't":
        if not any_store.local:
            pytest.skip("no object store can")
        monkeypatch.setattr(compact_module, "can_exchange", lambda store: False)
    return any_store


@pytest.fixture
def write(make_story) -> Callable[..., str]:
    return lambda store, number, when=FIRST, name="": _write(make_story, store, number, when, name)


def _write(make_story: Callable[..., Any], store: Store, number: int, when: datetime, name: str) -> str:
    """Commit a slice of two stories, a poll and a dead letter; return what its files are called."""
    texts = (f"Paragraph {number}.", "One that comes again.", "")
    stories = [make_story(f"{number}-{each}", texts, fetched_at=when, published=when) for each in "ab"]
    joined = StoryMerge(f"b{number}", "a", when, stories[0].entry.entry_id, 1)
    tables = slice_tables(
        [
            ("paragraphs", schema.paragraph_table(stories)),
            ("entries", schema.entry_table(stories)),
            ("story_merges", schema.merge_table([replace(stories[0], merges=(joined,))])),
            ("polls", schema.poll_table([Poll(FEED, FEED, "Example", when + timedelta(seconds=number), "ok")])),
            ("dead_letters", schema.dead_letter_table([DeadLetter("parse", "E", "m", "s", "u", when, b"\x00<")])),
        ]
    )
    name = name or digest(str(number), when.isoformat())
    commit(store, stage(store, name, tables))
    return name


def _write_run(store: Store, number: int, when: datetime = FIRST) -> None:
    run = a_run(f"{when:%Y%m%d}T{number:06}", when)
    begin_run(store, run, locked=True)
    end_run(store, run)
    record(store, [AlertState(f"a{number}", "kills", "kill", "webhook", "sent", when)])


def _compact(store: Store, before: date = TODAY, **options: Any) -> CompactionReport:
    return compact(store, before, **{"grace_s": 0, **options})


def _files(store: Store, folder: str = "") -> list[str]:
    return [name for name in store.list(folder) if not name.startswith("_")]


def _rows(store: Store, table: str) -> pa.Table:
    """Return the rows of a table as readers see them, null in columns that a file lacks, sorted."""
    parts = []
    for name in parquet.list_files(store, table):
        with store.open_read(name) as file:
            parts.append(pq.ParquetFile(file).read().replace_schema_metadata())
    rows = pa.concat_tables(parts, promote_options="default") if parts else pa.table({})
    order = [
        column
        for column in rows.column_names
        if column in ("paragraph_id", "entry_id", "fetched_at", "failed_at", "run_id", "alert_id")
    ]
    return rows.sort_by([(column, "ascending") for column in order]) if parts else rows


def _all_rows(store: Store) -> dict[str, pa.Table]:
    return {table: _rows(store, table) for table in schema.SCHEMAS}


def test_the_rows_of_each_past_day_are_in_one_file_a_table(every_store: Store, write) -> None:
    for number in range(12):
        when = FIRST + timedelta(days=number % 6)  # the last two days are not past
        write(every_store, number, when)
        _write_run(every_store, number, when)
    before = _all_rows(every_store)
    report = _compact(every_store)
    assert _all_rows(every_store) == before
    assert not report.left
    assert [merged.partition for merged in report.merged] == [
        f"{table}/date=2026-11-2{day}" for table in schema.SCHEMAS for day in range(4)
    ]
    for table in schema.SCHEMAS:
        days = [name.split("/")[1] for name in _files(every_store, table)]
        assert days == [f"date=2026-11-2{day}" for day in (0, 1, 2, 3, 4, 4, 5, 5)]
    assert not [name for name in every_store.list() if name.startswith(("_compaction/", "_staging/"))]


def test_a_second_compaction_finds_nothing_to_do(every_store: Store, write) -> None:
    for number in range(3):
        write(every_store, number)
    _compact(every_store)
    files = every_store.list()
    assert _compact(every_store) == CompactionReport((), {})
    assert every_store.list() == files


def test_duckdb_finds_no_row_changed(store: Store, write, tmp_path: Path) -> None:
    for number in range(5):
        write(store, number)
        _write_run(store, number)
    shutil.copytree(store.root, tmp_path / "before")
    _compact(store)
    with duckdb.connect() as database:
        for table in schema.SCHEMAS:
            a, b = (
                f"FROM read_parquet('{root}/{table}/date=*/*.parquet')" for root in (tmp_path / "before", store.root)
            )
            assert database.execute(f"{a} EXCEPT ALL {b}").fetchall() == []
            assert database.execute(f"{b} EXCEPT ALL {a}").fetchall() == []
            assert database.execute(f"SELECT count(*) {b}").fetchall() > [(4,)]


def test_a_merged_file_is_as_a_run_writes_one(store: Store, write) -> None:
    for number in range(5):
        write(store, number)
    run = pq.ParquetFile(store.path(_files(store, DAY)[0]))
    _compact(store)
    (name,) = _files(store, DAY)
    merged = pq.ParquetFile(store.path(name))
    assert merged.schema_arrow.equals(run.schema_arrow, check_metadata=True)
    ids = merged.read()["entry_id"].to_pylist()
    assert ids == sorted(ids)
    for column in range(merged.metadata.num_columns):
        a, b = (file.metadata.row_group(0).column(column) for file in (run, merged))
        assert (a.path_in_schema, a.compression, a.encodings, a.is_stats_set) == (
            b.path_in_schema,
            b.compression,
            b.encodings,
            b.is_stats_set,
        )


def test_files_end_at_the_target_size(store: Store, make_story, monkeypatch) -> None:
    monkeypatch.setattr(compact_module, "ROW_GROUP_ROWS", 300)
    for number in range(20):
        texts = tuple(digest(str(number), str(each)) * 3 for each in range(100))
        tables = slice_tables(
            [("paragraphs", schema.paragraph_table([make_story(str(number), texts, fetched_at=FIRST)]))]
        )
        commit(store, stage(store, digest(str(number)), tables))
    before = _rows(store, "paragraphs")
    report = _compact(store, target_bytes=40_000)
    assert _rows(store, "paragraphs") == before
    sizes = [Path(store.path(name)).stat().st_size for name in _files(store)]
    assert len(sizes) > 2
    assert all(40_000 <= size < 80_000 for size in sizes[:-1]), sizes
    assert report.merged == (
        Merged("paragraphs/date=2026-11-20", 20, len(sizes), 2000, report.merged[0].bytes_before, sum(sizes)),
    )
    assert _compact(store, target_bytes=25_000).merged == ()


@pytest.mark.parametrize(
    ("sizes", "worth"),
    [
        ([], 0),
        ([5], 0),
        ([5, 5], 2),
        ([16, 4], 2),
        ([17, 4], 0),  # few late ones don't make the large one be written again
        ([1000, 2, 1, 1], 3),
        ([2000, 300, 2, 1], 2),
        ([1000, 240, 60], 3),
    ],
)
def test_what_is_worth_merging(sizes: list[int], worth: int) -> None:
    names = worth_merging({f"{number:02}": size for number, size in enumerate(sizes)})
    assert names == [f"{number:02}" for number in range(len(sizes) - worth, len(sizes))]


def test_row_groups_are_bounded_by_rows_and_by_bytes(monkeypatch) -> None:
    monkeypatch.setattr(compact_module, "ROW_GROUP_ROWS", 10)
    monkeypatch.setattr(compact_module, "ROW_GROUP_BYTES", 1000)
    tables = [pa.table({"x": ["a" * length] * 7}) for length in (1, 1, 1, 200, 200)]
    groups = list(in_row_groups(tables))
    assert [group.num_rows for group in groups] == [10, 10, 8, 7]
    assert pa.concat_tables(groups).equals(pa.concat_tables(tables))


@pytest.mark.parametrize("run_bytes", [1, 3000, 10**9])
def test_sorting_of_more_than_memory_should_hold(run_bytes: int, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(merge, "RUN_BYTES", run_bytes)
    monkeypatch.setattr(merge, "BATCH_BYTES", 100)
    whens = pa.array([FIRST + timedelta(seconds=n % 7) for n in range(500)], pa.timestamp("us", tz="UTC"))
    names = [("z\U0001f600", "é", "a", "")[n * n % 4] for n in range(500)]
    table = pa.table({"n": pa.array(range(500)), "name": names, "when": whens})
    parts = [table.slice(start, 23) for start in range(0, 500, 23)]
    found = pa.concat_tables(merge.sort_rows(parts, ["name", "when"], tmp_path))
    keys = [(row["name"], row["when"]) for row in found.to_pylist()]
    assert keys == sorted(keys)
    assert found.sort_by("n") == table


def test_older_files_get_newer_columns_as_nulls(every_store: Store, write) -> None:
    write(every_store, 1)
    for number in (2, 3):
        name = f"{DAY}/{write(every_store, number)}.parquet"
        with every_store.open_read(name) as file:
            rows = pq.read_table(file)
        older = rows.select(rows.column_names[: rows.column_names.index("genres")])
        with every_store.write(name) as file:
            pq.write_table(older, file)
    before = _rows(every_store, "entries")
    _compact(every_store)
    after = _rows(every_store, "entries")
    assert after == before
    assert after["revision"].null_count == 6
    assert sorted(map(str, after["genres"].to_pylist())) == ["None"] * 4 + ["[]"] * 2
    assert len(_files(every_store, DAY)) == 1


def test_older_entities_get_newer_fields_and_all_models_are_named(store: Store, make_story) -> None:
    for number, model in enumerate(("en_small 1", "en_small 2")):
        table = schema.paragraph_table([make_story(str(number), ("Oslo is cold.",), fetched_at=FIRST)])
        tables = slice_tables([("paragraphs", schema.with_models(table, {"en": [model]}))])
        commit(store, stage(store, digest(str(number)), tables))

    def older(table: pa.Table) -> pa.Table:
        kind = pa.list_(pa.struct(list(table.schema.field("entities").type.value_type)[:5]))
        at = table.schema.get_field_index("entities")
        return table.set_column(at, pa.field("entities", kind), pa.array([[]] * table.num_rows, kind))

    _change(Path(store.path(_files(store)[0])), older)
    _compact(store)
    (name,) = _files(store)
    merged = pq.ParquetFile(store.path(name)).schema_arrow
    assert merged.field("entities").type == schema.PARAGRAPHS.field("entities").type
    assert schema.models_of(merged) == {"en": ["en_small 1", "en_small 2"]}


def _cut_off(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def _damage_rows(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[4:200] = b"\xff" * 196
    path.write_bytes(data)


def _change(path: Path, change: Callable[[pa.Table], pa.Table]) -> None:
    pq.write_table(change(pq.ParquetFile(path).read()), path)


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        (_cut_off, "can't be read as Parquet"),
        (_damage_rows, "can't be read as Parquet"),
        (lambda path: _change(path, lambda rows: rows.replace_schema_metadata({})), "not written by newsbeam"),
        (lambda path: _change(path, lambda rows: rows.append_column("new", rows["url"])), "has a column 'new'"),
        (lambda path: _change(path, lambda rows: rows.drop_columns(["source"])), "has no column 'source'"),
        (lambda path: _change(path, lambda rows: rows.slice(0, 0)), "has no rows"),
    ],
)
def test_what_cannot_be_merged_is_left_alone_and_said(store: Store, write, damage, why: str) -> None:
    names = [f"{DAY}/{write(store, number)}.parquet" for number in range(4)]
    damage(Path(store.path(names[1])))
    content = Path(store.path(names[1])).read_bytes()
    report = _compact(store)
    assert [merged.files for merged in report.merged if merged.partition == DAY] == [3]
    ((said, left),) = report.left.items()
    assert said.startswith(why)
    assert left == (names[1],)
    assert len(_files(store, DAY)) == 2
    assert Path(store.path(names[1])).read_bytes() == content


def test_what_is_not_newsbeams_stays(store: Store, write) -> None:
    for number in range(3):
        write(store, number)
    for name in ("notes.txt", "_SUCCESS", ".part.parquet", "mine.parquet"):
        Path(store.path(f"{DAY}/{name}")).write_text(name)
    Path(store.path("entries/readme")).mkdir()
    Path(store.path("polls/date=2026-11-20/hour=1")).mkdir()
    report = _compact(store)
    assert report.left == {
        "contains folders": ("polls/date=2026-11-20",),
        "not named by newsbeam": (f"{DAY}/mine.parquet",),
    }
    assert {name.rpartition("/")[2] for name in _files(store, DAY) if "compacted" not in name} == {
        "notes.txt",
        "_SUCCESS",
        ".part.parquet",
        "mine.parquet",
    }
    assert len(_files(store, DAY)) == 5
    assert len(_files(store, "polls")) == 3


def test_a_slice_that_is_being_committed_waits(every_store: Store, write) -> None:
    names = [f"{DAY}/{write(every_store, number)}.parquet" for number in range(3)]
    with every_store.write(f"_staging/ab12-cd34/{names[0]}") as file:  # copied, and not yet deleted
        file.write(b"")
    assert _compact(every_store).left == {"being committed": (names[0],)}
    assert names[0] in _files(every_store, DAY)
    assert len(_files(every_store, DAY)) == 2


def _age(store: Store, name: str, hours: float) -> None:
    for path in Path(store.root).glob(f"*/date=*/{name}.parquet"):
        os.utime(path, (FIRST.timestamp() - hours * 3600,) * 2)


def test_panes_that_a_stream_may_write_again_wait(store: Store, write) -> None:
    for number, hours in enumerate([3, 2.5, 2, 1.5, 0.5, 0]):
        _age(store, write(store, number, name=f"stories-20261120T010203ab12cd-{number:08}-ab12cd34"), hours)
    for number in (7, 8):
        write(store, number)  # of a run, later than all of them
    report = _compact(store)
    assert {merged.files for merged in report.merged} == {4 + 2}
    ((_, left),) = report.left.items()
    assert [name for name in left if name.startswith(DAY)] == [
        f"{DAY}/stories-20261120T010203ab12cd-{number:08}-ab12cd34.parquet" for number in (4, 5)
    ]
    _age(store, write(store, 9, name="polls-20261121T010203ab12cd-00000000-ab12cd34"), -2)
    _compact(store)
    assert len(_files(store, DAY)) == 2  # the next stream goes on since hours, thus the first one won't


@needs_exchange
def test_what_a_writer_does_at_the_last_moment_is_done_in_the_new_folder_too(store: Store, write, monkeypatch) -> None:
    """A path is looked up before it is renamed: the rename can come into the old folder after the exchange."""
    panes = [f"stories-20261120T010203ab12cd-{number:08}-ab12cd34" for number in range(3)]
    for number, name in enumerate(panes):
        write(store, number, name=name)
    for number in range(3, 6):
        write(store, number)
    expected = Store(f"{store.root}-expected")
    shutil.copytree(store.root, expected.root)
    late = digest("late")
    for output in (store, expected):
        Path(output.path("other")).mkdir()
    write(expected, 99, name=late)
    write(expected, 98, name=panes[0])
    for path in Path(expected.root).glob(f"*/date=*/{panes[1]}.parquet"):
        path.unlink()
    exchange = swap.exchange

    def exchange_beside_a_writer(one: Path, other: Path) -> None:
        exchange(one, other)
        if one.name == "new":
            theirs = Path(expected.path(other.relative_to(store.root).as_posix()))
            for name in (late, panes[0]):
                shutil.copy(theirs / f"{name}.parquet", one / "half")
                os.replace(one / "half", one / f"{name}.parquet")
            (one / f"{panes[1]}.parquet").unlink()

    monkeypatch.setattr(swap, "exchange", exchange_beside_a_writer)
    _compact(store)
    assert _all_rows(store) == _all_rows(expected)
    assert [name.rpartition("/")[2] for name in _files(store, DAY)] == sorted(
        [
            *(f"{name}.parquet" for name in (late, panes[0], panes[2])),
            *(name.rpartition("/")[2] for name in _files(store, DAY) if "compacted" in name),
        ]
    )


@needs_exchange
def test_a_file_that_came_when_the_compaction_was_killed_is_found_by_the_next_run(
    store: Store, write, monkeypatch
) -> None:
    for number in range(3):
        write(store, number)
    _all = _all_rows(store)
    exchange = swap.exchange

    def killed(one: Path, other: Path) -> None:
        exchange(one, other)
        if one.name == "new":
            (one / "late").write_bytes(b"late")
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(swap, "exchange", killed)
        patched.setattr(compact_module, "recover_swaps", lambda store: None)  # a kill lets nothing be cleaned up
        with pytest.raises(KeyboardInterrupt):
            _compact(store)
    assert _all_rows(store) == _all
    with compaction_lock(store):
        finish_compaction(store)  # another one is at work: its work is left alone
        assert store.list("_compaction")
    finish_compaction(store)
    assert "dead_letters/date=2026-11-20/late" in store.list()
    assert not store.list("_compaction")
    assert _all_rows(store) == _all


def test_a_partition_that_changes_meanwhile_is_left_alone(every_store: Store, write, monkeypatch) -> None:
    for number in range(3):
        name = write(every_store, number)
    begin = compact_module.begin_swap

    def rewritten(store: Store, partition: str, plan: Any) -> None:
        if partition == DAY:
            store.delete(f"{DAY}/{name}.parquet")
        begin(store, partition, plan)

    monkeypatch.setattr(compact_module, "begin_swap", rewritten)
    report = _compact(every_store)
    assert report.left == {"changed while its files were being merged": (DAY,)}
    assert len(_files(every_store, DAY)) == 2
    assert not every_store.list("_compaction")


@pytest.mark.slow
def test_a_writer_at_the_same_time_loses_nothing(store: Store, write, tmp_path: Path) -> None:
    expected = Store(str(tmp_path / "expected"))
    days = [FIRST + timedelta(days=day) for day in range(4)]
    numbers = itertools.count()
    for when in days * 3:
        number = next(numbers)
        for output in (store, expected):
            write(output, number, when)
    ended = threading.Event()
    written: list[int] = []

    def write_on() -> None:
        while not ended.is_set():
            number = next(numbers)
            write(store, number, days[number % 4])
            written.append(number)

    writer = threading.Thread(target=write_on)
    writer.start()
    reports = [_compact(store) for _ in range(3)]
    ended.set()
    writer.join()
    for number in written:
        write(expected, number, days[number % 4])
    assert written
    assert sum(len(report.merged) for report in reports) >= 16
    assert _all_rows(store) == _all_rows(expected)


@pytest.mark.slow
@needs_exchange
def test_readers_at_the_same_time_count_the_same_rows(store: Store, write) -> None:
    """DuckDB, and a reader that lists as often as it can: it fails if files are replaced one by one."""
    for number in range(48):
        write(store, number, FIRST - timedelta(days=number % 4))
    files = f"{store.root}/entries/date=*/*.parquet"
    rows_of: dict[str, int] = {}
    counts: dict[int, int] = {}
    failures: list[str] = []
    ended = threading.Event()

    def with_duckdb() -> int:
        with duckdb.connect() as database:
            return database.execute(f"SELECT count(*) FROM read_parquet('{files}')").fetchall()[0][0]

    def by_list() -> int:
        names = glob.glob(files)
        for name in names:
            if name not in rows_of:
                rows_of[name] = pq.read_metadata(name).num_rows
        return sum(rows_of[name] for name in names)

    def read_on(count: Callable[[], int]) -> None:
        while not ended.is_set():
            try:
                found = count()
                counts[found] = counts.get(found, 0) + 1
            except (duckdb.IOException, FileNotFoundError) as error:  # listed before, opened after: it asks again
                failures.append(str(error))

    by_list()
    readers = [threading.Thread(target=read_on, args=[count]) for count in (with_duckdb, by_list)]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        for reader in readers:
            reader.start()
        # Without the grace, one that has opened a folder and not read it yet finds it empty.
        report = _compact(store, grace_s=0.5)
    finally:
        ended.set()
        for reader in readers:
            reader.join()
        sys.setswitchinterval(interval)
    assert len(report.merged) == 20  # five tables, four days
    assert counts.keys() == {96}
    assert all("No such file" in failure or "No files found" in failure for failure in failures)


def test_a_run_that_looks_up_meanwhile_finds_everything(every_store: Store, write, make_story, monkeypatch) -> None:
    for number in range(4):
        write(every_store, number)
    stories = [make_story(f"{number}-a", (f"Paragraph {number}.",)) for number in range(4)]
    ids = [story.entry.entry_id for story in stories]
    prints = [story.paragraphs[0].fingerprint for story in stories]
    open_read = Store.open_read

    def look_up(find: Callable[[], Any]) -> Any:
        """Look up; the compaction comes when the files are listed and the first is open."""
        opened: list[str] = []

        def then_compact(self: Store, name: str) -> Any:
            opened.append(name)
            if len(opened) == 2:
                _compact(self)
            return open_read(self, name)

        with monkeypatch.context() as patched:
            patched.setattr(Store, "open_read", then_compact)
            return find()

    finds = [
        lambda: known_entries(every_store, ids),
        lambda: known_paragraphs(every_store, prints, [], FIRST.date(), current_keys),
        lambda: known_polls(every_store, [FEED], FIRST.date()),
    ]
    expected = [find() for find in finds]
    assert len(expected[0]) == 4
    assert len(expected[1]) == 8
    for number, (find, found) in enumerate(zip(finds, expected, strict=True)):
        again = look_up(find)
        assert again == found or sorted(again, key=repr) == sorted(found, key=repr)
        for table in schema.SCHEMAS:  # the next look-up finds small files again
            for name in _files(every_store, table):
                every_store.delete(name)
        for slice_number in range(4):
            write(every_store, slice_number, name=digest(f"{number}-{slice_number}"))


def test_two_at_once(store: Store, write) -> None:
    write(store, 1)
    with compaction_lock(store), pytest.raises(CompactionLockedError) as raised:
        _compact(store)
    assert str(raised.value) == f"another compaction is running on {store.root}; wait until it has ended"


def test_it_works_where_folders_cannot_be_exchanged(store: Store, monkeypatch) -> None:
    def unsupported(*names: Any) -> None:
        raise OSError(22, "Invalid argument")

    Path(store.root).mkdir()
    if sys.platform == "linux":
        assert swap.can_exchange(store)
    monkeypatch.setattr(swap, "_rename", unsupported)
    assert not swap.can_exchange(store)
    assert not store.list()


@pytest.mark.slow
@pytest.mark.parametrize("how", [pytest.param("exchange", marks=needs_exchange), "files"])
def test_killed_at_any_step(how: str, store: Store, write, tmp_path: Path, monkeypatch) -> None:
    for number in range(3):
        write(store, number)
    write(store, 4, name="stories-20261120T010203ab12cd-00000000-ab12cd34")  # one that stays
    for table in ("dead_letters", "paragraphs", "polls", "story_merges"):
        store.delete(table)
    folder = tmp_path / "killed"
    folder.mkdir()
    program = [sys.executable, "-m", "tests.write.test_compact", store.root, str(folder), how]
    subprocess.run(program, check=True, timeout=120, cwd=ROOT)
    if how == "files":
        monkeypatch.setattr(compact_module, "can_exchange", lambda store: False)
    before = _rows(store, "entries")
    outputs = sorted(folder.iterdir())
    assert len(outputs) > 20  # it died that often
    states = set()
    for number, output in enumerate(outputs):
        survivor = Store(str(output))
        seen = _rows(survivor, "entries")
        states.add(len(_files(survivor)))
        if how == "exchange":
            assert seen == before, output.name
        else:
            assert set(seen["entry_id"].to_pylist()) == set(before["entry_id"].to_pylist()), output.name
        if number % 2:
            finish_compaction(survivor)
            recover(survivor)
            assert _rows(survivor, "entries") == before, output.name
            assert not survivor.list("_compaction")
        _compact(survivor)
        assert _rows(survivor, "entries") == before, output.name
        assert len(_files(survivor)) == 2
        assert not survivor.list("_compaction")
    assert states == ({2, 4} if how == "exchange" else {2, 3, 4, 5})


def _die_at_every_step(original: str, folder: Path, how: str) -> None:
    """For n = 0, 1, ...: in a process of its own, compact a copy of the output and be killed at step n."""
    for step in range(300):
        output = folder / f"{step:03}"
        shutil.copytree(original, output, copy_function=shutil.copy2)

        def dying(step: int = step, output: Path = output) -> None:
            if how == "files":
                compact_module.can_exchange = lambda store: False
            _die_at(step)
            _compact(Store(str(output)))

        status = fork(dying)
        if status != -signal.SIGKILL:
            sys.exit(status)
    sys.exit("it takes more steps than that")


def _die_at(step: int) -> None:
    """Make this process kill itself before the `step`-th change of the file system, or half-way in a file."""
    tick = die_at(step)

    def dying(function: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*args: Any, **options: Any) -> Any:
            tick()
            return function(*args, **options)

        return wrapped

    swap._rename = dying(swap._rename)
    for name in ("replace", "link", "unlink", "rmdir", "mkdir", "fsync"):
        setattr(os, name, dying(getattr(os, name)))


if __name__ == "__main__":
    os.fsync = lambda descriptor: None  # as in the test
    _die_at_every_step(sys.argv[1], Path(sys.argv[2]), sys.argv[3])
