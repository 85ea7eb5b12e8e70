"""Leaves out what the model is not sure of and nothing else confirms. No Beam, no spaCy here.

A name that is certain once in an entry is kept wherever the entry has it. A name that a list knows is certain; so are a
person with a given name or a title, and an organisation or a place by one of its words ("... Committee").
"""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from newsbeam.transforms.enrich.gazetteer.features import country_of_people, features
from newsbeam.transforms.enrich.gazetteer.lines import data_lines
from newsbeam.transforms.enrich.gazetteer.organisations import organisation
from newsbeam.transforms.enrich.gazetteer.words import words
from newsbeam.transforms.enrich.languages import primary_language
from newsbeam.transforms.enrich.names.forms import Words, normal
from newsbeam.transforms.enrich.names.found import FoundEntity, certainty_of
from newsbeam.transforms.enrich.names.labels import NAME_LABELS, PEOPLE, PLACES
from newsbeam.transforms.enrich.names.organisations import acronyms_of_things, ordinary_acronyms
from newsbeam.transforms.newsroom.given_names import given_names
from newsbeam.transforms.records import Entity, Paragraph

# Measured on the development part of English EWT: below these, two names in five at most are right.
LEAST = dict.fromkeys(NAME_LABELS, 0.9) | {"ORG": 0.95, "LOC": 0.5, "FAC": 0.7, "NORP": 0.7}
# Capitals and periods within a word, beside those of names such as McDonald and D'Angelo; endings of peoples.
_PREFIX = re.compile(r"^(?:Mc|Mac|De|Di|Du|La|Le|Van|Fitz|O['’]|D['’]|L['’])(?=[A-Z])")
_MIXED = re.compile(r"[a-z][A-Z]|[a-z]\.[a-z]|\d")
_ADJECTIVE = re.compile(r"(?:centric|ism|tion|ness|ware|ically)$")
_PEOPLES = re.compile(r"(?:ans?|ish|ese|is?|ists?|ites?|ers|ics?|ch)$")
_LOCATIVE = re.compile(
    r"\b(?:in|at|near|from|to|of|around|outside|across|via|into|[a-z]{4,5}ern|town|city|village) (?:the )?$",
    re.IGNORECASE,
)
_THEN_PLACE = re.compile(r", [A-Z]")
_PLACE_WORDS = re.compile(
    r"\b(?:Republic|Kingdom|Islands?|City|County|Province|State|States|Territory|Union|Town|Village)\b"
)
_CLAUSE = re.compile(r"(?<=\w )(?:That|Who|Whose|Which|Wants?|Gets?|Says?)\b")  # within a headline or a title
_QUOTES = frozenset("\"“„«‘'")
_TITLE = re.compile(r"(\w{1,20})\.?\s$")
_IN = re.compile(r"\b(?:in|near|outside) $", re.IGNORECASE)
_ENGLISH = frozenset({"US", "GB", "CA", "AU", "NZ", "IE"})  # whose cities are often surnames as well
_LARGE = 100_000  # people of a city that a paper names without its country

# What says that an unknown word is a person or an organisation: who speaks, is introduced, or has a spokesman.
_SAYING = "|".join(sorted(line[4:].replace(" ", "|") for line in data_lines("saying.txt") if line.startswith("en: ")))
_ACTS = re.compile(
    rf",? (?:also |later |then )?(?:{_SAYING}|who|had|has|was|is|also|later|himself|herself)\b"
    r"|, (?:who|whose|\d\d|an?|the) "
    r"|['’]s? (?:wife|husband|son|daughter|father|mother|brother|sister|family|lawyer|death|career|supporters)\b"
)
_TOLD_BY = re.compile(rf"\b(?:{_SAYING}) $")
_HAS_OFFICE = re.compile(
    rf"['’]s?\b|,? (?:also )?(?:{_SAYING})\b"
    r"| (?:officials?|spokes\w{1,9}|presidents?|chiefs?|chair\w{0,9}|directors?|secretary|analysts?|reporters?|members?"
    r"|leaders?|ministers?|reports?|board|head|executives?)\b"
)
_ARTICLE = re.compile(r"\b(?:the|an?|this) $", re.IGNORECASE)
_WINNING = re.compile(r"[ -](?:win|nomin|award)")
# Measured on the development part of English EWT.
_SURE_FULL_NAME, _SURE_PERSON, _SURE_ACRONYM, _SURE_ORGANISATION = 0.98, 0.99, 0.9995, 0.999


