"""A look at a document before it is parsed: may what came with it be believed?

A stream decides what to ask with the next time when a document has come, and parses it elsewhere, later. What is a page
in place of a feed, or lacks its end, is told here without a parser; what passes is still for the parser to judge.
"""

import re

from newsbeam.transforms.common.encoding import decode
from newsbeam.transforms.common.security import find_root
from newsbeam.transforms.errors import ParseError
from newsbeam.transforms.parse.feeds import ROOTS, feed_root
from newsbeam.transforms.parse.json_text import read_json
from newsbeam.transforms.parse.sniff import sniff
from newsbeam.transforms.parse.wholeness import TRUNCATED
from newsbeam.transforms.records import Document

_HEAD_BYTES = 65_536
_ENTRY = re.compile(rb"<(?:[\w.\-]{1,64}:)?(?:item|entry)[\s/>]", re.IGNORECASE)
_JSON = {"jsonfeed", "ninjs", "digitalwires"}
_PLAIN = {"text", "anpa", "iptc7901"}


def glance(document: Document) -> str:
    """Return why a document is not one to read, or not a whole one; "" if it looks like one."""
    try:
        family = sniff(document)
        if family in _PLAIN:
            return ""
        return _of_json(document, family) if family in _JSON else _of_xml(document.body, family)
    except ParseError as error:
        return str(error)


def _of_json(document: Document, family: str) -> str:
    found = read_json(decode(document.body, document.media_type).text)
    if found.problem.startswith(TRUNCATED):
        return found.problem
    feed = found.values[0]
    if family == "jsonfeed" and not (isinstance(feed, dict) and isinstance(feed.get("items"), list)):
        return "JSON without a list of items is no JSON Feed"
    return ""


def _of_xml(body: bytes, family: str) -> str:
    head = body[:_HEAD_BYTES]
    text = decode(head).text
    root = feed_root(text) if family == "feed" else find_root(text)
    if f"<{root.name}".encode() not in head:  # an encoding in which other names can't be found either
        return ""
    if family == "feed" and root.local_name not in ROOTS and not _ENTRY.search(body):
        return f"the root element <{root.name}> is not that of a feed"
    if f"</{root.name}".encode() in body or body.rstrip().endswith(b"/>"):
        return ""
    return f"{TRUNCATED}: no end of <{root.name}>"
