import pytest

from newsbeam.transforms.enrich.names.spans import repaired
from newsbeam.transforms.records import Entity


def names(found: str, label: str, text: str = "", english: bool = True) -> list[str]:
    """Return the names in a span that is all of a text, or stands in one."""
    text = text or found
    start = text.index(found)
    entity = Entity(found, label, start, start + len(found), found)
    parts = list(repaired(entity, text, english))
    assert all(text[each.start : each.end] == each.text == each.name for each in parts)
    return [each.text for each in parts]


@pytest.mark.parametrize(
    ("found", "label", "expected"),
    [
        ("the Harbour Authority", "ORG", "Harbour Authority"),
        ("The Hague", "GPE", "The Hague"),
        ("Ines Moreau's", "PERSON", "Ines Moreau"),
        ("Ines Moreau ’s", "PERSON", "Ines Moreau"),
        ("McDonald's", "ORG", "McDonald's"),
        ("Mr. Ole Brandt", "PERSON", "Ole Brandt"),
        ("President Ines Moreau", "PERSON", "Ines Moreau"),
        ("Pope Francis", "PERSON", "Pope Francis"),
        ("w Karen", "PERSON", "Karen"),
        ("van der Meer", "PERSON", "van der Meer"),
        ("Ole Brandt 2019", "PERSON", "Ole Brandt"),
        ("Near Bergen", "GPE", "Bergen"),
        ("“Oslo", "GPE", "Oslo"),
        ("Riverside Ferries ↩", "ORG", "Riverside Ferries"),
        ("Anna's Grok", "PERSON", "Anna"),
    ],
)
def test_what_is_outside_of_a_name(found, label, expected):
    assert names(found, label) == [expected]


@pytest.mark.parametrize(
    ("found", "label"),
    [
        ("AI", "GPE"),
        ("Revs 602", "PERSON"),
        ("602", "ORG"),
        ("↩", "ORG"),
        ("seafood", "ORG"),
        ("X", "PERSON"),
        ("Prime Minister", "PERSON"),
        ("jo@example.org", "PERSON"),
        ("<br>", "ORG"),
        ("https://example.org", "ORG"),
        ("Council Votes To Close Old Harbour Bridge For Repairs", "PERSON"),
    ],
)
def test_what_is_not_a_name(found, label):
    assert names(found, label) == []


def test_two_names_in_a_span():
    assert names("Bergen and Oslo", "GPE") == ["Bergen", "Oslo"]
    assert names("Trinidad and Tobago", "GPE") == ["Trinidad and Tobago"]
    assert names("Marks and Spencer", "ORG") == ["Marks and Spencer"]


def test_other_labels_and_other_languages_stay():
    assert names("the first quarter", "DATE") == ["the first quarter"]
    assert names("The Band", "ORG", english=False) == ["The Band"]
