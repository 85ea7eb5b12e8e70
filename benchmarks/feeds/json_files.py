"""gofeed's and feed-rs' own tests: feeds with what is expected of them as JSON beside them.

gofeed writes three shapes of JSON: its Atom parser's, its RSS parser's, and the universal one of its translator. One
reader takes all three; a key that is absent is not a check.

feed-rs writes one shape. Three of its habits are taken for what they mean: an entry without an id gets a hash as its id
(no check, since no such text is in the feed); the whole text of an RSS author stands in `email`, with the name
"author"; and the one date of an RSS item is given as `published` and again as `updated` (one check).
"""

import html
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.feeds.checks import Category, Expectation, Feed, to_instant

# None of the two suites' readers knows where a feed is from.
ADDRESS = "http://feeds.example.net/"


def read_gofeed(folder: Path) -> Iterator[Feed]:
    """Yield each feed of gofeed's that has expected entries."""
    root = folder / "testdata"
    for path in sorted(root.rglob("*.json")):
        feed = _gofeed_feed(path)
        if feed:
            yield from _feed("gofeed", root, feed, path, _gofeed_entry)


def read_feed_rs(folder: Path) -> Iterator[Feed]:
    """Yield each feed of feed-rs' that has expected entries."""
    root = folder / "feed-rs" / "fixture"
    for path in sorted(root.rglob("*.serde.json")):
        stem = path.name.removesuffix(".serde.json")
        feed = next((p for p in (path.with_name(stem + ".xml"), path.with_name(stem + ".json")) if p.exists()), None)
        if feed:
            yield from _feed("feed-rs", root, feed, path, _feed_rs_entry)


def _feed(suite: str, root: Path, feed: Path, expected: Path, read_entry: Any) -> Iterator[Feed]:
    body = feed.read_bytes()
    parsed = json.loads(expected.read_text(encoding="utf-8")) or {}
    entries = parsed.get("items") or parsed.get("entries") or []
    expectations = [Expectation(0, "count", len(entries))] if entries else []
    for index, entry in enumerate(entries):
        for field, value in read_entry(entry):
            if field == "id" and value not in html.unescape(body.decode("utf-8", "replace")):
                continue
            expectations.append(Expectation(index, field, value))
    if expectations:
        file = str(feed.relative_to(root))
        yield Feed(suite, file, body, ADDRESS + file, tuple(expectations))


def _gofeed_feed(expected: Path) -> Path | None:
    """Return the feed that a JSON file of gofeed's is about: X.xml of X.json, X.json of X_expected.json."""
    if expected.stem.endswith("_expected"):
        return expected.with_name(expected.stem.removesuffix("_expected") + ".json")
    feed = expected.with_suffix(".xml")
    return feed if feed.exists() else None


def _gofeed_entry(entry: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield (field, expected) of an entry of any of gofeed's shapes."""
    for field, keys in {
        "title": ("title",),
        "summary": ("description", "summary"),
        "link": ("link", "url"),
        "id": ("guid", "id"),
        "published": ("publishedParsed", "pubDateParsed", "date_published"),
        "updated": ("updatedParsed", "date_modified"),
        "content": ("content", "content_html", "content_text"),
    }.items():
        value = next((entry[key] for key in keys if entry.get(key)), None)
        if isinstance(value, dict):
            value = value.get("value")
        if value and field in {"published", "updated"}:
            value = to_instant(value)
        if value:
            yield field, value
    if isinstance(entry.get("links"), list) and not entry.get("link"):
        yield from _alternate(entry["links"])
    authors = entry.get("authors") or [entry.get("author")]
    names = tuple(a if isinstance(a, str) else a.get("name") or a.get("email", "") for a in authors if a)
    if all(names) and names:
        yield "authors", names
    categories = tuple(_category(c) for c in entry.get("categories") or entry.get("tags") or ())
    if all(categories) and categories:
        yield "categories", categories


def _feed_rs_entry(entry: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield (field, expected) of an entry of feed-rs' shape."""
    yield "id", entry["id"]
    for field in ("title", "summary"):
        if entry[field] and entry[field]["content"]:
            yield field, entry[field]["content"]
    if entry["published"]:
        yield "published", to_instant(entry["published"])
    if entry["updated"] and entry["updated"] != entry["published"]:
        yield "updated", to_instant(entry["updated"])
    if entry["content"] and entry["content"]["body"]:
        yield "content", entry["content"]["body"]
    yield from _alternate(entry["links"])
    names = tuple(a["email"] if a["name"] == "author" and a["email"] else a["name"] for a in entry["authors"])
    if all(names) and names:
        yield "authors", names
    categories = tuple(_category(c) for c in entry["categories"])
    if all(categories) and categories:
        yield "categories", categories


def _alternate(links: list[Any]) -> Iterator[tuple[str, str]]:
    """Yield the first alternate link. RFC 4287 4.2.7.2: a link without a relation is an alternate one."""
    for link in links:
        if isinstance(link, dict) and link.get("href") and link.get("rel") in {None, "", "alternate"}:
            yield "link", link["href"]
            return


def _category(category: str | dict[str, Any]) -> Category:
    if isinstance(category, str):
        return (category,)
    return tuple(category[key] for key in ("term", "label", "value") if category.get(key))
