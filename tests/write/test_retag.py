"""Rows that are tagged anew: whole stories, every row once, on disk and in an object store."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from newsbeam.transforms.records import Story, Topic
from newsbeam.transforms.write import schema
from newsbeam.transforms.write.commit import commit, stage
from newsbeam.transforms.write.compaction.retag import Wanted, retag
from newsbeam.transforms.write.compaction.stories import packs, stories_of
from newsbeam.transforms.write.parquet import list_files
from newsbeam.transforms.write.rows import slice_tables, story_rows
from newsbeam.transforms.write.store import Store

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
WANTED = Wanted({}, {"topics": ["new"]})


def tag(stories: Sequence[Story]) -> list[Story]:
    """Give each entry a topic with the number of its paragraphs: a story in two parts would show."""
    topics = [(Topic(f"t:{len(story.paragraphs)}", story.entry.title, 0.5),) for story in stories]
    return [replace(each, entry=replace(each.entry, topics=found)) for each, found in zip(stories, topics, strict=True)]


def write(store: Store, stories: Sequence[Story], name: str, **versions: list[str]) -> None:
    commit(store, stage(store, name, slice_tables(story_rows(stories, versions=versions).items)))


def read(store: Store, table: str) -> list[dict[str, object]]:
    found = []
    for name in list_files(store, table):
        with store.open_read(name) as file:
            found += pq.ParquetFile(file).read().to_pylist()
    return found


def topics(rows: list[dict[str, object]]) -> list[str]:
    return [each["qcode"] for row in rows for each in row["topics"]]  # type: ignore[attr-defined]


def test_all_files_of_a_day_are_tagged_and_named(any_store: Store, make_story) -> None:
    for number in range(3):
        write(any_store, [make_story(f"{number}", ("One.",) * (number + 1))], f"{number:032x}", topics=["old"])
    before = read(any_store, "paragraphs")
    report = retag(any_store, WANTED, tag, grace_s=0)
    assert [(each.entries, each.paragraphs) for each in report.days] == [(3, 6)]
    after = read(any_store, "paragraphs")
    assert [{**row, "topics": []} for row in after] == sorted(before, key=lambda row: str(row["paragraph_id"]))
    assert sorted(topics(after)) == ["t:1", "t:2", "t:2", "t:3", "t:3", "t:3"]
    assert sorted(topics(read(any_store, "entries"))) == ["t:1", "t:2", "t:3"]
    (name,) = list_files(any_store, "paragraphs")
    with any_store.open_read(name) as file:
        assert schema.versions_of(pq.ParquetFile(file).schema_arrow)["topics"] == ["new"]
    assert retag(any_store, WANTED, tag, grace_s=0).days == ()


def test_what_a_stream_may_write_again_is_left(store: Store, make_story) -> None:
    write(store, [make_story("a")], "stories-20261124T120000ab12cd-00000000-ab12cd34", topics=["old"])
    report = retag(store, WANTED, tag, grace_s=0)
    assert report.days == ()
    assert list(report.left.values()) == [("date=2026-11-24",)]


def test_a_day_with_a_table_that_changed_meanwhile_does_not_count(store: Store, make_story) -> None:
    write(store, [make_story("a")], f"{1:032x}", topics=["old"])
    (name,) = list_files(store, "entries")

    def tag_and_change(stories: Sequence[Story]) -> list[Story]:
        content = store.read(name)
        store.delete(name)
        store.create(name, content + b" ")
        return tag(stories)

    report = retag(store, WANTED, tag_and_change, grace_s=0)
    assert report.days == ()
    assert list(report.left.values()) == [("entries/date=2026-11-24",)]


def test_a_damaged_file_leaves_its_day(store: Store, make_story) -> None:
    write(store, [make_story("a")], f"{1:032x}", topics=["old"])
    with store.write(f"entries/date=2026-11-24/{2:032x}.parquet") as file:
        file.write(b"PAR1")
    report = retag(store, WANTED, tag, grace_s=0)
    assert report.days == ()
    assert list(report.left.values()) == [(f"date=2026-11-24/{2:032x}.parquet",)]


@pytest.mark.parametrize("rows", [1, 2, 3, 100])
def test_packs_have_whole_stories_however_rows_are_cut(make_story, rows: int) -> None:
    stories = [
        make_story(name, ("One.", "Two.", "Three.")[:number])
        for name, number in zip("abcde", (3, 0, 1, 2, 3), strict=True)
    ]
    stories.sort(key=lambda story: story.entry.entry_id)

    def cut(table: pa.Table) -> list[pa.Table]:
        return [table.slice(at, rows) for at in range(0, table.num_rows, rows)]

    found = packs(cut(schema.paragraph_table(stories)), cut(schema.entry_table(stories)))
    read_back = [story for pack in found for story in stories_of(pack)]
    assert [(s.entry.entry_id, [p.text for p in s.paragraphs]) for s in read_back] == [
        (s.entry.entry_id, [p.text for p in s.paragraphs]) for s in stories
    ]


def test_paragraphs_without_their_entry_keep_their_place(make_story) -> None:
    stories = sorted((make_story("a"), make_story("b")), key=lambda story: story.entry.entry_id)
    (pack,) = [
        pack
        for pack in packs([schema.paragraph_table(stories)], [schema.entry_table(stories[1:])])
        if pack.paragraphs.num_rows == 2 and pack.entries is not None and not pack.entries.num_rows
    ]
    (story,) = stories_of(pack)
    assert (story.entry.entry_id, story.entry.title) == (stories[0].entry.entry_id, "")
