"""The schemas of the tables, and the conversion of records to Arrow tables, a column at a time.

The columns are a contract with readers of the output: a column may be added at the end; none is renamed or reused.

A missing value is null: an optional text that is "" in a record, an absent date or number, an empty `near_keys`. An
empty list stays an empty list, since null would mean the same. Columns that every row has (ids, text, source, times of
fetching, counts) are not nullable and keep the record's value.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from newsbeam.transforms.records import DeadLetter, Poll, Story
from newsbeam.transforms.write.alert_record import AlertState
from newsbeam.transforms.write.run_record import Run

SCHEMA_VERSION = 1
VERSION_KEY, TABLE_KEY = b"newsbeam.schema", b"newsbeam.table"
MODELS_KEY, VERSIONS_KEY = b"newsbeam.models", b"newsbeam.versions"

_TIME = pa.timestamp("us", tz="UTC")
_STRINGS = pa.list_(pa.string())
_ENTITIES = pa.list_(
    pa.struct(
        [
            ("text", pa.string()),
            ("label", pa.string()),
            ("start", pa.int32()),
            ("end", pa.int32()),
            ("name", pa.string()),
            ("entity_id", pa.string()),
            ("country", pa.string()),
            ("geonames_id", pa.int64()),
            ("latitude", pa.float64()),
            ("longitude", pa.float64()),
            ("feature_class", pa.string()),
        ]
    )
)
_QUOTES = pa.list_(
    pa.struct(
        [
            ("text", pa.string()),
            ("start", pa.int32()),
            ("end", pa.int32()),
            ("speaker", pa.string()),
            ("speaker_id", pa.string()),
            ("verb", pa.string()),
        ]
    )
)
_RELATED = pa.list_(pa.struct([("rel", pa.string()), ("id", pa.string()), ("version", pa.int32())]))
_MEDIA = pa.list_(
    pa.struct(
        [
            ("url", pa.string()),
            ("kind", pa.string()),
            ("media_type", pa.string()),
            ("title", pa.string()),
            ("caption", pa.string()),
            ("credit", pa.string()),
            ("width", pa.int32()),
            ("height", pa.int32()),
            ("duration_s", pa.float64()),
            ("bytes", pa.int64()),
        ]
    )
)
_PLACES = pa.list_(
    pa.struct(
        [
            ("name", pa.string()),
            ("relation", pa.string()),
            ("code", pa.string()),
            ("country", pa.string()),
            ("latitude", pa.float64()),
            ("longitude", pa.float64()),
        ]
    )
)
_CHANGES = pa.list_(pa.struct([("old", pa.string()), ("new", pa.string())]))
_TOPICS = pa.list_(pa.struct([("qcode", pa.string()), ("name", pa.string()), ("score", pa.float64())]))


def _always(name: str, kind: pa.DataType) -> pa.Field:
    return pa.field(name, kind, nullable=False)


def _schema(table: str, fields: Sequence[pa.Field | tuple[str, pa.DataType]]) -> pa.Schema:
    return pa.schema(fields, {VERSION_KEY: str(SCHEMA_VERSION).encode(), TABLE_KEY: table.encode()})


PARAGRAPHS = _schema(
    "paragraphs",
    [
        _always("paragraph_id", pa.string()),
        _always("entry_id", pa.string()),
        _always("entry_version", pa.int32()),
        _always("position", pa.int32()),
        _always("text", pa.string()),
        _always("kind", pa.string()),
        ("language", pa.string()),
        _always("fingerprint", pa.string()),
        ("duplicate_of", pa.string()),
        ("duplicate_kind", pa.string()),
        ("similarity", pa.float64()),
        ("entities", _ENTITIES),
        ("topics", _TOPICS),
        _always("source", pa.string()),
        _always("feed_url", pa.string()),
        ("url", pa.string()),
        ("title", pa.string()),
        ("published", _TIME),
        _always("fetched_at", _TIME),
        ("near_keys", pa.binary()),
        ("update_of", pa.string()),
        ("changed", _CHANGES),
        ("key_format", pa.int32()),
        ("quotes", _QUOTES),
        ("word_count", pa.int32()),
        ("furniture", pa.bool_()),
        ("copy_kind", pa.string()),
        ("origin_paragraph", pa.string()),
        ("agency", pa.string()),
        ("story_id", pa.string()),
    ],
)

ENTRIES = _schema(
    "entries",
    [
        _always("entry_id", pa.string()),
        _always("version", pa.int32()),
        _always("status", pa.string()),
        ("signals", _STRINGS),
        _always("source", pa.string()),
        _always("feed_url", pa.string()),
        _always("format", pa.string()),
        ("guid", pa.string()),
        ("url", pa.string()),
        ("title", pa.string()),
        ("subtitle", pa.string()),
        ("summary", pa.string()),
        ("authors", _STRINGS),
        ("byline", pa.string()),
        ("language", pa.string()),
        ("published", _TIME),
        ("updated", _TIME),
        _always("fetched_at", _TIME),
        ("embargo_until", _TIME),
        ("dateline_place", pa.string()),
        ("dateline_date", pa.date32()),
        ("slugline", pa.string()),
        ("urgency", pa.int32()),
        ("ednote", pa.string()),
        ("copyright", pa.string()),
        ("categories", _STRINGS),
        ("subjects", _STRINGS),
        ("topics", _TOPICS),
        ("content_hash", pa.string()),
        _always("paragraph_count", pa.int32()),
        _always("word_count", pa.int32()),
        ("published_raw", pa.string()),
        ("updated_raw", pa.string()),
        _always("link_is_identity", pa.bool_()),
        ("genres", _STRINGS),
        ("provider", pa.string()),
        ("related", _RELATED),
        ("provider_version", pa.int64()),
        ("revision", pa.string()),
        ("source_id", pa.string()),
        ("feed_title", pa.string()),
        ("media", _MEDIA),
        ("places", _PLACES),
        ("rights", pa.string()),
        ("dateline_country", pa.string()),
        ("dateline_geonames_id", pa.int64()),
        ("dateline_latitude", pa.float64()),
        ("dateline_longitude", pa.float64()),
        ("story_id", pa.string()),
        ("agency_share", pa.float64()),
        ("story_keys", pa.binary()),
    ],
)

STORY_MERGES = _schema(
    "story_merges",
    [
        _always("story_id", pa.string()),
        _always("into", pa.string()),
        _always("merged_at", _TIME),
        _always("entry_id", pa.string()),
        _always("entry_version", pa.int32()),
    ],
)

POLLS = _schema(
    "polls",
    [
        _always("feed_url", pa.string()),
        _always("fetched_at", _TIME),
        _always("status", pa.string()),
        ("http_status", pa.int32()),
        _always("bytes", pa.int64()),
        _always("duration", pa.float64()),  # seconds
        _always("entries", pa.int32()),
        _always("entries_new", pa.int32()),
        ("etag", pa.string()),
        ("last_modified", pa.string()),
        ("error", pa.string()),
        ("next_poll_at", _TIME),
        _always("uri", pa.string()),
        _always("source", pa.string()),
        ("body_hash", pa.string()),
        ("moved_to", pa.string()),
        ("source_id", pa.string()),
    ],
)

DEAD_LETTERS = _schema(
    "dead_letters",
    [
        _always("stage", pa.string()),
        _always("error", pa.string()),
        _always("message", pa.string()),
        _always("source", pa.string()),
        _always("uri", pa.string()),
        _always("failed_at", _TIME),
        _always("payload", pa.binary()),
        ("traceback", pa.string()),
        _always("repaired", pa.bool_()),
        ("document", pa.string()),  # JSON: the other fields of the document whose bytes these are
    ],
)

_EXPECTED = pa.struct(
    [
        ("source", pa.string()),
        ("source_id", pa.string()),
        ("feed_url", pa.string()),
        ("every_s", pa.int64()),
        ("entries", pa.int64()),
        ("per_s", pa.int64()),
    ]
)
_COUNTS = (
    *("sources", "sources_unchanged", "sources_not_due", "sources_failed", "documents"),
    *("entries_new", "entries_updated", "entries_unchanged"),
    *("paragraphs_new", "paragraphs_exact", "paragraphs_near", "paragraphs_contained"),
    *("entities", "dead_letters", "repaired"),
)
RUNS = _schema(
    "runs",
    [
        _always("run_id", pa.string()),
        _always("command", pa.string()),
        _always("runner", pa.string()),
        _always("began_at", _TIME),
        ("ended_at", _TIME),
        _always("outcome", pa.string()),
        ("exit_status", pa.int32()),
        ("error", pa.string()),
        _always("config_hash", pa.string()),
        _always("config", pa.string()),
        _always("newsbeam", pa.string()),
        _always("beam", pa.string()),
        ("models", pa.list_(pa.struct([("language", pa.string()), ("model", pa.string())]))),
        ("lists", pa.list_(pa.struct([("name", pa.string()), ("version", pa.string())]))),
        _always("key_format", pa.int32()),
        *((name, pa.int64()) for name in _COUNTS),
        ("errors", pa.list_(pa.struct([("error", pa.string()), ("dead_letters", pa.int64())]))),
        ("failed", pa.list_(pa.struct([("source", pa.string()), ("feed_url", pa.string()), ("error", pa.string())]))),
        ("expected", pa.list_(_EXPECTED)),
        *((name, pa.int64()) for name in ("paragraphs_out_of_window", "paragraphs_out_of_memory")),
    ],
)

# What has been found for the config's alerts, and whether it was sent (`alert_ledger`).
ALERTS = _schema(
    "alerts",
    [
        _always("alert_id", pa.string()),
        _always("rule", pa.string()),
        _always("about", pa.string()),
        _always("receiver", pa.string()),
        _always("state", pa.string()),
        _always("recorded_at", _TIME),
        ("source", pa.string()),
        ("entry_id", pa.string()),
        ("entry_version", pa.int32()),
        ("message", pa.string()),
        ("error", pa.string()),
    ],
)

# What was fetched, before it is parsed. Not among SCHEMAS: its files are not committed with others (`raw_log`).
RAW = _schema(
    "raw",
    [
        _always("fetched_at", _TIME),
        _always("source", pa.string()),
        ("source_id", pa.string()),
        _always("feed_url", pa.string()),
        _always("uri", pa.string()),
        _always("kind", pa.string()),  # document, dead_letter or poll
        ("media_type", pa.string()),
        # Offsets of 32 bits end at 2 GiB, and a pack has all that one reading gave.
        ("body", pa.large_binary()),
        _always("record", pa.string()),  # JSON: the other fields of the record
        ("poll", pa.string()),  # JSON: the poll
        ("states", pa.string()),  # JSON, on the last row of a pack: what the next polls need
    ],
)

# In the order in which files become visible: a reader that sees an entry sees its paragraphs.
SCHEMAS: Mapping[str, pa.Schema] = {
    "alerts": ALERTS,
    "runs": RUNS,
    "dead_letters": DEAD_LETTERS,
    "story_merges": STORY_MERGES,
    "paragraphs": PARAGRAPHS,
    "polls": POLLS,
    "entries": ENTRIES,
}
# The column whose UTC day is the partition.
DAY_OF: Mapping[str, str] = {
    "alerts": "recorded_at",
    "runs": "began_at",
    "dead_letters": "failed_at",
    "story_merges": "merged_at",
    "paragraphs": "fetched_at",
    "polls": "fetched_at",
    "entries": "fetched_at",
}
ATTRIBUTES: Mapping[str, str] = {"duration": "duration_s"}  # columns whose record field has another name
_OF_THE_ENTRY = frozenset({"topics", "source", "feed_url", "url", "title", "published", "fetched_at", "story_id"})


def is_older(kind: pa.DataType, current: pa.DataType) -> bool:
    """Return whether a column's type is one that an older version wrote: lists of structs without the last fields."""
    if not pa.types.is_list(kind) or not pa.types.is_list(current) or not pa.types.is_struct(kind.value_type):
        return False
    # Fields of structs are added at the end only, as columns are.
    return list(kind.value_type) == list(current.value_type)[: kind.value_type.num_fields]


