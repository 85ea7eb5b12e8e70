"""Reads the places of a feed's item: GeoRSS Simple and GML (docs.ogc.org/cs/17-002r1), and W3C's Basic Geo."""

import math
import re
from collections.abc import Callable, Iterator

from newsbeam.transforms.parse.plain import one_line
from newsbeam.transforms.parse.xml import Element
from newsbeam.transforms.records import Place

_NUMBER = re.compile(r"[+-]?\d{1,3}(?:\.\d{1,20})?", re.ASCII)
# The reference systems in which a position is latitude and longitude, and the one with longitude first.
_WGS84 = re.compile(r"(?:.*[:/#])?4326|(?:.*[:/#])?(?P<swapped>CRS84)", re.IGNORECASE)

# W3C's vocabulary has "long"; "lon" is a common misspelling.
_PAIRS = (("geo:lat", "geo:long"), ("geo:lat", "geo:lon"), ("icbm:latitude", "icbm:longitude"))


def places_of_item(item: Element, name_of: Callable[[Element], str]) -> tuple[Place, ...]:
    """Return the places of an item, each once.

    Args:
        item: An item or entry.
        name_of: Returns an element's name with the usual prefix of its namespace.
    """
    points = list(dict.fromkeys(_points(item, name_of)))
    names = list(dict.fromkeys(filter(None, _names(item, name_of))))
    # GeoRSS has name and point as siblings; of several it does not say which belong together.
    if len(points) == 1 and len(names) == 1:
        (latitude, longitude, _), name = points[0], names[0]
        return (Place(name, latitude=latitude, longitude=longitude),)
    named = {name for _, _, name in points}
    places = [Place(name, latitude=latitude, longitude=longitude) for latitude, longitude, name in points]
    return tuple(dict.fromkeys([*places, *(Place(name) for name in names if name not in named)]))


def _names(item: Element, name_of: Callable[[Element], str]) -> Iterator[str]:
    for child in item:
        if name_of(child) == "georss:featurename":
            yield one_line("".join(child.itertext()))
        elif name_of(child).startswith("georss:"):
            yield one_line(child.get("featurename", ""))


def _points(item: Element, name_of: Callable[[Element], str]) -> Iterator[tuple[float, float, str]]:
    """Yield latitude, longitude and name of the points of an item."""
    for child in item:
        name, text = name_of(child), "".join(child.itertext())
        # Points only: the middle of a line, a box or a polygon was not published.
        if name == "georss:point":
            yield from _point(text, one_line(child.get("featurename", "")))
        elif name in ("georss:where", "gml:point"):
            yield from _gml(child, name_of)
        elif name in ("geo:point", "geo:location"):
            yield from _latitude_and_longitude(child, name_of)
    yield from _latitude_and_longitude(item, name_of)


def _gml(where: Element, name_of: Callable[[Element], str]) -> Iterator[tuple[float, float, str]]:
    label = one_line(where.get("featurename", ""))
    for point in where.iter():
        if name_of(point) == "gml:point":
            # Without a name it is WGS 84, latitude first (GeoRSS GML).
            system = next((child.get("srsName") for child in (*point, point) if child.get("srsName")), "4326")
            match = _WGS84.fullmatch(system)
            # In another system the numbers may be metres, or have another order: no place is better than a wrong one.
            for child in point if match else ():
                if name_of(child) == "gml:pos":
                    yield from _point("".join(child.itertext()), label, swapped=bool(match and match["swapped"]))
                elif name_of(child) == "gml:coordinates":  # GML 2: longitude first
                    yield from _point("".join(child.itertext()), label, swapped=True)


def _latitude_and_longitude(parent: Element, name_of: Callable[[Element], str]) -> Iterator[tuple[float, float, str]]:
    texts = {name_of(child): "".join(child.itertext()) for child in parent}
    for latitude, longitude in _PAIRS:
        if latitude in texts and longitude in texts:
            yield from _point(f"{texts[latitude]} {texts[longitude]}", "")


def _point(text: str, name: str, swapped: bool = False) -> Iterator[tuple[float, float, str]]:
    """Yield a point that is on the globe; programs write 0 and 0 for "no place"."""
    # A third number is the height.
    numbers = text.replace(",", " ").split()[:3]
    if len(numbers) < 2 or not all(map(_NUMBER.fullmatch, numbers)):
        return
    latitude, longitude = (float(number) for number in (numbers[1::-1] if swapped else numbers[:2]))
    if math.fabs(latitude) <= 90 and math.fabs(longitude) <= 180 and (latitude or longitude):
        yield latitude, longitude, name
