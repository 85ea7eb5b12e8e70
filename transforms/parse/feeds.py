"""Parses RSS 0.9x, 1.0 and 2.0, Atom 0.3 and 1.0, and CDF into entries. No other module sees a FeedParserDict.

feedparser reads what `repair` has made well-formed.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain
from typing import Any

from newsbeam.transforms.common import repair
from newsbeam.transforms.common.encoding import decode
from newsbeam.transforms.common.plurals import counted
from newsbeam.transforms.common.security import Root, find_root, from_root
from newsbeam.transforms.common.urls import canonical_url, is_http
from newsbeam.transforms.errors import NotAFeedError, ParseError
from newsbeam.transforms.parse import exported
from newsbeam.transforms.parse.completeness import TRUNCATED
from newsbeam.transforms.parse.feed_parser import FeedParser
from newsbeam.transforms.parse.feed_texts import HTML, XML, Body, Content, as_meant, choose_body
from newsbeam.transforms.parse.feed_tree import MARK, FeedTree, ItemParts, extract_parts
from newsbeam.transforms.parse.format import Format
from newsbeam.transforms.parse.identity import identify
from newsbeam.transforms.parse.languages import language_tag
from newsbeam.transforms.parse.media import joined, media_of_body, unique_media
from newsbeam.transforms.parse.plain import html_text, one_line, scrub, unescape_markup, unique, without_cdata
from newsbeam.transforms.parse.result import DocumentDates, Parsed, ParseLimits, lost, repaired
from newsbeam.transforms.records import DeadLetter, Document, Entry, Media

# "channel" is the root of CDF, and of RSS whose outer element was lost.
ROOTS = {"rss", "feed", "rdf", "channel"}
_FEED_ROOT = re.compile(r"<(?:[A-Za-z_][\w.\-]*:)?(?:rss|feed|RDF|channel)[\s>]", re.IGNORECASE)

NOT_A_FEED = "this is not a feed: its root element is <{}>"

_ENTRY_START = re.compile(r"<(?:[\w.\-]{1,64}:)?(?:item|entry)[\s>]", re.IGNORECASE)
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)

Fields = dict[str, Any]


def parse_feed(document: Document, limits: ParseLimits) -> Parsed:
    """Return the entries of a feed in XML.

    Raises:
        NotAFeedError: The body is something else, such as an HTML page.
        UnsafeXmlError: It uses an entity that is declared as more than characters.
        ParseError: Nothing in it could be read.
    """
    decoded = decode(document.body, document.media_type)
    text, controls = repair.strip_controls(decoded.text)
    root = feed_root(text)
    # Kept for `_skipped_entries`: entries before the root element would vanish without a trace.
    prolog = text[: root.start]
    # From the root element on, since feedparser loses a feed that begins with a comment.
    # Cut before it is parsed: 200,000 entries in 10 MB took minutes, in which all other sources waited.
    text, total = repair.first_entries(from_root(text, root), limits.entries)
    cut = limits.cut(total)
    feed, tree, xml = _read(text, root)
    # feedparser tells the two RSS 0.91 apart by the document type, which no parser gets (`security`).
    version = "rss091n" if "netscape" in root.doctype.lower() else feed.version
    # Entries without a version are taken: a namespace that feedparser doesn't know hides the version alone.
    if not version and not feed.entries:
        raise NotAFeedError(NOT_A_FEED.format(root.name))
    builder = _EntryBuilder(document, version or "feed", feed.feeddata, tree)
    found = len(feed.entries)
    # The count by text misses entries that have no end tag; feedparser's number is exact, but comes after the parsing.
    cut = cut or limits.cut(found)
    entries = identify(map(builder.build, _consume(feed.entries, limits.entries)), builder.home)
    dead_letters = (
        *_document_problems(document, decoded.repair, controls, xml, cut),
        *_skipped_entries(document, prolog, "before the root element"),
        *([] if found else _skipped_entries(document, text.rpartition(f"</{root.name}>")[2], "after the feed's end")),
        *_unread_entries(document, tree, found, len(entries)),
        *feed.dead_letters(document),
    )
    return Parsed(entries, (*dead_letters, *builder.unread, *builder.dates.letters.values()))


def _document_problems(
    document: Document, encoding: str, controls: int, xml: repair.RepairedXml, cut: str
) -> Iterator[DeadLetter]:
    """Yield what was wrong with the document as a whole."""
    for reason in (encoding, f"{counted(controls, 'control character')} removed" if controls else "", cut):
        if reason:
            yield repaired(document, reason)
    write = lost if xml.lost else repaired
    if xml.truncated and not cut:
        missing = "the entries after the cut are missing" if xml.lost else "the end is missing, no entry is"
        yield write(document, f"{TRUNCATED}: {missing}")
    if xml.problem:
        yield write(document, xml.problem)


def _skipped_entries(document: Document, outside: str, where: str) -> Iterator[DeadLetter]:
    """Yield a dead letter if there are entries outside of the root element, as where two documents are in one."""
    # An item that is commented out was taken back by its publisher, so it is not lost.
    number = len(_ENTRY_START.findall(_COMMENT.sub("", outside)))
    if number:
        message = f"{counted(number, 'entry', 'entries')} {where} skipped"
        yield lost(document, message, outside.encode("utf-8", "surrogatepass"))


def _unread_entries(document: Document, tree: FeedTree, found: int, read: int) -> Iterator[DeadLetter]:
    """Yield a dead letter if a feed has entries and none is read, such as those around a feed within an item.

    Args:
        document: The feed.
        tree: With its items.
        found: The number of entries that feedparser gives, with empty ones.
        read: The number of entries that are not empty.
    """
    if tree.items and (not found or (tree.has_words and not read)):
        yield lost(document, f"{counted(len(tree.items), 'entry', 'entries')} could not be read")


def feed_root(text: str) -> Root:
    """Return the root element of a feed, also if something else precedes it, such as warnings of a script.

    Raises:
        NotAFeedError: The text is an HTML page.
        ParseError: It has no element.
    """
    root = find_root(text)
    if root.local_name in ROOTS:
        return root
    if root.local_name == "html" or root.doctype[9:].split()[:1] in (["html"], ["HTML"]):
        raise NotAFeedError("this is an HTML page, not a feed")
    # The entities are those of the whole prolog: a document type stands before what precedes the feed.
    later = _FEED_ROOT.search(text, root.start)
    return replace(find_root(text, later.start()), entities=root.entities) if later else root


def _read(text: str, root: Root) -> tuple[FeedParser, FeedTree, repair.RepairedXml]:
    """Return what feedparser found, what was extracted before it, and what had to be repaired."""
    feed = FeedParser()
    try:
        xml = repair.repair_xml(text, root.name)
        tree = extract_parts(xml.text)
        feed.read(tree.text)
    except ParseError:
        if root.local_name in ROOTS:
            raise
        # Of a page that isn't XML either, the user has to know that the address is wrong, not where a tag is missing.
        raise NotAFeedError(NOT_A_FEED.format(root.name)) from None
    return feed, tree, xml


def _consume(entries: list[Fields], limit: int | None) -> Iterator[Fields]:
    """Yield the first entries, except empty ones: some feeds nest an empty item in each item."""
    # Frees each entry after its turn: feedparser's entries are four times as large as ours.
    del entries[len(entries) if limit is None else limit :]
    entries.reverse()
    while entries:
        entry = entries.pop()
        if any(dict.values(entry)):
            yield entry


@dataclass
class _EntryBuilder:
    """Builds the entries of one feed.

    Attributes:
        dates: Reads dates, and collects the dead letters of those that it rejects.
        unread: Dead letters of content that is not text.
    """

    document: Document
    version: str
    feed: Fields
    tree: FeedTree

    def __post_init__(self) -> None:
        language = language_tag(self.document.language, _string(self.feed, "language"))
        self.dates = DocumentDates(self.document, language)
        self.unread: list[DeadLetter] = []
        link = _string(self.feed, "link")
        own = next(filter(is_http, _hrefs(self.feed, "self")), "")
        # A document's base is the address that it was fetched from (RFC 3986 5.1.3). `self` can be the publisher's own
        # machine, so it counts only for a document without such an address.
        place = next(filter(is_http, (self.document.uri, own, self.document.feed_url)), "")
        # Atom resolves against xml:base and the document (RFC 4287 2). RSS says nothing; the channel's link is what
        # its authors mean (miniflux, node-feedparser).
        candidates = (place, link) if self.version.startswith("atom") else (link, place)
        self.base = next(filter(is_http, candidates), "")
        self.home = canonical_url(link, place)

    def build(self, entry: Fields) -> Entry:
        """Return feedparser's entry as an Entry; `identify` adds its ids."""
        summary, summary_type = _summary(entry)
        body = choose_body(_contents(entry))
        self.unread += [_unread(self.document, each) for each in body.unread]
        # feedparser copies a body to the summary that an item lacks (`_end_content`).
        if body.published == summary:
            summary = ""
        if not body.content:
            body = Body(summary, summary_type, _media_type(dict.get(entry, "summary_detail")))
        # Only Atom 1.0 says of each text whether it is escaped; in all others it is a matter of habit.
        content = as_meant(body) if self.version == "atom10" else body.content
        published_raw, updated_raw = self._raw_dates(entry)
        parts = self._parts(entry)
        pictures = media_of_body(content) if body.content_type == "text/html" else ()
        read = Entry(
            entry_id="",
            source=self.document.source,
            feed_url=self.document.feed_url,
            format=self.version,
            fetched_at=self.document.fetched_at,
            guid=scrub(_string(entry, "id")),
            url=canonical_url(scrub(self._link(entry)), self.base),
            title=_plain(entry, "title"),
            subtitle=_plain(entry, "subtitle"),
            summary=html_text(summary) if summary_type == "text/html" else one_line(summary),
            authors=self._authors(entry),
            language=self._language(entry),
            # Read again, not taken from feedparser, which returns a date for most texts that are none (`dates`).
            published=self._published(published_raw, entry),
            published_raw=published_raw,
            updated=self.dates.read(updated_raw).value,
            updated_raw=updated_raw,
            copyright=_plain(entry, "rights") or parts.copyright or _plain(self.feed, "rights"),
            categories=_categories(entry),
            content=scrub(content),
            content_type=body.content_type,
            feed_title=_plain(self.feed, "title"),
            media=unique_media(chain(parts.media, _absolute(pictures, _base(entry))), self.base),
            places=parts.places,
            rights=parts.rights or self.tree.rights,
        )
        return exported.with_exported(read, exported.from_json(parts.exported), self.dates)

    def _parts(self, entry: Fields) -> ItemParts:
        """Return what was extracted from the item before feedparser read it."""
        number = _string(entry, MARK)
        # The mark is in the feed's own XML, so a hostile feed can have one of its own, with any number.
        is_ours = number.isdecimal() and int(number[:9]) < len(self.tree.items)
        # Nine digits: int() of a hostile number of a million digits takes quadratic time, or raises ValueError since
        # 3.11.
        return self.tree.items[int(number[:9])] if is_ours else ItemParts()

    def _link(self, entry: Fields) -> str:
        """Return the link to the story; for an Atom entry without one, its id if that is a URL."""
        guid = _string(entry, "id")
        return _link(entry) or (guid if self.version.startswith("atom") and is_http(guid) else "")

    def _raw_dates(self, entry: Fields) -> tuple[str, str]:
        published, updated = _string(entry, "published"), _string(entry, "updated")
        if not published:
            published = _string(entry, "created")
        if not published and not self.version.startswith("atom"):
            published = updated  # dc:date, the only date of RSS 1.0; "associated with the lifecycle of the resource"
        return one_line(published), one_line(updated)

    def _published(self, raw: str, entry: Fields) -> datetime | None:
        """Return when an entry was published, from another element if the first one is not a date."""
        # "updated" of Atom is the date of an edit (RFC 4287 4.2.15), so it never stands in for a publication.
        others = ("created",) if self.version.startswith("atom") else ("created", "updated")
        dates = (self.dates.read(date) for date in (raw, *(one_line(_string(entry, key)) for key in others)))
        return next((date.value for date in dates if date.value), None)

    def _authors(self, entry: Fields) -> tuple[str, ...]:
        """Return the entry's authors; in Atom also those of its source, or of the feed (RFC 4287 4.2.1)."""
        owners: list[Fields] = [entry]
        if self.version.startswith("atom"):
            # Not in RSS, whose managingEditor answers for the feed and writes none of its stories.
            owners += [dict.get(entry, "source") or {}, self.feed]
        return next(filter(None, map(_names, owners)), ())

    def _language(self, entry: Fields) -> str:
        details = [dict.get(entry, key) for key in ("title_detail", "summary_detail")]
        details += dict.get(entry, "content") or ()
        # xml:lang of a title or body; feedparser hands it down from the feed, so it never contradicts a more specific
        # one.
        stated = [_string(detail, "language") for detail in details if isinstance(detail, dict)]
        return language_tag(self.document.language, _string(entry, "language"), *stated, _string(self.feed, "language"))


