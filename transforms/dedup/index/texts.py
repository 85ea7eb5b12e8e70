"""Texts in compressed blocks: about 70 bytes for a paragraph of 150 characters.

A block of 64 paragraphs compresses almost as well as a larger one, and costs 20 us to read.
"""

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from itertools import accumulate, pairwise
from typing import NamedTuple

import numpy as np
from backports import zstd

BLOCK = 64
CACHED_BLOCKS = 256
_LEVEL = 3


def join_texts(texts: Iterable[str]) -> bytes:
    """Return texts as compressed bytes."""
    encoded = [text.encode("utf-8", "surrogatepass") for text in texts]
    lengths = np.array([len(text) for text in encoded], "<u4").tobytes()
    head = len(encoded).to_bytes(4, "little") + lengths
    packed: bytes = zstd.compress(b"".join((head, *encoded)), _LEVEL)
    return packed


def split_texts(data: bytes) -> list[str]:
    """Return the texts that `join_texts` joined."""
    plain, ends = _read(data)
    return [plain[start:end].decode("utf-8", "surrogatepass") for start, end in pairwise(ends)]


class _Block(NamedTuple):
    """The bytes of some texts, and where each ends: mostly one of them is read."""

    plain: bytes
    ends: Sequence[int]

    def text(self, place: int) -> str:
        """Return one of the texts."""
        return self.plain[self.ends[place] : self.ends[place + 1]].decode("utf-8", "surrogatepass")


def _read(data: bytes) -> _Block:
    plain = zstd.decompress(data)
    count = int.from_bytes(plain[:4], "little")
    lengths = np.frombuffer(plain, "<u4", count, 4)
    return _Block(plain, list(accumulate(lengths.tolist(), initial=4 + 4 * count)))


class Texts:
    """A growing list of texts, from whose beginning texts can be removed."""

    def __init__(self) -> None:
        self._blocks: list[bytes] = []
        self._recent: list[str] = []
        self._first = 0  # texts of the first block that were removed
        self._cache: OrderedDict[int, _Block] = OrderedDict()
        self.nbytes = 0
        """Bytes of memory of the blocks."""

    def extend(self, texts: Iterable[str]) -> None:
        """Add texts at the end."""
        self._recent += texts
        full = len(self._recent) // BLOCK * BLOCK
        blocks = [join_texts(self._recent[start : start + BLOCK]) for start in range(0, full, BLOCK)]
        self._blocks += blocks
        self.nbytes += sum(map(len, blocks))
        del self._recent[:full]

    def __getitem__(self, place: int) -> str:
        block, place = divmod(self._first + place, BLOCK)
        return self._recent[place] if block == len(self._blocks) else self._block(block).text(place)

    def __len__(self) -> int:
        return len(self._blocks) * BLOCK + len(self._recent) - self._first

    def forget(self, count: int) -> None:
        """Remove the first texts."""
        kept = [self[place] for place in range(count, len(self))] if self._is_last_block(count) else None
        blocks, self._first = divmod(self._first + count, BLOCK)
        del self._blocks[:blocks]
        self._cache.clear()
        if kept is not None:
            self._blocks, self._recent, self._first = [], kept, 0
        self.nbytes = sum(map(len, self._blocks))

    def _is_last_block(self, count: int) -> bool:
        return (self._first + count) // BLOCK >= len(self._blocks)

    def _block(self, number: int) -> _Block:
        block = self._cache.get(number)
        if block is None:
            block = self._cache[number] = _read(self._blocks[number])
            if len(self._cache) > CACHED_BLOCKS:
                self._cache.popitem(last=False)
        return block
