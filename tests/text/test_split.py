"""An entry to its paragraphs, end to end."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from newsbeam.transforms import ids
from newsbeam.transforms.records import Entry, Media
from newsbeam.transforms.text.split import Split, TextLimits, split_entry

ENTRY = Entry(
    entry_id=ids.entry_id("test", "1"),
    source="Harbour News",
    feed_url="https://example.org/feed",
    format="rss20",
    fetched_at=datetime(2026, 3, 4, 12, tzinfo=UTC),
    published=datetime(2026, 3, 3, 9, tzinfo=UTC),
    url="https://example.org/1",
    title="Ferry sails again",
    language="en",
)
FIRST = "The ferry sails again after a month of repairs, the council said."
SECOND = "It had been laid up since January."


def split(content: str, content_type: str = "text/html", **fields: object) -> Split:
    return split_entry(replace(ENTRY, content=content, content_type=content_type, **fields))  # type: ignore[arg-type]


def rows(result: Split) -> list[tuple[str, str]]:
    return [(paragraph.text, paragraph.kind) for paragraph in result.story.paragraphs]


def test_real_entry(data: Path) -> None:
    result = split((data / "html" / "feed_entry.html").read_text(encoding="utf-8"), byline="Harbour desk")
    entry = result.story.entry
    assert rows(result) == [
        ("The ferry to Northholm sails again, the council said.", "paragraph"),
        ("It had been laid up since January – too long, said Anna Berg.", "paragraph"),
        ("The ferry at the quay.", "paragraph"),
        ("What it costs", "heading"),
        ("Trip | Fare\nSingle | 4.20\nReturn | 7.80", "table"),
        ("Bicycles go free", "list_item"),
        ("two a person", "list_item"),
        ("Dogs pay", "list_item"),
        ("“We waited,” said the baker.", "quote"),
        ("“And waited.”", "quote"),
        ("The first boat leaves at six.", "paragraph"),
    ]
    assert (entry.dateline_place, entry.dateline_date) == ("HARBOUR TOWN", date(2026, 3, 3))
    assert entry.byline == "Harbour desk; Reporting by Jo March; Editing by Beth Hale"
    assert (entry.paragraph_count, entry.word_count) == (11, 57)
    assert result.dead_letters == ()


def test_paragraphs_are_numbered_and_identified() -> None:
    result = split(f"<p>{FIRST}</p><p>{SECOND}</p><p>{FIRST}</p>", version=2)
    one, two, three = result.story.paragraphs
    assert [p.position for p in (one, two, three)] == [0, 1, 2]
    assert {(p.entry_id, p.entry_version, p.language, p.near_keys) for p in (one, two, three)} == {
        (ENTRY.entry_id, 2, "en", b"")
    }
    assert one.fingerprint == three.fingerprint != two.fingerprint
    assert one.paragraph_id == ids.paragraph_id(ENTRY.entry_id, 2, 0, one.fingerprint)
    assert one.paragraph_id < two.paragraph_id < three.paragraph_id


def test_same_entry_same_rows() -> None:
    content = f"<p>{FIRST}</p><p>{SECOND}</p>"
    assert split(content) == split(content)


@pytest.mark.parametrize(
    ("content", "summary", "expected"),
    [
        ("", "", []),
        ("", FIRST, [(FIRST, "summary")]),
        ("", f"<p>{FIRST}</p><p>{SECOND}</p>", [(FIRST, "summary"), (SECOND, "summary")]),
        (FIRST, FIRST, [(FIRST, "summary")]),  # a feed that has nothing but summaries
        (f"<p>{FIRST}</p><p>{SECOND}</p>", FIRST, [(FIRST, "paragraph"), (SECOND, "paragraph")]),
        (f"<p>{FIRST}</p><p>{SECOND}</p>", f"{FIRST[:40]} […]", [(FIRST, "paragraph"), (SECOND, "paragraph")]),
        (f"<p>{FIRST}</p><p>{SECOND}</p>", f"{FIRST} {SECOND[:9]}...", [(FIRST, "paragraph"), (SECOND, "paragraph")]),
        (
            f"<p>{FIRST}</p><p>{SECOND}</p>",
            f"Ferry sails again {FIRST}…",
            [(FIRST, "paragraph"), (SECOND, "paragraph")],
        ),
        (
            f"<p>LONDON (Reuters) - {FIRST}</p><p>{SECOND}</p>",
            f"LONDON (Reuters) - {FIRST[:30]}...",
            [(FIRST, "paragraph"), (SECOND, "paragraph")],
        ),
        (
            f"<p>{FIRST}</p>",
            "Islanders <b>rejoice</b> &amp; sing.",
            [("Islanders rejoice & sing.", "summary"), (FIRST, "paragraph")],
        ),
        (
            f"<p>{FIRST}</p>",
            "LONDON (Reuters) - Islanders rejoice.",
            [("Islanders rejoice.", "summary"), (FIRST, "paragraph")],
        ),
        (f"<p>{FIRST}</p>", "Read more", [(FIRST, "paragraph")]),
    ],
)
def test_summary(content: str, summary: str, expected: list[tuple[str, str]]) -> None:
    result = split(content, summary=summary)
    assert rows(result) == expected
    assert result.story.entry.paragraph_count == len(expected)


@pytest.mark.parametrize(
    ("content", "place", "first"),
    [
        (f"<p><b>LONDON</b> (Reuters) - {FIRST}</p>", "LONDON", FIRST),
        (f"<p>By Jo March</p><p>LONDON (AP) — {FIRST}</p>", "LONDON", FIRST),
        (f"<h2>At sea</h2><p>NAGOYA - {FIRST}</p>", "NAGOYA", "At sea"),
        (f"<p>Islanders rejoice.</p><p>Northholm (dpa) - {FIRST}</p>", "Northholm", "Islanders rejoice."),
        (f"<p>Islanders rejoice.</p><p>NAGOYA - {FIRST}</p>", "", "Islanders rejoice."),
        (f"<p>OSLO, March 3 -</p><p>{FIRST}</p>", "OSLO", FIRST),
        (f"<ul><li>NAGOYA - {FIRST}</li></ul>", "", f"NAGOYA - {FIRST}"),
    ],
)
def test_dateline(content: str, place: str, first: str) -> None:
    result = split(content)
    assert result.story.entry.dateline_place == place
    assert result.story.paragraphs[0].text == first


def test_what_the_entry_has_is_kept() -> None:
    kept = {"dateline_place": "Oslo", "dateline_date": date(2026, 3, 1), "byline": "Jo March", "copyright": "JM"}
    entry = split(f"<p>By Jo March</p><p>{FIRST}</p><p>© 2026 Harbour News</p>", **kept).story.entry
    assert {name: getattr(entry, name) for name in kept} == kept


def test_the_place_in_the_text_is_the_dateline() -> None:
    """The place of the metadata can be the desk's."""
    entry = split(
        f"<p>LONDON (AP) — {FIRST}</p>", dateline_place="Bangalore", dateline_date=date(2026, 3, 1)
    ).story.entry
    assert (entry.dateline_place, entry.dateline_date) == ("LONDON", date(2026, 3, 1))


