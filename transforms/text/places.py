"""Recognises the place of a dateline: a known town, one in capitals, one with its state or country."""

import re

from newsbeam.transforms.text import phrases
from newsbeam.transforms.text.name_lists import name_list

_LONGEST = 60  # characters of the longest place
_SEVERAL = re.compile(r"\s*/\s*|\s+(?:and|AND|und|UND|et|ET|y|e)\s+|\s*&\s*")
_COUNTRY = re.compile(r"\s*\[[^\[\]]{2,40}\]$")  # "New Delhi [India]", as ANI writes
_NOT_A_PLACE = re.compile(
    r"(?:on|in|by|at|from|of|for|update|updated|last|since|until|after|before|published|posted|(?:mon|tues|wednes|thurs|"
    r"fri|satur|sun)day|am|vom|position|week|year|month|quarter|factbox|timeline|analysis|interview|correct(?:ed|ion)"
    r"|exclusive|column|breaking|watch|preview|results?|calendar|diary|agenda|embargoed|editorial|opinion|born|died"
    r"|season|chapter|round|game|day|live|photos?|video)\b",
    re.IGNORECASE,
)
_SAINT = re.compile(r"\bSTE?\.? ")
_PARTICLES = phrases.words("de da do del della di du des la le las los of the am an der den im in on sur upon en y et")


def is_name(place: str) -> bool:
    """Return whether `place` has the form of a name: capitalised words except particles, and at most six of them."""
    if not 2 <= len(place) <= _LONGEST or _NOT_A_PLACE.match(place) or any(map(str.isdigit, place)):
        return False
    return all(_is_capitalised(city) for city in _SEVERAL.split(_COUNTRY.sub("", place)))


def _is_capitalised(city: str) -> bool:
    words = city.replace(",", " ").split()
    return 1 <= len(words) <= 6 and all(word[0].isupper() or word.lower() in _PARTICLES for word in words)


def is_in_capitals(place: str) -> bool:
    """Return whether `place` is in capitals, except its state or country ("ST. LOUIS, Mo.")."""
    return _COUNTRY.sub("", place).split(",")[0].isupper()


def is_known(place: str, small: bool = True) -> bool:
    """Return whether each of the places in `place` is a city, or has its state or country.

    Args:
        place: "BRUSSELS/PARIS", "ST. LOUIS, Mo.", "New Delhi [India]".
        small: Whether towns, and the names of cities in other languages, count too.
    """
    bare = _COUNTRY.sub("", place)
    if _is_city(bare, small):  # "Frankfurt/Main" as a whole
        return True
    cities = _SEVERAL.split(bare)
    if small and "/" in bare:
        return _is_city(cities[0], small)  # the second is often a river, or a part of the first
    return all(_is_city(city, small) for city in cities)


def _is_city(city: str, small: bool) -> bool:
    name, *regions = (part.strip(" ") for part in city.split(","))
    if regions:
        return regions[-1].rstrip(".,").upper() in name_list("regions.txt")
    upper = _SAINT.sub("SAINT ", name.upper())
    return (
        name.upper() in name_list("cities.txt")
        or upper in name_list("cities.txt")
        or (small and upper in name_list("towns.txt"))
    )
