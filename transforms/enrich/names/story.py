"""Applies the rules around the entity model to a story. No Beam, no spaCy here.

    spans -> gazetteers -> doubts -> headlines -> repeats -> one name and kind each (`resolve`)

Each rule is a function of the story alone, so the rows of an entry depend on no other entry.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from newsbeam.transforms.enrich.gazetteer.features import country_names
from newsbeam.transforms.enrich.gazetteer.organisations import longer_name, organisation
from newsbeam.transforms.enrich.gazetteer.words import not_names, words
from newsbeam.transforms.enrich.languages import primary_language
from newsbeam.transforms.enrich.names.doubts import without_doubtful
from newsbeam.transforms.enrich.names.headlines import is_credible, is_headline
from newsbeam.transforms.enrich.names.kinds import ALSO_NAMES, kind, known_names
from newsbeam.transforms.enrich.names.labels import NAME_LABELS
from newsbeam.transforms.enrich.names.repeats import Known, begins_sentence, known_forms, left_out
from newsbeam.transforms.enrich.names.resolve import resolve_names
from newsbeam.transforms.enrich.names.rules import ALL_RULES, NO_RULES, EntityRules
from newsbeam.transforms.enrich.names.spans import bracketed, repaired, whole, without_overlaps
from newsbeam.transforms.newsroom.given_names import given_names
from newsbeam.transforms.records import Entity, Paragraph, Story

_MAYBE_ORDINARY = frozenset({"ORG", "PERSON", "PRODUCT", "WORK_OF_ART", "FAC", "LAW", "EVENT", "NORP"})


def apply_rules(story: Story, rules: EntityRules = ALL_RULES, tagged: Collection[int] | None = None) -> Story:
    """Return a story whose entities are repaired, completed and resolved; one without entities as it is.

    Args:
        story: A story with the entities that the model found.
        rules: Which rules are on.
        tagged: The positions of the paragraphs that a model has read; others get no entities. None for all.
    """
    if rules == NO_RULES or not any(paragraph.entities for paragraph in story.paragraphs):
        return story
    read = range(len(story.paragraphs)) if tagged is None else tagged
    paragraphs = [_repaired(each, rules) if at in read else each for at, each in enumerate(story.paragraphs)]
    headlines = {at for at in read if rules.headlines and is_headline(paragraphs[at])}
    running = [each for at, each in enumerate(paragraphs) if at not in headlines]
    lower = _lower_words(running)
    if rules.doubts:
        paragraphs = without_doubtful(paragraphs, read, lower)
        running = [each for at, each in enumerate(paragraphs) if at not in headlines]
    if rules.spans:
        paragraphs = [_without_ordinary(each, lower) for each in paragraphs]
        running = [each for at, each in enumerate(paragraphs) if at not in headlines]
    # All of an entry may be headlines.
    known = known_forms(running or paragraphs) if rules.repeats or headlines else {}
    for at in read:
        if at in headlines:
            paragraphs[at] = _from_headline(paragraphs[at], known)
        elif rules.repeats:
            paragraphs[at] = _completed(paragraphs[at], known, lower)
    return resolve_names(replace(story, paragraphs=tuple(paragraphs)), rules)


def _repaired(paragraph: Paragraph, rules: EntityRules) -> Paragraph:
    english = primary_language(paragraph) == "en"
    found: Iterable[Entity] = paragraph.entities
    if rules.spans:
        found = [part for entity in found for part in repaired(entity, paragraph.text, english)]
        starts = frozenset(entity.start for entity in found)
        wholes = (whole(entity, paragraph.text, starts) for entity in found)
        found = without_overlaps((*bracketed(paragraph.text), *wholes))
    if rules.gazetteers and english:
        found = [_as(entity, kind(entity, paragraph.text)) for entity in map(_last_country, found)]
        text = paragraph.text
        found = without_overlaps(_with_listed(found, text))
        spans = [(entity.start, entity.end) for entity in found]
        found += [Entity(text[a:b], label, a, b, text[a:b]) for a, b, label in known_names(text, spans)]
    return _with(paragraph, found)


def _with_listed(entities: Iterable[Entity], text: str) -> Iterable[Entity]:
    """Yield entities, and in place of one that begins a longer known organisation that: "Islamic State"."""
    for entity in entities:
        name = longer_name(text, entity.start, entity.end)
        yield Entity(name, "ORG", entity.start, entity.start + len(name), name) if name else entity


def _last_country(entity: Entity) -> Entity:
    """Return the country of "Mountainous Nepal": a person of two words whose second is a country."""
    first, _, last = entity.text.partition(" ")
    if entity.label != "PERSON" or last not in country_names() or last in ALSO_NAMES or first.lower() in given_names():
        return entity
    start = entity.end - len(last)
    return Entity(last, "GPE", start, entity.end, last)


def _as(entity: Entity, label: str) -> Entity:
    return entity if label == entity.label else replace(entity, label=label)


def _with(paragraph: Paragraph, entities: Iterable[Entity]) -> Paragraph:
    found = tuple(sorted(entities, key=lambda entity: (entity.start, entity.end)))
    return paragraph if found == paragraph.entities else replace(paragraph, entities=found)


def _completed(paragraph: Paragraph, known: Known, lower: frozenset[str]) -> Paragraph:
    taken = [(entity.start, entity.end) for entity in paragraph.entities]
    more = tuple(left_out(paragraph.text, taken, known, lower))
    return _with(paragraph, (*paragraph.entities, *more)) if more else paragraph


def _without_ordinary(paragraph: Paragraph, lower: frozenset[str]) -> Paragraph:
    """Return a paragraph without entities that are ordinary words, which the story has in lower case as well.

    A word in the middle of a sentence can be the name of an organisation all the same: Signal, Apple.
    """
    kept = [
        _country_alone(entity, lower)
        for entity in paragraph.entities
        if not _is_ordinary(entity, paragraph.text, lower)
    ]
    return _with(paragraph, kept)


def _country_alone(entity: Entity, lower: frozenset[str]) -> Entity:
    """Return the country of "U.S. Suppliers", whose second word is ordinary: some wires capitalise after "U.S."."""
    country, _, word = entity.text.partition(" ")
    if entity.label != "ORG" or country not in ("U.S.", "U.K.") or organisation(entity.text):
        return entity
    plural = word.endswith("s") and " " not in word and word.lower() not in words("organisations")
    if not (plural or word.lower() in lower | not_names()):
        return entity
    return Entity(country, "GPE", entity.start, entity.start + len(country), country)


def _is_ordinary(entity: Entity, text: str, lower: frozenset[str]) -> bool:
    if entity.label not in _MAYBE_ORDINARY or " " in entity.text or not entity.text.istitle():
        return False
    if entity.text.lower() not in lower:
        return False
    return entity.label in ("PRODUCT", "WORK_OF_ART", "FAC", "LAW", "EVENT") or begins_sentence(text, entity.start)


def _lower_words(paragraphs: Iterable[Paragraph]) -> frozenset[str]:
    """Return the words that stand in lower case in a story."""
    return frozenset(word for paragraph in paragraphs for word in paragraph.text.split() if word.islower())


def _from_headline(paragraph: Paragraph, known: Known) -> Paragraph:
    """Return a headline with the names of the model that can be names, and those that running text has."""
    text = paragraph.text
    folded = {name.casefold(): label for names in known.values() for name, label in names}
    found = [each for each in paragraph.entities if each.label not in NAME_LABELS or _is_name(each, folded)]
    for start, end in _runs(text, folded):
        if not any(each.start < end and start < each.end for each in found):
            name = text[start:end]
            found.append(Entity(name, folded[name.casefold()], start, end, name))
    return _with(paragraph, found)


def _is_name(entity: Entity, folded: Mapping[str, str]) -> bool:
    return entity.text.casefold() in folded or is_credible(entity)


def _runs(text: str, folded: Mapping[str, str]) -> Iterable[tuple[int, int]]:
    """Yield the spans of a headline that are known names, the longest of each beginning first."""
    starts = [at for at in range(len(text)) if text[at].isalnum() and (at == 0 or not text[at - 1].isalnum())]
    ends = [
        at for at in range(1, len(text) + 1) if text[at - 1].isalnum() and (at == len(text) or not text[at].isalnum())
    ]
    for start in starts:
        for last in reversed([end for end in ends if start < end <= start + 60]):
            if text[start].isupper() and text[start:last].casefold() in folded:
                yield start, last
                break
