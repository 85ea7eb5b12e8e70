"""WritePanes: rows for ever, exactly once, as Parquet files of bounded size and age.

Rows are gathered until there are enough of them or the oldest has waited long enough; each such pane becomes files

    TABLE/date=YYYY-MM-DD/KEY-EPOCH-NUMBER.parquet

committed as a slice of a run is (`commit`), entries last. NUMBER counts the panes of a key in state; EPOCH is
the id of the submission that first wrote this key, kept in state as well. So when an engine goes back to a checkpoint,
the panes written since are written again under the same numbers. The attempt that is forgotten may have got further, on
this worker or on another, and with rows of other days: before a pane is written, files of its number and of later ones
are removed. Numbers have no gaps and are removed from the last one down, so that one look for the pane's own number
tells whether there is anything to remove, whatever worker asks and whenever it was killed.

A submission from nothing has another epoch, so it never replaces anything. One that goes on from a checkpoint knows
the epoch of each key, since every key has an empty pane in the first `seconds` of its life.

A worker that the engine has given up may still live, behind a broken network or stopped for an hour, and finish what it
was writing. So whoever writes a key for the first time says so in `_owners/KEY`, and looks there again before it
removes anything and when a pane is ready to appear: if another process has come since, nothing goes and nothing appears
(`GivenUpError`). The same keeps two streams apart that were sent to one output by mistake. What is left of the danger
is a worker that stops in the milliseconds between such a look and what follows it; and one that had not written the key
before it was given up, which takes the key from its successor: panes that this one has written since are lost. Nothing
that a worker can see tells it from a successor.

What a reader sees in between: from the moment of the failure to the first pane after it, rows that the engine has
forgotten and is about to write again; never a row twice in two files, since the old ones are gone before the new ones
come.
"""

import logging
import re
import secrets
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import chain
from math import ceil
from typing import Any, ClassVar

import apache_beam as beam
import pyarrow.compute as pc
from apache_beam.coders import PickleCoder
from apache_beam.transforms.trigger import AccumulationMode, AfterAny, AfterCount, AfterProcessingTime, Repeatedly
from apache_beam.transforms.userstate import ReadModifyWriteStateSpec
from apache_beam.transforms.window import GlobalWindows

from newsbeam.transforms import metrics
from newsbeam.transforms.backlog import backlog
from newsbeam.transforms.counting import count, measure
from newsbeam.transforms.records import PollKey
from newsbeam.transforms.write.commit import STAGING, Tables, commit, stage
from newsbeam.transforms.write.parquet import file_name
from newsbeam.transforms.write.rows import KeyedRows, Together, slice_tables
from newsbeam.transforms.write.schema import SCHEMAS
from newsbeam.transforms.write.store import Store

_LOGGER = logging.getLogger(__name__)

OWNERS = "_owners"
_LONGEST_WAIT_S = 15.0
_LASTING = (NotADirectoryError, IsADirectoryError, FileExistsError)  # somebody's file is where ours has to be
_DAY = timedelta(days=1)


class GivenUpError(Exception):
    """Another process writes this key by now. An engine that did not mean to give this one up tries again."""


class Owners:
    """Which keys this process writes, in files beside the rows, so that others see it.

    Args:
        process: What no other process is called.
    """

    def __init__(self, process: str):
        self._process = process.encode()
        self._mine: set[str] = set()

    def take(self, store: Store, key: str) -> None:
        """Take a key, unless this process has taken it before."""
        name = store.path(f"{OWNERS}/{key}")
        if name not in self._mine:
            with store.write(f"{OWNERS}/{key}") as file:
                file.write(self._process)
            self._mine.add(name)

    def check(self, store: Store, key: str) -> None:
        """Raise GivenUpError if another process has taken a key since; whoever tries again takes it back."""
        owner = b""
        if store.exists(f"{OWNERS}/{key}"):  # somebody may have removed the whole output
            with store.open_read(f"{OWNERS}/{key}") as file:
                owner = file.read()
        if owner != self._process:
            self._mine.discard(store.path(f"{OWNERS}/{key}"))
            raise GivenUpError(
                f"another process writes {key} in {store.root} by now: the engine has replaced this one, "
                "or two streams have one output"
            )


