"""The kinds of likeness between two paragraphs, and the thresholds between them.

    exact       the same wording
    near        only light differences: spelling, inflection, abbreviation, synonyms, who said it moved to the other
                end, a clause added or left out that has no fact
    contained   the newer text stands whole in the older one
    update      the same sentence with another number, name, day, unit, negation or direction, or with one word of
                content replaced by another; or the older text with something added
    None        other texts; or a template: one line filled in for another firm, match, town or day

In doubt, nothing is merged: a false copy hides a fact, and a missed copy shows one twice. `docs/duplicates.md` has the
rules with examples.
"""

from dataclasses import dataclass
from typing import Literal

from newsbeam.transforms.dedup.judgement.alignment import Alignment, Change, align
from newsbeam.transforms.dedup.judgement.changes import Weight, is_name, is_sentence
from newsbeam.transforms.dedup.judgement.words import Words, is_quantity
from newsbeam.transforms.newsroom.meanings import DAYS, DIRECTIONS, HEDGES, LIGHT, NEGATIONS, SAYING

NEAR_SIMILARITY = 0.6
"""The least word similarity of `near` (`dedup.near` in the config). Light edits of a whole paragraph rarely leave
less; what does is a rewriting, in which a lost fact is not seen any more."""
MIN_SHARED = 0.4
"""The least share of the shorter text's words that the other one has; below it nothing is aligned."""
UPDATE_SIMILARITY = 0.5
"""The least word similarity of an `update` whose words are replaced: half of the words tell another story."""
KEPT = 0.75
"""The least share of the older text that an `update` which only adds keeps."""
ADDED_CLAUSE = 1 / 3
"""The largest share of the newer text that is still a clause added; more makes the row clearly longer: an `update`."""
OMITTED_CLAUSE = 1 / 4
"""The largest share of the older text that is a clause left out inside it (`near`); more is an abridgement."""
KEPT_RUN = 4
"""The least number of words, on average, of the stretches that an abridgement keeps; fewer match by chance."""
MIN_SUBJECT_WORDS = 5
"""The least number of words of content that the two sentences of an `update` have in common."""
MIN_WORDS_OF_ONE = 3
"""The same where one thing alone has changed, and nothing else (ALL_BUT_ONE)."""
ALL_BUT_ONE = 0.8
"""The word similarity from which one difference is the only one."""
NUMBER_SHARE = 0.5
"""The share of numbers and units from which a line is a row of a table, filled in again and again."""
MAX_FACTS = 8
"""Differences of fact in an `update`; more are another report."""
_NOT_CONTENT = LIGHT | SAYING | DAYS | HEDGES | DIRECTIONS | NEGATIONS
_FIRST_NAMES = 12  # words within which the subject of a line of news stands

Kind = Literal["exact", "near", "contained", "update"]


@dataclass(frozen=True)
class Judgement:
    """What a newer paragraph is to an older one.

    Attributes:
        kind: See the module.
        similarity: The share of words that are the same: those aligned, of all of both.
        changed: Of an update, the words that were replaced, added ("" before) or left out ("" after).
    """

    kind: Kind
    similarity: float
    changed: tuple[tuple[str, str], ...] = ()


def judge(old: Words, new: Words, near: float = NEAR_SIMILARITY) -> Judgement | None:
    """Return what `new` is to `old`, or None: neither a copy nor an update.

    Args:
        old: The words of the older paragraph.
        new: Those of the newer one.
        near: The least word similarity of `near`.
    """
    if old.text == new.text:
        return Judgement("exact", 1.0)
    if old.is_short or new.is_short or not _may_be_alike(old, new):
        return None
    alignment = align(old, new, UPDATE_SIMILARITY)
    if alignment is None:
        return None
    similarity = alignment.same / (len(old.keys) + len(new.keys) - alignment.same)
    kind = _kind(old, new, alignment, similarity, near)
    if kind is None:
        return None
    return Judgement(kind, similarity, _changed(old, new, alignment) if kind == "update" else ())


def _may_be_alike(old: Words, new: Words) -> bool:
    """Return whether the texts share enough words to be aligned: most candidates don't."""
    one, other = set(old.keys), set(new.keys)
    return len(one & other) >= MIN_SHARED * min(len(one), len(other))


