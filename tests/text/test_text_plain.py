"""Plain text to blocks: the ways in which wires and scraped pages break paragraphs."""

from pathlib import Path

import pytest

from newsbeam.transforms.text import plain

P, L, T = "paragraph", "list_item", "table"


def read(text: str) -> list[tuple[str, str]]:
    return [(block.text, block.kind) for block in plain.blocks(text)]


def test_teleprinter(data: Path) -> None:
    """Indented first lines, a table with columns, a table of figures, a compound broken at its hyphen."""
    assert read((data / "text" / "teleprinter.txt").read_text(encoding="utf-8")) == [
        (
            "PORT ELSE, March 18 - The grain board said on Wednesday that it would open the port's second berth, "
            "closed since the storm of last winter, to ships of up to 40,000 tonnes under a five-year-old plan.",
            P,
        ),
        ('"We are ready," a spokesman said. He gave no date for the first arrival.', P),
        ("Prices at the close were as follows -", P),
        (
            "Today | Before\nWheat | 2.55 | 2.40\nMaize | 1.35 | 1.92\n"
            "Net 807,000 vs 2,858,000\nSales 12.2 mln vs 7,413,328",
            T,
        ),
        ("Traders had expected less.", P),
        ("Reuter", P),
    ]


def test_blank_lines(data: Path) -> None:
    """Wrapped paragraphs, a list with hanging lines, a sign-off."""
    assert read((data / "text" / "blank_lines.txt").read_text(encoding="utf-8")) == [
        (
            "The island's only school reopened on Monday after a month of repairs to its roof. "
            "Twenty pupils came back.",
            P,
        ),
        ('"It was cold," said one of them. The old stove had been taken out and nobody had thought of a new one.', P),
        ("What happens next", P),
        ("The stove arrives on Friday, weather permitting, with the boat that brings the post.", L),
        ("The ceiling is painted in May.", L),
        ("The council meets again on 2 April.", P),
        ("(abc)", P),
    ]


LONG = "A paragraph of a scraped page is one line, however long it gets, and the next one is another line. " * 2


@pytest.mark.parametrize(
    ("text", "texts"),
    [
        # one line a paragraph
        (f"{LONG}\nShort one.\nAnd another.", [LONG.strip(), "Short one.", "And another."]),
        (f"A heading\n{LONG}\n(abc)", ["A heading", LONG.strip(), "(abc)"]),
        (
            "One sentence.\nAnother sentence, a little longer.\nA third.",
            ["One sentence.", "Another sentence, a little longer.", "A third."],
        ),
        # a text with long lines that someone broke in mid-sentence
        (f"{LONG}\nThe line was broken\nin the middle.", [LONG.strip(), "The line was broken in the middle."]),
        # a wrapped chunk in a text with long lines
        (
            f"{LONG}\n\nThe minister, who had been in\nParis, left for the town of\nLyons on Friday.\n",
            [LONG.strip(), "The minister, who had been in Paris, left for the town of Lyons on Friday."],
        ),
        # wrapped paragraphs without blank lines or indentation: a break where the next word would have fitted is an end
        (
            "The ferry sails again, the council said on Monday.\n"
            "It had been laid up since January, for want of some small\nspare part.\n"
            "The first boat leaves at six.",
            [
                "The ferry sails again, the council said on Monday.",
                "It had been laid up since January, for want of some small spare part.",
                "The first boat leaves at six.",
            ],
        ),
        # the whole text is indented
        (
            "   The ferry sails again, the council\n   said.\n\n   It had been laid up.",
            ["The ferry sails again, the council said.", "It had been laid up."],
        ),
        # numbers of a list stay; a number at the beginning of a wrapped line is none
        ("Rules:\n1. Be brief.\n2. Be kind.", ["Rules:", "1. Be brief.", "2. Be kind."]),
        (
            "The show ends on the evening of March\n12. The next is in May, at the town hall\nof Northholm.",
            ["The show ends on the evening of March 12. The next is in May, at the town hall of Northholm."],
        ),
        # hyphens
        (
            "It is a state-\nowned firm, with short-\nand long-term debts that are\nlarge.",
            ["It is a state-owned firm, with short- and long-term debts that are large."],
        ),
        # line ends, controls, nothing
        ("One.\r\n\r\nTwo.\u2028Three.", ["One.", "Two.", "Three."]),
        ("\x02One.\x03\n\n\x1a", ["One."]),
        ("", []),
        ("\n \n\t\n", []),
    ],
)
def test_texts(text: str, texts: list[str]) -> None:
    assert [block.text for block in plain.blocks(text)] == texts


@pytest.mark.parametrize(
    ("text", "tables"),
    [
        (
            "Team        W   L\n-----------------\nNorthholm   3   1\nElse        1   3",
            ["Team | W | L\n-----------------\nNorthholm | 3 | 1\nElse | 1 | 3"],
        ),
        ("a\tb\nc\td", ["a | b\nc | d"]),
        ("One sentence.  Another one.\nA third.  And a fourth.", []),
        ("A gap    in one line only\nis no table.", []),
    ],
)
def test_tables(text: str, tables: list[str]) -> None:
    assert [block.text for block in plain.blocks(text) if block.kind == T] == tables


@pytest.mark.parametrize(
    "text", ["word " * 400_000, "   a\nb\n" * 20_000, "a  b  c\n" * 20_000, " " * 10**6 + "x", "- a\n" * 20_000]
)
def test_size_is_no_trouble(text: str) -> None:
    assert plain.blocks(text)
