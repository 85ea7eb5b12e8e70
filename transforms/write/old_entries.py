"""OldEntries: what is written of entries that a stream has forgotten, asked for at every new entry.

A stream remembers the versions of its window; what is older is in the output, and an entry may come again after any
time, with another date. To read the output's key columns for each pack of new entries would cost a second for each year
of them. So this process keeps a hash of 8 bytes of each key, for each file and for all together, and reads the files
that may have a hit.

Files of past days hardly change, and a stream remembers a version for up to a third of its window longer than it must.
So the list of files may be some minutes old.
"""

import threading
import time
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt

from newsbeam.transforms.ids import address
from newsbeam.transforms.records import KnownEntry
from newsbeam.transforms.write.history import files_before, known_entries
from newsbeam.transforms.write.parquet import file_row_groups
from newsbeam.transforms.write.store import Store

_COLUMNS = ("entry_id", "source_id", "url", "link_is_identity", "content_hash", "guid", "revision")
_NOTHING = np.zeros(0, np.int64)

Hashes = npt.NDArray[np.int64]
"""Sorted, each once."""


class OldEntries:
    """The entries of an output that were fetched before a moment that moves on.

    Args:
        store: The output.
        relist_s: How old the list of files may be.
    """

    def __init__(self, store: Store, relist_s: float):
        self._store = store
        self._relist_s = relist_s
        self._listed_at: float | None = None
        self._hashes: dict[str, Hashes] = {}
        self._all = _NOTHING
        self._lock = threading.Lock()

    def known(
        self,
        entry_ids: Collection[str],
        urls: Collection[tuple[str, str]],
        contents: Collection[tuple[str, str]],
        until: datetime,
    ) -> list[KnownEntry]:
        """Return what `known_entries` does, fetched before `until`; this moment never goes back by much."""
        with self._lock:
            if self._listed_at is None or time.monotonic() - self._listed_at >= self._relist_s:
                self._list(until)
            return known_entries(self._store, entry_ids, urls, contents, until, self._files)

    @property
    def nbytes(self) -> int:
        """Bytes of the index."""
        return self._all.nbytes + sum(hashes.nbytes for hashes in self._hashes.values())

    def _files(
        self, entry_ids: Iterable[str], urls: Iterable[tuple[str, str]], contents: Iterable[tuple[str, str]]
    ) -> list[str]:
        """Return the files that may have one of these."""
        wanted = _hashes(chain(entry_ids, urls, contents))
        if not _meet(wanted, self._all):
            return []
        return [name for name, hashes in self._hashes.items() if _meet(wanted, hashes)]

    def _list(self, until: datetime) -> None:
        while True:
            hashes: dict[str, Hashes] = {}
            try:
                for name in files_before(self._store, "entries", until):
                    hashes[name] = self._hashes[name] if name in self._hashes else _hashes(_keys(self._store, name))
                break
            except FileNotFoundError:  # merged with others of its partition, or taken back, since it was listed
                self._hashes.update(hashes)
        self._hashes = hashes
        self._all = np.unique(np.concatenate([_NOTHING, *hashes.values()]))
        self._listed_at = time.monotonic()


def _keys(store: Store, name: str) -> Iterator[Any]:
    """Yield by what the entries of a file may be known: ids, (source, link or guid), (source, content)."""
    for group in file_row_groups(store, "entries", name):
        for row in group.read(_COLUMNS).to_pylist():
            source = row["source_id"] or ""
            yield row["entry_id"]
            if row["link_is_identity"]:
                yield source, address(row["url"] or "")
            if not row["revision"]:
                yield source, row["content_hash"]
                yield source, address(row["guid"] or "")


def _hashes(keys: Iterable[Any]) -> Hashes:
    """Return Python's hashes, which are the same in one process only."""
    return np.unique(np.fromiter(map(hash, keys), np.int64))


def _meet(some: Hashes, others: Hashes) -> bool:
    """Return whether two sorted arrays have a value in common."""
    if not len(some) or not len(others):
        return False
    places = np.searchsorted(others, some)
    return bool((others.take(places, mode="clip") == some).any())
