from dataclasses import replace

import pytest

from newsbeam.transforms.enrich.entity_ids import id_of, identified
from newsbeam.transforms.enrich.places.choose import Context, choose
from newsbeam.transforms.enrich.places.story import StoryPlaces, with_dateline
from newsbeam.transforms.records import Entity

US = Context(frozenset({"US"}))


@pytest.mark.parametrize(
    ("name", "context", "number"),
    [
        ("Norway", Context(), 3144096),
        ("U.S.", Context(), 6252001),
        ("Nagoya", Context(), 1856057),
        ("Paris", Context(), 2988507),
        ("Paris, Texas", Context(), 4717560),
        ("Mailand", Context(), 3173435),
        ("New York", Context(), 5128581),
        ("Washington", Context(), 4140963),
        ("California", Context(), 5332921),
        ("New York state", Context(), 5128638),
        ("Africa", Context(), 6255146),
        ("Georgia", US, 4197000),
        ("Georgia", Context(frozenset({"AM"})), 614540),
        ("Birmingham", Context(frozenset({"GB"})), 2655603),
        ("Birmingham", Context(frozenset({"US"}), frozenset({("US", "AL")})), 4049979),
    ],
)
def test_the_place_of_a_name(name, context, number):
    assert choose(name, context).geonames_id == number


@pytest.mark.parametrize(
    ("name", "context"),
    [("Georgia", Context()), ("Springfield", US), ("Birmingham", Context()), ("Xyzzy", Context()), ("", Context())],
)
def test_in_doubt_no_place(name, context):
    assert choose(name, context) is None


@pytest.fixture
def places(make_story):
    """Return a function of (text, label) pairs, each in a paragraph with what follows it, that gives the entities."""

    def tag(*found, dateline=""):
        story = make_story("Title", *(text for text, _ in found), dateline_place=dateline)
        paragraphs = []
        for paragraph, (text, label) in zip(story.paragraphs, found, strict=True):
            starts = [text.index(part) for part in text.split(", ")]
            entities = tuple(Entity(p, label, s, s + len(p), p) for p, s in zip(text.split(", "), starts, strict=True))
            paragraphs.append(replace(paragraph, entities=entities))
        story = replace(story, paragraphs=tuple(paragraphs))
        found_places = StoryPlaces(story)
        entry = with_dateline(story.entry, found_places)
        return entry, [entity for paragraph in story.paragraphs for entity in identified(paragraph, found_places)]

    return tag


def test_what_the_story_says_once_holds_for_it(places):
    _, found = places(("Paris, Texas", "GPE"), ("Paris", "GPE"))
    assert [entity.geonames_id for entity in found] == [4717560, 4736286, 4717560]
    _, (paris,) = places(("Paris", "GPE"))
    assert paris.entity_id != found[0].entity_id
    assert (paris.country, paris.feature_class, round(paris.latitude, 1)) == ("FR", "P", 48.9)


def test_a_state_after_its_town(places):
    _, found = places(("Albany, New York", "GPE"), ("Oslo, New York", "GPE"))
    assert [entity.geonames_id for entity in found] == [5106834, 5128638, 3143244, 5128581]


def test_ids_of_one_thing_are_one(places):
    _, found = places(
        ("U.S.", "GPE"), ("United States", "LOC"), ("U.N.", "ORG"), ("United Nations", "ORG"), ("Oslo", "LOC")
    )
    us, states, un, nations, oslo = (entity.entity_id for entity in found)
    assert us == states
    assert un == nations
    assert len({us, un, oslo}) == 3


def test_ids_do_not_change():
    entity = Entity("Ines Moreau", "PERSON", 0, 11, "Ines Moreau")
    assert id_of(entity, None) == "0b6ae915d5bdaecce35cb436"
    assert id_of(replace(entity, name="INÈS  Moreau"), None) == "0b6ae915d5bdaecce35cb436"
    assert id_of(replace(entity, name="Moreau"), None) == ""
    assert id_of(replace(entity, label="GPE", name="Springfield"), None) == ""


def test_nationalities_have_a_country_and_no_point(places):
    _, (french, germans) = places(("French", "NORP"), ("Germans", "NORP"))
    assert (french.country, french.latitude, germans.country) == ("FR", None, "DE")
    assert french.entity_id != germans.entity_id


def test_dateline(places):
    entry, _ = places(("Tokyo", "GPE"), dateline="NAGOYA")
    assert (entry.dateline_country, entry.dateline_geonames_id) == ("JP", 1856057)
    entry, _ = places(("Oslo", "GPE"), dateline="ROME, Georgia")
    assert entry.dateline_country == "US"
    entry, _ = places(("Oslo", "GPE"))
    assert entry.dateline_latitude is None
