"""Decides pack after pack, from the answers of all partitions, which paragraphs are copies and updates.

A paragraph is a copy of canonical ones only, so the step that decides remembers which of the paragraphs in the index
are not canonical: those that are near duplicates, since of exact ones the index keeps the first only.
"""

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import NamedTuple

from newsbeam.transforms.dedup.index.partition import Answer, Found

Identity = tuple[int, str]
"""When a paragraph was published, in microseconds since 1970, and its id."""


class Decision(NamedTuple):
    """What a paragraph of a pack is to an earlier one; there is none for a paragraph that has nothing to do with any.

    Attributes:
        place: Of the paragraph in its pack.
        kind: exact, near, contained or update.
        other: The paragraph_id of the earlier one.
        similarity: The share of words that are the same.
        changed: Of an update, the words that changed.
    """

    place: int
    kind: str
    other: str
    similarity: float
    changed: tuple[tuple[str, str], ...] = ()


Note = tuple[int, Identity | None]
"""The number of a paragraph in the index that is a copy; with the identity of a later one of the same wording, if that
is canonical (what the first one is a copy of has left the window since then)."""


class Decider:
    """What is decided, as far as later decisions need it."""

    def __init__(self) -> None:
        self._notes: dict[int, Identity | None] = {}

    def __len__(self) -> int:
        return len(self._notes)

    def decide(self, first: int, answers: Iterable[Sequence[Answer]]) -> tuple[list[Decision], list[Note]]:
        """Return the decisions on a pack, in its order, and what `note` needs to repeat them.

        Args:
            first: The number of its first paragraph.
            answers: Those of all partitions.
        """
        decisions, notes = [], []
        by_place: dict[int, list[Answer]] = {}
        for answer in chain.from_iterable(answers):
            by_place.setdefault(answer.place, []).append(answer)
        for place in sorted(by_place):
            decision, note = self._decide(first + place, by_place[place])
            if decision:
                decisions.append(decision)
            if note:
                self.note(note)
                notes.append(note)
        return decisions, notes

    def note(self, note: Note) -> None:
        """Remember a decision."""
        self._notes[note[0]] = note[1]

    def notes(self) -> list[Note]:
        """Return all that is remembered."""
        return list(self._notes.items())

    def forget(self, before: int) -> None:
        """Forget the decisions on paragraphs with numbers below `before`."""
        self._notes = {number: note for number, note in self._notes.items() if number >= before}

    def _decide(self, number: int, answers: Sequence[Answer]) -> tuple[Decision | None, Note | None]:
        place, compared = answers[0].place, answers[0].compared
        twins = [(answer, each) for answer in answers for each in answer.found if each[1] == "same"]
        others = [each for answer in answers for each in answer.found if each[1] != "same"]
        decision = _exact(place, self._canonical(each for _, each in twins)) if compared else None
        decision = decision or (_nearest(place, self._canonical(others)) if compared else None)
        is_copy = decision is not None and decision.kind != "update"
        if not twins:
            return decision, (number, None) if is_copy else None
        (answer, twin), *_ = twins
        # The twin stands in the index for both.
        if not is_copy and twin[0] in self._notes and self._notes[twin[0]] is None:
            return decision, (twin[0], (answer.published, answer.paragraph_id))
        return decision, None

    def _canonical(self, found: Iterable[Found]) -> list[Found]:
        """Return those that are canonical, or stand for a canonical one."""
        canonical = []
        for number, kind, similarity, published, paragraph_id, changed in found:
            identity = self._notes.get(number, (published, paragraph_id))
            if identity:
                canonical.append((number, kind, similarity, *identity, changed))
        return canonical


def _exact(place: int, twins: Sequence[Found]) -> Decision | None:
    return Decision(place, "exact", twins[0][4], 1.0) if twins else None


def _nearest(place: int, found: Sequence[Found]) -> Decision | None:
    """Return what a paragraph is a copy of or else an update of.

    Of several it is the most similar one; of equals the earliest for a copy, and the latest for an update.
    """
    copies = [each for each in found if each[1] != "update"]
    if copies:
        _, kind, similarity, _, other, _ = min(copies, key=lambda each: (-each[2], each[3], each[4]))
        return Decision(place, kind, other, similarity)
    if not found:
        return None
    _, kind, similarity, _, other, changed = max(found, key=lambda each: (each[2], each[3], each[4]))
    return Decision(place, kind, other, similarity, changed)
