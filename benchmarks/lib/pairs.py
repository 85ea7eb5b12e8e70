"""Real pairs of paragraphs with a label by eye, and the paragraphs of the public test data by their positions.

The labels are in `tests/data/duplicates/pairs.tsv`, the texts only in the public test data:

    r12.3           the fourth paragraph of the thirteenth story of Reuters-21578 (`lib.corpus`)
    w:FILE:3        the fourth block of the feed FILE in feeds/real
    f:FILE:PAGE:3   the fourth paragraph of a page in FILE of articles/fundus
"""

import csv
import json
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import NamedTuple

from benchmarks.lib.corpus import stories
from testing.shared_data import shared_data

LABELS = Path(__file__).parents[2] / "tests" / "data" / "duplicates" / "pairs.tsv"
SAME = frozenset(("exact", "near", "contained"))
_ALL_STORIES = 21_578
_ELEMENT = re.compile(r"<(description|content:encoded|content|summary|title)\b[^>]{0,200}>(.*?)</\1>", re.DOTALL)
_BLOCK = re.compile(r"</?(?:p|br|div|li)\b[^>]{0,300}>")
_TAG = re.compile(r"<[^<>]{0,500}>")


class LabelledPair(NamedTuple):
    """Two paragraphs, and what they are to each other: exact, near, contained, update, template or other."""

    older: str
    newer: str
    label: str


def labelled_pairs() -> list[LabelledPair]:
    """Return the pairs with their texts; none without the public test data."""
    data = shared_data()
    if data is None:
        return []
    with LABELS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    wanted = {row[side] for row in rows for side in ("older", "newer")}
    texts = {name: text for name, text in _paragraphs(data) if name in wanted}
    return [LabelledPair(texts[row["older"]], texts[row["newer"]], row["label"]) for row in rows]


def paragraphs_of(body: str) -> Iterator[str]:
    """Yield the paragraphs of a story of Reuters-21578, whose first lines are indented."""
    for part in body.replace("\n    ", "\n\n").split("\n\n"):
        if text := " ".join(part.split()):
            yield text


def _paragraphs(data: Path) -> Iterator[tuple[str, str]]:
    for number, (_, body) in enumerate(stories(_ALL_STORIES)):
        for position, text in enumerate(paragraphs_of(body)):
            yield f"r{number}.{position}", text
    for path in sorted((data / "articles" / "fundus").rglob("*.json")):
        yield from _pages(path)
    for path in sorted((data / "feeds" / "real").glob("*.xml")):
        for position, text in enumerate(_blocks(path.read_text(encoding="utf-8", errors="replace"))):
            yield f"w:{path.name}:{position}", text


def _pages(path: Path) -> Iterator[tuple[str, str]]:
    for page, article in json.loads(path.read_text(encoding="utf-8")).items():
        body = article.get("body") if isinstance(article, dict) else None
        if body:
            sections = [text for section in body.get("sections", ()) for text in section.get("paragraphs", ())]
            for position, text in enumerate([*body.get("summary", ()), *sections]):
                yield f"f:{path.name}:{page}:{position}", " ".join(text.split())


def _blocks(feed: str) -> Iterator[str]:
    for element in _ELEMENT.finditer(feed):
        content = unescape(element[2].replace("<![CDATA[", "").replace("]]>", ""))
        for block in _BLOCK.split(content):
            if text := " ".join(unescape(_TAG.sub("", block)).split()):
                yield text
