"""Reads and writes the Parquet files of an output; errors name the file."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import IO

import pyarrow as pa
import pyarrow.parquet as pq

from newsbeam.transforms.common.version import newsbeam_version
from newsbeam.transforms.write.schema import (
    SCHEMA_VERSION,
    SCHEMAS,
    TABLE_KEY,
    VERSION_KEY,
    versions_of,
    with_versions,
)
from newsbeam.transforms.write.store import Store

ROW_GROUP_ROWS = 20_000  # a reader that wants the text of a few rows decodes at most this many
_PARTITION = "date="

# Columns with few distinct values in a file, or with runs of equal ones (what a paragraph repeats of its entry).
_DICTIONARY = frozenset(
    {"entry_id", "entry_version", "kind", "language", "duplicate_kind", "source", "feed_url", "url", "title"}
    | {"published", "fetched_at", "status", "format", "byline", "copyright", "ednote", "dateline_place"}
    | {"dateline_date", "urgency", "http_status", "stage", "error", "config", "config_hash"}
    | {"entities.list.element.label", "topics.list.element.qcode", "topics.list.element.name"}
)
# Minimum and maximum let a reader skip a row group; queries don't filter by these, and their values are long.
_WITHOUT_STATISTICS = frozenset({"text", "near_keys", "summary", "payload", "traceback", "entities", "topics"})


class OutputFileError(Exception):
    """A file in the output is not a complete Parquet file written by newsbeam."""


def partition_of(name: str) -> date | None:
    """Return the day of the partition that a file is in; None if it is not in a folder `date=YYYY-MM-DD`."""
    for part in name.split("/")[1:-1]:
        if part.startswith(_PARTITION):
            try:
                return date.fromisoformat(part.removeprefix(_PARTITION))
            except ValueError:
                return None
    return None


def file_name(table: str, day: date, stem: str) -> str:
    """Return the final name of a file: `paragraphs/date=2026-11-24/stem.parquet`."""
    return f"{table}/{_PARTITION}{day.isoformat()}/{stem}.parquet"


def is_counted(name: str) -> bool:
    """Return whether readers count a file as data: Hive and Spark skip names that begin with "_" or "."."""
    return name.endswith(".parquet") and not any(part.startswith(("_", ".")) for part in name.split("/"))


def list_files(store: Store, table: str, since: date | None = None) -> list[str]:
    """Return the names of a table's files that readers count, sorted by day; with `since`, of that day and later.

    Raises:
        OutputFileError: A Parquet file is outside the `date=YYYY-MM-DD` folders.
    """
    names = []
    for name in store.list(table):
        if not is_counted(name):
            continue
        day = partition_of(name)
        if day is None:
            raise OutputFileError(f"{store.path(name)}: not in a folder date=YYYY-MM-DD. {_WHAT_TO_DO}")
        if since is None or day >= since:
            names.append(name)
    return names


def write_table(store: Store, name: str, table: pa.Table) -> None:
    """Write rows to a new file; it is on disk when this returns.

    Args:
        store: The output.
        name: The file's name: one that readers don't see, until it is renamed.
        table: Rows with one of the schemas of `schema.py`, whose metadata goes into the file, with the version of
            newsbeam.
    """
    table = with_versions(table, {"newsbeam": [newsbeam_version()], **versions_of(table.schema)})
    with store.write(name) as file, open_writer(file, table.schema) as writer:
        writer.write_table(table, row_group_size=ROW_GROUP_ROWS)


def open_writer(file: IO[bytes], schema: pa.Schema) -> pq.ParquetWriter:
    """Return a Parquet writer to an open file, for a caller whose rows don't fit in memory."""
    return pq.ParquetWriter(
        file,
        schema,
        compression="zstd",
        compression_level=3,
        use_dictionary=[leaf for leaf in _leaves(schema) if leaf in _DICTIONARY],
        write_statistics=[column for column in schema.names if column not in _WITHOUT_STATISTICS],
    )


@dataclass(frozen=True)
class RowGroup:
    """A row group of a file of an output: some ten thousand rows, as many as a reader holds at a time."""

    path: str
    table: str
    file: pq.ParquetFile
    index: int

    @property
    def num_rows(self) -> int:
        """The number of its rows."""
        return int(self.file.metadata.row_group(self.index).num_rows)

    def read(self, columns: Sequence[str]) -> pa.Table:
        """Read some columns; a column that the file's older schema lacks is null.

        Raises:
            OutputFileError: The file is damaged here.
        """
        present = set(self.file.schema_arrow.names)
        with _naming(self.path):
            read = self.file.read_row_group(self.index, [column for column in columns if column in present])
        for column in columns:
            if column not in present:
                kind = SCHEMAS[self.table].field(column).type
                read = read.append_column(pa.field(column, kind), pa.nulls(read.num_rows, kind))
        return read.select(columns)


def row_groups(store: Store, table: str, names: Iterable[str]) -> Iterator[RowGroup]:
    """Yield the row groups of files of a table (`list_files`), one after another.

    A row group can be read until the next one is requested. A file that has disappeared since it was listed was merged
    by a compaction: the merged files of its partition are read too, so a row can be returned twice.

    Raises:
        OutputFileError: A file is truncated, damaged, not written by newsbeam, of another table or of a newer schema.
    """
    names = list(names)
    listed = set(names)
    for name in names:
        try:
            yield from file_row_groups(store, table, name)
        except FileNotFoundError:
            merged = [new for new in list_files(store, name.rpartition("/")[0]) if new not in listed]
            listed.update(merged)
            names += merged  # the loop continues with them


def file_row_groups(store: Store, table: str, name: str) -> Iterator[RowGroup]:
    """Yield the row groups of one file of a table; each can be read until the next one is requested.

    Raises:
        OutputFileError: As for `row_groups`.
        FileNotFoundError: The file doesn't exist.
    """
    path = store.path(name)
    with store.open_read(name) as source:
        with _naming(path):
            file = pq.ParquetFile(source)
        reason = _why_unreadable(file.schema_arrow.metadata or {}, table)
        if reason:
            raise OutputFileError(f"{path}: {reason}. {_WHAT_TO_DO}")
        for index in range(file.num_row_groups):
            yield RowGroup(path, table, file, index)


@contextmanager
def _naming(path: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:  # an object that was deleted while it was being read
        raise
    except (pa.ArrowException, OSError) as error:
        raise OutputFileError(f"{path}: can't be read as Parquet ({error}). {_WHAT_TO_DO}") from error


_WHAT_TO_DO = "Move the file out of the output, then run again"


def _why_unreadable(metadata: dict[bytes, bytes], table: str) -> str:
    """Return why a file with this metadata can't be read as `table`; "" if it can."""
    if TABLE_KEY not in metadata:
        return "not written by newsbeam"
    if metadata[TABLE_KEY] != table.encode():
        return f"holds rows of {metadata[TABLE_KEY].decode()}, not of {table}"
    version = metadata.get(VERSION_KEY, b"").decode()
    if not version.isdigit() or int(version) > SCHEMA_VERSION:
        return f"has schema version {version!r}, this newsbeam reads up to {SCHEMA_VERSION}"
    return ""


def _leaves(schema: pa.Schema) -> list[str]:
    """Return the paths of the leaf columns in Parquet: `topics.list.element.name`."""
    leaves: list[str] = []
    for field in schema:
        if pa.types.is_list(field.type) and pa.types.is_struct(field.type.value_type):
            leaves += [f"{field.name}.list.element.{child.name}" for child in field.type.value_type]
        else:
            leaves.append(field.name)
    return leaves
