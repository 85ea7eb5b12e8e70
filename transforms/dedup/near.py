"""Near duplicates: MinHash band keys find the candidates, the Jaccard similarity decides.

Two paragraphs are near duplicates if the Jaccard similarity s of their sets of 3-word shingles is at least a
threshold (0.7 unless the config says otherwise). Candidates are found by MinHash with banding (Leskovec, Rajaraman,
Ullman, "Mining of Massive Datasets", 3.4): a pair shares at least one of BANDS keys with probability
1 - (1 - s**ROWS)**BANDS, that is 0.9959 at s = 0.7, 0.99997 at 0.8, 0.15 at 0.3. Each candidate's
similarity is then computed exactly, so banding can miss a pair, but never adds a wrong one.
"""

import re
from collections.abc import Iterable, Sequence

import numpy as np
from rensa import RMinHash

SHINGLE_WORDS = 3
MIN_SHINGLES = 4  # with fewer, one changed word leaves too little to compare: only exact duplicates count
BANDS = 20
ROWS = 4
SEED = 1

_WORD = re.compile(r"\w+")
# Odd multipliers mix the rows of a band into one uint32 key (multiplicative hashing, Knuth 6.4).
_MIX = np.array([0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D, 0x27D4EB2F], dtype=np.uint32)


def shingles(text: str) -> list[str]:
    """Return the 3-word shingles of `text` in order, ignoring case and punctuation."""
    words = _WORD.findall(text.casefold())
    return list(map(" ".join, zip(words, words[1:], words[2:], strict=False)))


def near_keys(texts: Sequence[str]) -> list[bytes]:
    """Return the band keys of each text: BANDS little-endian uint32; b"" if it is too short for near duplicates.

    The keys are written to `paragraphs/` and compared with those of later runs, so they must never change:
    tests have golden values.
    """
    keys = [b""] * len(texts)
    places, digests = [], []
    for place, text in enumerate(texts):
        # Repeated shingles change nothing: MinHash is of the set.
        tokens = shingles(text)
        if len(tokens) >= MIN_SHINGLES:
            signature = RMinHash(num_perm=BANDS * ROWS, seed=SEED)
            signature.update(tokens)
            places.append(place)
            digests.append(signature.digest())
    rows = np.array(digests, dtype=np.uint32).reshape(len(digests), BANDS, ROWS)
    mixed = (rows * _MIX).sum(axis=2, dtype=np.uint32)
    # The low bits of a product depend on the low bits of its factors only; look-ups take the low ones.
    mixed ^= mixed >> np.uint32(15)
    for place, row in zip(places, mixed.astype("<u4"), strict=True):
        keys[place] = row.tobytes()
    return keys


def similarity(left: Iterable[str], right: Iterable[str]) -> float:
    """Return the Jaccard similarity of two sets of shingles, between 0 and 1."""
    a, b = frozenset(left), frozenset(right)
    # Two texts of fewer than three words have no shingles and are alike in nothing.
    union = len(a | b)
    return len(a & b) / union if union else 0.0


def all_bands(near_keys: bytes) -> tuple[int, ...]:
    """Return all bands of a paragraph, in the form that `bands_shared_in_slice` returns."""
    bands = np.frombuffer(near_keys, dtype="<u4").astype(np.uint64)
    bands |= np.arange(len(bands), dtype=np.uint64) << np.uint64(32)
    return tuple(bands.tolist())


def bands_shared_in_slice(near_keys: Iterable[bytes]) -> dict[bytes, tuple[int, ...]]:
    """Return, for each of `near_keys`, those of its bands that another one (or itself, given twice) shares.

    Keys that share no band, which are most, are left out. A band is (position << 32) | key, so that keys at different
    positions never match. One pass over all keys replaces twenty look-ups for each paragraph.
    """
    given = [keys for keys in near_keys if keys]
    shared: dict[bytes, tuple[int, ...]] = {}
    for length in {len(keys) for keys in given}:  # keys with different numbers of bands share nothing
        group = [keys for keys in given if len(keys) == length]
        bands = np.frombuffer(b"".join(group), dtype="<u4").reshape(len(group), -1).astype(np.uint64)
        bands |= np.arange(bands.shape[1], dtype=np.uint64) << np.uint64(32)
        _, places, counts = np.unique(bands, return_inverse=True, return_counts=True)
        often = (counts > 1)[places].reshape(bands.shape)
        for row in np.flatnonzero(often.any(axis=1)).tolist():
            shared[group[row]] = tuple(bands[row, often[row]].tolist())
    return shared
