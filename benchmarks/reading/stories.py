"""Whole stories to read with all of their labels: `python -m benchmarks.reading.stories --start 0 --number 40`.

A random order over the corpora, the same every time. Of each story the beginning is read: paragraphs until there are
`_ENOUGH` characters, and of a paragraph `_MOST`. What the simplest way writes (the model's own names, the topic with
most words of the vocabulary, the declared language) stands beside what is written today, so that both are counted on
the same stories. Names are read where the language has a model.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace

import click

from benchmarks.reading.corpus import read_stories
from benchmarks.reading.labels import MODELS, SUBJECTS, Label, labels_of, tagged
from newsbeam.transforms.enrich.entities import tag_stories
from newsbeam.transforms.enrich.entity_settings import EntitySettings
from newsbeam.transforms.enrich.names.rules import NO_RULES
from newsbeam.transforms.enrich.sections import topics_of_sections
from newsbeam.transforms.enrich.topic_vocabulary import evidence_of, top_level, topic_tree
from newsbeam.transforms.enrich.topics import TopicSettings, tag_topics
from newsbeam.transforms.records import Story

SEED = 15
QUOTAS = {"reuters": 60, "feeds": 62, "pages/en": 53, "pages/de": 20, "pages/fr": 5}
"""Stories of each corpus; in English and French all the pages that there are."""

_ENOUGH = 450
_MOST = 700
_SECTION = 8.0  # the evidence of a section of the publisher's, as in `enrich/topics.py`


@dataclass(frozen=True)
class Reading:
    """The labels of a story, as the simplest way writes them, or as they are written today.

    Attributes:
        story: With names, places and quotes; the beginning of its text.
        labels: Names, places and quotes by subject, then `topic`, `topics` (the others of the first level),
            `language` (of the entry and its paragraphs) and `dateline`.
    """

    story: Story
    labels: dict[str, list[Label]]


def drawn(seed: int = SEED) -> list[tuple[str, Story]]:
    """Return the stories of the sample in the order in which they are read."""
    chance = random.Random(seed)
    strata: dict[str, list[tuple[str, Story]]] = {corpus: [] for corpus in QUOTAS}
    for name, story in read_stories():
        corpus = _corpus(name)
        if corpus in strata:
            strata[corpus].append((name, story))
    chosen = [each for corpus, some in strata.items() for each in chance.sample(some, min(QUOTAS[corpus], len(some)))]
    return chance.sample(chosen, len(chosen))


def readings(name: str, story: Story) -> tuple[Reading, Reading]:
    """Return the labels of the simplest way and those of today."""
    raw = tag_stories([story], EntitySettings(MODELS, NO_RULES, places=False, quotes=False)).stories[0]
    now = tagged([story])[0]
    topics = [topic for topic in tag_topics(story, TopicSettings()) if top_level(topic.qcode) == topic.qcode]
    language = " ".join([now.entry.language, *(paragraph.language for paragraph in now.paragraphs)])
    place = now.entry.dateline_place
    best, others = topics[0].name if topics else "", ", ".join(topic.name for topic in topics[1:])
    whole = {"topic": best, "topics": others, "language": language}
    whole |= {"dateline": f"{place} {now.entry.dateline_country}"} if place else {}
    before = {"topic": _by_words(story)}
    return _reading(name, raw, ("names",), before), _reading(name, now, ("names", "places", "quotes"), whole)


def _reading(name: str, story: Story, subjects: tuple[str, ...], whole: dict[str, str]) -> Reading:
    story = beginning(story)
    labels = {subject: labels_of(name, story, subject) for subject in subjects}
    labels["names"] = labels["names"] if story.entry.language.partition("-")[0] in MODELS else []
    return Reading(story, labels | {label: [Label(name, 0, 0, 0, label, value)] for label, value in whole.items()})


def beginning(story: Story) -> Story:
    """Return a story with the paragraphs that are read, without labels after their first characters."""
    kept, size = [], 0
    for paragraph in story.paragraphs:
        entities = tuple(each for each in paragraph.entities if each.end <= _MOST)
        quotes = tuple(each for each in paragraph.quotes if each.start < _MOST)
        kept.append(replace(paragraph, entities=entities, quotes=quotes))
        size += len(paragraph.text)
        if size >= _ENOUGH:
            break
    return replace(story, paragraphs=tuple(kept))


def _by_words(story: Story) -> str:
    """Return the topic of the first level that most words of the vocabulary and sections speak for; "" for none."""
    evidence = evidence_of(story)
    for topic in topics_of_sections(story.entry.categories):
        evidence[top_level(topic)] = evidence.get(top_level(topic), 0.0) + _SECTION
    first = {topic: evidence[topic] for topic in evidence if top_level(topic) == topic}
    return topic_tree().names[max(first, key=lambda topic: (first[topic], topic))] if first else ""


def _corpus(name: str) -> str:
    corpus, _, rest = name.partition("/")
    folder = rest.partition("/")[0]
    return f"pages/{'en' if folder in ('us', 'uk') else folder}" if corpus == "pages" else corpus


def _lines(number: int, name: str, story: Story) -> Iterator[str]:
    """Yield a story as it is read: each name of today as [span|its number LABEL=its full name @country]."""
    before, now = readings(name, story)
    entry = now.story.entry
    value = {each: labels[0].value for each, labels in now.labels.items() if labels and each not in SUBJECTS}
    words = before.labels["topic"][0].value
    yield f"\n#{number} {name} [{entry.language}] {entry.title[:150]}"
    yield f" TOPIC {value['topic']} +({value['topics']}) | WORDS {words} | DATELINE {value.get('dateline', '')}"
    for position, paragraph in enumerate(now.story.paragraphs):
        other = "" if paragraph.language == entry.language else f"<{paragraph.language}>"
        yield f" {position}{other} {_marked(now, position)}"
    yield f" MODEL {'; '.join(_only_before(before, now))}"
    for at, each in enumerate(now.labels["quotes"]):
        yield f" QUOTE {at} {_span(now, each)[:40]} -> {each.value or '-'}"


def _marked(reading: Reading, position: int) -> str:
    text = reading.story.paragraphs[position].text[:_MOST]
    places = {each.key()[:4]: f" @{each.value.split()[0]}" for each in reading.labels["places"]}
    for at, label in reversed(list(enumerate(reading.labels["names"]))):
        if label.paragraph == position:
            span = _span(reading, label)
            joined = f"={label.value}" if label.value != span else ""
            mark = f"[{span}|{at} {label.label}{joined}{places.get(label.key()[:4], '')}]"
            text = text[: label.start] + mark + text[label.end :]
    return text


def _only_before(before: Reading, now: Reading) -> Iterator[str]:
    own = {(each.paragraph, each.start, each.end, each.label) for each in now.labels["names"]}
    for at, each in enumerate(before.labels["names"]):
        if (each.paragraph, each.start, each.end, each.label) not in own:
            yield f"{at} {each.paragraph}:{_span(before, each)}/{each.label}"


def _span(reading: Reading, label: Label) -> str:
    return reading.story.paragraphs[label.paragraph].text[label.start : label.end]


@click.command()
@click.option("--start", default=0, help="The first story, in the order of the sample.")
@click.option("--number", default=40, help="How many.")
def main(start: int, number: int) -> None:
    """Print stories, each with its labels, those of the simplest way where they differ."""
    for at, (name, story) in enumerate(drawn()[start : start + number], start):
        for line in _lines(at, name, story):
            print(line)


if __name__ == "__main__":
    main()