@dataclass(frozen=True)
class PaneSettings:
    """When a file is written.

    Attributes:
        elements: So many elements (each of up to a batch of stories) are enough, and no file has more.
        seconds: So long the first of them waits at most.
        patience_s: How long a pane is tried again where the output refuses it (a full disk, say); then the bundle
            fails. More than 0 is for engines that don't repeat a bundle: elsewhere a worker that the engine has given
            up could write between what its successor writes.
    """

    elements: int = 64
    seconds: float = 30.0
    patience_s: float = 0.0


@dataclass(frozen=True)
class Pane:
    """The next pane of a key.

    Attributes:
        epoch: The submission that first wrote this key.
        number: How many panes came before it.
        since: The first partition that it or a later one has rows in; None for any. Rows come about in the order in
            which they were fetched, so this is a day before the oldest row of the pane before.
    """

    epoch: str
    number: int = 0
    since: date | None = None

    def stem(self, key: str) -> str:
        """Return what its files are called."""
        return f"{key}-{self.epoch}-{self.number:08}"

    def after(self, tables: Tables) -> "Pane":
        """Return the pane that comes after this one, which has the rows of `tables`."""
        return Pane(self.epoch, self.number + 1, min(day for _, day in tables) - _DAY)


@dataclass(frozen=True)
class Written:
    """What a pane has written.

    Attributes:
        names: Of the files.
        polls: How many of the rows each poll counts.
    """

    names: tuple[str, ...]
    polls: Mapping[PollKey, int]


@dataclass
class WritePanes(beam.PTransform):
    """Writes rows to files of an output.

    Input: an unbounded PCollection of `KeyedRows` in the global window; rows of one element are written at once.
    Output: a `Written` for each pane, once it is there. Key: that of the file. State: the next pane of a key. Delivery:
    exactly once with the engine's state, see the module.

    Attributes:
        store: The output.
        epoch: The id of this submission: letters and digits.
        keys: The keys that there are, a few.
        settings: When a file is written.
    """

    store: Store
    epoch: str
    keys: Sequence[str]
    settings: PaneSettings = PaneSettings()

    def expand(self, rows: beam.PCollection[KeyedRows]) -> beam.PCollection[Written]:
        # Nothing may wait for a watermark: Flink's streaming impulse has none.
        trigger = Repeatedly(
            AfterAny(AfterCount(self.settings.elements), AfterProcessingTime(ceil(self.settings.seconds)))
        )
        first = rows.pipeline | "Keys" >> beam.Create([(key, Together()) for key in self.keys])
        return (
            (rows, first)
            | beam.Flatten()
            | beam.Map(_keyed).with_output_types(tuple[str, Any])
            | beam.WindowInto(GlobalWindows(), trigger=trigger, accumulation_mode=AccumulationMode.DISCARDING)
            | beam.GroupByKey()
            | beam.Map(_listed).with_output_types(tuple[str, Any])
            | "Write" >> beam.ParDo(_WriteFn(self.store, self.epoch, self.settings))
        )


def _keyed(element: KeyedRows) -> KeyedRows:
    return element


def _listed(element: tuple[str, Iterable[Together]]) -> tuple[str, list[Together]]:
    return element[0], list(element[1])


