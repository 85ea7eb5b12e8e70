"""The labels of the document that the project started from, as a reader of the row expects them."""

from dataclasses import replace

import pytest

from newsbeam.transforms.enrich.entities import tag_stories
from newsbeam.transforms.enrich.entity_settings import EntitySettings
from newsbeam.transforms.enrich.topics import TopicSettings, tag_topics
from newsbeam.transforms.parse.document import parse_document
from newsbeam.transforms.records import Document
from newsbeam.transforms.text.split import split_entry
from testing.reading import NOW

PLACES = {"Japan": "JP", "South Korea": "KR", "Russia": "RU", "China": "CN", "Australia": "AU", "Nagoya": "JP"}
POLITICS, CONFLICT = "medtop:11000000", "medtop:16000000"


@pytest.fixture(scope="module")
def seed(shared_data, english):
    """Return the story with its entities and quotes."""
    [path] = (shared_data / "seed").glob("*.txt")
    [entry] = parse_document(Document(path.name, path.read_bytes(), NOW, "Seed", path.name)).entries
    story = split_entry(replace(entry, language="en")).story
    return tag_stories([story], EntitySettings({"en": english})).stories[0]


def test_people_are_resolved(seed):
    people = {each.name for paragraph in seed.paragraphs for each in paragraph.entities if each.label == "PERSON"}
    assert {"Sergei Lavrov", "Toshimitsu Motegi"} <= people
    assert not people & {"Lavrov", "Motegi"}


def test_places_have_coordinates(seed):
    found = {each.name: each for paragraph in seed.paragraphs for each in paragraph.entities if each.latitude}
    assert {name: found[name].country for name in PLACES} == PLACES
    assert (round(found["Nagoya"].latitude), round(found["Nagoya"].longitude)) == (35, 137)


def test_quotes_have_their_speaker(seed):
    quotes = {quote.text: quote.speaker for paragraph in seed.paragraphs for quote in paragraph.quotes}
    assert len(quotes) == 2  # each is printed twice
    assert set(quotes.values()) == {"Sergei Lavrov"}


def test_topics(seed):
    assert {POLITICS, CONFLICT} <= {topic.qcode for topic in tag_topics(seed, TopicSettings())}
