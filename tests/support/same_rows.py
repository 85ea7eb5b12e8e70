"""Compares all rows of two outputs, column by column."""

from collections.abc import Sequence
from pathlib import Path

import duckdb

TABLES = ("entries", "paragraphs", "dead_letters", "polls")
RUN_DEPENDENT = frozenset({"fetched_at", "failed_at", "duration", "next_poll_at", "date"})
"""Columns that differ between two runs of one program on one input: times, and the partition."""


def rows_of(output: Path, table: str) -> list[str]:
    """Return the rows of a table, sorted, with all columns that don't depend on the run."""
    files = sorted(map(str, (output / table).rglob("*.parquet")))
    if not files:
        return []
    relation = duckdb.read_parquet(files, hive_partitioning=False)
    columns = ", ".join(f'"{name}"' for name in relation.columns if name not in RUN_DEPENDENT)
    return sorted(map(repr, relation.project(columns).fetchall()))


def assert_same_output(output: Path, expected: Path, tables: Sequence[str] = TABLES) -> None:
    """Compare tables of two outputs; a difference names the table and shows the first rows that differ."""
    for table in tables:
        found, wanted = rows_of(output, table), rows_of(expected, table)
        only = sorted(set(found) - set(wanted))[:2], sorted(set(wanted) - set(found))[:2]
        assert found == wanted, f"{table}: {len(found)} rows, expected {len(wanted)}; {only[0]} instead of {only[1]}"
