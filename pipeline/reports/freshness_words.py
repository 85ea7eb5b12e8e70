"""What the rows of `freshness_query.FRESHNESS` say in words: in the terminal, in the report and in alerts."""

from collections.abc import Callable, Mapping
from typing import Any

from newsbeam.pipeline.reports.html_text import span

Row = Mapping[str, Any]


def expected(row: Row) -> str:
    """Return what is expected of a source: "an entry every 6 h, 10 entries in 1 d"; "" for nothing."""
    every = f"an entry every {span(row['every_s'])}" if row["every_s"] is not None else ""
    count = f"{_entries(row['entries'])} in {span(row['per_s'])}" if row["per_s"] is not None else ""
    return ", ".join(filter(None, (every, count)))


def actual(row: Row) -> str:
    """Return what has come instead: "nothing new for 9 h, 3 entries in 1 d"."""
    since = "nothing new" if row["latest"] is not None else "nothing yet"
    count = f"{_entries(row['recent'])} in {span(row['per_s'])}" if row["per_s"] is not None else ""
    return ", ".join(filter(None, (f"{since} for {span(row['quiet_s'])}", count)))


def broken(row: Row) -> str:
    """Return in a sentence that a source gave less than is expected of it."""
    return f"{row['source']}: {actual(row)}; expected: {expected(row)}"


def last_seen(row: Row) -> str:
    """Return whether a source is asked, and answers."""
    if row["asked"] is None:
        return "never asked"
    if row["answered"] is None:
        return "never answered"
    if row["answered"] < row["asked"]:
        return f"has not answered for {span(row['asked'] - row['answered'])}"
    return f"its latest poll: {row['status'].replace('_', ' ')}"


def yesterday(row: Row) -> str:
    """Return why a source has no rows of yesterday; "" if it has."""
    return ": ".join(filter(None, (row["no_rows_yesterday"], row["error"])))


def _entries(number: int) -> str:
    return f"{number:,} {'entry' if number == 1 else 'entries'}"


WORDS: dict[str, Callable[[Row], str]] = {"expected": expected, "actual": actual, "last_seen": last_seen}
