"""The markup of NITF -> HTML that the text stage reads (IPTC NITF 3.6, and 2.x and 3.x before it).

Agencies mix HTML into their NITF, so elements of HTML are handled here as well.
"""

import html
import re

from lxml import etree

from newsbeam.transforms.parse.plain import html_text
from newsbeam.transforms.parse.xml import XML_LANG, Element, attribute, children, local_name, namespace, text_of

XHTML = "http://www.w3.org/1999/xhtml"


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_HTML = _names(
    "a abbr article aside b big blockquote br caption center cite code dd del div dl dt em figcaption figure h1 h2 h3"
    " h4 h5 h6 hr i img ins li ol p pre q s section small span strike strong sub sup table tbody td tfoot th thead tr"
    " tt u ul"
)
_VOID = _names("br hr img col input link meta wbr")
_AS_HTML = {
    **{"hl1": "h1", "hl2": "h2", "bq": "blockquote", "credit": "p", "datasource": "p", "tagline": "p"},
    **{"bibliography": "p", "byline": "p", "dateline": "p", "copyrite": "p", "abstract": "div", "block": "div"},
    **{"note": "div", "nitf-table": "div", "hedline": "div"},
}
# In a block these elements are paragraphs; within a paragraph they are part of it.
_PARAGRAPHS_OF_BLOCKS = _names("byline copyrite dateline")
_CONTAINERS = _names("article aside blockquote center div figure section")
_INLINE = _names(
    "addressee care.of chron city classifier copyrite.holder copyrite.year country delivery.office delivery.point"
    " event frac function lang location money name.family name.given num object.title org person postaddr postcode"
    " pronounce region state story.date sublocation virtloc"
)
# Parts of a name, a place or an address: separate words even if nothing is between the elements.
_PARTS = _names(
    "addressee byttl care.of city copyrite.holder copyrite.year country delivery.office delivery.point function"
    " name.family name.given org person postcode region rights.agent rights.enddate rights.geography"
    " rights.limitations rights.owner rights.startdate rights.type state sublocation"
)
_NOT_TEXT = _names(
    "alt-code body.head col colgroup docdata head key-list media-metadata media-object media-reference"
    " nitf-table-metadata script style table-reference tobject"
)
_KEPT_ATTRIBUTES = ("href", "class", "style", "hidden", "alt")
_BLANK_LINE = re.compile(r"\n[ \t\r]*\n\s*")
TAG_IN_TEXT = re.compile(r"</?(?:p|br|div|span|a|b|i|em|strong|ul|ol|li|h[1-6]|table|blockquote)(?:\s[^<>]*)?/?>", re.I)
"""Matches in text that is HTML: it was escaped, or in CDATA."""


def nitf_body(element: Element) -> str:
    """Return the text of an NITF `body.content` (or `body`, `block`, any container of blocks) as HTML.

    The order is that of the page, except that captions of media (with the credit after them) and footnotes come after
    the story and before `body.end`. It contains no `body.head` (see `nitf.body_head`), no notes that are not for
    publication (type "npa"), and no metadata (codes, keywords, references to media, inline binary data). XHTML stays as
    it is.
    """
    writer = _BodyWriter()
    writer.write(element, whole=local_name(element) in _HTML or local_name(element) in _AS_HTML)
    return writer.markup()


def line_of(element: Element) -> str:
    """Return all text of an element in one line, with a space between all words."""
    return html_text(_content(element)) if len(element) else text_of(element)


def _content(element: Element) -> str:
    """Return what is in an element as HTML."""
    writer = _BodyWriter()
    writer.write(element, whole=False)
    return writer.markup()