def as_current(column: pa.ChunkedArray, current: pa.DataType) -> pa.ChunkedArray:
    """Return a column with the current type; fields that an older version didn't write are null."""
    return column.cast(current) if column.type != current and is_older(column.type, current) else column


Versions = Mapping[str, Sequence[str]]
"""What made some rows: {"newsbeam": ["1.0"], "topics": ["6f..."]}. Several of one thing, where files were merged."""


def with_models(table: pa.Table, models: Versions) -> pa.Table:
    """Return rows of `paragraphs/` whose file will name the entity models by language; as they are without models."""
    return _with(table, MODELS_KEY, models)


def with_versions(table: pa.Table, versions: Versions) -> pa.Table:
    """Return rows whose file will name the versions of what made them; as they are without versions."""
    return _with(table, VERSIONS_KEY, versions)


def models_of(schema: pa.Schema) -> dict[str, list[str]]:
    """Return the entity models that a file names, by language."""
    return _named(schema, MODELS_KEY)


def versions_of(schema: pa.Schema) -> dict[str, list[str]]:
    """Return the versions that a file names, by what has them: newsbeam, entities, topics."""
    return _named(schema, VERSIONS_KEY)


def _with(table: pa.Table, key: bytes, versions: Versions) -> pa.Table:
    if not versions:
        return table
    # Sorted, so that a slice that is written again has the same bytes.
    named = json.dumps({name: sorted(values) for name, values in versions.items()}, sort_keys=True)
    return table.replace_schema_metadata({**table.schema.metadata, key: named.encode()})


