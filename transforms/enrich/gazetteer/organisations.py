"""Organisations and products that models mistake for something else; organisations with other names and acronyms."""

from functools import cache

from newsbeam.transforms.enrich.gazetteer.lines import data_lines


def organisation(name: str) -> str:
    """Return the full name of an organisation by one of its names, in its usual case; "" if it isn't known."""
    return _names().get(name, "")


def is_product(name: str) -> bool:
    """Return whether a name, in its usual case, is a product's, a program's or a service's."""
    return name in _products()


@cache
def first_words() -> dict[str, tuple[tuple[str, ...], ...]]:
    """Return the known names, as words, by their first word; the longest first."""
    found: dict[str, list[tuple[str, ...]]] = {}
    for name in _names():
        words = tuple(name.split())
        found.setdefault(words[0], []).append(words)
    return {word: tuple(sorted(names, key=len, reverse=True)) for word, names in found.items()}


def longer_name(text: str, start: int, end: int) -> str:
    """Return the known name that begins at `start` and goes on after `end`, "" for none."""
    word = text[start : start + 60].partition(" ")[0]
    for words in first_words().get(word, ()):
        name = " ".join(words)
        after = text[start + len(name) : start + len(name) + 1]
        if len(name) > end - start and text.startswith(name, start) and not (after.isalnum() or after == "-"):
            return name
    return ""


@cache
def _names() -> dict[str, str]:
    return {name: line.split("|")[0] for line in data_lines("organisations.txt") for name in line.split("|")}


@cache
def _products() -> frozenset[str]:
    return frozenset(name for line in data_lines("products.txt") for name in line.split("|"))
