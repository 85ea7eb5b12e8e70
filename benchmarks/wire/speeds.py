"""How fast newswire is read: the same stories in each format, and by other libraries."""

import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from io import BytesIO

import feedparser
from NewsMLG2 import NewsMLG2Document

from benchmarks.lib.figures import Figure, scaled
from benchmarks.wire import formats
from newsbeam.transforms.parse.document import parse_document
from newsbeam.transforms.records import Document

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
STORIES = 500


def speeds(scale: float) -> Iterator[Figure]:
    """Yield stories a second on one core by format, each over the same stories."""
    number = scaled(STORIES, scale, 10)
    feed = formats.rss(number)
    theirs = _rate(lambda: [feedparser.parse(BytesIO(feed))], number)
    g2 = list(formats.documents("newsml-g2", number))
    library = _rate(lambda: map(_newsmlg2, g2), number)
    yield Figure("wire.speed.feedparser", theirs, unit="entries/s", note=f"one RSS feed of {number} stories")
    yield Figure("wire.speed.newsmlg2", library, unit="stories/s", note="the library of that name, metadata only")
    for name in formats.FORMATS:
        bodies = list(formats.documents(name, number))
        ours = _rate(lambda bodies=bodies, name=name: [_parse(body, name) for body in bodies], number)
        note = f"{ours / theirs:.1f}x feedparser's entries"
        note += f", {ours / library:.1f}x newsmlg2" if name == "newsml-g2" else ""
        yield Figure(f"wire.speed.{name}", ours, unit="stories/s", note=note)


def _rate(run: Callable[[], Iterable[object]], number: int) -> float:
    best = float("inf")
    for _ in range(3):
        started = time.process_time()
        for _ in run():
            pass
        best = min(best, time.process_time() - started)
    return number / best


def _parse(body: bytes, name: str) -> int:
    claim = "text" if name == "text" else "auto"  # "<ACME> 4TH QTR NET" may be a headline or an element
    entries = parse_document(Document("s", body, NOW, "Wire", "s", format=claim)).entries
    if len(entries) != 1 or entries[0].format != name:
        raise RuntimeError(f"a story in {name} was read as {[entry.format for entry in entries]}")
    return len(entries)


def _newsmlg2(body: bytes) -> object:
    return NewsMLG2Document(body).get_item()
