"""WriteRows: an unbounded collection of rows to Parquet files of bounded size and age, exactly once.

Rows are gathered until there are enough of them or the oldest has waited long enough. Each pane becomes files

    TABLE/date=YYYY-MM-DD/KEY-EPOCH-NUMBER-ATTEMPT.parquet

that are committed as a batch run commits a slice (`commit`), entries last. NUMBER counts the commits of a key in state,
EPOCH is the id of the submission that first wrote the key, ATTEMPT that of the process that writes it (`ownership`).
"""

import logging
import secrets
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from math import ceil
from typing import Any, ClassVar

import apache_beam as beam
import pyarrow.compute as pc
from apache_beam.coders import PickleCoder
from apache_beam.transforms.trigger import (
    AccumulationMode,
    AfterAny,
    AfterCount,
    AfterProcessingTime,
    Repeatedly,
)
from apache_beam.transforms.userstate import ReadModifyWriteStateSpec
from apache_beam.transforms.window import GlobalWindows

from newsbeam.transforms.records import PollKey
from newsbeam.transforms.runtime import metrics
from newsbeam.transforms.runtime.counters import count, measure, show
from newsbeam.transforms.runtime.in_flight import backlog
from newsbeam.transforms.runtime.lineage import note_sink
from newsbeam.transforms.write.commit import Tables, commit, stage
from newsbeam.transforms.write.ownership import (
    CommitState,
    FencedError,
    FencingTokens,
    decode_commit,
    encode_commit,
)
from newsbeam.transforms.write.rows import KeyedRows, WriteUnit, decode_unit, encode_unit, slice_tables
from newsbeam.transforms.write.store import Store

_LOGGER = logging.getLogger(__name__)

_LONGEST_WAIT_S = 15.0
_LASTING = (NotADirectoryError, IsADirectoryError, FileExistsError)  # another file has the path: a retry won't help


@dataclass(frozen=True)
class FlushSettings:
    """When a file is written.

    Attributes:
        elements: How many elements (each up to a batch of stories) fill a file.
        seconds: How long the first of them waits at most. None waits for `elements`, and for the end of bounded rows:
            runners without a clock for these have no trigger in processing time.
        max_wait_s: How long a commit that fails with an I/O error (a full disk, for example) is retried; then the
            bundle fails. More than 0 is for engines that don't repeat a bundle: with others a zombie worker could write
            between the commits of its successor.
    """

    elements: int = 64
    seconds: float | None = 30.0
    max_wait_s: float = 0.0


@dataclass(frozen=True)
class Written:
    """The result of a commit.

    Attributes:
        names: The names of its files.
        polls: How many of the written records belong to each poll.
    """

    names: tuple[str, ...]
    polls: Mapping[PollKey, int]


def already_written(poll: PollKey) -> Written:
    """Return the result of a record of a poll that needs no commit: an earlier one has written it."""
    return Written((), {poll: 1})


@dataclass
class WriteRows(beam.PTransform):
    """Writes rows to files of an output.

    Input: an unbounded PCollection of `KeyedRows` in the global window; rows of one element are written together.
    Output: a `Written` for each commit, after it. Key: that of the file. State: the next commit of a key, and the rows
    that wait. Delivery: exactly once with the engine's state, see the module and `ownership`.

    Attributes:
        store: The output.
        epoch: The id of this submission: letters and digits.
        keys: All keys; a few.
        settings: When a file is written.
    """

    store: Store
    epoch: str
    keys: Sequence[str]
    settings: FlushSettings = FlushSettings()

    def expand(self, rows: beam.PCollection[KeyedRows]) -> beam.PCollection[Written]:
        # Not Beam's own WriteToParquet: in streaming its finalize step raises an error when an engine repeats it after
        # a restore, and it puts rows of several windows into one file.
        trigger = _trigger(self.settings)
        # An empty unit a key: its epoch is in state before it has a row, so a restored job never begins a second
        # history.
        first = rows.pipeline | "Keys" >> beam.Create([(key, WriteUnit()) for key in self.keys])
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


