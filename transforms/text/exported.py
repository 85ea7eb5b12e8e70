"""Paragraphs as HTML, for the feeds that newsbeam exports, and back: each element is one paragraph, as it stands.

What was split, cleaned and decoded once must not be again: a text about HTML would lose its tags, the lines of a table
with one column would become paragraphs, a second dateline would be removed.
"""

from collections.abc import Iterable, Mapping
from html import escape
from itertools import groupby

from lxml import etree

from newsbeam.transforms.common.characters import clean
from newsbeam.transforms.records import Kind
from newsbeam.transforms.text.block import Block
from newsbeam.transforms.text.elements import VOID
from newsbeam.transforms.text.normalise import squeeze

_START = '<div class="newsbeam-paragraphs">'
_END = "</div>"
_ELEMENTS: dict[Kind, str] = {
    "paragraph": "p",
    "heading": "h2",
    "list_item": "li",
    "quote": "blockquote",
    "table": "table",
    "code": "pre",
}
_KINDS: dict[str, Kind] = {element: kind for kind, element in _ELEMENTS.items()}
_SUMMARY: Kind = "summary"
_CELL = " | "
_WITH_LINES = ("table", "code")


def exported_html(paragraphs: Iterable[tuple[Kind, str]]) -> str:
    """Return the kinds and texts of an entry's paragraphs as HTML that `exported_blocks` reads without loss."""
    parts = []
    for kind, group in groupby(paragraphs, lambda paragraph: paragraph[0]):
        inner = "\n".join(_element(kind, text) for _, text in group)
        parts.append(f"<ul>\n{inner}\n</ul>" if kind == "list_item" else inner)
    return "\n".join([_START, *parts, _END])


def _element(kind: Kind, text: str) -> str:
    """Return a paragraph as HTML; the lines of a table are its rows, and cells end with " | "."""
    if kind == "table":
        rows = ("".join(f"<td>{_escape(cell)}</td>" for cell in row.split(_CELL)) for row in text.split("\n"))
        return f"<table>{''.join(f'<tr>{row}</tr>' for row in rows)}</table>"
    if kind == "code":
        return f"<pre><code>{_escape(text)}</code></pre>"
    if kind == "summary":
        return f'<p class="{_SUMMARY}">{_escape(text)}</p>'
    name = _ELEMENTS.get(kind, "p")
    return f"<{name}>{_escape(text)}</{name}>"


def _escape(text: str) -> str:
    # Parsers of feeds remove what looks like an escaped CDATA section.
    return escape(text, quote=False).replace("![CDATA[", "!&#91;CDATA[")


def exported_blocks(source: str) -> list[Block] | None:
    """Return the paragraphs of HTML that `exported_html` made; None for any other HTML.

    Anyone can write this HTML, so characters that no row has are removed, and empty paragraphs left out.
    """
    if not source.startswith(_START):
        return None
    parser = etree.HTMLParser(target=_Reader(), encoding="utf-8", huge_tree=True)
    parser.feed(source.replace("\0", "").encode("utf-8", "ignore"))
    blocks: list[Block] = parser.close()
    return blocks


class _Reader:
    """The target of lxml's parser: collects the text of each element that is a paragraph."""

    def __init__(self) -> None:
        self._blocks: list[Block] = []
        self._text: list[str] = []
        self._open = ""
        self._kind: Kind = "paragraph"
        self._rows = self._cells = 0  # of the open table

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag in _KINDS:
            self._flush()
            self._open, self._rows, self._cells = tag, 0, 0
            self._kind = _SUMMARY if tag == "p" and attributes.get("class") == _SUMMARY else _KINDS[tag]
        elif tag == "tr":
            self._text.append("\n" * bool(self._rows))
            self._rows, self._cells = self._rows + 1, 0
        elif tag == "td":
            self._text.append(_CELL * bool(self._cells))
            self._cells += 1
        elif self._open and tag in VOID:
            self._text.append(" ")

    def end(self, tag: str) -> None:
        if tag == self._open:
            self._flush()

    def data(self, text: str) -> None:
        if self._open:
            self._text.append(text)

    def comment(self, text: str) -> None:
        """Drop a comment."""

    def close(self) -> list[Block]:
        self._flush()
        return self._blocks

    def _flush(self) -> None:
        text = clean("".join(self._text))
        if text.strip():
            self._blocks.append(Block(text if self._kind in _WITH_LINES else squeeze(text), self._kind))
        self._text.clear()
        self._open = ""