def test_places_of_a_list_are_not_a_dateline() -> None:
    texts = ["OSLO - The ferry sails.", "BERGEN - The ferry stays.", "PARIS - The fair opens."]
    result = split("".join(f"<p>{text}</p>" for text in texts))
    assert [row[0] for row in rows(result)] == texts
    assert result.story.entry.dateline_place == ""


def test_an_agency_alone_is_the_byline() -> None:
    result = split(f"<p>(Reuters) - {FIRST}</p>")
    assert (rows(result), result.story.entry.byline) == ([(FIRST, "paragraph")], "Reuters")


def test_a_dateline_after_many_leads() -> None:
    leads = [f"Lead number {word} of the story." for word in ("one", "two", "three", "four")]
    result = split("".join(f"<p>{text}</p>" for text in (*leads, f"OSLO (AP) — {FIRST}")))
    assert [row[0] for row in rows(result)] == [*leads, FIRST]
    assert result.story.entry.dateline_place == "OSLO"


def test_a_summary_that_is_not_in_the_body_is_a_row() -> None:
    result = split(f"<div hidden>{FIRST}</div><p>{SECOND}</p>", summary=FIRST)
    assert rows(result) == [(FIRST, "summary"), (SECOND, "paragraph")]


@pytest.mark.parametrize(
    "inside",
    [
        "<p>Advertisement</p>",
        "<ul><li>Share</li><li>Tweet</li></ul>",
        "<audio>Your browser plays no sound.</audio>",
        "<noscript>Switch scripts on.</noscript>",
        "<p>10<sup>6</sup> <ruby>漢<rt>kan</rt></ruby> <span class='sr-only'>hidden</span></p>",
    ],
)
def test_a_summary_of_which_the_body_was_made_is_not_a_row(inside: str) -> None:
    content = f"<p>{FIRST}</p>{inside}<p>{SECOND}</p>"
    told = " ".join(re.sub("<[^>]*>", " ", content).split())
    for summary in (content, told):
        assert "summary" not in [kind for _, kind in rows(split(content, summary=summary))]


