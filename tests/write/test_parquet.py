from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from newsbeam.transforms.records import Poll
from newsbeam.transforms.write import parquet, schema
from newsbeam.transforms.write.parquet import OutputFileError, file_name, list_files, row_groups, write_table
from newsbeam.transforms.write.store import Store

DAY = date(2026, 11, 24)
POLL = Poll("https://example.org/rss.xml", "u", "Example", datetime(2026, 11, 24, tzinfo=UTC), "ok")
NAME = file_name("polls", DAY, "a")


def _path(store: Store, name: str) -> Path:
    path = Path(store.path(name))
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _read_all(store: Store, *columns: str) -> list[dict[str, object]]:
    return [
        row
        for group in row_groups(store, "polls", list_files(store, "polls"))
        for row in group.read(columns).to_pylist()
    ]


def test_writes_what_the_contract_says(any_store: Store, make_story) -> None:
    table = schema.paragraph_table([make_story(str(n)) for n in range(30)])
    write_table(any_store, "x.parquet", table)
    with any_store.open_read("x.parquet") as source:
        file = pq.ParquetFile(source)
        assert file.read().equals(table)
        assert file.schema_arrow.equals(schema.PARAGRAPHS)
        assert file.schema_arrow.metadata.items() >= schema.PARAGRAPHS.metadata.items()
        columns = [file.metadata.row_group(0).column(n) for n in range(file.metadata.num_columns)]
    assert {column.compression for column in columns} == {"ZSTD"}
    dictionary = {column.path_in_schema for column in columns if column.has_dictionary_page}
    assert {"kind", "source", "title", "entry_id", "language"} <= dictionary
    assert not {"text", "fingerprint", "paragraph_id", "near_keys"} & dictionary
    statistics = {column.path_in_schema for column in columns if column.is_stats_set}
    assert {"entry_id", "source", "fetched_at", "fingerprint", "duplicate_of"} <= statistics
    assert not {"text", "near_keys"} & statistics


def test_every_column_with_a_dictionary_exists() -> None:
    leaves = {
        pq.read_metadata(_empty(each)).schema.column(n).path
        for each in schema.SCHEMAS.values()
        for n in range(len(pq.read_metadata(_empty(each)).schema))
    }
    assert leaves >= parquet._DICTIONARY


def _empty(columns: pa.Schema) -> pa.BufferReader:
    sink = pa.BufferOutputStream()
    pq.write_table(columns.empty_table(), sink)
    return pa.BufferReader(sink.getvalue())


def test_row_groups_are_bounded(store: Store, monkeypatch) -> None:
    monkeypatch.setattr(parquet, "ROW_GROUP_ROWS", 10)
    write_table(store, NAME, schema.poll_table([POLL] * 25))
    assert [group.read(["status"]).num_rows for group in row_groups(store, "polls", list_files(store, "polls"))] == [
        10,
        10,
        5,
    ]


def test_lists_by_day(any_store: Store) -> None:
    for day in (3, 1, 2):
        write_table(any_store, file_name("polls", date(2026, 11, day), "x"), schema.poll_table([POLL]))
    assert list_files(any_store, "polls") == [f"polls/date=2026-11-0{day}/x.parquet" for day in (1, 2, 3)]
    assert list_files(any_store, "polls", date(2026, 11, 2)) == [
        f"polls/date=2026-11-0{day}/x.parquet" for day in (2, 3)
    ]
    assert list_files(any_store, "entries") == []


@pytest.mark.parametrize("name", ["date=2026-11-24/_x.parquet", "date=2026-11-24/.x.parquet", "_t/x.parquet", "README"])
def test_passes_over_what_no_reader_counts(store: Store, name: str) -> None:
    _path(store, f"polls/{name}").write_bytes(b"")
    assert list_files(store, "polls") == []


@pytest.mark.parametrize("name", ["x.parquet", "date=today/x.parquet", "day=1/x.parquet"])
def test_a_file_outside_a_partition_is_an_error(store: Store, name: str) -> None:
    path = _path(store, f"polls/{name}")
    path.write_bytes(b"")
    with pytest.raises(OutputFileError, match=f"{path}: not in a folder date=YYYY-MM-DD"):
        list_files(store, "polls")


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda good: b"", "can't be read as Parquet"),
        (lambda good: b"not Parquet at all, but long enough to have a footer", "can't be read as Parquet"),
        (lambda good: good[:-20], "can't be read as Parquet"),
        (lambda good: good[: len(good) // 2], "can't be read as Parquet"),
        (lambda good: good[:4] + b"\xff" * 600 + good[604:], "can't be read as Parquet"),
    ],
    ids=["empty", "no Parquet", "without its end", "half", "damaged pages"],
)
def test_a_damaged_file_is_an_error_that_names_it(store: Store, damage, reason: str) -> None:
    write_table(store, NAME, schema.poll_table([POLL] * 500))
    path = Path(store.path(NAME))
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(OutputFileError) as raised:
        _read_all(store, *schema.POLLS.names)
    assert str(path) in str(raised.value)
    assert reason in str(raised.value)


@pytest.mark.parametrize(
    ("metadata", "reason"),
    [
        ({}, "not written by newsbeam"),
        ({b"newsbeam.table": b"entries", b"newsbeam.schema": b"1"}, "holds rows of entries, not of polls"),
        ({b"newsbeam.table": b"polls", b"newsbeam.schema": b"2"}, "has schema version '2'"),
        ({b"newsbeam.table": b"polls"}, "has schema version ''"),
    ],
)
def test_a_foreign_file_is_an_error_that_names_it(store: Store, metadata: dict[bytes, bytes], reason: str) -> None:
    path = _path(store, NAME)
    pq.write_table(schema.poll_table([POLL]).replace_schema_metadata(metadata), path)
    with pytest.raises(OutputFileError, match=reason) as raised:
        list(row_groups(store, "polls", list_files(store, "polls")))
    assert str(raised.value).startswith(str(path))


def test_a_column_that_an_older_file_lacks_is_null(store: Store) -> None:
    pq.write_table(schema.poll_table([POLL]).drop_columns(["body_hash"]), _path(store, NAME))
    assert _read_all(store, "body_hash", "status") == [{"body_hash": None, "status": "ok"}]
