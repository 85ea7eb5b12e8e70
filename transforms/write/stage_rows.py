"""StageRows: writes the rows of a cluster's job to staged files, on each of its workers."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import apache_beam as beam
import pyarrow as pa

from newsbeam.transforms.ids import digest
from newsbeam.transforms.runtime import metrics
from newsbeam.transforms.runtime.counters import count
from newsbeam.transforms.runtime.lineage import note_sink
from newsbeam.transforms.runtime.outputs import in_global_window
from newsbeam.transforms.write.commit import job_folder
from newsbeam.transforms.write.parquet import file_name, write_table
from newsbeam.transforms.write.rows import ORDER, Rows, slice_tables
from newsbeam.transforms.write.store import Store

FILE_BYTES = 32_000_000
"""Size of rows, as Arrow holds them, at which a worker writes files; sorting them takes as much again."""

# An attempt that fetched later may have the same version with other words: that is another file.
_IDENTITY = {**ORDER, "entries": ("entry_id", "version", "content_hash")}


@dataclass
class StageRows(beam.PTransform):
    """Writes rows to staged files, which readers don't see before `CommitJob` makes them visible.

    Input: a bounded PCollection of `Rows`, in any order. Output: the staged files' names below the job's folder. Key:
    none; a bundle writes a file for each of its tables and days, and more when they are large. Delivery: each attempt
    of a bundle has a folder of its own, so that a lost worker which still runs can't touch another's files; what is
    committed is what the attempt that reached the end has emitted.

    Attributes:
        store: The output.
        job: The id of the job.
    """

    store: Store
    job: str

    def expand(self, rows: beam.PCollection[Rows]) -> beam.PCollection[str]:
        return rows | "Stage" >> beam.ParDo(_StageFn(self.store, self.job)).with_output_types(str)


class _StageFn(beam.DoFn):
    def __init__(self, store: Store, job: str):
        self._store = store
        self._job = job

    def start_bundle(self) -> None:
        self._rows: list[Rows] = []
        self._bytes = 0

    def process(self, rows: Rows) -> Iterator[str]:
        self._rows.append(rows)
        self._bytes += rows[1].nbytes
        if self._bytes >= FILE_BYTES:
            yield from self._write()

    def finish_bundle(self) -> Iterator[Any]:
        yield from in_global_window(self._write())

    def _write(self) -> Iterator[str]:
        rows = self._rows
        self.start_bundle()
        yield from stage_rows(self._store, self._job, rows)


def stage_rows(store: Store, job: str, rows: list[Rows]) -> Iterator[str]:
    """Write rows to files of a new attempt; yield the name of each below the job's folder when it is on disk."""
    attempt = secrets.token_hex(8)
    for (table, day), part in slice_tables(rows).items():
        if part.num_rows:
            name = f"{attempt}/{file_name(table, day, _stem(table, part))}"
            write_table(store, f"{job_folder(job)}/{name}", part)
            count(f"{metrics.ROWS_WRITTEN}:{table}", part.num_rows)
            note_sink(store.path(table))
            yield name


def _stem(table: str, rows: pa.Table) -> str:
    """Return the stem of a file's name: a hash of what identifies its rows, so that names don't depend on workers."""
    columns = [rows[name].to_pylist() for name in _IDENTITY[table]]
    # The letters of one document can differ in nothing else.
    extra = [rows["payload"].to_pylist()] if table == "dead_letters" else []
    return digest(table, *(digest(*map(_text, row)) for row in zip(*columns, *extra, strict=True)))


def _text(value: Any) -> str | bytes:
    return value if isinstance(value, bytes) else str(value)
