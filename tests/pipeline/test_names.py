"""What sources are called, and when that is worth a line."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from newsbeam.pipeline.names import always_new, current_names, renamed
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


def test_a_feed_is_called_as_its_entries_say_or_as_before_and_a_given_name_stays():
    url = FEED.feed_url
    assert current_names([FEED], {}, {}) == {url: "a.example"}
    assert current_names([FEED], polls("The Post"), {}) == {url: "The Post"}
    assert current_names([FEED], polls("The Post"), {url: "The New Post"}) == {url: "The New Post"}
    assert current_names([GIVEN], polls("The Post"), {}) == {url: "Ours"}


def test_a_new_name_is_said():
    names = {FEED.feed_url: "New"}
    assert renamed([FEED], polls("Old"), names) == ["source Old is now called New"]
    assert renamed([FEED], polls("New"), names) == renamed([FEED], {}, names) == []


def test_a_wire_is_renamed_once_for_all_its_files():
    names = {each.feed_url: each.name for each in WIRE}
    old = polls("", "Wire", "Wire")
    assert renamed(WIRE, old, names) == ["source Wire is now called Agency"]
    assert renamed(WIRE, polls("", "Wire", "Agency"), names) == []  # the last file that was read has the new name


def test_a_feed_whose_entries_are_all_new_twice_is_said():
    before, now = polls("A", entries=9, entries_new=9), polls("A", entries=9, entries_new=9)
    assert always_new(now.values(), before, 5) == ["warning: A: all 9 entries are new again (https://a.example/x)"]
    assert always_new(now.values(), {}, 5) == always_new(now.values(), before, 10) == []
    assert always_new(polls("A", entries=9, entries_new=8).values(), before, 5) == []