def _string(owner: Fields, key: str) -> str:
    """Return a text as feedparser stored it, without its fallbacks to other keys ("updated" from "published")."""
    value = dict.get(owner, key)
    return value if isinstance(value, str) else ""


def _plain(owner: Fields, key: str) -> str:
    value = without_cdata(_string(owner, key))
    detail = dict.get(owner, f"{key}_detail")
    return html_text(value) if isinstance(detail, dict) and detail.get("type") in HTML else one_line(value)


def _summary(entry: Fields) -> tuple[str, str]:
    detail = dict.get(entry, "summary_detail")
    kind = detail.get("type", "") if isinstance(detail, dict) else ""
    summary = without_cdata(_string(entry, "summary")).strip()
    return (summary, kind) if kind == "text/plain" else (unescape_markup(summary), "text/html")


def _contents(entry: Fields) -> list[Content]:
    return [Content(_media_type(body), _string(body, "value")) for body in dict.get(entry, "content") or ()]


def _base(entry: Fields) -> str:
    """Return the `xml:base` of an entry's text, "" for none: addresses of pictures in it are relative to that."""
    details = (*(dict.get(entry, "content") or ()), dict.get(entry, "summary_detail"))
    return next((base for each in details if isinstance(each, dict) and (base := _string(each, "base"))), "")


