"""Versions of what tags, beside the models: the rules that are on, the classifier, the lists. No Beam here.

Rows that were tagged by other versions can be tagged anew. A version is a hash, so that no one has to count it up.
"""

from collections.abc import Iterator
from dataclasses import astuple
from functools import cache
from importlib.resources import files

from newsbeam.transforms.enrich.entity_settings import EntitySettings
from newsbeam.transforms.enrich.topics import TopicSettings
from newsbeam.transforms.ids import digest

ENTITIES_FORMAT, TOPICS_FORMAT = 2, 1
"""Counted up with a change of the code that gives other entities, quotes or topics for the same text."""

_OF_TOPICS = ("mediatopics", "topic_", "sections")
_SIZE = 8


def entities_version(settings: EntitySettings) -> str:
    """Return the version of what adds entities and quotes, 16 hex characters, without the models."""
    rules = repr((astuple(settings.rules), settings.places, settings.quotes))
    return digest("entities", str(ENTITIES_FORMAT), rules, _digest_of_lists(of_topics=False), size=_SIZE)


def topics_version(settings: TopicSettings) -> str:
    """Return the version of what adds topics, 16 hex characters."""
    limits = repr((settings.max, settings.min_scores))
    return digest(
        "topics", str(TOPICS_FORMAT), limits, settings.model or "", _digest_of_lists(of_topics=True), size=_SIZE
    )


@cache
def _digest_of_lists(of_topics: bool) -> str:
    return digest(*_lists(of_topics))


def _lists(of_topics: bool) -> Iterator[str | bytes]:
    """Yield name and content of each file of `data/` that tags topics, or entities."""
    for file in sorted(files("newsbeam.transforms.enrich").joinpath("data").iterdir(), key=lambda each: each.name):
        if file.name.startswith(_OF_TOPICS) == of_topics:
            yield from (file.name, file.read_bytes())
