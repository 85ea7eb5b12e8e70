"""What differs between two paragraphs: an alignment of their words, and what each difference means.

    old   shares fell 5 points in Tokyo , dealers said           Change("5", "7", FACT)
    new   shares fell 7 points in Tokyo , traders said  ->        Change("dealers", "traders", LIGHT)

The alignment has the fewest insertions and deletions (Myers, 1986; RapidFuzz computes it with bit vectors). A stretch
that stands elsewhere in the other text is one move.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from rapidfuzz.distance import Indel

from newsbeam.transforms.dedup.judgement.variants import same_phrase, same_word
from newsbeam.transforms.dedup.judgement.words import Words, is_number, is_quantity
from newsbeam.transforms.newsroom.meanings import (
    DAYS,
    DIRECTIONS,
    HEDGES,
    LIGHT,
    NEGATIONS,
    PREPOSITIONS,
    SAYING,
    WIDE_TURNS,
)

MAX_CELLS = 4_000_000
"""Words of one text times words of the other, after their common ends: 16 ms at most. More is not aligned."""
MAX_SHORT_RUN = 4
"""Words up to which an added or omitted run inside a clause can turn its meaning; a longer run is a clause."""


class Weight(IntEnum):
    """What a difference means."""

    LIGHT = 0
    OMITTED = 1
    ADDED = 2
    ADDED_FACT = 3
    FACT = 4


@dataclass(frozen=True)
class Change:
    """One difference.

    Attributes:
        old_start, old_end: The words of the older text that differ.
        new_start, new_end: Those of the newer one.
    """

    old_start: int
    old_end: int
    new_start: int
    new_end: int
    weight: Weight = Weight.LIGHT


@dataclass(frozen=True)
class Alignment:
    """Two paragraphs word by word.

    Attributes:
        same: How many words are the same in both, or differ lightly.
        changes: The differences in the order of the text.
    """

    same: int
    changes: tuple[Change, ...]


def align(old: Words, new: Words, least: float = 0.0) -> Alignment | None:
    """Return how two paragraphs differ; None if they are too long to align, or differ in a fact and are not alike.

    Args:
        old: The words of the older paragraph.
        new: Those of the newer one.
        least: The word similarity below which a difference of fact makes them other texts. Most candidates end there.
    """
    # Versions of a text mostly have their ends in common, and aligning is quadratic in what is left.
    start, end = _common_ends(old.keys, new.keys)
    one, other = old.keys[start : len(old.keys) - end], new.keys[start : len(new.keys) - end]
    if len(one) * len(other) > MAX_CELLS:
        return None
    runs = [(start + i, start + j, start + k, start + m) for i, j, k, m in _joined(_differing(one, other), one)]
    moved = _moves(runs, old, new)
    same = len(old.keys) - sum(run[1] - run[0] for number, run in enumerate(runs) if number not in moved)
    is_alike = same >= least * (len(old.keys) + len(new.keys) - same)
    if not is_alike and any(run[1] - run[0] > _MAX_LEFT < run[3] - run[2] for run in runs):
        return None
    weights = []
    for number, run in enumerate(runs):
        weights.append(Weight.LIGHT if number in moved else weigh(run, old, new))
        if weights[-1] == Weight.FACT and not is_alike:
            return None
    if Weight.OMITTED in weights and (Weight.ADDED in weights or Weight.ADDED_FACT in weights):
        _weigh_order(runs, weights, old, new)
    light = [run for number, run in enumerate(runs) if weights[number] == Weight.LIGHT and number not in moved]
    same += sum(min(run[1] - run[0], run[3] - run[2]) for run in light)
    return Alignment(same, tuple(Change(*run, weight) for run, weight in zip(runs, weights, strict=True)))


def _weigh_order(runs: Sequence["_Run"], weights: list[Weight], old: Words, new: Words) -> None:
    """Weigh words that one text has here and the other there as facts: "loss exceeded profit"."""
    omitted = [number for number, weight in enumerate(weights) if weight == Weight.OMITTED]
    added = [number for number, weight in enumerate(weights) if weight in (Weight.ADDED, Weight.ADDED_FACT)]
    here = {key for number in omitted for key in _heavy(old.keys[runs[number][0] : runs[number][1]])}
    for number in added:
        if not here.isdisjoint(_heavy(new.keys[runs[number][2] : runs[number][3]])):
            weights[number] = Weight.FACT


_Run = tuple[int, int, int, int]


def _common_ends(one: Sequence[str], other: Sequence[str]) -> tuple[int, int]:
    shorter = min(len(one), len(other))
    start = next((at for at in range(shorter) if one[at] != other[at]), shorter)
    end = next((at for at in range(shorter - start) if one[-1 - at] != other[-1 - at]), shorter - start)
    return start, end


def _differing(one: Sequence[str], other: Sequence[str]) -> list[_Run]:
    """Return the runs that differ: an insertion beside a deletion is one run."""
    runs: list[_Run] = []
    for code in Indel.opcodes(one, other):
        run = (code.src_start, code.src_end, code.dest_start, code.dest_end)
        if code.tag == "equal":
            continue
        if runs and runs[-1][1] == run[0] and runs[-1][3] == run[2]:
            run = _span(runs.pop(), run)
        runs.append(run)
    return runs


def _joined(runs: Sequence[_Run], one: Sequence[str]) -> list[_Run]:
    """Return the runs; those with only light words between them, where words are replaced, are one."""
    joined: list[_Run] = []
    for run in runs:
        if joined and _is_one_change(joined[-1], run, one):
            run = _span(joined.pop(), run)
        joined.append(run)
    return joined


def _span(first: _Run, last: _Run) -> _Run:
    return first[0], last[1], first[2], last[3]


def _is_one_change(first: _Run, last: _Run, one: Sequence[str]) -> bool:
    """Return whether a word or two between two runs match by chance: "of" between other words."""
    between = one[first[1] : last[0]]
    if len(between) > 2 or not all(word in LIGHT for word in between):
        return False
    lengths = [(run[1] - run[0], run[3] - run[2]) for run in (first, last)]
    return any(a and b and a != b for a, b in lengths) or (
        bool(lengths[0][0]) != bool(lengths[1][0]) and bool(lengths[0][1]) != bool(lengths[1][1])
    )


def _moves(runs: Sequence[_Run], old: Words, new: Words) -> frozenset[int]:
    """Return the numbers of two runs that are one stretch which stands elsewhere: who said it, or when or where.

    A stretch is moved if it says who spoke, begins with a preposition, or passed a clause between commas. Anything else
    that changes place can change the meaning: "Ajax beat Feyenoord".
    """
    taken = [number for number, run in enumerate(runs) if run[2] == run[3]]
    put = [number for number, run in enumerate(runs) if run[0] == run[1]]
    for one in taken[:_MAX_MOVES]:
        for other in put[:_MAX_MOVES]:
            if _is_move(runs[one], runs[other], old, new):
                return frozenset((one, other))
    return frozenset()


def _is_move(taken: _Run, put: _Run, old: Words, new: Words) -> bool:
    here, there = old.keys[taken[0] : taken[1]], new.keys[put[2] : put[3]]
    own, other = _heavy(here), _heavy(there)
    says = not SAYING.isdisjoint(own) and not SAYING.isdisjoint(other)
    if says:  # "he said", "said he", "the company told reporters"
        who, whoever = ([key for key in each if key not in SAYING] for each in (own, other))
        if not whoever or not who:
            return not _names(old, taken[0], taken[1]) and not _names(new, put[2], put[3]) and len(who + whoever) <= 2
        return Counter(whoever) <= Counter(who) and len(who) - len(whoever) <= _MAX_LEFT
    if own != other or not own:
        return False
    if here[0] in PREPOSITIONS or here[0] in DAYS:
        return True
    return taken[0] < put[0] and _is_clause(old, taken[1], put[0])


_MAX_LEFT = 3  # words that are left out where it is said who spoke
_MAX_REPLACED = 16  # words that are replaced together; more are another sentence
_MAX_MOVES = 4  # runs of each side that are compared with each other


def _heavy(keys: Sequence[str]) -> list[str]:
    return [key for key in keys if key not in LIGHT or key in NEGATIONS]


def weigh(run: _Run, old: Words, new: Words) -> Weight:
    """Return what a difference means."""
    before, after = old.keys[run[0] : run[1]], new.keys[run[2] : run[3]]
    if before and after:
        if same_phrase(before, after):
            return Weight.LIGHT
        if run[1] - run[0] > _MAX_REPLACED < run[3] - run[2]:
            return Weight.FACT
        if _have_other_figures(before, after):
            return Weight.FACT
        lost, came = _unmatched(run, old, new)
        if lost and came:
            return Weight.LIGHT if _only_says(lost) and _only_says(came) else Weight.FACT
        if not lost and not came:
            return Weight.LIGHT
        return _one_sided(run, old, new, lost or came, bool(came))
    return _one_sided(run, old, new, _heavy(before or after), bool(after))


def _have_other_figures(before: Sequence[str], after: Sequence[str]) -> bool:
    """Return whether both have numbers or units, and not the same ones: the common case, decided first."""
    old, new = [key for key in before if is_quantity(key)], [key for key in after if is_quantity(key)]
    return bool(old and new) and sorted(old) != sorted(new)


def _only_says(keys: Sequence[str]) -> bool:
    return all(key in SAYING for key in keys)


def _unmatched(run: _Run, old: Words, new: Words) -> tuple[list[str], list[str]]:
    """Return the words of each side that have no counterpart on the other."""
    lost = [at for at in range(run[0], run[1]) if old.keys[at] not in LIGHT or old.keys[at] in NEGATIONS]
    came = [at for at in range(run[2], run[3]) if new.keys[at] not in LIGHT or new.keys[at] in NEGATIONS]
    if not lost or not came:
        return [old.keys[at] for at in lost], [new.keys[at] for at in came]
    if same_phrase([old.keys[at] for at in lost], [new.keys[at] for at in came]):
        return [], []
    if max(len(lost), len(came)) > _MAX_REPLACED:
        return [old.keys[at] for at in lost], [new.keys[at] for at in came]
    left = []
    for at in lost:
        match = next((there for there in came if _is_same(old, at, new, there)), None)
        if match is None:
            left.append(at)
        else:
            came.remove(match)
    return [old.keys[at] for at in left], [new.keys[at] for at in came]


def _is_same(old: Words, at: int, new: Words, there: int) -> bool:
    return same_word(old.keys[at], new.keys[there], _may_be_name(old, at) or _may_be_name(new, there))


def _may_be_name(words: Words, at: int) -> bool:
    """Return whether a word is a name for all that its capital says; the first word has lost its own."""
    return not words.is_capitals and (at == 0 or words.forms[at][:1].isupper())


def _names(words: Words, start: int, end: int) -> bool:
    """Return whether a stretch has a name or a number."""
    return any(is_name(words, at) or is_quantity(words.keys[at]) for at in range(start, end))


def is_name(words: Words, at: int) -> bool:
    """Return whether a word is written as a name: with a capital inside a sentence."""
    return at > 0 and not words.is_capitals and words.forms[at][:1].isupper() and words.breaks[at - 1] != "."


def _one_sided(run: _Run, old: Words, new: Words, keys: Sequence[str], is_added: bool) -> Weight:
    """Return what words mean that only one of the texts has."""
    words, start, end = (new, run[2], run[3]) if is_added else (old, run[0], run[1])
    other = old if is_added else new
    if all(key.startswith("unit ") and key in other.keys for key in keys):
        return Weight.LIGHT  # "7,250 tonnes and 4,000 tonnes": the unit of both is said once
    if _turns(words, start, end, keys):
        return Weight.FACT
    if not is_added:
        return Weight.OMITTED
    return Weight.ADDED_FACT if _has_fact(words, start, end) else Weight.ADDED


def _turns(words: Words, start: int, end: int, keys: Sequence[str]) -> bool:
    """Return whether words that are added or omitted inside a clause turn what it says."""
    is_clause = _is_clause(words, start, end)
    if words.is_wide:
        return not is_clause and any(turn in "".join(words.keys[start:end]) for turn in WIDE_TURNS)
    if not NEGATIONS.isdisjoint(keys):
        return not is_clause
    if is_clause or end - start > MAX_SHORT_RUN:
        return False
    if start and words.forms[start - 1].endswith("'s"):
        return True  # "the bank's chairman" is another one than "the bank"
    if not DIRECTIONS.isdisjoint(keys) or not HEDGES.isdisjoint(keys):
        return _is_bare(keys) or _beside_quantity(words, start, end)
    if _beside_quantity(words, start, end) and (any(map(is_quantity, keys)) or _qualifies_unit(words, start, end)):
        return True
    return _is_head(words, start, end)


def _is_bare(keys: Sequence[str]) -> bool:
    return all(key in DIRECTIONS or key in HEDGES for key in keys)


def _beside_quantity(words: Words, start: int, end: int) -> bool:
    before = words.keys[start - 1 : start] if start else ()
    return any(map(is_quantity, (*before, *words.keys[end : end + 1])))


def _qualifies_unit(words: Words, start: int, end: int) -> bool:
    """Return whether a name stands before a unit or a number: Canadian dollars."""
    return is_name(words, start) and any(key.startswith("unit ") for key in words.keys[end : end + 1])


def _is_head(words: Words, start: int, end: int) -> bool:
    """Return whether the words are a noun with "of", on which the rest depends: the son of."""
    return words.keys[end - 1] in ("of", "von", "de", "du", "do", "da", "del") and end - start > 1


def _is_clause(words: Words, start: int, end: int) -> bool:
    """Return whether words stand between punctuation or the ends of the paragraph, or are a long end of it."""
    begins = start == 0 or words.breaks[start - 1] != ""
    if end == len(words.keys):
        return begins or end - start > MAX_SHORT_RUN
    return begins and words.breaks[end - 1] != ""


def is_sentence(words: Words, start: int, end: int) -> bool:
    """Return whether words contain a whole sentence, or the end of one and the beginning of the next."""
    begins = start == 0 or words.breaks[start - 1] == "."
    ends = end == len(words.keys) or words.breaks[end - 1] == "."
    return begins and ends and end - start >= MAX_SHORT_RUN


def _has_fact(words: Words, start: int, end: int) -> bool:
    """Return whether words have a number, a name, a day, a unit or a negation."""
    return any(
        is_number(words.keys[at]) or words.keys[at] in DAYS or words.keys[at] in NEGATIONS or is_name(words, at)
        for at in range(start, end)
    )