def test_byline_and_copyright_are_extracted() -> None:
    result = split(f"<p>By Jo March</p><p>{FIRST}</p><p>© 2026 Harbour News</p>")
    assert rows(result) == [(FIRST, "paragraph")]
    assert (result.story.entry.byline, result.story.entry.copyright) == ("Jo March", "© 2026 Harbour News")


@pytest.mark.parametrize(
    ("heading", "count"), [("Ferry sails again", 1), ("Ferry  sails again", 1), ("Why it sails", 2)]
)
def test_heading_that_repeats_the_title(heading: str, count: int) -> None:
    assert len(split(f"<h1>{heading}</h1><p>{FIRST}</p>").story.paragraphs) == count


def test_a_paragraph_that_is_too_long_is_a_dead_letter() -> None:
    long = "word " * 2_000_000
    result = split(f"<p>{FIRST}</p><p>{long}</p><p>{SECOND}</p>")
    assert rows(result) == [(FIRST, "paragraph"), (SECOND, "paragraph")]
    assert [p.position for p in result.story.paragraphs] == [0, 1]
    (letter,) = result.dead_letters
    assert (letter.stage, letter.error, letter.failed_at) == ("text", "TextError", ENTRY.fetched_at)
    assert (letter.source, letter.uri) == ("Harbour News", "https://example.org/1")
    assert letter.payload == long.strip().encode()
    expected = f"entry {ENTRY.entry_id}: a paragraph of 9,999,999 characters is left out (limits.paragraph: 100,000)"
    assert letter.message == expected


def test_limit_is_inclusive() -> None:
    entry = replace(ENTRY, content=f"<p>{FIRST}</p>")
    assert not split_entry(entry, TextLimits(paragraph_chars=len(FIRST))).dead_letters
    assert split_entry(entry, TextLimits(paragraph_chars=len(FIRST) - 1)).dead_letters


def test_language_is_that_of_the_text() -> None:
    german = "Die Fähre zur Insel fährt nach einem Monat in der Werft wieder, wie die Gemeinde am Montag mitteilte."
    detected = split(f"<p>{german}</p>", language="", title="").story
    assert (detected.entry.language, detected.paragraphs[0].language) == ("de", "de")
    declared = split(f"<p>{german}</p>", language="en-GB").story
    assert (declared.entry.language, declared.paragraphs[0].language) == ("de", "de")
    regional = split(f"<p>{german}</p>", language="de-CH").story
    assert (regional.entry.language, regional.paragraphs[0].language) == ("de-CH", "de-CH")
    short = split("<p>Ja.</p>", language="", title="").story
    assert (short.entry.language, short.paragraphs[0].language) == ("", "")


def test_plain_text_of_a_wire(data: Path) -> None:
    text = (data / "text" / "teleprinter.txt").read_text(encoding="utf-8")
    result = split(text, "text/plain", published=datetime(1987, 3, 19, tzinfo=UTC))
    assert [paragraph.kind for paragraph in result.story.paragraphs] == ["paragraph"] * 3 + ["table", "paragraph"]
    assert result.story.paragraphs[0].text.startswith("The grain board said on Wednesday")
    assert result.story.paragraphs[-1].text == "Traders had expected less."
    entry = result.story.entry
    assert (entry.dateline_place, entry.dateline_date) == ("PORT ELSE", date(1987, 3, 18))


def test_the_story_this_project_began_with(shared_data: Path) -> None:
    (path,) = (shared_data / "seed").glob("*.txt")
    title, content = path.read_text(encoding="utf-8").split("\n", 1)
    story = split(content, "text/plain", title=title, language="", published=None).story
    texts = [paragraph.text for paragraph in story.paragraphs]
    assert (len(texts), len({paragraph.fingerprint for paragraph in story.paragraphs})) == (13, 7)
    assert "A" not in texts
    assert not any("(esn)" in text or "NAGOYA" in text for text in texts)
    assert texts[0].startswith("Tokyo has promised")
    assert texts[-1].endswith("Motegi to Russia in December.")
    assert (story.entry.dateline_place, story.entry.dateline_date, story.entry.language) == ("NAGOYA", None, "en")
    assert {paragraph.language for paragraph in story.paragraphs} == {"en"}


