"""Counts who and what is named in texts of your own: `python examples/entities_of_stories.py STORY.txt ...`.

The first line of a file is the title, the rest the story; an empty line ends a paragraph.
"""

import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import apache_beam as beam
from apache_beam.runners.portability.fn_api_runner import FnApiRunner

from newsbeam import Entry, SplitParagraphs, Story, TagEntities


def read_entry(path: str) -> Entry:
    """Return the entry in a text file."""
    title, _, text = Path(path).read_text(encoding="utf-8").partition("\n")
    return Entry(
        entry_id=path,
        source="mine",
        feed_url=path,
        format="text",
        fetched_at=datetime.now(UTC),
        title=title,
        content=text,
        content_type="text/plain",
        language="en",  # TagEntities has a model for it by default
    )


def names(story: Story) -> Iterator[tuple[str, str]]:
    """Yield label and name of each entity, in its fullest form in the story."""
    for paragraph in story.paragraphs:
        for entity in paragraph.entities:
            yield entity.label, entity.name


def main(paths: Sequence[str]) -> None:
    """Tag the stories and print how often each name occurs."""
    with beam.Pipeline(runner=FnApiRunner()) as pipeline:
        split = pipeline | beam.Create(paths) | beam.Map(read_entry) | SplitParagraphs()
        tagged = split.items | TagEntities()
        counts = tagged.items | beam.FlatMap(names) | beam.combiners.Count.PerElement()
        _ = counts | beam.MapTuple(lambda entity, count: print(f"{count:>4}  {entity[0]:<12} {entity[1]}"))


if __name__ == "__main__":
    main(sys.argv[1:])
