"""Splits HTML into blocks in reading order; no text is lost, no paragraphs are joined.

lxml's parser drives a small state machine, without building a tree. Where a tree would repair the nesting, the rule
here is that the start and the end of a block both end a paragraph.
"""

import html
import re
from collections.abc import Mapping

from lxml import etree

from newsbeam.transforms.records import Kind
from newsbeam.transforms.text import plain_text, preformatted
from newsbeam.transforms.text.block import Block
from newsbeam.transforms.text.elements import (
    BACK_REFERENCES,
    BLOCKS,
    CONTROLS,
    DRAWN,
    DROPPED,
    KINDS,
    TIGHT,
    UNSEEN,
    VOID,
    is_credit,
    is_hidden,
    without_swallowing,
)
from newsbeam.transforms.text.marks import (
    BREAK,
    CONTROL,
    CONTROL_END,
    END,
    LINK,
    LINK_END,
    QUOTE,
    STRONG,
    STRONG_END,
    block_of,
    blocks_of_lines,
    is_only_controls,
    with_quotes,
    without_marks,
)
from newsbeam.transforms.text.mathml import Formula
from newsbeam.transforms.text.normalise import decode_entities
from newsbeam.transforms.text.raised import lowered, raised
from newsbeam.transforms.text.tables import Table

# The parser doesn't report an end tag that closes nothing ("one</div>two"), so end tags get a mark in the text.
_END_TAG = re.compile(
    r"</(?:p|div|li|ul|ol|td|tr|table|blockquote|h[1-6]|section|article|center|figure|pre|dd|dl)\b", re.I
)
_BOLD = ("b", "strong")
_BLANK_LINES = re.compile(r"\n(?:[ \t\r]*\n)+")
_SENTENCE_END = re.compile(r"[.!?…”\"»。！？」][\s\x03-\x06]*$")
_PREFORMATTED = ("pre", "xmp", "listing")  # the last two are obsolete, but browsers show them
_ROW_GROUPS = ("tbody", "thead", "tfoot")
_CONTEXT = 100  # characters around a blank line that decide whether it ends a paragraph
_PUNCTUATION = (",", ".", ";", ":", ")", "]")
_AFTER_WORDS = (*_PUNCTUATION, "!", "?", "”", "“", "’", "»")  # “ ends a quotation in German
_TAG = re.compile(r"<[a-zA-Z!/][^<>]*>")
_ESCAPED_TAG = re.compile(
    r"&lt;(?:/(?:p|div|span|a|b|i|em|strong|ul|ol|li|h[1-6]|blockquote|table|figure)|p|br ?/?)&gt;", re.IGNORECASE
)
_HTML_TAG = re.compile(
    r"</?(?:p|br|div|a|b|i|em|strong|span|ul|ol|li|h[1-6]|img|blockquote|table|figure)(?:[\s/][^<>]*)?>", re.IGNORECASE
)


