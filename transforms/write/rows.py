"""Records to rows, and the rows of a slice to tables by partition."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from newsbeam.transforms.batches import Batch
from newsbeam.transforms.records import DeadLetter, Poll, PollKey, Story
from newsbeam.transforms.write import schema
from newsbeam.transforms.write.commit import Tables

Rows = tuple[str, pa.Table]
"""The name of a table, and rows of it."""

STORIES, POLLS, LETTERS = "stories", "polls", "letters"
"""The keys of a stream's files: rows of one key are written by one worker, together."""

ROW_KEYS, POLL_KEYS = (STORIES, LETTERS), (POLLS,)
"""What polls give, and polls, which are written when that is."""


@dataclass(frozen=True)
class Together:
    """Rows of some tables that are written at once.

    Attributes:
        rows: The rows.
        polls: How many of them each poll counts.
    """

    rows: tuple[Rows, ...] = ()
    polls: Mapping[PollKey, int] = field(default_factory=dict)


KeyedRows = tuple[str, Together]
"""Rows, and the key of their file."""

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


def keyed_story_rows(stories: Sequence[Story]) -> Batch[KeyedRows]:
    """Return the rows of a batch of stories as one element, so that they are written at once."""
    polls = Counter((story.entry.feed_url, story.entry.fetched_at) for story in stories)
    return Batch([(STORIES, Together(tuple(story_rows(stories).items), polls))])


def keyed_poll_rows(poll: Poll) -> KeyedRows:
    """Return the row of a poll, by the key of its file."""
    return POLLS, Together((poll_rows([poll]),))


def keyed_dead_letter_rows(letter: DeadLetter) -> KeyedRows:
    """Return the row of a dead letter, by the key of its file."""
    return LETTERS, Together((dead_letter_rows(letter),), {letter.poll: 1} if letter.poll else {})


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