class _WriteFn(beam.DoFn):
    NEXT = ReadModifyWriteStateSpec("next", PickleCoder())

    _owners: ClassVar[Owners] = Owners(secrets.token_hex(8))

    def __init__(self, store: Store, epoch: str, settings: PaneSettings):
        self._store = store
        self._epoch = epoch
        self._settings = settings

    def process(
        self, element: tuple[str, list[Together]], following: Any = beam.DoFn.StateParam(NEXT)
    ) -> Iterator[Written]:
        key, elements = element
        pane = following.read() or Pane(self._epoch)
        most = self._settings.elements
        for start in range(0, len(elements), most):  # a bundle may bring more than the trigger asks for
            part = elements[start : start + most]
            tables = slice_tables(chain.from_iterable(each.rows for each in part))
            if tables:  # numbers have no gaps
                names = self._write(key, pane, tables)
                yield Written(names, sum((Counter(each.polls) for each in part), Counter()))
                pane = pane.after(tables)
        following.write(pane)

    def _write(self, key: str, pane: Pane, tables: Tables) -> tuple[str, ...]:
        """Write a pane; ask an output that refuses it again."""
        until, wait = time.monotonic() + self._settings.patience_s, 1.0
        while True:
            try:
                names = write_pane(self._store, key, pane, tables, self._owners)
                break
            except OSError as error:
                if isinstance(error, _LASTING) or time.monotonic() + wait > until:
                    raise
                _LOGGER.warning("%s refuses to be written, trying again: %s", self._store.root, error)
            time.sleep(wait)
            wait = min(2 * wait, _LONGEST_WAIT_S)
        for (name, _), table in tables.items():
            count(f"{metrics.ROWS_WRITTEN}:{name}", table.num_rows)
            if name == "entries":
                backlog.add(-table.num_rows)
                for fetched_at in pc.unique(table["fetched_at"]).to_pylist():
                    measure(metrics.ROW_AGE, max(0, int(time.time() - fetched_at.timestamp())))
        return names


def write_pane(store: Store, key: str, pane: Pane, tables: Tables, owners: Owners) -> tuple[str, ...]:
    """Write rows to one file a table and day, in place of all that a forgotten attempt wrote; return the names.

    Raises:
        GivenUpError: Another process has begun to write this key; nothing has appeared or gone.
    """
    owners.take(store, key)
    owners.check(store, key)
    newest = max(datetime.now(UTC).date(), *(day for _, day in tables))
    remove_from(store, key, pane, newest + _DAY)
    staged = stage(store, pane.stem(key), tables)
    try:
        owners.check(store, key)
    except GivenUpError:
        store.delete(staged.folder)
        raise
    commit(store, staged)
    return staged.names


def remove_from(store: Store, key: str, pane: Pane, until: date) -> None:
    """Remove the files of a pane and of all later ones: what an attempt wrote that is forgotten.

    What it has staged goes too, lest a recovery finishes it.

    Args:
        store: The output.
        key: The key.
        pane: The first pane to remove.
        until: The last partition to look into.
    """
    staged = [name for name in store.list(STAGING) if _number(name.split("/")[1], key, pane) >= pane.number]
    for name in staged:  # sorted, so the list goes first: without it, a recovery finishes nothing
        store.delete(name)
    for folder in {"/".join(name.split("/")[:2]) for name in staged}:
        store.delete(folder)
    for _, _, name in sorted(_written(store, key, pane, until), reverse=True):
        store.delete(name)


def _written(store: Store, key: str, pane: Pane, until: date) -> list[tuple[int, int, str]]:
    """Return the number of each file to remove, the place of its table in the order of appearance, and its name."""
    if pane.since is None:  # the first pane of a key: once in its life
        folders = [(table, table) for table in SCHEMAS]
    else:
        days = [pane.since + _DAY * number for number in range((until - pane.since).days + 1)]
        if not any(store.exists(file_name(table, day, pane.stem(key))) for table in SCHEMAS for day in days):
            return []
        folders = [(table, file_name(table, day, "").rpartition("/")[0]) for table in SCHEMAS for day in days]
    order = list(SCHEMAS)
    return [
        (number, order.index(table), name)
        for table, folder in folders
        for name in store.list(folder)
        if (number := _number(name.rpartition("/")[2], key, pane)) >= pane.number
    ]


def _number(name: str, key: str, pane: Pane) -> int:
    """Return the number in the name of a file, or of a folder in staging, of this key and epoch; else -1."""
    start = f"{key}-{pane.epoch}-"
    found = re.match(r"\d+", name.removeprefix(start)) if name.startswith(start) else None
    return int(found[0]) if found else -1
