"""The lists of names in `data/`, each read once a process."""

from functools import cache
from importlib.resources import files


@cache
def name_list(file: str) -> frozenset[str]:
    """Return the lines of a list in `data/`, without its comments."""
    text = files("newsbeam.transforms.text").joinpath("data", file).read_text(encoding="utf-8")
    return frozenset(line for line in text.splitlines() if line and not line.startswith("#"))
