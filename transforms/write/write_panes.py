"""WritePanes: rows for ever, exactly once, as Parquet files of bounded size and age.

Rows are gathered until there are enough of them or the oldest has waited long enough; each such pane becomes files

    TABLE/date=YYYY-MM-DD/KEY-EPOCH-NUMBER-LINEAGE.parquet

committed as a slice of a run is (`commit`), entries last. NUMBER counts the panes of a key in state; EPOCH is the id of
the submission that first wrote this key, kept in state as well. LINEAGE is drawn by each process that takes a key, and
whenever the state is not what this process has left. The state has them all, as a chain of (first number, lineage): so
it says of each file whether it is one of those that count.

When an engine goes back to a checkpoint, the panes written since are written again, by another lineage. Before its
first pane whoever takes a key sets right what is there: files that are not of the chain are moved to `_aside/`, and
those of the chain that somebody else has moved aside come back. Nothing is removed, since a worker that the engine has
given up may live on, behind a broken network or stopped for an hour, and take the key from its successor: nothing that
it can see tells it from one. So who writes a key is in `_owners/KEY`, where each process looks before it begins with a
pane and when it is ready to appear. A process that is no longer the owner fails its bundle (`GivenUpError`): the engine
repeats what it means to, which sets right what the other one has moved, and the last one to write is the one that the
engine keeps. The same keeps two streams apart that were sent to one output by mistake.

A submission from nothing has another epoch, so it never moves anything. One that goes on from a checkpoint knows the
epoch of each key, since every key has an empty pane in the first `seconds` of its life.

What a reader sees in between: from the moment of the failure to the first pane after it, rows that the engine has
forgotten and is about to write again; never a row twice in two files, since the old ones are gone before the new ones
come.
"""

import logging
import re
import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
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
from newsbeam.transforms.counting import count, measure, show
from newsbeam.transforms.records import PollKey
from newsbeam.transforms.state import decode, encode
from newsbeam.transforms.write.commit import STAGING, Tables, commit, stage
from newsbeam.transforms.write.parquet import file_name, partition_of
from newsbeam.transforms.write.rows import KeyedRows, Together, decode_unit, encode_unit, slice_tables
from newsbeam.transforms.write.schema import SCHEMAS
from newsbeam.transforms.write.store import Store

_LOGGER = logging.getLogger(__name__)

OWNERS = "_owners"
ASIDE = "_aside"
LINKS = 200
_KIND, _FORMAT = "next pane", 1
_KEPT = timedelta(days=7)
_LONGEST_WAIT_S = 15.0
_LASTING = (NotADirectoryError, IsADirectoryError, FileExistsError)  # somebody's file is where ours has to be
_DAY = timedelta(days=1)


class GivenUpError(Exception):
    """Another process writes this key by now. An engine that did not mean to give this one up tries again."""


