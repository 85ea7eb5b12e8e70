"""Candidates for copies and updates: paragraphs that share a key; the judgement then decides (`judgement/judge.py`).

A paragraph has BANDS keys. Those of the first kind are MinHash bands of its 3-word shingles (Leskovec, Rajaraman,
Ullman, "Mining of Massive Datasets", 3.4): two paragraphs of Jaccard similarity s share one of n with probability
1 - (1 - s**ROWS)**n. One replaced word breaks three shingles, so an update with some new numbers has few left. The last
WORD_KEYS keys of a text are therefore groups of its words of content, at its ends and by length. A number is not such a
word, and long words are the rare ones in any language: prefix filtering wants the rare ones first (Chaudhuri, Ganti,
Kaushik, "A Primitive Operator for Similarity Joins in Data Cleaning", 2006), and length needs no table of frequencies.
Lines of tables, texts in a script without spaces and texts that have too few words of content keep a band in the place
of such a key.

The keys are a file format: they are written to `paragraphs/` and compared with those of later runs, so their hash is
our own, and no library's. It is part of `records.KEY_FORMAT`, and tests have golden values:

    word        CRC-32 (ISO-HDLC) of the casefolded word of the wording, in UTF-8
    shingle     mix(w1 * _WORDS[0] + w2 * _WORDS[1] + w3 * _WORDS[2]), modulo 2**64
    row k       the least of shingle * (SplitMix64(k) | 1), modulo 2**64, over the shingles; of it the high 32 bits
    band        the sum of its 3 rows times the multipliers _MIX, modulo 2**32, xor itself >> 15
    word key    CRC-32 of some words, with a space between them: `_word_groups` says which

mix is the finaliser of SplitMix64 (Steele, Lea, Flood, "Fast Splittable Pseudorandom Number Generators", 2014), and
SplitMix64(k) its output k + 1 from the state 1.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import NamedTuple
from zlib import crc32

import numpy as np
import numpy.typing as npt

from newsbeam.transforms.common.wording import wording

SHINGLE_WORDS = 3
MIN_SHINGLES = 6  # of 8 words: a shorter paragraph has exact duplicates only (`judgement/words.py`)
MIN_WIDE_SHINGLES = 14  # of 16 characters
BANDS = 20
ROWS = 3
WORD_KEYS = 8
CONTENT_LETTERS = 4
"""The least length of a word of content: articles, prepositions, units and scales are shorter in most languages."""
TABLE_SHARE = 0.3
"""The share of numbers from which a line is one of a table: without them it is like all lines of the table."""

_WIDE = "\u0e01-\u0e5b\u3005-\u3007\u3041-\u30fa\u30fc-\u30ff\u3400-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"[{_WIDE}]|[^\W{_WIDE}]+")
_WIDE_WORD = re.compile(f"[{_WIDE}]").match
# Odd multipliers: of the words of a shingle, and of the rows of a band (multiplicative hashing, Knuth 6.4).
_WORDS = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9], np.uint64)
_MIX = np.array([0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D], dtype=np.uint32)
_POSITION = np.uint32(0x9E3779B1)
_BLOCK = 20_000  # words hashed at once

_Hashes = npt.NDArray[np.uint64]


def shingles(text: str) -> list[str]:
    """Return the 3-word shingles of the wording of `text` in order, ignoring case and punctuation."""
    words = _WORD.findall(wording(text).casefold())
    return list(map(" ".join, zip(words, words[1:], words[2:], strict=False)))


def near_keys(texts: Sequence[str]) -> list[bytes]:
    """Return the keys of each text: BANDS little-endian uint32; b"" if it is too short for near duplicates."""
    keys = [b""] * len(texts)
    long: dict[int, list[_Long]] = {BANDS - WORD_KEYS: [], BANDS: []}  # by the number of their bands
    for place, text in enumerate(texts):
        words = _WORD.findall(wording(text).casefold())
        is_wide = _are_wide(words)
        if len(words) >= SHINGLE_WORDS - 1 + (MIN_WIDE_SHINGLES if is_wide else MIN_SHINGLES):
            word_keys = [] if is_wide else _word_keys(words)
            # Encoded together, which is faster than word by word.
            codes = list(map(crc32, " ".join(words).encode("utf-8", "surrogatepass").split(b" ")))
            long[BANDS - WORD_KEYS if len(word_keys) == WORD_KEYS else BANDS].append(_Long(place, codes, word_keys))
    for bands, some in long.items():
        rows = np.zeros((len(some), BANDS), "<u4")
        rows[:, :bands] = _bands([each.codes for each in some], bands)
        for each, row in zip(some, rows, strict=True):
            for position, key in each.word_keys:
                row[position] = key
            keys[each.place] = row.tobytes()
    return keys


class _Long(NamedTuple):
    """A text that is not too short: its place among others, the codes of its words, and its word keys by position."""

    place: int
    codes: Sequence[int]
    word_keys: Sequence[tuple[int, int]]


def _word_keys(words: Sequence[str]) -> list[tuple[int, int]]:
    """Return the positions of a text's word keys among its keys, and the keys."""
    numbers = sum(word[0].isdigit() for word in words)
    if numbers >= TABLE_SHARE * len(words):
        return []
    content = [word for word in words if len(word) >= CONTENT_LETTERS and not word[0].isdigit()]
    groups = enumerate(_word_groups(content), BANDS - WORD_KEYS)
    return [(position, crc32(" ".join(group).encode("utf-8", "surrogatepass"))) for position, group in groups if group]


