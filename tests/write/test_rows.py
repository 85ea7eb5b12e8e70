"""Rows of any size are sorted and written."""

from dataclasses import replace
from datetime import UTC, datetime

import pyarrow as pa
import pytest

from newsbeam.transforms.records import StoryMerge
from newsbeam.transforms.write import rows


def table_of(sizes: list[int]) -> pa.Table:
    keys = pa.array([f"{number * 7 % len(sizes):04}" for number in range(len(sizes))])
    lists = pa.array([[str(number)] for number in range(len(sizes))])
    return pa.table({"key": keys, "text": pa.array(["x" * size for size in sizes]), "list": lists})


@pytest.mark.parametrize("sizes", [[10] * 100, [5_000, 1] * 50, [0] * 99 + [50_000], [100_000]])
def test_large_tables_are_sorted_like_small_ones(sizes: list[int]) -> None:
    table = table_of(sizes)
    chunked = pa.concat_tables([table.slice(start, 9) for start in range(0, len(sizes), 9)])
    assert rows.sort_rows(chunked, ["key"], table_bytes=1_000) == table.sort_by("key")


def test_a_batch_of_much_text_becomes_several_tables(make_story, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "TABLE_BYTES", 1_000)
    lengths = {"a": 90, "b": 1, "c": 300}
    stories = [make_story(name, ("A text.",) * 10, title="t" * length) for name, length in lengths.items()]
    stories = [replace(story, entry=replace(story.entry, url="")) for story in stories]
    found = rows.story_rows(stories).items
    assert [(name, table.num_rows) for name, table in found] == [
        ("paragraphs", 10),
        ("entries", 1),
        ("paragraphs", 10),
        ("entries", 1),
        ("paragraphs", 10),
        ("entries", 1),
    ]


def test_one_table_of_little_text(make_story) -> None:
    found = rows.story_rows([make_story("a"), make_story("b")]).items
    assert [(name, table.num_rows) for name, table in found] == [("paragraphs", 4), ("entries", 2)]


def test_merges_of_stories_are_rows_of_their_own(make_story) -> None:
    merge = StoryMerge("b" * 24, "a" * 24, datetime(2026, 11, 24, tzinfo=UTC), "e", 1)
    found = rows.story_rows([make_story("a"), replace(make_story("b"), merges=(merge,))]).items
    assert [(name, table.num_rows) for name, table in found] == [("paragraphs", 4), ("entries", 2), ("story_merges", 1)]
