"""The content of an entry -> its body: which of several it is, and what each media type means (RFC 4287 4.1.3)."""

import base64
import binascii
import html
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from lxml import etree

from newsbeam.transforms.parse.encoding import decode
from newsbeam.transforms.parse.plain import unescape_markup, without_cdata

_XHTML = "application/xhtml+xml"
HTML = {"text/html", _XHTML}
XML = re.compile(r"(?:text|application)/(?:xml|[\w.\-]+\+xml)")
_TEXT = re.compile(r"text(?:/.*)?|application/.*|")
_BASE64 = re.compile(r"[A-Za-z0-9+/\s]{16,}={0,2}\s*")
_HTML_BLOCK = re.compile(r"<(?:p|br|div|ul|ol|li|h[1-6]|table|blockquote|section|article)[\s/>]", re.IGNORECASE)
_REFERENCE = re.compile(r"&(?=#?\w{1,32};)")
_ESCAPED_REFERENCE = re.compile(r"&amp;(?=#?\w{1,32};)")
_PARSER = {"encoding": "utf-8", "recover": True, "resolve_entities": False, "no_network": True, "load_dtd": False}


class Content(NamedTuple):
    """One content of an entry, with its media type in lower case."""

    media_type: str
    value: str


class Body(NamedTuple):
    """The body of an entry.

    Attributes:
        content_type: "text/html" or "text/plain".
        unread: What is no text that can be read, if there is no other.
    """

    content: str
    content_type: str = "text/html"
    unread: tuple[Content, ...] = ()


def choose_body(contents: Sequence[Content], is_atom: bool) -> Body:
    """Return the body: HTML where there is some, else text, else other text; no pictures, no films.

    Args:
        contents: In their order.
        is_atom: A type says exactly what is meant (RFC 4287 3.1.1).
    """
    texts = [Content(media_type, value) for media_type, raw in contents if (value := without_cdata(raw).strip())]
    if is_atom:
        texts = [Content(media_type, _as_meant(value, media_type)) for media_type, value in texts]
    for body in _bodies(texts):
        return body
    return Body("", unread=tuple(texts))


def _as_meant(text: str, media_type: str) -> str:
    """Return a text with references that are text ("&amp;amp;" in XHTML is "&amp;") escaped once more.

    Paragraphs are decoded once more than HTML says, since publishers of RSS and of HTML escape once too often.
    """
    if media_type == "text/plain":
        return _REFERENCE.sub("&amp;", text)
    return _ESCAPED_REFERENCE.sub("&amp;amp;", text) if media_type == _XHTML else text


def _bodies(texts: Sequence[Content]) -> Iterator[Body]:
    for media_type, value in texts:
        if media_type in HTML:
            yield Body(unescape_markup(value))
    for media_type, value in texts:
        if media_type == "text/plain":
            yield Body(value, media_type)
    for media_type, value in texts:
        if text := _other_text(media_type, value):
            yield Body(text)


def _other_text(media_type: str, value: str) -> str:
    """Return content of another type as HTML, "" if it is no text."""
    if not _TEXT.fullmatch(media_type):
        return ""
    if _BASE64.fullmatch(value):
        return _from_base64(value)
    if XML.fullmatch(media_type):
        return _from_xml(value)
    return unescape_markup(value)


def _from_base64(value: str) -> str:
    """Return text in Base64 that is not in UTF-8 (what is, feedparser has decoded), "" for anything else."""
    try:
        text = decode(base64.b64decode("".join(value.split()), validate=True)).text
    except binascii.Error:
        return ""
    return text if all(c.isprintable() or c.isspace() for c in text) and "\ufffd" not in text else ""


def _from_xml(value: str) -> str:
    """Return XML of a vocabulary that we don't know as HTML: a paragraph for each element that has text of its own."""
    if "<" not in value:
        return html.unescape(value)
    if _HTML_BLOCK.search(value):
        return value
    root = etree.fromstring(f"<xml>{value}</xml>".encode(), etree.XMLParser(**_PARSER))
    return "".join(f"<p>{html.escape(text)}</p>" for text in _paragraphs(root)) if root is not None else ""


def _paragraphs(element: etree._Element) -> Iterator[str]:
    own = (element.text, *(child.tail for child in element))
    if not len(element) or any(text and text.strip() for text in own):
        yield "".join(element.itertext())
        return
    for child in element:
        yield from _paragraphs(child)
