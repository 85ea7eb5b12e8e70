from dataclasses import replace

import pytest

from newsbeam.transforms.enrich.names.rules import ALL_RULES, NO_RULES
from newsbeam.transforms.enrich.names.story import apply_rules
from newsbeam.transforms.records import Entity


@pytest.fixture
def tagged(make_story):
    """Return a function of texts in which `[name|LABEL]` is an entity; it applies rules, gives (text, label, name)."""

    def tag(*marked, rules=ALL_RULES, language="en"):
        texts, entities = zip(*map(_read, marked), strict=True)
        story = make_story("Title", *texts, language=language)
        paragraphs = tuple(replace(p, entities=e) for p, e in zip(story.paragraphs, entities, strict=True))
        found = apply_rules(replace(story, paragraphs=paragraphs), rules)
        for paragraph in found.paragraphs:
            assert all(paragraph.text[e.start : e.end] == e.text for e in paragraph.entities)
        return [[(e.text, e.label, e.name) for e in paragraph.entities] for paragraph in found.paragraphs]

    return tag


def _read(marked):
    text, entities = "", []
    for at, part in enumerate(marked.replace("]", "[").split("[")):
        name, _, label = part.partition("|")
        if at % 2:
            entities.append(Entity(name, label, len(text), len(text) + len(name), name))
        text += name
    return text, tuple(entities)


def test_a_name_that_the_model_left_out(tagged):
    first, second = tagged("[Ines Moreau|PERSON] leads the port.", "On Friday Moreau opened the new quay.")
    assert first == [("Ines Moreau", "PERSON", "Ines Moreau")]
    assert second == [("Moreau", "PERSON", "Ines Moreau")]


@pytest.mark.parametrize("text", ["He met Jane Moreau.", "It is the Moreau-Fund of old.", "The Moreaus came."])
def test_a_part_of_another_name_is_no_repeat(tagged, text):
    assert tagged("[Ines Moreau|PERSON] leads the port.", text)[1] == []


def test_an_ordinary_word_is_no_name_where_a_sentence_begins(tagged):
    found = tagged("[Tom Rivers|PERSON] fishes.", "Rivers are full, small rivers rise.", "So Rivers stayed at home.")
    assert [len(each) for each in found] == [1, 0, 1]


def test_gazetteers(tagged):
    (found,) = tagged("The [Taliban|NORP] met [Reuters|PERSON] in Norway, and French aid came from the EU.")
    assert [(text, label) for text, label, _ in found] == [
        ("Taliban", "ORG"),
        ("Reuters", "ORG"),
        ("Norway", "GPE"),
        ("French", "NORP"),
        ("EU", "ORG"),
    ]
    assert tagged("[Reuters|PERSON] was in Norway.", rules=replace(ALL_RULES, gazetteers=False)) == [
        [("Reuters", "PERSON", "Reuters")]
    ]


def test_words_before_a_name_tell_its_kind(tagged):
    (found,) = tagged("They live in [Bergen|ORG], said Mrs. [Okonkwo|ORG] of [Lindqvist Motors|PERSON].")
    assert [label for _, label, _ in found] == ["GPE", "PERSON", "ORG"]


def test_a_headline_lengthens_no_name_and_has_no_vote(tagged):
    headline, text = tagged(
        "[Moreau To Meet Farmers|PERSON] In [Bergen|ORG] On Friday", "[Ines Moreau|PERSON] goes to [Bergen|GPE]."
    )
    assert headline == [("Moreau", "PERSON", "Ines Moreau"), ("Bergen", "GPE", "Bergen")]
    assert [name for _, _, name in text] == ["Ines Moreau", "Bergen"]


def test_a_surname_labelled_as_a_nation(tagged):
    found = tagged("[Ilya Kasparian|PERSON] spoke first.", "Then [Kasparian|NORP] left.", "[Kasparian|GPE] came back.")
    assert {name for each in found for _, _, name in each} == {"Ilya Kasparian"}
    assert {label for each in found for _, label, _ in each} == {"PERSON"}


@pytest.mark.parametrize(
    ("short", "full"),
    [("Reza Karimi", "Mohammad Reza Karimi"), ("John Ford", "John Ford Jr."), ("Ana Lee", "Maria Ana Lee")],
)
def test_a_son_is_not_his_father(tagged, short, full):
    found = tagged(f"[{full}|PERSON] ruled for years.", f"His son [{short}|PERSON] lives abroad.")
    assert found[1][0][2] == short


@pytest.mark.parametrize(
    ("short", "full"),
    [
        ("Nguyet", "Tran Thi Nguyet"),
        ("Katrín", "Katrín Jakobsdóttir"),
        ("Kim", "Kim Seo-yun"),
        ("Orsos", "Orsos Janos"),
    ],
)
def test_any_part_of_a_name(tagged, short, full):
    found = tagged(f"[{full}|PERSON] was elected in spring.", f"Many like [{short}|PERSON] a lot.")
    assert found[1][0][2] == full


def test_an_acronym_that_the_text_explains(tagged):
    found = tagged("The [Inland Ferry Board|ORG] (IFB) met.", "The [IFB|GPE] said no.", "The IFB closes at noon.")
    assert [name for each in found for _, _, name in each][-1] == "Inland Ferry Board"


def test_rules_that_are_off_change_nothing(tagged):
    assert tagged("the [AI|GPE] of [the Oslo|ORG]", rules=NO_RULES) == [
        [("AI", "GPE", "AI"), ("the Oslo", "ORG", "the Oslo")]
    ]


def test_paragraphs_in_any_order_give_the_same(tagged):
    marked = [
        "[Ines Moreau|PERSON] spoke.",
        "Later [Moreau|ORG] left for [Oslo|ORG].",
        "She likes [Oslo|GPE] and [Oslo|GPE].",
    ]
    assert tagged(*marked[::-1]) == tagged(*marked)[::-1]


def test_an_ordinary_word_after_a_country(tagged):
    [_, found] = tagged("The suppliers came.", "They asked [U.S. Suppliers|ORG] about it.")
    assert found == [("U.S.", "GPE", "U.S.")]


def test_a_capital_is_not_an_organisation(tagged):
    assert tagged("They asked [Beirut|ORG] about it.") == [[("Beirut", "GPE", "Beirut")]]


def test_a_well_known_acronym_has_its_long_form(tagged):
    assert tagged("They asked [NATO|ORG] about it.") == [[("NATO", "ORG", "North Atlantic Treaty Organization")]]


def test_a_surname_that_two_people_have_is_a_person(tagged):
    found = tagged("In spring [Anna Velm|PERSON] met her uncle [Ivo Velm|PERSON].", "Then [Velm|ORG] left.")
    assert found[1] == [("Velm", "PERSON", "Velm")]
