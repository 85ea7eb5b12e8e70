"""External merge sort of Arrow tables: sorted runs on local disk, then a merge of these.

    runs    64 MB of rows are sorted in memory and written to a file
    merge   1 MB of each run is in memory; rows up to the smallest of the runs' last keys are sorted and returned

So memory holds a few times 64 MB plus 1 MB for each run, however many rows there are.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

RUN_BYTES = 64_000_000
BATCH_BYTES = 1_000_000


def sort_rows(tables: Iterable[pa.Table], order: Sequence[str], folder: Path) -> Iterator[pa.Table]:
    """Yield the rows of `tables`, sorted, as tables of some megabytes; none is empty.

    Args:
        tables: Tables of one schema.
        order: The columns to sort by, ascending; they must not contain nulls.
        folder: An empty folder for the runs.
    """
    paths = []
    for number, run in enumerate(_runs(tables)):
        paths.append(folder / f"{number:06}.arrow")
        _write_run(_sorted(run, order), paths[-1])
    yield from _merge([_Run(path, order) for path in paths], order)


def _runs(tables: Iterable[pa.Table]) -> Iterator[list[pa.Table]]:
    run: list[pa.Table] = []
    size = 0
    for table in tables:
        run.append(table)
        size += table.nbytes
        if size >= RUN_BYTES:
            yield run
            run, size = [], 0
    if run:
        yield run


def _sorted(tables: Sequence[pa.Table], order: Sequence[str]) -> pa.Table:
    return pa.concat_tables(tables).sort_by([(column, "ascending") for column in order])


def _write_run(run: pa.Table, path: Path) -> None:
    # By bytes and not by rows: a batch of each run is in memory during the merge, and a dead letter may be 64 MB.
    rows = max(1, run.num_rows * BATCH_BYTES // max(run.nbytes, 1))
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, run.schema) as writer:
        writer.write_table(run, max_chunksize=rows)


class _Run:
    """A sorted run on disk, of which one batch is in memory."""

    def __init__(self, path: Path, order: Sequence[str]):
        self._file = pa.ipc.open_file(pa.OSFile(str(path)))
        self._order = order
        self._next = 0
        self._rows: pa.Table = pa.Table.from_batches([], self._file.schema)
        self.refill()

    def refill(self) -> bool:
        """Read the next batch if no rows are left in memory; return whether there are rows."""
        while not self._rows.num_rows and self._next < self._file.num_record_batches:
            self._rows = pa.Table.from_batches([self._file.get_batch(self._next)])
            self._next += 1
        return bool(self._rows.num_rows)

    def last_key(self) -> tuple[Any, ...]:
        return self._key(self._rows.num_rows - 1)

    def take(self, bound: tuple[Any, ...]) -> pa.Table:
        """Remove and return the rows in memory up to the key `bound`."""
        # Right: rows with the bound's own key are final as well, or a run of equal keys would never end.
        number = bisect_right(range(self._rows.num_rows), bound, key=self._key)
        taken, self._rows = self._rows.slice(0, number), self._rows.slice(number)
        return taken

    def _key(self, row: int) -> tuple[Any, ...]:
        # Python compares strings by code points, Arrow by UTF-8 bytes: the order is the same.
        return tuple(self._rows[column][row].as_py() for column in self._order)


def _merge(runs: Sequence[_Run], order: Sequence[str]) -> Iterator[pa.Table]:
    while runs := [run for run in runs if run.refill()]:
        # No run can still have a row below the smallest last key, so all rows up to it are final.
        bound = min(run.last_key() for run in runs)
        # Sorted again, since each run's part is sorted only within itself.
        yield _sorted([run.take(bound) for run in runs], order)
