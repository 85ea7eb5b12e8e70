"""The base of the DoFns that decide versions and duplicates in streaming.

They call the same functions as batch; what is known comes from keyed state instead of the output. Elements come in
packs, so that a story costs a fraction of a stateful element.
"""

import secrets
import threading
from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar

import apache_beam as beam
from apache_beam.coders import PickleCoder
from apache_beam.transforms.userstate import BagStateSpec, ReadModifyWriteStateSpec

from newsbeam.transforms.dedup.keyed_index import KeyedIndex
from newsbeam.transforms.runtime import metrics
from newsbeam.transforms.runtime.counters import count, measure


class KeyedIndexFn(beam.DoFn):
    """Decides packs of elements against the keyed index of their key."""

    # The names of the states are part of every savepoint.
    HEADER = ReadModifyWriteStateSpec("head", PickleCoder())
    BAG0 = BagStateSpec("log0", PickleCoder())
    BAG1 = BagStateSpec("log1", PickleCoder())
    BAG2 = BagStateSpec("log2", PickleCoder())
    BAG3 = BagStateSpec("log3", PickleCoder())

    # Shared by the process: a worker makes an instance for each concurrent bundle, gives a key's next bundle to any of
    # them, and drops instances that were idle for a minute.
    _indexes: ClassVar[dict[str, KeyedIndex[Any, Any]]] = {}
    _lock: ClassVar[threading.Lock] = threading.Lock()

    def __init__(self, size_metric: str) -> None:
        self._id = secrets.token_hex(8)  # the same in all copies of this DoFn
        self._size_metric = size_metric

    def setup(self) -> None:
        """Take the index of this step in this process, or make it."""
        with self._lock:
            if self._id not in self._indexes:
                self._indexes[self._id] = self._make_index()
            self._index = self._indexes[self._id]

    def _decide_and_store(
        self, key: str, items: list[Any], now: datetime, header: Any, bags: Sequence[Any]
    ) -> list[Any]:
        """Return the decisions on `items`, and write the new items to state."""
        session = self._index.open(key, now, header, bags)
        if session.evicted:
            count(metrics.STATE_FULL, session.evicted)
        decided, added = self._decide(items, session.index)
        self._index.close(session, added)
        measure(self._size_metric, session.size)
        return decided

    def _make_index(self) -> KeyedIndex[Any, Any]:
        raise NotImplementedError

    def _decide(self, items: list[Any], index: Any) -> tuple[list[Any], list[Any]]:
        """Return the decisions on `items`, and the items that were added to `index`."""
        raise NotImplementedError
