from dataclasses import replace

import pytest

from newsbeam.transforms.enrich.names.resolve import resolve_names
from newsbeam.transforms.records import Entity


def resolved(make_story, *found):
    """Return (name, label) for entities given as "text/LABEL", each in a paragraph of its own."""
    story = make_story("Title", *(f"{item.partition('/')[0]} and what was found of it later" for item in found))
    paragraphs = []
    for paragraph, item in zip(story.paragraphs, found, strict=True):
        text, _, label = item.partition("/")
        paragraphs.append(replace(paragraph, entities=(Entity(text, label, 0, len(text), text),)))
    story = resolve_names(replace(story, paragraphs=tuple(paragraphs)))
    entities = [entity for paragraph in story.paragraphs for entity in paragraph.entities]
    assert [(entity.text, entity.start, entity.end) for entity in entities] == [
        (item.partition("/")[0], 0, len(item.partition("/")[0])) for item in found
    ]
    return [f"{entity.name}/{entity.label}" for entity in entities]


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        pytest.param(["Lavrov/PERSON", "Sergei Lavrov/PERSON"], ["Sergei Lavrov/PERSON"] * 2, id="surname"),
        pytest.param(["Sergei Lavrov/PERSON", "Lavrov/ORG"], ["Sergei Lavrov/PERSON"] * 2, id="mistaken for ORG"),
        pytest.param(["Lavrov/ORG", "Lavrov/ORG", "Sergei Lavrov/PERSON"], ["Sergei Lavrov/PERSON"] * 3, id="twice"),
        pytest.param(["Mr. Lavrov/PERSON", "Sergei Lavrov/PERSON"], ["Sergei Lavrov/PERSON"] * 2, id="honorific"),
        pytest.param(["S. Lavrov/PERSON", "Sergei Lavrov/PERSON"], ["Sergei Lavrov/PERSON"] * 2, id="initial"),
        pytest.param(["LAVROV/PERSON", "Sergei Lavrov/PERSON"], ["Sergei Lavrov/PERSON"] * 2, id="capitals"),
        pytest.param(["Angela/PERSON", "Angela Merkel/PERSON"], ["Angela Merkel/PERSON"] * 2, id="first name"),
        pytest.param(
            ["John Smith/PERSON", "John Q. Smith/PERSON", "Smith/PERSON"], ["John Q. Smith/PERSON"] * 3, id="chain"
        ),
        pytest.param(
            ["van der Bellen/PERSON", "Alexander van der Bellen/PERSON"], ["Alexander van der Bellen/PERSON"] * 2
        ),
    ],
)
def test_short_names_of_people(make_story, found, expected):
    assert resolved(make_story, *found) == expected


@pytest.mark.parametrize(
    "found",
    [
        pytest.param(["Bill Clinton/PERSON", "Hillary Clinton/PERSON", "Clinton/PERSON"], id="two of a surname"),
        pytest.param(["John Major/PERSON", "John Smith/PERSON", "John/PERSON"], id="two of a first name"),
        pytest.param(["Denzel Washington/PERSON", "Washington/GPE"], id="place"),
        pytest.param(["Gerald Ford/PERSON", "Ford/ORG", "Ford Foundation/ORG"], id="company of that name"),
        pytest.param(["Angela Merkel/PERSON", "Angela/ORG"], id="a first name alone does not turn ORG into PERSON"),
        pytest.param(["Theresa May/PERSON", "May/DATE"], id="date"),
        pytest.param(["Revs/PERSON", "Net Revs 602.5/PERSON"], id="no person"),
        pytest.param(["w Karen/PERSON", "Karen/PERSON"], id="no name"),
        pytest.param(["House/ORG", "House Finance Committee/ORG"], id="a part is no short form"),
        pytest.param(["US/GPE", "United States/GPE", "U.S./GPE"], id="abbreviated places"),
        pytest.param(["Acme Inc/ORG", "Acme Holdings/ORG", "Acme/ORG"], id="two companies"),
        pytest.param(["the first quarter/DATE", "one/CARDINAL"], id="no names"),
        pytest.param(["The Hague/GPE"], id="article of the name"),
        pytest.param(["The Lord of the Rings/WORK_OF_ART"], id="title"),
    ],
)
def test_ambiguous_and_full_names_stay(make_story, found):
    assert resolved(make_story, *found) == found


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("the United States", "United States"),
        ("The Senate", "Senate"),
        ("the U.S. Treasury's", "U.S. Treasury"),
        ("Nigeria’s", "Nigeria"),
        ("Josh Adams'", "Josh Adams"),
        ("South\n Korea", "South Korea"),
        ("“Oslo”", "Oslo"),
        ("Rhodic>", "Rhodic"),
        ("McDonald's", "McDonald's"),
        ("Harbour Trust's", "Harbour Trust"),
        ("''", "''"),
        ("the", "the"),
    ],
)
def test_name_of_a_single_form(make_story, text, name):
    assert resolved(make_story, f"{text}/ORG") == [f"{name}/ORG"]


