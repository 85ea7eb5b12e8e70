"""Text to the features of the topic classifier: words, their beginnings and pairs of words, as numbers of buckets.

The numbers are a file format: `data/topic_model.npz` has a weight for each. They are CRC-32 (ISO 3309, zlib) of the
feature in UTF-8, modulo `BUCKETS`; a feature is a letter for its kind and the words in lower case. The beginnings stand
for the endings of all languages that the classifier was trained in, which no stemmer would cover.
"""

import math
import re
from collections import Counter
from functools import lru_cache
from itertools import pairwise
from zlib import crc32

BUCKETS = 2**19
WORDS = 400  # of a story: its beginning says what it is about

_WORD = re.compile(r"[^\W\d_]+")


def buckets(text: str) -> dict[int, float]:
    """Return the weight of each bucket in a text: 1 plus the logarithm of how often its features occur."""
    words = _WORD.findall(text.lower())[:WORDS]
    counts: Counter[int] = Counter()
    for word in words:
        counts.update(_of_word(word))
    counts.update(_bucket(f"b{first} {second}") for first, second in pairwise(words))
    return {bucket: math.log1p(count) for bucket, count in counts.items()}


def count_words(text: str) -> int:
    """Return the number of words in a text."""
    return len(_WORD.findall(text))


@lru_cache(maxsize=65_536)
def _of_word(word: str) -> tuple[int, ...]:
    """Return the buckets of a word of three letters and more, and of its first five and seven letters."""
    features = [f"w{word}"] if len(word) > 2 else []
    features += [f"p{word[:length]}" for length, least in ((5, 6), (7, 9)) if len(word) >= least]
    return tuple(map(_bucket, features))


def _bucket(feature: str) -> int:
    # Not `hash`, which differs from process to process.
    return crc32(feature.encode()) % BUCKETS