def _kind(old: Words, new: Words, alignment: Alignment, similarity: float, near: float) -> Kind | None:
    heaviest = max((change.weight for change in alignment.changes), default=Weight.LIGHT)
    if heaviest == Weight.FACT:
        return "update" if _is_update(old, new, alignment, similarity) else None
    if heaviest >= Weight.ADDED:
        return _added(old, new, alignment, similarity, near)
    if heaviest == Weight.OMITTED:
        return _omitted(old, alignment, similarity, near)
    return "near" if similarity >= near else None


def _added(old: Words, new: Words, alignment: Alignment, similarity: float, near: float) -> Kind | None:
    """Return what a text is that adds something and replaces nothing."""
    added = [change for change in alignment.changes if change.weight >= Weight.ADDED]
    share = sum(change.new_end - change.new_start for change in added) / len(new.keys)
    is_clause = share <= ADDED_CLAUSE and not any(is_sentence(new, each.new_start, each.new_end) for each in added)
    has_fact = any(change.weight == Weight.ADDED_FACT for change in added)
    if is_clause and not has_fact and similarity >= near:
        return "near"
    return "update" if alignment.same >= KEPT * len(old.keys) else None


def _omitted(old: Words, alignment: Alignment, similarity: float, near: float) -> Kind | None:
    """Return what a text is that leaves something out and adds nothing."""
    omitted = [change for change in alignment.changes if change.weight == Weight.OMITTED]
    share = sum(change.old_end - change.old_start for change in omitted) / len(old.keys)
    at_ends = all(change.old_start == 0 or change.old_end == len(old.keys) for change in omitted)
    whole = all(is_sentence(old, change.old_start, change.old_end) for change in omitted)
    if at_ends or whole:
        return "contained"
    if share <= OMITTED_CLAUSE and similarity >= near:
        return "near"
    return "contained" if alignment.same >= KEPT_RUN * (len(omitted) + 1) else None


def _is_update(old: Words, new: Words, alignment: Alignment, similarity: float) -> bool:
    """Return whether two texts with other facts say the same of one subject, and are not two lines of a template."""
    facts = [change for change in alignment.changes if change.weight == Weight.FACT]
    if similarity < UPDATE_SIMILARITY or len(facts) > MAX_FACTS:
        return False
    if sum(map(is_quantity, old.keys)) >= NUMBER_SHARE * len(old.keys):
        return False
    kept = _kept(old, alignment)
    content = sum(_is_content(old.keys[at]) for at in kept)
    is_one = len(facts) == 1 and similarity >= ALL_BUT_ONE
    # In scripts without spaces a word is about two characters.
    if content < (MIN_WORDS_OF_ONE if is_one else MIN_SUBJECT_WORDS) * (2 if old.is_wide else 1):
        return False
    first = _first_name(old)
    # Another subject is another line of a template, unless its name is all that was corrected.
    if first is not None and any(change.old_start <= first < change.old_end for change in facts):
        return is_one and content >= MIN_SUBJECT_WORDS and _is_one_name(facts[0])
    # Where several figures differ, a name that stays has to say that they are of one subject.
    numbers = sum(_is_figure(old, new, change) for change in facts)
    return numbers < 2 or old.is_wide or any(is_name(old, at) or at == first for at in kept)


def _is_one_name(change: Change) -> bool:
    return change.old_end - change.old_start == 1 == change.new_end - change.new_start


def _is_figure(old: Words, new: Words, change: Change) -> bool:
    keys = (*old.keys[change.old_start : change.old_end], *new.keys[change.new_start : change.new_end])
    return any(map(is_quantity, keys))


def _kept(words: Words, alignment: Alignment) -> list[int]:
    """Return the positions in the older text of words that stayed or changed lightly."""
    gone = {
        at
        for change in alignment.changes
        if change.weight != Weight.LIGHT
        for at in range(change.old_start, change.old_end)
    }
    return [at for at in range(len(words.keys)) if at not in gone]


def _is_content(key: str) -> bool:
    return key not in _NOT_CONTENT and not is_quantity(key)


def _first_name(words: Words) -> int | None:
    """Return the position of the name that a line begins with: its subject."""
    for at in range(min(_FIRST_NAMES, len(words.keys))):
        if is_name(words, at) and words.keys[at] not in DAYS and _is_content(words.keys[at]):
            return 0 if at == 1 and _is_content(words.keys[0]) else at
    return None


def _changed(old: Words, new: Words, alignment: Alignment) -> tuple[tuple[str, str], ...]:
    return tuple(
        (" ".join(old.forms[each.old_start : each.old_end]), " ".join(new.forms[each.new_start : each.new_end]))
        for each in alignment.changes
        if each.weight not in (Weight.LIGHT, Weight.OMITTED)
    )
