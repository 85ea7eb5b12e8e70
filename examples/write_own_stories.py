"""Writes stories of another system with the sink alone: `python examples/write_own_stories.py OUTPUT FILE.jsonl ...`.

A line is a story: {"id": ..., "site": ..., "title": ..., "fetched_at": "2026-11-24T08:00:00Z", "paragraphs": [...]}.
All rows of a load become visible together. Loading again under the same id replaces what that load wrote.
"""

import json
import sys
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

import apache_beam as beam
from apache_beam.runners.portability.fn_api_runner import FnApiRunner

from newsbeam import Entry, Paragraph, StageSlice, Store, Story, commit, story_rows

LOAD = sha256(b"the first load").hexdigest()[:32]  # of the form that `newsbeam compact` merges


def read_story(line: str) -> Story:
    """Return the story on a line; ids are the other system's own."""
    found = json.loads(line)
    entry = Entry(
        entry_id=found["id"],
        source=found["site"],
        feed_url=found["site"],
        format="jsonl",
        fetched_at=datetime.fromisoformat(found["fetched_at"]),
        version=1,
        title=found["title"],
        paragraph_count=len(found["paragraphs"]),
    )
    return Story(entry, tuple(paragraph(entry, *each) for each in enumerate(found["paragraphs"])))


def paragraph(entry: Entry, position: int, text: str) -> Paragraph:
    """Return a paragraph of a story."""
    fingerprint = sha256(text.encode()).hexdigest()[:32]
    return Paragraph(f"{entry.entry_id}-{position}", entry.entry_id, 1, position, text, "paragraph", "", fingerprint)


def main(arguments: Sequence[str]) -> None:
    """Write the stories of all files."""
    store, paths = Store(arguments[0]), arguments[1:]
    with beam.Pipeline(runner=FnApiRunner()) as pipeline:
        lines = pipeline | beam.Create(paths) | beam.io.ReadAllFromText()
        stories = lines | beam.Map(read_story)
        rows = stories | beam.BatchElements() | "ToRows" >> beam.FlatMap(lambda batch: story_rows(batch).items)
        staged = rows | StageSlice(store, LOAD)
        _ = staged | "Commit" >> beam.Map(lambda files: commit(store, files))


if __name__ == "__main__":
    main(sys.argv[1:])
