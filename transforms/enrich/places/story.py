"""Finds the places of a story: one place a name, unless the story says otherwise. No Beam here."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from newsbeam.transforms.enrich.gazetteer.features import Feature, country_of_people, features
from newsbeam.transforms.enrich.names.labels import PLACES
from newsbeam.transforms.enrich.places.choose import REGION_WORDS, Context, choose
from newsbeam.transforms.records import Entity, Entry, Paragraph, Story

Key = tuple[str, str]
"""A place's name, and the place that follows it after a comma, or ""."""


class StoryPlaces:
    """The places of a story by name."""

    def __init__(self, story: Story):
        keys = [key for paragraph in story.paragraphs for key, _ in place_keys(paragraph)]
        names = {name for key in keys for name in key if name}
        peoples = {e.text for p in story.paragraphs for e in p.entities if e.label == "NORP"}
        self._context = _context([*names, *_parts(story.entry.dateline_place)], peoples)
        self._found: dict[Key, Feature | None] = {key: choose(key[0], self._context, key[1]) for key in set(keys)}
        self._said = _said(self._found)

    def place(self, key: Key) -> Feature | None:
        """Return the place of a name here: what is beside it counts, then what the story says elsewhere."""
        name, beside = key
        if not beside and name in self._said:
            return self._said[name]
        return self._found.get(key)

    def dateline(self, place: str) -> Feature | None:
        """Return the place of a dateline."""
        return choose(place.title() if place.isupper() else place, self._context) if place else None


def place_keys(paragraph: Paragraph) -> Iterator[tuple[Key, Entity]]:
    """Yield the places in a paragraph, each with what follows it: `Paris` in "Paris, Texas" has `Texas`."""
    text, entities = paragraph.text, paragraph.entities
    for at, entity in enumerate(entities):
        if entity.label in PLACES:
            following = entities[at + 1] if at + 1 < len(entities) else None
            beside = (
                following.text
                if following and following.label in PLACES and text[entity.end : following.start] == ", "
                else ""
            )
            name = entity.name if len(entity.name) > len(entity.text) else entity.text
            yield (name + _region_word(text, entities, at), beside), entity


def _region_word(text: str, entities: Sequence[Entity], at: int) -> str:
    """Return " state" where a name means the state and not its city: "New York state", "Albany, New York"."""
    entity = entities[at]
    following = text[entity.end : entity.end + 12].lower()
    for word in REGION_WORDS:
        if following.startswith(word) and not following[len(word) : len(word) + 1].isalpha():
            return word
    before = entities[at - 1] if at else None
    if before is None or before.label not in PLACES or text[before.end : entity.start] != ", ":
        return ""
    regions = [each for each in features(entity.text) if each.feature_class == "A" and each.region]
    towns = features(before.text)
    within = not towns or any(
        (town.country, town.region) == (each.country, each.region) for town in towns for each in regions
    )
    # Only where a city has the same name: otherwise the name alone stands for the region.
    return " state" if regions and within and any(each.feature_class == "P" for each in features(entity.text)) else ""


def _parts(dateline: str) -> list[str]:
    """Return the parts of a dateline: "ROME, Georgia"."""
    return [part.strip().title() if part.isupper() else part.strip() for part in dateline.split(",") if part.strip()]


def _context(names: Sequence[str], peoples: set[str]) -> Context:
    """Return the countries and regions that are named without doubt."""
    countries = {country_of_people(word) for word in peoples} - {""}
    regions = set()
    for name in names:
        larger = [each for each in features(name) if each.feature_class == "A"]
        if len(larger) == 1:
            countries.add(larger[0].country)
            if larger[0].region:
                regions.add((larger[0].country, larger[0].region))
    return Context(frozenset(countries), frozenset(regions))


def _said(found: Mapping[Key, Feature | None]) -> dict[str, Feature | None]:
    """Return the places of names that the story says with their country or state; None where it says two."""
    said: dict[str, Feature | None] = {}
    for (name, beside), feature in sorted(found.items()):
        if beside and feature and feature.feature_class == "P":
            said[name] = feature if said.get(name, feature) == feature else None
    return said


def with_dateline(entry: Entry, places: StoryPlaces) -> Entry:
    """Return an entry with the place of its dateline in GeoNames, if that is certain."""
    feature = places.dateline(entry.dateline_place)
    if feature is None:
        return entry
    return replace(
        entry,
        dateline_country=feature.country,
        dateline_geonames_id=feature.geonames_id,
        dateline_latitude=feature.latitude,
        dateline_longitude=feature.longitude,
    )