def _named(schema: pa.Schema, key: bytes) -> dict[str, list[str]]:
    named: dict[str, list[str]] = json.loads((schema.metadata or {}).get(key, b"{}"))
    return named


def paragraph_table(stories: Iterable[Story]) -> pa.Table:
    """Return the rows of `paragraphs/` for all paragraphs of `stories`, in the same order."""
    stories = list(stories)
    entries = [story.entry for story in stories]
    paragraphs = [paragraph for story in stories for paragraph in story.paragraphs]
    # The entry's columns are built once for each entry, then repeated: its paragraphs share most of a row.
    story_of_row = pa.array(np.repeat(np.arange(len(stories)), [len(story.paragraphs) for story in stories]))
    columns = [
        _column(entries, field).take(story_of_row) if field.name in _OF_THE_ENTRY else _column(paragraphs, field)
        for field in PARAGRAPHS
    ]
    return pa.Table.from_arrays(columns, schema=PARAGRAPHS)


def entry_table(stories: Iterable[Story]) -> pa.Table:
    """Return the rows of `entries/` for the entries of `stories`, in the same order."""
    return _table([story.entry for story in stories], ENTRIES)


def merge_table(stories: Iterable[Story]) -> pa.Table:
    """Return the rows of `story_merges/` for the merges of `stories`, in the same order."""
    return _table([merge for story in stories for merge in story.merges], STORY_MERGES)


