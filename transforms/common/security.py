"""Reads the prolog of an XML document: finds its root element, and expands the entities of its document type.

No parser gets a document type: nothing is fetched, no parameter entity is expanded, and the only entities are those
that are declared as characters (`<!ENTITY nbsp "&#160;">`), and the named characters of HTML. A text that uses another
one is an error (billion laughs, external entities, CWE-776 and CWE-611).
"""

import html
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html.entities import html5
from xml.sax.saxutils import escape

from newsbeam.transforms.errors import NotAFeedError, UnsafeXmlError

_NAME = re.compile(r"<([A-Za-z_][\w.\-]*(?::[A-Za-z_][\w.\-]*)?)")
_ENTITY = re.compile(
    r"""<!ENTITY\s{1,64}(%\s{1,64})?([^\s%&;"'<>]{1,64})\s{1,64}(?:"([^"]*)"|'([^']*)'|SYSTEM\b|PUBLIC\b)""",
    re.IGNORECASE,
)
_DOCTYPE_PIECE = re.compile(r"<!--|<\?|<!ENTITY\b|[\"'\[\]<>]", re.IGNORECASE)
_ENDS = {"<!--": "-->", "<?": "?>", '"': '"', "'": "'"}
_DEPTH = {"[": 1, "<": 1, "]": -1, ">": -1}
_REFERENCE = re.compile(r"&(#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z_][\w.\-]{0,63});")
_SECTION = re.compile(r"<!\[CDATA\[|<!--")
_OF_XML = {"amp", "lt", "gt", "quot", "apos"}
# Characters that entities may add to a text, besides the length of the text.
_GROWTH = 100_000


@dataclass(frozen=True)
class Root:
    """Where the root element is.

    Attributes:
        start: Index of its "<" in the text.
        name: Its name as written, with its prefix.
        doctype: The document type declaration before it, or "".
        entities: The characters of each declared entity, or None if it is more than characters.
    """

    start: int
    name: str
    doctype: str = ""
    entities: Mapping[str, str | None] = field(default_factory=dict)

    @property
    def local_name(self) -> str:
        """Return the name without prefix, in lower case."""
        return self.name.rpartition(":")[2].lower()


def find_root(text: str, start: int = 0) -> Root:
    """Return the root element, skipping comments, instructions, a document type and junk before it.

    Raises:
        NotAFeedError: There is no element.
    """
    position, doctype = start, slice(0)
    entities: dict[str, str | None] | None = {}
    while (position := text.find("<", position)) >= 0:
        if text.startswith("<!--", position):
            position = _after(text, "-->", position + 4)
        elif text.startswith("<?", position):
            position = _after(text, "?>", position + 2)
        elif text[position : position + 9].upper() == "<!DOCTYPE":
            # After one without an end, later ones are not searched, so that the time is linear.
            end, entities = _read_doctype(text, position) if entities is not None else (0, None)
            # A quotation mark may be missing in it.
            end = end or _after(text, ">", position)
            doctype, position = slice(position, end), end
        elif match := _NAME.match(text, position):
            return Root(position, match[1], text[doctype], entities or {})
        else:
            position += 1
    raise NotAFeedError("this is not XML: it has no element")


def from_root(text: str, root: Root) -> str:
    """Return XML from its root element on, with the named characters of HTML and of its document type expanded.

    Raises:
        UnsafeXmlError: It uses an entity that is declared as more than characters, or its entities are too long.
    """
    text = text[root.start :]
    if "&" not in text:
        return text
    room = len(text) + _GROWTH

    def _write(match: re.Match[str]) -> str:
        nonlocal room
        characters = _characters(match, root.entities)
        room -= len(characters)
        if room < 0:
            raise UnsafeXmlError("the entities are longer than the document that uses them")
        return characters

    return outside_of_sections(text, lambda piece: _REFERENCE.sub(_write, piece))


def outside_of_sections(text: str, change: Callable[[str], str]) -> str:
    """Return XML with `change` applied outside CDATA sections and comments."""
    pieces, position = [], 0
    while section := _SECTION.search(text, position):
        pieces.append(change(text[position : section.start()]))
        position = _after(text, "-->" if section[0] == "<!--" else "]]>", section.end())
        pieces.append(text[section.start() : position])
    return "".join([*pieces, change(text[position:])])


def _characters(match: re.Match[str], entities: Mapping[str, str | None]) -> str:
    name = match[1]
    if name[0] == "#" or name in _OF_XML:
        return match[0].replace("X", "x", 1)  # XML has no "&#X41;"
    characters = entities.get(name)
    if characters is None:
        characters = html5.get(f"{name};")
    if characters is not None:
        return escape(characters, {'"': "&quot;"})
    if name in entities:
        raise UnsafeXmlError(f"the text uses the entity {name}, which is declared as more than characters")
    return match[0]


def _after(text: str, end: str, start: int) -> int:
    found = text.find(end, start)
    return len(text) if found < 0 else found + len(end)


def _read_doctype(text: str, start: int) -> tuple[int, dict[str, str | None] | None]:
    """Return the index after the document type that begins at `start`, and the general entities that it declares.

    (0, None) if it has no end.
    """
    entities: dict[str, str | None] = {}
    depth, position = 0, start
    while piece := _DOCTYPE_PIECE.search(text, position):
        position = piece.end()
        if end := _ENDS.get(piece[0]):
            position = text.find(end, position) + len(end)
            if position < len(end):
                break
        elif entity := _ENTITY.match(text, piece.start()):
            position = entity.end()
            depth += 1
            if not entity[1]:
                # The first declaration is binding (XML 1.0 4.2).
                entities.setdefault(entity[2], _declared(entity[3] or entity[4]))
        else:
            depth += _DEPTH.get(piece[0], 1)
            if depth == 0:
                return position, entities
    return 0, None


def _declared(value: str | None) -> str | None:
    """Return the characters of an entity; None if it is external or contains markup or entities.

    XHTML escapes references twice (`&#38;#160;`): a declaration is expanded when it is read (XML 1.0 4.4.5).
    """
    if value is None:
        return None
    for _ in range(2):
        value = _REFERENCE.sub(lambda match: html.unescape(match[0]) if match[1][0] == "#" else match[0], value)
    return None if "<" in value or "%" in value or _REFERENCE.search(value) else value
