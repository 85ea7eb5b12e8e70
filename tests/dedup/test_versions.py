from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

from newsbeam.transforms.dedup.versions import as_known, version_entries
from newsbeam.transforms.records import Entry, KnownEntry

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)


def make_entry(
    entry_id: str,
    content: str,
    *,
    url: str = "",
    minutes: int = 0,
    source: str = "test",
    title: str = "A story",
    published: datetime = NOW,
) -> Entry:
    return Entry(
        entry_id,
        source,
        "feed",
        "rss20",
        NOW,
        url=url,
        title=title,
        link_is_identity=bool(url),
        published=published,
        updated=published + timedelta(minutes=minutes),
        content_hash=content,
    )


def outcomes(entries, known=()):
    return [(v.entry.entry_id, v.entry.version, v.outcome) for v in version_entries(entries, known)]


def test_new_unchanged_updated():
    written = [as_known(v.entry) for v in version_entries([make_entry("a", "one"), make_entry("b", "one")], [])]
    again = [make_entry("a", "one"), make_entry("b", "two"), make_entry("c", "one")]
    assert outcomes(again, written) == [("a", 1, "unchanged"), ("b", 2, "updated"), ("c", 1, "new")]


def test_versions_of_one_run_count_in_the_order_of_their_dates():
    entries = [
        make_entry("a", "three", minutes=3),
        make_entry("a", "one", minutes=1),
        make_entry("a", "two", minutes=2),
    ]
    decided = version_entries(entries, [])
    assert [(v.entry.version, v.entry.content_hash) for v in decided] == [(1, "one"), (2, "two"), (3, "three")]
    assert [v.outcome for v in decided] == ["new", "updated", "updated"]


def test_a_changed_guid_is_recognised_by_the_link():
    written = [as_known(version_entries([make_entry("a", "one", url="https://example.org/1")], [])[0].entry)]
    renamed = make_entry("other", "one", url="https://example.org/1")
    assert outcomes([renamed], written) == [("a", 1, "unchanged")]
    elsewhere = make_entry("other", "one", url="https://example.org/1", source="another")
    assert outcomes([elsewhere], written) == [("other", 1, "new")]


def test_two_feeds_with_two_forms_of_one_story_do_not_make_versions_for_ever():
    written = []
    for content in ("short", "long", "short", "long"):
        written += [
            as_known(v.entry) for v in version_entries([make_entry("a", content)], written) if v.outcome != "unchanged"
        ]
    assert [entry.version for entry in written] == [1, 2]


def test_a_link_alone_is_no_identity():
    """A daily briefing has a new guid each day, and one link for ever."""
    url = "https://example.org/briefing"
    written = [as_known(version_entries([make_entry("monday", "one", url=url, title="Monday")], [])[0].entry)]
    tuesday = NOW + timedelta(days=1)
    entry = make_entry("tuesday", "two", url=url, title="Tuesday", published=tuesday)
    assert outcomes([entry], written) == [("tuesday", 1, "new")]
    retitled = make_entry("new-guid", "one, edited", url=url, title="Monday, updated")
    assert outcomes([retitled], written) == [("monday", 2, "updated")]
    redated = make_entry("new-guid", "one, edited", url=url, title="Monday", published=tuesday)
    assert outcomes([redated], written) == [("monday", 2, "updated")]


def make_item(number: int | None, revision: str, content: str = "text", **fields: Any) -> Entry:
    """Return a version of a wire's item."""
    return replace(make_entry("item", content), provider_version=number, revision=revision, **fields)


def test_an_agency_numbers_its_versions_whatever_comes_first():
    items = [make_item(3, "3"), make_item(1, "1"), make_item(2, "2", "other")]
    for order in permutations(items):
        known: list[KnownEntry] = []
        versions = {}
        for item in order:  # a run each
            (versioned,) = version_entries([item], known)
            versions[item.revision] = versioned.entry.version
            known.append(as_known(versioned.entry))
        assert versions == {"1": 1, "2": 2, "3": 3}


def test_what_is_sent_twice_is_unchanged_and_the_same_text_in_another_version_is_not():
    written = [as_known(version_entries([make_item(1, "1")], [])[0].entry)]
    assert outcomes([make_item(1, "1")], written) == [("item", 1, "unchanged")]
    assert outcomes([make_item(2, "2")], written) == [("item", 2, "updated")]


def test_a_number_that_is_taken_or_none_gets_the_next_free_one():
    written = [as_known(version_entries([make_item(1, "1 morning")], [])[0].entry)]
    assert outcomes([make_item(1, "1 evening", "other")], written) == [("item", 2, "updated")]
    assert outcomes([make_item(None, "0 evening", "other")], written) == [("item", 2, "updated")]
    assert outcomes([make_item(20240924100552, "20240924100552", "other")], written) == [("item", 2, "updated")]


def test_a_text_that_was_moved_is_known_by_its_content():
    text = replace(make_entry("path", "one"), format="text")
    written = [as_known(version_entries([text], [])[0].entry)]
    assert outcomes([replace(text, entry_id="another path")], written) == [("path", 1, "unchanged")]
    assert outcomes([replace(text, content_hash="two")], written) == [("path", 2, "updated")]
    assert outcomes([replace(text, entry_id="another path", source="other")], written) == [("another path", 1, "new")]
    assert outcomes([replace(text, entry_id="an item", format="nitf")], written) == [("an item", 1, "new")]
