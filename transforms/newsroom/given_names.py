"""Given names, by which a line or a pair of words is known for a person's name."""

from functools import cache
from importlib.resources import files


@cache
def given_names() -> frozenset[str]:
    """Return given names in lower case."""
    text = files("newsbeam.transforms.newsroom").joinpath("data", "given_names.txt").read_text(encoding="utf-8")
    return frozenset(line for line in text.splitlines() if line and not line.startswith("#"))
