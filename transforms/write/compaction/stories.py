"""Rows of a day to stories again: as far as entities and topics depend on them."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import pyarrow as pa

from newsbeam.transforms.records import Entry, Paragraph, Story

_OF_ENTRY = (
    *("entry_id", "version", "source", "source_id", "feed_url", "format", "fetched_at", "url"),
    *("title", "subtitle", "summary", "language", "dateline_place", "categories", "subjects"),
)
_OF_PARAGRAPH = (
    *("paragraph_id", "entry_id", "entry_version", "position", "text", "kind", "language"),
    *("fingerprint", "duplicate_of", "duplicate_kind"),
)
_CAN_BE_NONE = frozenset({"duplicate_kind"})

_Key = tuple[str, int]


class Pack(NamedTuple):
    """The rows of some entries' versions, whole: all paragraphs of each.

    Attributes:
        paragraphs: Rows of `paragraphs/`, in the order of their ids.
        entries: Rows of `entries/`, in the order of ids and versions.
    """

    paragraphs: pa.Table
    entries: pa.Table


def packs(paragraphs: Iterable[pa.Table], entries: Iterable[pa.Table]) -> Iterator[Pack]:
    """Yield the rows of a day in packs of whole stories, of some megabytes.

    Args:
        paragraphs: Rows, sorted by paragraph_id, which sorts as (entry, version, position).
        entries: Rows, sorted by entry_id and version.
    """
    found, of_entries = _Sorted(paragraphs, "entry_version"), _Sorted(entries, "version")
    while found.more():
        # The last story may go on in the next table.
        bound = found.keys[-1]
        while not of_entries.keys or of_entries.keys[-1] < bound:
            if not of_entries.more():
                break
        yield Pack(found.take(bound), of_entries.take(bound))
    while of_entries.more():
        pass
    yield Pack(found.take(None), of_entries.take(None))


class _Sorted:
    """Sorted rows, of which those that are not taken yet are in memory."""

    def __init__(self, tables: Iterable[pa.Table], version: str):
        self._tables = iter(tables)
        self._version = version
        self._rows: pa.Table | None = None
        self.keys: list[_Key] = []

    def more(self) -> bool:
        """Read the next table; return whether there was one."""
        table = next(self._tables, None)
        if table is None:
            return False
        self._rows = table if self._rows is None else pa.concat_tables([self._rows, table])
        columns = (table[name].to_pylist() for name in ("entry_id", self._version))
        self.keys += list(zip(*columns, strict=True))
        return True

    def take(self, bound: _Key | None) -> pa.Table | None:
        """Remove and return the rows before a key, or all; None if there were never any."""
        if self._rows is None:
            return None
        # Left: the story of the bound itself stays, since it may go on.
        number = len(self.keys) if bound is None else bisect_left(self.keys, bound)
        taken, self._rows = self._rows.slice(0, number), self._rows.slice(number)
        del self.keys[:number]
        return taken


def stories_of(pack: Pack) -> list[Story]:
    """Return the stories of a pack, untagged, in the order of its rows.

    Paragraphs whose entry has no row get one that has nothing but its id: so each row has its place.
    """
    entries = {key(row, "version"): _entry(row) for row in _rows(pack.entries, _OF_ENTRY)}
    by_entry: dict[_Key, list[Paragraph]] = {each: [] for each in entries}
    for row in _rows(pack.paragraphs, (*_OF_PARAGRAPH, "source", "feed_url", "fetched_at")):
        of = key(row, "entry_version")
        if of not in entries:
            entries[of] = Entry(row["entry_id"], row["source"], row["feed_url"], "", row["fetched_at"], of[1])
        by_entry.setdefault(of, []).append(_record(Paragraph, {name: row[name] for name in _OF_PARAGRAPH}))
    return [Story(entries[each], tuple(by_entry[each])) for each in sorted(entries)]


def key(row: dict[str, Any], version: str) -> _Key:
    """Return what identifies the story of a row."""
    return row["entry_id"], row[version]


def _rows(table: pa.Table | None, columns: Sequence[str]) -> list[dict[str, Any]]:
    return [] if table is None else table.select(columns).to_pylist()


def _entry(row: dict[str, Any]) -> Entry:
    entry: Entry = _record(Entry, row)
    return entry


def _record(kind: type, row: dict[str, Any]) -> Any:
    values = {
        name: tuple(value) if isinstance(value, list) else "" if value is None and name not in _CAN_BE_NONE else value
        for name, value in row.items()
    }
    return kind(**values)