def _word_groups(content: Sequence[str]) -> Iterator[Sequence[str]]:
    """Yield WORD_KEYS groups of words of content, in their order; empty ones where there are too few words."""
    total = len(content)
    # Twice, since a set has no order: words of one length are in that of their letters.
    longest = sorted(sorted(set(content)), key=len, reverse=True)
    yield content[:4] if total >= 4 else ()
    yield content[-4:] if total >= 4 else ()
    yield (*content[:2], *content[-2:]) if total >= 4 else ()
    yield content[4:8] if total >= 8 else ()
    yield content[-6:-2] if total >= 6 else ()
    yield longest[:3] if len(longest) >= 3 else ()
    yield longest[2:5] if len(longest) >= 5 else ()
    yield (longest[0], longest[1], longest[3]) if len(longest) >= 4 else ()


def _are_wide(words: Sequence[str]) -> bool:
    """Return whether most words are characters of a script without spaces."""
    return not "".join(words[:MIN_WIDE_SHINGLES]).isascii() and 2 * sum(map(bool, map(_WIDE_WORD, words))) > len(words)


def _bands(texts: Sequence[Sequence[int]], bands: int) -> npt.NDArray[np.uint32]:
    """Return the first `bands` bands of each text from the codes of its words, some thousand words at once."""
    rows = np.empty((len(texts), bands * ROWS), np.uint32)
    first = 0
    while first < len(texts):
        last, size = first, 0
        while last < len(texts) and (last == first or size + len(texts[last]) <= _BLOCK):
            size += len(texts[last])
            last += 1
        rows[first:last] = _signatures(texts[first:last], bands * ROWS)
        first = last
    mixed: npt.NDArray[np.uint32] = (rows.reshape(len(texts), bands, ROWS) * _MIX).sum(axis=2, dtype=np.uint32)
    # The low bits of a product depend on the low bits of its factors only; look-ups take the low ones.
    mixed ^= mixed >> np.uint32(15)
    return mixed


def _signatures(texts: Sequence[Sequence[int]], number: int) -> npt.NDArray[np.uint32]:
    """Return the first `number` rows of each text."""
    words = np.array(list(chain.from_iterable(texts)), np.uint64)
    ends = np.cumsum([len(text) for text in texts])
    shingle = _mix(words[:-2] * _WORDS[0] + words[1:-1] * _WORDS[1] + words[2:] * _WORDS[2])
    shingle = np.delete(shingle, np.concatenate((ends[:-1] - 2, ends[:-1] - 1)))  # those across two texts
    # Each text before has lost two shingles.
    starts = np.concatenate(([0], ends[:-1])) - 2 * np.arange(len(texts))
    rows = np.empty((number, len(texts)), np.uint64)
    for row, multiplier in zip(rows, _MULTIPLIERS[:number], strict=True):
        np.minimum.reduceat(shingle * multiplier, starts, out=row)
    return np.asarray(rows.T >> np.uint64(32), np.uint32)


def _mix(values: _Hashes) -> _Hashes:
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


_STATES = np.uint64(1) + np.uint64(0x9E3779B97F4A7C15) * np.arange(1, BANDS * ROWS + 1, dtype=np.uint64)
_MULTIPLIERS = _mix(_STATES) | np.uint64(1)


def similarity(left: Iterable[str], right: Iterable[str]) -> float:
    """Return the Jaccard similarity of two sets of shingles, between 0 and 1."""
    a, b = frozenset(left), frozenset(right)
    # Two texts of fewer than three words have no shingles and are alike in nothing.
    union = len(a | b)
    return len(a & b) / union if union else 0.0


def search_keys(near_keys: Sequence[bytes]) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.int64]]:
    """Return what paragraphs are found by: all keys of all paragraphs, one after the other, and how many each has.

    A key is mixed with its position, so that keys at different positions don't match.
    """
    counts = np.array([len(keys) // 4 for keys in near_keys], np.int64)
    bands = np.frombuffer(b"".join(near_keys), "<u4").astype(np.uint32)
    positions = np.arange(len(bands)) - np.repeat(np.cumsum(counts) - counts, counts)
    return bands ^ (positions.astype(np.uint32) * _POSITION), counts
