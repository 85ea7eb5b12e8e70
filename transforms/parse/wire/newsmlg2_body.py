"""The text of a NewsML-G2 item: its `contentSet`, a set of renditions -> one body.

A rendition is XHTML, NITF, or data (plain text, HTML, either as base64). XML of other kinds (SportsML, events) is data
and no prose, but prose that is wrapped in it is found. Nothing remote is fetched.
"""

import base64
import binascii
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from lxml import etree

from newsbeam.transforms.common.encoding import decode
from newsbeam.transforms.parse.plain import html_text, one_line, scrub
from newsbeam.transforms.parse.urls import canonical_url, is_http
from newsbeam.transforms.parse.wire.nitf import BodyHead, body_head
from newsbeam.transforms.parse.wire.nitf_markup import TAG_IN_TEXT, line_of, nitf_body
from newsbeam.transforms.parse.xml import XML_LANG, Element, attribute, child, children, descendants, local_name

# In the order in which renditions of one text are preferred: the richest first.
_XHTML, _NITF, _HTML_DATA, _PLAIN = _KINDS = range(4)
_RENDITIONS = 20  # more parts than this are no renditions of one text
_MUCH_MORE = 1.25  # a rendition with so many times the letters of a richer one is no rendition of it: it has the text
_HTML = re.compile("a|b|blockquote|br|div|em|h[1-6]|hr|i|ol|p|pre|section|span|strong|table|ul", re.I)
_NITF_BLOCKS = frozenset(("body.head", "body.content", "body.end"))
_TOLD = re.compile("h[1-6]|p|div", re.I)
_ONE_PARAGRAPH = re.compile(r"\s*<p>([^<]*)</p>\s*", re.I)
_BASE64 = frozenset(("b64", "base64"))
_NAME = re.compile(r"[A-Za-z][\w.-]*", re.ASCII)
_NOT_LETTERS = re.compile(r"[\W_]+")


@dataclass(frozen=True)
class Body:
    """The text of an item, and what else its content tells.

    Attributes:
        content: HTML or plain text, "" if the item has no text of its own.
        content_type: "text/html" or "text/plain".
        head: What the head of an NITF body says.
        language: As the rendition declares it.
        url: Where the content is on the web, if it is not in the item.
        left_out: What was left out, each with its reason.
    """

    content: str = ""
    content_type: str = "text/html"
    head: BodyHead = field(default_factory=BodyHead)
    language: str = ""
    url: str = ""
    left_out: tuple[tuple[str, Element], ...] = ()


class _Part(NamedTuple):
    kind: int
    content: str
    element: Element
    head: BodyHead = BodyHead()

    def letters(self) -> str:
        text = one_line(self.content) if self.kind == _PLAIN else html_text(self.content)
        return _NOT_LETTERS.sub("", text).lower()


class _LeftOutError(Exception):
    """A part that has no text that could be read; the message says why."""


def read_body(item: Element, told: Collection[str]) -> Body:
    """Return the text in the `contentSet` of an item.

    Args:
        item: A newsItem; the names in its XHTML lose their namespaces.
        told: Lines that the item's metadata have already, which the header of an XHTML page only repeats.
    """
    parts: list[_Part] = []
    left_out: list[tuple[str, Element]] = []
    for element in (*children(item, "contentSet", "inlineXML"), *children(item, "contentSet", "inlineData")):
        try:
            parts += _read(element, told)
        except _LeftOutError as error:
            left_out.append((str(error), element))
    chosen = _choose([part for part in parts if part.content.strip()])
    is_plain = any(part.kind == _PLAIN for part in chosen)
    return Body(
        content=scrub(("\n\n" if is_plain else "\n").join(part.content.strip("\n") for part in chosen)),
        content_type="text/plain" if is_plain else "text/html",
        head=next((part.head for part in parts if part.head != BodyHead()), BodyHead()),
        language=next(filter(None, (one_line(part.element.get(XML_LANG) or "") for part in chosen)), ""),
        url=_url(children(item, "contentSet", "remoteContent"), text_only=bool(chosen)),
        left_out=tuple(left_out),
    )


def markup(element: Element) -> str:
    """Return an element of (X)HTML, without the text after it, as HTML; its names lose their namespaces."""
    for each in element.iter(etree.Element):
        name = local_name(each)
        each.tag = name if _NAME.fullmatch(name) else "span"  # a broken one, in XML that was mended
        for name in list(each.attrib):
            if str(name).startswith("{"):
                del each.attrib[name]
    etree.cleanup_namespaces(element)
    serialised: str = etree.tostring(element, method="html", encoding="unicode", with_tail=False)
    return serialised


def _read(element: Element, told: Collection[str]) -> Iterator[_Part]:
    if local_name(element) == "inlineData" and not len(element):
        yield _data(element)
        return
    found = list(_texts(element))
    for kind, text in found:
        if kind == _NITF:
            yield _Part(_NITF, nitf_body(text), element, body_head(text))
        else:
            yield _xhtml(text, element, told)
    if found:
        return
    if not len(element):  # markup in CDATA, or plain text
        yield _written("".join(element.itertext()), element, "")
    elif any(_HTML.fullmatch(local_name(each)) for each in element):
        yield _xhtml(element, element, told)
    else:
        raise _LeftOutError(f"<{local_name(element[0])}> in {local_name(element)} is data, no text")


