"""`newsbeam export --feed`: entries with their text as RSS 2.0, Atom or JSON Feed, which newsbeam reads back.

The elements are written with lxml. feedgen 1.0 was tried: its items of RSS hold no date of change, and one author,
as an e-mail address.

Sources: RSS 2.0 with content:encoded, dc:creator and atom:updated; RFC 4287; JSON Feed 1.1.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from itertools import groupby
from pathlib import Path
from typing import Any

import duckdb
from lxml import etree

from newsbeam.pipeline.reports.cells import as_plain
from newsbeam.pipeline.reports.export import write_file
from newsbeam.pipeline.reports.reading import ReportError, first_line, run_query, view_database, view_or_query
from newsbeam.transforms.common.progress import SILENT, Progress
from newsbeam.transforms.parse.exported import ELEMENT, EXTENSION, NAMESPACE
from newsbeam.transforms.text.exported import exported_html

_NAMESPACES = {
    "atom": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "newsbeam": NAMESPACE,
}
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_TITLE = "Entries exported from newsbeam"
_EXACT = ("title", "guid", "url", "authors", "published", "updated")

_Item = Mapping[str, Any]

_ENTRIES = """
    SELECT entry_id, version, source, guid, url, title, summary, authors, language, published, updated, fetched_at,
           categories
    FROM current_entries WHERE entry_id IN (SELECT unnest($ids))
    ORDER BY coalesce(published, fetched_at) DESC, entry_id
"""
_PARAGRAPHS = """
    SELECT p.entry_id, p.kind, p.text
    FROM paragraphs AS p JOIN current_entries AS e ON e.entry_id = p.entry_id AND e.version = p.entry_version
    WHERE p.entry_id IN (SELECT unnest($ids)) ORDER BY p.entry_id, p.position
"""


def export_feed(output: str, query: str, path: Path, format: str, progress: Progress = SILENT) -> int:
    """Write the current entries that a view or query names in `entry_id` as a feed; return their number.

    Raises:
        ReportError: The output, the query or the file can't be used, or the rows have no `entry_id`.
    """
    progress.phase("Reading")
    with view_database(output) as database:
        items = _items(database, query)
    progress.phase("Writing")
    write_file(path, WRITERS[format](items), output)
    return len(items)


def _items(database: duckdb.DuckDBPyConnection, query: str) -> list[_Item]:
    """Return the entries with their text as `html`, the latest first."""
    rows = run_query(database, view_or_query(query))
    if "entry_id" not in rows.column_names:
        raise ReportError("the rows have no column entry_id, which names the entries of the feed")
    ids = {"ids": [entry_id for entry_id in set(rows["entry_id"].to_pylist()) if entry_id is not None]}
    try:
        paragraphs = database.sql(_PARAGRAPHS, params=ids).fetchall()
        entries = database.sql(_ENTRIES, params=ids).to_arrow_table().to_pylist()
    except duckdb.Error as error:
        raise ReportError(first_line(error)) from error
    grouped = groupby(paragraphs, lambda row: row[0])
    texts = {entry_id: exported_html((kind, text) for _, kind, text in group) for entry_id, group in grouped}
    return [_clean(_as_item(entry, texts.get(entry["entry_id"]) or exported_html(()))) for entry in entries]


def _as_item(entry: dict[str, Any], html: str) -> _Item:
    # In ASCII, since XML lacks some characters.
    return entry | {"html": html, "exact": json.dumps({name: as_plain(entry[name]) for name in _EXACT})}


def _clean(value: Any) -> Any:
    """Return a value without the characters that XML 1.0 can't have."""
    if isinstance(value, str):
        return _NOT_IN_XML.sub(" ", value)
    if isinstance(value, list):
        return [_clean(each) for each in value]
    return {key: _clean(each) for key, each in value.items()} if isinstance(value, dict) else value


