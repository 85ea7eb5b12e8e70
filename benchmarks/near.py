"""Near duplicates: how many pairs the keys find, of those that a comparison of all pairs finds."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, combinations, pairwise

import numpy as np

from benchmarks.lib.corpus import corpus_name, stories
from benchmarks.lib.figures import Figure, scaled
from benchmarks.lib.pairs import paragraphs_of
from newsbeam.transforms.dedup.judgement.judge import judge
from newsbeam.transforms.dedup.judgement.words import MIN_WORDS, Words, words_of
from newsbeam.transforms.dedup.near import MIN_SHINGLES, near_keys, search_keys, shingles

STORIES = 5_000
ALIKE = 0.7  # Jaccard similarity of shingles from which a pair counts
JUDGED = 30_000
SIMILAR_WORDS = 0.6  # Jaccard similarity of words from which a pair counts
_COMMON = 200  # a shingle in more paragraphs than this says little, and makes pairs without number

Pair = tuple[int, int]


def figures(scale: float = 1.0) -> Iterator[Figure]:
    """Yield the recall of the keys: of alike pairs, and of those that are judged copies and updates."""
    texts = list(
        dict.fromkeys(text for _, body in stories(scaled(STORIES, scale, 500)) for text in paragraphs_of(body))
    )
    pairs = alike_pairs(texts)
    note = f"{len(pairs):,} pairs at Jaccard {ALIKE} or more, {len(texts):,} paragraphs of {corpus_name()}"
    yield Figure("near.recall", _share(share_a_key(texts, pairs)), ">= 0.99", "share", note)
    texts = _long_paragraphs(scaled(JUDGED, scale, 500))
    words = [words_of(text) for text in texts]
    yield from _of_similar_words(texts, words)
    yield from _of_all_judged(texts, words)


def share_a_key(texts: Sequence[str], pairs: Sequence[Pair]) -> list[bool]:
    """Return for each pair whether it shares a key."""
    keys, counts = search_keys(near_keys(texts))
    sets = [frozenset(each.tolist()) for each in np.split(keys, np.cumsum(counts)[:-1])]
    return [not sets[a].isdisjoint(sets[b]) for a, b in pairs]


def _share(found: Sequence[bool]) -> float:
    return sum(found) / len(found) if found else 1.0


def _long_paragraphs(number: int) -> list[str]:
    texts = dict.fromkeys(text for _, body in stories(9_000) for text in paragraphs_of(body))
    return [text for text in texts if len(text.split()) >= MIN_WORDS][:number]


def _of_similar_words(texts: Sequence[str], words: Sequence[Words]) -> Iterator[Figure]:
    """Yield the recall of pairs with similar words: of all, and of those that are copies and updates."""
    pairs = similar_pairs([frozenset(each.keys) for each in words], SIMILAR_WORDS)
    found, kinds = share_a_key(texts, pairs), [_kind(words[a], words[b]) for a, b in pairs]
    note = f"{len(pairs):,} pairs at a Jaccard similarity of words of {SIMILAR_WORDS}, {len(texts):,} paragraphs"
    yield Figure("near.similar_found", _share(found), ">= 0.99", "share", note)
    of_pairs = [each for each, kind in zip(found, kinds, strict=True) if kind]
    note = f"{len(of_pairs):,} of them, which are judged copies or updates; the others are lines of templates"
    yield Figure("near.similar_judged_found", _share(of_pairs), ">= 0.99", "share", note)


def _of_all_judged(texts: Sequence[str], words: Sequence[Words]) -> Iterator[Figure]:
    kinds: dict[str, list[Pair]] = {"copies": [], "updates": []}
    for a, b in _pairs_with_common_words(words):
        if kind := _kind(words[a], words[b]):
            kinds["updates" if kind == "update" else "copies"].append((a, b))
    for name, pairs in kinds.items():
        note = f"{len(pairs):,} {name} among {len(texts):,} paragraphs that share two rare pairs of words"
        share = _share(share_a_key(texts, pairs))
        yield Figure(f"near.{name}_found", share, ">= 0.95" if name == "copies" else "", "share", note)


def _kind(old: Words, new: Words) -> str:
    """Return what the judgement says that the keys have to find: equal wording is found by its fingerprint."""
    judgement = judge(old, new)
    return judgement.kind if judgement and judgement.kind != "exact" else ""


def similar_pairs(sets: Sequence[frozenset[str]], least: float) -> list[Pair]:
    """Return all pairs of sets whose Jaccard similarity is `least` or more.

    Of two such sets the ceil(least * size) - 1 most frequent elements of each can be left out of the search, and one
    is common to what remains (prefix filtering: Bayardo, Ma, Srikant, "Scaling Up All Pairs Similarity Search", 2007).
    """
    counts = Counter(chain.from_iterable(sets))
    holders: defaultdict[str, list[int]] = defaultdict(list)
    pairs: list[Pair] = []
    for place, each in enumerate(sets):
        prefix = sorted(each, key=lambda element: (counts[element], element))
        prefix = prefix[: len(each) - math.ceil(least * len(each)) + 1]
        others = {other for element in prefix for other in holders[element]}
        pairs += ((other, place) for other in sorted(others) if _jaccard(sets[other], each) >= least)
        for element in prefix:
            holders[element].append(place)
    return pairs


def _jaccard(one: frozenset[str], other: frozenset[str]) -> float:
    common = len(one & other)
    return common / (len(one) + len(other) - common)


def alike_pairs(texts: list[str]) -> list[Pair]:
    """Return the pairs of texts whose Jaccard similarity is high enough, found by the shingles that they share."""
    sets = [frozenset(shingles(text)) for text in texts]
    holders = defaultdict(list)
    for place, tokens in enumerate(sets):
        if len(tokens) >= MIN_SHINGLES:
            for token in tokens:
                holders[token].append(place)
    common = _common_holders(holders.values())
    return [(a, b) for (a, b), number in common.items() if number / (len(sets[a]) + len(sets[b]) - number) >= ALIKE]


def _pairs_with_common_words(words: Sequence[Words]) -> list[Pair]:
    """Return the pairs of texts that share two rare pairs of adjacent words."""
    holders: dict[tuple[str, str], list[int]] = defaultdict(list)
    for place, each in enumerate(words):
        for pair in set(pairwise(each.keys)):
            holders[pair].append(place)
    return [pair for pair, number in _common_holders(holders.values()).items() if number > 1]


def _common_holders(holders: Iterable[Sequence[int]]) -> Counter[Pair]:
    """Return how many elements each pair has in common that few others have."""
    common: Counter[Pair] = Counter()
    for places in holders:
        if 1 < len(places) <= _COMMON:
            common.update(combinations(places, 2))
    return common
