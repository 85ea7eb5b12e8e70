"""A look at a document before it is parsed: may what came with it be believed?

A stream decides what to ask with the next time when a document has come, and parses it elsewhere, later. What is a page
in place of a feed, or lacks its end, is told here without a parser; what passes is still for the parser to judge.
"""

import re

from newsbeam.transforms.errors import ParseError
from newsbeam.transforms.parse.encoding import decode
from newsbeam.transforms.parse.feeds import ROOTS, feed_root
from newsbeam.transforms.parse.security import find_root
from newsbeam.transforms.parse.sniff import sniff
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
        return _cut_json(document.body) if family in _JSON else _page_or_cut(document.body, family)
    except ParseError as error:
        return str(error)


def _cut_json(body: bytes) -> str:
    return "" if body.rstrip(b" \t\r\n\0")[-1:] in b"]}" else "truncated: JSON without its end"


def _page_or_cut(body: bytes, family: str) -> str:
    text = decode(body[:_HEAD_BYTES]).text
    root = feed_root(text) if family == "feed" else find_root(text)
    wide = b"\0" in body[:4]
    if family == "feed" and root.local_name not in ROOTS and not wide and not _ENTRY.search(body):
        return f"the root element <{root.name}> is not that of a feed"
    end = f"</{root.name}".encode()
    if wide or end in body or body.rstrip().endswith(b"/>"):
        return ""
    return f"truncated: no end of <{root.name}>"
