"""Small outputs that are written without a run."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq

from newsbeam.transforms import ids
from newsbeam.transforms.records import Entity, Entry, Paragraph, Story, Topic
from newsbeam.transforms.write.schema import (
    DAY_OF,
    dead_letter_table,
    entry_table,
    paragraph_table,
    poll_table,
    split_by_day,
)

NOW = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)
LAVROV = Entity("Lavrov", "PERSON", 0, 6, "Sergei Lavrov")
FIRST = Entity("first", "ORDINAL", 0, 5, "first")  # a value, not a name: left out
POLITICS = Topic("medtop:11000000", "politics and government", 0.5)


def story(
    number: int, source: str, texts: list[str], version: int = 1, age: timedelta = timedelta(0), **fields
) -> Story:
    entry = Entry(
        entry_id=ids.entry_id(str(number)),
        source=source,
        feed_url=f"https://{source.lower()}.example/rss",
        format="rss20",
        fetched_at=NOW - age,
        version=version,
        **{
            "title": f"Story {number}",
            "language": "en",
            "published": NOW - age - timedelta(minutes=number),
            "topics": (POLITICS,),
        }
        | fields,
    )
    paragraphs = [
        Paragraph(
            paragraph_id=ids.paragraph_id(entry.entry_id, version, position, ids.digest(text)),
            entry_id=entry.entry_id,
            entry_version=version,
            position=position,
            text=text,
            kind="heading" if text.isupper() else "paragraph",
            language=entry.language,
            fingerprint=ids.digest(text),
            entities=(LAVROV, FIRST) if "Lavrov" in text else (),
        )
        for position, text in enumerate(texts)
    ]
    return Story(entry, tuple(paragraphs))


def repeat(story: Story, position: int, of: Story, position_of: int, kind: str = "exact") -> Story:
    paragraphs = list(story.paragraphs)
    canonical = of.paragraphs[position_of].paragraph_id
    marked = replace(paragraphs[position], duplicate_of=canonical, duplicate_kind=kind, similarity=1.0)
    if of.entry.source != story.entry.source:
        marked = replace(marked, origin_paragraph=canonical, copy_kind="verbatim")
    paragraphs[position] = marked
    return replace(story, paragraphs=tuple(paragraphs))


def write(output: Path, stories=(), polls=(), letters=()) -> None:
    tables = {
        "paragraphs": paragraph_table(stories),
        "entries": entry_table(stories),
        "polls": poll_table(polls),
        "dead_letters": dead_letter_table(letters),
    }
    for name, table in tables.items():
        for day, part in split_by_day(table, DAY_OF[name]).items() if len(table) else ():
            folder = output / name / f"date={day}"
            folder.mkdir(parents=True, exist_ok=True)
            pq.write_table(part, folder / "part.parquet")
