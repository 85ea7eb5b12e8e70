"""Sections and categories of publishers -> Media Topics: one table, `data/sections.tsv`, for all languages.

A section that says nothing about the topic (World, News, Opinion) is not in it.
"""

from collections.abc import Iterable
from functools import cache
from importlib.resources import files


def topics_of_sections(categories: Iterable[str]) -> tuple[str, ...]:
    """Return the qcodes of those categories that the table has, each once, in order.

    Args:
        categories: As published: "Sports", "Économie", "/news/technology".
    """
    table = _table()
    names = (part for category in categories for part in (category, *category.strip("/").split("/")[-1:]))
    return tuple(dict.fromkeys(table[name] for name in map(_normalised, names) if name in table))


def _normalised(name: str) -> str:
    return " ".join(name.casefold().replace("-", " ").replace("_", " ").replace("&", " and ").split())


@cache
def _table() -> dict[str, str]:
    """Return the qcode of each name."""
    text = files("newsbeam.transforms.enrich").joinpath("data", "sections.tsv").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in text.splitlines() if line and not line.startswith("#"))
    return {_normalised(name): f"medtop:{number}" for number, names in rows for name in names.split(",")}
