"""rss-parser's, feedjira's and node-feedparser's own tests, whose expectations stand in JavaScript and Ruby code.

What they say about entries' news fields is noted in facts.yaml, in our own words and shape:

    suite:
      file:                          # below the suite's folder of feeds
        address: http://...          # where its test, or its link rel=self, says that it is from
        count: 4                     # the number of entries
        0: {title: "...", link: "...", authors: [...], categories: [...], published: 2009-01-16T18:21:00Z}
        1: {title: ""}               # "" where the test says that there is none

A text that is long in the test is noted by how it begins, {begins: "..."}, or by the file of the suite that holds it,
{file: "..."}.
"""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from benchmarks.feeds.checks import Expectation, Feed
from benchmarks.feeds.json_files import ADDRESS

FACTS = Path(__file__).with_name("facts.yaml")
_FOLDERS = {"rss-parser": "test/input", "feedjira": "spec/sample_feeds", "node-feedparser": "test/feeds"}


def read_facts(suite: str, folder: Path) -> Iterator[Feed]:
    """Yield each feed of a suite that facts.yaml notes something about. `folder` is the suite's checkout."""
    root = folder / _FOLDERS[suite]
    for file, facts in _facts()[suite].items():
        address = facts.get("address", ADDRESS + file)
        yield Feed(suite, file, (root / file).read_bytes(), address, tuple(_expectations(facts, root)))


@cache
def _facts() -> dict[str, dict[str, dict[str | int, Any]]]:
    value: dict[str, dict[str, dict[str | int, Any]]] = yaml.safe_load(FACTS.read_text(encoding="utf-8"))
    return value


def _expectations(facts: dict[str | int, Any], root: Path) -> Iterator[Expectation]:
    if "count" in facts:
        yield Expectation(0, "count", facts["count"])
    for entry, fields in facts.items():
        if isinstance(entry, int):
            for field, value in fields.items():
                yield _expectation(entry, field, value, root)


def _expectation(entry: int, field: str, value: Any, root: Path) -> Expectation:
    match value:
        case {"begins": text}:
            return Expectation(entry, field, text, beginning=True)
        case {"file": name}:
            return Expectation(entry, field, (root / name).read_text(encoding="utf-8"))
        case list(names):
            return Expectation(entry, field, tuple(names))
    return Expectation(entry, field, value)
