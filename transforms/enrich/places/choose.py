"""Chooses the place that a name stands for, or none: precision comes before recall. No Beam here."""

from collections.abc import Sequence
from dataclasses import dataclass

from newsbeam.transforms.enrich.gazetteer.features import Feature, features

# A city of these people is meant without a country beside it if no other of its name comes near.
_KNOWN_PEOPLE = 200_000
_TIMES = 8
REGION_WORDS = (" state", " province", " county", " region", " prefecture", " governorate")
_CAPITAL_TIMES = 3
_NEIGHBOURS_OF_GEORGIA = frozenset({"GE", "RU", "AM", "AZ", "TR", "UA"})


@dataclass(frozen=True)
class Context:
    """What an entry says about where it is.

    Attributes:
        countries: The codes of countries that it names, also by their people.
        regions: Country and code of the regions that it names: ("US", "TX").
    """

    countries: frozenset[str] = frozenset()
    regions: frozenset[tuple[str, str]] = frozenset()


def choose(name: str, context: Context, beside: str = "") -> Feature | None:
    """Return the place that a name stands for.

    Args:
        name: As the entry writes it, also with its country or state: "Paris, Texas".
        context: What the rest of the entry says.
        beside: The place that follows it after a comma, or "".
    """
    if name.lower().endswith(REGION_WORDS):
        found = features(name.rpartition(" ")[0])
        return next((each for each in found if each.feature_class == "A" and not each.is_country), None)
    # First whole: the list has names with a comma, such as "Washington, D.C.".
    if not features(name) and ", " in name:
        name, beside = name.split(", ", 1)
    found = features(name)
    if beside:
        within = [each for each in found if each.feature_class == "P" and _is_in(each, features(beside))]
        if within:
            return within[0]
    larger = [each for each in found if each.feature_class != "P"]
    cities = [each for each in found if each.feature_class == "P"]
    return _larger(larger, cities, context) if larger else _city(cities, context)


def _is_in(city: Feature, around: Sequence[Feature]) -> bool:
    return any(
        city.country == each.country and (each.is_country or city.region == each.region)
        for each in around
        if each.feature_class == "A"
    )


def _larger(larger: Sequence[Feature], cities: Sequence[Feature], context: Context) -> Feature | None:
    """Return the country or region, or the city that is better known than its region: New York, Washington."""
    if len(larger) > 1:
        # The list has one name of two larger places: the state of the US and the country.
        return _georgia(larger, context)
    [place] = larger
    if place.is_country or place.feature_class == "L":
        return place
    known = cities and (cities[0].people >= _KNOWN_PEOPLE or cities[0].capital)
    return cities[0] if known and cities[0].country == place.country else place


def _georgia(larger: Sequence[Feature], context: Context) -> Feature | None:
    state, nation = (next((each for each in larger if each.is_country == is_country), None) for is_country in (0, 1))
    in_america = "US" in context.countries or bool(context.regions)
    in_caucasus = bool(context.countries & _NEIGHBOURS_OF_GEORGIA)
    if in_america == in_caucasus:
        return None
    return state if in_america else nation


def _city(cities: Sequence[Feature], context: Context) -> Feature | None:
    if not cities:
        return None
    first = cities[0]
    second = cities[1].people if len(cities) > 1 else 0
    named = [each for each in cities if _is_named(each, context)]
    leads = first.people >= second * (_CAPITAL_TIMES if first.capital else _TIMES)
    if leads and (first.capital or first.people >= _KNOWN_PEOPLE):
        elsewhere = (
            # The entry names a region with another city of this name, so either can be meant.
            named and first not in named and any((each.country, each.region) in context.regions for each in named)
        )
        return None if elsewhere else first
    return _only(named, context)


def _is_named(city: Feature, context: Context) -> bool:
    return city.country in context.countries or (city.country, city.region) in context.regions


def _only(named: Sequence[Feature], context: Context) -> Feature | None:
    """Return the one city that the entry's regions or countries leave, or that is by far the largest of them."""
    within = [each for each in named if (each.country, each.region) in context.regions] or list(named)
    if len(within) > 1 and within[0].people < within[1].people * _TIMES:
        return None
    return within[0] if within else None
