"""Which characters of a found span are the name, and whether they can be one at all. No Beam, no spaCy here."""

import re
from collections.abc import Iterator
from dataclasses import replace

from newsbeam.transforms.enrich.gazetteer.features import features
from newsbeam.transforms.enrich.gazetteer.lines import word_set
from newsbeam.transforms.enrich.gazetteer.organisations import organisation
from newsbeam.transforms.enrich.gazetteer.words import not_names, words
from newsbeam.transforms.enrich.names.labels import NAME_LABELS, PEOPLE, PLACES
from newsbeam.transforms.newsroom.given_names import given_names
from newsbeam.transforms.records import Entity

_EDGES = " \t\n\"“”„«»‘’'`´()[]{}<>,;:!?/|*•·–—-_=~^+#&…↑↓→←↩\u200b\ufeff"
_THE = re.compile(r"(?:the|a|an)\s+(?!hague\b)(?=\S)", re.IGNORECASE)
_POSSESSIVE = re.compile(r"(?<=\w)(?:\s?['’`]\s?[sS]|(?<=s)['’])$")
_PREPOSITION = re.compile(r"(?:near|in|at|from|to|on|outside|around|inside)\s(?=\S)", re.IGNORECASE)
_BREAK = re.compile(r"\s[–—-]\s|[—\n]")
_AND = re.compile(r"\s(?:and|&|to)\s|\s[–—-]\s|[/;—\n]")
_OWNED = re.compile(r"(?<=\w)['’]s\s(?=\S)|:\s")
_LETTER = re.compile(r"[^\W\d_]")
_MARKUP = re.compile(r"[@<>{}\\=_|]|https?:|www\.|\.(?:html?|php|jpg|png|pdf)\b", re.IGNORECASE)

# Titles that are a part of the name that people are known by.
_KEPT_TITLES = word_set("king queen prince princess pope sheikh imam ayatollah lord lady sir dame father sister")
_PARTICLES = word_set(
    "van von de der den del della di da dos das du la le el al bin ibn ben abu ten ter zu zur af av y e i bint"
)
_MOST_WORDS = {"PERSON": 6, "PER": 6, "GPE": 7, "NORP": 4, "LOC": 8, "ORG": 12}


def repaired(entity: Entity, text: str, english: bool) -> Iterator[Entity]:
    """Yield the names in a found span: itself, a part of it, two that it joins, or none.

    Args:
        entity: What the model found; other labels than those of names are yielded as they are.
        text: The paragraph.
        english: Whether the paragraph is English, for its articles and titles.
    """
    if entity.label not in NAME_LABELS:
        yield entity
        return
    for start, end in _parts(entity, text):
        start, end = _trimmed(text, start, end, entity.label, english)
        if start < end and _can_be_name(text[start:end], entity.label, text.isupper()):
            yield _moved(entity, text, start, end)


def _moved(entity: Entity, text: str, start: int, end: int) -> Entity:
    if start == entity.start and end == entity.end:
        return entity
    name = text[start:end]
    return replace(entity, text=name, start=start, end=end, name=name)


def _parts(entity: Entity, text: str) -> Iterator[tuple[int, int]]:
    """Yield the spans of a span, split where it joins two people or places, or two lines."""
    owner = _OWNED.search(entity.text) if entity.label in PEOPLE else None
    if owner:  # "Anutin's Bhumjaithai"
        yield entity.start, entity.start + owner.start()
        return
    split = _AND if entity.label in PEOPLE | PLACES else _BREAK
    if not split.search(entity.text) or features(entity.text):
        yield entity.start, entity.end
        return
    at = 0
    for match in split.finditer(entity.text):
        yield entity.start + at, entity.start + match.start()
        at = match.end()
    yield entity.start + at, entity.end


def _trimmed(text: str, start: int, end: int, label: str, english: bool) -> tuple[int, int]:
    """Return the span without marks, articles, titles and possessives."""
    start, end = _without_marks(text, start, end)
    name = text[start:end]
    if organisation(name) and not _THE.match(name):
        return start, end
    if match := _POSSESSIVE.search(name):
        start, end = _without_marks(text, start, start + match.start())
    if english and label != "WORK_OF_ART" and (match := _THE.match(text, start, end)):
        start = match.end()
    if english and label in PLACES | PEOPLE and (match := _PREPOSITION.match(text, start, end)):
        start = match.end()
    return _person(text, start, end) if label in PEOPLE else (start, end)


def _without_marks(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start] in _EDGES:
        start += 1
    while end > start and text[end - 1] in _EDGES:
        end -= 1
    return start, end


def _person(text: str, start: int, end: int) -> tuple[int, int]:
    """Return a person's span without titles and without words that begin in lower case around it."""
    spans = [(start + each.start(), start + each.end()) for each in re.finditer(r"\S+", text[start:end])]
    while len(spans) > 1 and _is_outside(text[slice(*spans[0])]):
        spans.pop(0)
    while len(spans) > 1 and (text[spans[-1][0]].islower() or text[spans[-1][0]].isdigit()):
        spans.pop()
    return _without_marks(text, spans[0][0], spans[-1][1]) if spans else (start, end)


def _is_outside(word: str) -> bool:
    plain = word.lower().rstrip(".,")
    if word[0].islower():
        return plain not in _PARTICLES and not plain.startswith(("al-", "el-", "d'", "d’"))
    return plain in words("titles") and plain not in _KEPT_TITLES


def _can_be_name(name: str, label: str, capitals: bool) -> bool:
    if len(name) < 2 or not _LETTER.search(name) or _MARKUP.search(name):
        return False
    if name.islower() or name.lower().rstrip(".") in not_names():
        return False
    if label in PEOPLE and not capitals and name.isupper() and name.isalpha() and len(name) > 2 and " " not in name:
        return name.lower() in given_names()
    if label in ("ORG", *PEOPLE) and all(word.lower() in not_names() for word in name.split()):
        return False
    if label in ("PERSON", "PER", "NORP", "GPE") and any(each.isdigit() for each in name):
        return False
    return name.count(" ") < _MOST_WORDS.get(label, 12)
