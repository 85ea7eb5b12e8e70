"""Writes the coastline of the report's map: `python -m training.land land-110m.json`.

The file is of the npm package world-atlas 2.0.2 (ISC), which has Natural Earth's data (public domain) as TopoJSON: arcs
of differences in units of `transform`. What is written is one SVG path in an equirectangular projection, in fifths of a
degree: x grows to the east from 180 degrees west, y to the south from 90 degrees north.
"""

import json
import sys
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

TARGET = Path(__file__).parents[1] / "pipeline" / "reports" / "data" / "land.svgpath"
UNITS = 5  # a degree
SOUTHERNMOST = -60  # the Antarctic has no news
LEAST_POINTS = 4

Point = tuple[int, int]


def main(source: str) -> None:
    """Write the path of the land in a TopoJSON file."""
    world = json.loads(Path(source).read_text(encoding="utf-8"))
    rings = [part for ring in _rings(world) for part in _at_date_line(ring) if _is_shown(part)]
    TARGET.write_text("".join(map(_path, rings)) + "\n", encoding="ascii")
    print(f"wrote {TARGET}: {len(rings)} rings, {TARGET.stat().st_size:,} bytes")


def _rings(world: dict[str, Any]) -> Iterator[list[Point]]:
    arcs = [list(_points(arc, **world["transform"])) for arc in world["arcs"]]
    for geometry in world["objects"]["land"]["geometries"]:
        for polygon in geometry["arcs"]:
            for ring in polygon:
                yield _without_repeats(point for arc in ring for point in _arc(arcs, arc))


def _arc(arcs: list[list[Point]], number: int) -> list[Point]:
    """Return an arc; a negative number is the complement of an arc that is followed backwards."""
    return arcs[number] if number >= 0 else arcs[~number][::-1]


def _points(arc: list[list[int]], scale: list[float], translate: list[float]) -> Iterator[Point]:
    x = y = 0
    for right, up in arc:
        x, y = x + right, y + up
        longitude, latitude = x * scale[0] + translate[0], y * scale[1] + translate[1]
        yield round((longitude + 180) * UNITS), round((90 - latitude) * UNITS)


def _without_repeats(points: Iterable[Point]) -> list[Point]:
    kept: list[Point] = []
    for point in points:
        if not kept or kept[-1] != point:
            kept.append(point)
    return kept


def _at_date_line(ring: list[Point]) -> Iterator[list[Point]]:
    """Yield the parts of a ring on both edges of the map: a step over half of the world crosses the date line."""
    crossings = [at + 1 for at, (one, other) in enumerate(pairwise(ring)) if abs(one[0] - other[0]) > 180 * UNITS]
    if not crossings:
        yield ring
        return
    turned = ring[crossings[0] :] + ring[1 : crossings[0]]  # the first point is the last one, too
    ends = [*(each - crossings[0] for each in crossings), len(turned)]
    yield from (turned[start:end] for start, end in pairwise(ends))


def _is_shown(ring: list[Point]) -> bool:
    return len(ring) >= LEAST_POINTS and min(y for _, y in ring) < (90 - SOUTHERNMOST) * UNITS


def _path(ring: list[Point]) -> str:
    """Return a closed path: its first point, then differences."""
    steps = (f"{x - a},{y - b}" for (a, b), (x, y) in pairwise(ring))
    return f"M{ring[0][0]},{ring[0][1]}l{' '.join(steps)}z"


if __name__ == "__main__":
    main(sys.argv[1])
