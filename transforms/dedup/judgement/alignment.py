"""An alignment of the words of two paragraphs: what differs between them.

    old   shares fell 5 points in Tokyo , dealers said           Change("5", "7", FACT)
    new   shares fell 7 points in Tokyo , traders said  ->        Change("dealers", "traders", LIGHT)

The alignment has the fewest insertions and deletions (Myers, 1986; RapidFuzz computes it with bit vectors). A stretch
that stands elsewhere in the other text is one move. `changes.weigh` says what a difference means.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz.distance import Indel

from newsbeam.transforms.dedup.judgement.changes import Run, Weight, has_name, heavy, is_clause, weigh
from newsbeam.transforms.dedup.judgement.words import Words
from newsbeam.transforms.newsroom.meanings import DAYS, LIGHT, PREPOSITIONS, SAYING

MAX_CELLS = 4_000_000
"""Words of one text times words of the other, after their common ends: 16 ms at most. More is not aligned."""

_MAX_LEFT = 3  # words that are left out where it is said who spoke
_MAX_MOVES = 4  # runs of each side that are compared with each other


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
    if _is_too_long(old.keys, new.keys):
        return None
    runs = _joined(_differing(old.keys, new.keys), old.keys)
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


def _weigh_order(runs: Sequence[Run], weights: list[Weight], old: Words, new: Words) -> None:
    """Weigh words that one text has here and the other there as facts: "loss exceeded profit"."""
    omitted = [number for number, weight in enumerate(weights) if weight == Weight.OMITTED]
    added = [number for number, weight in enumerate(weights) if weight in (Weight.ADDED, Weight.ADDED_FACT)]
    here = {key for number in omitted for key in heavy(old.keys[runs[number][0] : runs[number][1]])}
    for number in added:
        if not here.isdisjoint(heavy(new.keys[runs[number][2] : runs[number][3]])):
            weights[number] = Weight.FACT


def _is_too_long(one: Sequence[str], other: Sequence[str]) -> bool:
    """Return whether aligning takes too long; it is quadratic in what is left without the common ends."""
    if len(one) * len(other) <= MAX_CELLS:
        return False
    shorter = min(len(one), len(other))
    start = next((at for at in range(shorter) if one[at] != other[at]), shorter)
    end = next((at for at in range(shorter - start) if one[-1 - at] != other[-1 - at]), shorter - start)
    return (len(one) - start - end) * (len(other) - start - end) > MAX_CELLS


def _differing(one: Sequence[str], other: Sequence[str]) -> list[Run]:
    """Return the runs that differ: an insertion beside a deletion is one run."""
    runs: list[Run] = []
    for code in Indel.opcodes(one, other):
        run = (code.src_start, code.src_end, code.dest_start, code.dest_end)
        if code.tag == "equal":
            continue
        if runs and runs[-1][1] == run[0] and runs[-1][3] == run[2]:
            run = _span(runs.pop(), run)
        runs.append(run)
    return runs


def _joined(runs: Sequence[Run], one: Sequence[str]) -> list[Run]:
    """Return the runs; those with only light words between them, where words are replaced, are one."""
    joined: list[Run] = []
    for run in runs:
        if joined and _is_one_change(joined[-1], run, one):
            run = _span(joined.pop(), run)
        joined.append(run)
    return joined


def _span(first: Run, last: Run) -> Run:
    return first[0], last[1], first[2], last[3]


def _is_one_change(first: Run, last: Run, one: Sequence[str]) -> bool:
    """Return whether a word or two between two runs match by chance: "of" between other words."""
    between = one[first[1] : last[0]]
    if len(between) > 2 or not all(word in LIGHT for word in between):
        return False
    lengths = [(run[1] - run[0], run[3] - run[2]) for run in (first, last)]
    return any(a and b and a != b for a, b in lengths) or (
        bool(lengths[0][0]) != bool(lengths[1][0]) and bool(lengths[0][1]) != bool(lengths[1][1])
    )


def _moves(runs: Sequence[Run], old: Words, new: Words) -> frozenset[int]:
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


def _is_move(taken: Run, put: Run, old: Words, new: Words) -> bool:
    here, there = old.keys[taken[0] : taken[1]], new.keys[put[2] : put[3]]
    own, other = heavy(here), heavy(there)
    says = not SAYING.isdisjoint(own) and not SAYING.isdisjoint(other)
    if says:  # "he said", "said he", "the company told reporters"
        who, whoever = ([key for key in each if key not in SAYING] for each in (own, other))
        if not whoever or not who:
            return (
                not has_name(old, taken[0], taken[1]) and not has_name(new, put[2], put[3]) and len(who + whoever) <= 2
            )
        return Counter(whoever) <= Counter(who) and len(who) - len(whoever) <= _MAX_LEFT
    if own != other or not own:
        return False
    if here[0] in PREPOSITIONS or here[0] in DAYS:
        return True
    return taken[0] < put[0] and is_clause(old, taken[1], put[0])
