"""Records to rows, and the rows of a slice to tables by partition."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

import pyarrow as pa

from newsbeam.transforms.batches import Batch
from newsbeam.transforms.records import DeadLetter, Poll, Story
from newsbeam.transforms.write import schema
from newsbeam.transforms.write.commit import Tables

Rows = tuple[str, pa.Table]
"""The name of a table, and rows of it."""

STORIES, POLLS, LETTERS = KEYS = ("stories", "polls", "letters")
"""The keys of a stream's files: rows of one key are written by one worker, together."""

# Rows are sorted, so that a file doesn't show in which order they arrived.
ORDER = {
    "paragraphs": ("paragraph_id",),
    "entries": ("entry_id", "version"),
    "polls": ("feed_url", "uri", "fetched_at"),
    "dead_letters": ("failed_at", "uri", "stage", "message"),
}


def story_rows(stories: Sequence[Story]) -> Batch[Rows]:
    """Return the rows of a batch of stories; worker processes make them, Arrow tables travel cheaply."""
    return Batch([("paragraphs", schema.paragraph_table(stories)), ("entries", schema.entry_table(stories))])


def keyed_story_rows(stories: Sequence[Story]) -> Batch[tuple[str, tuple[Rows, ...]]]:
    """Return the rows of a batch of stories as one element, so that they are written at once."""
    return Batch([(STORIES, tuple(story_rows(stories).items))])


def keyed_poll_rows(poll: Poll) -> tuple[str, tuple[Rows, ...]]:
    """Return the row of a poll, by the key of its file."""
    return POLLS, (poll_rows([poll]),)


def keyed_dead_letter_rows(letter: DeadLetter) -> tuple[str, tuple[Rows, ...]]:
    """Return the row of a dead letter, by the key of its file."""
    return LETTERS, (dead_letter_rows(letter),)


def poll_rows(polls: Sequence[Poll]) -> Rows:
    """Return the rows of polls."""
    return "polls", schema.poll_table(polls)


def dead_letter_rows(letter: DeadLetter) -> Rows:
    """Return the row of one dead letter."""
    return "dead_letters", schema.dead_letter_table([letter])


def slice_tables(rows: Iterable[Rows]) -> Tables:
    """Return the rows of a slice by table and partition (the UTC day), sorted."""
    parts: dict[str, list[pa.Table]] = defaultdict(list)
    for name, table in rows:
        parts[name].append(table)
    return {
        (name, day): part.sort_by([(column, "ascending") for column in ORDER[name]])
        for name, tables in parts.items()
        for day, part in schema.split_by_day(pa.concat_tables(tables), schema.DAY_OF[name]).items()
    }
