"""Converts published HTML and text to plain text in one line, without tags, with single spaces, in NFC."""

import html
import re
from collections.abc import Iterable

from lxml import etree

from newsbeam.transforms.common.characters import clean

# The encoding is stated, since libxml2 would otherwise obey a <meta charset> in the text. Without huge_tree it ends
# at 10 MB of text and at a depth of 256, and what follows would vanish.
_PARSER = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True)
# Elements that end a word: their text must not be joined to the text around them.
_BREAK = re.compile(
    r"<(?=/?(?:address|article|aside|blockquote|br|caption|center|dd|div|dl|dt|figcaption|figure|footer|h[1-6]|header"
    r"|hr|li|main|nav|ol|option|p|pre|section|table|tbody|td|tfoot|th|thead|tr|ul)\b)",
    re.IGNORECASE,
)
_ESCAPED_TAG = re.compile(r"&lt;(?:p|a|br|div|img|strong|em|h[1-6]|ul|blockquote)\b[^<]{0,300}?&gt;", re.IGNORECASE)
_CDATA = re.compile(r"(?:<|&lt;)!\[CDATA\[")
_CDATA_END = re.compile(r"\]\](?:>|&gt;)")
_WORDS = 1_000_000
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
_SURROGATES = re.compile("[\ud800-\udfff]")


def scrub(text: str) -> str:
    """Remove control characters, and replace lone surrogates, which UTF-8 can't hold, by U+FFFD."""
    return text if text.isprintable() else _SURROGATES.sub("\ufffd", _CONTROLS.sub("", text))


def one_line(text: str) -> str:
    """Return `text` in the form of paragraphs: NFC, no invisible characters, each run of whitespace as one space."""
    if text.isascii() and text.isprintable() and "  " not in text:  # most titles and attributes
        return text.strip()
    return _squeezed(clean(scrub(text)))


def _squeezed(text: str) -> str:
    """Return `text` with single spaces."""
    # A million words at a time, since each takes 60 bytes in addition to its characters.
    parts = []
    while text:
        words = text.split(maxsplit=_WORDS)
        text = words.pop() if len(words) > _WORDS else ""
        parts.append(" ".join(words))
    return " ".join(filter(None, parts))


def html_text(markup: str) -> str:
    """Return the text of an HTML fragment in one line, without scripts and styles."""
    if "<" not in markup and "&" not in markup:
        return one_line(markup)
    tree = parse_html(_BREAK.sub(" <", markup))
    if tree is None:
        return ""
    # with_tail=False: the text after a script belongs to the paragraph around it.
    etree.strip_elements(tree, "script", "style", with_tail=False)
    return one_line("".join(tree.itertext()))


def without_cdata(text: str) -> str:
    """Return text or HTML without the marks of CDATA sections that were escaped or nested."""
    if "![CDATA[" not in text:
        return text
    before, *sections = _CDATA.split(text)
    # Only the first end mark of each section: a later one is text.
    return before + "".join(_CDATA_END.sub("", section, count=1) for section in sections)


def parse_html(markup: str) -> etree._Element | None:
    """Return the tree of HTML, without comments and instructions; None if it has no element and no text."""
    return etree.fromstring(scrub(markup).encode(), _PARSER)


def unescape_markup(markup: str) -> str:
    """Return HTML that was escaped once too often as the HTML that was meant; other HTML unchanged."""
    # Any real tag means that the rest was escaped on purpose, as in an article about HTML.
    return html.unescape(markup) if "<" not in markup and _ESCAPED_TAG.search(markup) else markup


def unique(values: Iterable[str]) -> tuple[str, ...]:
    """Return the values that are not empty, each once, in their order."""
    return tuple(dict.fromkeys(filter(None, values)))
