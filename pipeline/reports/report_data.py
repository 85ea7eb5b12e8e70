"""What `newsbeam report` shows: the rows of its queries, from one output."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import duckdb

from newsbeam.pipeline.reports.databases import connect
from newsbeam.pipeline.reports.periods import Period
from newsbeam.pipeline.reports.report_queries import EVENT_ENTRIES, EVENTS, QUERIES, Query
from newsbeam.pipeline.reports.views import NoOutputError, table_sql, views_sql
from newsbeam.transforms.common.object_clients import ObjectStoreError

Rows = list[dict[str, Any]]

# Several queries read these views, so they are evaluated once: a table in memory has precedence over a view.
_KEPT = (
    """CREATE TEMP TABLE latest_entries AS
    SELECT entry_id, version, status, signals, source, url, title, slugline, guid, language, published, updated,
           fetched_at, embargo_until, ednote, topics, state FROM main.latest_entries""",
    """CREATE TEMP TABLE mentions AS
    SELECT name, label, entity_id, country, geonames_id, latitude, longitude, feature_class, entry_id, source,
           fetched_at FROM main.mentions
    WHERE fetched_at > getvariable('before') AND fetched_at <= getvariable('until')""",
)


class ReportError(Exception):
    """The output can't be shown; `str(error)` says why, in one line."""


def collect(output: str, period: Period) -> dict[str, Rows]:
    """Return the rows of each query of the report, by its name.

    Args:
        output: A folder that newsbeam wrote to, or its URL in an object store.
        period: What the report is of.

    Raises:
        ReportError: The folder doesn't exist, has no rows, or has a file that is not Parquet.
    """
    with reading(output), connect(output) as database:
        open_views(database, output)
        for name in ("since", "until", "before"):
            database.execute(f"SET VARIABLE {name} = $1", [getattr(period, name)])
        for sql in _KEPT:
            database.execute(sql)
        return _run(database)


@contextmanager
def reading(output: str) -> Iterator[None]:
    """Turn what is wrong with an output into one line.

    Raises:
        ReportError: The block failed to read it.
    """
    try:
        yield
    except (NoOutputError, ObjectStoreError) as error:
        raise ReportError(str(error)) from error
    except duckdb.Error as error:
        raise ReportError(f"{output}: can't be read: {str(error).splitlines()[0]}") from error
    except OSError as error:
        raise ReportError(f"{error.filename or output}: {error.strerror or error}") from error


def open_views(database: duckdb.DuckDBPyConnection, output: str) -> None:
    """Create the views of an output, and the tables that have none.

    Raises:
        NoOutputError: As `views_sql`.
    """
    database.execute(views_sql(output))
    for table in ("polls", "dead_letters"):
        database.execute(f"CREATE VIEW {table} AS {table_sql(output, table)}")


def _run(database: duckdb.DuckDBPyConnection) -> dict[str, Rows]:
    found: dict[str, Rows] = {}
    for query in QUERIES:
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
