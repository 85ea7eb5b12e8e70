"""Reads the data files of this stage: UTF-8, a record a line, `#` begins a comment."""

import re
from collections.abc import Iterator
from pathlib import Path

_DATA = Path(__file__).parents[1] / "data"


def data_lines(name: str) -> Iterator[str]:
    """Yield the lines of a data file, without comments, blank lines and line ends."""
    with (_DATA / name).open(encoding="utf-8") as file:
        for line in file:
            if line[0] not in "#\n":
                yield line.rstrip("\n")


def word_set(words: str) -> frozenset[str]:
    """Return words, given with spaces between."""
    return frozenset(re.findall(r"\S+", words))
