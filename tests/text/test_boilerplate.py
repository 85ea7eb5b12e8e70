"""Widgets, share bars and sign-offs go; what only holds such words stays."""

import pytest

from newsbeam.transforms.text import boilerplate
from newsbeam.transforms.text.blocks import Block

STORY = "The ferry sails again, the council said."


def texts(*parts: str) -> list[str]:
    return [block.text for block in boilerplate.without_widgets([Block(part) for part in parts])]


@pytest.mark.parametrize(
    "widget",
    [
        "A",
        "A A A",
        "A+ A-",
        "Aa",
        "***",
        "* * *",
        "—",
        "•",
        "Share",
        "Share this article",
        "Share on Facebook",
        "Tweet",
        "Print",
        "Email this",
        "Share | Tweet | Email",
        "Share on Facebook Tweet Email Print",
        "Facebook Twitter WhatsApp",
        "Teilen",
        "Copy link",
        "12 Share 3 Tweet",
        "Share this:",
        "Continue reading",
        "Continue reading...",
        "Continue reading →",
        "Read more",
        "Read more »",
        "[Read more]",
        "Read the full story",
        "Weiterlesen …",
        "Lire la suite",
        "Leer más",
        "Leggi tutto",
        "Continue reading “The ferry sails again”",
        "Read more: The ferry sails again",
        "Also read: Another ferry",
        "The post The ferry sails again appeared first on Harbour News.",
        "The post The ferry sails again first appeared on Harbour News.",
        "Der Beitrag Die Fähre fährt erschien zuerst auf Hafenblatt.",
        "L’article Le bac repart est apparu en premier sur Le Port.",
        "submitted by /u/ferryman [link] [comments]",
        "Comments URL: https://example.org/1",
        "Points: 12",
        "# Comments: 3",
        "Read more of this story at Slashdot.",
        "[embed-video id=”12″]",
        "[gallery]",
        "Advertisement",
        "ADVERTISEMENT",
        "Story continues below advertisement",
        "Anzeige",
        "Sponsored",
        "after newsletter promotion",
        "Sign up for our daily newsletter.",
        "Comments",
        "12 comments",
        "Comments (3)",
        "Leave a comment",
        "Leave a reply",
        "Our Standards: The Thomson Reuters Trust Principles.",
    ],
)
def test_widgets_go(widget: str) -> None:
    assert texts(STORY, widget, STORY) == [STORY, STORY]


@pytest.mark.parametrize(
    "text",
    [
        "A good day.",
        "X",
        "Facebook",
        "Apple",
        "Facebook and Twitter",
        "Save the whales.",
        "Print is not dead.",
        "Share prices fell.",
        "Shares of X fell by 3%.",
        "Tweet of the week: none.",
        "Email is 50 years old.",
        "Read more books, the minister said.",
        "Continue reading and you will see why.",
        "The post office appeared first on the list.",
        "Comments by the minister angered the opposition.",
        "Advertisement revenue fell.",
        "Sponsored by the council, the ferry sails again.",
        "Related parties disagreed.",
        "Sign up for the army, they said.",
        "42",
        "1. Be brief.",
        "“…”, he wrote.",
        "[time] is money",
    ],
)
def test_stories_stay(text: str) -> None:
    assert texts(STORY, text, STORY) == [STORY, text, STORY]


@pytest.mark.parametrize("kind", ["table", "paragraph"])
def test_a_row_of_figures_takes_no_time(kind: str) -> None:
    """Divided in every possible way, these digits would take for ever."""
    figures = [Block("04/09/87 03/09/87 | 26,558 26,203 24,951 | 1234567890 1234567890 1234567890 nil", kind)]
    assert boilerplate.without_widgets(figures) == figures


def test_share_bar_of_many_blocks() -> None:
    assert texts(STORY, "Facebook", "X", "LinkedIn", "Email", STORY) == [STORY, STORY]
    assert texts("Apple", "Facebook", "X", "Google") == ["Apple", "Facebook", "X", "Google"]


def test_heading_stays() -> None:
    blocks = [Block("Comments", "heading"), Block(STORY)]
    assert boilerplate.without_widgets(blocks) == blocks


@pytest.mark.parametrize(
    "tail",
    [
        " Continue reading...",
        "… Read more",
        " […] Read more »",
        " Lire la suite",
        " The post The ferry sails again appeared first on Harbour News.",
        " Continue reading “The ferry” →",
    ],
)
def test_tails_are_cut(tail: str) -> None:
    assert texts(STORY + tail)[0].rstrip("[]… ") == STORY


