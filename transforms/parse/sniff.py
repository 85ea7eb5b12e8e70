"""Which parser is for these bytes?

The config's claim counts, then what the bytes begin with, and never the Content-Type: feeds come as text/html and
text/plain, and error pages as application/xml.
"""

import re
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from newsbeam.transforms.common.encoding import decode
from newsbeam.transforms.common.formats import family
from newsbeam.transforms.common.security import find_root
from newsbeam.transforms.common.urls import is_http
from newsbeam.transforms.errors import NotAFeedError, ParseError
from newsbeam.transforms.parse.json_text import kind_of_json
from newsbeam.transforms.parse.no_story import what_by_magic, what_by_name, what_by_shape
from newsbeam.transforms.parse.wire.anpa import looks_like_anpa
from newsbeam.transforms.parse.wire.iptc7901 import looks_like_iptc7901
from newsbeam.transforms.records import Document

_HEAD_BYTES = 65_536  # a prolog with the comments and declarations that some wires put before the root
_JSON = re.compile(r"\{|\[\s*\{")  # "[Update] Ferry sinks" is a headline
_MARKUP = re.compile(
    r"""<(?:[?!]|/?[A-Za-z_][\w.:\-]*(?:\s+[\w.:\-]+\s*=\s*["']|\s*/?>|\s*$))"""
)  # no "<ACME CORP> 4TH QTR"
_TEXT_SUFFIXES = {".txt", ".text"}
_MARKUP_SUFFIXES = {".xml", ".rss", ".atom", ".rdf", ".json", ".html", ".htm"}
_ROOTS = {
    **dict.fromkeys(("newsMessage", "newsItem", "packageItem"), "newsml-g2"),
    # The other kinds of NewsML-G2 items, and parts of them, carry no news: its parser says so.
    **dict.fromkeys(("conceptItem", "knowledgeItem", "planningItem", "catalogItem", "catalog"), "newsml-g2"),
    **dict.fromkeys(("contentMeta", "contentSet", "groupSet"), "newsml-g2"),
    "NewsML": "newsml-1",
    "nitf": "nitf",
}


def sniff(document: Document) -> str:
    """Return the family of formats that the document is of: a key of `PARSERS`.

    Raises:
        ParseError: There are no bytes, or only white space.
        NotAFeedError: It begins like nothing that is known, or like something that is no story.
    """
    if not document.body.strip():
        raise ParseError("nothing but white space" if document.body else "zero bytes")
    _refuse(what_by_magic(document.body), document, "`exclude` leaves files out")
    if document.format != "auto":
        return family(document.format)
    if looks_like_anpa(document.body):
        return "anpa"
    if looks_like_iptc7901(document.body):
        return "iptc7901"
    head = decode(document.body[:_HEAD_BYTES]).text.lstrip("\ufeff \t\r\n\0")
    if _JSON.match(head):
        return kind_of_json(decode(document.body).text) or "jsonfeed"
    if _is_story(document) and not _MARKUP.match(head):
        what = what_by_name(document.uri) or what_by_shape(head)
        _refuse(what, document, "`exclude` leaves files out, `format: text` reads all texts as stories")
        return "text"
    if head[:1] == "<" or b"<" in document.body.replace(b"\0", b""):
        # A document type can be longer than the head.
        return _ROOTS.get(_root(head) or _root(decode(document.body).text), "feed")
    raise NotAFeedError("neither XML nor JSON")


def _refuse(what: str, document: Document, way_out: str) -> None:
    """Raise NotAFeedError for what is known not to be a story."""
    if what:
        raise NotAFeedError(f"{what}, not a story" + ("" if is_http(document.uri) else f"; {way_out}"))


def _root(head: str) -> str:
    """Return the local name of the root element, or "" if it isn't in `head`."""
    try:
        return find_root(head).name.rpartition(":")[2]
    except NotAFeedError:
        return ""


def _is_story(document: Document) -> bool:
    """Return whether text without markup is a story, by its place; from a server it is rather an error message."""
    suffix = PurePosixPath(urlsplit(document.uri).path).suffix.lower()
    return suffix in _TEXT_SUFFIXES if is_http(document.uri) else suffix not in _MARKUP_SUFFIXES
