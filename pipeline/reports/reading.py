"""An output's views, opened for reading only: no query can write, or read a file that is not the output's."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from glob import escape
from itertools import count

import duckdb
import pyarrow as pa

from newsbeam.pipeline.errors import NotUsableError
from newsbeam.pipeline.reports.databases import connect
from newsbeam.pipeline.reports.views import NoOutputError, root, views_sql
from newsbeam.transforms.common.object_clients import ObjectStoreError


class ReportError(NotUsableError):
    """The output or the query can't be used; `str(error)` says why, in one line."""


@contextmanager
def view_database(output: str) -> Iterator[duckdb.DuckDBPyConnection]:
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
    folder = root(output)
    # The views name it as a pattern: DuckDB looks at both names, that of the pattern and that of the file.
    names = ", ".join(f"'{name}/'" for name in (folder.replace("'", "''"), escape(folder).replace("'", "''")))
    database.execute(f"SET allowed_directories = [{names}]")
    # A name that is not a table would be looked for among Python's variables.
    database.execute("SET python_enable_replacements = false")
    # By default that of the machine, by which the same query would have other days.
    database.execute("SET TimeZone = 'UTC'")
    # After allowed_directories, which can't be set any more then.
    database.execute("SET enable_external_access = false")
    # Last: else a query could take all this back.
    database.execute("SET lock_configuration = true")


def select(database: duckdb.DuckDBPyConnection, query: str) -> duckdb.DuckDBPyRelation:
    """Return the rows of a query; a name alone is that view.

    Raises:
        ReportError: It is not one query, or has a mistake.
    """
    queries = split_queries(database, query)
    if len(queries) != 1:
        raise ReportError("only one query is possible here")
    try:
        return database.sql(queries[0])
    except duckdb.Error as error:
        raise ReportError(first_line(error)) from error


def split_queries(database: duckdb.DuckDBPyConnection, text: str) -> list[str]:
    """Return the queries of a text.

    Raises:
        ReportError: It has a mistake, or a statement that is not a query.
    """
    try:
        statements = database.extract_statements(text)
    except duckdb.Error as error:
        raise ReportError(first_line(error)) from error
    # Only a query writes nothing: what may be read may be written to as well.
    if any(statement.type != duckdb.StatementType.SELECT for statement in statements):
        raise ReportError("only queries are possible here: SELECT ..., FROM ..., DESCRIBE, SUMMARIZE or SHOW TABLES")
    return [statement.query.strip().rstrip(";") for statement in statements]


def run_query(database: duckdb.DuckDBPyConnection, query: str) -> pa.Table:
    """Return all rows of a query; of columns with one name the later ones get a number ("a", "a_1").

    Raises:
        ReportError: It is not one query, has a mistake, or fails on a row.
    """
    try:
        table = select(database, query).to_arrow_table()
    except duckdb.Error as error:
        raise ReportError(first_line(error)) from error
    return table.rename_columns(_distinct(table.column_names))


def _distinct(names: Sequence[str]) -> list[str]:
    found: list[str] = []
    for name in names:
        numbered = (f"{name}_{number}" for number in count(1))
        found.append(name if name not in found else next(each for each in numbered if each not in (*found, *names)))
    return found


def view_or_query(text: str) -> str:
    """Return a query for the name of a view, or the query that it is."""
    name = text.strip()
    return f'FROM "{name}"' if name.replace("_", "").isalnum() else text


def first_line(error: Exception) -> str:
    """Return what DuckDB says, without the lines that show the query; with the columns or tables that it suggests."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    hints = [line for line in lines[1:] if line.startswith(("Did you mean", "Candidate bindings"))]
    return " ".join([*lines[:1], *hints[:1]]) or type(error).__name__