@pytest.mark.parametrize(
    "sign_off",
    [
        "(esn)",
        "(abc/xyz)",
        "(dpa)",
        "(AFP)",
        "(END)",
        "(Ends)",
        "END",
        "ENDS",
        "-ENDS-",
        "-30-",
        "###",
        "# # #",
        "***",
        "-- dpa",
        "— AFP",
        "- Bernama",
        "– Reuters",
        "Reuter",
        "REUTER",
        "Reuters",
        "(MORE)",
        "-- With agencies",
        "/fg/",
        "-- Dow Jones",
    ],
)
def test_sign_offs(sign_off: str) -> None:
    for blocks in ([Block(STORY), Block(sign_off)], [Block(f"{STORY} {sign_off}")]):
        assert boilerplate.take_sign_off(blocks) == ([Block(STORY)], "", "")


def test_sign_off_glued_to_the_last_sentence() -> None:
    assert boilerplate.take_sign_off([Block(f"{STORY}(esn)")]).blocks == [Block(STORY)]
    assert boilerplate.take_sign_off([Block(f"{STORY}(esn)"), Block("(END)"), Block("***")]).blocks == [Block(STORY)]


@pytest.mark.parametrize(
    ("last", "credit"),
    [
        ("(Reporting by Jo March; Editing by Beth Hale)", "Reporting by Jo March; Editing by Beth Hale"),
        ("Reporting by Jo March; Editing by Beth Hale", "Reporting by Jo March; Editing by Beth Hale"),
        ("Reporting by Jo March in Oslo; Writing by Amy Low", "Reporting by Jo March in Oslo; Writing by Amy Low"),
        ("(Additional reporting by Jo March)", "Additional reporting by Jo March"),
        ("(Edited by Beth Hale)", "Edited by Beth Hale"),
    ],
)
def test_credits_are_handed_back(last: str, credit: str) -> None:
    for blocks in ([Block(STORY), Block(last)], [Block(f"{STORY} {last}")]):
        assert boilerplate.take_sign_off(blocks) == ([Block(STORY)], credit, "")


def test_several_credits_and_copyright() -> None:
    blocks = [
        Block(STORY),
        Block("Reporting by Jo March"),
        Block("Editing by Beth Hale"),
        Block("© 2026 Harbour News. All rights reserved."),
    ]
    ending = boilerplate.take_sign_off(blocks)
    assert ending == (
        [Block(STORY)],
        "Reporting by Jo March; Editing by Beth Hale",
        "© 2026 Harbour News. All rights reserved.",
    )


@pytest.mark.parametrize(
    "last",
    [
        "It was a slip (sic)",
        "They called it the end.",
        "He works for Reuters",
        "The rise was 3% (year on year)",
        "Writing by hand helps the memory.",
        "Reported by the police on Monday.",
        "She has moved to the US (and stayed)",
        "He said no. (sic)",
        "It ended 2-1 (HT 1-0)",
        "Copyright is a right.",
        "So said the AP",
    ],
)
def test_last_sentences_stay(last: str) -> None:
    for blocks in ([Block(STORY), Block(last)], [Block(f"{STORY} {last}")]):
        assert boilerplate.take_sign_off(blocks).blocks == blocks


@pytest.mark.parametrize(
    ("first", "names"),
    [
        ("By Jo March", "Jo March"),
        ("By Jo March and Beth Hale", "Jo March and Beth Hale"),
        ("By JO MARCH, Harbour News", "JO MARCH, Harbour News"),
        ("Von Marco Krefting, dpa", "Marco Krefting, dpa"),
        ("By Jo March in Oslo", "Jo March in Oslo"),
        ("By Monday, the ferry had sailed", ""),
        ("By the harbour", ""),
        ("By Friday.", ""),
        ("By Oslo", ""),
        (STORY, ""),
    ],
)
def test_byline(first: str, names: str) -> None:
    blocks = [Block(first), Block(STORY)]
    assert boilerplate.take_byline(blocks) == (names, [Block(STORY)] if names else blocks)


def test_nothing_from_nothing() -> None:
    assert boilerplate.without_widgets([]) == []
    assert boilerplate.take_sign_off([]) == ([], "", "")
    assert boilerplate.take_byline([]) == ("", [])