def _rss(items: Sequence[_Item]) -> bytes:
    root = etree.Element("rss", version="2.0", nsmap=_NAMESPACES)
    channel = etree.SubElement(root, "channel")
    _add(channel, "title", _TITLE)
    # Required, and an export has no site of its own; a name that can't exist (RFC 2606).
    _add(channel, "link", "https://example.invalid/")
    _add(channel, "description", f"{len(items)} entries")
    for item in items:
        element = etree.SubElement(channel, "item")
        _add(element, "title", item["title"])
        _add(element, "link", item["url"])
        # The default is "true", and a guid need not be a URL.
        _add(element, "guid", item["guid"], isPermaLink="false")
        _add(element, "description", item["summary"])
        for name in item["authors"]:
            _add(element, "dc:creator", name)
        for name in item["categories"]:
            _add(element, "category", name)
        _add(element, "pubDate", item["published"] and format_datetime(item["published"].astimezone(UTC)))
        _add(element, "atom:updated", as_plain(item["updated"]))
        _add(element, "dc:language", item["language"])
        _add(element, "content:encoded", item["html"])
        _add(element, f"newsbeam:{ELEMENT}", item["exact"])
    return _xml(root)


def _atom(items: Sequence[_Item]) -> bytes:
    root = etree.Element(f"{{{_NAMESPACES['atom']}}}feed", nsmap={None: _NAMESPACES["atom"], "newsbeam": NAMESPACE})
    _add(root, "atom:id", "urn:newsbeam:export")
    _add(root, "atom:title", _TITLE)
    # RFC 4287 4.1.1: without it each entry would need an author.
    etree.SubElement(etree.SubElement(root, f"{{{_NAMESPACES['atom']}}}author"), f"{{{_NAMESPACES['atom']}}}name")
    _add(root, "atom:updated", as_plain(max((_changed(item) for item in items), default=datetime.now(UTC))))
    for item in items:
        element = etree.SubElement(root, f"{{{_NAMESPACES['atom']}}}entry")
        if item["language"]:
            element.set(_LANGUAGE, item["language"])
        _add(element, "atom:id", item["guid"] or item["url"] or f"urn:newsbeam:{item['entry_id']}")
        # Required as well (RFC 4287 4.1.2), and `_add` leaves out what is empty.
        _add(element, "atom:title", item["title"] or " ")
        if item["url"]:
            etree.SubElement(element, f"{{{_NAMESPACES['atom']}}}link", rel="alternate", href=item["url"])
        for name in item["authors"]:
            _add(etree.SubElement(element, f"{{{_NAMESPACES['atom']}}}author"), "atom:name", name)
        for name in item["categories"]:
            etree.SubElement(element, f"{{{_NAMESPACES['atom']}}}category", term=name)
        _add(element, "atom:published", as_plain(item["published"]))
        _add(element, "atom:updated", as_plain(_changed(item)))  # required: RFC 4287 4.1.2
        _add(element, "atom:summary", item["summary"])
        _add(element, "atom:content", item["html"], type="html")
        _add(element, f"newsbeam:{ELEMENT}", item["exact"])
    return _xml(root)


def _changed(item: _Item) -> datetime:
    found: datetime = item["updated"] or item["published"] or item["fetched_at"]
    return found


def _add(parent: etree._Element, name: str, text: str | None, **attributes: str) -> None:
    """Add an element with text; nothing where there is no text."""
    if text:
        prefix, _, local = name.rpartition(":")
        tag = f"{{{_NAMESPACES[prefix]}}}{local}" if prefix else local
        etree.SubElement(parent, tag, attributes).text = text


def _xml(root: etree._Element) -> bytes:
    data: bytes = etree.tostring(root, encoding="utf-8", xml_declaration=True, pretty_print=True)
    return data


def _json_feed(items: Sequence[_Item]) -> bytes:
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": _TITLE,
        "items": [dict(_json_item(item)) for item in items],
    }
    return json.dumps(feed, ensure_ascii=False, indent=1).encode()


def _json_item(item: _Item) -> Iterator[tuple[str, Any]]:
    """Yield the members of an item; those without a value are left out, but for `id`, which is required."""
    yield "id", item["guid"] or item["url"] or f"urn:newsbeam:{item['entry_id']}"
    members = {
        "url": item["url"],
        "title": item["title"],
        "summary": item["summary"],
        "authors": [{"name": name} for name in item["authors"]],
        "tags": item["categories"],
        "language": item["language"],
        "date_published": as_plain(item["published"]),
        "date_modified": as_plain(item["updated"]),
    }
    yield from ((name, value) for name, value in members.items() if value)
    yield "content_html", item["html"]
    yield EXTENSION, json.loads(item["exact"])


WRITERS: Mapping[str, Callable[[Sequence[_Item]], bytes]] = {"rss": _rss, "atom": _atom, "json": _json_feed}
"""By the name of the format."""
