"""The page of `newsbeam report`: the rows of its queries as one HTML file without a script or a request."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from math import sqrt
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from newsbeam.pipeline.reports.freshness_words import WORDS
from newsbeam.pipeline.reports.html_text import FILTERS, moment
from newsbeam.pipeline.reports.periods import Period
from newsbeam.pipeline.reports.report_data import Rows
from newsbeam.pipeline.reports.report_queries import QUERIES

_PARTS = 24
_ORIGINS, _PAPERS = 5, 15
_LARGEST = 34  # radius of the largest circle, in fifths of a degree


def render(found: dict[str, Rows], output: str, period: Period) -> str:
    """Return the page.

    Args:
        found: The rows of each query, by its name (`report_data.collect`).
        output: Where they are from, as it was given.
        period: What the report is of.
    """
    return template("report.html", period.until.year).render(
        found=found,
        now=found["figures"][0],
        before=found["figures"][1],
        latest=found["latest"][0],
        events=_events(found),
        matrix=_matrix(found["copies"]),
        places=_places(found["places"]),
        parts=_parts(found["sources"]),
        silent={row["source"] for row in found["silent_sources"]},
        failing={row["source"] for row in found["failing_sources"]},
        queries=QUERIES,
        output=output,
        period=period,
        made=datetime.now(UTC),
        version=version("newsbeam"),
    )


def template(name: str, year: int) -> Template:
    """Return a template of `data/`; whatever it prints is escaped, and times of `year` are printed without it."""
    environment = Environment(
        loader=PackageLoader("newsbeam.pipeline.reports", "data"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= FILTERS | WORDS | {"moment": partial(moment, year=year)}
    return environment.get_template(name)


def _events(found: dict[str, Rows]) -> Rows:
    """Return the events, each with its entries in order of appearance and the text of the first."""
    entries: dict[str, Rows] = defaultdict(list)
    texts: dict[tuple[str, int], Rows] = defaultdict(list)
    for row in found["event_entries"]:
        entries[row["event"]].append(row)
    for row in found["event_texts"]:
        texts[row["entry_id"], row["version"]].append(row)
    events = [row | {"entries_shown": entries[row["event"]]} for row in found["events"] if entries[row["event"]]]
    for event in events:
        first = event["entries_shown"][0]
        event |= {"first": first, "paragraphs": texts[first["entry_id"], first["version"]]}
        event["others"] = _first_of_others(event["entries_shown"])
    return events


def _first_of_others(entries: Rows) -> Rows:
    """Return the first entry of each source but the first."""
    seen = {entries[0]["source"]}
    others = []
    for entry in entries:
        if entry["source"] not in seen:
            seen.add(entry["source"])
            others.append(entry)
    return others


def _matrix(copies: Rows) -> dict[str, Any]:
    """Return the table of papers by origins: those that have most, and how much of all it shows."""
    origins, papers = (
        [name for name, _ in _totals(copies, key).most_common(most)]
        for key, most in (("origin", _ORIGINS), ("paper", _PAPERS))
    )
    cells = {(row["origin"], row["paper"]): row["paragraphs"] for row in copies}
    shown = sum(cells.get((origin, paper), 0) for origin in origins for paper in papers)
    return {
        "origins": origins,
        "papers": papers,
        "cells": cells,
        "most": max(cells.values(), default=1),
        "left_out": sum(cells.values()) - shown,
    }


def _totals(copies: Rows, key: str) -> Counter[str]:
    totals: Counter[str] = Counter()
    for row in copies:
        totals[row[key]] += row["paragraphs"]
    return totals


def _places(places: Rows) -> Rows:
    """Return places with their circle on the map; its area is by number of stories, the largest are drawn first."""
    most = max((row["stories"] for row in places), default=1)
    return [
        row
        | {
            "x": round((row["longitude"] + 180) * 5),
            "y": round((90 - row["latitude"]) * 5),
            "r": round(max(5, _LARGEST * sqrt(row["stories"] / most))),
        }
        for row in places
    ]


def _parts(sources: Rows) -> Sequence[int]:
    """Return the entries of all sources in each part of the period."""
    parts = [0] * _PARTS
    for row in sources:
        for part, entries in (row["parts"] or {}).items():
            parts[part] += entries
    return parts