def without_doubtful(
    paragraphs: Sequence[Paragraph], at: Collection[int], lower: Collection[str] = ()
) -> list[Paragraph]:
    """Return paragraphs without the names that are doubtful.

    Args:
        paragraphs: Those of an entry.
        at: The positions of those that a model has read.
        lower: The words that the entry has in lower case: alone they are not people.
    """
    ordinary = {*ordinary_acronyms(paragraphs), *acronyms_of_things(paragraphs)}
    certain = frozenset(_certain(paragraphs, lower)) - {("ORG", (word,)) for word in ordinary}
    return [_kept(each, certain) if number in at else each for number, each in enumerate(paragraphs)]


def _certain(paragraphs: Iterable[Paragraph], lower: Collection[str]) -> Iterable[tuple[str, Words]]:
    """Yield kind and words of each name that is certain somewhere, and the surnames of people."""
    things = frozenset(_after_articles(paragraphs)) & frozenset(lower)
    for paragraph in paragraphs:
        for entity in paragraph.entities:
            if entity.label in NAME_LABELS and _is_certain(entity, paragraph):
                form = normal(entity.text, entity.label)[1]
                if (
                    entity.label in PEOPLE
                    and len(form) == 1
                    and form[0] in (things if form[0] in given_names() else lower)
                ):
                    continue
                yield _kind(entity.label), form
                if entity.label in PEOPLE:
                    yield from (("person", form[at:]) for at in range(1, len(form)))


def _after_articles(paragraphs: Iterable[Paragraph]) -> Iterable[str]:
    """Yield the words, in lower case, that a model takes for people and that have an article somewhere: "the Bill"."""
    for paragraph in paragraphs:
        for entity in paragraph.entities:
            if entity.label in PEOPLE and _ARTICLE.search(paragraph.text[max(0, entity.start - 5) : entity.start]):
                yield entity.text.lower()


def _kind(label: str) -> str:
    return "person" if label in PEOPLE else "place" if label in PLACES else label


def _kept(paragraph: Paragraph, certain: frozenset[tuple[str, Words]]) -> Paragraph:
    kept = tuple(
        found for entity in paragraph.entities if _stays(found := _city(entity, paragraph.text, certain), certain)
    )
    return paragraph if kept == paragraph.entities else replace(paragraph, entities=kept)


def _city(entity: Entity, text: str, certain: frozenset[tuple[str, Words]]) -> Entity:
    """Return a single name of a person that is a large city's as the city, unless a person of the entry has it."""
    if entity.label not in PEOPLE or " " in entity.text or not isinstance(entity, FoundEntity):
        return entity
    cities = [each for each in features(entity.text) if each.people >= _LARGE]
    within = _IN.search(text[max(0, entity.start - 10) : entity.start]) is not None
    if not cities or (entity.text.lower() in given_names() and not within):
        return entity
    if not within and (_stays(entity, certain) or all(each.country in _ENGLISH for each in cities)):
        return entity
    return Entity(entity.text, "GPE", entity.start, entity.end, entity.text)


def _stays(entity: Entity, certain: frozenset[tuple[str, Words]]) -> bool:
    return entity.label not in NAME_LABELS or (_kind(entity.label), normal(entity.text, entity.label)[1]) in certain


