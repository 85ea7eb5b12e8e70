"""One check: what a suite expects of one field of one entry, and whether an entry has it. No suite's files here.

How a field is compared:
    title, summary, content   as text: tags and scripts dropped, entities decoded, NFC, whitespace not counted. A title
                              or summary of ours is plain text, so markup that a suite keeps is not a difference.
                              A summary may stand in `summary` or in `content`: RSS has one element, description.
    link                      as the canonical URL without tracking parameters, both sides by newsbeam's own function. A
                              link that a suite leaves relative says nothing about the base: ours may have any.
    id                        to the letter, outer whitespace aside.
    published, updated        as instants, to the second, whatever the notation.
    date                      of a suite that has one date an entry: published, or updated where that is the only one.
    authors                   as names, in order: "me@example.org (Me)" is "Me". An address without a name is itself.
    categories                as a set; a category that has a term and a label may be given by either.
    count                     the number of entries.

A field on which a suite says nothing is not a check: suites differ in what they derive and what they leave out.
"""

import html
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import lxml.html

from newsbeam.transforms.common.urls import canonical_url
from newsbeam.transforms.errors import ParseError
from newsbeam.transforms.parse.document import parse_document
from newsbeam.transforms.records import Document, Entry

# No date in the suites is later, so none is "in the future".
FETCHED_AT = datetime(2035, 1, 1, tzinfo=UTC)

Category = tuple[str, ...]
Value = str | int | datetime | tuple[str, ...] | tuple[Category, ...]

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
_ADDRESS = r"[^\s<>()@]+@[^\s<>()@]+"
_ADDRESS_THEN_NAME = re.compile(rf"\s*<?{_ADDRESS}>?\s*\((?P<name>[^()]+)\)\s*")
_NAME_THEN_ADDRESS = re.compile(rf"\s*(?P<name>.*?\S)\s*[(<]{_ADDRESS}[)>]\s*", re.DOTALL)


@dataclass(frozen=True)
class Expectation:
    """What a suite says about one field of one entry.

    Attributes:
        entry: The entry's index in the feed, from 0; 0 for the field "count".
        field: title, link, id, published, updated, date, authors, categories, summary, content or count.
        expected: Text; a datetime, or a date as text; a tuple of names; a tuple of categories, each a tuple of its
            equally good names; an int for "count".
        index: Which author or category it is about, if about one of several.
        beginning: True if the suite states only how the text begins.
    """

    entry: int
    field: str
    expected: Value
    index: int | None = None
    beginning: bool = False


@dataclass(frozen=True)
class Feed:
    """One test feed and all that its suite expects of its entries."""

    suite: str
    file: str
    body: bytes
    uri: str
    expectations: tuple[Expectation, ...]
    media_type: str = ""


@dataclass(frozen=True)
class Outcome:
    """One check, done."""

    suite: str
    file: str
    expectation: Expectation
    got: str
    agrees: bool


def check_feed(feed: Feed) -> list[Outcome]:
    """Parse a test feed and compare it with what its suite expects. A feed that can't be parsed has no entries."""
    document = Document(feed.uri, feed.body, FETCHED_AT, feed.suite, feed.uri, feed.media_type)
    error = ""
    entries: Sequence[Entry] = ()
    try:
        entries = parse_document(document).entries
    except ParseError as e:
        error = f"{type(e).__name__}: {e}"
    outcomes = []
    for expectation in feed.expectations:
        got, agrees = _check(expectation, entries)
        outcomes.append(Outcome(feed.suite, feed.file, expectation, error or got, agrees))
    return outcomes


