"""Paragraphs as HTML that is read without loss, also where the text stage would read other HTML differently."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from newsbeam.transforms.records import Entry
from newsbeam.transforms.text.exported import exported_blocks, exported_html
from newsbeam.transforms.text.split import split_entry

ENTRY = Entry("e", "s", "f", "rss20", datetime(2026, 3, 1, tzinfo=UTC), title="Ferries", content_type="text/html")
PARAGRAPHS = [
    ("summary", "Ferries sail again."),
    ("heading", "Ferries"),  # repeats the title
    ("paragraph", "BERN, March 2 (dpa) - BERN (AP) - A second dateline."),
    ("paragraph", "By Ann Lee"),
    ("paragraph", "A <p>&amp;nbsp;</p> is a paragraph, <![CDATA[ is not ]]>, 3 < 4 && 5 > 4."),
    ("list_item", "- one"),
    ("list_item", "two"),
    ("quote", "“No,” he said."),
    ("table", "Net 5 vs 4\nRevs 7 vs 6"),  # one column
    ("table", "Port |  | Ships\n | 2 | 3\nBern"),
    ("code", "def f():\n\n    return '<br>'"),
    ("paragraph", "السفن تعود إلى البحر (SOS) غدًا"),
    ("paragraph", "شنبه می‌شود"),  # with a joiner
    ("paragraph", "Read more: all stories"),
]


def paragraphs_of(entry: Entry) -> list[tuple[str, str]]:
    return [(paragraph.kind, paragraph.text) for paragraph in split_entry(entry).story.paragraphs]


def test_all_kinds_and_texts():
    entry = replace(ENTRY, content=exported_html(PARAGRAPHS), summary="Ferries sail again.", byline="Bo Ek")
    assert paragraphs_of(entry) == PARAGRAPHS
    story = split_entry(entry).story
    assert (story.entry.byline, story.entry.dateline_place) == ("Bo Ek", "")  # nothing is extracted a second time


@pytest.mark.parametrize("paragraph", PARAGRAPHS, ids=lambda paragraph: paragraph[1][:20])
def test_each_alone(paragraph):
    assert paragraphs_of(replace(ENTRY, content=exported_html([paragraph]))) == [paragraph]


def test_an_entry_without_text_stays_one():
    """Its summary is not taken for its text."""
    assert paragraphs_of(replace(ENTRY, content=exported_html([]), summary="Ferries sail again.")) == []


def test_any_other_html():
    assert exported_blocks("<div><p>One.</p></div>") is None
    assert exported_blocks("") is None


@pytest.mark.parametrize(
    ("inner", "texts"),
    [
        ("<p>a\x00b\u202ec\ud800</p>", ["abc"]),
        ("<p> \n </p><p></p><li>&#8203;</li>", []),
        ("<p>one<p>two <b>bold</b><br>three", ["one", "two bold three"]),
        ("loose<script>x</script><p>in</p>", ["in"]),
        ("<table><tr><td>a<table><tr><td>b", ["a", "b"]),
        ("<p>" * 3000 + "deep", ["deep"]),
    ],
)
def test_html_that_someone_else_wrote(inner, texts):
    start, end = exported_html([]).split("\n")
    blocks = exported_blocks(start + inner + end)
    assert [block.text for block in blocks] == texts