class Keys:
    """The keys that this process writes, as it left them; in files beside the rows, so that others see it.

    Args:
        draw: Draws a lineage, which no other process has.
    """

    def __init__(self, draw: Callable[[], str]):
        self._draw = draw
        self._left: dict[str, Pane] = {}

    def hold(self, store: Store, key: str, pane: "Pane") -> "Pane":
        """Return the pane to write next: `pane` if this process has left it so, else one of a new lineage.

        A key that is taken is set right before: see `set_right`.

        Raises:
            GivenUpError: This process has left it so, but another one has taken the key since.
        """
        name = store.path(f"{OWNERS}/{key}")
        if self._left.pop(name, None) == pane:  # not again if what follows fails
            self.check(store, key, pane)
            return pane
        pane = pane.taken(self._draw())
        with store.write(f"{OWNERS}/{key}") as file:
            file.write(pane.lineage.encode())
        set_right(store, key, pane)
        return pane

    def leave(self, store: Store, key: str, pane: "Pane") -> None:
        """Note the next pane, once the one before is written."""
        self._left[store.path(f"{OWNERS}/{key}")] = pane

    def check(self, store: Store, key: str, pane: "Pane") -> None:
        """Raise GivenUpError if the key isn't of the lineage of `pane`."""
        owner = b""
        if store.exists(f"{OWNERS}/{key}"):  # somebody may have removed the whole output
            with store.open_read(f"{OWNERS}/{key}") as file:
                owner = file.read()
        if owner != pane.lineage.encode():
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
        chain: The lineages of the panes before and of this one, each with its first number, the latest `LINKS` of them.
    """

    epoch: str
    number: int = 0
    since: date | None = None
    chain: tuple[tuple[int, str], ...] = ()

    @property
    def lineage(self) -> str:
        """That of this pane."""
        return self.chain[-1][1]

    def taken(self, lineage: str) -> "Pane":
        """Return this pane as another process writes it."""
        before = [link for link in self.chain if link[0] < self.number]
        return replace(self, chain=(*before, (self.number, lineage))[-LINKS:])

    def stem(self, key: str) -> str:
        """Return what its files are called."""
        return f"{key}-{self.epoch}-{self.number:08}-{self.lineage}"

    def after(self, tables: Tables) -> "Pane":
        """Return the pane that comes after this one, which has the rows of `tables`."""
        return replace(self, number=self.number + 1, since=min(day for _, day in tables) - _DAY)

    def follows(self, number: int, lineage: str) -> bool:
        """Return whether a pane is one of those before this one."""
        if number >= self.number:
            return False
        of_number = [each for first, each in self.chain if first <= number][-1:]
        return of_number in ([], [lineage])  # of panes before the chain's first link nobody knows better


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
            | "Flatten" >> beam.Flatten()
            | "AsState" >> beam.Map(_as_state).with_output_types(tuple[str, Any])
            | "Gather"
            >> beam.WindowInto(GlobalWindows(), trigger=trigger, accumulation_mode=AccumulationMode.DISCARDING)
            | "GroupByKey" >> beam.GroupByKey()
            | "List" >> beam.Map(_listed).with_output_types(tuple[str, Any])
            | "Write" >> beam.ParDo(_WriteFn(self.store, self.epoch, self.settings))
        )


def _as_state(element: KeyedRows) -> tuple[str, Any]:
    # Rows that wait for their file are in the engine's state.
    return element[0], encode_unit(element[1])


def _listed(element: tuple[str, Iterable[Any]]) -> tuple[str, list[Any]]:
    return element[0], list(element[1])


def encode_pane(pane: "Pane") -> Any:
    """Return the next pane of a key as state."""
    return encode(_KIND, _FORMAT, pane.epoch, pane.number, pane.since and pane.since.toordinal(), pane.chain)


def decode_pane(state: Any) -> "Pane":
    """Return the next pane of a key."""
    epoch, number, since, chain = decode(_KIND, _FORMAT, state)
    return Pane(epoch, number, None if since is None else date.fromordinal(since), chain)


class _WriteFn(beam.DoFn):
    NEXT = ReadModifyWriteStateSpec("next", PickleCoder())

    _keys: ClassVar[Keys] = Keys(partial(secrets.token_hex, 4))

    def __init__(self, store: Store, epoch: str, settings: PaneSettings):
        self._store = store
        self._epoch = epoch
        self._settings = settings

    def process(self, element: tuple[str, list[Any]], following: Any = beam.DoFn.StateParam(NEXT)) -> Iterator[Written]:
        key, elements = element
        written = following.read()
        pane = Pane(self._epoch) if written is None else decode_pane(written)
        most = self._settings.elements
        for start in range(0, len(elements), most):  # a bundle may bring more than the trigger asks for
            part = [decode_unit(each) for each in elements[start : start + most]]
            tables = slice_tables(chain.from_iterable(each.rows for each in part))
            if tables:  # numbers have no gaps
                names, pane = self._write(key, pane, tables)
                yield Written(names, sum((Counter(each.polls) for each in part), Counter()))
        following.write(encode_pane(pane))

    def _write(self, key: str, pane: Pane, tables: Tables) -> tuple[tuple[str, ...], Pane]:
        """Write a pane; ask an output that refuses it again. Return the names of its files, and the next one."""
        until, wait = time.monotonic() + self._settings.patience_s, 1.0
        while True:
            try:
                names, following = write_pane(self._store, key, pane, tables, self._keys)
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
                fetched = {int(fetched_at.timestamp()) for fetched_at in pc.unique(table["fetched_at"]).to_pylist()}
                for second in fetched:
                    measure(metrics.ROW_AGE, max(0, int(time.time()) - second))
                show(metrics.NEWEST_ROW, max(fetched))
        return names, following


def write_pane(store: Store, key: str, pane: Pane, tables: Tables, keys: Keys) -> tuple[tuple[str, ...], Pane]:
    """Write rows to one file a table and day; return the names, and the next pane.

    Raises:
        GivenUpError: Another process has begun to write this key; nothing has appeared or gone.
    """
    pane = keys.hold(store, key, pane)
    staged = stage(store, pane.stem(key), tables)
    try:
        keys.check(store, key, pane)
    except GivenUpError:
        store.delete(staged.folder)
        raise
    commit(store, staged)
    following = pane.after(tables)
    keys.leave(store, key, following)
    return staged.names, following


def set_right(store: Store, key: str, pane: Pane) -> None:
    """Have of this key and epoch what is of the chain before a pane, and nothing else.

    What others have staged goes, lest a recovery finishes it. Rows come back and go so that an entry is never there
    without its paragraphs.
    """
    name_of = re.compile(rf"{re.escape(key)}-{re.escape(pane.epoch)}-(\d+)-(\w+)\b")

    def is_right(name: str) -> bool | None:
        found = name_of.match(name)
        return pane.follows(int(found[1]), found[2]) if found else None

    staged = [name for name in store.list(STAGING) if is_right(name.split("/")[1]) is False]
    for name in staged:  # sorted, so the list goes first: without it, a recovery finishes nothing
        store.delete(name)
    for folder in {"/".join(name.split("/")[:2]) for name in staged}:
        store.delete(folder)
    there = [name for name in _partitions(store, pane) if is_right(name.rpartition("/")[2]) is False]
    for name in sorted(there, key=_appearance, reverse=True):
        store.rename(name, f"{ASIDE}/{name}")
    aside = [name.removeprefix(f"{ASIDE}/") for name in store.list(ASIDE)]
    for name in sorted((name for name in aside if is_right(name.rpartition("/")[2])), key=_appearance):
        store.rename(f"{ASIDE}/{name}", name)
    old = datetime.now(UTC).date() - _KEPT
    for name in aside:
        if is_right(name.rpartition("/")[2]) is False and (partition_of(name) or old) < old:
            store.delete(f"{ASIDE}/{name}")


def _partitions(store: Store, pane: Pane) -> list[str]:
    """Return the files in all partitions that a pane like this one, or a later one, can have rows in."""
    if pane.since is None:  # the first pane of a key: once in its life
        return [name for table in SCHEMAS for name in store.list(table)]
    newest = max(datetime.now(UTC).date() + _DAY, pane.since + 3 * _DAY)  # another worker's clock may be ahead
    days = [pane.since + _DAY * number for number in range((newest - pane.since).days + 1)]
    return [
        name for table in SCHEMAS for day in days for name in store.list(file_name(table, day, "").rpartition("/")[0])
    ]


def _appearance(name: str) -> tuple[str, int]:
    """Return where a file comes in the order in which panes and their tables appear."""
    table, *_, last = name.split("/")
    return last, list(SCHEMAS).index(table)
