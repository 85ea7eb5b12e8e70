"""Compares all rows of two outputs, column by column."""

from collections.abc import Sequence
from pathlib import Path

import duckdb

TABLES = ("entries", "paragraphs", "story_merges", "dead_letters", "polls")
RUN_DEPENDENT = frozenset({"fetched_at", "failed_at", "duration", "next_poll_at", "date"})
"""Columns that differ between two runs of one program on one input: times, and the partition."""

SLICE_DEPENDENT = frozenset({"agency", "agency_share", "copy_kind", "origin_paragraph", "furniture"})
"""Columns that also depend on stories of a later date: a slice knows its own, a job all of them."""


def rows_of(output: Path, table: str, without: frozenset[str] = RUN_DEPENDENT) -> list[str]:
    """Return the rows of a table, sorted, without some columns."""
    files = sorted(map(str, (output / table).rglob("*.parquet")))
    if not files:
        return []
    relation = duckdb.read_parquet(files, hive_partitioning=False)
    columns = ", ".join(f'"{name}"' for name in relation.columns if name not in without)
    return sorted(map(repr, relation.project(columns).fetchall()))


def assert_same_output(
    output: Path, expected: Path, tables: Sequence[str] = TABLES, *, one_slice: bool = False
) -> None:
    """Compare tables of two outputs; a difference names the table and shows the first rows that differ.

    Args:
        output, expected: The outputs.
        tables: The tables.
        one_slice: Whether all stories were decided together in both.
    """
    without = RUN_DEPENDENT if one_slice else RUN_DEPENDENT | SLICE_DEPENDENT
    for table in tables:
        found, wanted = rows_of(output, table, without), rows_of(expected, table, without)
        only = sorted(set(found) - set(wanted))[:2], sorted(set(wanted) - set(found))[:2]
        assert found == wanted, f"{table}: {len(found)} rows, expected {len(wanted)}; {only[0]} instead of {only[1]}"
