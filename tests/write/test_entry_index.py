"""What a stream asks of the output's past."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from newsbeam.transforms.dedup.versions import as_known
from newsbeam.transforms.records import KnownEntry, Story
from newsbeam.transforms.write import schema
from newsbeam.transforms.write.compaction.compact import compact
from newsbeam.transforms.write.lookup import entry_index
from newsbeam.transforms.write.lookup.entry_index import EntryKeyIndex
from newsbeam.transforms.write.lookup.lookups import known_entries
from newsbeam.transforms.write.parquet import file_name, write_table
from newsbeam.transforms.write.store import Store

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def write(store: Store, *stories: Story) -> None:
    for story in stories:
        entry = story.entry
        name = file_name("entries", entry.fetched_at.date(), f"{entry.entry_id}-{entry.version}")
        write_table(store, name, schema.entry_table([story]))


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [0.0]
    monkeypatch.setattr(entry_index.time, "monotonic", lambda: now[0])
    return now


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files that have been read."""
    opened: list[str] = []
    before = Store.open_read

    def open_read(self: Store, name: str) -> Any:
        opened.append(name)
        return before(self, name)

    monkeypatch.setattr(Store, "open_read", open_read)
    return opened


@pytest.fixture
def stories(make_story: Callable[..., Story]) -> list[Story]:
    """Two versions, an entry that its link identifies, a plain text, and one that is too young."""
    early = NOON - timedelta(days=60)
    return [
        make_story("a", fetched_at=early, version=1, content_hash="1" * 32),
        make_story("a", fetched_at=early + timedelta(days=1), version=2, content_hash="2" * 32),
        make_story("b", fetched_at=early, link_is_identity=True),
        make_story("c", fetched_at=early + timedelta(days=2), format="text", content_hash="3" * 32),
        make_story("d", fetched_at=NOON),
    ]


def test_the_same_as_a_run_asks_for(any_store: Store, stories: list[Story]) -> None:
    write(any_store, *stories)
    old = EntryKeyIndex(any_store, 60)
    a, _, b, c, d = (story.entry for story in stories)
    for ids, links, contents in (
        ({a.entry_id}, (), ()),
        ({d.entry_id, "unknown"}, (), ()),
        ({"unknown"}, {(b.source_id, b.url)}, ()),
        ({"unknown"}, {("another source", b.url), (a.source_id, a.url)}, ()),
        ((), (), {(c.source_id, c.content_hash), (a.source_id, a.content_hash)}),
        ({each.entry_id for each in (a, b, c, d)}, {(b.source_id, b.url)}, {(c.source_id, c.content_hash)}),
    ):
        for until in (NOON - timedelta(days=30), NOON + timedelta(days=1)):
            expected = known_entries(any_store, ids, links, contents, until)
            assert EntryKeyIndex(any_store, 60).known(ids, links, contents, until) == expected
    assert len(old.known({a.entry_id}, (), (), NOON)) == 2


def test_only_files_with_a_hit_are_read_and_each_is_indexed_once(
    store: Store, stories: list[Story], opened: list[str], now: list[float]
) -> None:
    write(store, *stories)
    old, until = EntryKeyIndex(store, 60), NOON - timedelta(days=30)
    assert old.known({"unknown"}, {("example", "https://example.org/new")}, (), until) == []
    assert len(opened) == 4
    opened.clear()
    now[0] = 120.0
    for number in range(3):
        assert old.known({f"unknown {number}"}, (), (), until) == []
    assert opened == []
    b = stories[2].entry
    assert old.known((), {(b.source_id, b.url)}, (), until) == [as_known(b)]
    assert set(opened) == {file_name("entries", b.fetched_at.date(), f"{b.entry_id}-1")}


def test_files_that_come_or_are_merged_are_found_at_the_next_list(
    store: Store, stories: list[Story], now: list[float]
) -> None:
    write(store, *stories[:3])
    old, until = EntryKeyIndex(store, 60), NOON - timedelta(days=30)
    c = stories[3].entry
    asked: tuple[Any, ...] = ({c.entry_id}, (), (), until)
    assert old.known(*asked) == []
    write(store, stories[3])
    assert old.known(*asked) == []
    now[0] = 60.0
    assert old.known(*asked) == [as_known(c)]
    compact(store, NOON.date(), 10**6)  # the files that are indexed are gone
    a, b = stories[0].entry, stories[2].entry
    expected = [KnownEntry(a.entry_id, a.source_id, "", v, f"{v}" * 32, "", a.published) for v in (1, 2)]
    found = old.known({a.entry_id, b.entry_id}, (), (), until)
    assert [(each.entry_id, each.version) for each in found] == sorted(
        [(each.entry_id, each.version) for each in (*expected, as_known(b))]
    )
    now[0] = 120.0
    assert old.known({a.entry_id, b.entry_id}, (), (), until) == found


def test_a_file_that_is_merged_while_it_is_listed(
    store: Store, stories: list[Story], monkeypatch: pytest.MonkeyPatch
) -> None:
    write(store, *stories[:3])
    before = entry_index.files_before

    def files_before(*arguments: Any) -> list[str]:
        names = before(*arguments)
        compact(store, NOON.date(), 10**6)
        return names

    monkeypatch.setattr(entry_index, "files_before", files_before)
    a = stories[0].entry
    found = EntryKeyIndex(store, 60).known({a.entry_id}, (), (), NOON - timedelta(days=30))
    assert [each.version for each in found] == [1, 2]


def test_a_dangling_link_is_not_waited_for(store: Store, stories: list[Story]) -> None:
    write(store, *stories[:3])
    a = stories[0].entry
    link = Path(store.path(file_name("entries", a.fetched_at.date(), "gone")))
    link.symlink_to(link.with_name("nowhere.parquet"))
    found = EntryKeyIndex(store, 60).known({a.entry_id}, (), (), NOON - timedelta(days=30))
    assert [each.version for each in found] == [1, 2]
