"""Verbs of saying and their subjects, in English, German and French. No Beam, no spaCy here."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

from newsbeam.transforms.enrich.gazetteer.lines import data_lines, word_set
from newsbeam.transforms.enrich.names.labels import PEOPLE
from newsbeam.transforms.records import Entity

LANGUAGES = ("en", "de", "fr")

_PRONOUNS = {
    "en": frozenset({"he", "she"}),
    "de": frozenset({"er", "sie"}),
    "fr": frozenset({"il", "elle"}),
}
_ARTICLES = {
    "en": frozenset(["the", "his", "her", "its", "their", "mr", "mrs", "ms", "dr", "president", "minister"]),
    "de": frozenset(["der", "die", "das", "dem", "den"]),
    "fr": frozenset(["le", "la", "l'", "l’"]),
}
# Between a verb and its subject.
_ADVERBS = word_set(
    "also later then further however again simply repeatedly reportedly once just now auch später dann weiter "
    "noch aussi également encore ensuite has had have"
)
_GOVERNING = word_set(
    "for of to by about with from against on in at after before like than von für mit über an bei zu gegen nach "
    "aus de du à pour avec sur par contre chez and und et met"
)
_CONJUNCTIONS = frozenset({"and", "und", "et"})
_WORD = re.compile(r"[^\W\d_][\w’'-]{0,40}")
_OBJECT = re.compile(r"\b(?:den|dem|des|einen|einem|him|her|ihm|ihn|über|about)\b")
_NEAR = 110
_SENTENCE_END = re.compile(r"[.!?][\"”»“]?\s+(?=[\"“„«»A-ZÀ-Ý])")
_ABBREVIATION = re.compile(
    r"(?:\b[A-Z]|\b(?:Mr|Mrs|Ms|Dr|St|Sen|Rep|Gov|Gen|Lt|Col|Sgt|Prof|Jr|Sr|No|Inc|Corp|vs))\.\s$"
)


@dataclass(frozen=True)
class Subject:
    """Who says something.

    Attributes:
        how: By name; by pronoun or role ("he", "the minister"), which someone named before is; or open ("a resident").
        entity: The name's entity.
        verb: The verb of saying, as it stands.
    """

    how: Literal["name", "pronoun", "role", "open"]
    verb: str = ""
    entity: Entity | None = None


@dataclass(frozen=True)
class Verb:
    """A verb of saying in a text.

    Attributes:
        pronoun: Whether it has its subject in itself, as in French: "dit-il".
    """

    start: int
    end: int
    text: str
    pronoun: bool = False


@cache
def _verbs(key: str) -> frozenset[str]:
    lines = (line.split(": ", 1) for line in data_lines("saying.txt"))
    return frozenset(word for language, words in lines if language == key for word in words.split())


def verbs_in(text: str, language: str, start: int, end: int) -> Iterator[Verb]:
    """Yield the verbs of saying between two positions."""
    verbs = _verbs(language)
    if language != "fr":
        for match in _WORD.finditer(text, start, end):
            if match[0] in verbs:
                yield Verb(match.start(), match.end(), match[0])
        return
    # None yet: so far before the text that no participle is near it.
    auxiliary = 0, -9
    for match in _WORD.finditer(text, start, end):
        # French puts a t between two vowels: "a-t-il".
        word, _, pronoun = match[0].replace("-t-", "-").partition("-")
        if word in ("a", "avait", "ont"):
            auxiliary = match.start(), match.end()
            has_pronoun = pronoun in _PRONOUNS["fr"]
        elif match[0] in _ADVERBS and match.start() - auxiliary[1] <= 2:
            auxiliary = auxiliary[0], match.end()
        elif match[0] in _verbs("frp") and match.start() - auxiliary[1] <= 2:
            yield Verb(auxiliary[0], match.end(), text[auxiliary[0] : match.end()], has_pronoun)
        elif word in verbs:
            yield Verb(match.start(), match.end(), match[0], pronoun in _PRONOUNS["fr"])


def sentence_start(text: str, at: int) -> int:
    """Return where the sentence of a position begins, at most 400 characters before it."""
    # A bound: in a text without sentence ends each verb would search all that precedes it.
    first = max(0, at - 400)
    begin = first
    for match in _SENTENCE_END.finditer(text, first, at):
        if not _ABBREVIATION.search(text[max(0, match.start() - 8) : match.end()]):
            begin = match.end()
    return begin


def sentence_end(text: str, at: int) -> int:
    """Return where the sentence of a position ends, at most 400 characters after it."""
    last = min(len(text), at + 400)
    for match in _SENTENCE_END.finditer(text, at, last):
        if not _ABBREVIATION.search(text[max(0, match.start() - 8) : match.end()]):
            return match.start() + 1
    return last


def subject_before(text: str, verb: Verb, start: int, entities: Sequence[Entity], language: str) -> Subject | None:
    """Return the subject of a verb that stands between `start` and the verb."""
    words = list(_WORD.finditer(text, max(start, verb.start - _NEAR), verb.start))
    while words and words[-1][0].lower() in _ADVERBS:
        words.pop()
    if not words or _breaks(text[words[-1].end() : verb.start]):
        return None
    if words[-1][0].lower() in _PRONOUNS[language]:
        return Subject("pronoun", verb.text)
    found = [entity for entity in entities if start <= entity.start and entity.end <= verb.start]
    named = [entity for entity in found if entity.label in PEOPLE and verb.start - entity.end <= _NEAR]
    if named and _is_subject(text, named[-1], start) and _reaches(text[named[-1].end : verb.start]):
        return Subject("name", verb.text, named[-1])
    group = [entity for entity in found if entity.label == "ORG" and verb.start - entity.end <= 2]
    if group and _is_subject(text, group[-1], start):
        return Subject("name", verb.text, group[-1])
    return _by_role(text[max(start, verb.start - _NEAR) : verb.start], verb.text, language, bool(named))


def subject_after(text: str, verb: Verb, end: int, entities: Sequence[Entity], language: str) -> Subject | None:
    """Return the subject of a verb that stands between the verb and `end`."""
    if verb.pronoun:
        return Subject("pronoun", verb.text)
    words = list(_WORD.finditer(text, verb.end, min(end, verb.end + _NEAR)))
    while words and words[0][0].lower() in _ADVERBS:
        words.pop(0)
    if not words or _breaks(text[verb.end : words[0].start()]):
        return None
    if words[0][0].lower() in _PRONOUNS[language]:
        return Subject("pronoun", verb.text)
    near = [entity for entity in entities if verb.end <= entity.start and entity.end <= min(end, verb.end + _NEAR)]
    for entity in near:
        if entity.label in PEOPLE and _is_subject(text, entity, verb.end):
            return Subject("name", verb.text, entity)
    if near and near[0].label == "ORG" and near[0].start - verb.end <= 5:
        return Subject("name", verb.text, near[0])
    return _by_role(text[verb.end : min(end, verb.end + _NEAR)], verb.text, language, False)


def only_subject(text: str, start: int, end: int, entities: Sequence[Entity]) -> Entity | None:
    """Return the only person that a clause names, if nothing governs the name: who speaks after its colon."""
    people = [each for each in entities if each.label in PEOPLE and start <= each.start and each.end <= end]
    if len({person.name for person in people}) != 1 or not _is_subject(text, people[0], start):
        return None
    articles = _OBJECT.search(text[max(start, people[0].start - 40) : people[0].start])
    return None if articles else people[0]


def has_pronoun(text: str, start: int, end: int, language: str) -> bool:
    """Return whether a clause has a pronoun for a person."""
    return any(match[0].lower() in _PRONOUNS[language] for match in _WORD.finditer(text, start, end))


def _breaks(between: str) -> bool:
    return any(each in between for each in '.;:!?"“”„«»')


def _reaches(between: str) -> bool:
    """Return whether a name's clause goes on to the verb: with an apposition, or a few words."""
    if between.count(",") == 1 and not between.strip().startswith(","):
        return False
    if between.count(",") == 3 and between.rstrip().endswith(","):  # "Anna Velm, 42, a teacher from Oslo, said"
        return True
    return between.count(",") <= 2 and (between.count(",") == 2 or len(between.split()) <= 4)