@pytest.mark.parametrize(
    ("found", "names"),
    [
        (["Inco/ORG", "Inco Ltd/ORG"], ["Inco Ltd"] * 2),
        (["Ford/ORG", "Ford Motor Co/ORG", "Ford's/ORG"], ["Ford Motor Co"] * 3),
        (
            ["Gerald Ford/PERSON", "Ford/ORG", "Ford Administration/ORG"],
            ["Gerald Ford", "Gerald Ford", "Ford Administration"],
        ),
        (["Bain/ORG", "Bain & Company/ORG"], ["Bain & Company"] * 2),
        (["SEC/ORG", "the Securities and Exchange Commission/ORG"], ["Securities and Exchange Commission"] * 2),
        (["JAPAN/GPE", "Japan/GPE"], ["Japan"] * 2),
        (["the White House/ORG", "White House/ORG"], ["White House"] * 2),
    ],
)
def test_other_names(make_story, found, names):
    assert [item.partition("/")[0] for item in resolved(make_story, *found)] == names


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (["GPE", "ORG", "GPE"], "GPE"),
        (["ORG", "ORG", "GPE"], "ORG"),
        (["ORG", "GPE"], "GPE"),
        (["ORG", "PERSON"], "PERSON"),
    ],
)
def test_one_label_a_name(make_story, labels, expected):
    assert resolved(make_story, *(f"Tokyo/{label}" for label in labels)) == [f"Tokyo/{expected}"] * len(labels)


@pytest.mark.parametrize(
    ("found", "last"),
    [
        (["Velm Garden Tools Inc/ORG", "Velm/PERSON"], "Velm Garden Tools Inc/ORG"),
        (["Kent Toys Inc/ORG", "Kent/PERSON"], "Kent Toys Inc/ORG"),
        (["Kent Toys Inc/ORG", "Kent Oil Corp/ORG", "Kent/PERSON"], "Kent/PERSON"),
        (["Kent Toys Inc/ORG", "Anna Kent/PERSON", "Kent/PERSON"], "Anna Kent/PERSON"),
        (["Velm Garden Club/ORG", "Velm/PERSON"], "Velm/PERSON"),
    ],
)
def test_short_names_of_firms(make_story, found, last):
    assert resolved(make_story, *found)[-1] == last


def test_the_order_of_entities_does_not_matter(make_story):
    found = [
        "Lavrov/ORG",
        "S. Lavrov/PERSON",
        "Sergei Lavrov/PERSON",
        "Inco/ORG",
        "Inco Ltd/ORG",
        "Tokyo/ORG",
        "Tokyo/GPE",
    ]
    assert resolved(make_story, *found[::-1]) == resolved(make_story, *found)[::-1]


def test_a_story_without_entities_is_untouched(make_story):
    story = make_story("Title", "A text.")
    assert resolve_names(story) is story
