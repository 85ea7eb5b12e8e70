"""JSON Feed 1.0 and 1.1 (jsonfeed.org/version/1.1) -> entries."""

import json
from datetime import datetime
from typing import Any

from newsbeam.transforms.errors import NotAFeedError, ParseError
from newsbeam.transforms.parse.dates import read_date
from newsbeam.transforms.parse.encoding import decode
from newsbeam.transforms.parse.identity import identify
from newsbeam.transforms.parse.languages import language_tag
from newsbeam.transforms.parse.plain import one_line, scrub, unescape_markup, unique
from newsbeam.transforms.parse.result import Parsed, ParseLimits, repaired
from newsbeam.transforms.parse.urls import canonical_url, is_http
from newsbeam.transforms.records import DeadLetter, Document, Entry

Fields = dict[str, Any]


def parse_jsonfeed(document: Document, limits: ParseLimits) -> Parsed:
    """Return the entries of a JSON Feed.

    Raises:
        NotAFeedError: The body is JSON, but no JSON Feed.
        ParseError: It is no JSON, or truncated before the end of its first item.
    """
    decoded = decode(document.body, document.media_type)
    feed, problem = _load(decoded.text.lstrip("\ufeff \t\r\n"))
    items = feed.get("items")
    if not isinstance(items, list):
        raise NotAFeedError("JSON without a list of items is no JSON Feed")
    builder = _EntryBuilder(document, feed)
    entries = identify([builder.build(i) for i in items[: limits.entries] if isinstance(i, dict)], builder.home)
    letters = [repaired(document, reason) for reason in (decoded.repair, problem, limits.cut(len(items))) if reason]
    return Parsed(entries, (*letters, *builder.letters.values()))


def _load(text: str) -> tuple[Fields, str]:
    """Return the feed, and what was wrong with it: of a truncated one the items that are complete."""
    try:
        feed = json.loads(text, strict=False)
    except RecursionError:
        raise ParseError("JSON that is nested too deep") from None
    except ValueError as error:
        return _salvage(text, error)
    if not isinstance(feed, dict):
        raise NotAFeedError("JSON that is no object is no JSON Feed")
    return feed, ""


def _salvage(text: str, error: ValueError) -> tuple[Fields, str]:
    decoder = json.JSONDecoder(strict=False)
    start = text.find("[", text.find('"items"')) + 1
    head, items = text[: max(0, text.find('"items"'))].rstrip(" \t\r\n,"), []
    while start > 0:
        start += len(text[start : start + 200]) - len(text[start : start + 200].lstrip(" \t\r\n,"))
        try:
            item, start = decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            break
        items.append(item)
    if not items:
        raise ParseError(f"no JSON: {error}")
    try:
        feed = json.loads(head + "}", strict=False)
    except (ValueError, RecursionError):
        feed = {}
    return {**feed, "items": items}, f"truncated or broken JSON, the items before the break were read: {error}"


class _EntryBuilder:
    """Makes entries of one feed; `letters` has the dates that could not be believed, by what was published."""

    def __init__(self, document: Document, feed: Fields):
        self.document = document
        self.feed = feed
        self.letters: dict[str, DeadLetter] = {}
        self.format = "jsonfeed10" if _string(feed, "version").rstrip("/").endswith("version/1") else "jsonfeed11"
        self.base = next((u for u in (document.uri, document.feed_url) if is_http(u)), _string(feed, "home_page_url"))
        self.home = canonical_url(_string(feed, "home_page_url"), self.base)

    def build(self, item: Fields) -> Entry:
        html, text, summary = (_string(item, key) for key in ("content_html", "content_text", "summary"))
        content, content_type = (
            (unescape_markup(html), "text/html") if html.strip() else (text or summary, "text/plain")
        )
        published_raw, updated_raw = (one_line(_string(item, key)) for key in ("date_published", "date_modified"))
        return Entry(
            entry_id="",
            source=self.document.source,
            feed_url=self.document.feed_url,
            format=self.format,
            fetched_at=self.document.fetched_at,
            guid=_string(item, "id"),
            url=canonical_url(_string(item, "url") or _string(item, "external_url"), self.base),
            title=one_line(_string(item, "title")),
            summary=one_line(summary),
            authors=_names(item) or _names(self.feed),
            language=language_tag(self.document.language, _string(item, "language"), _string(self.feed, "language")),
            published=self._date(published_raw),
            published_raw=published_raw,
            updated=self._date(updated_raw),
            updated_raw=updated_raw,
            categories=unique(one_line(tag) for tag in _list(item, "tags") if isinstance(tag, str)),
            content=content,
            content_type=content_type,
        )

    def _date(self, raw: str) -> datetime | None:
        reading = read_date(raw, self.document.fetched_at)
        if reading.problem:
            self.letters.setdefault(raw, repaired(self.document, reading.problem, raw.encode()))
        return reading.value


def _string(owner: Fields, key: str) -> str:
    """Return a text; a number as text too, since ids are published as numbers (version 1.1, "items", id)."""
    value = owner.get(key)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return scrub(str(value))


def _list(owner: Fields, key: str) -> list[Any]:
    value = owner.get(key)
    return value if isinstance(value, list) else []


def _names(owner: Fields) -> tuple[str, ...]:
    """Return the authors: the list of version 1.1, which goes before the one author of 1.0."""
    people = [p for p in _list(owner, "authors") or [owner.get("author")] if isinstance(p, dict)]
    return unique(one_line(_string(person, "name")) for person in people)
