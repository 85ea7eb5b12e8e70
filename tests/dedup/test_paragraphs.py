import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from newsbeam.transforms import ids
from newsbeam.transforms.common.wording import fingerprint
from newsbeam.transforms.dedup.near import near_keys
from newsbeam.transforms.dedup.paragraphs import as_known, deduplicate
from newsbeam.transforms.records import Entry, Paragraph, Story, WordChange

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
LONG = (
    "The ferry company said on Monday that it would resume crossings to the outer islands next week, after the "
    "inspection of its three oldest ships had found no further damage to their hulls."
)
EDITED = LONG.replace("next week,", "next week, it added,")


def make_story(guid: str, *texts: str, published: datetime | None = NOW, version: int = 1) -> Story:
    entry_id = ids.entry_id("test", guid)
    entry = Entry(entry_id, "test", "feed", "text", NOW, version=version, published=published)
    paragraphs = tuple(
        Paragraph(
            ids.paragraph_id(entry_id, version, position, fingerprint(text)),
            entry_id,
            version,
            position,
            text,
            "paragraph",
            "en",
            fingerprint(text),
            near_keys([text])[0],
        )
        for position, text in enumerate(texts)
    )
    return Story(entry, paragraphs)


def marks(stories):
    """Return the decision on each paragraph, by its id: (kind, canonical id)."""
    return {p.paragraph_id: (p.duplicate_kind, p.duplicate_of) for story in stories for p in story.paragraphs}


def test_a_repeat_inside_an_entry_points_at_the_first():
    (story,) = deduplicate([make_story("a", "One.", "Two.", "One.")], [])
    first, second, third = story.paragraphs
    assert (first.duplicate_of, second.duplicate_of) == ("", "")
    assert (third.duplicate_kind, third.duplicate_of, third.similarity) == ("exact", first.paragraph_id, 1.0)


def test_code_is_never_a_duplicate():
    stories = [make_story(guid, LONG) for guid in ("a", "b")]
    coded = [
        replace(story, paragraphs=tuple(replace(paragraph, kind="code") for paragraph in story.paragraphs))
        for story in stories
    ]
    assert set(marks(deduplicate(coded, [])).values()) == {(None, "")}


def test_a_copy_that_is_dated_back_is_not_canonical():
    true = make_story("true", LONG, published=NOW)
    copies = [make_story(f"{years}", LONG, published=NOW - timedelta(days=365 * years)) for years in (1, 56)]
    found = marks(deduplicate([*copies, true], []))
    assert found[true.paragraphs[0].paragraph_id] == (None, "")
    # In an archive that is read all dates are old; then they are believed among themselves.
    archive = marks(deduplicate(copies, []))
    assert archive[copies[1].paragraphs[0].paragraph_id] == (None, "")


def test_the_earliest_is_canonical_whatever_the_order_of_arrival():
    stories = [
        make_story(str(number), LONG, f"Only in {number}.", EDITED, published=NOW - timedelta(hours=number % 5))
        for number in range(12)
    ]
    stories.append(make_story("undated", LONG, published=None))
    expected = marks(deduplicate(stories, []))
    earliest = min(stories, key=lambda s: (s.entry.published or NOW + timedelta(days=9), s.entry.entry_id))
    assert expected[earliest.paragraphs[0].paragraph_id] == (None, "")
    for seed in range(5):
        shuffled = random.Random(seed).sample(stories, len(stories))
        assert marks(deduplicate(shuffled, [])) == expected


def test_slices_in_order_give_what_one_slice_gives():
    stories = [make_story(str(n), LONG, EDITED, f"No {n}.", published=NOW + timedelta(minutes=n)) for n in range(6)]
    whole = marks(deduplicate(stories, []))
    known, sliced = [], {}
    for story in stories:
        decided = deduplicate([story], known)
        sliced |= marks(decided)
        known += [as_known(p, s.entry) for s in decided for p in s.paragraphs if not p.duplicate_of]
    assert sliced == whole


def test_a_near_duplicate_has_its_similarity_and_a_canonical_target():
    first, second, third = deduplicate(
        [
            make_story("1", LONG),
            make_story("2", EDITED, published=NOW + timedelta(1)),
            make_story("3", EDITED, published=NOW + timedelta(2)),
        ],
        [],
    )
    canonical = first.paragraphs[0].paragraph_id
    near = second.paragraphs[0]
    assert (near.duplicate_kind, near.duplicate_of) == ("near", canonical)
    assert near.similarity is not None
    assert 0.9 <= near.similarity < 1
    # A copy of a near duplicate is a near duplicate of the canonical one, not of the copy.
    assert (third.paragraphs[0].duplicate_kind, third.paragraphs[0].duplicate_of) == ("near", canonical)


