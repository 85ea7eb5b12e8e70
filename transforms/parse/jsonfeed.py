"""Parses JSON Feed 1.0 and 1.1 (jsonfeed.org/version/1.1) into entries."""

from collections.abc import Iterator
from itertools import chain
from typing import Any

from newsbeam.transforms.common.encoding import decode
from newsbeam.transforms.common.urls import canonical_url, is_http
from newsbeam.transforms.errors import NotAFeedError
from newsbeam.transforms.parse import exported
from newsbeam.transforms.parse.authors import names_in
from newsbeam.transforms.parse.format import Format
from newsbeam.transforms.parse.identity import identify
from newsbeam.transforms.parse.json_text import Fields, list_in, objects_in, read_json, scalar_in, string_in
from newsbeam.transforms.parse.languages import language_tag
from newsbeam.transforms.parse.media import kind_of, media_of_body, size, unique_media
from newsbeam.transforms.parse.plain import one_line, unescape_markup, unique, without_cdata
from newsbeam.transforms.parse.result import DocumentDates, LeftOut, Parsed, ParseLimits, repaired, strays
from newsbeam.transforms.records import Document, Entry, Media

NOT_A_JSON_FEED = 'this JSON is not a JSON Feed: it has no list "items"'


def parse_jsonfeed(document: Document, limits: ParseLimits) -> Parsed:
    """Return the entries of a JSON Feed.

    Raises:
        NotAFeedError: The body is JSON, but not a JSON Feed.
        ParseError: It is not JSON, or truncated before the end of its first item.
    """
    decoded = decode(document.body, document.media_type)
    found = read_json(decoded.text)
    feed, *others = found.values
    items = feed.get("items") if isinstance(feed, dict) else None
    if not isinstance(items, list):
        raise NotAFeedError(NOT_A_JSON_FEED)
    builder = _EntryBuilder(document, feed)
    # Cut before the entries are built; `limits.cut` reports the rest.
    read = items[: limits.entries]
    entries = identify([builder.build(item) for item in read if isinstance(item, dict)], builder.home)
    ignored = LeftOut("more JSON after the end of the feed was ignored") if others else ""
    reasons = (decoded.repair, found.problem, ignored, limits.cut(len(items)))
    dead_letters = [repaired(document, reason) for reason in reasons if reason]
    dead_letters += strays(document, (item for item in read if not isinstance(item, dict)))
    return Parsed(entries, (*dead_letters, *builder.dates.letters.values()))


class _EntryBuilder:
    """Builds the entries of one feed; `dates` collects the dead letters of its dates."""

    def __init__(self, document: Document, feed: Fields):
        self.document = document
        self.feed = feed
        self.dates = DocumentDates(document, language_tag(document.language, scalar_in(feed, "language")))
        # The version is an address: ".../version/1" and ".../version/1.1".
        self.format = "jsonfeed10" if scalar_in(feed, "version").rstrip("/").endswith("version/1") else "jsonfeed11"
        # The fetched address before the feed's own word for it (RFC 3986 5.1.3), as in feeds of XML.
        self.base = next((u for u in (document.uri, document.feed_url) if is_http(u)), scalar_in(feed, "home_page_url"))
        self.home = canonical_url(scalar_in(feed, "home_page_url"), self.base)

    def build(self, item: Fields) -> Entry:
        texts = (scalar_in(item, key) for key in ("content_html", "content_text", "summary"))
        html, text, summary = map(without_cdata, texts)
        content, content_type = (
            # An item has to have one of the two texts and may have both; HTML keeps paragraphs and links.
            (unescape_markup(html), "text/html") if html.strip() else (text or summary, "text/plain")
        )
        pictures = media_of_body(content) if content_type == "text/html" else ()
        published_raw, updated_raw = (one_line(scalar_in(item, key)) for key in ("date_published", "date_modified"))
        read = Entry(
            entry_id="",
            source=self.document.source,
            feed_url=self.document.feed_url,
            format=self.format,
            fetched_at=self.document.fetched_at,
            # The specification wants a string; numbers occur, and clients have to coerce them (JSON Feed 1.1, "id").
            guid=scalar_in(item, "id"),
            # external_url is the page that a link blog writes about, so it stands in only where the item has no page of
            # its own.
            url=canonical_url(scalar_in(item, "url") or scalar_in(item, "external_url"), self.base),
            title=one_line(scalar_in(item, "title")),
            summary=one_line(summary),
            authors=_names(item) or _names(self.feed),
            language=language_tag(
                self.document.language, scalar_in(item, "language"), scalar_in(self.feed, "language")
            ),
            published=self.dates.read(published_raw).value,
            published_raw=published_raw,
            updated=self.dates.read(updated_raw).value,
            updated_raw=updated_raw,
            categories=unique(one_line(tag) for tag in list_in(item, "tags") if isinstance(tag, str)),
            content=content,
            content_type=content_type,
            feed_title=one_line(scalar_in(self.feed, "title")),
            media=unique_media(chain(_media(item), pictures), self.base),
        )
        return exported.with_exported(read, item.get(exported.EXTENSION), self.dates)


def _names(owner: Fields) -> tuple[str, ...]:
    """Return the authors: the list of version 1.1 before the one author of 1.0; some feeds have plain names."""
    people = list_in(owner, "authors") or (owner.get(key) for key in ("author", "authors"))
    listed = chain.from_iterable(person if isinstance(person, list) else [person] for person in people)
    names = (scalar_in(person, "name") if isinstance(person, dict) else person for person in listed)
    return unique(chain.from_iterable(names_in(name) for name in names if isinstance(name, str)))


def _media(item: Fields) -> Iterator[Media]:
    """Yield the attachments of an item and its pictures."""
    for attachment in objects_in(item, "attachments"):
        url, media_type = string_in(attachment, "url").strip(), one_line(scalar_in(attachment, "mime_type")).lower()
        yield Media(
            url,
            kind_of(media_type, url),
            media_type,
            one_line(scalar_in(attachment, "title")),
            duration_s=_duration(attachment.get("duration_in_seconds")),
            # JSON has one kind of number, and some libraries write 1024 as 1024.0.
            bytes=size(scalar_in(attachment, "size_in_bytes").removesuffix(".0")),
        )
    for key in ("image", "banner_image"):
        yield Media(string_in(item, key).strip(), "image")


def _duration(value: Any) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    # 0 stands for unknown; the upper bound (31 years) keeps out Unix times.
    return float(value) if is_number and 0 < value < 10**9 else None


FORMAT = Format("jsonfeed", lambda sample: sample.is_json, parse_jsonfeed, syntax="json")
