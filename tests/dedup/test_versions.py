import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

from newsbeam.transforms.dedup.versions import (
    MAX_VERSION,
    RULES,
    KnownEntries,
    as_known,
    decide_entries,
    version_entries,
)
from newsbeam.transforms.ids import digest
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
    published: datetime | None = NOW,
    polled: int = 0,
    feed_url: str = "feed",
    guid: str = "",
) -> Entry:
    """Return an entry of the poll that is `polled` quarters of an hour after the first one."""
    return Entry(
        entry_id,
        source,
        feed_url,
        "rss20",
        NOW + polled * timedelta(minutes=15),
        source_id=source,
        guid=guid,
        url=url,
        title=title,
        link_is_identity=bool(url),
        published=published,
        updated=published + timedelta(minutes=minutes) if published else None,
        content_hash=content,
    )


def outcomes(entries, known=()):
    return [(v.entry.entry_id, v.entry.version, v.outcome) for v in version_entries(entries, known)]


def test_new_unchanged_updated():
    written = [as_known(v.entry) for v in version_entries([make_entry("a", "one"), make_entry("b", "one")], [])]
    again = [make_entry("a", "one", polled=1), make_entry("b", "two", polled=1), make_entry("c", "three", polled=1)]
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
    renamed = make_entry("other", "one", url="https://example.org/1", polled=1)
    assert outcomes([renamed], written) == [("a", 1, "unchanged")]
    elsewhere = make_entry("other", "one", url="https://example.org/1", polled=1, source="another")
    assert outcomes([elsewhere], written) == [("other", 1, "new")]


def write(polls: list[list[Entry]]) -> list[Entry]:
    """Return the versions after consecutive polls."""
    written: list[Entry] = []
    for entries in polls:
        decided = version_entries(entries, [as_known(entry) for entry in written])
        written += [each.entry for each in decided if each.outcome != "unchanged"]
    return written


def test_two_feeds_with_two_forms_of_one_story_do_not_alternate():
    forms = [("short", "headlines"), ("long", "stories")]
    polls = [[make_entry("a", content, feed_url=feed, polled=at) for content, feed in forms] for at in range(4)]
    assert [entry.version for entry in write(polls)] == [1, 2]
    one_by_one = [[entry] for poll in polls for entry in poll]
    assert [entry.content_hash for entry in write(one_by_one)] == ["short", "long"]


def test_a_reverted_edit_is_the_latest_version():
    polls = [[make_entry("a", content, polled=at)] for at, content in enumerate(("nine", "ninety", "nine", "nine"))]
    assert [(entry.version, entry.content_hash) for entry in write(polls)] == [(1, "nine"), (2, "ninety"), (3, "nine")]
    together = [entry for poll in polls for entry in poll]  # a worker that was away gets them at once
    assert write([together]) == write(polls)
    other_feed = make_entry("a", "nine", feed_url="other", polled=9)
    assert write([*polls[:2], [other_feed]])[2:] == []


def test_two_versions_of_a_story_in_one_document_do_not_alternate():
    polls = [[make_entry("a", "old", polled=at), make_entry("a", "new", polled=at, minutes=5)] for at in range(3)]
    assert [entry.content_hash for entry in write(polls)] == ["old", "new"]


def test_a_story_under_another_guid_and_link_is_the_same_one():
    first = make_entry("a", "words", url="https://c.example/1", guid="https://c.example/1")
    moved = make_entry("b", "words", url="https://mail.c.example/1", guid="https://mail.c.example/1", polled=1)
    assert outcomes([moved], map(as_known, write([[first]]))) == [("a", 1, "unchanged")]
    for other in (replace(moved, title="B"), replace(moved, published=None), replace(moved, content_hash="others")):
        assert outcomes([other], map(as_known, write([[first]]))) == [("b", 1, "new")]


def test_without_a_date_the_same_words_are_the_same_story_unless_guids_say_otherwise():
    first = make_entry("a", "words", url="https://c.example/?t=1", published=None)
    again = make_entry("b", "words", url="https://c.example/?t=2", published=None, polled=1)
    assert outcomes([again], map(as_known, write([[first]]))) == [("a", 1, "unchanged")]
    first, again = replace(first, guid="1"), replace(again, guid="2")
    assert outcomes([again], map(as_known, write([[first]]))) == [("b", 1, "new")]


def test_two_items_of_one_document_are_two_stories_even_if_they_say_the_same():
    polls = [[make_entry(name, "words", guid=name, polled=at) for name in ("a", "b")] for at in range(3)]
    assert [entry.entry_id for entry in write(polls)] == ["a", "b"]
    renamed = [make_entry(name, "words", guid=name, polled=9) for name in ("a", "c")]
    assert outcomes(renamed, map(as_known, write(polls))) == [("a", 1, "unchanged"), ("b", 1, "unchanged")]


def test_items_without_words_are_not_the_same_for_it():
    """Pictures without a title."""
    first = make_entry("a", digest(), guid="a", title="")
    assert outcomes([make_entry("b", digest(), guid="b", title="", polled=1)], [as_known(write([[first]])[0])]) == [
        ("b", 1, "new")
    ]


