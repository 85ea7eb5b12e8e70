"""Ids of what names stand for, the same in all entries, sources, runs and engines. No Beam here.

    entity_id = the first 12 bytes of BLAKE2b over kind and name (`ids.entity_id`), where

    person        of the full name; a single name, which is a surname mostly, has none
    place         of `geonames:ID`; of the name where GeoNames' list here has no such name; none where it has several
                  and the entry doesn't say which
    organisation  of the full name, by `organisations.txt` where it lists the name: U.N. and United Nations are one
    people        of the country's code, or of the name without a plural's s
    facility, product, event, law, work_of_art, misc, language   of the name

GPE and LOC are one kind. Two people of one name have one id: the words of an entry don't tell them apart.
"""

from newsbeam.transforms.enrich.gazetteer.features import Feature, country_of_people, features
from newsbeam.transforms.enrich.gazetteer.organisations import organisation
from newsbeam.transforms.enrich.names.labels import NAME_LABELS, PEOPLE, PLACES
from newsbeam.transforms.enrich.places.story import Key, StoryPlaces, place_keys
from newsbeam.transforms.ids import entity_id
from newsbeam.transforms.records import Entity, Paragraph

_KINDS = {"FAC": "facility", "NORP": "people", "ORG": "organisation"}


def identified(paragraph: Paragraph, places: StoryPlaces | None) -> tuple[Entity, ...]:
    """Return the entities of a paragraph with their ids, and places with their country and coordinates.

    Args:
        paragraph: A paragraph whose names are resolved.
        places: The places of its story; None to leave them out.
    """
    keys: dict[int, Key] = {entity.start: key for key, entity in place_keys(paragraph)} if places else {}
    return tuple(
        _identified(entity, places.place(keys[entity.start]) if places and entity.start in keys else None)
        for entity in paragraph.entities
    )


def _identified(entity: Entity, place: Feature | None) -> Entity:
    if entity.label not in NAME_LABELS:
        # Made anew here and below, since rows have no certainty, which a FoundEntity has.
        return Entity(entity.text, entity.label, entity.start, entity.end, entity.name)
    number = id_of(entity, place)
    if place:
        point = place.country, place.geonames_id, place.latitude, place.longitude, place.feature_class
        return Entity(entity.text, entity.label, entity.start, entity.end, entity.name, number, *point)
    country = country_of_people(entity.text) if entity.label == "NORP" else ""
    return Entity(entity.text, entity.label, entity.start, entity.end, entity.name, number, country)


def id_of(entity: Entity, place: Feature | None) -> str:
    """Return the id of what a name stands for, or "" if that isn't certain."""
    name, label = entity.name, entity.label
    if label in PEOPLE:
        return entity_id("person", name) if len(name.split()) > 1 else ""
    if label in PLACES:
        if place:
            return entity_id("place", f"geonames:{place.geonames_id}")
        return "" if features(name) else entity_id("place", name)
    if label == "ORG":
        return entity_id("organisation", organisation(name) or name)
    if label == "NORP":
        return entity_id("people", country_of_people(name) or _singular(name))
    return entity_id(_KINDS.get(label, label.lower()), name)


def _singular(name: str) -> str:
    return name[:-1] if len(name) > 4 and name[-1] == "s" and name[-2] != "s" else name
