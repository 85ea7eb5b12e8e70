import pytest

from newsbeam.transforms.enrich.names.spans import repaired, whole, without_overlaps
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
        ("Harbour Systems Ltd, Bergen", "ORG", "Harbour Systems Ltd"),
        ("Secretary-Treasurer Ole Brandt", "PERSON", "Ole Brandt"),
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


@pytest.mark.parametrize(
    ("found", "label", "text", "expected"),
    [
        ("Berg", "PERSON", "Then Ole Lind-Berg left.", ("Lind-Berg", "PERSON")),
        ("Quilt", "ORG", "The Quilt-a-Night tent sold out.", ("Quilt-a-Night", "ORG")),
        ("Quilt", "ORG", "The Quilt-a-night tent sold out.", ("Quilt-a-night", "ORG")),
        ("Leyden", "GPE", "Then Anna van der Leyden left.", ("Anna van der Leyden", "PERSON")),
        ("Ropes Ltd", "ORG", "It sold Cable and Ropes Ltd last year.", ("Cable and Ropes Ltd", "ORG")),
        ("Group of", "ORG", "The Group of Seven met in May.", ("Group of Seven", "ORG")),
        ("I.B. Velm", "ORG", "It bought I.B. Velm and Co Inc in May.", ("I.B. Velm and Co Inc", "ORG")),
        ("Oslo", "GPE", "The Copenhagen-Oslo line is shut.", ("Oslo", "GPE")),
        ("Brandt", "PERSON", "A Non-Brandt day.", ("Brandt", "PERSON")),
    ],
)
def test_what_belongs_to_a_name(found, label, text, expected):
    start = text.index(found)
    name = whole(Entity(found, label, start, start + len(found), found), text, frozenset({start}))
    assert (name.text, name.label) == expected
    assert text[name.start : name.end] == name.text


def test_a_word_of_two_names_stays_two():
    text = "The Brandt-Moreau talks failed."
    first, second = Entity("Brandt", "PERSON", 4, 10, "Brandt"), Entity("Moreau", "PERSON", 11, 17, "Moreau")
    starts = frozenset({4, 11})
    assert [whole(each, text, starts) for each in (first, second)] == [first, second]


def test_of_names_that_overlap_the_longest_stays():
    whole_name, part = Entity("Anna Berg", "PERSON", 0, 9, "Anna Berg"), Entity("Berg", "GPE", 5, 9, "Berg")
    assert without_overlaps([part, whole_name]) == [whole_name]


@pytest.mark.parametrize(
    ("found", "label"), [("DHCP", "ORG"), ("DIMMs", "ORG"), ("M-3", "FAC"), ("Co Ltd", "ORG"), ("NTFS", "ORG")]
)
def test_codes_and_abbreviations_are_not_names(found, label):
    assert names(found, label, f"They read about {found} today.") == []
