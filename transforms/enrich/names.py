"""Resolves names of entities within one story to the fullest form and one label. No Beam, no spaCy here.

A story has "Sergei Lavrov" once and "Lavrov" after that, and a model that sees one paragraph at a time may label a
"Lavrov" as an organisation. This uses the whole story, and changes only what is unambiguous: if the story has two
Lavrovs, "Lavrov" stays as it is.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from newsbeam.transforms.records import Entity, Story

# The labels of names in OntoNotes (English models) and in WikiNER (most others); ties go to the earlier one.
# Dates, amounts and ordinals have no fuller form.
NAME_LABELS = (
    *("PERSON", "PER", "GPE", "ORG", "NORP", "LOC", "FAC", "PRODUCT", "EVENT", "LAW", "WORK_OF_ART"),
    *("MISC", "LANGUAGE"),
)
_PEOPLE = frozenset({"PERSON", "PER"})

# Labels that a model gives to surnames by mistake. Places and nationalities it rarely mistakes.
_MISTAKEN_FOR_PEOPLE = frozenset({"ORG", "FAC", "PRODUCT", "EVENT", "LAW", "WORK_OF_ART", "MISC"})

_THE = re.compile(r"the\s+(?!hague$)(?=\S)", re.IGNORECASE)

_HONORIFICS = frozenset(
    re.findall(
        r"\S+",
        "mr mrs ms miss dr prof sir lord lady dame sen rep gov gen col capt",
    )
)

# Words after the short form in a company's full name.
_COMPANY_WORDS = frozenset(
    re.findall(
        r"\S+",
        "& and ab ag airlines airways asa bancorp bhd co companies company corp corporation group holding "
        "holdings inc incorporated industries international kk limited llc llp lp ltd motor motors nv oy oyj "
        "plc pty sa se spa systems technologies",
    )
)

# Offices that are named after the person who leads them.
_OFFICES = frozenset(("administration", "cabinet", "campaign", "government", "presidency"))

_POSSESSIVE = re.compile(r"(?<=\w)(?:['’`][sS]|(?<=s)['’])$")
_EDGES = " \t\n\"“”„«»‘’'`()[]<>,;:"
# Not "w Karen" and "Revs 602.5", which a model also labels as people.
_FULL_NAME = re.compile(r"(?![a-z])[^\d]+\s[^\d]+")
_ACRONYM = re.compile(r"[A-Z]{2,6}")


@dataclass
class _Form:
    """One form of a name in a story, in any case."""

    words: tuple[str, ...]
    surfaces: Counter[str] = field(default_factory=Counter)
    labels: Counter[str] = field(default_factory=Counter)
    label: str = ""

    @property
    def surface(self) -> str:
        """The most frequent spelling, in mixed case if there is one."""
        return min(self.surfaces, key=lambda text: (text.isupper() or text.islower(), -self.surfaces[text], text))


def resolve_names(story: Story) -> Story:
    """Give each entity of a story the fullest form of its name in the story, and one label a name.

    - "Lavrov", "Mr. Lavrov", "S. Lavrov" and "Lavrov's" become "Sergei Lavrov", a person, if the story has one such
      person. A form that is a place in the story stays a place: "Washington" beside "Denzel Washington".
    - "Inco" becomes "Inco Ltd", "SEC" becomes "Securities and Exchange Commission", if the story has the long form.
    - "the United States" and "United States" are one name; "US" stays as it is.
    - A name with several labels gets its most frequent one.

    Text and positions don't change; the name of a date or an amount is its text.
    """
    if not any(paragraph.entities for paragraph in story.paragraphs):
        return story
    forms = _forms(entity for paragraph in story.paragraphs for entity in paragraph.entities)
    names = _full_names(forms)
    paragraphs = tuple(
        replace(paragraph, entities=tuple(_named(entity, names) for entity in paragraph.entities))
        if paragraph.entities
        else paragraph
        for paragraph in story.paragraphs
    )
    return Story(story.entry, paragraphs)


def _named(entity: Entity, names: Mapping[tuple[str, ...], tuple[str, str]]) -> Entity:
    if entity.label not in NAME_LABELS:
        return entity
    surface, words = _normal(entity.text, entity.label)
    name, label = names.get(words, (surface, entity.label))
    if name == entity.name and label == entity.label:
        return entity
    return Entity(entity.text, label, entity.start, entity.end, name)


def _forms(entities: Iterable[Entity]) -> dict[tuple[str, ...], _Form]:
    forms: dict[tuple[str, ...], _Form] = {}
    for entity in entities:
        if entity.label in NAME_LABELS:
            surface, words = _normal(entity.text, entity.label)
            form = forms.get(words) or forms.setdefault(words, _Form(words))
            form.surfaces[surface] += 1
            form.labels[entity.label] += 1
    for form in forms.values():
        form.label = min(form.labels, key=lambda label: (-form.labels[label], NAME_LABELS.index(label)))
    return forms


@lru_cache(maxsize=16_384)
def _normal(text: str, label: str) -> tuple[str, tuple[str, ...]]:
    """Return a name without article, possessive and quotes, and the words to compare it by."""
    name = _POSSESSIVE.sub("", " ".join(text.split()).strip(_EDGES)) or text
    without_article = _THE.sub("", name, count=1) if _THE.match(name) else name
    words = without_article.casefold().replace("’", "'").split()
    if len(words) > 1 and words[0].rstrip(".") in _HONORIFICS:
        words = words[1:]
    return name if label == "WORK_OF_ART" else without_article, tuple(words)


def _full_names(forms: Mapping[tuple[str, ...], _Form]) -> dict[tuple[str, ...], tuple[str, str]]:
    """Return (name, label) for each form."""
    people = [form for form in forms.values() if form.label in _PEOPLE and _FULL_NAME.fullmatch(form.surface)]
    organisations = [form for form in forms.values() if form.label == "ORG" and len(form.words) > 1]
    names = {}
    for words, form in forms.items():
        full = _person(form, people, organisations) or _organisation(form, organisations) or form
        names[words] = (full.surface, full.label)
    return names


def _person(form: _Form, people: Sequence[_Form], organisations: Sequence[_Form]) -> _Form | None:
    """Return the one person that a form is a short form of."""
    if (
        form.label not in _PEOPLE
        and (
            form.label not in _MISTAKEN_FOR_PEOPLE
            # "Ford" beside "Gerald Ford" and "Ford Motor Co"; but "Trump" beside "Trump Administration" is a person.
            or any(form.words == other.words[: len(form.words)] for other in organisations if not _is_office(other))
        )
    ):
        return None
    by_surname = [person for person in people if _is_surname(form.words, person.words)]
    if by_surname or form.label not in _PEOPLE:
        return _fullest(by_surname, _is_surname)
    return _fullest([person for person in people if form.words == person.words[:1]], _is_surname)


def _is_surname(short: tuple[str, ...], full: tuple[str, ...]) -> bool:
    """Return whether `full` has the words of `short` in order, initials allowed, and the same last word."""
    if short == full or len(short) > len(full) or short[-1] != full[-1]:
        return False
    rest = iter(full[:-1])
    return all(any(_is_word_or_initial(word, other) for other in rest) for word in short[:-1])


def _is_word_or_initial(word: str, full: str) -> bool:
    return word == full or (len(word.rstrip(".")) == 1 and full.startswith(word[0]))


def _organisation(form: _Form, organisations: Sequence[_Form]) -> _Form | None:
    """Return the one organisation that a form is a short form or the acronym of."""
    if form.label != "ORG":
        return None
    if full := _fullest([other for other in organisations if _is_company(form.words, other.words)], _is_company):
        return full
    if len(form.words) > 1 or not _ACRONYM.fullmatch(form.surface):
        return None
    return _fullest([other for other in organisations if form.surface == _initials(other.surface)], _is_company)


def _is_company(short: tuple[str, ...], full: tuple[str, ...]) -> bool:
    rest = full[len(short) :]
    return bool(rest) and full[: len(short)] == short and all(word.rstrip(".,") in _COMPANY_WORDS for word in rest)


def _is_office(organisation: _Form) -> bool:
    return organisation.words[-1] in _OFFICES


def _initials(name: str) -> str:
    return "".join(word[0] for word in name.split() if word[0].isupper())


def _fullest(forms: Sequence[_Form], is_short_for: Callable[[tuple[str, ...], tuple[str, ...]], bool]) -> _Form | None:
    """Return the form that all others are short forms of; None if there is none: nothing is guessed."""
    longest = max(forms, key=lambda form: (len(form.words), len(form.surface), form.words), default=None)
    if longest and all(form is longest or is_short_for(form.words, longest.words) for form in forms):
        return longest
    return None
