"""XML of wires -> a tree, securely; and a few ways to look into it that don't mind namespaces.

No parser sees a document type: see `security` for what becomes of it.
libxml2's own limits hold: 256 elements deep, 10 MB a text.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from lxml import etree

from newsbeam.transforms.errors import ParseError
from newsbeam.transforms.parse import repair
from newsbeam.transforms.parse.encoding import decode
from newsbeam.transforms.parse.plain import one_line
from newsbeam.transforms.parse.result import lost, repaired
from newsbeam.transforms.parse.security import find_root, from_root
from newsbeam.transforms.records import DeadLetter, Document

Element: TypeAlias = etree._Element

XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


@dataclass(frozen=True)
class Xml:
    """A document as a tree, without comments and instructions, and a dead letter for each repair."""

    root: Element
    dead_letters: tuple[DeadLetter, ...]


def read_xml(document: Document) -> Xml:
    """Parse a document; what is not well-formed is mended, and said.

    A story that is cut off is not one: of an envelope, the items before the cut are read.

    Raises:
        UnsafeXmlError: It uses an entity that is declared as more than characters.
        NotAFeedError: There is no element in it.
        ParseError: It is truncated and no item in it is complete, or nothing in it could be read.
    """
    decoded = decode(document.body, document.media_type)
    text, controls = repair.strip_controls(decoded.text)
    start = find_root(text)
    root, problem, is_lost = _parse(from_root(text, start), start.name)
    reasons = (decoded.repair, f"{controls} control characters removed" if controls else "")
    letters = [repaired(document, reason) for reason in reasons if reason]
    if problem:
        letters.append((lost if is_lost else repaired)(document, problem))
    return Xml(root, tuple(letters))


def _parse(text: str, name: str) -> tuple[Element, str, bool]:
    """Return the tree, what was wrong with the text, and whether some of it is lost."""
    try:
        return etree.fromstring(text.encode(), _parser()), "", False
    except etree.XMLSyntaxError as error:
        if error.code == etree.ErrorTypes.ERR_RESOURCE_LIMIT:  # what is deeper would be lost
            raise ParseError(f"XML beyond what is sane: {error.msg}") from None
        problem = f"not well-formed: {error.msg}"
    mended = repair.mend(text, name)
    if mended.truncated:
        problem = f"truncated{': the items after the cut are missing' if mended.lost else ' after the last item'}"
    root = _recover(mended.text)
    if root is None:
        raise ParseError(problem)
    return root, problem, mended.lost


def _recover(text: str) -> Element | None:
    return etree.fromstring(text.encode(), _parser(recover=True))


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


def local_name(element: Element) -> str:
    """Return the name of an element without its namespace, or a prefix that nothing declares."""
    return _local(str(element.tag))


def _local(name: str) -> str:
    # By hand, since etree.QName refuses the names that a recovered tree may have.
    return name.rpartition("}")[2].rpartition(":")[2]


def namespace(element: Element) -> str:
    """Return the namespace of an element, or ""."""
    return str(element.tag).rpartition("}")[0].removeprefix("{")


def children(parent: Element | None, *path: str) -> Iterator[Element]:
    """Yield the elements at the end of a path of local names ("itemMeta", "provider"), in document order."""
    if parent is None:
        return
    name, *rest = path
    for child in parent:
        if local_name(child) == name:
            if rest:
                yield from children(child, *rest)
            else:
                yield child


def child(parent: Element | None, *path: str) -> Element | None:
    """Return the first element at the end of a path of local names."""
    return next(children(parent, *path), None)


def descendants(parent: Element, *names: str) -> Iterator[Element]:
    """Yield all elements below (or at) `parent` with one of these local names, in document order."""
    yield from parent.iter(*(f"{{*}}{name}" for name in names))


def text_of(element: Element | None) -> str:
    """Return all text in an element as one line."""
    return "" if element is None else one_line("".join(element.itertext()))


def attribute(element: Element | None, name: str) -> str:
    """Return an attribute as one line, or ""; `name` is local, for attributes of any namespace."""
    if element is None:
        return ""
    value = element.get(name)
    if value is None:
        value = next((value for key, value in element.items() if _local(str(key)) == name), "")
    return one_line(value)
