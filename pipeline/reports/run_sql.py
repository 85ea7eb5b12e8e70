"""`newsbeam sql`: a query on an output's views, as a table, CSV, JSON or Parquet, or one after another at a prompt."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from rich.console import Console

from newsbeam.pipeline.reports.cells import as_json, as_text
from newsbeam.pipeline.reports.export import FORMATS, without_keys, write_table
from newsbeam.pipeline.reports.reading import ReportError, run_query, split_queries, view_database
from newsbeam.pipeline.terminal import Column, print_table, shown
from newsbeam.transforms.common.progress import SILENT, Progress

Show = Callable[[pa.Table], None]

_HELP = "A query ends with ; and may have several lines. SHOW TABLES; lists the views, Ctrl-D ends."


def print_rows(table: pa.Table, console: Console | None = None) -> None:
    """Print rows as a table that fits the terminal."""
    console = console or Console()
    columns = [
        Column(name, _is_number(kind)) for name, kind in zip(table.column_names, table.schema.types, strict=True)
    ]
    print_table(console, columns, [[shown(_cell(value)) for value in row.values()] for row in table.to_pylist()])
    if not table.num_rows:
        console.print("no rows", style="dim")


def print_as(format: str) -> Show:
    """Return what prints rows to stdout as csv or json."""

    def show(table: pa.Table) -> None:
        sys.stdout.buffer.write(FORMATS[format](table, SILENT))
        sys.stdout.buffer.flush()

    return show


def write_as(format: str, path: str, output: str) -> Show:
    """Return what writes rows to a file."""
    return lambda table: write_table(table, Path(path), format, output)


def run_sql(output: str, query: str | None, show: Show, progress: Progress = SILENT) -> int:
    """Run one query, or those that are typed or piped in; return how many failed.

    Raises:
        ReportError: The output can't be read, or the one query has a mistake.
    """
    with view_database(output) as database:
        if query is not None:
            progress.phase("Answering")
            rows = without_keys(run_query(database, query), query)
            progress.phase("Writing")
            with progress.aside():
                show(rows)
            return 0
        return _prompt(database, show, Console(stderr=True))


def _prompt(database: duckdb.DuckDBPyConnection, show: Show, console: Console) -> int:
    is_terminal = sys.stdin.isatty()
    if is_terminal:
        import readline  # noqa: F401  (input() edits lines and remembers them with it)

        console.print(_HELP, style="dim", highlight=False)
    failed, lines = 0, list[str]()
    while (line := _read_line(("sql> ", "...> ")[bool(lines)] * is_terminal)) is not None:
        lines.append(line)
        if line.rstrip().endswith(";"):
            failed += not _answer(database, "\n".join(lines), show, console)
            lines = []
    if "".join(lines).strip():
        failed += not _answer(database, "\n".join(lines), show, console)
    return failed


def _read_line(prompt: str) -> str | None:
    try:
        return input(prompt)
    except EOFError:
        return None


def _answer(database: duckdb.DuckDBPyConnection, queries: str, show: Show, console: Console) -> bool:
    """Show the rows of each query of a line; return whether all have been."""
    try:
        for query in split_queries(database, queries):
            show(without_keys(run_query(database, query), query))
    except ReportError as error:
        console.print(shown(error))
        return False
    return True


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind))


def _cell(value: Any) -> str:
    if isinstance(value, list | dict):
        return as_json(value) if value else ""
    if isinstance(value, float):
        return f"{value:.6g}"
    return as_text(value)
