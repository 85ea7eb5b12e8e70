"""Whether a stretch between marks is direct speech, and who says it. No Beam, no spaCy here."""

import re
from collections.abc import Sequence

from newsbeam.transforms.enrich.names.labels import PEOPLE
from newsbeam.transforms.enrich.quotes.marks import Stretch
from newsbeam.transforms.enrich.quotes.saying import (
    Subject,
    has_pronoun,
    only_subject,
    sentence_end,
    sentence_start,
    subject_after,
    subject_before,
    verbs_in,
)
from newsbeam.transforms.records import Entity

_FINAL = (".", "!", "?", "…")
_LEAST_WORDS = 4
_AFTER = re.compile(r"[\s,–—-]{0,4}")
_NEAR_MARK = 90


def said_after(text: str, stretch: Stretch, limit: int, entities: Sequence[Entity], language: str) -> Subject | None:
    """Return who says a stretch by the words after it: `", he said`; None if they don't tell.

    A stretch that ends with a period ends its sentence: what follows speaks of something else.
    """
    if not stretch.closed:
        return None
    match = _AFTER.match(text, stretch.closing + 1)
    begin = match.end() if match else stretch.closing + 1
    comma = "," in text[stretch.closing + 1 : begin]
    if text[stretch.start : stretch.end].endswith(".") and not comma:
        return None
    end = min(limit, sentence_end(text, begin))
    for verb in verbs_in(text, language, begin, min(end, begin + _NEAR_MARK)):
        if verb.start == begin or text[begin : verb.start].strip().lower() in ("also", "auch", "aussi"):
            return subject_after(text, verb, end, entities, language) or subject_before(
                text, verb, begin, entities, language
            )
        return subject_before(text, verb, begin, entities, language)
    return None


def said_before(text: str, stretch: Stretch, floor: int, entities: Sequence[Entity], language: str) -> Subject | None:
    """Return who says a stretch by the words before it: `Lavrov said: "`; None if they don't tell."""
    begin = max(floor, sentence_start(text, stretch.opening))
    head = text[begin : stretch.opening].rstrip()
    end = begin + len(head)
    if not head:
        return None
    if head[-1] == ":" and entities and (name := _before_colon(head, begin, entities)):
        return Subject("name", "", name)
    found = [verb for verb in verbs_in(text, language, begin, end) if end - verb.end <= _NEAR_MARK]
    if not found and head[-1] == ":":
        return _before_any_colon(text, begin, end, entities, language)
    if not found or not (head[-1] in ":," or end == found[-1].end):
        return None
    if head[-1] == "," and "," in text[found[-1].end : end - 1]:
        return None
    verb = found[-1]
    before = subject_before(text, verb, begin, entities, language)
    # In German the subject follows the verb where something else begins the sentence: "Dazu sagte Merkel:".
    if language == "de" and (before is None or before.how == "open"):
        return subject_after(text, verb, end, entities, language) or before
    return before


def _before_any_colon(text: str, begin: int, end: int, entities: Sequence[Entity], language: str) -> Subject:
    """Return who says what follows a colon that no verb of saying stands before: the only person of the clause."""
    if only := only_subject(text, begin, end, entities):
        return Subject("name", "", only)
    people = any(each.label in PEOPLE and begin <= each.start < end for each in entities)
    return Subject("pronoun" if has_pronoun(text, begin, end, language) and not people else "open")


def _before_colon(head: str, begin: int, entities: Sequence[Entity]) -> Entity | None:
    """Return the person whose name is all that stands before a colon, as in an interview."""
    for entity in entities:
        if entity.label in ("PERSON", "PER") and entity.start == begin and entity.end == begin + len(head) - 1:
            return entity
    return None


def is_utterance(text: str, stretch: Stretch, subject: Subject | None, before: bool, goes_on: bool) -> bool:
    """Return whether a stretch is direct speech: not a title, a scare quote, or a fragment in another's sentence.

    Args:
        text: The paragraph.
        stretch: The stretch.
        subject: Who says it by the words around it.
        before: Whether these words stand before it.
        goes_on: Whether it continues an utterance that was interrupted.
    """
    spoken = text[stretch.start : stretch.end]
    if not spoken:
        return False
    if goes_on:
        return True
    begins = spoken.lstrip("[(…. ")[:1]
    if begins.islower():
        return bool(subject and before and text[: stretch.opening].rstrip().endswith(":"))
    if subject:
        colon = text[: stretch.opening].rstrip()[-1:] in (":", ",")
        return not before or colon or _is_sentence(text, stretch, spoken)
    return _is_sentence(text, stretch, spoken) and _stands_alone(text, stretch)


def _is_sentence(text: str, stretch: Stretch, spoken: str) -> bool:
    ends = (
        spoken.endswith(_FINAL) or text[stretch.closing + 1 : stretch.closing + 2] in (".", "!") or not stretch.closed
    )
    return ends and len(spoken.split()) >= _LEAST_WORDS


def _stands_alone(text: str, stretch: Stretch) -> bool:
    """Return whether no sentence is around a stretch: it begins the paragraph or follows a finished sentence."""
    head = text[: stretch.opening].rstrip(" \t\n\u00a0–—-")
    following = text[stretch.closing + 1 :].lstrip(" .")
    return (not head or head[-1] in '.!?:"”“»«') and (not following or not following[0].islower())
