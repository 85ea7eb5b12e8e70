"""`newsbeam inspect OUTPUT --freshness`: when each source was asked, when it gave something, and whether it is late."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import duckdb
from rich.console import Console
from rich.text import Text

from newsbeam.pipeline.reports.freshness_query import FRESHNESS
from newsbeam.pipeline.reports.freshness_words import Row, actual, broken, expected, yesterday
from newsbeam.pipeline.reports.html_text import iso, span
from newsbeam.pipeline.reports.reading import view_database
from newsbeam.pipeline.terminal import Column, print_table, shown

_HEADERS = ("source", "state", "asked", "answered", "new entry", "usual", "expected", "rows yesterday")
_TIMES = ("asked", "answered", "latest")


@dataclass(frozen=True)
class Freshness:
    """How fresh the sources of an output are, those that broke an expectation first.

    Attributes:
        rows: Of `FRESHNESS`.
        now: The time that they are for.
    """

    rows: list[dict[str, Any]]
    now: datetime

    @property
    def broken(self) -> list[dict[str, Any]]:
        """The sources that have given less than is expected."""
        return [row for row in self.rows if row["broken"]]

    @property
    def has_expectations(self) -> bool:
        """Whether anything is expected of any source."""
        return any(row["every_s"] is not None or row["per_s"] is not None for row in self.rows)


def freshness_of(output: str, now: datetime | None = None) -> Freshness:
    """Return how fresh the sources of an output are.

    Args:
        output: A folder that newsbeam wrote to, or its URL in an object store.
        now: The time that it is for; by default that of the call.

    Raises:
        ReportError: The output doesn't exist, has no rows, or can't be read.
    """
    now = now or datetime.now(UTC)
    with view_database(output) as database:
        return Freshness(freshness_rows(database, now), now)


def freshness_rows(database: duckdb.DuckDBPyConnection, now: datetime) -> list[dict[str, Any]]:
    """Return the rows of `FRESHNESS` from the views of an output."""
    database.execute("SET VARIABLE until = $1", [now])
    result = database.execute(FRESHNESS)
    names = [column[0] for column in result.description or ()]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def print_freshness(found: Freshness, console: Console) -> None:
    """Print a table, and what it comes to in one line."""
    rows = [[shown(cell) for cell in _cells(row, int(found.now.timestamp()))] for row in found.rows]
    print_table(console, [Column(header) for header in _HEADERS], rows)
    console.print(Text(f"\n{_conclusion(found)}"))


def freshness_json(found: Freshness) -> str:
    """Return the rows as a JSON array of objects, with times in ISO 8601."""
    return json.dumps([_as_json(row) for row in found.rows], indent=2)


def _cells(row: Row, now: int) -> Iterable[str]:
    place = f"\n{row['feed_url'] or row['source_id']}"
    yield f"{row['source']}{place if place.strip() != row['source'] else ''}"
    yield "late" if row["broken"] else "silent" if row["silent"] and not expected(row) else ""
    for name in _TIMES:
        yield "never" if row[name] is None else f"{span(now - row[name])} ago"
    yield "" if row["usual_s"] is None else span(row["usual_s"])
    yield expected(row)
    why = yesterday(row)
    yield f"none: {why}" if why else ""


def _conclusion(found: Freshness) -> str:
    if not found.has_expectations:
        return "Nothing is expected of any source: `expect` of a source in the config says it."
    first = f"{len(found.broken):,} of {len(found.rows):,} sources gave less than is expected."
    return "\n".join((first, *map(broken, found.broken)))


def _as_json(row: Row) -> dict[str, Any]:
    times = {name: None if row[name] is None else iso(row[name]) for name in _TIMES}
    words = {"expected": expected(row) or None, "actual": actual(row) if row["broken"] else None}
    return {**row, **times, **words}
