"""Turns records into rows, and the rows of a slice into tables by partition."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from newsbeam.transforms.records import DeadLetter, Poll, PollKey, Story
from newsbeam.transforms.runtime.batches import Batch
from newsbeam.transforms.runtime.state import decode, encode, poll_key_of
from newsbeam.transforms.write import schema
from newsbeam.transforms.write.commit import Tables
from newsbeam.transforms.write.schema import Versions

Rows = tuple[str, pa.Table]
"""The name of a table and some of its rows."""

STORIES, POLLS, DEAD_LETTERS = "stories", "polls", "letters"
"""The keys of a stream's files: one worker writes the rows of a key."""

ROW_KEYS, POLL_KEYS = (STORIES, DEAD_LETTERS), (POLLS,)
"""The keys of what polls produce, and that of polls, which are written after it."""


@dataclass(frozen=True)
class WriteUnit:
    """Rows of several tables that are written together: readers see all of them or none.

    Attributes:
        rows: The rows.
        polls: How many of the counted records belong to each poll.
    """

    rows: tuple[Rows, ...] = ()
    polls: Mapping[PollKey, int] = field(default_factory=dict)


KeyedRows = tuple[str, WriteUnit]
"""The key of a file and rows for it."""

_KIND, _FORMAT = "write unit", 1


def encode_unit(unit: WriteUnit) -> Any:
    """Return a write unit as plain data: each table is an Arrow IPC stream, compressed with zstd."""
    tables = tuple((name, _to_stream(table)) for name, table in unit.rows)
    return encode(_KIND, _FORMAT, tables, tuple((key, number) for key, number in unit.polls.items()))


def decode_unit(state: Any) -> WriteUnit:
    """Return the write unit that `encode_unit` encoded."""
    tables, polls = decode(_KIND, _FORMAT, state)
    rows = tuple((name, _as_current(name, pa.ipc.open_stream(stream).read_all())) for name, stream in tables)
    return WriteUnit(rows, {poll_key_of(key): number for key, number in polls})


def _as_current(name: str, table: pa.Table) -> pa.Table:
    """Return rows that an older version kept in state with the columns of this one."""
    current = schema.SCHEMAS[name]
    # Columns of a newer version are left as they are: dropping them would lose what the state holds.
    if table.schema.equals(current) or not set(table.schema.names) <= set(current.names):
        return table
    columns = [
        schema.as_current(table[field.name], field.type)
        if field.name in table.schema.names
        else pa.nulls(table.num_rows, field.type)
        for field in current
    ]
    return pa.Table.from_arrays(columns, schema=current)


def _to_stream(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema, options=_STREAM) as stream:
        stream.write_table(table)
    written: bytes = sink.getvalue().to_pybytes()
    return written


_STREAM = pa.ipc.IpcWriteOptions(compression="zstd")

# Rows are sorted, so that a file doesn't depend on the order in which they arrived.
ORDER = {
    "alerts": ("recorded_at", "alert_id", "receiver"),
    "runs": ("began_at", "run_id"),
    "paragraphs": ("paragraph_id",),
    "entries": ("entry_id", "version"),
    "story_merges": ("story_id", "into", "entry_id", "entry_version"),
    "polls": ("feed_url", "uri", "fetched_at"),
    "dead_letters": ("failed_at", "uri", "stage", "message"),
}


TABLE_BYTES = 250_000_000
"""About how much text one Arrow table gets: a column of strings holds at most 2 GiB."""


_NONE: Versions = MappingProxyType({})


def story_rows(stories: Sequence[Story], models: Versions = _NONE, versions: Versions = _NONE) -> Batch[Rows]:
    """Return the rows of a batch of stories. Runs in worker processes: Arrow tables are cheap to send.

    Args:
        stories: Tagged ones.
        models: Name and version of the entity models, by language, for the metadata of the files.
        versions: What else tagged them, for the metadata.
    """
    rows: list[Rows] = []
    for part in _parts(stories):
        paragraphs = schema.with_models(schema.paragraph_table(part), models)
        rows.append(("paragraphs", schema.with_versions(paragraphs, versions)))
        rows.append(("entries", schema.with_versions(schema.entry_table(part), versions)))
        if any(story.merges for story in part):
            rows.append(("story_merges", schema.merge_table(part)))
    return Batch(rows)


