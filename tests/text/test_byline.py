"""First lines that are bylines, and those that only begin with "By"."""

import pytest

from newsbeam.transforms.text import byline
from newsbeam.transforms.text.block import Block

STORY = "The ferry sails again, the council said."


@pytest.mark.parametrize(
    ("first", "names"),
    [
        ("By Jo March", "Jo March"),
        ("By Jo March and Beth Hale", "Jo March and Beth Hale"),
        ("By JO MARCH, Harbour News", "JO MARCH, Harbour News"),
        ("Von Marco Krefting, dpa", "Marco Krefting, dpa"),
        ("By Jo March in Oslo", "Jo March in Oslo"),
        ("by Jo March (Ferries, Harbour News)", "Jo March (Ferries, Harbour News)"),
        ("By Friday (or Monday)", ""),
        ("by Jo March", "Jo March"),
        ("By J. K. Low", "J. K. Low"),
        ("Av Erik Berg", "Erik Berg"),
        ("Door Jan Jansen", "Jan Jansen"),
        ("Text: Anna Berg", "Anna Berg"),
        ("Autor: Jan Novák", "Jan Novák"),
        ("Text Anna Berg", ""),
        ("Text: Psalm 23", ""),
        ("Av og til", ""),
        ("By Reuters Staff", "Reuters Staff"),
        ("By Mohammed al-Sayed", "Mohammed al-Sayed"),
        ("By Popular Demand", ""),
        ("By The Numbers", ""),
        ("By Land And Sea", ""),
        ("By George, He Did It", ""),
        ("Von Null auf Hundert", ""),
        ("By Monday, the ferry had sailed", ""),
        ("By the harbour", ""),
        ("By Friday.", ""),
        ("By Oslo", ""),
        (STORY, ""),
    ],
)
def test_byline(first: str, names: str) -> None:
    blocks = [Block(first), Block(STORY)]
    assert byline.extract_byline(blocks) == (names, [Block(STORY)] if names else blocks)


def test_a_note_can_precede_the_byline() -> None:
    note, line, text = Block("This is the third part of a series."), Block("By Jo March"), Block(STORY)
    assert byline.extract_byline([note, line, text]) == ("Jo March", [note, text])
    assert byline.extract_byline([note, text, text, line]) == ("", [note, text, text, line])


def test_headings_are_not_bylines() -> None:
    blocks = [Block("By Jo March", "heading"), Block(STORY)]
    assert byline.extract_byline(blocks) == ("", blocks)


def test_an_author_of_the_entry_is_proof() -> None:
    blocks = [Block("By Xq Zw"), Block(STORY)]
    assert byline.extract_byline(blocks) == ("", blocks)
    assert byline.extract_byline(blocks, ["Xq Zw"]) == ("Xq Zw", [Block(STORY)])


def test_nothing_from_nothing() -> None:
    assert byline.extract_byline([]) == ("", [])
