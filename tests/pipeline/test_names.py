"""Names of sources, and notes about changed ones."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from newsbeam.pipeline.batch.source_names import always_new, current_names, moved, renamed
from newsbeam.transforms.records import Poll, Source

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
FEED = Source("https://a.example/x", "a.example", "https://a.example/x", source_id="a.example/x", named=False)
GIVEN = replace(FEED, name="Ours", named=True)
WIRE = [Source(f"drop/{n}", "Agency", f"drop/{n}", wire=True, source_id="drop") for n in (1, 2)]


def polls(*names: str, urls: tuple[str, ...] = (FEED.feed_url, "drop/1", "drop/2"), **fields: int) -> dict[str, Poll]:
    return {
        url: Poll(url, url, name, NOW + timedelta(minutes=number), "ok", **fields)
        for number, (url, name) in enumerate(zip(urls, names, strict=False))
    }


def test_a_feed_has_the_name_in_its_entries_or_its_previous_one_unless_the_config_gives_one():
    url = FEED.feed_url
    assert current_names([FEED], {}, {}) == {url: "a.example"}
    assert current_names([FEED], polls("The Post"), {}) == {url: "The Post"}
    assert current_names([FEED], polls("The Post"), {url: "The New Post"}) == {url: "The New Post"}
    assert current_names([GIVEN], polls("The Post"), {}) == {url: "Ours"}


def test_a_new_name_is_noted():
    names = {FEED.feed_url: "New"}
    assert renamed([FEED], polls("Old"), names) == ["source Old has a new name: New"]
    assert renamed([FEED], polls("New"), names) == renamed([FEED], {}, names) == []


def test_a_feed_that_has_moved_is_noted_with_what_keeps_its_entries():
    def notes(moved_to, **fields):
        poll = replace(polls("The Post")[FEED.feed_url], moved_to=moved_to, **fields)
        return moved([FEED], [poll])

    assert notes("http://a.example/x") == [
        "feed The Post has moved to http://a.example/x: change its url (https://a.example/x)"
    ]
    assert notes("https://b.example/y") == [
        "feed The Post has moved to https://b.example/y: change its url and give it `id: a.example/x` "
        "(https://a.example/x)"
    ]
    assert notes("") == notes("https://b.example/y", status="error") == []


def test_a_wire_is_renamed_once_for_all_its_files():
    names = {each.feed_url: each.name for each in WIRE}
    old = polls("", "Wire", "Wire")
    assert renamed(WIRE, old, names) == ["source Wire has a new name: Agency"]
    assert renamed(WIRE, polls("", "Wire", "Agency"), names) == []  # the last file that was read has the new name


def test_a_feed_whose_entries_are_all_new_twice_is_noted():
    before, now = polls("A", entries=9, entries_new=9), polls("A", entries=9, entries_new=9)
    assert always_new(now.values(), before, 5) == [
        "warning: A: all 9 entries are new, as at the last poll; "
        "does the feed change its guids and links? (https://a.example/x)"
    ]
    assert always_new(now.values(), {}, 5) == always_new(now.values(), before, 10) == []
    assert always_new(polls("A", entries=9, entries_new=8).values(), before, 5) == []