def test_declared_language_of_a_part() -> None:
    content = '<p>It burned.</p><div lang="sv"><div><p>Det brann.</p></div><p>Igen.</p></div><p lang="de">Again.</p>'
    assert [each.language for each in split(content).story.paragraphs] == ["en", "sv", "sv", "en"]
    assert [each.language for each in split(content, language="sv", title="").story.paragraphs] == ["sv"] * 4
    regional = '<div lang=""><div lang="en-GB"><p>It burned.</p></div></div>'
    assert [each.language for each in split(regional).story.paragraphs] == ["en"]


def test_text_beyond_the_limit_of_paragraphs_is_a_dead_letter() -> None:
    content = "".join(f"<p>Paragraph {number} of a long page.</p>" for number in range(12))
    result = split_entry(replace(ENTRY, content=content), TextLimits(paragraphs=10))
    assert [paragraph.position for paragraph in result.story.paragraphs] == list(range(10))
    assert result.story.entry.paragraph_count == 10
    (letter,) = result.dead_letters
    assert (
        letter.message == f"entry {ENTRY.entry_id} has 12 paragraphs; those after 10 are left out (limits.paragraphs)"
    )
    assert letter.payload == b"Paragraph 10 of a long page.\n\nParagraph 11 of a long page."


def test_a_line_of_tags_goes_to_the_categories() -> None:
    result = split(f"<p>{FIRST}</p><p>Tags: <a>Ferries</a> · <a>fog</a></p>", categories=("ferries", "Harbour"))
    assert rows(result) == [(FIRST, "paragraph")]
    assert result.story.entry.categories == ("ferries", "Harbour", "fog")


def test_the_credit_of_a_picture_is_not_a_paragraph_if_the_media_have_it() -> None:
    content = f"<p>{FIRST}</p><p>(Image credit: Ann Berg)</p><p>(Photo by Jo March)</p>"
    media = (Media("https://example.org/1.jpg", "image", credit="Ann Berg"),)
    assert rows(split(content, media=media)) == [(FIRST, "paragraph"), ("(Photo by Jo March)", "paragraph")]
    assert len(rows(split(content))) == 3


def test_a_dash_after_a_quotation_names_the_speaker() -> None:
    lines = "“The fog was as thick as a wall that night.”<br>— the captain of the ferry"
    assert rows(split(f"<p>{lines}</p>")) == [
        ("“The fog was as thick as a wall that night.”", "paragraph"),
        ("— the captain of the ferry", "paragraph"),
    ]
    listed = rows(split(f"<p>{lines}<br>— the owner of it</p>"))
    assert [kind for _, kind in listed] == ["paragraph", "list_item", "list_item"]


def test_lines_that_all_have_a_label_are_a_paragraph_each() -> None:
    lines = ["Camera: Ann Berg of the harbour office, on the quay", "Sound: Jo March", "Cut by the sea: Beth Hale"]
    lines[2] = "Cut: Beth Hale"
    assert [text for text, _ in rows(split(f"<p>{'<br>'.join(lines)}</p>"))] == lines


def test_a_table_that_is_the_summary_stays_a_table() -> None:
    table = "<table><tr><th>Trip</th><td>Fare</td></tr><tr><th>Single</th><td>4.20</td></tr></table>"
    cells = "Trip | Fare\nSingle | 4.20"
    assert rows(split(table, summary=table)) == rows(split("", summary=table)) == [(cells, "table")]
    assert rows(split(f"<p>{FIRST}</p>", summary=table)) == [
        (cells.replace("\n", " "), "summary"),
        (FIRST, "paragraph"),
    ]


def test_a_part_in_another_language_says_nothing_of_the_others() -> None:
    german = '<div lang="de"><p>Der Rat hat den Hafen für eine Woche geschlossen, teilte er mit.</p></div>'
    story = split(f"<p>The council closed the port.</p>{german}", language="en").story
    assert [paragraph.language for paragraph in story.paragraphs] == ["en", "de"]
