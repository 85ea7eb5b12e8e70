"""What a difference between two paragraphs means: a light edit, something added or omitted, or another fact."""

from collections.abc import Sequence
from enum import IntEnum

from newsbeam.transforms.dedup.judgement.variants import accents_are_lost, same_phrase, same_word
from newsbeam.transforms.dedup.judgement.words import Words, is_number, is_quantity
from newsbeam.transforms.newsroom.meanings import DAYS, DIRECTIONS, HEDGES, LIGHT, NEGATIONS, SAYING, WIDE_TURNS

MAX_SHORT_RUN = 4
"""Words up to which an added or omitted run inside a clause can turn its meaning; a longer run is a clause."""

_MAX_REPLACED = 16  # words that are replaced together; more are another sentence

Run = tuple[int, int, int, int]
"""A difference: where it begins and ends in the words of the older text, and in those of the newer one."""


class Weight(IntEnum):
    """What a difference means."""

    LIGHT = 0
    OMITTED = 1
    ADDED = 2
    ADDED_FACT = 3
    FACT = 4


def heavy(keys: Sequence[str]) -> list[str]:
    """Return the words that are not light: content and negations."""
    return [key for key in keys if key not in LIGHT or key in NEGATIONS]


def weigh(run: Run, old: Words, new: Words) -> Weight:
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
    return _one_sided(run, old, new, heavy(before or after), bool(after))


def _have_other_figures(before: Sequence[str], after: Sequence[str]) -> bool:
    """Return whether both have numbers or units, and not the same ones: the common case, decided first."""
    old, new = [key for key in before if is_quantity(key)], [key for key in after if is_quantity(key)]
    return bool(old and new) and sorted(old) != sorted(new)


def _only_says(keys: Sequence[str]) -> bool:
    return all(key in SAYING for key in keys)


def _unmatched(run: Run, old: Words, new: Words) -> tuple[list[str], list[str]]:
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
    one, other = old.keys[at], new.keys[there]
    has_accents = not (one.isascii() and other.isascii())
    are_names = _may_be_name(old, at) or _may_be_name(new, there)
    return same_word(one, other, are_names, has_accents and accents_are_lost(old.keys, new.keys))


def _may_be_name(words: Words, at: int) -> bool:
    """Return whether a word is a name for all that its capital says; the first word has lost its own."""
    return not words.is_capitals and (at == 0 or words.forms[at][:1].isupper())


def has_name(words: Words, start: int, end: int) -> bool:
    """Return whether a stretch has a name or a number."""
    return any(is_name(words, at) or is_quantity(words.keys[at]) for at in range(start, end))


def is_name(words: Words, at: int) -> bool:
    """Return whether a word is written as a name: with a capital inside a sentence."""
    return at > 0 and not words.is_capitals and words.forms[at][:1].isupper() and words.breaks[at - 1] != "."


def _one_sided(run: Run, old: Words, new: Words, keys: Sequence[str], is_added: bool) -> Weight:
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
    is_whole = is_clause(words, start, end)
    if words.is_wide:
        return not is_whole and any(turn in "".join(words.keys[start:end]) for turn in WIDE_TURNS)
    if not NEGATIONS.isdisjoint(keys):
        return not is_whole
    if is_whole or end - start > MAX_SHORT_RUN:
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


def is_clause(words: Words, start: int, end: int) -> bool:
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
