"""What is judged by eye in a story: names, short names of people, places, and quotes. Each is a label of a span.

A label has an id without text, so that a judgement lasts: it says of code that is changed later which of the labels
that were found wrong it still writes, and which of the right ones it lost.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b

from newsbeam.transforms.enrich.entities import tag_stories
from newsbeam.transforms.enrich.entity_settings import EntitySettings
from newsbeam.transforms.enrich.names.labels import NAME_LABELS, PEOPLE
from newsbeam.transforms.records import Paragraph, Story

MODELS = {"en": "en_core_web_sm"}
_TOGETHER = 64  # stories a call


@dataclass(frozen=True, order=True)
class Label:
    """Something that a row says of a span of a paragraph.

    Attributes:
        story: Its id in `corpus`.
        paragraph: Its position.
        start: The first character.
        end: After the last character.
        label: The entity's label, or `quote`.
        value: What is said of it: a name, a place, a speaker.
    """

    story: str
    paragraph: int
    start: int
    end: int
    label: str
    value: str

    def key(self) -> tuple[str, ...]:
        """Return the columns of a judgement: no text, a digest instead of the value."""
        digest = blake2b(self.value.encode(), digest_size=4).hexdigest()
        return self.story, str(self.paragraph), str(self.start), str(self.end), self.label, digest


def names(paragraph: Paragraph) -> Iterator[tuple[int, int, str, str]]:
    """Yield each name with what it is resolved to."""
    for entity in paragraph.entities:
        if entity.label in NAME_LABELS:
            yield entity.start, entity.end, entity.label, entity.name


def joins(paragraph: Paragraph) -> Iterator[tuple[int, int, str, str]]:
    """Yield each name of a person that is one word, with what it is resolved to."""
    for start, end, label, name in names(paragraph):
        if label in PEOPLE and " " not in paragraph.text[start:end].strip():
            yield start, end, label, name


def places(paragraph: Paragraph) -> Iterator[tuple[int, int, str, str]]:
    """Yield each place that has coordinates, with its country and GeoNames id."""
    for entity in paragraph.entities:
        if entity.latitude is not None:
            yield entity.start, entity.end, entity.label, f"{entity.country} {entity.geonames_id}"


def quotes(paragraph: Paragraph) -> Iterator[tuple[int, int, str, str]]:
    """Yield each quote with its speaker, "" for none."""
    for quote in paragraph.quotes:
        yield quote.start, quote.end, "quote", quote.speaker


SUBJECTS: Mapping[str, Callable[[Paragraph], Iterator[tuple[int, int, str, str]]]] = {
    "names": names,
    "joins": joins,
    "places": places,
    "quotes": quotes,
}


def tagged(stories: Sequence[Story]) -> list[Story]:
    """Return stories with entities, places and quotes, as rows have them."""
    settings, found = EntitySettings(MODELS), []
    for at in range(0, len(stories), _TOGETHER):
        found += tag_stories(stories[at : at + _TOGETHER], settings).stories
    return found


def labels_of(name: str, story: Story, subject: str) -> list[Label]:
    """Return the labels of a tagged story, in order.

    Args:
        name: The story's id.
        story: A tagged story.
        subject: One of `SUBJECTS`.
    """
    return [
        Label(name, position, *found)
        for position, paragraph in enumerate(story.paragraphs)
        for found in SUBJECTS[subject](paragraph)
    ]
