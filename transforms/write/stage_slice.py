"""StageSlice: the rows of a slice to staged files."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import apache_beam as beam

from newsbeam.transforms.records import DeadLetter
from newsbeam.transforms.write.commit import Staged, stage
from newsbeam.transforms.write.rows import Rows, dead_letter_rows, slice_tables
from newsbeam.transforms.write.store import Store


@dataclass
class StageSlice(beam.PTransform):
    """Writes the rows of one slice to staged files, which nobody reads before they are committed.

    Input: `Rows` of one slice (bounded, and one group: readers want one file a table and day).
    Output: one `Staged`. Delivery: a bundle that is tried again writes files of its own; only one is committed.

    Attributes:
        store: The output.
        slice_id: What the files are called.
        letters: Dead letters of earlier steps, for the slice.
    """

    store: Store
    slice_id: str
    letters: Sequence[DeadLetter] = ()

    def expand(self, rows: beam.PCollection[Rows]) -> beam.PCollection[Staged]:
        return (
            rows
            | "OneGroup" >> beam.WithKeys("slice")
            | "GroupByKey" >> beam.GroupByKey()
            | "Stage" >> beam.ParDo(_StageFn(self.store, self.slice_id, self.letters))
        )


class _StageFn(beam.DoFn):
    def __init__(self, store: Store, slice_id: str, letters: Sequence[DeadLetter]):
        self._store = store
        self._slice_id = slice_id
        self._letters = letters

    def process(self, element: tuple[str, Iterable[Rows]]) -> Iterator[Staged]:
        rows = [*element[1], *map(dead_letter_rows, self._letters)]
        yield stage(self._store, self._slice_id, slice_tables(rows))
