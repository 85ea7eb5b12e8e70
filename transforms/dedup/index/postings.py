"""Which paragraphs have a key: 8 bytes for each key of a paragraph, searched for a whole pack at once.

A posting is one uint64, so that a run of postings is one sorted array, with the holders of a key beside each other, by
cell and then by age:

    key 36 bits | cell 4 bits | slot 24 bits

Of 5 million paragraphs with 20 keys each, a key of 32 bits leads to one that is not alike in every second search, and
that costs more than the search: four bits of a key's position are in a posting, too.

Runs are merged as in a log-structured merge tree (O'Neil et al., 1996). A search costs the same however often a key
occurs: of each cell, only the last HOLDERS paragraphs that have it are returned. A cell is a sixteenth of all
paragraphs, whichever partition holds it, so what is found doesn't depend on how many partitions there are.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

CELLS = 16
HOLDERS = 8
"""Paragraphs of a cell that one key leads to: a key with more is of a template or a standing line."""
KEY_BITS = 36
MAX_SLOTS = 1 << 24

_GROWTH = 4  # a run is merged with the one before it until that is more than four times as long
_KEY, _CELL = np.uint64(28), np.uint64(24)
_SLOTS, _ENTRY = np.uint64(MAX_SLOTS - 1), np.uint64((1 << 28) - 1)

Longs = npt.NDArray[np.uint64]


class Postings:
    """Finds slots of paragraphs by keys.

    Args:
        cells: The cells that the paragraphs can be in.
    """

    def __init__(self, cells: Sequence[int]):
        self._cells = np.array(cells, np.uint64)
        self._runs: list[Longs] = []

    @property
    def nbytes(self) -> int:
        """Bytes of memory."""
        return sum(run.nbytes for run in self._runs)

    def add(self, keys: Longs, cells: Longs, slots: Longs) -> None:
        """Add postings, with the cell and the slot of each; slots are never less than those of earlier calls."""
        if not len(keys):
            return
        run = (keys << _KEY) | (cells << _CELL) | slots
        run.sort()
        self._runs.append(run)
        while len(self._runs) > 1 and len(self._runs[-2]) <= _GROWTH * len(self._runs[-1]):
            merged = np.concatenate(self._runs[-2:])
            self._runs[-2:] = []  # a merged run isn't in memory three times
            merged.sort(kind="stable")  # linear time for two sorted runs
            self._runs.append(merged)

    def forget(self, slots: int) -> None:
        """Remove the postings of the first slots; the numbers of the others are less by as many."""
        gone = np.uint64(slots)
        self._runs = [run[(run & _SLOTS) >= gone] - gone for run in self._runs]
        self._runs = [run for run in self._runs if len(run)]

    def find(self, keys: Longs, before: Longs) -> tuple[npt.NDArray[np.intp], Longs]:
        """Return the last paragraphs of each cell that have a key.

        Args:
            keys: The keys, of KEY_BITS each.
            before: For each of `keys`, the slot after the last one that may be found.

        Returns:
            The place in `keys` and the slot of each that was found, sorted.
        """
        order = np.argsort(keys)  # neighbouring searches share cache lines
        wanted, limits = keys[order] << _KEY, before[order]
        found = [each for run in self._runs if (each := self._find_in_run(run, wanted, limits))]
        if not found:
            return order[:0], wanted[:0]
        places = np.concatenate([order[place] for place, _ in found])
        entries = np.concatenate([entry for _, entry in found])
        earlier = (entries & _SLOTS) < before[places]
        return _last_of_cells(places[earlier], entries[earlier])

    def _find_in_run(self, run: Longs, wanted: Longs, limits: Longs) -> tuple[npt.NDArray[np.intp], Longs] | None:
        """Return the place in `wanted`, and cell and slot, of what one run has; None if it has nothing."""
        firsts = np.searchsorted(run, wanted)
        # "clip" reads the last posting for a place past the end: not a hit, or `firsts` would have found it.
        hits = np.flatnonzero((run.take(firsts, mode="clip") >> _KEY) == (wanted >> _KEY))
        if not len(hits):
            return None
        firsts, ends = firsts[hits], np.searchsorted(run, wanted[hits] | _ENTRY, "right")
        many = ends - firsts > HOLDERS
        often = hits[many]
        cells = (wanted[often][:, None] | (self._cells << _CELL)).ravel()
        cell_ends = np.searchsorted(run, cells | np.repeat(limits[often], len(self._cells)))
        cell_firsts = np.maximum(np.searchsorted(run, cells), cell_ends - HOLDERS)
        places = np.concatenate((hits[~many], np.repeat(often, len(self._cells))))
        starts = np.concatenate((firsts[~many], cell_firsts))
        counts = np.concatenate((ends[~many], cell_ends)) - starts
        return np.repeat(places, counts), run[_ranges(starts, counts)] & _ENTRY


def ranks(groups: npt.NDArray[np.generic]) -> npt.NDArray[np.intp]:
    """Return the place of each element within its group, where equal elements are a group and stand together."""
    starts = np.flatnonzero(np.concatenate(([True], groups[1:] != groups[:-1]))) if len(groups) else np.arange(0)
    lengths = np.diff(np.append(starts, len(groups)))
    return np.arange(len(groups)) - np.repeat(starts, lengths)


def counted(values: Longs) -> tuple[Longs, npt.NDArray[np.intp]]:
    """Sort values, which are sorted in stretches, and return each once, with how often it occurs."""
    values.sort(kind="stable")
    starts = np.flatnonzero(np.concatenate((values[:1] == values[:1], values[1:] != values[:-1])))
    return values[starts], np.diff(np.append(starts, len(values)))


def _last_of_cells(places: npt.NDArray[np.intp], entries: Longs) -> tuple[npt.NDArray[np.intp], Longs]:
    """Return the last HOLDERS entries of each place and cell: each run has given as many."""
    joined = (places.astype(np.uint64) << _KEY) | entries
    joined.sort(kind="stable")  # finds the stretches that are sorted: of a template, all that a key leads to
    kept = joined[::-1][ranks((joined >> _CELL)[::-1]) < HOLDERS][::-1]
    return (kept >> _KEY).astype(np.intp), kept & _SLOTS


def _ranges(starts: npt.NDArray[np.intp], counts: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
    """Return the numbers from each of `starts` on, as many as `counts` says, one range after the other."""
    ends = np.cumsum(counts)
    return np.arange(ends[-1] if len(ends) else 0) - np.repeat(ends - counts - starts, counts)
