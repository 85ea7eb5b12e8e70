"""Others read the output as it is."""

from dataclasses import replace
from datetime import UTC, date, datetime

import duckdb
import pyarrow.dataset as ds
import pytest

from newsbeam.transforms.records import DeadLetter, Poll, StoryMerge, Topic
from newsbeam.transforms.write import schema
from newsbeam.transforms.write.alert_record import AlertState
from newsbeam.transforms.write.commit import commit, stage
from newsbeam.transforms.write.store import Store
from tests.support.runs import a_run

EARLY, LATE = datetime(2026, 11, 24, 9, 30, tzinfo=UTC), datetime(2026, 11, 25, 9, 30, tzinfo=UTC)


@pytest.fixture
def output(store: Store, make_story) -> str:
    """Two slices on two days, and one that is staged, and thus not there."""
    topics = (Topic("medtop:11000000", "politics", 0.7),)
    for name, when in (("a", EARLY), ("b", LATE), ("staged", LATE)):
        stories = [make_story(name, fetched_at=when, published=when, topics=topics)]
        polls = [Poll("https://example.org/rss.xml", "u", "Example", when, "ok")]
        letters = [DeadLetter("parse", "ParseError", "no root", "Example", "u", when, b"\x00")]
        merge = StoryMerge("b", "a", when, stories[0].entry.entry_id, 1)
        tables = {
            ("paragraphs", when.date()): schema.paragraph_table(stories),
            ("entries", when.date()): schema.entry_table(stories),
            ("story_merges", when.date()): schema.merge_table([replace(stories[0], merges=(merge,))]),
            ("polls", when.date()): schema.poll_table(polls),
            ("dead_letters", when.date()): schema.dead_letter_table(letters),
            ("runs", when.date()): schema.run_table([a_run(name, when)]),
            ("alerts", when.date()): schema.alert_table([AlertState("a1", "kills", "kill", "mail", "sent", when)]),
        }
        staged = stage(store, name, tables)
        if name != "staged":
            commit(store, staged)
    return store.root


def test_duckdb(output: str) -> None:
    connection = duckdb.connect()
    connection.execute("set timezone = 'UTC'")

    def query(table: str, columns: str) -> list[tuple[object, ...]]:
        files = f"read_parquet('{output}/{table}/**/*.parquet', hive_partitioning=true)"
        return connection.execute(f"select {columns} from {files} order by all").fetchall()

    assert query("paragraphs", "date, text, topics[1].qcode, duplicate_of is null, strftime(published, '%H:%M')") == [
        (day, text, "medtop:11000000", True, "09:30")
        for day in (date(2026, 11, 24), date(2026, 11, 25))
        for text in ("One.", "Two.")
    ]
    assert query("entries", "date, url, len(authors)") == [
        (date(2026, 11, 24), "https://example.org/a", 0),
        (date(2026, 11, 25), "https://example.org/b", 0),
    ]
    assert query("polls", "status, duration") == [("ok", 0.0)] * 2
    assert query("dead_letters", "payload, repaired") == [(b"\x00", False)] * 2


@pytest.mark.parametrize("table", schema.SCHEMAS)
def test_pyarrow_dataset(output: str, table: str) -> None:
    dataset = ds.dataset(f"{output}/{table}", partitioning="hive")
    assert dataset.schema.names == [*schema.SCHEMAS[table].names, "date"]
    assert dataset.to_table(filter=ds.field("date") == "2026-11-25").num_rows == (2 if table == "paragraphs" else 1)


def test_pandas(output: str) -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.read_parquet(f"{output}/paragraphs")
    assert sorted(frame["text"]) == ["One.", "One.", "Two.", "Two."]
    assert str(frame["published"].dt.tz) == "UTC"


def test_polars(output: str) -> None:
    polars = pytest.importorskip("polars")
    frame = polars.read_parquet(f"{output}/paragraphs/**/*.parquet", hive_partitioning=True)
    assert frame["date"].to_list() == [date(2026, 11, 24)] * 2 + [date(2026, 11, 25)] * 2
