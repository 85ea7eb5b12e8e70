"""Finds the documents in an output that can be processed again: those of the raw log, and those of dead letters.

No Beam here. Nothing but keys is read to find them; `read_part` reads their bytes.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import chain
from typing import Any

import pyarrow as pa

from newsbeam.transforms.common.document_fields import document_of
from newsbeam.transforms.records import DeadLetter, Document, Poll, Polled
from newsbeam.transforms.write.parquet import RowGroup, file_row_groups, list_files, row_groups
from newsbeam.transforms.write.raw_log import TABLE, from_rows
from newsbeam.transforms.write.schema import DEAD_LETTERS, RAW
from newsbeam.transforms.write.store import Store

_LETTERS = "dead_letters"
_ROWS_AT_ONCE = 16
"""Bodies may have megabytes."""

DocumentKey = tuple[datetime, str]
"""When a document was fetched, and its URI."""


@dataclass(frozen=True)
class Selection:
    """Which documents are processed again.

    Attributes:
        since, until: The first and the last UTC day of fetching; None for all.
        sources: Names and ids of sources; empty for all.
        dead_letters: Only documents that dead letters are from.
    """

    since: date | None = None
    until: date | None = None
    sources: frozenset[str] = frozenset()
    dead_letters: bool = False

    def takes_time(self, fetched_at: datetime) -> bool:
        """Return whether documents that were fetched at a time are selected."""
        return (self.since or date.min) <= fetched_at.astimezone(UTC).date() <= (self.until or date.max)

    def takes_source(self, source_id: str | None, name: str) -> bool:
        """Return whether a source is selected: by its id, or by its name where a row has no id."""
        return not self.sources or (source_id or name) in self.sources


@dataclass(frozen=True)
class LogPart:
    """The selected rows of a file of `raw/` or `dead_letters/`.

    Attributes:
        name: The file's name.
        rows: Their numbers in the file.
        first: When the first one was fetched.
        bytes: About how many bytes they have.
        documents: How many of the rows are documents; the others are dead letters of reading.
    """

    name: str
    rows: tuple[int, ...]
    first: datetime
    bytes: int
    documents: int


@dataclass
class _Wanted:
    """The documents that dead letters are from.

    Attributes:
        whole: Those of which a dead letter has all bytes.
        parts: Those of which a dead letter has a part, with the source's name.
        times: When documents were fetched of whose entries a dead letter has a text, with the source's name.
    """

    whole: set[DocumentKey] = field(default_factory=set)
    parts: dict[DocumentKey, str] = field(default_factory=dict)
    times: dict[datetime, str] = field(default_factory=dict)

    def add(self, letter: Mapping[str, Any], selection: Selection) -> None:
        """Add the document of a dead letter, unless it is known not to be selected."""
        time, name = letter["failed_at"], letter["source"]
        if not selection.takes_time(time):
            return
        if letter["document"]:
            if selection.takes_source(json.loads(letter["document"])["source_id"], name):
                self.whole.add((time, letter["uri"]))
        elif letter["stage"] == "parse":
            self.parts[time, letter["uri"]] = name
        elif letter["stage"] != "read":  # what could not be read are not the bytes of a document
            self.times[time] = name

    def takes(self, key: DocumentKey) -> bool:
        return key in self.whole or key in self.parts or key[0] in self.times

    def missing(self, found: Set[DocumentKey], selection: Selection) -> int:
        """Return how many documents are not found of which there are parts only."""
        times = {time for time, _ in found}
        parts = (name for key, name in self.parts.items() if key not in found | self.whole)
        texts = (name for time, name in self.times.items() if time not in times)
        return sum(selection.takes_source(None, name) for name in chain(parts, texts))


@dataclass(frozen=True)
class Logged:
    """The documents to process again.

    Attributes:
        parts: Where they are, in the order of fetching.
        missing: How many documents of dead letters are not in the output any more.
    """

    parts: tuple[LogPart, ...]
    missing: int = 0


def find_documents(store: Store, selection: Selection) -> Logged:
    """Return where the selected documents are.

    Raises:
        OutputFileError: A file is damaged.
    """
    if not selection.dead_letters:
        return Logged(_in_order(_in_log(store, selection, lambda _: True)))
    wanted = _wanted(store, selection)
    found: set[DocumentKey] = set()

    def takes(key: DocumentKey) -> bool:
        if wanted.takes(key):
            found.add(key)
            return True
        return False

    # The log first, since there the document is whole with all of its fields; a dead letter is what remains after the
    # sweep.
    in_log = list(_in_log(store, selection, takes, kinds=("document",)))
    in_letters = list(_in_dead_letters(store, wanted.whole - found))
    return Logged(_in_order([*in_log, *in_letters]), wanted.missing(found, selection))


def known_sources(store: Store) -> set[tuple[str, str]]:
    """Return name and id of all sources in `polls/` and `entries/`; one that was renamed has several names."""
    found: set[tuple[str, str]] = set()
    for table in ("polls", "entries"):  # the feeds in a crawl have no polls
        for group in row_groups(store, table, list_files(store, table)):
            pairs = group.read(["source", "source_id"]).group_by(["source", "source_id"]).aggregate([])
            found.update((row["source"], row["source_id"] or row["source"]) for row in pairs.to_pylist())
    return found


def read_part(store: Store, part: LogPart) -> Iterator[Document | DeadLetter]:
    """Yield the documents of a part, and the dead letters of reading in it.

    Raises:
        OutputFileError: The file is damaged.
    """
    table = part.name.split("/")[0]
    columns, records = (RAW.names, _logged) if table == TABLE else (DEAD_LETTERS.names, _of_dead_letters)
    for group, first in _numbered(store, table, part.name):
        rows = [row - first for row in part.rows if first <= row < first + group.num_rows]
        # Bodies are in one column chunk: a part of it can't be read, so each group is read once.
        read = group.read(columns).take(pa.array(rows, pa.int64())) if rows else None
        for start in range(0, len(rows), _ROWS_AT_ONCE):
            yield from records(read.slice(start, _ROWS_AT_ONCE).to_pylist() if read else [])


def _logged(rows: list[dict[str, Any]]) -> Iterator[Document | DeadLetter]:
    for found in from_rows(rows).found:
        match found:
            case Polled(document):
                yield document
            case DeadLetter():
                yield found
            case Poll():  # it gave nothing
                pass


def _of_dead_letters(rows: list[dict[str, Any]]) -> Iterator[Document]:
    for row in rows:
        yield document_of(row["document"], row["uri"], row["payload"], row["failed_at"], row["source"])


def _in_order(parts: Iterable[LogPart]) -> tuple[LogPart, ...]:
    # In the order of fetching, as the first time: the version of an entry depends on what came before it.
    return tuple(sorted(parts, key=lambda part: (part.first, part.name)))


def _in_log(
    store: Store,
    selection: Selection,
    takes: Callable[[DocumentKey], bool],
    kinds: tuple[str, ...] = ("document", "dead_letter"),
) -> Iterator[LogPart]:
    """Yield the selected rows of the raw log. A file is in the partition of the day of writing or an earlier one."""
    for name in list_files(store, TABLE, selection.since):
        rows: list[tuple[int, dict[str, Any]]] = []
        size = 0
        for group, first in _numbered(store, TABLE, name):
            keys = group.read(["fetched_at", "source", "source_id", "uri", "kind"]).to_pylist()
            taken = [
                (first + number, row)
                for number, row in enumerate(keys)
                if row["kind"] in kinds
                and selection.takes_time(row["fetched_at"])
                and selection.takes_source(row["source_id"], row["source"])
                and takes((row["fetched_at"], row["uri"]))
            ]
            rows += taken
            # From the footer, so that no body is read to know how much there is.
            size += group.file.metadata.row_group(group.index).total_byte_size * len(taken) // max(1, len(keys))
        if rows:
            yield _part(name, rows, size, "fetched_at", sum(row["kind"] == "document" for _, row in rows))


def _part(name: str, rows: list[tuple[int, dict[str, Any]]], size: int, time: str, documents: int) -> LogPart:
    return LogPart(name, tuple(number for number, _ in rows), min(row[time] for _, row in rows), size, documents)


def _wanted(store: Store, selection: Selection) -> _Wanted:
    wanted = _Wanted()
    for group in row_groups(store, _LETTERS, list_files(store, _LETTERS, selection.since)):
        for row in group.read(["stage", "source", "uri", "failed_at", "document"]).to_pylist():
            wanted.add(row, selection)
    return wanted


def _in_dead_letters(store: Store, keys: set[DocumentKey]) -> Iterator[LogPart]:
    """Yield the rows of dead letters that have all bytes of these documents, each document once."""
    left = set(keys)
    since = min((time for time, _ in left), default=None)
    for name in list_files(store, _LETTERS, since.date()) if since else []:
        rows: list[tuple[int, dict[str, Any]]] = []
        size = 0
        for group, first in _numbered(store, _LETTERS, name):
            found = group.read(["uri", "failed_at", "document"]).to_pylist()
            for number, row in enumerate(found):
                if row["document"] and (key := (row["failed_at"], row["uri"])) in left:
                    left.remove(key)
                    rows.append((first + number, row))
                    size += group.file.metadata.row_group(group.index).total_byte_size // len(found)
        if rows:
            yield _part(name, rows, size, "failed_at", len(rows))


def _numbered(store: Store, table: str, name: str) -> Iterator[tuple[RowGroup, int]]:
    """Yield the row groups of a file, each with the number of its first row."""
    first = 0
    for group in file_row_groups(store, table, name):
        yield group, first
        first += group.num_rows