def test_case_and_punctuation_make_a_near_duplicate_of_similarity_one():
    first, second = deduplicate(
        [make_story("1", LONG), make_story("2", LONG.upper(), published=NOW + timedelta(1))], []
    )
    assert second.paragraphs[0].duplicate_of == first.paragraphs[0].paragraph_id
    assert (second.paragraphs[0].duplicate_kind, second.paragraphs[0].similarity) == ("near", 1.0)


def test_what_is_written_stays_canonical_even_if_it_is_later():
    written = make_story("written", LONG, published=NOW)
    earlier = make_story("earlier", LONG, published=NOW - timedelta(days=3))
    (decided,) = deduplicate([earlier], [as_known(written.paragraphs[0], written.entry)])
    assert decided.paragraphs[0].duplicate_of == written.paragraphs[0].paragraph_id


def test_the_threshold_decides():
    stories = [make_story("1", LONG), make_story("2", EDITED, published=NOW + timedelta(1))]
    (_, strict) = deduplicate(stories, [], threshold=0.95)
    assert strict.paragraphs[0].duplicate_of == ""


@pytest.mark.parametrize("number", [1, 2, 9])
def test_a_new_version_points_at_the_old_one(number: int):
    old = make_story("s", *(f"Paragraph number {i}." for i in range(number)))
    new = make_story("s", *(p.text for p in old.paragraphs), "Something new.", version=2)
    (decided,) = deduplicate([new], [as_known(p, old.entry) for p in old.paragraphs])
    assert [p.duplicate_of for p in decided.paragraphs] == [*(p.paragraph_id for p in old.paragraphs), ""]


def test_ids_sort_as_entry_version_position():
    story = make_story("s", *(f"P{i}" for i in range(300)))
    assert [p.paragraph_id for p in story.paragraphs] == sorted(p.paragraph_id for p in story.paragraphs)
    later = make_story("s", "P", version=2)
    assert later.paragraphs[0].paragraph_id > story.paragraphs[-1].paragraph_id
    assert replace(story).paragraphs[0].paragraph_id.startswith(story.entry.entry_id)


def test_paragraphs_with_keys_of_an_older_format_are_found():
    written = as_known(make_story("written", LONG).paragraphs[0], make_story("written", LONG).entry)
    old = replace(written, fingerprint="0" * 32, near_keys=b"\1" * 80, key_format=1)
    same, edited = deduplicate(
        [make_story("same", f"• {LONG}"), make_story("edited", EDITED, published=NOW + timedelta(1))], [old]
    )
    assert (same.paragraphs[0].duplicate_kind, same.paragraphs[0].duplicate_of) == ("exact", written.paragraph_id)
    assert (edited.paragraphs[0].duplicate_kind, edited.paragraphs[0].duplicate_of) == ("near", written.paragraph_id)


def test_an_update_stands_for_itself_and_names_the_older_paragraph():
    first, update, copy = deduplicate(
        [
            make_story("1", LONG),
            make_story("2", LONG.replace("Monday", "Tuesday"), published=NOW + timedelta(1)),
            make_story("3", EDITED.replace("Monday", "Tuesday"), published=NOW + timedelta(2)),
        ],
        [],
    )
    newer = update.paragraphs[0]
    assert (newer.duplicate_of, newer.duplicate_kind, newer.update_of) == ("", None, first.paragraphs[0].paragraph_id)
    assert newer.changed == (WordChange("Monday", "Tuesday"),)
    assert copy.paragraphs[0].duplicate_of == newer.paragraph_id


def test_lines_of_one_template_are_compared_with_a_bounded_number_of_others():
    lines = [
        f"Shares of Firm{n} Inc closed {n}.5 pct higher at {n + 7} pence in heavy trading today." for n in range(300)
    ]
    stories = [make_story(str(n), line, published=NOW + timedelta(minutes=n)) for n, line in enumerate(lines)]
    stories.append(make_story("copy", f"- {lines[7]}", published=NOW + timedelta(1)))
    decided = deduplicate(stories, [])
    assert {p.duplicate_of for story in decided[:-1] for p in story.paragraphs} == {""}
    assert decided[-1].paragraphs[0].duplicate_kind == "exact"
