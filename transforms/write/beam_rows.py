"""MakeParagraphRows, MakeEntryRows, MakeDeadLetterRows: records to rows with a Beam schema.

SQL, data frames, YAML, Iceberg and the sinks of other languages take a PCollection with a schema. Its fields are the
columns of the table (`schema.py`), with Beam's types.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import apache_beam as beam
import numpy as np
import pyarrow as pa
from apache_beam.transforms.window import TimestampedValue
from apache_beam.typehints.row_type import RowTypeConstraint
from apache_beam.utils.timestamp import Timestamp

from newsbeam.transforms.records import DeadLetter, Story
from newsbeam.transforms.write.schema import (
    DEAD_LETTERS,
    ENTRIES,
    PARAGRAPHS,
    dead_letter_table,
    entry_table,
    paragraph_table,
)

_TYPES: Mapping[pa.DataType, Any] = {
    pa.string(): str,
    pa.binary(): bytes,
    pa.bool_(): bool,
    # Beam's schemas tell 32 and 64 bits apart by numpy's types; `int` is always 64.
    pa.int32(): np.int32,
    pa.int64(): np.int64,
    pa.float64(): float,
    pa.date32(): date,
    # Beam's own type: its portable schemas have microseconds, and no datetime.
    pa.timestamp("us", tz="UTC"): Timestamp,
}


@dataclass
class MakeParagraphRows(beam.PTransform):
    """Makes a row of each paragraph of stories, with the columns of `paragraphs/`.

    Input: Story, bounded or unbounded. Output: `beam.Row` with a schema, timestamped with the fetch of the story.
    Ordering: none. Delivery: that of the engine; a sink that must not double rows finds `paragraph_id` unique.
    """

    def expand(self, stories: beam.PCollection[Story]) -> beam.PCollection[beam.Row]:
        return _rows(stories, paragraph_table, PARAGRAPHS)


@dataclass
class MakeEntryRows(beam.PTransform):
    """Makes a row of the entry of each story, with the columns of `entries/`.

    Input: Story, bounded or unbounded. Output: `beam.Row` with a schema, timestamped with the fetch of the story.
    Ordering: none. Delivery: that of the engine; `entry_id` and `version` together are unique.
    """

    def expand(self, stories: beam.PCollection[Story]) -> beam.PCollection[beam.Row]:
        return _rows(stories, entry_table, ENTRIES)


@dataclass
class MakeDeadLetterRows(beam.PTransform):
    """Makes a row of each dead letter, with the columns of `dead_letters/`.

    Input: DeadLetter, bounded or unbounded. Output: `beam.Row` with a schema, timestamped with the failure.
    """

    def expand(self, dead_letters: beam.PCollection[DeadLetter]) -> beam.PCollection[beam.Row]:
        return _rows(dead_letters, dead_letter_table, DEAD_LETTERS)


def row_type(fields: Iterable[pa.Field]) -> RowTypeConstraint:
    """Return the type of Beam rows with the columns of a table."""
    return RowTypeConstraint.from_fields([(field.name, _type(field)) for field in fields])


def beam_rows(table: pa.Table) -> Iterator[beam.Row]:
    """Yield the rows of a table as Beam rows."""
    for row in table.to_pylist():
        yield _row(row)


def _rows(records: beam.PCollection[Any], to_table: Callable[[Sequence[Any]], pa.Table], schema: pa.Schema) -> Any:
    return records | "Convert" >> beam.ParDo(_ConvertFn(to_table)).with_output_types(row_type(schema))


class _ConvertFn(beam.DoFn):
    def __init__(self, to_table: Callable[[Sequence[Any]], pa.Table]):
        self._to_table = to_table

    def process(self, record: Any) -> Iterator[Any]:
        # Event time is that of the fetch, as in all of the graph: published dates are missing, wrong or in the future.
        at = record.failed_at if isinstance(record, DeadLetter) else record.entry.fetched_at
        # Through the Arrow table, so that these rows can't differ from those of the files.
        for row in beam_rows(self._to_table([record])):
            yield TimestampedValue(row, Timestamp.from_utc_datetime(at))


def _type(field: pa.Field) -> Any:
    kind = field.type
    if pa.types.is_list(kind):  # null means the same as an empty list, and no row has it
        item = kind.value_type
        return Sequence[row_type(item) if pa.types.is_struct(item) else _TYPES[item]]  # type: ignore[misc]
    return _TYPES[kind] | None if field.nullable else _TYPES[kind]


def _row(values: Mapping[str, Any]) -> beam.Row:
    return beam.Row(**{name: _value(value) for name, value in values.items()})


def _value(value: Any) -> Any:
    match value:
        case list():
            return [_row(each) if isinstance(each, dict) else each for each in value]
        case datetime():
            return Timestamp.from_utc_datetime(value.astimezone(UTC))
    return value
