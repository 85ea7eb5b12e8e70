"""Reads OPML lists of feeds as feed readers export them: nested, untidy, sometimes malformed.

OPML 2.0 (http://opml.org/spec2.opml). `type` is not trusted: an outline with an `xmlUrl` is a feed whatever its type;
one without is a folder if it has outlines in it; anything else is reported as skipped.
"""

import html
import re
from dataclasses import dataclass

from lxml import etree

from newsbeam.transforms.common.xml import read_tree
from newsbeam.transforms.errors import NotAFeedError

_OUTLINE_END = re.compile(r"</outline\s{0,64}>|<outline\b[^<>]*/>", re.IGNORECASE)


@dataclass(frozen=True)
class OpmlFeed:
    """One feed of an OPML list; `title` and `language` are "" where the outline has none."""

    title: str
    xml_url: str
    language: str = ""


@dataclass(frozen=True)
class Skipped:
    """An outline that was skipped, and why, in words for users."""

    what: str
    why: str


@dataclass(frozen=True)
class OpmlFeeds:
    """The feeds of a list in its order, each URL once, and what was skipped."""

    feeds: tuple[OpmlFeed, ...]
    skipped: tuple[Skipped, ...] = ()


def read_opml(body: bytes) -> OpmlFeeds:
    """Read an OPML list, of any version and nesting.

    A list that is not well-formed is read as far as possible, and its first error is one of the skipped.

    Raises:
        UnsafeXmlError: It uses an entity that is declared as more than characters.
        NotAFeedError: It is not OPML, but a web page for example.
        ParseError: Nothing in it can be read.
    """
    tree = read_tree(body, entry_end=_OUTLINE_END)
    root, problem = tree.root, tree.problem.removeprefix("not well-formed: ")
    outlines = [(element, _attributes(element)) for element in root.iter() if _name(element) == "outline"]
    if _name(root) != "opml" and not any("xmlurl" in attributes for _, attributes in outlines):
        raise NotAFeedError(f"not OPML: the document is <{_name(root)}>")
    feeds: dict[str, OpmlFeed] = {}
    skipped = [Skipped("the list", f"not well-formed, read as far as possible: {problem}")] if problem else []
    for element, attributes in outlines:
        why = _why_skipped(element, attributes)
        if why:
            skipped.append(Skipped(_label(element, attributes), why))
        elif "xmlurl" in attributes:
            feed = _feed(attributes)
            # The first: readers that group feeds by folder export one in each folder.
            feeds.setdefault(feed.xml_url, feed)
    return OpmlFeeds(tuple(feeds.values()), tuple(skipped))


def _why_skipped(element: etree._Element, attributes: dict[str, str]) -> str:
    """Return why an outline is skipped, or "" for a feed or a folder."""
    if attributes.get("iscomment", "").lower() == "true":
        return "commented out (isComment)"
    # isComment holds for all outlines below it (OPML 2.0, "Common attributes").
    if any(_attributes(above).get("iscomment", "").lower() == "true" for above in element.iterancestors()):
        return "in a part that is commented out (isComment)"
    if attributes.get("xmlurl"):
        return ""
    if "xmlurl" in attributes:
        return "its xmlUrl is empty"
    if len(element):
        return ""
    kind = attributes.get("type", "")
    other = next((name for name in ("url", "htmlurl") if attributes.get(name)), "")
    return "no xmlUrl" + (f", type {kind!r}" if kind else "") + (f", only {other} {attributes[other]}" if other else "")


def _feed(attributes: dict[str, str]) -> OpmlFeed:
    language = attributes.get("language", "")
    return OpmlFeed(
        title=_title(attributes),
        xml_url=attributes["xmlurl"],
        language="" if language.lower() == "unknown" else language,  # Radio UserLand's value for "not given"
    )


def _title(attributes: dict[str, str]) -> str:
    # Some readers escape titles twice.
    return html.unescape(attributes.get("text") or attributes.get("title") or "")


def _label(element: etree._Element, attributes: dict[str, str]) -> str:
    return _title(attributes) or attributes.get("xmlurl") or f"outline at line {element.sourceline}"


def _name(element: etree._Element) -> str:
    """Return the element's name in lower case, without its namespace; "" for comments and instructions."""
    return etree.QName(element).localname.lower() if isinstance(element.tag, str) else ""


def _attributes(element: etree._Element) -> dict[str, str]:
    """Return the attributes by name in lower case (xmlurl, XMLURL and xmlUrl all occur), with spaces collapsed."""
    return {str(name).lower(): " ".join(str(value).split()) for name, value in element.attrib.items()}
