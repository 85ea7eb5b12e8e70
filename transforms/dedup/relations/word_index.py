"""The words of the entries of a window: which entries share rare ones, and how similar they are.

Words have running numbers, so that what an entry is compared with are slices of arrays: some 900 bytes an entry of 64
words. Sums are added up in the order of an entry's words, and no logarithm is numpy's, which differ between processors.
"""

import math
from array import array
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from newsbeam.transforms.common.story_keys import decode_keys

MIN_COMMON, COMMON_SHARE = 30, 0.02  # a word in more entries than this says nothing

_SMOOTHING = 300  # entries that are imagined, so that the first ones don't all look alike
_ASKED, _POSTINGS, _COMPARED = 8, 60, 6  # rarest words; latest entries of each; entries compared whole
_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
_WEIGHT, _WEIGHTS = 8, 0xFF  # bits of a posting below the entry's number, and their mask

_Floats = npt.NDArray[np.float64]
_Places = npt.NDArray[np.intp]


class _Words(NamedTuple):
    """The words of an entry: their hashes, their numbers in the index, and their weights."""

    keys: tuple[int, ...]
    numbers: _Places
    weights: npt.NDArray[np.uint8]


class WordIndex:
    """Entries, numbered in the order in which they are added, by their words.

    Args:
        gap: Entries that are more than this apart are not compared.
    """

    def __init__(self, gap: timedelta) -> None:
        self._gap = gap // _MICROSECOND
        self._entries = 0
        self._words: dict[int, int] = {}  # the number of each word
        self._postings: list[array[int]] = []  # by word: entries, with its weight in each
        self._counts, self._asker = _Column(np.int64), _Column(np.float64)  # by word
        self._keys, self._weights = _Column(np.uint32), _Column(np.uint8)  # the words of all entries
        self._ends, self._times = _Column(np.int64), _Column(np.int64)  # by entry
        self._logs = np.array([0.0])
        self._last = (b"", _Words((), self._numbers(()), self._weights.values))

    def count(self, entries: int, counts: Mapping[int, int]) -> None:
        """Count entries that are not added: how many there are, and how many have each of some words."""
        self._entries += entries
        numbers = self._numbers(list(counts))
        self._counts.values[numbers] += np.fromiter(counts.values(), np.int64, len(counts))

    def add(self, at: datetime, keys: bytes, *, is_counted: bool = False) -> int | None:
        """Return the number of an entry that is added; None if it has no words.

        Args:
            at: When it was published.
            keys: Its words (`common/story_keys.py`).
            is_counted: Whether they are in `count` already.
        """
        words = self._decoded(keys)
        if not words.keys:
            return None
        if not is_counted:
            self._entries += 1
            self._counts.values[words.numbers] += 1
        entry = len(self._ends.values)
        for word, weight in zip(words.numbers.tolist(), words.weights.tolist(), strict=True):
            postings = self._postings[word]
            postings.append(entry << _WEIGHT | weight)
            # Only the latest are read. Cut at twice as many, so that it is seldom done.
            if len(postings) > 2 * _POSTINGS:
                del postings[:-_POSTINGS]
        self._keys.extend(words.numbers)
        self._weights.extend(words.weights)
        self._ends.extend([len(self._keys.values)])
        self._times.extend([_microseconds(at)])
        return entry

    def similar(self, at: datetime, keys: bytes) -> list[tuple[int, float]]:
        """Return some earlier entries that share rare words with a new one, each with the cosine of their words."""
        words = self._decoded(keys)
        weighted = words.weights * self._rarity(words.numbers)
        entries = self._candidates(_microseconds(at), words, weighted)
        if not len(entries):
            return []
        asker = self._asker.values
        asker[words.numbers] = weighted
        cosines = self._cosines(entries, math.hypot(*weighted.tolist()))
        asker[words.numbers] = 0.0
        return list(zip(entries.tolist(), cosines.tolist(), strict=True))

    def _candidates(self, at: int, words: _Words, weighted: _Floats) -> _Places:
        """Return the entries that share most of the rarest words, weighted."""
        asked = self._rarest(words, weighted)
        if not asked:
            return words.numbers[:0]
        # Copied at once: an array that others look into can't grow.
        lists = [np.frombuffer(self._postings[words.numbers[place]], np.uint64)[-_POSTINGS:] for place in asked]
        postings, lengths = np.concatenate(lists), list(map(len, lists))
        # Once more, for the entry's weight, which is stored without it: counts change.
        once_more = weighted[asked] * self._rarity(words.numbers[asked])
        shared = np.repeat(once_more, lengths) * (postings & np.uint64(_WEIGHTS))
        entries = (postings >> np.uint64(_WEIGHT)).astype(np.intp)
        # Those too far away first: a stream still knows them where a run has not loaded them, and they must not take
        # the places of nearer ones.
        near = np.abs(self._times.values[entries] - at) <= self._gap
        found, sums = _sums(entries[near], shared[near])
        best: _Places = found[np.lexsort((found, sums))[::-1][:_COMPARED]]
        return best

    def _rarest(self, words: _Words, weighted: _Floats) -> list[int]:
        """Return the places of the weightiest words that other entries have."""
        values, numbers = weighted.tolist(), words.numbers.tolist()
        order = np.lexsort((np.array(words.keys), weighted))[::-1].tolist()
        return [place for place in order if values[place] and self._postings[numbers[place]]][:_ASKED]

    def _cosines(self, entries: _Places, norm: float) -> _Floats:
        """Return the cosine of each entry and the one that asks."""
        ends = self._ends.values
        parts = [slice(int(ends[entry - 1]) if entry else 0, int(ends[entry])) for entry in entries]
        words = np.concatenate([self._keys.values[part] for part in parts])
        weights = np.concatenate([self._weights.values[part] for part in parts])
        owners = np.repeat(np.arange(len(parts)), [part.stop - part.start for part in parts])
        theirs = weights * self._rarity(words)
        # bincount adds one after another, in order.
        dots = np.bincount(owners, theirs * self._asker.values[words])
        lengths = norm * np.sqrt(np.bincount(owners, theirs * theirs))
        return np.divide(dots, lengths, out=np.zeros(len(parts)), where=lengths > 0)

    def _rarity(self, words: npt.NDArray[Any]) -> _Floats:
        """Return the inverse document frequency of words, counting the new entry; 0 for common words."""
        counts, entries = self._counts.values[words] + 1, self._entries + 1
        most = max(MIN_COMMON, int(COMMON_SHARE * entries))
        if len(self._logs) <= most:
            self._logs = np.array([0.0, *(math.log(count) for count in range(1, 2 * most))])
        rare = counts <= most
        rarity: _Floats = rare * (math.log(entries + _SMOOTHING) - self._logs[np.where(rare, counts, 0)])
        return rarity

    def _decoded(self, keys: bytes) -> _Words:
        """Return the words of an entry; an entry is added after it was compared, so those of the last one are kept."""
        if keys != self._last[0]:
            words = decode_keys(keys)
            weights = np.fromiter(words.values(), np.uint8, len(words))
            self._last = keys, _Words(tuple(words), self._numbers(tuple(words)), weights)
        return self._last[1]

    def _numbers(self, keys: Sequence[int]) -> _Places:
        """Return the numbers of words; new words get one."""
        known = self._words
        numbers = [known.setdefault(key, len(known)) for key in keys]
        new = len(known) - len(self._postings)
        if new:
            self._postings += (array("Q") for _ in range(new))
            self._counts.extend([0] * new)
            self._asker.extend([0.0] * new)
        return np.array(numbers, np.intp)


class _Column:
    """A growing array."""

    def __init__(self, dtype: type[np.generic]):
        self._all = np.empty(0, dtype)
        self.values = self._all
        """A view of what it has; a new one after each `extend`."""

    def extend(self, values: Sequence[Any] | npt.NDArray[Any]) -> None:
        start = len(self.values)
        end = start + len(values)
        if end > len(self._all):
            grown = np.empty(end + end // 8 + 64, self._all.dtype)
            grown[:start] = self.values
            self._all = grown
        self._all[start:end] = values
        self.values = self._all[:end]


def _sums(groups: _Places, values: _Floats) -> tuple[_Places, _Floats]:
    """Return each of `groups` once, in order, with the sum of its values."""
    order = np.argsort(groups, kind="stable")
    groups = groups[order]
    starts = np.flatnonzero(np.concatenate((groups[:1] == groups[:1], groups[1:] != groups[:-1])))
    return groups[starts], np.add.reduceat(values[order], starts) if len(starts) else values


def _microseconds(time: datetime) -> int:
    return (time - _EPOCH) // _MICROSECOND
