"""A feed that `newsbeam export --feed` wrote, read back by newsbeam: which entries are no longer what they were."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from newsbeam.pipeline.reports.export_feed import export_feed
from newsbeam.pipeline.reports.reading import view_database
from newsbeam.transforms.parse.document import parse_document
from newsbeam.transforms.records import Document
from newsbeam.transforms.text.split import split_entry

Entry = Mapping[str, Any]

_ENTRIES = """
    SELECT e.entry_id, e.title, e.guid, e.url, e.authors, e.published, e.updated,
           (SELECT list(p.text ORDER BY p.position) FROM paragraphs AS p
            WHERE p.entry_id = e.entry_id AND p.entry_version = e.version) AS texts
    FROM current_entries AS e ORDER BY coalesce(e.published, e.fetched_at) DESC, e.entry_id
"""
# What the format requires is filled in where an entry has none: RFC 4287 4.1.2, JSON Feed 1.1.
FILLED_IN = {"rss": (), "atom": ("guid", "updated"), "json": ("guid",)}


def differences(output: str, folder: Path, format: str) -> Iterator[tuple[Entry, dict[str, tuple[Any, Any]]]]:
    """Export all current entries of an output to a feed, read it, and yield each entry with what differs in it.

    Raises:
        ValueError: The feed has not as many entries as were written.
    """
    path = folder / f"exported.{format}"
    export_feed(output, "current_entries", path, format)
    document = Document(
        str(path), path.read_bytes(), datetime.now(UTC), "Exported", str(path), format="auto", language=""
    )
    result = parse_document(document)
    with view_database(output) as database:
        before = database.sql(_ENTRIES).to_arrow_table().to_pylist()
    after = [_entry(entry) for entry in result.entries]
    if len(before) != len(after) or result.dead_letters:
        raise ValueError(f"{len(before)} entries were written, {len(after)} read: {result.dead_letters}")
    for old, new in zip(before, after, strict=True):
        yield old, dict(_compare(old, new, FILLED_IN[format]))


def _entry(entry: Any) -> Entry:
    texts = [paragraph.text for paragraph in split_entry(entry).story.paragraphs]
    fields = {name: getattr(entry, name) or None for name in ("title", "guid", "url", "published", "updated")}
    return fields | {"authors": list(entry.authors), "texts": texts or None}


def _compare(old: Entry, new: Entry, filled_in: tuple[str, ...]) -> Iterator[tuple[str, tuple[Any, Any]]]:
    for name, value in new.items():
        if value != old[name] and not (name in filled_in and old[name] is None):
            yield name, (old[name], value)
