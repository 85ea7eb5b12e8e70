"""StageSlice: writes the rows of a slice to staged files."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import apache_beam as beam

from newsbeam.transforms.runtime.lineage import note_sink
from newsbeam.transforms.write.commit import Staged, stage
from newsbeam.transforms.write.rows import Rows, slice_tables
from newsbeam.transforms.write.store import Store


@dataclass
class StageSlice(beam.PTransform):
    """Writes the rows of one slice to staged files, which readers don't see before they are committed.

    Input: a bounded PCollection of `Rows` of one slice, in any order. Output: one `Staged`. Key: one for all, so that
    each table and day gets one file. Delivery: a repeated bundle writes other files; the caller commits one `Staged`.

    Attributes:
        store: The output.
        slice_id: The stem of the files' names.
    """

    store: Store
    slice_id: str

    def expand(self, rows: beam.PCollection[Rows]) -> beam.PCollection[Staged]:
        return (
            rows
            | "OneGroup" >> beam.WithKeys("slice")
            | "GroupByKey" >> beam.GroupByKey()
            | "Stage" >> beam.ParDo(_StageFn(self.store, self.slice_id))
        )


class _StageFn(beam.DoFn):
    def __init__(self, store: Store, slice_id: str):
        self._store = store
        self._slice_id = slice_id

    def process(self, element: tuple[str, Iterable[Rows]]) -> Iterator[Staged]:
        tables = slice_tables(element[1])
        for table, _ in tables:
            note_sink(self._store.path(table))
        yield stage(self._store, self._slice_id, tables)
