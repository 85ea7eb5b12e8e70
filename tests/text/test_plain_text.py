"""Plain text to blocks: the ways in which wires and scraped pages break paragraphs."""

from pathlib import Path

import pytest

from newsbeam.transforms.text import plain_text

P, L, T = "paragraph", "list_item", "table"


def read(text: str) -> list[tuple[str, str]]:
    return [(block.text, block.kind) for block in plain_text.to_blocks(text)]


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
        # ... except the first line, and the lines are wrapped
        (
            "The ferry sails again, the\n    council said, after a month\n    of repairs. It had been\n    laid up.",
            ["The ferry sails again, the council said, after a month of repairs. It had been laid up."],
        ),
        (
            "\nThe ferry sails again, the\n    council said.\n\n    It had been laid up.",
            ["The ferry sails again, the council said.", "It had been laid up."],
        ),
        # numbers of a list stay; a number at the beginning of a wrapped line is none
        ("Rules:\n1. Be brief.\n2. Be kind.", ["Rules:", "1. Be brief.", "2. Be kind."]),
        (
            "The show ends on the evening of March\n12. The next is in May, at the town hall\nof Northholm.",
            ["The show ends on the evening of March 12. The next is in May, at the town hall of Northholm."],
        ),
        # a programme, questions and answers, and a colon in a wrapped line
        (
            "Programme:\n09:00 Doors\n09:30 Speech of the mayor\n10:15 Break",
            ["Programme:", "09:00 Doors", "09:30 Speech of the mayor", "10:15 Break"],
        ),
        (
            "Q: Why now?\nA: For want of money.\nQ: And then?\nA: We wait.",
            ["Q: Why now?", "A: For want of money.", "Q: And then?", "A: We wait."],
        ),
        (
            "The club has made a leaflet with the name\nEls Holm: it says that the port of the town\nSands Bay: never.",
            ["The club has made a leaflet with the name Els Holm: it says that the port of the town Sands Bay: never."],
        ),
        # direct speech keeps its dash
        (
            "The port is shut.\n\n- We wait, she said.\n\n- It is clear.",
            ["The port is shut.", "- We wait, she said.", "- It is clear."],
        ),
        ("– We wait, she said.\n– It is clear.", ["– We wait, she said.", "– It is clear."]),
        ("They want:\n- Bread.\n- Butter.", ["They want:", "Bread.", "Butter."]),
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
    assert [block.text for block in plain_text.to_blocks(text)] == texts


@pytest.mark.parametrize(
    ("text", "tables"),
    [
        (
            "Team        W   L\n-----------------\nNorthholm   3   1\nElse        1   3",
            ["Team | W | L\n-----------------\nNorthholm | 3 | 1\nElse | 1 | 3"],
        ),
        ("a\tb\nc\td", ["a | b\nc | d"]),
        # boxes of bars, as dpa writes tables
        (
            "| Saturday: |\n| Northholm | - | Else  | 2:1 |\n| Westholm  | - | Sands | 0:0 |",
            ["Saturday:\nNorthholm | - | Else | 2:1\nWestholm | - | Sands | 0:0"],
        ),
        # leaders of dots, one column or more
        ("Smith ........ 12\nO'Neill . . . . 9", ["Smith | 12\nO'Neill | 9"]),
        ("GRADE....MAR 27....FEB 27\nBRENT....18.89....16.77", ["GRADE | MAR 27 | FEB 27\nBRENT | 18.89 | 16.77"]),
        # results
        ("Northholm 2 Else 1\nSt. Ann's 0 Westholm United 10", ["Northholm 2 Else 1\nSt. Ann's 0 Westholm United 10"]),
        (
            "FC Northholm - Else 04 2:1\nSC Sands - TSV Else 1:3 (0:2)\nWestholm - Sands 2:2",
            ["FC Northholm - Else 04 2:1\nSC Sands - TSV Else 1:3 (0:2)\nWestholm - Sands 2:2"],
        ),
        # a listing: a name and a figure, three times at least
        (
            "Weights:\nFirst Light 58.0\nOld Moss (NZ) 57.5\nNil Desperandum 54",
            ["First Light 58.0\nOld Moss (NZ) 57.5\nNil Desperandum 54"],
        ),
        ("First Light 58.0\nOld Moss (NZ) 57.5", []),
        # columns that a full one leaves only a space, and the figures of a row without any wide gap
        (
            "Wheat     119,800    368,300\nCorn 1,001,900    927,000\nSoy Cake 2,400 8,100\nuk bkt  182 - 183",
            ["Wheat | 119,800 | 368,300\nCorn | 1,001,900 | 927,000\nSoy Cake | 2,400 | 8,100\nuk bkt | 182 - | 183"],
        ),
        (
            "March 87   March 86   Change\nMarch 88   Mill 86\nGrain 281 1/2   3",
            ["March 87 | March 86 | Change\nMarch 88 | Mill | 86\nGrain 281 1/2 | 3"],
        ),
        # earnings: paragraphs of one line, the first of which lost its indentation
        (
            "Shr six cts vs five cts\n    Net 40,000 vs 38,000\n    Nine mths\n    Shr nil vs nil\n Reuter",
            ["Shr six cts vs five cts\nNet 40,000 vs 38,000\nNine mths\nShr nil vs nil"],
        ),
        (
            "Qtly div nine cts vs nine cts\n    Pay April 24\n    Record April 9",
            ["Qtly div nine cts vs nine cts\nPay April 24\nRecord April 9"],
        ),
        # no tables
        ("   Interest is paid on March 15 and September 15\nbeginning September 15, 1987.\n   It is low.", []),
        ("He said ... nothing.\nThen he went away ... and came back in 1999.", []),
        (
            "It was 1999 and in Sands 3\ntimes did he win. That was number 12 and\nthen he came to room 14\nof it.",
            [],
        ),
        ("One sentence.  Another one.\nA third.  And a fourth.", []),
        ("A gap    in one line only\nis no table.", []),
    ],
)
def test_tables(text: str, tables: list[str]) -> None:
    assert [block.text for block in plain_text.to_blocks(text) if block.kind == T] == tables


@pytest.mark.parametrize(
    "text", ["word " * 400_000, "   a\nb\n" * 20_000, "a  b  c\n" * 20_000, " " * 10**6 + "x", "- a\n" * 20_000]
)
def test_time_is_linear_in_size(text: str) -> None:
    assert plain_text.to_blocks(text)