class _BlockReader:
    """The target of lxml's parser: collects text until a block starts or ends."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self._text: list[str] = []
        self._kinds: list[Kind] = []
        self._tables: list[Table] = []
        self._skipped = 0
        self._pre = 0
        self._is_code = False
        self._is_plain = False
        self._tight = False
        self._depth = 0
        self._gap = False  # whether the last text is a space in place of an element that is left out
        self._links = 0
        self._controls = 0
        self._script = ""  # "sup" or "sub" while within one
        self._formula = Formula()
        # Languages of the enclosing parts, and how many <div> are open in each.
        self._parts: list[tuple[str, int]] = []

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if self._skipped:
            # Elements without an end tag send no end event, and would never be counted down.
            self._skipped += tag not in VOID
        elif tag in DROPPED or (self._controls and tag in DRAWN) or (attributes and is_hidden(attributes)):
            self._skip(tag)
        elif tag == "br":
            self._text.append("\n" if self._pre else BREAK)
        elif tag in BLOCKS or tag in KINDS:
            self._flush()
            self._tight = tag in TIGHT
            self._depth += tag not in ("html", "body")
            if tag == "div" and (self._parts or "lang" in attributes):
                self._start_part(attributes.get("lang", ""))
            if tag in KINDS:
                self._kinds.append(KINDS[tag])
            elif tag in _ROW_GROUPS and self._tables:
                self._tables[-1].begin_group()
        elif tag in ("table", "tr", "td", "th") or tag in _PREFORMATTED:
            self._flush()
            self._start_special(tag, attributes)
        else:
            self._start_inline(tag, attributes)

    def _skip(self, tag: str) -> None:
        self._skipped = tag not in VOID
        if tag in BLOCKS or tag in KINDS:
            self._flush()
        elif tag not in UNSEEN:
            self._text.append(" ")
            self._gap = True

    def _start_part(self, language: str) -> None:
        """Start a part with its own language: only of a <div>, since word processors add one to each <p>."""
        if language:
            self._parts.append((language, 0))
        elif self._parts:
            code, inner = self._parts[-1]
            self._parts[-1] = code, inner + 1

    def _end_part(self) -> None:
        code, inner = self._parts.pop()
        if inner:
            self._parts.append((code, inner - 1))

    def _start_special(self, tag: str, attributes: Mapping[str, str]) -> None:
        self._tight = tag in TIGHT
        if tag in _PREFORMATTED:
            self._pre += 1
            self._is_code = preformatted.is_code(attributes)
            self._is_plain = preformatted.is_plain(attributes)
        elif tag == "table":
            if self._tables:
                self._tables[-1].nested = True
            self._tables.append(Table(len(self.blocks)))
        elif self._tables and tag == "tr":
            self._tables[-1].begin_row()
        elif self._tables:
            self._tables[-1].begin_cell(attributes)

    def _start_inline(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag == "a":
            self._links = 1  # a link can't contain another (WHATWG HTML, 4.5.1)
        elif tag in CONTROLS:
            self._controls += 1
        elif tag in ("sup", "sub"):
            self._script = tag
        elif tag == "q":
            self._text.append(QUOTE)
        elif tag in _BOLD:
            self._text.append(STRONG)
        elif tag in ("code", "samp", "kbd") and self._pre:
            self._is_code = True
        elif tag in ("img", "embed"):  # WordPress replaces emoji with images
            self._text.append(attributes.get("alt", "") if "emoji" in attributes.get("class", "") else " ")
        elif tag == "math" or self._formula:
            self._text.append(self._formula.start(tag))
        elif attributes and is_credit(attributes):
            self._text.append(" ")

    def end(self, tag: str) -> None:
        if self._skipped:
            self._skipped -= tag not in VOID
        elif tag in BLOCKS or tag in KINDS or tag in ("tr", "td", "th"):
            self._flush()
            self._tight = False
            self._depth = max(0, self._depth - (tag not in ("html", "body", "tr", "td", "th")))
            if tag == "div" and self._parts:
                self._end_part()
            if tag in KINDS and self._kinds:
                self._kinds.pop()
        elif tag in _PREFORMATTED:
            self._flush()
            self._pre = max(0, self._pre - 1)
        elif tag == "table":
            self._flush()
            if self._tables:
                self._tables.pop().close(self.blocks)
        else:
            self._end_inline(tag)

    def _end_inline(self, tag: str) -> None:
        if tag == "a":
            self._links = 0
        elif tag in CONTROLS:
            self._controls = max(0, self._controls - 1)
        elif tag in ("sup", "sub"):
            self._script = ""
        elif tag == "q":
            self._text.append(QUOTE)
        elif tag in _BOLD:
            self._text.append(STRONG_END)
        elif self._formula:
            self._formula.end(tag)

    def data(self, text: str) -> None:
        if self._skipped or (self._controls and (not self._tight or text.isspace())):
            return
        if self._gap:
            self._close_gap(text)
        if self._links and text.strip() in BACK_REFERENCES:
            return
        if self._script or self._formula.is_raised:
            before = "".join(self._text[-2:]).rstrip(LINK_END)[-1:]
            text = (lowered if self._script == "sub" else raised)(text, before)
            self._formula.is_raised = False
        if not self._pre and "\n" in text:
            text = self._with_breaks(text)
        if self._controls:
            text = f"{CONTROL}{text}{CONTROL_END}"
        elif self._links:
            text = f"{LINK}{text}{LINK_END}"
        self._text.append(text)

    def _close_gap(self, text: str) -> None:
        """Remove the space in place of an element that is left out before punctuation: "the ferry<svg/>, he said"."""
        before = "".join(self._text[-3:-1]).rstrip(LINK_END)[-1:]
        if before.isalnum() and text.startswith(_AFTER_WORDS) and self._text[-1] == " ":
            self._text.pop()
        self._gap = False

    def _with_breaks(self, text: str) -> str:
        """Replace blank lines that end paragraphs with breaks.

        In a `<p>` and the like, and between the tags of a page, only those after a sentence do: templates have blank
        lines anywhere.
        """

        def mark(blank: re.Match[str]) -> str:
            before = text[max(0, blank.start() - _CONTEXT) : blank.start()].rstrip()
            after = text[blank.end() : blank.end() + _CONTEXT].lstrip()
            if not self._tight and (before or after or not self._depth):
                ends = not after.startswith(_PUNCTUATION)
            else:
                sentence = _SENTENCE_END.search(before or "".join(self._text[-3:])[-_CONTEXT:])
                ends = sentence is not None and not after[:1].islower()
            return f"{BREAK}{BREAK}" if ends else blank[0]

        return _BLANK_LINES.sub(mark, text)

    def comment(self, text: str) -> None:
        """Drop a comment."""

    def close(self) -> list[Block]:
        self._flush()
        return self.blocks

    def _flush(self) -> None:
        if not self._text:
            return
        texts = "".join(self._text).split(END)
        self._text.clear()
        for text in texts:
            if text and not text.isspace():
                self._add(text)

    def _add(self, text: str) -> None:
        kind = self._kinds[-1] if self._kinds else "paragraph"
        if is_only_controls(text):
            return
        if self._pre and self._is_plain:
            blocks = plain_text.to_blocks(with_quotes(text))
        elif self._pre:
            blocks = preformatted.to_blocks(with_quotes(text), self._is_code)
        elif "\n" in text and kind != "heading" and plain_text.is_laid_out(laid_out := text.replace(BREAK, "\n")):
            blocks = plain_text.to_blocks(decode_entities(with_quotes(laid_out)))
        elif BREAK in text:
            blocks = blocks_of_lines(text.split(BREAK), kind)
        else:
            blocks = [block_of(text, kind)]
        for block in blocks:
            if block.text:
                if self._tables:
                    self._tables[-1].place(len(self.blocks))
                self.blocks.append(block._replace(language=self._parts[-1][0]) if self._parts else block)


def looks_like_html(text: str) -> bool:
    """Return whether `text`, of undeclared type, is HTML: whether it has a common tag, escaped or not."""
    return bool(_HTML_TAG.search(text) or _ESCAPED_TAG.search(text))


def to_blocks(source: str) -> list[Block]:
    """Return the paragraphs of an HTML fragment or page in reading order.

    Args:
        source: HTML as published. Text without any tag is read as plain text with character references. HTML whose
            tags are themselves escaped (`&lt;p&gt;`) is decoded once more, if it has no other tags.

    Returns:
        Blocks of non-empty, normalised text. A data table is one block: a line for each row, cells separated by " | ".
    """
    if not _TAG.search(source):
        escaped = _ESCAPED_TAG.search(source)
        source = html.unescape(source)
        if not escaped:
            return plain_text.to_blocks(source)
    # A target and no tree: the tokenizer is HTML5's (libxml2 2.14), the time is linear, and depth doesn't matter.
    # lxml's trees lose what is nested deeper than 2,048, lexbor's take 9 s for 100,000 nested divs; on real entries all
    # three cost the same.
    parser = etree.HTMLParser(target=_BlockReader(), encoding="utf-8", huge_tree=True)
    if "<![CDATA[" in source:
        # HTML has no CDATA sections: the tokenizer takes one for a comment, with its text (WHATWG HTML, 13.2.5.42).
        source = source.replace("<![CDATA[", "").replace("]]>", "")
    source = without_marks(source.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n"))
    source = without_swallowing(source)
    parser.feed(_END_TAG.sub(rf"{END}\g<0>", source).encode("utf-8", "ignore"))
    result: list[Block] = parser.close()
    return result
