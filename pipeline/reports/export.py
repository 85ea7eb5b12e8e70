"""`newsbeam export`: the rows of a view or a query as CSV, Excel, JSON or Parquet.

In CSV and Excel each row is flat: a struct is one column a field (`a.b`), a list is one cell with its items after each
other. Of a struct in a list stands the field that says most: its name, else its text, URL or id. JSON and Parquet keep
nested values. Columns that only newsbeam needs are left out, unless the query names them.
"""

import csv
import os
import re
from collections.abc import Callable
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from newsbeam.pipeline.reports.cells import as_cell, as_json, as_text
from newsbeam.pipeline.reports.materialize import refuse_inside
from newsbeam.pipeline.reports.reading import ReportError, run_query, view_database, view_or_query
from newsbeam.transforms.common.progress import SILENT, Progress, followed

KEYS = frozenset(
    {
        *("near_keys", "key_format", "fingerprint", "content_hash", "body_hash", "revision", "link_is_identity"),
        "story_keys",
    }
)
"""Columns that are left out unless the query names them."""

_SHEET_ROWS = 1_048_576
_CELL_CHARACTERS = 32_767


def export(output: str, query: str, path: Path, progress: Progress = SILENT) -> int:
    """Write the rows of a view or a query to a file, in the format that its name ends with; return their number.

    Raises:
        ReportError: The output, the query or the file can't be used, or the format is unknown.
    """
    format = path.suffix.lower().removeprefix(".")
    if format not in FORMATS:
        raise ReportError(f"{path}: the name must end with one of .{', .'.join(FORMATS)}")
    progress.phase("Reading")
    with view_database(output) as database:
        table = run_query(database, view_or_query(query))
    table = without_keys(table, query)
    progress.phase("Writing", table.num_rows, "rows")
    write_table(table, path, format, output, progress)
    return int(table.num_rows)


def without_keys(table: pa.Table, query: str) -> pa.Table:
    """Return rows without the columns that only newsbeam needs, unless their query names them."""
    words = set(re.findall(r"\w+", query))
    # By position: two columns of a query may have one name.
    return table.select([at for at, name in enumerate(table.column_names) if name not in KEYS or name in words])


def write_table(table: pa.Table, path: Path, format: str, output: str, progress: Progress = SILENT) -> None:
    """Write rows to a file in a format.

    Raises:
        ReportError: As in `write_file`; or the format can't hold that number of rows.
    """
    write_file(path, FORMATS[format](table, progress), output)


def write_file(path: Path, data: bytes, output: str) -> None:
    """Write a file that appears complete.

    Raises:
        ReportError: The file can't be written to, or is in the output.
    """
    refuse_inside(output, path.absolute())
    unfinished = path.with_name(f".{path.name}.part")
    try:
        unfinished.write_bytes(data)
        os.replace(unfinished, path)
    except OSError as error:
        raise ReportError(f"{path}: {error.strerror or error}") from error


def _csv(table: pa.Table, progress: Progress) -> bytes:
    text = StringIO()
    names, rows = _flat(table)
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(map(as_cell, names))
    for row in followed(rows, progress):
        writer.writerow([as_cell(cell) if isinstance(cell, str) else cell for cell in row])
    # A lone surrogate has no form in UTF-8.
    return text.getvalue().encode("utf-8", "replace")


def _xlsx(table: pa.Table, progress: Progress) -> bytes:
    from xlsxwriter import Workbook

    names, rows = _flat(table)
    # One row is that of the names.
    if len(rows) >= _SHEET_ROWS:
        raise ReportError(f"{len(rows):,} rows are too many for a sheet of Excel; export CSV, or fewer rows")
    data = BytesIO()
    with Workbook(data, {"in_memory": True}) as book:
        sheet = book.add_worksheet("newsbeam")
        bold = book.add_format({"bold": True})
        for column, name in enumerate(names):
            sheet.write_string(0, column, name, bold)
        for row, cells in enumerate(followed(rows, progress), 1):
            for column, cell in enumerate(cells):
                _write_cell(sheet, row, column, cell)
        sheet.freeze_panes(1, 0)
    return data.getvalue()


def _write_cell(sheet: Any, row: int, column: int, cell: Any) -> None:
    """Write a number as one, and anything else as text, which is never a formula or a link."""
    if isinstance(cell, bool):
        sheet.write_boolean(row, column, cell)
    elif isinstance(cell, str):
        sheet.write_string(row, column, cell[:_CELL_CHARACTERS])
    # Excel has neither NaN nor infinities.
    elif cell is not None and cell - cell == 0:
        sheet.write_number(row, column, cell)


def _json(table: pa.Table, progress: Progress) -> bytes:
    rows = ",\n".join(map(as_json, followed(table.to_pylist(), progress)))
    return f"[\n{rows}\n]\n".encode("utf-8", "replace")


def _json_lines(table: pa.Table, progress: Progress) -> bytes:
    return "".join(f"{as_json(row)}\n" for row in followed(table.to_pylist(), progress)).encode("utf-8", "replace")


def _parquet(table: pa.Table, _: Progress) -> bytes:
    data = BytesIO()
    pq.write_table(table, data, compression="zstd")
    return data.getvalue()


FORMATS: dict[str, Callable[[pa.Table, Progress], bytes]] = {
    "csv": _csv,
    "xlsx": _xlsx,
    "json": _json,
    "jsonl": _json_lines,
    "parquet": _parquet,
}
"""By the ending of a file's name."""


def _flat(table: pa.Table) -> tuple[list[str], list[list[Any]]]:
    """Return the columns' names and the rows' cells: numbers, and text for anything else."""
    while any(pa.types.is_struct(kind) for kind in table.schema.types):
        table = table.flatten()
    return table.column_names, [[_cell(value) for value in row] for row in _rows(table)]


def _rows(table: pa.Table) -> list[tuple[Any, ...]]:
    """Return rows as tuples: two columns of a query may have one name."""
    return list(zip(*(column.to_pylist() for column in table.columns), strict=True))


def _cell(value: Any) -> Any:
    return value if value is None or isinstance(value, bool | int | float) else as_text(value)