def _texts(parent: Element) -> Iterator[tuple[int, Element]]:
    """Yield the bodies of XHTML and NITF below an element, wherever they are wrapped."""
    for each in parent:
        name = local_name(each).lower()
        if name == "html":
            body = child(each, "body")
            yield _XHTML, each if body is None else body
        elif name == "body":
            yield (_NITF if _NITF_BLOCKS.intersection(map(local_name, each)) else _XHTML), each
        elif name == "nitf":
            body = child(each, "body")
            if body is not None:
                yield _NITF, body
        elif name == "body.content":
            yield _NITF, each
        else:
            yield from _texts(each)


def _xhtml(body: Element, element: Element, told: Collection[str]) -> _Part:
    if not len(body):
        return _written(body.text or "", element, "")
    for head in list(children(body, "head")):
        _remove(head)
    for header in list(descendants(body, "header")):
        _strip_header(header, told)
    for paragraph in [each for each in descendants(body, "p") if "teaser" in (each.get("class") or "").split()]:
        if line_of(paragraph) in told:  # it is the summary
            _remove(paragraph)
    body.tag, body.tail = "div", None
    body.attrib.clear()
    return _Part(_XHTML, markup(body), element)


def _strip_header(header: Element, told: Collection[str]) -> None:
    """Take out of a page's header what the metadata say: time, keywords, headline, byline (dpa); leave the rest."""
    for each in list(header):
        is_metadata = local_name(each) == "time" or "slugline" in (each.get("class") or "").split()
        if is_metadata or (_TOLD.fullmatch(local_name(each)) and line_of(each) in told):
            _remove(each)


def _remove(element: Element) -> None:
    """Take an element out of its tree, but not the text behind it."""
    parent, before = element.getparent(), element.getprevious()
    if parent is None:
        return
    if element.tail and before is not None:
        before.tail = (before.tail or "") + element.tail
    elif element.tail:
        parent.text = (parent.text or "") + element.tail
    parent.remove(element)


def _data(element: Element) -> _Part:
    """Return the text of `inlineData`, decoded."""
    text = "".join(element.itertext())
    media_type = attribute(element, "contenttype").lower()
    encoding = re.split("[:/]", attribute(element, "encoding") or attribute(element, "encodinguri"))[-1].lower()
    is_text = not media_type or bool(re.search("text|html|xml|nitf", media_type))
    if text.strip() and not is_text:
        raise _LeftOutError(f"inlineData of the type {media_type} is no text")
    if encoding in _BASE64:
        text = _decoded(text, media_type)
    elif encoding:
        raise _LeftOutError(f"inlineData in the encoding {encoding} can't be read")
    return _written(text, element, media_type)


def _decoded(text: str, media_type: str) -> str:
    try:
        data = base64.b64decode(text.encode(), validate=False)
        return data.decode() if not media_type else decode(data, media_type).text
    except (binascii.Error, UnicodeDecodeError):
        raise _LeftOutError("inlineData that is no text in base64") from None


def _written(text: str, element: Element, media_type: str) -> _Part:
    """Return text as HTML or plain text, by what it is: HTML is sent as text/plain too (ANSA)."""
    wrapped = _ONE_PARAGRAPH.fullmatch(text)
    if wrapped and "\n" in wrapped[1].strip():
        return _Part(_PLAIN, wrapped[1], element)  # a text with lines of its own
    is_html = bool(TAG_IN_TEXT.search(text))
    return _Part(_HTML_DATA if is_html or "html" in media_type else _PLAIN, text, element)


def _choose(parts: list[_Part]) -> list[_Part]:
    """Return the parts that make the text: those of the richest kind that has all of it, each text once."""
    if len(parts) < 2:
        return parts
    letters = [part.letters() for part in parts]
    totals = {
        kind: sum(len(ours) for part, ours in zip(parts, letters, strict=True) if part.kind == kind) for kind in _KINDS
    }
    most = max(totals.values())
    best = next(kind for kind, total in totals.items() if total * _MUCH_MORE >= most)
    texts = {ours: part for part, ours in zip(parts, letters, strict=True) if part.kind == best}
    if len(texts) > _RENDITIONS:
        return list(texts.values())
    return [part for ours, part in texts.items() if not any(ours in other for other in texts if other != ours)]


def _url(remote: Iterable[Element], text_only: bool) -> str:
    """Return where a rendition is on the web: of a text if there is one, else of whatever the item is about."""
    urls = [(attribute(each, "contenttype"), attribute(each, "href")) for each in remote]
    texts = [url for media_type, url in urls if "text" in media_type or "html" in media_type]
    others = () if text_only else [url for _, url in urls]
    return next((canonical_url(url) for url in (*texts, *others) if is_http(url)), "")
