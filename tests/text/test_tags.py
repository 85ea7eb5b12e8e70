"""Lines of tags below a story."""

import pytest

from newsbeam.transforms.text import html, tags

STORY = "<p>The ferry sails again.</p>"


def extract(line: str) -> tuple[tuple[str, ...], list[str]]:
    names, blocks = tags.extract_tags(html.to_blocks(f"{STORY}<p>{line}</p>"))
    return names, [block.text for block in blocks[1:]]


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("<b>Tags:</b> <a>ferries</a> · <a>the old quay</a>", ("ferries", "the old quay")),
        ("Tags: <a>ferries</a>, <a>quays</a>, <a>ferries</a>", ("ferries", "quays")),
        ("Filed under <a>Harbour News</a>", ("Harbour News",)),
        ("Tagged with: <a>a ferry</a> | <a>fog</a>", ("a ferry", "fog")),
        ("Schlagworte: <a>Fähre</a>, <a>Hafen</a>", ("Fähre", "Hafen")),
        ("Mots-clés : <a>bac</a> / <a>port</a>", ("bac", "port")),
        ("Categories: <a>YouTube</a>", ("YouTube",)),
    ],
)
def test_tags(line: str, names: tuple[str, ...]) -> None:
    assert extract(line) == (names, [])


@pytest.mark.parametrize(
    "line",
    [
        "Tags: ferries, quays",
        "Tags: <a>ferries</a>, quays",
        "<a>Tags</a>",
        "Tags:",
        "Topics: <a>what the council of the harbour will decide on Monday</a>",
        "Tags: <a>Ferries</a><a>Harbour</a><a>Quays</a>",
        "<a>The ferry</a> · <a>the quay</a>",
        f"Tags: <a>{'fog' * 30}</a>",
    ],
)
def test_other_lines_stay(line: str) -> None:
    names, kept = extract(line)
    assert names == ()
    assert len(kept) == 1


def test_the_names_of_a_story_are_bounded() -> None:
    names, blocks = tags.extract_tags(html.to_blocks("<p>Tags: <a>1</a>, <a>2</a></p>" * 2))
    assert (names, blocks) == (("1", "2"), [])
    many = "".join(f"<p>Tags: <a>{number}</a></p>" for number in range(300))
    names, blocks = tags.extract_tags(html.to_blocks(many))
    assert len(names) == 200
    assert len(blocks) == 100
