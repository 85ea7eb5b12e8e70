"""Stories to rows, and the rows of a slice to staged files."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import apache_beam as beam
import pyarrow as pa

from newsbeam.transforms.records import DeadLetter, Poll, Story
from newsbeam.transforms.workers import Batch
from newsbeam.transforms.write import schema
from newsbeam.transforms.write.commit import Staged, Tables, stage
from newsbeam.transforms.write.store import Store

Rows = tuple[str, pa.Table]
"""The name of a table, and rows of it."""

# Rows are sorted, so that a file doesn't show in which order they arrived.
_ORDER = {
    "paragraphs": ("paragraph_id",),
    "entries": ("entry_id", "version"),
    "polls": ("feed_url", "uri", "fetched_at"),
    "dead_letters": ("failed_at", "uri", "stage", "message"),
}


def story_rows(stories: Sequence[Story]) -> Batch[Rows]:
    """Return the rows of a batch of stories; worker processes make them, Arrow tables travel cheaply."""
    return Batch([("paragraphs", schema.paragraph_table(stories)), ("entries", schema.entry_table(stories))])


def poll_rows(poll: Poll) -> Rows:
    """Return the row of one poll."""
    return "polls", schema.poll_table([poll])


def dead_letter_rows(letter: DeadLetter) -> Rows:
    """Return the row of one dead letter."""
    return "dead_letters", schema.dead_letter_table([letter])


def slice_tables(rows: Iterable[Rows]) -> Tables:
    """Return the rows of a slice by table and partition (the UTC day), sorted."""
    parts: dict[str, list[pa.Table]] = defaultdict(list)
    for name, table in rows:
        parts[name].append(table)
    return {
        (name, day): part.sort_by([(column, "ascending") for column in _ORDER[name]])
        for name, tables in parts.items()
        for day, part in schema.split_by_day(pa.concat_tables(tables), schema.DAY_OF[name]).items()
    }


@dataclass
class StageSlice(beam.PTransform):  
    """Writes the rows of one slice to staged files, which nobody reads before they are committed.

    Input: `Rows` of one slice (bounded, and one group: readers want one file a table and day).
    Output: one `Staged`. Delivery: a bundle that is tried again writes files of its own; only one is committed.
    """

    store: Store
    slice_id: str

    def expand(self, rows: beam.PCollection[Rows]) -> beam.PCollection[Staged]:
        return (
            rows
            | "OneGroup" >> beam.WithKeys("slice")
            | beam.GroupByKey()
            | "Stage" >> beam.ParDo(_StageFn(self.store, self.slice_id))
        )


class _StageFn(beam.DoFn):  
    def __init__(self, store: Store, slice_id: str):
        self._store = store
        self._slice_id = slice_id

    def process(self, element: tuple[str, Iterable[Rows]]) -> Iterator[Staged]:
        yield stage(self._store, self._slice_id, slice_tables(element[1]))
