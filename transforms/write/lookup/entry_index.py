"""EntryKeyIndex: an index of the keys of the output's entries, for those that a stream's state has evicted.

A stream's state has the versions of its window; older ones are in the output, and an entry can appear again after any
time, with another date. Reading the output's key columns for each pack of new entries would take a second for each year
of them. So this process keeps an 8-byte hash of each key, by file and in total, and reads only files with a hit.
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
from newsbeam.transforms.write.lookup.lookups import files_before, known_entries
from newsbeam.transforms.write.parquet import file_row_groups
from newsbeam.transforms.write.store import Store

_COLUMNS = ("entry_id", "source_id", "url", "link_is_identity", "content_hash", "guid", "revision")
_NOTHING = np.zeros(0, np.int64)

Hashes = npt.NDArray[np.int64]
"""Sorted and unique."""


class EntryKeyIndex:
    """An index of the entries of an output that were fetched before a moment that advances.

    Args:
        store: The output.
        relist_s: How old the list of files may be, in seconds.
    """

    # The list may be some minutes old: files of past days hardly change, and a stream's state keeps a version for up to
    # a third of its window longer than it must.

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
        """Return what `known_entries` returns for `until`, which must not go back by more than minutes."""
        with self._lock:
            if self._listed_at is None or time.monotonic() - self._listed_at >= self._relist_s:
                self._list(until)
            # Within the lock, since `_files` reads what `_list` replaces.
            return known_entries(self._store, entry_ids, urls, contents, until, self._files)

    @property
    def nbytes(self) -> int:
        """The size of the index in bytes."""
        return self._all.nbytes + sum(hashes.nbytes for hashes in self._hashes.values())

    def _files(
        self, entry_ids: Iterable[str], urls: Iterable[tuple[str, str]], contents: Iterable[tuple[str, str]]
    ) -> list[str]:
        """Return the files that may contain one of these keys."""
        wanted = _hashes(chain(entry_ids, urls, contents))
        # Most entries of a feed are new and match nothing: one search in memory, and no file is opened.
        if not _meet(wanted, self._all):
            return []
        return [name for name, hashes in self._hashes.items() if _meet(wanted, hashes)]

    def _list(self, until: datetime) -> None:
        missing: set[str] = set()
        while True:
            # Not one that is listed again although it can't be opened: a dangling link would be waited for without end.
            names = [name for name in files_before(self._store, "entries", until) if name not in missing]
            try:
                for name in names:
                    if name not in self._hashes:
                        self._hashes[name] = _hashes(_keys(self._store, name))
                break
            except FileNotFoundError:  # compacted or quarantined since it was listed
                missing.add(name)
        # Files that a compaction has merged are forgotten with their hashes.
        self._hashes = {name: self._hashes[name] for name in names}
        self._all = np.unique(np.concatenate([_NOTHING, *self._hashes.values()]))
        self._listed_at = time.monotonic()


def _keys(store: Store, name: str) -> Iterator[Any]:
    """Yield the keys of the entries of a file: id, (source, link or guid), (source, content hash)."""
    for group in file_row_groups(store, "entries", name):
        for row in group.read(_COLUMNS).to_pylist():
            source = row["source_id"] or ""
            yield row["entry_id"]
            # The same rules as in `lookups.known_entries`: what is not hashed here is never found there.
            if row["link_is_identity"]:
                yield source, address(row["url"] or "")
            if not row["revision"]:
                yield source, row["content_hash"]
                yield source, address(row["guid"] or "")


def _hashes(keys: Iterable[Any]) -> Hashes:
    """Return Python's hashes of keys, which are valid in this process only."""
    # A collision of hashes only reads a file in vain.
    return np.unique(np.fromiter(map(hash, keys), np.int64))


def _meet(some: Hashes, others: Hashes) -> bool:
    """Return whether two sorted arrays have a value in common."""
    if not len(some) or not len(others):
        return False
    places = np.searchsorted(others, some)
    return bool((others.take(places, mode="clip") == some).any())
