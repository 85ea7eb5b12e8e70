"""How good topics are, and how long they take: on labelled news that nothing here was made from.

AG News (test) and MasakhaNEWS (dev) have a handful of classes each, and a class is several topics of the first level;
Reuters-21578 has the topics of an economic newswire. In MasakhaNEWS a story is right if its best topic of all 17 is of
its class; in AG News, which knows four classes, if the best of those that belong to one is.
"""

import csv
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path

from benchmarks.lib.corpus import corpus_name, labelled_stories, stories
from benchmarks.lib.figures import Figure, scaled
from newsbeam.transforms.enrich.evaluate_topics import Judged, best_of, calibration_error, story_of
from newsbeam.transforms.enrich.topics import TopicSettings, tag_topics
from newsbeam.transforms.records import Topic
from newsbeam.transforms.text.language import languages
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
_ALL = TopicSettings(max=17, min_scores=(0.0, 1.0, 1.0))
_ECONOMY = frozenset({"medtop:04000000"})
_ARTICLES = {"en": ("us", "uk"), "de": ("de",), "fr": ("fr",), "es": ("es",)}
_TEXTS = Path(__file__).parents[1] / "tests" / "data" / "languages.tsv"


def figures(scale: float = 1.0) -> Iterator[Figure]:
    """Yield accuracy, calibration and coverage on each corpus, where it is, and the microseconds a story."""
    data = shared_data()
    if data:
        ag_news = _tagged(_thinned(_ag_news(data / "topics" / "ag_news_test.csv"), scale), "en", AG_NEWS)
        yield _accuracy("ag_news", [_only(judged, AG_NEWS) for judged in ag_news], ">= 0.87")
        yield from _quality("ag_news", ag_news)
        for name, language, target in (("eng", "en", ">= 0.78"), ("fra", "fr", ">= 0.65")):
            rows = _masakhanews(data / "topics" / f"masakhanews_{name}_dev.tsv")
            judged = _tagged(_thinned(rows, scale), language, MASAKHANEWS)
            yield _accuracy(f"masakhanews_{name}", judged, target)
            yield from _quality(f"masakhanews_{name}", judged)
        economy = labelled_stories(scaled(STORIES, scale, 10))
        judged = [Judged(_ECONOMY, best_of(story_of(title, body, "en"), _ALL)) for title, body in economy]
        yield _accuracy("reuters_economy", judged, ">= 0.95")
        for language, folders in _ARTICLES.items():
            files = [file for folder in folders for file in sorted((data / "articles/fundus" / folder).glob("*.json"))]
            pages = [page for file in files for page in _pages(file)]
            own = [(title, body) for title, body in pages if languages(title, body.split("\n"), "")[0] == language]
            yield _coverage(language, own, "pages")
    yield _coverage("pt", list(_portuguese()), "texts of tests/data/languages.tsv")
    yield _speed(scale)


def _accuracy(name: str, judged: Sequence[Judged], target: str) -> Figure:
    right = sum(each.is_right for each in judged)
    return Figure(f"topics.{name}", right / len(judged), target, "share", f"{len(judged):,} stories")


def _quality(name: str, judged: Sequence[Judged]) -> Iterator[Figure]:
    yield Figure(f"topics.{name}_calibration", calibration_error(judged), "<= 0.05", "", "error of the best score")


def _tagged(rows: Iterator[tuple[str, ...]], language: str, classes: Mapping[str, str]) -> list[Judged]:
    topics = {label: frozenset(f"medtop:{number}000000" for number in text.split()) for label, text in classes.items()}
    return [Judged(topics[label], best_of(story_of(title, text, language), _ALL)) for label, title, text in rows]


def _only(judged: Judged, classes: Mapping[str, str]) -> Judged:
    """Return `judged` with the topics of some class only."""
    known = {f"medtop:{number}000000" for text in classes.values() for number in text.split()}
    return Judged(judged.right, tuple(topic for topic in judged.topics if topic.qcode in known))


def _coverage(language: str, pages: Sequence[tuple[str, str]], what: str) -> Figure:
    """Return the share of stories in a language that get no topic."""
    without = sum(not _topics(title, body, language) for title, body in pages)
    return Figure(f"topics.without_{language}", without / len(pages), "<= 0.03", "share", f"{len(pages)} {what}")


def _portuguese() -> Iterator[tuple[str, str]]:
    for line in _TEXTS.read_text(encoding="utf-8").splitlines():
        code, _, title, *texts = line.split("\t")
        if code == "pt":
            yield title, "\n".join(text for text in texts if not text.startswith("["))


def _topics(title: str, body: str, language: str) -> tuple[Topic, ...]:
    return tag_topics(story_of(title, body, language), TopicSettings())


def _pages(path: Path) -> Iterator[tuple[str, str]]:
    """Yield title and text of each page of a publisher."""
    for page in json.loads(path.read_text(encoding="utf-8")).values():
        body = page["body"]
        texts = [*body["summary"], *(text for section in body["sections"] for text in section["paragraphs"])]
        yield page.get("title") or "", "\n".join(texts)


def _speed(scale: float) -> Figure:
    measured = [story_of(title, body, "en") for title, body in stories(scaled(STORIES, scale, 10))]
    tag_topics(measured[0], TopicSettings())
    start = time.process_time()
    for story in measured:
        tag_topics(story, TopicSettings())
    seconds = time.process_time() - start
    return Figure("topics.us_per_story", seconds / len(measured) * 1e6, "<= 3000", "us", corpus_name())


def _thinned(rows: Iterator[tuple[str, ...]], scale: float) -> Iterator[tuple[str, ...]]:
    return islice(rows, 0, None, round(1 / scale))  # evenly: they may be sorted by label


def _ag_news(path: Path) -> Iterator[tuple[str, ...]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from map(tuple, csv.reader(file))


def _masakhanews(path: Path) -> Iterator[tuple[str, ...]]:
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            yield row["category"], row["headline"], row["text"]