def _is_subject(text: str, entity: Entity, start: int) -> bool:
    """Return whether no preposition governs a name: in "a spokesman for Lavrov said" he says nothing."""
    words = [each[0] for each in _WORD.finditer(text, max(start, entity.start - 60), entity.start)]
    title = False
    while words and words[-1][0].isupper() and words[-1].lower() not in _GOVERNING:
        words.pop()  # titles, and what precedes them: "Kelley Blue Book analyst"
        title = True
    if title and words and words[-1].lower() in _CONJUNCTIONS:
        return True  # within a title: "Police and Crime Commissioner"
    if text[entity.end : entity.end + 2] in ("'s", "’s", "‘s"):
        return False
    return not words or words[-1].lower() not in _GOVERNING or text[entity.start - 2 : entity.start] == ", "


def _by_role(clause: str, verb: str, language: str, others: bool) -> Subject | None:
    """Return a subject without a name: "the minister" is someone who was named, "a resident" isn't."""
    words = [each[0].lower() for each in _WORD.finditer(clause)]
    if not words or len(words) > 12:
        return None
    several = language == "en" and words[-1].endswith("s") and not words[-1].endswith("ss")
    alone = words[0] in _ARTICLES[language] and not others and not several and len(words) <= 4
    return Subject("role" if alone else "open", verb)