def _trigger(settings: FlushSettings) -> Repeatedly:
    # No step may wait for a watermark: Flink's streaming impulse has none.
    count = AfterCount(settings.elements)
    return Repeatedly(
        count if settings.seconds is None else AfterAny(count, AfterProcessingTime(ceil(settings.seconds)))
    )


def _as_state(element: KeyedRows) -> tuple[str, Any]:
    # Rows that wait for their file are in the engine's state.
    return element[0], encode_unit(element[1])


def _listed(element: tuple[str, Iterable[Any]]) -> tuple[str, list[Any]]:
    return element[0], list(element[1])


class _WriteFn(beam.DoFn):
    NEXT = ReadModifyWriteStateSpec("next", PickleCoder())

    # Of the process and not of the instance: engines run several instances at once, and a key changes between them. One
    # attempt a process keeps its history in state short.
    _tokens: ClassVar[FencingTokens] = FencingTokens(partial(secrets.token_hex, 4))

    def __init__(self, store: Store, epoch: str, settings: FlushSettings, tokens: FencingTokens | None = None):
        self._own_tokens = tokens
        self._store = store
        self._epoch = epoch
        self._settings = settings

    def process(self, element: tuple[str, list[Any]], following: Any = beam.DoFn.StateParam(NEXT)) -> Iterator[Written]:
        key, elements = element
        written = following.read()
        state = CommitState(self._epoch) if written is None else decode_commit(written)
        most = self._settings.elements
        for start in range(0, len(elements), most):  # a pane may have more than the trigger's count
            part = [decode_unit(each) for each in elements[start : start + most]]
            # One element is never split between two commits: its rows would become visible apart.
            tables = slice_tables(chain.from_iterable(each.rows for each in part))
            if tables:  # numbers have no gaps
                names, state = self._write(key, state, tables)
                yield Written(names, sum((Counter(each.polls) for each in part), Counter()))
        # After the files: the engine persists this with its next checkpoint. A restore from an earlier one repeats the
        # commits under the same numbers, and `reconcile` removes what they replace.
        following.write(encode_commit(state))

    def _write(self, key: str, state: CommitState, tables: Tables) -> tuple[tuple[str, ...], CommitState]:
        """Write a commit, with retries after I/O errors. Return the names of its files and the next commit."""
        until, wait = time.monotonic() + self._settings.max_wait_s, 1.0
        while True:
            try:
                names, following = write_commit(self._store, key, state, tables, self._own_tokens or self._tokens)
                break
            except OSError as error:
                if isinstance(error, _LASTING) or time.monotonic() + wait > until:
                    raise
                _LOGGER.warning("writing to %s failed, retrying: %s", self._store.root, error)
            time.sleep(wait)
            wait = min(2 * wait, _LONGEST_WAIT_S)
        _count(self._store, tables)
        return names, following


def write_commit(
    store: Store, key: str, state: CommitState, tables: Tables, tokens: FencingTokens
) -> tuple[tuple[str, ...], CommitState]:
    """Write rows to one file for each table and day; return the names of the files and the next commit.

    Raises:
        FencedError: Another process has taken the key; no file has appeared or gone.
    """
    state = tokens.acquire(store, key, state)
    staged = stage(store, state.stem(key), tables)
    try:
        # As late as possible, since staging takes longest. A process that takes the key from here on deletes what this
        # one has staged (`reconcile`).
        tokens.verify(store, key, state)
    except FencedError:
        store.delete(staged.folder)
        raise
    commit(store, staged)
    following = state.following(tables)
    # After the commit: a process that fails before it takes the key anew, and reconciles what it left.
    tokens.release(store, key, following)
    return staged.names, following


def _count(store: Store, tables: Tables) -> None:
    for (name, _), table in tables.items():
        count(f"{metrics.ROWS_WRITTEN}:{name}", table.num_rows)
        note_sink(store.path(name))
        if name == "entries":
            backlog.add(-table.num_rows)
            # The age of a row is measured once a second of fetching, or a large feed would outweigh all others.
            fetched = {int(fetched_at.timestamp()) for fetched_at in pc.unique(table["fetched_at"]).to_pylist()}
            for second in fetched:
                measure(metrics.ROW_AGE, max(0, int(time.time()) - second))
            show(metrics.NEWEST_ROW, max(fetched))