def _absolute(pictures: Iterable[Media], base: str) -> tuple[Media, ...]:
    return tuple(replace(each, url=joined(base, each.url)) for each in pictures)


def _media_type(detail: Fields | None) -> str:
    """Return the media type of a content: as published if that is XML, else as feedparser found it."""
    if not isinstance(detail, dict):
        return ""
    media_type, found = _string(detail, "media_type"), _string(detail, "type")
    return media_type if XML.fullmatch(media_type) else found


def _unread(document: Document, content: Content) -> DeadLetter:
    message = f"content of the type {content.media_type} was left out: it is not text"
    return lost(document, message, content.value.encode())


def _link(entry: Fields) -> str:
    """Return the link to the story: the target of a redirecting service, and never an id that is not a link."""
    original, link = _string(entry, "feedburner_origlink"), _string(entry, "link")
    # The service's own link is another address of the same story, and so another identity.
    if is_http(original):
        return original
    alternates = _hrefs(entry, "alternate")
    if alternates:
        # feedparser takes an enclosure whose address is its text for the link.
        return link if link in alternates else alternates[0]
    if link == _string(entry, "id") and not is_http(link):
        return ""  # feedparser takes an Atom id, or a guid without isPermaLink="false", for a link
    return link


def _hrefs(owner: Fields, rel: str) -> list[str]:
    # `dict.get`, since FeedParserDict's own maps "links" and other names to fallbacks.
    links = [link for link in dict.get(owner, "links") or () if isinstance(link, dict)]
    return [href for link in links if link.get("rel") == rel and (href := _string(link, "href"))]


def _names(owner: Fields) -> tuple[str, ...]:
    """Return the names that `feed_tree` wrote, or the address of an author without a name."""
    people = [p for p in dict.get(owner, "authors") or () if isinstance(p, dict)]
    return unique(one_line(_string(person, "name") or _string(person, "email")) for person in people)


def _categories(entry: Fields) -> tuple[str, ...]:
    tags = dict.get(entry, "tags") or ()
    return unique(html_text(_string(tag, "label") or _string(tag, "term")) for tag in tags)


FORMAT = Format("feed", lambda sample: sample.has_markup, parse_feed)
