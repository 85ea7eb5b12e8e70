"""Parses the XML of wires into a tree, with its repairs; helpers to look into it that ignore namespaces."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from lxml import etree

from newsbeam.transforms.common.xml import read_tree
from newsbeam.transforms.parse.plain import one_line
from newsbeam.transforms.parse.result import lost, repaired
from newsbeam.transforms.records import DeadLetter, Document

Element: TypeAlias = etree._Element

XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


@dataclass(frozen=True)
class Xml:
    """A document as a tree, without comments and instructions, and a dead letter for each repair."""

    root: Element
    dead_letters: tuple[DeadLetter, ...]


def read_xml(document: Document) -> Xml:
    """Parse a document; XML that is not well-formed is repaired, with a dead letter.

    A truncated story is not read. Of a truncated envelope the items before the cut are.

    Raises:
        UnsafeXmlError: It uses an entity that is declared as more than characters.
        NotAFeedError: It contains no element.
        ParseError: It is truncated and no item in it is complete, or nothing in it could be read.
    """
    tree = read_tree(document.body, document.media_type)
    letters = [repaired(document, reason) for reason in tree.repairs]
    if tree.problem:
        letters.append((lost if tree.lost else repaired)(document, tree.problem))
    return Xml(tree.root, tuple(letters))


def local_name(element: Element) -> str:
    """Return the name of an element without its namespace and without an undeclared prefix."""
    return _local(str(element.tag))


@lru_cache(4_096)
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
        tag = str(child.tag)
        # The cheap test first: most elements fail it, and this runs for each child of each path.
        if tag.endswith(name) and _local(tag) == name:
            if rest:
                yield from children(child, *rest)
            else:
                yield child


def child(parent: Element | None, *path: str) -> Element | None:
    """Return the first element at the end of a path of local names."""
    return next(children(parent, *path), None)


def descendants(parent: Element, *names: str) -> Iterator[Element]:
    """Yield all elements below (or at) `parent` with one of these local names, in document order."""
    # "{*}" matches any namespace and none, within lxml: a loop in Python would visit each element.
    yield from parent.iter(*(f"{{*}}{name}" for name in names))


def text_of(element: Element | None) -> str:
    """Return all text in an element as one line."""
    return "" if element is None else one_line("".join(element.itertext()))


def attribute(element: Element | None, name: str) -> str:
    """Return an attribute as one line, or ""; `name` is local, for attributes of any namespace."""
    if element is None:
        return ""
    value = element.get(name)
    # The name without a namespace first: xml:lang and lang can stand on one element.
    if value is None:
        value = next((value for key, value in element.items() if _local(str(key)) == name), "")
    return one_line(value)