class _BodyWriter:
    """Writes elements as HTML, without recursion by level: documents can be nested to any depth."""

    def __init__(self) -> None:
        self._story: list[str] = []
        self._asides: list[str] = []
        self._end: list[str] = []
        self._pre = 0

    def markup(self) -> str:
        return "".join((*self._story, *self._asides, *self._end)).strip()

    def write(self, root: Element, whole: bool) -> None:
        """Write an element, or only its content."""
        open_tags: list[tuple[str, bool]] = []  # of the outer elements: HTML tag, contains blocks
        walk = etree.iterwalk(root, events=("start", "end"))
        for event, element in walk:
            if event == "end":
                self._close(open_tags.pop()[0])
                if element is not root:
                    # The text after an element is in the block around it. The root's own tail is outside of what is
                    # written.
                    self._text(element.tail, open_tags[-1][1])
                continue
            in_block = open_tags[-1][1] if open_tags else True
            if _is_next_part(element):
                self._story.append(" ")
            if element is root and not whole:
                tag, inner = "", _holds_blocks(element)
            elif self._write_whole(element):
                # lxml still sends the element's end event, which pops what is pushed here.
                walk.skip_subtree()
                open_tags.append(("", False))
                continue
            else:
                tag, inner = _tag(element, in_block)
                self._open(tag, element)
            self._text(element.text, inner)
            open_tags.append((tag, inner))

    def _open(self, tag: str, element: Element) -> None:
        if tag:
            self._story.append(f"<{tag}{_attributes(element)}>")
            self._pre += tag == "pre"

    def _close(self, tag: str) -> None:
        if tag and tag not in _VOID:
            self._story.append(f"</{tag}>")
            self._pre -= tag == "pre"

    def _text(self, text: str | None, in_block: bool) -> None:
        if not text:
            return
        if text.isspace() and not self._pre:
            # Within <pre> white space is text; elsewhere it only separates.
            self._story.append("\n" if in_block else " ")
        elif TAG_IN_TEXT.search(text):
            self._story.append(text)  # escaped HTML, or HTML in CDATA
        else:
            escaped = html.escape(text, quote=False)
            self._story.append(escaped if self._pre else _BLANK_LINE.sub("<br><br>", escaped))

    def _write_whole(self, element: Element) -> bool:
        """Write an element with its content and return True, if it is not written tag by tag."""
        name = local_name(element)
        # Apart, so that the story begins with its lead and no picture splits a paragraph.
        if name in ("media", "fn"):
            self._asides.append(_captions(element) if name == "media" else _boxed("aside", element))
        elif name == "body.end":
            self._end.append(_content(element))
        elif name == "frac":
            self._fraction(element)
        elif name == "custom-table" and (rows := _rows(element)):
            self._story.append(f"<table>{rows}</table>")
        else:
            return name in _NOT_TEXT or (name in ("note", "tagline") and is_unpublishable(element))
        return True

    def _fraction(self, element: Element) -> None:
        """Write a fraction as 1/2, with a space after a number: 5 1/2."""
        if self._story and self._story[-1][-1:].isdigit():
            self._story.append(" ")
        separator = next((text_of(sign) for sign in children(element, "frac-sep")), "") or "/"
        halves = [text_of(half) for half in element if local_name(half) in ("numer", "denom")]
        self._story.append(html.escape(separator.join(halves) if halves else text_of(element), quote=False))


def _tag(element: Element, in_block: bool) -> tuple[str, bool]:
    """Return the HTML tag for an element ("" to write only its content), and whether it contains blocks."""
    name = local_name(element)
    if name in _AS_HTML:
        tag = "" if name in _PARAGRAPHS_OF_BLOCKS and not in_block else _AS_HTML[name]
    elif name in _HTML or (namespace(element) == XHTML and name not in ("html", "body")):
        tag = name
    elif in_block and name not in _INLINE and not name.startswith("body"):
        return "div", _holds_blocks(element)  # an element between paragraphs is one too: <para>, <hl3>
    else:
        return "", in_block and name not in _INLINE
    return tag, tag in _CONTAINERS


def _attributes(element: Element) -> str:
    values = [(name, element.get(name)) for name in _KEPT_ATTRIBUTES]
    values.append(("lang", element.get("lang") or element.get(XML_LANG)))
    return "".join(f' {name}="{html.escape(value)}"' for name, value in values if value is not None)


def _holds_blocks(element: Element) -> bool:
    """Tell whether an unknown element contains paragraphs, not words: it has elements, but no text."""
    return not (element.text or "").strip() and not any((child.tail or "").strip() for child in element)


def _is_next_part(element: Element) -> bool:
    before = element.getprevious()
    return before is not None and not before.tail and {local_name(before), local_name(element)} <= _PARTS


def _captions(media: Element) -> str:
    """Return the captions of a `media` element, with the credit after the last one."""
    credit = " ".join(text_of(producer) for producer in children(media, "media-producer"))
    captions = [markup for caption in children(media, "media-caption") if (markup := _boxed("figcaption", caption))]
    if captions and credit and credit not in html_text(captions[-1]):
        # Within the last paragraph, so that the credit does not become a paragraph of its own.
        place = "</p></figcaption>" if captions[-1].endswith("</p></figcaption>") else "</figcaption>"
        captions[-1] = f"{captions[-1].removesuffix(place)} {html.escape(credit, quote=False)}{place}"
    return f"<figure>{''.join(captions)}</figure>" if captions else ""


def _boxed(tag: str, element: Element) -> str:
    markup = _content(element)
    return f"<{tag}>{markup}</{tag}>" if markup else ""


def _rows(element: Element) -> str:
    """Return a table in another vocabulary as rows; its cells are the elements without child elements.

    Returns "" if it has text outside of cells: then it is not such a table.
    """
    rows = [row for row in element.iter() if len(row)]
    if not all(_holds_blocks(row) for row in rows):
        return ""
    cells = ([f"<td>{html.escape(text_of(cell), quote=False)}</td>" for cell in row if not len(cell)] for row in rows)
    return "".join(f"<tr>{''.join(row)}</tr>" for row in cells if row)


def is_unpublishable(element: Element) -> bool:
    """Tell whether a note or tagline is a "non-publishable advisory" (NITF 3.6, attribute type)."""
    return attribute(element, "type") == "npa"
