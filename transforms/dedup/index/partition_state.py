"""A partition's index in the state of its key: columns of the paragraphs that it keeps, a pack an element."""

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt

from newsbeam.transforms.dedup.index.numbering import BAGS, WARM_BAGS, PackNumber
from newsbeam.transforms.dedup.index.packs import Columns, decode_columns, encode_columns
from newsbeam.transforms.dedup.index.partition import PartitionIndex
from newsbeam.transforms.dedup.index.postings import Longs
from newsbeam.transforms.dedup.keyed_index import Bag
from newsbeam.transforms.runtime.state import decode, encode

KIND, FORMAT = "index pack", 2  # 1 has no format of keys
_WARM_PACK = 5_000  # paragraphs in an element at most: an element is one message


def keep(number: PackNumber, kept: npt.NDArray[np.intp], pack: Columns, bags: Sequence[Bag]) -> None:
    """Write the paragraphs of a pack that the index has kept."""
    if len(kept):
        bags[number.bag % BAGS].add(encode_pack((kept + number.first).astype(np.uint64), pack.take(kept)))


def keep_loaded(columns: Columns, bags: Sequence[Bag]) -> None:
    """Write the paragraphs of a warm start, the oldest ones into the bags that are cleared first."""
    for start in range(0, len(columns), _WARM_PACK):
        places = np.arange(start, min(start + _WARM_PACK, len(columns)))
        bags[start * WARM_BAGS // len(columns)].add(encode_pack(places.astype(np.uint64), columns.take(places)))


def clear(bags: Sequence[Bag], first: int, end: int) -> None:
    """Clear the bags from `first` on and before `end`."""
    # Each place once, also if more than BAGS were passed.
    for bag in range(max(first, end - BAGS), end):
        bags[bag % BAGS].clear()


def load(index: PartitionIndex, bags: Iterable[Bag]) -> None:
    """Add what is in the bags to an empty index, which then answers as the one that wrote them did."""
    packs = [decode_pack(state) for state in chain.from_iterable(bag.read() for bag in bags)]
    packs.sort(key=lambda pack: int(pack[0][0]))  # Beam promises nothing about the order of a bag
    if packs:
        index.add(np.concatenate([numbers for numbers, _ in packs]), _joined([columns for _, columns in packs]))


def _joined(columns: Sequence[Columns]) -> Columns:
    return Columns(
        np.concatenate([each.prints for each in columns]),
        np.concatenate([each.keys for each in columns]),
        np.concatenate([each.counts for each in columns]),
        np.concatenate([each.compared for each in columns]),
        [record for each in columns for record in each.records],
    )


def encode_pack(numbers: Longs, columns: Columns) -> tuple[Any, ...]:
    """Return paragraphs and their numbers as state."""
    return encode(KIND, FORMAT, numbers.astype("<u8").tobytes(), *encode_columns(columns))


def decode_pack(state: Any) -> tuple[Longs, Columns]:
    """Return the paragraphs that a state holds, and their numbers."""
    numbers, *columns = decode(KIND, FORMAT, state)
    return np.frombuffer(numbers, "<u8").astype(np.uint64), decode_columns(columns)
