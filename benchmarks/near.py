"""Near duplicates: how many true pairs the bands find, against every pair compared."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import combinations

from benchmarks.lib.corpus import corpus_name, stories
from benchmarks.lib.figures import Figure, scaled
from benchmarks.lib.pairs import paragraphs_of
from newsbeam.transforms.dedup.near import MIN_SHINGLES, bands_shared_in_slice, near_keys, shingles

STORIES = 5_000
ALIKE = 0.7  # Jaccard similarity of shingles from which a pair counts
_COMMON = 200  # a shingle in more paragraphs than this says little, and makes pairs without number


def figures(scale: float = 1.0) -> Iterator[Figure]:
    """Yield the recall of banding at the default threshold."""
    texts = list(
        dict.fromkeys(text for _, body in stories(scaled(STORIES, scale, 500)) for text in paragraphs_of(body))
    )
    pairs = _true_pairs(texts)
    keys = near_keys(texts)
    shared = bands_shared_in_slice(keys)
    found = sum(not set(shared.get(keys[a], ())).isdisjoint(shared.get(keys[b], ())) for a, b in pairs)
    note = f"{len(pairs):,} pairs at Jaccard {ALIKE} or more, {len(texts):,} paragraphs of {corpus_name()}"
    yield Figure("near.recall", found / len(pairs) if pairs else 1.0, ">= 0.99", "share", note)


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
