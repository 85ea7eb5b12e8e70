from datetime import UTC, datetime, timedelta

from newsbeam.transforms.dedup.versions import as_known, version_entries
from newsbeam.transforms.records import Entry

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
