"""What `newsbeam report` shows: the rows of its queries, from one output."""

from typing import Any

import duckdb

from newsbeam.pipeline.reports.periods import Period
from newsbeam.pipeline.reports.reading import view_database
from newsbeam.pipeline.reports.report_queries import EVENT_ENTRIES, EVENTS, QUERIES, Query
from newsbeam.transforms.common.progress import SILENT, Progress

Rows = list[dict[str, Any]]

# Several queries read these views, so they are evaluated once: a table in memory has precedence over a view.
_KEPT = (
    """CREATE TEMP TABLE latest_entries AS
    SELECT entry_id, version, status, signals, source, url, title, slugline, guid, language, published, updated,
           fetched_at, embargo_until, ednote, topics, story_id, paragraph_count, state, date
    FROM main.latest_entries""",
    """CREATE TEMP TABLE mentions AS
    SELECT name, label, entity_id, country, geonames_id, latitude, longitude, feature_class, entry_id, source,
           fetched_at, date FROM main.mentions
    WHERE fetched_at > getvariable('before') AND fetched_at <= getvariable('until')
      AND date >= getvariable('before')::DATE""",
)


def collect(output: str, period: Period, progress: Progress = SILENT) -> dict[str, Rows]:
    """Return the rows of each query of the report, by its name.

    Args:
        output: A folder that newsbeam wrote to, or its URL in an object store.
        period: What the report is of.
        progress: Is told which query is running.

    Raises:
        ReportError: The folder doesn't exist, has no rows, or has a file that is not Parquet.
    """
    with view_database(output) as database:
        progress.phase("Reading entries and names")
        set_period(database, period)
        for sql in _KEPT:
            database.execute(sql)
        progress.phase("Reading")
        return _run(database, progress)


def set_period(database: duckdb.DuckDBPyConnection, period: Period) -> None:
    """Set the variables that queries have for a period."""
    for name in ("since", "until", "before"):
        database.execute(f"SET VARIABLE {name} = $1", [getattr(period, name)])


def _run(database: duckdb.DuckDBPyConnection, progress: Progress) -> dict[str, Rows]:
    found: dict[str, Rows] = {}
    for number, query in enumerate(QUERIES, 1):
        progress.part(number, len(QUERIES), "query")
        rows = found[query.name] = _rows(database, query)
        if query is EVENTS:
            database.execute("SET VARIABLE events = $1", [[row["event"] for row in rows]])
        if query is EVENT_ENTRIES:
            first = [f"{row['entry_id']}/{row['version']}" for row in rows if not row["lag_s"]]
            database.execute("SET VARIABLE entries = $1", [first])
    return found


def _rows(database: duckdb.DuckDBPyConnection, query: Query) -> Rows:
    result = database.execute(query.sql)
    names = [column[0] for column in result.description or ()]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]
