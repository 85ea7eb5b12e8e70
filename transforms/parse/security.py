"""The prolog of an XML document: where its root element begins, and whether it may be parsed at all.

Entities that a document declares are refused as a whole (billion laughs, external entities, CWE-776 and CWE-611): a
feed needs none, since the named characters of HTML are known without a declaration.
"""

import re
from dataclasses import dataclass

from newsbeam.transforms.errors import NotAFeedError, UnsafeXmlError

_NAME = re.compile(r"<([A-Za-z_][\w.\-]*(?::[A-Za-z_][\w.\-]*)?)")
_DOCTYPE_PIECE = re.compile(r"\"[^\"]*\"|'[^']*'|[\[\]<>]")
_ENTITY = re.compile(r"<!ENTITY\b", re.IGNORECASE)
# Real document types fit in a line; the internal subsets that don't are not for feeds.
_DOCTYPE_MAX = 65_536


@dataclass(frozen=True)
class Root:
    """Where the root element is.

    Attributes:
        start: Index of its "<" in the text.
        name: Its name as written, with its prefix.
        doctype: The document type declaration before it, or "".
    """

    start: int
    name: str
    doctype: str = ""

    @property
    def local_name(self) -> str:
        """Return the name without prefix, in lower case."""
        return self.name.rpartition(":")[2].lower()


def find_root(text: str, start: int = 0) -> Root:
    """Return the root element, skipping what may stand before it: comments, instructions, a document type, junk.

    Raises:
        UnsafeXmlError: The document type declares entities.
        NotAFeedError: There is no element.
    """
    position, doctype = start, ""
    while (position := text.find("<", position)) >= 0:
        if text.startswith("<!--", position):
            position = _after(text, "-->", position + 4)
        elif text.startswith("<?", position):
            position = _after(text, "?>", position + 2)
        elif text[position : position + 9].upper() == "<!DOCTYPE":
            end = _doctype_end(text, position)
            doctype, position = text[position:end], end
        elif _ENTITY.match(text, position):
            raise UnsafeXmlError("the document declares entities")
        elif match := _NAME.match(text, position):
            return Root(position, match[1], doctype)
        else:
            position += 1
    raise NotAFeedError("no XML element in it")


def _after(text: str, end: str, start: int) -> int:
    found = text.find(end, start)
    return len(text) if found < 0 else found + len(end)


def _doctype_end(text: str, start: int) -> int:
    """Return the index behind the document type that begins at `start`, or refuse it."""
    depth = 0
    declaration = text[start : start + _DOCTYPE_MAX]
    end = len(declaration)
    for piece in _DOCTYPE_PIECE.finditer(declaration):
        depth += {"[": 1, "<": 1, "]": -1, ">": -1}.get(piece[0], 0)
        if depth == 0:
            end = piece.end()
            break
    if _ENTITY.search(declaration, 0, end):
        raise UnsafeXmlError("the document type declares entities")
    if depth and len(declaration) == _DOCTYPE_MAX:
        raise UnsafeXmlError(f"the document type is longer than {_DOCTYPE_MAX} characters")
    return start + end
