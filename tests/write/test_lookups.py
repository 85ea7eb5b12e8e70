import random
import struct
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from newsbeam.transforms.dedup.paragraphs import current_keys
from newsbeam.transforms.records import KEY_FORMAT, KnownEntry, Paragraph, Poll, Story
from newsbeam.transforms.write import parquet, schema
from newsbeam.transforms.write.lookup import lookups
from newsbeam.transforms.write.lookup.lookups import (
    entries_since,
    has_entries,
    known_entries,
    known_paragraphs,
    known_polls,
    paragraphs_since,
)
from newsbeam.transforms.write.parquet import OutputFileError, file_name, write_table
from newsbeam.transforms.write.store import Store

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
EVER = date(2026, 1, 1)


def _write(store: Store, stories: Iterable[Story], stem: str = "x") -> None:
    for story in stories:
        day = story.entry.fetched_at.date()
        name = f"{stem}-{story.entry.entry_id}-{story.entry.version}"
        write_table(store, file_name("entries", day, name), schema.entry_table([story]))
        write_table(store, file_name("paragraphs", day, name), schema.paragraph_table([story]))


def _write_polls(store: Store, *polls: Poll) -> None:
    for number, poll in enumerate(polls):
        write_table(store, file_name("polls", poll.fetched_at.date(), str(number)), schema.poll_table([poll]))


def _keys(*bands: int) -> bytes:
    return struct.pack(f"<{len(bands)}I", *bands)


def _with(story: Story, **fields: object) -> Story:
    return Story(story.entry, tuple(replace(paragraph, **fields) for paragraph in story.paragraphs))


def test_the_latest_poll_of_each_feed(any_store: Store) -> None:
    old = Poll("a", "https://a/", "A", NOON - timedelta(days=1), "error", error="timeout")
    new = Poll(
        "a", "https://a/", "A", NOON, "ok", 200, 12, 0.5, 3, 1, '"e"', "Mon", "ab", "", NOON + timedelta(hours=1)
    )
    other = Poll("b", "https://b/", "B", NOON, "ok")
    _write_polls(any_store, new, old, other)
    assert known_polls(any_store, ["a", "missing"], EVER) == {"a": new}
    assert known_polls(any_store, [], EVER) == {}


def test_the_latest_of_many_polls_in_any_order(store: Store) -> None:
    polls = [Poll(str(n % 3), "u", "A", NOON + timedelta(hours=n * 7 % 50), "ok", bytes=n) for n in range(50)]
    for number, part in enumerate((polls[:20], polls[20:])):
        for day, rows in schema.split_by_day(schema.poll_table(part), "fetched_at").items():
            write_table(store, file_name("polls", day, str(number)), rows)
    latest = {url: max((p for p in polls if p.feed_url == url), key=lambda p: p.fetched_at) for url in "012"}
    assert known_polls(store, "012", EVER) == latest


def test_validators_are_those_of_the_last_poll_that_has_them(any_store: Store) -> None:
    """A stream's polls that gave no document have none, nor have those of which something is not written."""
    polls = [
        Poll("a", "u", "A", NOON, "ok", etag="1", body_hash="h1"),
        Poll("a", "u", "A", NOON + timedelta(hours=1), "ok", last_modified="2", body_hash="h2"),
        Poll("a", "u", "A", NOON + timedelta(hours=2), "ok", entries=3),
        Poll("a", "u", "A", NOON + timedelta(days=2), "error", error="gone"),
        Poll("b", "u", "A", NOON + timedelta(days=2), "not_modified"),
    ]
    _write_polls(any_store, *polls)
    last = replace(polls[3], last_modified="2", body_hash="h2")
    assert known_polls(any_store, "ab", EVER) == {"a": last, "b": polls[4]}
    before = {"a": replace(polls[2], last_modified="2", body_hash="h2")}
    assert known_polls(any_store, "ab", EVER, until=NOON + timedelta(hours=3)) == before
    assert known_polls(any_store, "ab", NOON.date() + timedelta(days=1)) == {"a": polls[3], "b": polls[4]}


def test_polls_before_the_window_are_forgotten(store: Store) -> None:
    _write_polls(store, Poll("a", "u", "A", NOON, "ok"))
    assert known_polls(store, ["a"], NOON.date()).keys() == {"a"}
    assert known_polls(store, ["a"], NOON.date() + timedelta(days=1)) == {}


def test_nothing_is_known_to_an_empty_output(any_store: Store) -> None:
    assert known_polls(any_store, ["a"], EVER) == {}
    assert known_entries(any_store, ["a"], [("A", "u")]) == []
    assert known_paragraphs(any_store, ["a"], [_keys(1, 2)], EVER, current_keys) == []


