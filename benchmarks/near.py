"""Near duplicates: how many pairs the keys find, of those that a comparison of all pairs finds."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np

from benchmarks.judgement import pairs_with_common_words
from benchmarks.lib.corpus import corpus_name, stories
from benchmarks.lib.figures import Figure, scaled
from benchmarks.lib.pairs import paragraphs_of
from newsbeam.transforms.dedup.judgement.judge import judge
from newsbeam.transforms.dedup.judgement.words import MIN_WORDS, words_of
from newsbeam.transforms.dedup.near import MIN_SHINGLES, near_keys, search_keys, shingles

STORIES = 5_000
ALIKE = 0.7  # Jaccard similarity of shingles from which a pair counts
JUDGED = 30_000
_COMMON = 200  # a shingle in more paragraphs than this says little, and makes pairs without number


def figures(scale: float = 1.0) -> Iterator[Figure]:
    """Yield the recall of the keys: of alike pairs, and of those that are judged copies and updates."""
    texts = list(
        dict.fromkeys(text for _, body in stories(scaled(STORIES, scale, 500)) for text in paragraphs_of(body))
    )
    pairs = _true_pairs(texts)
    note = f"{len(pairs):,} pairs at Jaccard {ALIKE} or more, {len(texts):,} paragraphs of {corpus_name()}"
    yield Figure("near.recall", _found(texts, pairs), ">= 0.99", "share", note)
    yield from _judged(scale)


def _found(texts: Sequence[str], pairs: Sequence[tuple[int, int]]) -> float:
    """Return the share of pairs that share a key."""
    keys, counts = search_keys(near_keys(texts))
    sets = [frozenset(each.tolist()) for each in np.split(keys, np.cumsum(counts)[:-1])]
    return sum(not sets[a].isdisjoint(sets[b]) for a, b in pairs) / len(pairs) if pairs else 1.0


def _judged(scale: float) -> Iterator[Figure]:
    texts = list(dict.fromkeys(text for _, body in stories(9_000) for text in paragraphs_of(body)))
    texts = [text for text in texts if len(text.split()) >= MIN_WORDS][: scaled(JUDGED, scale, 500)]
    words = [words_of(text) for text in texts]
    kinds: dict[str, list[tuple[int, int]]] = {"copies": [], "updates": []}
    for a, b in pairs_with_common_words(texts):
        judgement = judge(words[a], words[b])
        if judgement and judgement.kind != "exact":  # found by fingerprint
            kinds["updates" if judgement.kind == "update" else "copies"].append((a, b))
    for name, pairs in kinds.items():
        note = f"{len(pairs):,} {name} among {len(texts):,} paragraphs that share two rare pairs of words"
        yield Figure(f"near.{name}_found", _found(texts, pairs), ">= 0.95" if name == "copies" else "", "share", note)


def _true_pairs(texts: list[str]) -> list[tuple[int, int]]:
    """Return the pairs of texts whose Jaccard similarity is high enough, found by the shingles that they share."""
    sets = [frozenset(shingles(text)) for text in texts]
    holders = defaultdict(list)
    for place, tokens in enumerate(sets):
        if len(tokens) >= MIN_SHINGLES:
            for token in tokens:
                holders[token].append(place)
    common: Counter[tuple[int, int]] = Counter()
    for places in holders.values():
        if 1 < len(places) <= _COMMON:
            common.update(combinations(places, 2))
    return [(a, b) for (a, b), number in common.items() if number / (len(sets[a]) + len(sets[b]) - number) >= ALIKE]
