"""WritePanes: rows for ever, exactly once, as Parquet files of bounded size and age.

Rows are gathered until there are enough of them or the oldest has waited long enough; each such pane becomes files

    TABLE/date=YYYY-MM-DD/KEY-EPOCH-NUMBER.parquet

committed as a slice of a run is (`commit`), entries last. NUMBER counts the panes of a key in state; EPOCH is
the id of the submission that first wrote this key, kept in state as well. So when an engine goes back to a checkpoint,
the panes written since are written again under the same numbers and replace the old files, whose rows they repeat. An
old attempt may have got further than the new one: before the first pane after a restart, files of later numbers are
removed. A submission from nothing has another epoch, so it never replaces anything.

What a reader sees in between: from the moment of the failure to the first pane after it, rows that the engine has
forgotten and is about to write again; never a row twice in two files, since the old ones are gone before the new ones
come.
"""

import re
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import ceil
from typing import Any

import apache_beam as beam
from apache_beam.coders import PickleCoder
from apache_beam.transforms.trigger import AccumulationMode, AfterAny, AfterCount, AfterProcessingTime, Repeatedly
from apache_beam.transforms.userstate import ReadModifyWriteStateSpec
from apache_beam.transforms.window import GlobalWindows

from newsbeam.transforms import metrics
from newsbeam.transforms.counting import count, measure
from newsbeam.transforms.write.commit import STAGING, commit, stage
from newsbeam.transforms.write.rows import Rows, slice_tables
from newsbeam.transforms.write.schema import SCHEMAS
from newsbeam.transforms.write.store import Store

KeyedRows = tuple[str, tuple[Rows, ...]]
"""The key of a file, and rows of some tables that belong together."""


@dataclass(frozen=True)
class PaneSettings:
    """When a file is written.

    Attributes:
        elements: So many elements (each of up to a batch of stories) are enough.
        seconds: So long the first of them waits at most.
    """

    elements: int = 64
    seconds: float = 30.0


@dataclass
class WritePanes(beam.PTransform):
    """Writes rows to files of an output.

    Input: an unbounded PCollection of `KeyedRows` in the global window; rows of one element are written at once.
    Output: the name of each file. Key: that of the file, of which there are few. State: an epoch and a number a key.
    Delivery: exactly once with the engine's state, see the module.

    Attributes:
        store: The output.
        epoch: The id of this submission: letters and digits.
        settings: When a file is written.
    """

    store: Store
    epoch: str
    settings: PaneSettings = PaneSettings()

    def expand(self, rows: beam.PCollection[KeyedRows]) -> beam.PCollection[str]:
        # Nothing may wait for a watermark: Flink's streaming impulse has none.
        trigger = Repeatedly(
            AfterAny(AfterCount(self.settings.elements), AfterProcessingTime(ceil(self.settings.seconds)))
        )
        return (
            rows
            | beam.Map(_keyed).with_output_types(tuple[str, Any])
            | beam.WindowInto(GlobalWindows(), trigger=trigger, accumulation_mode=AccumulationMode.DISCARDING)
            | beam.GroupByKey()
            | beam.Map(_listed).with_output_types(tuple[str, Any])
            | "Write" >> beam.ParDo(_WriteFn(self.store, self.epoch))
        )


def _keyed(element: KeyedRows) -> KeyedRows:
    return element


def _listed(element: tuple[str, Iterable[tuple[Rows, ...]]]) -> tuple[str, list[Rows]]:
    return element[0], [rows for together in element[1] for rows in together]


class _WriteFn(beam.DoFn):
    FILES = ReadModifyWriteStateSpec("files", PickleCoder())

    def __init__(self, store: Store, epoch: str):
        self._store = store
        self._epoch = epoch

    def setup(self) -> None:
        self._next: dict[str, tuple[str, int]] = {}

    def process(self, element: tuple[str, list[Rows]], files: Any = beam.DoFn.StateParam(FILES)) -> Iterator[str]:
        key, rows = element
        epoch, number = files.read() or (self._epoch, 0)
        if self._next.get(key) != (epoch, number):  # a first pane, or one after the engine went back
            remove_from(self._store, key, epoch, number)
        self._next.pop(key, None)
        yield from write_pane(self._store, f"{key}-{epoch}-{number:08}", rows)
        files.write((epoch, number + 1))
        self._next[key] = epoch, number + 1


def write_pane(store: Store, stem: str, rows: Iterable[Rows]) -> tuple[str, ...]:
    """Write rows to one file a table and day, which replace those of that name; return the names."""
    tables = slice_tables(rows)
    staged = stage(store, stem, tables)
    commit(store, staged)
    for (name, _), table in tables.items():
        count(f"{metrics.ROWS_WRITTEN}:{name}", table.num_rows)
        if name == "entries":
            measure(metrics.ROW_AGE, _age(table))
    return staged.names


def remove_from(store: Store, key: str, epoch: str, number: int) -> None:
    """Remove the files of a key and epoch with this number or a later one: of an attempt that is forgotten.

    What it has staged goes too, lest a recovery finishes it.
    """
    start = f"{key}-{epoch}-"
    for table in (STAGING, *SCHEMAS):
        for name in store.list(table):
            stem = name.split("/")[1] if table == STAGING else name.rpartition("/")[2]
            count_of_pane = re.match(r"\d+", stem.removeprefix(start)) if stem.startswith(start) else None
            if count_of_pane and int(count_of_pane[0]) >= number:
                store.delete(name)


def _age(table: Any) -> int:
    fetched = table["fetched_at"][0].as_py()
    return max(0, int(time.time() - fetched.timestamp()))
