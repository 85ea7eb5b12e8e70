"""The base of the steps that decide against keyed state: versions and duplicates in streaming.

The functions that decide are those that batch calls; what is known comes from state in place of the output. Elements
come in packs, so that a story costs a fraction of a stateful element.
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
    """Decides packs of elements against what their key remembers.

    The memory belongs to the process, not to the instance: a worker makes as many instances as it has bundles at once,
    gives a key's next bundle to any of them, and drops those that had nothing to do for a minute.
    """

    HEAD = ReadModifyWriteStateSpec("head", PickleCoder())
    LOG0 = BagStateSpec("log0", PickleCoder())
    LOG1 = BagStateSpec("log1", PickleCoder())
    LOG2 = BagStateSpec("log2", PickleCoder())
    LOG3 = BagStateSpec("log3", PickleCoder())

    _indexes: ClassVar[dict[str, KeyedIndex[Any, Any]]] = {}
    _making: ClassVar[threading.Lock] = threading.Lock()

    def __init__(self, size_metric: str) -> None:
        self._id = secrets.token_hex(8)  # the same in all copies of this DoFn
        self._size_metric = size_metric

    def setup(self) -> None:
        with self._making:
            if self._id not in self._indexes:
                self._indexes[self._id] = self._make_index()
            self._memory = self._indexes[self._id]

    def _remember(self, key: str, items: list[Any], now: datetime, head: Any, logs: Sequence[Any]) -> list[Any]:
        """Return what is decided of `items`, and remember it."""
        opened = self._memory.open(key, now, head, logs)
        if opened.evicted:
            count(metrics.STATE_FULL, opened.evicted)
        decided, added = self._decide(items, opened.index)
        self._memory.close(opened, added)
        measure(self._size_metric, opened.size)
        return decided

    def _make_index(self) -> KeyedIndex[Any, Any]:
        raise NotImplementedError

    def _decide(self, items: list[Any], index: Any) -> tuple[list[Any], list[Any]]:
        """Return what is decided, and what `index` has learned."""
        raise NotImplementedError
