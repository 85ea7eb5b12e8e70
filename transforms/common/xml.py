"""XML from anywhere -> a tree, securely, and mended where it is not well-formed.

No parser sees a document type: see `security` for what becomes of it. libxml2's own limits hold: 256 elements deep,
10 MB a text.
"""

import re
from dataclasses import dataclass

from lxml import etree

from newsbeam.transforms.common import repair
from newsbeam.transforms.common.encoding import decode
from newsbeam.transforms.common.security import find_root, from_root
from newsbeam.transforms.errors import ParseError


@dataclass(frozen=True)
class Tree:
    """A document as a tree, without comments and instructions.

    Attributes:
        repairs: What was wrong with its bytes and characters.
        problem: What was not well-formed, or "".
        lost: Whether some of it is not in the tree.
    """

    root: etree._Element
    repairs: tuple[str, ...] = ()
    problem: str = ""
    lost: bool = False


def read_tree(body: bytes, media_type: str = "", entry_end: re.Pattern[str] = repair.ENTRY_END) -> Tree:
    """Parse a document; what is not well-formed is mended.

    Args:
        body: The bytes of a document.
        media_type: The Content-Type header with its parameters, or "".
        entry_end: Matches where an entry is complete; a document that is cut off is read up to the last one.

    Raises:
        UnsafeXmlError: It uses an entity that is declared as more than characters.
        NotAFeedError: There is no element in it.
        ParseError: It is truncated and no entry in it is complete, or nothing in it could be read.
    """
    decoded = decode(body, media_type)
    text, controls = repair.strip_controls(decoded.text)
    start = find_root(text)
    repairs = (decoded.repair, f"{controls} control characters removed" if controls else "")
    lines = text.count("\n", 0, start.start)
    root, problem, lost = _parse(from_root(text, start), start.name, lines, entry_end)
    return Tree(root, tuple(filter(None, repairs)), problem, lost)


def _parse(text: str, name: str, lines: int, entry_end: re.Pattern[str]) -> tuple[etree._Element, str, bool]:
    """Return the tree, what was wrong with the text, and whether some of it is lost; `lines` are before the text."""
    prolog = b"\n" * lines
    try:
        return etree.fromstring(prolog + text.encode(), _parser()), "", False
    except etree.XMLSyntaxError as error:
        if error.code == etree.ErrorTypes.ERR_RESOURCE_LIMIT:  # what is deeper would be lost
            raise ParseError(f"XML beyond what is sane: {error.msg}") from None
        problem = f"not well-formed: {error.msg}"
    mended = repair.mend(text, name, entry_end)
    if mended.truncated:
        problem = f"truncated{': the items after the cut are missing' if mended.lost else ''}"
    root = etree.fromstring(prolog + mended.text.encode(), _parser(recover=True))
    if root is None:
        raise ParseError(problem)
    return root, problem, mended.lost


def _parser(recover: bool = False) -> etree.XMLParser:
    return etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
        recover=recover,
    )