def poll_table(polls: Iterable[Poll]) -> pa.Table:
    """Return the rows of `polls/`, in the same order."""
    return _table(list(polls), POLLS)


def dead_letter_table(dead_letters: Iterable[DeadLetter]) -> pa.Table:
    """Return the rows of `dead_letters/`, in the same order."""
    return _table(list(dead_letters), DEAD_LETTERS)


def run_table(runs: Iterable[Run]) -> pa.Table:
    """Return the rows of `runs/`, in the same order."""
    return _table(list(runs), RUNS)


def alert_table(states: Iterable[AlertState]) -> pa.Table:
    """Return the rows of `alerts/`, in the same order."""
    return _table(list(states), ALERTS)


def split_by_day(table: pa.Table, column: str) -> dict[date, pa.Table]:
    """Split `table` by the UTC day of its timestamp `column`: one part for each partition, none empty."""
    days = table[column].cast(pa.date32())  # a timestamp with a time zone counts from 1970 UTC, so this is the UTC day
    unique = sorted(pc.unique(days).to_pylist())
    if len(unique) == 1:
        return {unique[0]: table}
    return {day: table.filter(pc.equal(days, pa.scalar(day))) for day in unique}


def _table(records: Sequence[Any], schema: pa.Schema) -> pa.Table:
    return pa.Table.from_arrays([_column(records, field) for field in schema], schema=schema)


def _column(records: Sequence[Any], field: pa.Field) -> pa.Array:
    name = ATTRIBUTES.get(field.name, field.name)
    return _array([getattr(record, name) for record in records], field)


def _array(values: list[Any], field: pa.Field) -> pa.Array:
    if pa.types.is_list(field.type) and pa.types.is_struct(field.type.value_type):
        return _struct_lists(values, field.type)
    if field.nullable and (pa.types.is_string(field.type) or pa.types.is_binary(field.type)):
        values = [value or None for value in values]
    try:
        return pa.array(values, field.type)
    # Only when Arrow refuses: checking each text beforehand would cost more than all of the conversion.
    except UnicodeEncodeError:
        return pa.array([_replace_surrogates(value) for value in values], field.type)


def _struct_lists(lists: list[Sequence[Any]], kind: pa.DataType) -> pa.Array:
    """Return lists of dataclasses as an array of lists of structs; several times faster than converting to dicts."""
    flat = [item for items in lists for item in items]
    fields = list(kind.value_type)
    structs = pa.StructArray.from_arrays([_column(flat, field) for field in fields], fields=fields)
    ends = np.cumsum([len(items) for items in lists], dtype=np.int32)
    offsets = np.concatenate([np.zeros(1, np.int32), ends])
    return pa.ListArray.from_arrays(pa.array(offsets), structs, type=kind)


_SURROGATE = re.compile("[\ud800-\udfff]")


def _replace_surrogates(value: Any) -> Any:
    """Replace unpaired surrogates, which JSON allows (RFC 8259 8.2) and UTF-8, and therefore Parquet, doesn't.

    One character replaces one, so that the offsets of entities stay valid.
    """
    if isinstance(value, str):
        return _SURROGATE.sub("\ufffd", value)
    return [_SURROGATE.sub("\ufffd", each) for each in value] if isinstance(value, tuple) else value
