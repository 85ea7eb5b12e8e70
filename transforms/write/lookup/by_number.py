"""Reads the rows of an output's files by their numbers, for a job that has compared their keys on several workers."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from newsbeam.transforms.records import KnownEntry, KnownParagraph
from newsbeam.transforms.write.lookup.lookups import ENTRY_COLUMNS, PARAGRAPH_COLUMNS, known_entry, records_of
from newsbeam.transforms.write.parquet import file_row_groups
from newsbeam.transforms.write.store import Store


def key_columns(store: Store, table: str, name: str, columns: Sequence[str]) -> Iterator[tuple[int, pa.Table]]:
    """Yield some columns of a file by row group, each with the number of its first row.

    Raises:
        OutputFileError: The file is not a complete Parquet file of this table.
        FileNotFoundError: A compaction has merged the file since it was listed; the list has to be read again.
    """
    first = 0
    for group in file_row_groups(store, table, name):
        keys = group.read(columns)
        yield first, keys
        first += keys.num_rows


def entries_at(store: Store, name: str, numbers: Sequence[int]) -> list[KnownEntry]:
    """Return the versions of entries in some rows of a file, numbered from 0 and sorted; errors as in `key_columns`."""
    return [known_entry(row) for row in _rows_at(store, "entries", name, ENTRY_COLUMNS, numbers)]


def paragraphs_at(store: Store, name: str, numbers: Sequence[int]) -> list[KnownParagraph]:
    """Return the paragraphs in some rows of a file, numbered from 0 and sorted; errors as in `key_columns`."""
    return [KnownParagraph(**row) for row in _rows_at(store, "paragraphs", name, PARAGRAPH_COLUMNS, numbers)]


def _rows_at(
    store: Store, table: str, name: str, columns: tuple[str, ...], numbers: Sequence[int]
) -> Iterator[dict[str, Any]]:
    wanted, first = np.array(numbers, np.intp), 0
    for group in file_row_groups(store, table, name):
        end = first + group.num_rows
        inside = wanted[(wanted >= first) & (wanted < end)] - first
        yield from records_of(group, columns, inside)
        first = end
