"""A format: its name, how to recognise a document of it, and its parser. `formats.py` lists all of them."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from newsbeam.transforms.common.encoding import decode
from newsbeam.transforms.common.security import find_root
from newsbeam.transforms.errors import NotAFeedError
from newsbeam.transforms.parse.json_text import kind_of_json
from newsbeam.transforms.parse.result import Parser
from newsbeam.transforms.records import Document

HEAD_BYTES = 65_536  # a prolog with the comments and declarations that some wires put before the root
_JSON = re.compile(r"\{|\[\s*\{")  # "[Update] Ferry sinks" is a headline


@dataclass(frozen=True)
class Sample:
    """A document whose format is not known yet. What several formats ask for is computed once, on demand."""

    document: Document

    @property
    def body(self) -> bytes:
        """Return the bytes of the document."""
        return self.document.body

    @cached_property
    def head(self) -> str:
        """Return the text of the first 64 KiB, from the first character that is not white space."""
        # The head alone, since each format asks for it and a document may have megabytes; its cut can split a character
        # only.
        return decode(self.body[:HEAD_BYTES]).text.lstrip("\ufeff \t\r\n\0")

    @cached_property
    def is_json(self) -> bool:
        """Return whether the text begins like a JSON object or an array of objects."""
        return bool(_JSON.match(self.head))

    @cached_property
    def json_kind(self) -> str:
        """Return which known kind of JSON this is (`kind_of_json`), or ""."""
        return kind_of_json(decode(self.body).text) if self.is_json else ""

    @cached_property
    def has_markup(self) -> bool:
        """Return whether there is a "<" in the document."""
        return self.head[:1] == "<" or b"<" in self.body

    @cached_property
    def root(self) -> str:
        """Return the local name of the XML root element, or "" if there is none."""
        # A document type can be longer than the head.
        return (_root(self.head) or _root(decode(self.body).text)) if self.has_markup else ""


@dataclass(frozen=True)
class Format:
    """A family of formats that one parser reads.

    Attributes:
        name: As in the config and, for most formats, in the column `format`.
        looks_like: Whether a document is of this format. It is asked only if no format that comes earlier in
            `FORMATS` recognises the document. It may raise NotAFeedError for something that is not news.
        parse: The parser.
        syntax: How `precheck` checks that a document is complete.
    """

    name: str
    looks_like: Callable[[Sample], bool]
    parse: Parser
    syntax: Literal["xml", "json", "text"] = "xml"


def has_root(*names: str) -> Callable[[Sample], bool]:
    """Return a `looks_like` for XML whose root element has one of these local names."""
    return lambda sample: sample.root in names


def _root(text: str) -> str:
    try:
        return find_root(text).name.rpartition(":")[2]
    except NotAFeedError:
        return ""
