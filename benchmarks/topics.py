"""How often the topic tagger is right, and how long it takes: on labelled news that nothing here was made from.

AG News (test) and MasakhaNEWS (English, dev) have a handful of classes each, and a class is several topics of the first
level. A story counts as right if, of those topics, the one that scores highest is of its class.
"""

import csv
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from benchmarks.lib.corpus import corpus_name, stories
from benchmarks.lib.figures import Figure, scaled
from newsbeam.transforms.enrich.topics import TopicSettings, tag_topics, top_level
from newsbeam.transforms.records import Entry, Paragraph, Story
from testing.shared_data import shared_data

# The IPTC's first level: 01 arts, 02 crime, 03 disaster, 04 economy, 07 health, 08 human interest, 09 labour,
# 10 lifestyle, 11 politics, 12 religion, 13 science and technology, 14 society, 15 sport, 16 conflict.
AG_NEWS = {"1": "02 03 08 11 12 14 16", "2": "15", "3": "04 09", "4": "13"}
MASAKHANEWS = {
    "business": "04 09",
    "entertainment": "01 08 10",
    "health": "07",
    "politics": "11 16",
    "religion": "12",
    "sports": "15",
    "technology": "13",
}
STORIES = 1_000
_ALL = TopicSettings(max=17, min_score=0.0)


def figures(scale: float = 1.0) -> Iterator[Figure]:
    """Yield the accuracy on each corpus, where it is, and the microseconds a story."""
    data = shared_data()
    if data:
        ag_news, masakhanews = data / "topics" / "ag_news_test.csv", data / "topics" / "masakhanews_eng_dev.tsv"
        yield _accuracy("ag_news", AG_NEWS, _ag_news(ag_news), scale)
        yield _accuracy("masakhanews_eng", MASAKHANEWS, _masakhanews(masakhanews), scale)
    measured = [_story(title, body) for title, body in stories(scaled(STORIES, scale, 10))]
    tag_topics(measured[0], TopicSettings())
    start = time.perf_counter()
    for story in measured:
        tag_topics(story, TopicSettings())
    seconds = time.perf_counter() - start
    yield Figure("topics.us_per_story", seconds / len(measured) * 1e6, "<= 200", "us", corpus_name())


def _accuracy(name: str, classes: Mapping[str, str], rows: Iterator[tuple[str, ...]], scale: float) -> Figure:
    class_of = {f"medtop:{number}000000": label for label, numbers in classes.items() for number in numbers.split()}
    right = total = 0
    for label, title, text in islice(rows, 0, None, round(1 / scale)):  # evenly: they may be sorted by label
        found = (class_of.get(top_level(topic.qcode)) for topic in tag_topics(_story(title, text), _ALL))
        right += next(filter(None, found), None) == label
        total += 1
    return Figure(f"topics.{name}", right / total, "", "share", f"{total:,} stories, {len(classes)} classes")


def _ag_news(path: Path) -> Iterator[tuple[str, ...]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from map(tuple, csv.reader(file))


def _masakhanews(path: Path) -> Iterator[tuple[str, ...]]:
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            yield row["category"], row["headline"], row["text"]


def _story(title: str, text: str) -> Story:
    entry = Entry("e", "benchmark", "", "text", datetime.now(UTC), title=title, language="en")
    paragraphs = (
        Paragraph(str(position), "e", 0, position, line, "paragraph", "en", "")
        for position, line in enumerate(text.splitlines())
    )
    return Story(entry, tuple(paragraphs))