def test_every_version_of_an_entry(any_store: Store, make_story) -> None:
    versions = [
        make_story("a", version=v, content_hash=str(v), fetched_at=NOON + timedelta(days=-v)) for v in (1, 3, 2)
    ]
    other = make_story("b", url="")
    _write(any_store, [*versions, other])
    a, b = versions[0].entry, other.entry
    known = known_entries(any_store, [a.entry_id])
    assert [(each.source, each.version, each.content_hash) for each in known] == [
        ("example", v, str(v)) for v in (1, 2, 3)
    ]
    (found,) = known_entries(any_store, [b.entry_id, "missing"])
    assert found == KnownEntry(
        b.entry_id,
        "example",
        "",
        1,
        b.content_hash,
        b.title,
        b.published,
        by_content=True,
        guid=b.guid,
        feed_url=b.feed_url,
        fetched_at=b.fetched_at,
    )


def test_entries_that_were_fetched_before(any_store: Store, make_story) -> None:
    """What a stream looks up; rows of the same day are told apart."""
    times = [NOON - timedelta(days=1), NOON, NOON + timedelta(hours=1), NOON + timedelta(days=1)]
    stories = [make_story("a", version=v + 1, content_hash=str(v), fetched_at=at) for v, at in enumerate(times)]
    _write(any_store, stories)
    (entry_id,) = {story.entry.entry_id for story in stories}
    assert not has_entries(any_store, times[0])
    for number, at in enumerate(times):
        assert has_entries(any_store, at + timedelta(microseconds=1))
        assert [each.version for each in known_entries(any_store, [entry_id], until=at)] == [*range(1, number + 1)]


def test_what_is_written_of_a_time(any_store: Store, make_story) -> None:
    """What a stream begins with."""
    times = [NOON - timedelta(days=2), NOON - timedelta(days=1), NOON, NOON + timedelta(hours=1)]
    stories = [make_story(f"{number}", fetched_at=at) for number, at in enumerate(times)]
    repeat = replace(stories[1].paragraphs[0], duplicate_of=stories[0].paragraphs[0].paragraph_id)
    stories[1] = replace(stories[1], paragraphs=(repeat, *stories[1].paragraphs[1:]))
    _write(any_store, stories)
    since, until = times[1].date(), times[3]
    entries = entries_since(any_store, since, until)
    assert [each.entry_id for each in entries] == [story.entry.entry_id for story in stories[1:3]]
    expected = [stories[1].paragraphs[1], *stories[2].paragraphs]
    for wanted in (True, False):
        chosen = {each.fingerprint for each in expected[wanted:]}
        found = paragraphs_since(any_store, since, until, lambda prints, of=chosen: np.array([p in of for p in prints]))
        assert [each.paragraph_id for each in found] == [e.paragraph_id for e in expected if e.fingerprint in chosen]
    assert entries_since(any_store, times[3].date() + timedelta(days=1), until) == []


@pytest.mark.parametrize(
    ("link_is_identity", "source", "url", "found"),
    [
        (True, "example", "https://example.org/a", 1),
        (True, "example", "http://www.example.org/a/", 1),
        (False, "example", "https://example.org/a", 0),
        (True, "another", "https://example.org/a", 0),
        (True, "example", "https://example.org/other", 0),
        (True, "example", "", 0),
    ],
)
def test_entries_by_their_link(
    store: Store, make_story, link_is_identity: bool, source: str, url: str, found: int
) -> None:
    _write(store, [make_story("a", link_is_identity=link_is_identity), make_story("b", url="", link_is_identity=True)])
    assert len(known_entries(store, [], [(source, url)])) == found


def test_an_entry_found_by_an_old_link_comes_in_all_its_versions(store: Store, make_story) -> None:
    moved = make_story("a", version=2, url="https://example.org/moved", link_is_identity=True)
    _write(store, [make_story("a", link_is_identity=True), moved])
    known = known_entries(store, [], [("example", "https://example.org/a")])
    assert [(each.version, each.url) for each in known] == [
        (1, "https://example.org/a"),
        (2, "https://example.org/moved"),
    ]


def test_paragraphs_by_fingerprint(any_store: Store, make_story) -> None:
    story = make_story("a", ("One.", "Two."), published=NOON)
    _write(any_store, [story, make_story("b", ("Three.",))])
    one = story.paragraphs[0]
    (known,) = known_paragraphs(any_store, [one.fingerprint], [], EVER, current_keys)
    assert (known.paragraph_id, known.fingerprint, known.text) == (one.paragraph_id, one.fingerprint, "One.")
    assert (known.near_keys, known.published) == (b"", NOON)


def test_duplicates_are_not_canonical(store: Store, make_story) -> None:
    story = _with(make_story("a", ("One.",)), duplicate_of="ab12", duplicate_kind="exact", near_keys=_keys(1, 2))
    _write(store, [story])
    assert known_paragraphs(store, [story.paragraphs[0].fingerprint], [_keys(1, 2)], EVER, current_keys) == []