def test_a_feed_with_thousands_of_equal_items_takes_no_time():
    polls = [[make_entry(f"{at}/{n}", "words", guid=f"{at}/{n}", polled=at) for n in range(5000)] for at in range(2)]
    known = KnownEntries(map(as_known, write(polls[:1])))
    started = time.process_time()
    decide_entries(polls[1], known)
    assert time.process_time() - started < 20


def test_entries_with_guids_of_their_own_are_different_stories():
    """A briefing whose title and link never change."""
    days = [
        make_entry(
            f"b-{day}", f"words of {day}", title="Briefing", url="https://u.example/", guid=f"b-{day}", polled=day
        )
        for day in range(3)
    ]
    assert [entry.version for entry in write([[day] for day in days])] == [1, 1, 1]


def test_a_guid_that_several_stories_had_does_not_identify_one():
    def story(name: str, entry_id: str, polled: int, content: str = "") -> Entry:
        url, published = f"https://j.example/{name}", NOW + timedelta(minutes=ord(name))
        words = content or f"words of {name}"
        return make_entry(
            entry_id, words, url=url, title=name, guid="0", polled=polled, published=published, feed_url="j"
        )

    polls = [
        [story("a", "guid 0", 0)],
        [story("a", "link a", 1), story("b", "link b", 1)],
        [story("b", "guid 0", 2)],
        [story("b", "guid 0", 3, "edited")],
        [story("c", "guid 0", 4)],
        [story("c", "guid 0", 5)],
    ]
    written = write(polls)
    assert [(entry.title, entry.version) for entry in written] == [("a", 1), ("b", 1), ("b", 2), ("c", 1)]
    assert len({entry.entry_id for entry in written}) == 3


def test_a_guid_that_is_used_again_makes_a_version():
    old = make_entry("g-1", "old", guid="g-1", title="2018", published=NOW - timedelta(days=365))
    new = make_entry("g-1", "new", guid="g-1", title="2019", polled=1)
    assert [entry.version for entry in write([[old], [new]])] == [1, 2]


def test_an_entry_has_a_limited_number_of_versions_a_day():
    polls = [[make_entry("a", f"{at} views", polled=at)] for at in range(2 * RULES.a_day)]
    written = write(polls)
    assert len(written) == RULES.a_day
    (held,) = version_entries(polls[-1], map(as_known, written))
    assert (held.outcome, held.held, held.entry.version) == ("unchanged", True, RULES.a_day)
    later = make_entry("a", "at last", polled=2 * RULES.a_day + 96)
    assert outcomes([later], map(as_known, written)) == [("a", RULES.a_day + 1, "updated")]


def test_a_link_alone_does_not_identify():
    """A daily briefing has a new guid each day and always the same link."""
    url = "https://example.org/briefing"
    written = [as_known(version_entries([make_entry("monday", "one", url=url, title="Monday")], [])[0].entry)]
    tuesday = NOW + timedelta(days=1)
    entry = make_entry("tuesday", "two", url=url, title="Tuesday", published=tuesday, polled=1)
    assert outcomes([entry], written) == [("tuesday", 1, "new")]
    retitled = make_entry("new-guid", "one, edited", url=url, title="Monday, updated", polled=1)
    assert outcomes([retitled], written) == [("monday", 2, "updated")]
    redated = make_entry("new-guid", "one, edited", url=url, title="Monday", published=tuesday, polled=1)
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


def test_without_a_free_number_of_the_agency_the_next_free_one_is_used():
    written = [as_known(version_entries([make_item(1, "1 morning")], [])[0].entry)]
    assert outcomes([make_item(1, "1 evening", "other")], written) == [("item", 2, "updated")]
    assert outcomes([make_item(None, "0 evening", "other")], written) == [("item", 2, "updated")]
    assert outcomes([make_item(20240924100552, "20240924100552", "other")], written) == [("item", 2, "updated")]


def test_numbers_above_all_that_an_id_can_have_get_the_next_free_one():
    written = write([[make_item(MAX_VERSION, "4095")], [make_item(10**17, "10**17")], [make_item(10**18, "10**18")]])
    assert [entry.version for entry in written] == [MAX_VERSION, 1, 2]


def test_an_entry_with_all_the_versions_that_an_id_can_have_gets_no_more():
    first = as_known(version_entries([make_item(None, "")], [])[0].entry)
    written = [replace(first, version=number, content_hash=str(number)) for number in range(1, MAX_VERSION + 1)]
    (versioned,) = version_entries([make_item(None, "", "other")], written)
    assert (versioned.outcome, versioned.held, versioned.entry.version) == ("unchanged", True, MAX_VERSION)


def test_a_text_that_was_moved_is_known_by_its_content():
    text = replace(make_entry("path", "one"), format="text")
    written = [as_known(version_entries([text], [])[0].entry)]
    assert outcomes([replace(text, entry_id="another path")], written) == [("path", 1, "unchanged")]
    assert outcomes([replace(text, content_hash="two")], written) == [("path", 2, "updated")]
    assert outcomes([replace(text, entry_id="another path", source_id="other")], written) == [
        ("another path", 1, "new")
    ]
    assert outcomes([replace(text, entry_id="an item", format="nitf", revision="1")], written) == [
        ("an item", 1, "new")
    ]
