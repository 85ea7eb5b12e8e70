"""An output's views, opened for reading only: no query can write, or read a file that is not the output's."""

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from newsbeam.pipeline.reports.databases import connect
from newsbeam.pipeline.reports.views import NoOutputError, root, views_sql
from newsbeam.transforms.common.object_clients import ObjectStoreError


class ReportError(Exception):
    """The output or the query can't be used; `str(error)` says why, in one line."""


@contextmanager
def open_views(output: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a database in memory with the tables and views of an output.

    Args:
        output: A folder that newsbeam wrote to, or its URL in an object store.

    Raises:
        ReportError: The output can't be read, now or while it is used.
    """
    try:
        with connect(output) as database:
            database.execute(views_sql(output))
            _lock(database, output)
            yield database
    except (NoOutputError, ObjectStoreError) as error:
        raise ReportError(str(error)) from error
    except duckdb.Error as error:
        raise ReportError(f"{output}: can't be read: {first_line(error)}") from error
    except OSError as error:
        raise ReportError(f"{output}: can't be read: {error.strerror or error}") from error


def _lock(database: duckdb.DuckDBPyConnection, output: str) -> None:
    """Forbid all files but those of the output, extensions, and changes of these settings."""
    folder = (root(output) + "/").replace("'", "''")
    database.execute(f"SET allowed_directories = ['{folder}']")
    database.execute("SET python_enable_replacements = false")
    database.execute("SET TimeZone = 'UTC'")
    database.execute("SET enable_external_access = false")
    database.execute("SET lock_configuration = true")


def select(database: duckdb.DuckDBPyConnection, query: str) -> duckdb.DuckDBPyRelation:
    """Return the rows of a query; a name alone is that view.

    Raises:
        ReportError: It is not one query, or has a mistake.
    """
    try:
        statements = database.extract_statements(query)
    except duckdb.Error as error:
        raise ReportError(first_line(error)) from error
    # Only a SELECT writes nothing: allowed folders may be written to as well.
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        raise ReportError("only one query is possible here: SELECT ..., FROM ..., DESCRIBE or SUMMARIZE")
    try:
        return database.sql(statements[0].query.strip().rstrip(";"))
    except duckdb.Error as error:
        raise ReportError(first_line(error)) from error


def view_or_query(text: str) -> str:
    """Return a query for the name of a view, or the query that it is."""
    name = text.strip()
    return f'FROM "{name}"' if name.replace("_", "").isalnum() else text


def first_line(error: Exception) -> str:
    """Return what DuckDB says, without the lines that show the query; with the columns or tables that it suggests."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    hints = [line for line in lines[1:] if line.startswith(("Did you mean", "Candidate bindings"))]
    return " ".join([*lines[:1], *hints[:1]]) or type(error).__name__