def _check(expectation: Expectation, entries: Sequence[Entry]) -> tuple[str, bool]:
    if expectation.field == "count":
        return str(len(entries)), len(entries) == expectation.expected
    if expectation.entry >= len(entries):
        return f"only {len(entries)} entries", False
    entry = entries[expectation.entry]
    match expectation.field, expectation.expected:
        case "title", str(expected):
            return entry.title, same_text(expected, entry.title, expectation.beginning)
        case "summary", str(expected):
            agrees = any(same_text(expected, text, expectation.beginning) for text in (entry.summary, entry.content))
            return entry.summary or entry.content, agrees
        case "content", str(expected):
            body = entry.content or entry.summary
            return body, same_text(expected, body, expectation.beginning)
        case "link", str(expected):
            return entry.url, same_link(expected, entry.url)
        case "id", str(expected):
            return entry.guid, expected.strip() == entry.guid.strip()
        case ("published" | "updated" | "date") as field, (str() | datetime()) as expected:
            return _check_date(entry, field, expected)
        case "authors", tuple(expected):
            return str(entry.authors), _same_authors(expected, entry.authors, expectation.index)
        case "categories", tuple(expected):
            return str(entry.categories), _same_categories(expected, entry.categories, expectation.index)
    raise ValueError(f"no way to compare {expectation}")


def same_text(expected: str, got: str, beginning: bool = False) -> bool:
    """Compare two texts, each of which may be plain text, text with entities, or HTML.

    Text may look like markup ("<b>" as words), so each side is read in all three ways; one in common is enough.
    """
    if beginning:
        return any(g.startswith(e) for e in _readings(expected) if e for g in _readings(got))
    return not _readings(expected).isdisjoint(_readings(got))


def _readings(text: str) -> set[str]:
    return {_squash(text), _squash(html.unescape(text)), _squash(_html_text(text))}


def _squash(text: str) -> str:
    return "".join(unicodedata.normalize("NFC", _CONTROL.sub("", text)).split())


def _html_text(markup: str) -> str:
    markup = _CONTROL.sub("", markup)
    if "<" not in markup and "&" not in markup:
        return markup
    root = lxml.html.document_fromstring(f"<body><div>{markup}")
    for element in root.xpath("//script | //style | //comment() | //processing-instruction()"):
        element.drop_tree()
    return str(root.text_content())


def same_link(expected: str, got: str) -> bool:
    """Compare two links by their canonical form; a relative one may have any base."""
    expected = expected.strip()
    if not got or got == expected:
        return got == expected
    return got == canonical_url(expected, got)


def _check_date(entry: Entry, field: str, expected: str | datetime) -> tuple[str, bool]:
    if field == "date":
        field = "published" if entry.published else "updated"
    got, raw = (entry.published, entry.published_raw) if field == "published" else (entry.updated, entry.updated_raw)
    if isinstance(expected, str):
        if not expected or expected == raw:
            return raw, expected == raw
        expected = to_instant(expected)
    return f"{got} ({raw})", got is not None and abs((got - expected).total_seconds()) < 1


def to_instant(text: str) -> datetime:
    """Return a date that a suite gives as text, as an aware datetime (UTC where it names no zone)."""
    try:
        value = datetime.fromisoformat(text)
    except ValueError:
        value = parsedate_to_datetime(text)
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def person_name(text: str) -> str:
    """Return the name in "address (name)", "name (address)" or "name <address>", else the text."""
    found = _ADDRESS_THEN_NAME.fullmatch(text) or _NAME_THEN_ADDRESS.fullmatch(text)
    return " ".join((found["name"] if found else text).split())


def _same_authors(expected: tuple[str | Category, ...], got: tuple[str, ...], index: int | None) -> bool:
    names = [person_name(str(name)) for name in expected]
    ours = [person_name(name) for name in got]
    if index is not None:
        ours = ours[index : index + 1]
    return len(names) == len(ours) and all(same_text(name, our) for name, our in zip(names, ours, strict=True))


def _same_categories(expected: tuple[str | Category, ...], got: tuple[str, ...], index: int | None) -> bool:
    categories = [(category,) if isinstance(category, str) else category for category in expected]
    ours = got if index is None else got[index : index + 1]
    given = all(any(same_text(name, our) for name in category for our in ours) for category in categories)
    return given and all(any(same_text(name, our) for category in categories for name in category) for our in ours)