def _parts(stories: Sequence[Story]) -> Iterator[Sequence[Story]]:
    """Yield `stories` in parts of at most `TABLE_BYTES` of text, or of one story."""
    first = size = 0
    for at, story in enumerate(stories):
        more = _text_size(story)
        if size and size + more > TABLE_BYTES:
            yield stories[first:at]
            first, size = at, 0
        size += more
    yield stories[first:]


def _text_size(story: Story) -> int:
    """Return the approximate size of a story's rows in bytes: each repeats the entry's title and links."""
    entry = story.entry
    repeated = len(entry.title) + len(entry.url) + len(entry.feed_url) + len(entry.source)
    return len(story.paragraphs) * repeated + sum(len(paragraph.text) for paragraph in story.paragraphs)


def keyed_story_rows(
    stories: Sequence[Story], models: Versions = _NONE, versions: Versions = _NONE
) -> Batch[KeyedRows]:
    """Return the rows of a batch of stories as one element, so that they are written together; see `story_rows`."""
    # Counted by poll and not by entry, since CommitPolls waits for numbers.
    polls = Counter((story.entry.feed_url, story.entry.fetched_at) for story in stories)
    return Batch([(STORIES, WriteUnit(tuple(story_rows(stories, models, versions).items), polls))])


def keyed_poll_rows(polls: Sequence[Poll]) -> KeyedRows:
    """Return the rows of polls with the key of their file."""
    return POLLS, WriteUnit((poll_rows(polls),))


def keyed_dead_letter_rows(dead_letter: DeadLetter) -> KeyedRows:
    """Return the row of a dead letter with the key of its file."""
    return DEAD_LETTERS, WriteUnit((dead_letter_rows(dead_letter),), {dead_letter.poll: 1} if dead_letter.poll else {})


def poll_rows(polls: Sequence[Poll]) -> Rows:
    """Return the rows of polls."""
    return "polls", schema.poll_table(polls)


def dead_letter_rows(dead_letter: DeadLetter) -> Rows:
    """Return the row of one dead letter."""
    return "dead_letters", schema.dead_letter_table([dead_letter])


def slice_tables(rows: Iterable[Rows]) -> Tables:
    """Return the rows of a slice, sorted, by table and partition (the UTC day)."""
    parts: dict[str, list[pa.Table]] = defaultdict(list)
    for name, table in rows:
        parts[name].append(table)
    return {
        (name, day): sort_rows(part, ORDER[name])
        for name, tables in parts.items()
        for day, part in schema.split_by_day(pa.concat_tables(tables), schema.DAY_OF[name]).items()
    }


def sort_rows(table: pa.Table, columns: Sequence[str], table_bytes: int = TABLE_BYTES) -> pa.Table:
    """Return the rows of a table sorted by some columns."""
    # Arrow's sort copies each column into one array, which fails for more than 2 GiB of strings ("offset overflow").
    # A larger table is sorted in parts, of `table_bytes` of text or of one row.
    order = [(column, "ascending") for column in columns]
    if table.nbytes <= table_bytes:
        return table.sort_by(order)
    batches = table.to_batches()
    starts = np.cumsum([0, *(batch.num_rows for batch in batches)])
    # Only the key columns are in one array; their text is far below the limit.
    indices = pc.sort_indices(table.select(columns), sort_keys=order).to_numpy().astype(np.int64)
    ends = np.cumsum(_row_sizes(table)[indices]) // table_bytes
    sorted_parts = []
    for part in np.split(indices, np.flatnonzero(np.diff(ends)) + 1):
        owners = np.searchsorted(starts, part, "right") - 1
        rows = [batches[owner].take(part[owners == owner] - starts[owner]) for owner in np.unique(owners)]
        # `take` gave the rows by the batch that owns them, so each part is sorted once more.
        sorted_parts.append(pa.Table.from_batches(rows, table.schema).sort_by(order))
    return pa.concat_tables(sorted_parts)


def _row_sizes(table: pa.Table) -> np.ndarray[Any, np.dtype[np.int64]]:
    sizes = np.ones(table.num_rows, np.int64)
    for name, kind in zip(table.schema.names, table.schema.types, strict=True):
        if pa.types.is_string(kind) or pa.types.is_binary(kind):
            sizes += pc.binary_length(table[name]).fill_null(0).to_numpy()
    return sizes
