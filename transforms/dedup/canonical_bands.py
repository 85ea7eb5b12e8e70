"""The canonical paragraphs that have a band, in memory: 12 bytes a band, for millions of paragraphs.

A dict of lists needs twenty times as much. Here a paragraph is a number, and bands and numbers are arrays sorted by
band, as in a log-structured merge tree (O'Neil et al., 1996). New ones go to a small dict, which becomes a sorted run
when it is full; a run is merged with the one before it until that is more than twice as long.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

RUN_BANDS = 20_000  # of 1,000 paragraphs

_Run = tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint32]]


class CanonicalBandIndex:
    """Finds the numbers of paragraphs by their bands (`near.all_bands`)."""

    def __init__(self) -> None:
        self._recent: dict[int, list[int]] = {}
        self._recent_bands = 0
        self._runs: list[_Run] = []

    def add(self, bands: Sequence[int], number: int) -> None:
        """Add a paragraph by all its bands."""
        for band in bands:
            self._recent.setdefault(band, []).append(number)
        self._recent_bands += len(bands)
        if self._recent_bands >= RUN_BANDS:
            self._runs.append(self._take_recent())
            # Runs grow geometrically, so a band is merged a logarithmic number of times and a look-up searches as few
            # runs.
            while len(self._runs) > 1 and len(self._runs[-2][0]) <= 2 * len(self._runs[-1][0]):
                self._runs[-2:] = [_merge(*self._runs[-2:])]

    def find(self, bands: Sequence[int]) -> set[int]:
        """Return the paragraphs that have one of `bands`."""
        found = {number for band in bands for number in self._recent.get(band, ())}
        if self._runs:
            wanted = np.array(bands, np.uint64)
            for run_bands, numbers in self._runs:
                firsts = np.searchsorted(run_bands, wanted)
                # "clip" reads the last band for a place past the end: not a hit, or `firsts` would have found it.
                hits = np.flatnonzero(run_bands.take(firsts, mode="clip") == wanted)
                if len(hits):
                    ends = np.searchsorted(run_bands, wanted[hits], "right")
                    for first, end in zip(firsts[hits].tolist(), ends.tolist(), strict=True):
                        found.update(numbers[first:end].tolist())
        return found

    def _take_recent(self) -> _Run:
        recent, self._recent, self._recent_bands = self._recent, {}, 0
        bands = np.repeat(np.fromiter(recent, np.uint64, len(recent)), [len(each) for each in recent.values()])
        numbers = np.array([number for each in recent.values() for number in each], np.uint32)
        return _sorted(bands, numbers)


def _merge(earlier: _Run, later: _Run) -> _Run:
    return _sorted(np.concatenate((earlier[0], later[0])), np.concatenate((earlier[1], later[1])))


def _sorted(bands: npt.NDArray[np.uint64], numbers: npt.NDArray[np.uint32]) -> _Run:
    order = np.argsort(bands, kind="stable")  # linear time for two sorted runs, one after the other
    return bands[order], numbers[order]
