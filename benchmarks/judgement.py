"""The judgement of duplicates: labelled pairs, edits, facts that must never be merged, and its cost."""

import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import combinations, pairwise

import numpy as np

from benchmarks.lib.corpus import stories
from benchmarks.lib.figures import Figure, scaled
from benchmarks.lib.pairs import SAME, LabelledPair, labelled_pairs, paragraphs_of
from newsbeam.transforms.dedup.judgement.judge import Judgement, judge
from newsbeam.transforms.dedup.judgement.words import Words, words_of
from newsbeam.transforms.dedup.near import near_keys, search_keys, shingles, similarity
from testing.edits import EDITS, pairs

STORIES, EACH, FACTS_EACH, ALL_PAIRS = 8_000, 200, 670, 30_000
FACTS = ("number changed", "name changed", "direction changed")
_COMMON = 200  # a word pair in more paragraphs than this says little, and makes pairs without number
_WORDS = range(14, 91)  # of paragraphs that are edited


def figures(scale: float = 1.0) -> Iterator[Figure]:
    """Yield precision and recall of labelled pairs, the share of right kinds, merged facts, recall of bands, cost."""
    yield from _labelled()
    yield from _edits(scale)
    yield from _facts(scale)
    yield from _bands(scale)
    yield from _cost()


def is_same(pair: LabelledPair) -> bool:
    """Return whether one of the two is judged a copy of the other."""
    old, new = words_of(pair.older), words_of(pair.newer)
    found = [judgement for judgement in (judge(old, new), judge(new, old)) if judgement]
    return any(judgement.kind in SAME for judgement in found)


def real_paragraphs(count: int) -> list[str]:
    """Return sentences of Reuters-21578 (or generated ones) that newsrooms could edit; no tables."""
    texts = dict.fromkeys(text for _, body in stories(count) for text in paragraphs_of(body))
    return [text for text in texts if text.endswith(".") and len(text.split()) in _WORDS and _has_few_digits(text)]


def right_kinds(texts: Sequence[str], each: int) -> Iterator[tuple[str, bool]]:
    """Yield the name of each edit that can be made, and whether its kind is right."""
    for pair in pairs(texts, each):
        judgement = judge(words_of(pair.old), words_of(pair.new))
        yield pair.edit, (judgement.kind if judgement else None) == pair.right


def _has_few_digits(text: str) -> bool:
    return sum(map(str.isdigit, text)) < 0.12 * len(text)


def _labelled() -> Iterator[Figure]:
    found = Counter((pair.label in SAME, is_same(pair)) for pair in labelled_pairs())
    true, note = found[True, True], f"{found.total()} pairs, {found[True, True] + found[True, False]} of them the same"
    if found:
        yield Figure("judgement.precision", true / max(1, true + found[False, True]), ">= 0.95", "share", note)
        yield Figure("judgement.recall", true / max(1, true + found[True, False]), ">= 0.9", "share", note)


def _edits(scale: float) -> Iterator[Figure]:
    rights: dict[str, list[bool]] = defaultdict(list)
    for edit, is_right in right_kinds(real_paragraphs(scaled(STORIES, scale, 300)), scaled(EACH, scale, 10)):
        rights[edit].append(is_right)
    shares = {edit: sum(each) / len(each) for edit, each in rights.items()}
    worst = min(shares, key=lambda edit: shares[edit])
    number = sum(map(len, rights.values()))
    note = f"{number:,} edits of {len(shares)} of {len(EDITS)} kinds"
    yield Figure("judgement.kinds", sum(map(sum, rights.values())) / number, ">= 0.97", "share", note)
    yield Figure("judgement.worst_kind", shares[worst], ">= 0.9", "share", worst)


def _facts(scale: float) -> Iterator[Figure]:
    texts, each = real_paragraphs(scaled(STORIES, scale, 300)), scaled(FACTS_EACH, scale, 10)
    judged = [
        judge(words_of(pair.old), words_of(pair.new)) for pair in pairs(texts, each, seed=25) if pair.edit in FACTS
    ]
    merged = sum(judgement is not None and judgement.kind in SAME for judgement in judged)
    yield Figure(
        "judgement.merged_facts", merged, "== 0", "", f"of {len(judged):,} changes of one number, name, direction"
    )


def _bands(scale: float) -> Iterator[Figure]:
    """Yield the share of alike pairs that the bands find, against all pairs."""
    texts = list(dict.fromkeys(text for _, body in stories(scaled(9_000, scale, 300)) for text in paragraphs_of(body)))
    texts = [text for text in texts if len(text.split()) >= 8][: scaled(ALL_PAIRS, scale, 500)]
    words = [frozenset(words_of(text).keys) for text in texts]
    alike = _alike(texts, words)
    keys, counts = search_keys(near_keys(texts))
    bands = [frozenset(each.tolist()) for each in np.split(keys, np.cumsum(counts)[:-1])]
    for least in (0.35, 0.6, 0.8):
        true = [(a, b) for a, b, jaccard in alike if jaccard >= least]
        found = sum(not bands[a].isdisjoint(bands[b]) for a, b in true)
        note = f"{len(true):,} pairs of {len(texts):,} paragraphs at a Jaccard similarity of words of {least} or more"
        yield Figure(f"judgement.bands_{least:g}", found / max(1, len(true)), "", "share", note)


def _alike(texts: Sequence[str], words: Sequence[frozenset[str]]) -> list[tuple[int, int, float]]:
    """Return the pairs that share two rare pairs of words, with their Jaccard similarity."""
    pairs = pairs_with_common_words(texts)
    return [(a, b, len(words[a] & words[b]) / len(words[a] | words[b])) for a, b in pairs]


def pairs_with_common_words(texts: Sequence[str]) -> list[tuple[int, int]]:
    """Return the pairs of texts that share two rare pairs of adjacent words."""
    holders: dict[tuple[str, str], list[int]] = defaultdict(list)
    for place, text in enumerate(texts):
        keys = words_of(text).keys
        for pair in set(pairwise(keys)):
            holders[pair].append(place)
    common: Counter[tuple[int, int]] = Counter()
    for places in holders.values():
        if 1 < len(places) <= _COMMON:
            common.update(combinations(places, 2))
    return [pair for pair, number in common.items() if number > 1]


def _cost() -> Iterator[Figure]:
    found = [(words_of(pair.older), words_of(pair.newer), pair) for pair in labelled_pairs()]
    sets = [(frozenset(shingles(pair.older)), frozenset(shingles(pair.newer))) for *_, pair in found]
    if not found:
        return
    judging = min(_time_judge(found) for _ in range(5)) / len(found)
    comparing = min(_time_sets(sets) for _ in range(5)) / len(found)
    yield Figure(
        "judgement.cost", judging * 1e6, "<= 30", "us", f"a pair; {judging / comparing:.0f}x comparing shingles"
    )


def _time_judge(found: Sequence[tuple[Words, Words, LabelledPair]]) -> float:
    start = time.process_time()
    kinds: list[Judgement | None] = [judge(old, new) for old, new, _ in found]
    assert kinds
    return time.process_time() - start


def _time_sets(sets: Sequence[tuple[frozenset[str], frozenset[str]]]) -> float:
    start = time.process_time()
    for one, other in sets:
        similarity(one, other)
    return time.process_time() - start
