"""A feed that `newsbeam export --feed` wrote, read back by newsbeam: which entries are no longer what they were."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from newsbeam.pipeline.reports.export_feed import WRITERS, export_feed
from newsbeam.pipeline.reports.reading import view_database
from newsbeam.transforms.parse.document import parse_document
from newsbeam.transforms.records import Document
from newsbeam.transforms.text.split import split_entry

Entry = Mapping[str, Any]
Difference = dict[str, tuple[Any, Any]]

_ENTRIES = """
    SELECT e.title, e.guid, e.url, e.authors, e.published, e.updated,
           (SELECT list(p.kind || ': ' || p.text ORDER BY p.position) FROM paragraphs AS p
            WHERE p.entry_id = e.entry_id AND p.entry_version = e.version) AS texts
    FROM current_entries AS e ORDER BY coalesce(e.published, e.fetched_at) DESC, e.entry_id
"""
FORMATS = tuple(WRITERS)


def differences(output: str, folder: Path, format: str) -> Iterator[tuple[Entry, Difference]]:
    """Export all current entries of an output to a feed, read it, and yield each entry with what differs in it.

    Raises:
        ValueError: The feed can't be read without repairs, or has not as many entries as were written.
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
    if result.dead_letters:
        raise ValueError(f"the feed that was written has problems: {result.dead_letters}")
    yield from _compared(before, after)


def _compared(before: Sequence[Entry], after: Sequence[Entry]) -> Iterator[tuple[Entry, Difference]]:
    """Yield each entry with its difference from the next one that was read.

    Entries of two sources that say the same are one in one feed.
    """
    at, seen = 0, set()
    for old in before:
        new = after[at] if at < len(after) else dict.fromkeys(old)
        difference = {name: (value, new[name]) for name, value in old.items() if value != new[name]}
        if difference and repr(old) in seen:
            difference = {}
        else:
            at += 1
        seen.add(repr(old))
        yield old, difference
    if at != len(after):
        raise ValueError(f"{at} entries were written, {len(after)} read")


def _entry(entry: Any) -> Entry:
    texts = [f"{paragraph.kind}: {paragraph.text}" for paragraph in split_entry(entry).story.paragraphs]
    fields = {name: getattr(entry, name) or None for name in ("title", "guid", "url", "published", "updated")}
    return fields | {"authors": list(entry.authors), "texts": texts or None}
