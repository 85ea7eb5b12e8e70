"""Resolves names of entities within one story to the fullest form and one label. No Beam, no spaCy here.

A story has "Sergei Lavrov" once and "Lavrov" after that, and a model that sees one paragraph at a time may label a
"Lavrov" as an organisation. This uses the whole story, and changes only what is unambiguous: if the story has two
Lavrovs, "Lavrov" stays as it is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from newsbeam.transforms.enrich.gazetteer.organisations import organisation
from newsbeam.transforms.enrich.names.forms import Words, forms_of, normal
from newsbeam.transforms.enrich.names.headlines import is_headline
from newsbeam.transforms.enrich.names.labels import NAME_LABELS
from newsbeam.transforms.enrich.names.organisations import abbreviates, explained_acronyms, firm_of, full_organisation
from newsbeam.transforms.enrich.names.people import full_name, is_shared_surname, people_in
from newsbeam.transforms.enrich.names.rules import ALL_RULES, EntityRules
from newsbeam.transforms.records import Entity, Paragraph, Story

Names = Mapping[Words, tuple[str, str]]
"""Name and label by the words of a form."""


def resolve_names(story: Story, rules: EntityRules = ALL_RULES) -> Story:
    """Give each entity of a story the fullest form of its name in the story, and one label a name.

    - "Lavrov", "Mr. Lavrov", "S. Lavrov" and "Lavrov's" become "Sergei Lavrov", a person, if the story has one such
      person. A form that is a place in the story stays a place: "Washington" beside "Denzel Washington".
    - "Inco" becomes "Inco Ltd", "SEC" becomes "Securities and Exchange Commission", if the story has the long form.
    - "NATO" becomes "North Atlantic Treaty Organization" wherever it is, as `organisations.txt` says.
    - "the United States" and "United States" are one name; "US" stays as it is.
    - A name with several labels gets its most frequent one in running text; headlines have no vote.

    Text and positions don't change; the name of a date or an amount is its text.
    """
    if not any(paragraph.entities for paragraph in story.paragraphs):
        return story
    headlines = [paragraph.kind == "heading" or is_headline(paragraph) for paragraph in story.paragraphs]
    names = _names(story.paragraphs, headlines, rules)
    paragraphs = tuple(
        replace(paragraph, entities=tuple(_named(entity, names, rules.kinds) for entity in paragraph.entities))
        if paragraph.entities
        else paragraph
        for paragraph in story.paragraphs
    )
    return Story(story.entry, paragraphs)


def _named(entity: Entity, names: Names, kinds: bool) -> Entity:
    if entity.label not in NAME_LABELS:
        return entity
    surface, words = normal(entity.text, entity.label)
    name, label = names.get(words, (surface, entity.label))
    label = label if kinds else entity.label
    if name == entity.name and label == entity.label:
        return entity
    return replace(entity, label=label, name=name)


def _names(paragraphs: Sequence[Paragraph], headlines: Sequence[bool], rules: EntityRules) -> Names:
    """Return (name, label) for each form."""
    forms = forms_of(
        (entity, headline)
        for paragraph, headline in zip(paragraphs, headlines, strict=True)
        for entity in paragraph.entities
    )
    people = people_in(list(forms.values()))
    organisations = [form for form in forms.values() if form.label == "ORG" and len(form.words) > 1]
    running = [form for form in organisations if not form.headline]
    explained = explained_acronyms(paragraphs) if rules.acronyms else {}
    names = {}
    for words, form in forms.items():
        person = full_name(form, people, organisations) if rules.surnames else None
        firm = firm_of(form, organisations) if rules.kinds and person is None else None
        full = person or firm or full_organisation(form, running, rules.acronyms) or form
        name, label = explained.get(form.surface.replace(".", ""), (full.surface, full.label))
        name = _spelled_out(name) if rules.acronyms and label == "ORG" else name
        shared = rules.surnames and person is None and is_shared_surname(form, people, organisations)
        names[words] = name, "PERSON" if shared else label
    return names


def _spelled_out(name: str) -> str:
    """Return the long form of a well-known acronym, or the name."""
    listed = organisation(name)
    return listed if " " not in name and abbreviates(name, listed) else name
