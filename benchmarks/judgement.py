"""The judgement of duplicates: labelled pairs, edits, facts that must never be merged, and its cost."""

import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from benchmarks.lib.corpus import stories
from benchmarks.lib.figures import Figure, scaled
from benchmarks.lib.pairs import SAME, LabelledPair, labelled_pairs, paragraphs_of
from newsbeam.transforms.dedup.judgement.judge import Judgement, judge
from newsbeam.transforms.dedup.judgement.words import Words, words_of
from newsbeam.transforms.dedup.near import shingles, similarity
from testing.edits import EDITS, pairs

STORIES, EACH, FACTS_EACH = 8_000, 200, 670
FACTS = ("number changed", "name changed", "direction changed")
_WORDS = range(14, 91)  # of paragraphs that are edited


def figures(scale: float = 1.0) -> Iterator[Figure]:
    """Yield precision and recall of labelled pairs, the share of right kinds, merged facts, cost."""
    yield from _labelled()
    yield from _edits(scale)
    yield from _facts(scale)
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
