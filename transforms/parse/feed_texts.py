"""Chooses the body of an entry among its contents, and decodes it by its media type (RFC 4287 4.1.3)."""

import base64
import binascii
import html
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from lxml import etree

from newsbeam.transforms.common.encoding import decode
from newsbeam.transforms.common.xml import untrusted_parser
from newsbeam.transforms.parse.plain import unescape_markup, without_cdata

_XHTML = "application/xhtml+xml"
HTML = {"text/html", _XHTML}
XML = re.compile(r"(?:text|application)/(?:xml|[\w.\-]+\+xml)")
# Unknown applications are tried as text, since feeds label their HTML in all kinds of ways. Pictures and sound
# never are.
_TEXT = re.compile(r"text(?:/.*)?|application/.*|")
# From 16 characters on: any shorter word, "Breaking", is Base64 as well.
_BASE64 = re.compile(r"[A-Za-z0-9+/\s]{16,}+={0,2}\s*")
_HTML_BLOCK = re.compile(r"<(?:p|br|div|ul|ol|li|h[1-6]|table|blockquote|section|article)[\s/>]", re.IGNORECASE)
_REFERENCE = re.compile(r"&(?=#?\w{1,32};)")
_ESCAPED_REFERENCE = re.compile(r"&amp;(?=#?\w{1,32};)")


class Content(NamedTuple):
    """One content of an entry, with its media type in lower case."""

    media_type: str
    value: str


class Body(NamedTuple):
    """The body of an entry.

    Attributes:
        content_type: "text/html" or "text/plain".
        media_type: Its media type as published.
        raw: The text as published, if `content` differs.
        unread: The contents that are not readable text, if there is no other content.
    """

    content: str
    content_type: str = "text/html"
    media_type: str = ""
    raw: str = ""
    unread: tuple[Content, ...] = ()

    @property
    def published(self) -> str:
        """Return the text as published."""
        return self.raw or self.content


def choose_body(contents: Iterable[Content]) -> Body:
    """Return the body: HTML if there is any, else plain text, else another kind of text; never binary data."""
    texts = [Content(media_type, value) for media_type, raw in contents if (value := without_cdata(raw).strip())]
    # The first of the best kind: an Atom entry has only one content (RFC 4287 4.1.2).
    for body in _bodies(texts):
        return body
    return Body("", unread=tuple(texts))


def as_meant(body: Body) -> str:
    """Return the content of an Atom entry, whose type is exact (RFC 4287 3.1.1), escaped for the text stage.

    "&amp;amp;" in XHTML is the text "&amp;". Paragraphs are decoded once more, since publishers of RSS and HTML escape
    once too often; so references that are text are escaped once more here.
    """
    if body.media_type == "text/plain":
        return _REFERENCE.sub("&amp;", body.content)
    return _ESCAPED_REFERENCE.sub("&amp;amp;", body.content) if body.media_type == _XHTML else body.content


def _bodies(texts: Sequence[Content]) -> Iterator[Body]:
    for media_type, value in texts:
        if media_type in HTML:
            yield Body(unescape_markup(value), "text/html", media_type)
    for media_type, value in texts:
        if media_type == "text/plain":
            yield Body(value, media_type, media_type)
    for media_type, value in texts:
        if text := _other_text(media_type, value):
            yield Body(text, "text/html", media_type, raw=value)


def _other_text(media_type: str, value: str) -> str:
    """Return content of another type as HTML, "" if it is not text."""
    if not _TEXT.fullmatch(media_type):
        return ""
    # Content of other types than text and XML has to be Base64 (RFC 4287 4.1.3.3).
    if _BASE64.fullmatch(value):
        return _from_base64(value)
    if XML.fullmatch(media_type):
        return _from_xml(value)
    return unescape_markup(value)


def _from_base64(value: str) -> str:
    """Return text in Base64 that is not UTF-8 (feedparser decodes UTF-8), "" for anything else."""
    try:
        text = decode(base64.b64decode("".join(value.split()), validate=True)).text
    except binascii.Error:
        return ""
    # A picture in Base64 also decodes to some text in an 8-bit encoding, but with control characters in it.
    return text if all(c.isprintable() or c.isspace() for c in text) and "\ufffd" not in text else ""


def _from_xml(value: str) -> str:
    """Return XML of an unknown vocabulary as HTML: a paragraph for each element with text of its own."""
    if "<" not in value:
        return html.unescape(value)
    # XHTML under another type. Rebuilding it by elements with text would lose its headings and lists.
    if _HTML_BLOCK.search(value):
        return value
    # Content may be several elements, which have no single root, and may be cut off.
    root = etree.fromstring(f"<xml>{value}</xml>".encode(), untrusted_parser(recover=True))
    return "".join(f"<p>{html.escape(text)}</p>" for text in _paragraphs(root)) if root is not None else ""


def _paragraphs(element: etree._Element) -> Iterator[str]:
    own = (element.text, *(child.tail for child in element))
    # Text beside children is mixed content, a sentence with marked words: its children are not paragraphs of their own.
    if not len(element) or any(text and text.strip() for text in own):
        yield "".join(element.itertext())
        return
    for child in element:
        yield from _paragraphs(child)
