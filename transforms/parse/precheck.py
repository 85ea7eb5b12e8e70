"""Checks a fetched document before it is parsed: is it a feed, and is it complete?

A stream decides when and how to ask again as soon as a document has arrived, and parses it later in another process.
This check needs no parser. It finds pages in place of feeds and documents without an end; the parser judges the rest.
"""

import re

from newsbeam.transforms.common.encoding import decode
from newsbeam.transforms.common.security import find_root
from newsbeam.transforms.errors import ParseError
from newsbeam.transforms.parse.completeness import TRUNCATED
from newsbeam.transforms.parse.feeds import NOT_A_FEED, ROOTS, feed_root
from newsbeam.transforms.parse.format import HEAD_BYTES, Format
from newsbeam.transforms.parse.json_text import read_json
from newsbeam.transforms.parse.jsonfeed import NOT_A_JSON_FEED
from newsbeam.transforms.parse.sniff import sniff
from newsbeam.transforms.records import Document

_ENTRY = re.compile(rb"<(?:[\w.\-]{1,64}:)?(?:item|entry)[\s/>]", re.IGNORECASE)


def precheck(document: Document) -> str:
    """Return why a document can't be read, or can't be read completely; "" if nothing is wrong by these signs."""
    try:
        found = sniff(document)
        if found.syntax == "text":
            return ""
        return _of_json(document, found) if found.syntax == "json" else _of_xml(document.body, found)
    except ParseError as error:
        return str(error)


def recognise(document: Document) -> bool:
    """Return whether a document is a feed or a story of a wire by these signs, complete or not."""
    try:
        found = sniff(document)
    except ParseError:
        return False
    if found.syntax == "text":
        return found.name != "text"
    why = precheck(document)
    return why != NOT_A_JSON_FEED and not why.startswith(NOT_A_FEED.partition("{")[0])


def _of_json(document: Document, found: Format) -> str:
    read = read_json(decode(document.body, document.media_type).text)
    if read.truncated:
        return str(read.problem)
    feed = read.values[0]
    if found.name == "jsonfeed" and not (isinstance(feed, dict) and isinstance(feed.get("items"), list)):
        return NOT_A_JSON_FEED
    return ""


def _of_xml(body: bytes, found: Format) -> str:
    head = body[:HEAD_BYTES]
    text = decode(head).text
    is_feed = found.name == "feed"
    root = feed_root(text) if is_feed else find_root(text)
    if f"<{root.name}".encode() not in head:  # in this encoding the end tag can't be found as bytes either
        return ""
    # An unknown root with items is left to the parser, which takes whatever has entries for a feed.
    if is_feed and root.local_name not in ROOTS and not _ENTRY.search(body):
        return NOT_A_FEED.format(root.name)
    # A feed without entries may be one empty element, "<rss/>".
    if f"</{root.name}".encode() in body or body.rstrip().endswith(b"/>"):
        return ""
    return f"{TRUNCATED}: the end tag </{root.name}> is missing"