def _is_certain(entity: Entity, paragraph: Paragraph) -> bool:
    if not isinstance(entity, FoundEntity):
        return True  # of a list, a rule, or a model that doesn't tell how sure it is
    if entity.label in PEOPLE and entity.text.lower() in words("awards") and _WINNING.match(paragraph.text, entity.end):
        return False
    sure = entity.certainty >= LEAST[entity.label]
    if entity.label == "ORG" and _CLAUSE.search(entity.text):
        return False
    if primary_language(paragraph) != "en":
        return sure or _is_known(entity, paragraph.text)
    if _is_odd(entity.text, entity.label):
        return False
    if entity.label in PEOPLE and " " in entity.text:  # without a given name that is known
        sure = sure and (entity.certainty >= _SURE_FULL_NAME or _acts(entity, paragraph.text))
    return _is_known(entity, paragraph.text) or (sure and _stands_as_name(entity, paragraph.text))


def _stands_as_name(entity: Entity, text: str) -> bool:
    """Return whether a name that no list knows stands where those of its kind do.

    A place follows a preposition or is before its country; the title of a work is in quotes; a name is not all of a
    paragraph, which would be a heading.
    """
    if len(text) < entity.end - entity.start + 4:
        return False
    if entity.label == "GPE":
        known = _PLACE_WORDS.search(entity.text) or _THEN_PLACE.match(text, entity.end)
        return bool(known or _LOCATIVE.search(text[max(0, entity.start - 24) : entity.start]))
    if entity.label in PEOPLE and " " not in entity.text:
        city = any(each.people >= _LARGE and each.country not in _ENGLISH for each in features(entity.text))
        if _ARTICLE.search(text[max(0, entity.start - 5) : entity.start]) and entity.text.lower() in given_names():
            return False  # "The Bill will"
        return (certainty_of(entity) >= _SURE_PERSON and not city) or _acts(entity, text)
    if entity.label == "ORG" and " " not in entity.text:
        sure = _SURE_ACRONYM if entity.text.isupper() else _SURE_ORGANISATION
        return certainty_of(entity) >= sure or _HAS_OFFICE.match(text, entity.end) is not None
    return entity.label != "WORK_OF_ART" or text[entity.start - 1 : entity.start] in _QUOTES


def _acts(entity: Entity, text: str) -> bool:
    """Return whether the words around an unknown name are those around a person."""
    before = text[max(0, entity.start - 20) : entity.start]
    if _IN.search(before):
        return False
    return _ACTS.match(text, entity.end) is not None or _TOLD_BY.search(before) is not None


def _is_known(entity: Entity, text: str) -> bool:
    """Return whether lists, the name's own words or a title before it say that it is one of its kind."""
    name, label = entity.text, entity.label
    parts = name.lower().split()
    if label == "ORG":
        return bool(organisation(name)) or (
            len(parts) > 1 and any(part.rstrip(".,") in words("organisations") for part in parts)
        )
    if label in PLACES:
        return bool(features(name)) or (len(parts) > 1 and parts[-1] in words("places"))
    if label in PEOPLE:
        before = _TITLE.search(text[max(0, entity.start - 24) : entity.start])
        titled = before is not None and before[1].lower() in words("titles")
        if len(parts) == 1 and not titled and _ARTICLE.search(text[max(0, entity.start - 5) : entity.start]):
            return False  # "the Bill", "the Alma ensemble"
        return titled or parts[0] in given_names() or name.lower() in words("known")
    return label == "NORP" and bool(country_of_people(name))


def _is_odd(name: str, label: str) -> bool:
    """Return whether a name of one word is written as those of its kind are not: "PostgreSQL" is not a place."""
    if " " in name or label not in PEOPLE | PLACES | {"NORP"} or features(name):
        return False
    if label == "NORP":
        return not (_PEOPLES.search(name) or country_of_people(name) or name.lower() in words("peoples"))
    if label in PEOPLE and _ADJECTIVE.search(name):
        return True
    capitals = name.isupper() and len(name) > 2 and "." not in name
    return _MIXED.search(_PREFIX.sub("", name)) is not None or (capitals and label in PLACES)
