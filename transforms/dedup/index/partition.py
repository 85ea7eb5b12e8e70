"""A partition of the index: it keeps the paragraphs of its cells, and tells which of them others are copies of.

Packs are taken strictly in the order of their numbers. A paragraph is compared with all earlier ones that share a key,
also of its own pack, whether these are canonical or not: that is decided later, by `decisions.Decider`, from the
answers of all partitions. So a partition needs no decision to go on, and what it answers depends on the packs alone.

Of paragraphs with equal fingerprints only the first one is kept.
"""

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from newsbeam.transforms.dedup.index.packs import Columns, partition_of, split_record
from newsbeam.transforms.dedup.index.postings import CELLS, KEY_BITS, MAX_SLOTS, Longs, Postings, counted, ranks
from newsbeam.transforms.dedup.index.texts import Texts
from newsbeam.transforms.dedup.judgement.judge import NEAR_SIMILARITY, judge
from newsbeam.transforms.dedup.judgement.words import Words, words_of

CANDIDATES = 4
"""Paragraphs of a cell that one is judged against, if it has no more. One with more is a line of a template, whose
lines differ in their facts. Of each cell it is judged only against the one that shares most keys, and at least
ALIKE of its own: its copies do if they are hardly edited, and 100,000 lines of a market table cost little more than
other news."""
ALIKE = 0.6
"""All lines of a template share its words of content, which are 0.4 of the keys."""
MAX_CACHED_WORDS = 2_000
"""Paragraphs whose words are kept for the next comparison: about 4 kB each."""
_GROWTH = 8  # arrays grow by an eighth
_PRINT_SHIFT = np.uint64(64 - KEY_BITS)
_PLACE_SHIFT = np.uint64(32)

Found = tuple[int, str, float, int, str, tuple[tuple[str, str], ...]]
"""An earlier paragraph: its number, what the newer one is to it ("same" for equal fingerprints, else a kind of
judgement), the similarity, when it was published, its id, and the words that changed."""


class Answer(NamedTuple):
    """What a partition has found for a paragraph of a pack.

    Attributes:
        place: Of the paragraph in the pack.
        compared: Whether it is compared with others.
        published, paragraph_id: Its own, where the partition has an earlier one with the same fingerprint; else 0, "".
        found: The earlier paragraphs.
    """

    place: int
    compared: bool
    published: int
    paragraph_id: str
    found: tuple[Found, ...]