def test_paragraphs_before_the_window_are_forgotten(store: Store, make_story) -> None:
    _write(store, [make_story("a", ("One.",)), make_story("b", ("One.",), fetched_at=NOON + timedelta(days=2))])
    prints = [make_story("a", ("One.",)).paragraphs[0].fingerprint]
    assert len(known_paragraphs(store, prints, [], NOON.date(), current_keys)) == 2
    assert len(known_paragraphs(store, prints, [], NOON.date() + timedelta(days=1), current_keys)) == 1


@pytest.mark.parametrize(
    ("written", "new", "found"),
    [
        (_keys(1, 2, 3), [_keys(9, 2, 9)], True),
        (_keys(1, 2, 3), [_keys(9, 9, 3)], True),
        (_keys(1, 2, 3), [_keys(2, 3, 1)], False),  # the same keys, in other bands
        (_keys(1, 2, 3), [_keys(9, 9), _keys(1, 2)], False),  # made with another number of bands
        (_keys(1, 2, 3), [_keys(9, 9), _keys(1, 9, 9)], True),
        (_keys(1, 2, 3), [b""], False),
        (b"", [b"", _keys(1, 2, 3)], False),
        (_keys(0, 2**32 - 1), [_keys(1, 2**32 - 1)], True),
        (_keys(2**20 + 5, 0), [_keys(5, 1)], False),  # equal low bits are not enough
    ],
)
def test_paragraphs_by_band(store: Store, make_story, written: bytes, new: list[bytes], found: bool) -> None:
    _write(store, [_with(make_story("a", ("One.",)), near_keys=written)])
    assert bool(known_paragraphs(store, [], new, EVER, current_keys)) == found


def test_bands_match_as_a_plain_comparison_does(store: Store, make_story, monkeypatch) -> None:
    """Many rows in several row groups, keys from a small range so that many collide, some in the wrong band."""
    monkeypatch.setattr(parquet, "ROW_GROUP_ROWS", 64)
    monkeypatch.setattr(lookups, "_LOW_BITS", lookups._LOW_BITS & 0xFF)
    rng = random.Random(5)

    def draw() -> bytes:
        return b"" if rng.random() < 0.2 else _keys(*(rng.randrange(1000) for _ in range(rng.choice([4, 6, 6]))))

    story = make_story("many", tuple(f"Text {n}." for n in range(400)))
    paragraphs = tuple(
        replace(each, near_keys=draw(), duplicate_of=rng.choice(["", "", "x"])) for each in story.paragraphs
    )
    new = [draw() for _ in range(150)]
    _write(store, [Story(story.entry, paragraphs)])
    expected = [each.paragraph_id for each in paragraphs if not each.duplicate_of and _shares_a_band(each, new)]
    assert 50 < len(expected) < 200
    assert [each.paragraph_id for each in known_paragraphs(store, [], new, EVER, current_keys)] == expected


def _shares_a_band(paragraph: Paragraph, others: list[bytes]) -> bool:
    def bands(keys: bytes) -> set[tuple[int, int]]:
        return set(enumerate(struct.unpack(f"<{len(keys) // 4}I", keys)))

    same = [keys for keys in others if len(keys) == len(paragraph.near_keys)]
    return any(bands(paragraph.near_keys) & bands(keys) for keys in same)


@pytest.mark.parametrize(
    ("table", "look_up"),
    [
        ("polls", lambda store: known_polls(store, ["a"], EVER)),
        ("entries", lambda store: known_entries(store, ["a"])),
        ("paragraphs", lambda store: known_paragraphs(store, ["a"], [], EVER, current_keys)),
    ],
)
def test_a_damaged_file_is_not_passed_over(store: Store, table: str, look_up) -> None:
    with store.write(f"{table}/date=2026-11-24/x.parquet") as file:
        file.write(b"PAR1")
    with pytest.raises(OutputFileError, match=f"{table}/date=2026-11-24/x.parquet"):
        look_up(store)


def test_rows_with_keys_of_an_older_format_match_by_their_text(store: Store, make_story) -> None:
    text = "The ferry company resumed its crossings to the outer islands after the inspection."
    story = _with(make_story("a", (text,)), near_keys=_keys(1, 2), key_format=1)
    _write(store, [story])
    ((print_, keys),) = current_keys([f"• {text}"])
    for prints, near in (([print_], []), ([], [keys])):
        (known,) = known_paragraphs(store, prints, near, EVER, current_keys)
        assert (known.fingerprint, known.near_keys, known.key_format) == (print_, keys, KEY_FORMAT)
    assert known_paragraphs(store, [], [_keys(1, 2)], EVER, current_keys) == []
