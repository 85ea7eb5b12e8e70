"""Events, furniture and origins of stories, in any order of arrival."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from newsbeam.transforms.common.story_keys import story_keys
from newsbeam.transforms.dedup.paragraphs import add_band_keys, deduplicate
from newsbeam.transforms.dedup.relations.light import light_story
from newsbeam.transforms.dedup.relations.relate import RelationIndex, apply, relate
from newsbeam.transforms.ids import entry_id, story_id
from newsbeam.transforms.records import Entry, Paragraph, Story
from newsbeam.transforms.text.split import split_entry

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
TRAM = (
    "The council of Lisbon approved a tram line to the airport, which would carry 40,000 passengers a day.",
    "The line would open in four years and cost 310 million euros, Mayor Ana Prado told reporters after the vote.",
)
FERRY = (
    "A ferry struck the pier of Whitstead in thick fog, and twelve passengers were taken to hospital.",
    "The coast guard said that the captain of the Ocean Lark had been warned of the fog an hour before.",
)
APPEAL = "Support our newsroom: become a member today and read every story without advertisements."


def story(name: str, source: str, texts: Sequence[str], hours: float = 0, title: str = "", **fields: Any) -> Story:
    entry = Entry(
        entry_id(source, name),
        source,
        f"https://{source}.example/rss",
        fields.pop("format", "rss20"),
        NOON + 5 * HOUR,
        1,
        title=title or name,
        published=NOON + hours * HOUR,
        content="".join(f"<p>{text}</p>" for text in texts),
        **fields,
    )
    split = split_entry(entry).story
    return replace(split, entry=replace(split.entry, story_keys=story_keys(split.entry.title, split.paragraphs)))


def related(stories: Sequence[Story], *, look_ahead: bool = True) -> dict[str, Story]:
    """Return the stories by title, related to each other as in a run, or one after another as in a stream."""
    decided = {each.entry.entry_id: each for each in deduplicate(add_band_keys(stories), ())}
    index = RelationIndex()
    found = relate(map(light_story, decided.values()), index, look_ahead=look_ahead)
    return {(each := apply(decided[known.entry_id], decision)).entry.title: each for known, decision in found}


def rows(found: Story) -> list[tuple[str, str | None, str]]:
    return [(each.agency, each.copy_kind, each.origin_paragraph) for each in found.paragraphs]


def first_id(found: Story, place: int = 0) -> str:
    return found.paragraphs[place].paragraph_id


def test_the_credit_of_the_agency_beats_the_clock() -> None:
    paper = story("paper", "Courier", [*TRAM, "Courier readers disagree: most of them want more buses instead."], -2)
    agency = story("agency", "Reuters", TRAM)
    found = related([paper, agency])
    assert rows(found["agency"]) == [("Reuters", None, "")] * 2
    assert rows(found["paper"]) == [
        ("Reuters", "verbatim", first_id(agency)),
        ("Reuters", "verbatim", first_id(agency, 1)),
        ("", None, ""),
    ]
    assert found["paper"].entry.agency_share == pytest.approx(37 / 47, abs=0.05)
    assert found["agency"].entry.agency_share == 1


def test_a_stream_knows_what_has_arrived() -> None:
    paper, agency, late = (
        story("paper", "Courier", TRAM, -2),
        story("agency", "dpa", TRAM),
        story("late", "Post", TRAM, 1),
    )
    found = related([paper, agency, late], look_ahead=False)
    assert rows(found["paper"]) == [("", None, "")] * 2
    assert rows(found["late"])[0] == ("dpa", "verbatim", first_id(agency))


def test_a_copy_credits_the_agency_that_is_not_in_the_output() -> None:
    early = story("early", "Courier", TRAM, -2)
    credited = story("credited", "Post", [f"LISBON, Nov 24 (Reuters) - {TRAM[0]}", TRAM[1]])
    found = related([early, credited])
    assert rows(found["early"]) == rows(found["credited"]) == [("Reuters", None, "")] * 2


def test_an_agency_that_helped_wrote_what_several_print() -> None:
    own = "Our reporter counted eleven empty shops in the street that the new tram line would pass."
    found = related([story("a", "Courier", [*TRAM, own, "Mit Material der dpa"]), story("b", "Post", TRAM, 1)])
    assert [each.agency for each in found["a"].paragraphs] == ["dpa", "dpa", ""]
    assert [each.agency for each in found["b"].paragraphs] == ["dpa", "dpa"]


def test_without_an_agency_the_earliest_is_the_origin() -> None:
    first, second = story("first", "Courier", TRAM), story("second", "Post", TRAM, 1)
    found = related([second, first])
    assert rows(found["first"]) == [("", None, "")] * 2
    assert rows(found["second"])[0] == ("", "verbatim", first_id(first))


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (TRAM[0].replace("which", "that"), "edited"),
        ("A tram line to the airport, which would carry 40,000 passengers a day.", "abridged"),
        (f"“{TRAM[0]}”", "quoted"),
        (TRAM[0].replace("40,000", "45,000"), "edited"),
        (f"• {TRAM[0]}", "verbatim"),
    ],
)
@pytest.mark.parametrize("hours", [-2, 2])
def test_kinds_of_copies(text: str, kind: str, hours: int) -> None:
    agency, paper = story("agency", "AFP", TRAM[:1]), story("paper", "Courier", [text], hours)
    found = related([agency, paper])
    if hours < 0 and "45,000" in text:
        assert rows(found["paper"]) == [("", None, "")]  # the agency has another fact: not the text that was copied
    else:
        assert rows(found["paper"]) == [("AFP", kind, first_id(agency))]


def test_repeats_of_a_source_are_its_own_text() -> None:
    found = related([story("first", "Courier", TRAM), story("second", "Courier", TRAM, 1)])
    assert rows(found["second"]) == [("", None, "")] * 2


def test_furniture_recurs_over_stories_of_a_source() -> None:
    stories = [
        story("tram", "Courier", [*TRAM, APPEAL]),
        story("ferry", "Courier", [*FERRY, APPEAL], 1),
        story("cat", "Courier", ["A cat from Bramley walked home across two counties in nine days.", APPEAL], 2),
    ]
    found = related(stories)
    assert [[each.furniture for each in one.paragraphs] for one in found.values()] == [
        [False, False, True],
        [False, False, True],
        [False, True],
    ]
    assert found["cat"].entry.agency_share == 0
    streamed = related(stories, look_ahead=False)
    assert [one.paragraphs[-1].furniture for one in streamed.values()] == [False, False, True]


def test_background_of_one_event_is_text() -> None:
    texts = [("The council vote on the tram line of Lisbon was put off until noon.", TRAM[1])] * 5
    found = related([story(f"tram {n}", "Courier", each, n) for n, each in enumerate(texts)])
    assert len({one.entry.story_id for one in found.values()}) == 1
    assert not any(each.furniture for one in found.values() for each in one.paragraphs)


def test_agency_copy_is_not_furniture_of_a_source_that_repeats_it() -> None:
    background = "The central bank of Norland has raised its key rate nine times since the spring of last year."
    bodies = [TRAM, FERRY, ("A cat from Bramley walked home across two counties in nine days.",)]
    mine = [story(f"mine {n}", "Courier", [*body, background], n) for n, body in enumerate(bodies)]
    others = [story(f"other {n}", f"Post {n}", [background], 3 + n) for n in range(3)]
    found = related([*mine, *others])
    assert not any(each.furniture for one in found.values() for each in one.paragraphs)


def test_entries_of_one_event_have_one_story() -> None:
    found = related(
        [
            story("Lisbon council approves airport tram", "Courier", TRAM),
            story(
                "Mayor Prado wins vote on tram to Lisbon airport",
                "Post",
                ["Lisbon will have a tram to its airport."],
                1,
            ),
            story("Ferry hits pier in fog", "Post", FERRY, 1),
        ]
    )
    council, mayor, ferry = sorted(found)[1], sorted(found)[2], sorted(found)[0]
    assert found[council].entry.story_id == found[mayor].entry.story_id == story_id(entry_id("Courier", council))
    assert found[ferry].entry.story_id == story_id(entry_id("Post", ferry))


def test_any_order_gives_the_same_rows() -> None:
    stories = [
        story("tram", "Courier", [*TRAM, APPEAL], -1),
        story("agency tram", "Reuters", TRAM),
        story("ferry", "Courier", [*FERRY, APPEAL], 1),
        story("cat", "Courier", ["A cat from Bramley walked home in nine days.", APPEAL], 2),
    ]
    first = related(stories)
    assert all(related(each) == first for each in permutations(stories))


def test_a_version_keeps_its_story() -> None:
    first = story("tram", "Courier", TRAM)
    second = replace(first.entry, version=2, title="tram", content="".join(f"<p>{text}</p>" for text in FERRY))
    index = RelationIndex()
    ((known, _),) = relate([light_story(first)], index, look_ahead=False)
    ((again, _),) = relate([light_story(split_entry(second).story)], index, look_ahead=False)
    assert again.story_id == known.story_id
    killed = replace(first.entry, version=3, title="", content="", status="canceled", story_keys=b"")
    ((gone, decision),) = relate([light_story(Story(killed))], index, look_ahead=False)
    assert (gone.story_id, decision.agency_share) == (known.story_id, None)


def test_an_entry_without_text_has_no_story() -> None:
    ((known, _),) = relate(
        [light_story(Story(replace(story("x", "Post", TRAM).entry, story_keys=b"")))], RelationIndex(), look_ahead=True
    )
    assert known.story_id == ""


def test_what_belongs_to_two_stories_merges_them() -> None:
    one = story("Tram of Lisbon", "Courier", TRAM)
    two = story("Ocean Lark in fog", "Post", FERRY, 1)
    both = story("Tram of Lisbon, Ocean Lark in fog", "Herald", [*TRAM, *FERRY], 2)
    found = related([one, two, both])
    (merge,) = found[both.entry.title].merges
    assert (merge.story_id, merge.into) == (
        found[two.entry.title].entry.story_id,
        found[one.entry.title].entry.story_id,
    )
    assert found[both.entry.title].entry.story_id == merge.into
    index = RelationIndex()
    known = [each for each, _ in relate(map(light_story, [one, two, both]), index, look_ahead=False)]
    rebuilt = RelationIndex()
    for each in known:
        rebuilt.add(each)
    later = light_story(story("Ocean Lark captain", "Echo", FERRY, 3))
    assert rebuilt.place(later)[0].story_id == index.place(later)[0].story_id


def test_code_is_nobodys_copy() -> None:
    code = Paragraph("a" * 40, "a" * 24, 1, 0, "return 1", "code", "", "f" * 32, word_count=2)
    entry = story("x", "Post", TRAM).entry
    ((_, decision),) = relate([light_story(Story(entry, (code,)))], RelationIndex(), look_ahead=True)
    assert decision.furniture == (False,)