class PartitionIndex:
    """The paragraphs of some of the cells.

    Args:
        partition: Its number, counted from 0.
        partitions: How many there are: a power of two, at most CELLS.
        threshold: The word similarity from which two paragraphs are near duplicates.
    """

    def __init__(self, partition: int = 0, partitions: int = 1, threshold: float = NEAR_SIMILARITY):
        self._partition, self._partitions, self._threshold = partition, partitions, threshold
        cells = range(partition, CELLS, partitions)
        self._by_print, self._by_key = Postings(cells), Postings(cells)
        self._numbers, self._prints = np.empty(0, np.uint64), np.empty(0, np.uint64)
        self._size = 0
        self._records = Texts()
        self._words: OrderedDict[int, Words] = OrderedDict()

    def __len__(self) -> int:
        return self._size

    @property
    def nbytes(self) -> int:
        """Bytes of memory, without the words that are cached."""
        arrays = (self._numbers, self._prints, self._by_print, self._by_key, self._records)
        return sum(each.nbytes for each in arrays)

    def own(self, pack: Columns) -> npt.NDArray[np.intp]:
        """Return the places of the paragraphs that this partition will keep."""
        mine = np.flatnonzero(partition_of(pack.prints, self._partitions) == self._partition)
        _, firsts = np.unique(pack.prints[mine], return_index=True)
        mine = mine[np.sort(firsts)]
        places, _ = self._same(pack.prints[mine], np.full(len(mine), self._size, np.uint64))
        return np.delete(mine, places)

    def add(self, numbers: Longs, paragraphs: Columns) -> None:
        """Add paragraphs that `own` returned, or that were kept in state, with their numbers in ascending order.

        Raises:
            OverflowError: The partition is full.
        """
        start, self._size = self._size, self._size + len(paragraphs)
        if self._size > MAX_SLOTS:
            raise OverflowError(f"a partition holds at most {MAX_SLOTS:,} paragraphs; set more dedup.partitions")
        self._grow()
        self._numbers[start : self._size], self._prints[start : self._size] = numbers, paragraphs.prints
        slots = np.arange(start, self._size, dtype=np.uint64)
        self._by_print.add(_short(paragraphs.prints), paragraphs.cells, slots)
        counts = paragraphs.counts
        self._by_key.add(paragraphs.search_keys, np.repeat(paragraphs.cells, counts), np.repeat(slots, counts))
        self._records.extend(paragraphs.records)

    def take(self, first: int, pack: Columns) -> tuple[npt.NDArray[np.intp], list[Answer]]:
        """Add a pack whose paragraphs have the numbers from `first` on.

        Returns:
            The places of the paragraphs that were kept, and what was found for paragraphs of the pack.
        """
        start, kept = self._size, self.own(pack)
        self.add((kept + first).astype(np.uint64), pack.take(kept))
        # The slot below which paragraphs are earlier than each of the pack.
        before = np.searchsorted(kept, np.arange(len(pack))).astype(np.uint64) + np.uint64(start)
        places, slots = self._same(pack.prints, before)
        same = dict(zip(places.tolist(), slots.tolist(), strict=True))
        found: dict[int, list[Found]] = {place: [self._found(slot, "same", 1.0)] for place, slot in same.items()}
        for place, pairs in groupby(self._candidates(pack, before), itemgetter(0)):
            others = [slot for _, slot in pairs if slot != same.get(place)]
            if others:
                found.setdefault(place, []).extend(self._judge(pack.records[place], others))
        return kept, [self._answer(pack, place, place in same, found[place]) for place in sorted(found) if found[place]]

    def forget(self, before: int) -> int:
        """Remove the paragraphs with numbers below `before`; return how many these were."""
        gone = int(np.searchsorted(self._numbers[: self._size], np.uint64(before)))
        if gone:
            self._numbers, self._prints = (each[gone : self._size].copy() for each in (self._numbers, self._prints))
            self._size -= gone
            self._by_print.forget(gone)
            self._by_key.forget(gone)
            self._records.forget(gone)
            # Slots have other numbers now.
            self._words.clear()
        return gone

    def _same(self, prints: Longs, before: Longs) -> tuple[npt.NDArray[np.intp], Longs]:
        """Return the places of fingerprints that an earlier paragraph has, and its slot."""
        places, slots = self._by_print.find(_short(prints), before)
        # A posting has a part of a fingerprint, which another one may share.
        equal = self._prints[slots.astype(np.intp)] == prints[places]
        return places[equal], slots[equal]

    def _candidates(self, pack: Columns, before: Longs) -> Iterator[tuple[int, int]]:
        """Yield (place, slot) of each pair to judge, by place."""
        compared = np.repeat(pack.compared, pack.counts)
        owners = np.repeat(np.arange(len(pack)), pack.counts)[compared]
        hits, slots = self._by_key.find(pack.search_keys[compared], before[owners])
        if not len(hits):
            return
        pairs, shared = counted((owners[hits].astype(np.uint64) << _PLACE_SHIFT) | slots)
        places, slots = (pairs >> _PLACE_SHIFT).astype(np.intp), (pairs & np.uint64(MAX_SLOTS - 1)).astype(np.intp)
        groups = places * CELLS + (self._prints[slots] % np.uint64(CELLS)).astype(np.intp)
        order = np.lexsort((slots, -shared, groups))
        rank = ranks(groups[order])
        sizes = np.bincount(groups)[groups[order]]
        is_template = sizes > CANDIDATES
        is_alike = shared[order] >= ALIKE * pack.counts[places[order]]
        kept = np.sort(order[np.where(is_template, (rank < 1) & is_alike, rank < CANDIDATES)])
        yield from zip(places[kept].tolist(), slots[kept].tolist(), strict=True)

    def _judge(self, record: str, slots: Sequence[int]) -> Iterator[Found]:
        """Yield the paragraphs in `slots` that the one of a record is a copy or an update of."""
        new = _words(split_record(record)[2])
        for slot in slots:
            judgement = judge(self._words_of(slot), new, self._threshold)
            if judgement:
                yield self._found(slot, judgement.kind, judgement.similarity, judgement.changed)

    def _found(self, slot: int, kind: str, similarity: float, changed: tuple[tuple[str, str], ...] = ()) -> Found:
        published, paragraph_id, _ = split_record(self._records[slot])
        return int(self._numbers[slot]), kind, similarity, published, paragraph_id, changed

    def _answer(self, pack: Columns, place: int, is_same: bool, found: list[Found]) -> Answer:
        published, paragraph_id = split_record(pack.records[place])[:2] if is_same else (0, "")
        return Answer(place, bool(pack.compared[place]), published, paragraph_id, tuple(found))

    def _words_of(self, slot: int) -> Words:
        words = self._words.get(slot)
        if words is None:
            words = self._words[slot] = _words(split_record(self._records[slot])[2])
            if len(self._words) > MAX_CACHED_WORDS:
                self._words.popitem(last=False)
        return words

    def _grow(self) -> None:
        if self._size > len(self._numbers):
            size = self._size + self._size // _GROWTH
            for name in ("_numbers", "_prints"):
                grown = np.empty(size, np.uint64)
                grown[: len(getattr(self, name))] = getattr(self, name)
                setattr(self, name, grown)


@lru_cache(MAX_CACHED_WORDS)
def _words(text: str) -> Words:
    # Of all partitions of a process: each compares a new paragraph, and one of them keeps it for the next ones.
    return words_of(text)


def _short(prints: Longs) -> Longs:
    """Return the bits of fingerprints that a posting has, which don't depend on their cells."""
    return prints >> _PRINT_SHIFT
