"""Countries, regions, continents and cities of GeoNames by name. Loaded once a process, in some 60 ms.

countries.tsv   ids, points, names and the words for their people
regions.tsv     states of the US, parts of the UK, provinces; continents
cities.tsv      15,000 people and more (`python -m testing.build_cities` writes it); exonyms.tsv adds other names
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

from newsbeam.transforms.enrich.gazetteer.lines import data_lines

_KNOWN_PEOPLE = 100_000


@dataclass(frozen=True, slots=True)
class Feature:
    """A place of GeoNames.

    Attributes:
        geonames_id: Its id there.
        feature_class: A for countries and regions, L for continents, P for cities.
        country: ISO 3166-1 alpha-2; "" for continents.
        region: The code of its region in the country, "" where it isn't known; for a region its own.
        latitude, longitude: Degrees, WGS 84: GeoNames' own point.
        people: Of a city; 0 for others.
        capital: Whether it is a country's capital.
        is_country: Whether it is a country.
    """

    geonames_id: int
    feature_class: str
    country: str
    region: str
    latitude: float
    longitude: float
    people: int = 0
    capital: bool = False
    is_country: bool = False


def features(name: str) -> tuple[Feature, ...]:
    """Return the places of a name in any case, with or without accents: countries, then regions, then by people."""
    return _features(folded(name))


@lru_cache(maxsize=16_384)
def _features(key: str) -> tuple[Feature, ...]:
    larger = [_larger(line) for line in _larger_lines().get(key, ())]
    cities = [_city(line) for line in _city_lines().get(key, ())]
    return (*larger, *sorted(cities, key=lambda city: (-city.people, city.geonames_id)))


def is_known_place(name: str) -> bool:
    """Return whether a name is a country's, a region's or a large city's: a town may share a surname by chance."""
    return any(not each.people or each.people >= _KNOWN_PEOPLE for each in features(name))


def folded(name: str) -> str:
    """Return a name to compare by: without case, accents and the period of `St.`."""
    if name.isascii():
        return name.casefold()
    plain = unicodedata.normalize("NFKD", name)
    return "".join(each for each in plain if not unicodedata.combining(each)).casefold().replace("’", "'")


def country_of_people(word: str) -> str:
    """Return the country of a nationality ("French", "Italians") in its usual case, or ""."""
    return _peoples().get(word, "")


def country_names() -> Mapping[str, str]:
    """Return the English names of countries, in their usual case, with their codes."""
    return _country_names()


def country(code: str) -> Feature | None:
    """Return a country by its code."""
    line = _countries().get(code)
    return _larger(("C", line)) if line else None


@cache
def _countries() -> dict[str, str]:
    return {line[:2]: line for line in data_lines("countries.tsv")}


@cache
def _country_names() -> dict[str, str]:
    return {name: code for code, line in _countries().items() for name in line.split("\t")[4].split("|")}


@cache
def _peoples() -> dict[str, str]:
    return {word: code for code, line in _countries().items() for word in line.split("\t")[6].split("|") if word}


@cache
def _larger_lines() -> dict[str, list[tuple[str, str]]]:
    """Return the lines of countries (C) and regions (R) by name."""
    found: dict[str, list[tuple[str, str]]] = {}
    for line in _countries().values():
        fields = line.split("\t")
        for name in dict.fromkeys(map(folded, (*fields[4].split("|"), *filter(None, fields[5].split("|"))))):
            found.setdefault(name, []).append(("C", line))
    for line in data_lines("regions.tsv"):
        for name in dict.fromkeys(map(folded, line.split("\t")[6].split("|"))):
            found.setdefault(name, []).append(("R", line))
    return found


@cache
def _city_lines() -> dict[str, list[str]]:
    """Return the lines of cities by name; parsing all of them would take longer than the rest of the stage."""
    exonyms = {number: names.split("|") for number, names in (line.split("\t") for line in data_lines("exonyms.tsv"))}
    found: dict[str, list[str]] = {}
    for line in data_lines("cities.tsv"):
        for name in (line[line.rindex("\t") + 1 :], *exonyms.get(line[: line.index("\t")], ())):
            lines = found.setdefault(folded(name), [])
            if line not in lines:
                lines.append(line)
    return found


def _larger(kind_and_line: tuple[str, str]) -> Feature:
    kind, line = kind_and_line
    fields = line.split("\t")
    if kind == "C":
        return Feature(int(fields[1]), "A", fields[0], "", float(fields[2]), float(fields[3]), is_country=True)
    return Feature(int(fields[1]), fields[0], fields[2], fields[3], float(fields[4]), float(fields[5]))


def _city(line: str) -> Feature:
    number, code, region, latitude, longitude, people, capital, _ = line.split("\t")
    point = float(latitude), float(longitude)
    return Feature(int(number), "P", code, region, *point, int(people), capital == "C")
