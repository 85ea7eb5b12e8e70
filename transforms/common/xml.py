"""Parses untrusted XML into a tree, and repairs it where it is not well-formed.

No parser gets a document type (see `security`). libxml2's limits apply: 256 nested elements, 10 MB for each text.
"""

import re
from dataclasses import dataclass

from lxml import etree

from newsbeam.transforms.common import repair
from newsbeam.transforms.common.encoding import decode
from newsbeam.transforms.common.plurals import counted
from newsbeam.transforms.common.security import find_root, from_root
from newsbeam.transforms.errors import ParseError


@dataclass(frozen=True)
class Tree:
    """A document as a tree, without comments and instructions.

    Attributes:
        repairs: What was repaired in its bytes and characters.
        problem: What was not well-formed, or "".
        lost: Whether some of it is not in the tree.
    """

    root: etree._Element
    repairs: tuple[str, ...] = ()
    problem: str = ""
    lost: bool = False


def read_tree(body: bytes, media_type: str = "", entry_end: re.Pattern[str] = repair.ENTRY_END) -> Tree:
    """Parse a document, after repairs if it is not well-formed.

    Args:
        body: The bytes of a document.
        media_type: The Content-Type header with its parameters, or "".
        entry_end: Matches where an entry is complete; a document that is cut off is read up to the last one.

    Raises:
        UnsafeXmlError: It uses an entity that is declared as more than characters.
        NotAFeedError: It has no element.
        ParseError: It is truncated and no entry in it is complete, or nothing in it can be read.
    """
    decoded = decode(body, media_type)
    text, controls = repair.strip_controls(decoded.text)
    start = find_root(text)
    repairs = (decoded.repair, f"{counted(controls, 'control character')} removed" if controls else "")
    lines = text.count("\n", 0, start.start)
    root, problem, lost = _parse(from_root(text, start), start.name, lines, entry_end)
    return Tree(root, tuple(filter(None, repairs)), problem, lost)


def _parse(text: str, name: str, lines: int, entry_end: re.Pattern[str]) -> tuple[etree._Element, str, bool]:
    """Return the tree, what was wrong with the text, and whether some of it is lost; `lines` are before the text."""
    # Line breaks for what was cut off before the root, so that errors name the lines of the document.
    prolog = b"\n" * lines
    try:
        return etree.fromstring(prolog + text.encode(), _tree_parser()), "", False
    except etree.XMLSyntaxError as error:
        if error.code == etree.ErrorTypes.ERR_RESOURCE_LIMIT:  # the parser's recovery would drop the rest
            raise ParseError(f"the XML exceeds a limit of the parser: {error.msg}") from None
        problem = f"not well-formed: {error.msg}"
    repaired = repair.repair_xml(text, name, entry_end)
    if repaired.truncated:
        missing = "the entries after the cut are missing" if repaired.lost else "only end tags are missing"
        # The first word is that of `parse/completeness.py`, by which a document counts as not read to its end.
        problem = f"truncated: {missing}"
    # With recovery all the same: repairs can't foresee all that libxml2 rejects, and a tree with a gap is better than
    # none.
    root = etree.fromstring(prolog + repaired.text.encode(), _tree_parser(recover=True))
    if root is None:
        raise ParseError(problem)
    return root, problem, repaired.lost


def untrusted_parser(**options: bool) -> etree.XMLParser:
    """Return a parser of UTF-8 that expands no entity and loads nothing, with other options of `etree.XMLParser`."""
    # Each setting for itself, since lxml's defaults have changed between versions.
    return etree.XMLParser(encoding="utf-8", resolve_entities=False, no_network=True, load_dtd=False, **options)


def _tree_parser(recover: bool = False) -> etree.XMLParser:
    return untrusted_parser(remove_comments=True, remove_pis=True, recover=recover)
