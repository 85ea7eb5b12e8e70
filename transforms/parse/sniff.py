"""Which parser is for these bytes?

The config's claim counts, then what the bytes begin with, and never the Content-Type: feeds come as text/html and
text/plain, and error pages as application/xml.
"""

from pathlib import PurePosixPath
from urllib.parse import urlsplit

from newsbeam.transforms.errors import NotAFeedError, ParseError
from newsbeam.transforms.parse.encoding import decode
from newsbeam.transforms.parse.urls import is_http
from newsbeam.transforms.records import Document

_HEAD_BYTES = 4096
_TEXT_SUFFIXES = {".txt", ".text"}
_MARKUP_SUFFIXES = {".xml", ".rss", ".atom", ".rdf", ".json", ".html", ".htm"}


def sniff(document: Document) -> str:
    """Return the family of formats that the document is of: "feed", "jsonfeed" or "text".

    Raises:
        ParseError: There are no bytes, or only white space.
        NotAFeedError: It begins like nothing that is known.
    """
    if not document.body.strip():
        raise ParseError("nothing but white space" if document.body else "zero bytes")
    if document.format != "auto":
        return family(document.format)
    opening = decode(document.body[:_HEAD_BYTES]).text.lstrip("\ufeff \t\r\n\0")[:1]
    if _is_story(document) and opening not in ("<", "{"):
        return "text"
    if opening in ("{", "["):
        return "jsonfeed"
    if opening == "<" or b"<" in document.body.replace(b"\0", b""):
        return "feed"
    raise NotAFeedError("neither XML nor JSON")


def family(format_name: str) -> str:
    """Return the family of a format as configs and entries name it: rss20 and atom10 are "feed", and so on."""
    if format_name.startswith(("rss", "atom", "rdf", "cdf")):
        return "feed"
    return "jsonfeed" if format_name.startswith("json") else format_name


def _is_story(document: Document) -> bool:
    """Return whether text without markup is a story, by its place; from a server it is rather an error message."""
    suffix = PurePosixPath(urlsplit(document.uri).path).suffix.lower()
    return suffix in _TEXT_SUFFIXES if is_http(document.uri) else suffix not in _MARKUP_SUFFIXES
