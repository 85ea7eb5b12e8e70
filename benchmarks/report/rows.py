"""An output of any size: Reuters stories that an agency publishes over thirty days and papers print.

The rows are made as columns, by newsbeam's schema, and not by a run: a million paragraphs take seconds. What a report
reads is there: copies with a lag, corrections, kills, embargoes, quotes, names with places, topics, failed polls, dead
letters. Names are capitalised words, topics are drawn by lot.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.lib.corpus import stories
from newsbeam.transforms.write.schema import DAY_OF, SCHEMAS, split_by_day

NOW = datetime(2026, 11, 30, 8, tzinfo=UTC)
DAYS = 30
AGENCY = "Reuters"
PAPERS = [f"{word} {kind}" for kind in ("Courier", "Post", "Tribune", "Echo") for word in (
    "Harbour", "Valley", "Northern", "Capital", "Lakeside", "Morning", "Evening", "National", "Coastal", "Central",
)]  # fmt: skip
SOURCES = [AGENCY, *PAPERS]
_STORIES = 21_578
_PRINTED_BY = (1, 1, 1, 1, 2, 3, 6)  # sources of an event, by lot
_POLLS_A_DAY = 48
_PLACES = {
    "London": ("GB", 51.51, -0.13), "Tokyo": ("JP", 35.69, 139.69), "Paris": ("FR", 48.85, 2.35),
    "Washington": ("US", 38.9, -77.04), "Brussels": ("BE", 50.85, 4.35), "Chicago": ("US", 41.85, -87.65),
    "Geneva": ("CH", 46.2, 6.15), "Frankfurt": ("DE", 50.12, 8.68), "Ottawa": ("CA", 45.41, -75.7),
    "Sydney": ("AU", -33.87, 151.21), "Toronto": ("CA", 43.71, -79.4), "Rome": ("IT", 41.89, 12.51),
}  # fmt: skip
_TOPICS = [
    ("medtop:04000000", "economy, business and finance"), ("medtop:11000000", "politics and government"),
    ("medtop:15000000", "sport"), ("medtop:09000000", "labour"), ("medtop:06000000", "environment"),
    ("medtop:16000000", "conflict, war and peace"), ("medtop:13000000", "science and technology"),
]  # fmt: skip
_NAME = re.compile(r"\b[A-Z][a-z]{3,20}(?: [A-Z][a-z]{3,20})?\b")
_QUOTED = re.compile(r'"([^"]{20,300})"')


@dataclass(frozen=True)
class _Corpus:
    """The paragraphs of the corpus, and where those of each story begin (one number more than stories)."""

    titles: list[str]
    paragraphs: list[str]
    starts: np.ndarray


@dataclass(frozen=True)
class _Entries:
    """The entries that are made: an element an entry in each array.

    Attributes:
        event: The event that an entry reports.
        story: Its story in the corpus.
        source: Its source's number.
        first: Of its event, the entry that was first.
        published: Microseconds since 1970.
    """

    event: np.ndarray
    story: np.ndarray
    source: np.ndarray
    first: np.ndarray
    published: np.ndarray


def write_output(output: Path, paragraphs: int) -> int:
    """Write an output with at least `paragraphs` paragraphs, a file a table and day; return how many it has."""
    corpus = _read_corpus(min(_STORIES, max(20, paragraphs // 4)))
    chance = np.random.default_rng(21578)
    entries = _make_entries(corpus, paragraphs, chance)
    tables = {
        "paragraphs": _paragraph_rows(corpus, entries),
        "entries": _entry_rows(corpus, entries, chance),
        "polls": _poll_rows(chance),
        "dead_letters": _dead_letter_rows(chance, max(4, paragraphs // 2_000)),
    }
    for name, table in tables.items():
        for day, part in split_by_day(table, DAY_OF[name]).items():
            folder = output / name / f"date={day}"
            folder.mkdir(parents=True, exist_ok=True)
            pq.write_table(part, folder / "compacted.parquet", compression="zstd")
    return len(tables["paragraphs"])


def _read_corpus(limit: int) -> _Corpus:
    titles: list[str] = []
    paragraphs: list[str] = []
    starts = [0]
    for title, body in stories(limit):
        parts = [" ".join(part.split()) for part in re.split(r"\n\s{3,10}|\n\n", body) if part.strip()]
        titles.append(title)
        paragraphs += parts or [title]
        starts.append(len(paragraphs))
    return _Corpus(titles, paragraphs, np.array(starts))


def _make_entries(corpus: _Corpus, paragraphs: int, chance: np.random.Generator) -> _Entries:
    lengths = np.diff(corpus.starts)
    events = int(paragraphs / (lengths.mean() * np.mean(_PRINTED_BY)) * 1.1) + 2
    printed = chance.choice(_PRINTED_BY, events)
    story = np.repeat(chance.integers(0, len(lengths), events), printed)
    count = int(np.searchsorted(np.cumsum(lengths[story]), paragraphs)) + 1
    event = np.repeat(np.arange(events), printed)[:count]
    firsts = np.concatenate([[0], np.cumsum(printed)[:-1]])[event]
    rank = np.arange(len(event)) - firsts
    source = np.where((rank == 0) & (printed[event] > 1), 0, 1 + (event * 7 + rank * 3) % len(PAPERS))
    begun = int((NOW - timedelta(days=DAYS)).timestamp()) * 1_000_000
    start = begun + np.sort(chance.integers(0, (DAYS * 24 - 6) * 3_600_000_000, event[-1] + 1))
    lag = rank * chance.integers(4, 55, len(event)) * 60_000_000
    return _Entries(event, story[: len(event)], source, firsts, start[event] + lag)


def _paragraph_rows(corpus: _Corpus, entries: _Entries) -> pa.Table:
    lengths = np.diff(corpus.starts)[entries.story]
    entry = np.repeat(np.arange(len(lengths)), lengths)
    position = np.arange(len(entry)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    at = pa.array(corpus.starts[entries.story][entry] + position)
    first = entries.first[entry]
    copied = first != entry
    canonical = _ids("p", first * 1000 + position)
    no = pa.nulls(len(entry), pa.string())
    columns = {
        "paragraph_id": _ids("p", entry * 1000 + position),
        "entry_id": _ids("e", entry),
        "entry_version": np.ones(len(entry), np.int32),
        "position": position.astype(np.int32),
        "text": pa.array(corpus.paragraphs).take(at),
        "kind": _same("paragraph", len(entry)),
        "language": _same("en", len(entry)),
        "fingerprint": _ids("f", first * 1000 + position),
        "duplicate_of": pa.compute.if_else(pa.array(copied), canonical, no),
        "duplicate_kind": pa.compute.if_else(pa.array(copied), "exact", no),
        "similarity": pa.array(np.ones(len(entry)), mask=~copied),
        "entities": _only(pa.array([_entities(each) for each in corpus.paragraphs],
                                   SCHEMAS["paragraphs"].field("entities").type), at, ~copied),
        "quotes": pa.array([_quotes(each) for each in corpus.paragraphs],
                           SCHEMAS["paragraphs"].field("quotes").type).take(at),
        "copy_kind": pa.compute.if_else(pa.array(copied), "agency", no),
        "agency": pa.compute.if_else(pa.array(copied), AGENCY, no),
        "origin_paragraph": pa.compute.if_else(pa.array(copied), canonical, no),
        "story_id": _ids("s", entries.event[entry]),
        "word_count": pa.array([each.count(" ") + 1 for each in corpus.paragraphs], pa.int32()).take(at),
        "furniture": np.zeros(len(entry), bool),
        **_of_entry(corpus, entries, entry),
    }  # fmt: skip
    return _table("paragraphs", columns, len(entry))


def _entry_rows(corpus: _Corpus, entries: _Entries, chance: np.random.Generator) -> pa.Table:
    count = len(entries.story)
    number = np.arange(count)
    drawn = chance.random(count)
    signals = pa.array([[], ["correction"], ["kill"], ["embargo"]], pa.list_(pa.string()))
    kind = np.select([drawn < 0.002, drawn < 0.003, drawn < 0.004], [1, 2, 3], 0)
    ends = int((NOW + timedelta(hours=3)).timestamp() * 1e6)
    columns = {
        "entry_id": _ids("e", number),
        "version": np.ones(count, np.int32),
        "status": pa.array(["usable", "canceled"]).take(pa.array((kind == 2).astype(int))),
        "signals": signals.take(pa.array(kind)),
        "format": _same("rss20", count),
        "guid": _ids("g", number),
        "language": _same("en", count),
        "embargo_until": pa.array(np.full(count, ends), mask=kind != 3).cast(pa.timestamp("us", "UTC")),
        "paragraph_count": np.diff(corpus.starts)[entries.story].astype(np.int32),
        "word_count": np.full(count, 100, np.int32),
        "link_is_identity": np.zeros(count, bool),
        "story_id": _ids("s", entries.event),
        "agency_share": pa.array((entries.first != number).astype(float)),
        **_of_entry(corpus, entries, number),
    }
    return _table("entries", columns, count)


def _of_entry(corpus: _Corpus, entries: _Entries, entry: np.ndarray) -> dict[str, Any]:
    """Return the columns that paragraphs have from their entry."""
    made = entries.published[entry]
    topics = [[{"qcode": code, "name": name, "score": 0.5}] for code, name in _TOPICS]
    return {
        "source": pa.array(SOURCES).take(pa.array(entries.source[entry])),
        "feed_url": pa.array([_feed(name) for name in SOURCES]).take(pa.array(entries.source[entry])),
        "url": pa.compute.binary_join_element_wise("https://news.example/", _ids("e", entry), ""),
        "title": pa.array(corpus.titles).take(pa.array(entries.story[entry])),
        "topics": pa.array(topics, SCHEMAS["entries"].field("topics").type).take(pa.array(entries.story[entry] % 7)),
        "published": pa.array(made).cast(pa.timestamp("us", "UTC")),
        "fetched_at": pa.array(made + 240_000_000).cast(pa.timestamp("us", "UTC")),
    }


def _poll_rows(chance: np.random.Generator) -> pa.Table:
    count = len(SOURCES) * DAYS * _POLLS_A_DAY
    source, slot = np.divmod(np.arange(count), DAYS * _POLLS_A_DAY)
    failed = (chance.random(count) < 0.01) | ((source == 5) & (slot > (DAYS - 1) * _POLLS_A_DAY))
    when = int((NOW - timedelta(days=DAYS)).timestamp() * 1e6) + slot * (86_400_000_000 // _POLLS_A_DAY)
    columns = {
        "feed_url": pa.array([_feed(name) for name in SOURCES]).take(pa.array(source)),
        "uri": pa.array([_feed(name) for name in SOURCES]).take(pa.array(source)),
        "source": pa.array(SOURCES).take(pa.array(source)),
        "fetched_at": pa.array(when).cast(pa.timestamp("us", "UTC")),
        "status": pa.array(["ok", "error"]).take(pa.array(failed.astype(int))),
        "http_status": np.where(failed, 503, 200).astype(np.int32),
        "error": pa.array([None, "HTTP 503: the server is busy"]).take(pa.array(failed.astype(int))),
        "bytes": np.full(count, 20_000),
        "duration": np.full(count, 0.2),
        "entries": np.full(count, 20, np.int32),
        "entries_new": np.full(count, 2, np.int32),
    }
    return _table("polls", columns, count)


def _dead_letter_rows(chance: np.random.Generator, count: int) -> pa.Table:
    kinds = chance.integers(0, 3, count)
    when = int((NOW - timedelta(days=DAYS)).timestamp() * 1e6) + chance.integers(0, DAYS * 86_400_000_000, count)
    columns = {
        "stage": _same("parse", count),
        "error": pa.array(["ParseError", "DateError", "LimitError"]).take(pa.array(kinds)),
        "message": pa.array(["the end tag is missing", "year 9999", "more than 5,000 entries"]).take(pa.array(kinds)),
        "source": pa.array(SOURCES).take(pa.array(kinds)),
        "uri": pa.array([_feed(name) for name in SOURCES]).take(pa.array(kinds)),
        "failed_at": pa.array(when).cast(pa.timestamp("us", "UTC")),
        "payload": pa.array([b"<rss>"] * count),
        "repaired": kinds == 1,
    }
    return _table("dead_letters", columns, count)


def _table(name: str, columns: dict[str, Any], rows: int) -> pa.Table:
    """Return a table of the schema; columns that are not made are null."""
    arrays = [
        pa.array(columns[field.name]).cast(field.type) if field.name in columns else pa.nulls(rows, field.type)
        for field in SCHEMAS[name]
    ]
    return pa.Table.from_arrays(arrays, schema=SCHEMAS[name])


def _ids(kind: str, numbers: np.ndarray) -> pa.Array:
    return pa.compute.binary_join_element_wise(kind, pa.array(numbers).cast(pa.string()), "")


def _same(value: str, count: int) -> pa.Array:
    return pa.repeat(pa.scalar(value), count)


def _only(values: pa.Array, at: pa.Array, where: np.ndarray) -> pa.Array:
    """Return `values` at places, and null elsewhere: entities are on canonical paragraphs."""
    return values.take(pa.compute.if_else(pa.array(where), at, pa.nulls(len(at), at.type)))


def _feed(source: str) -> str:
    return f"https://{source.lower().replace(' ', '-')}.example/rss"


def _entities(text: str) -> list[dict[str, Any]]:
    return [_entity(match) for match in list(_NAME.finditer(text))[:6]]


def _entity(match: re.Match[str]) -> dict[str, Any]:
    country, latitude, longitude = _PLACES.get(match[0], (None, None, None))
    return {
        "text": match[0], "name": match[0], "start": match.start(), "end": match.end(),
        "label": "GPE" if country else "PERSON" if " " in match[0] else "ORG",
        "entity_id": f"name:{match[0].lower()}", "country": country, "latitude": latitude, "longitude": longitude,
        "geonames_id": hash_of(match[0]) if country else None, "feature_class": "P" if country else None,
    }  # fmt: skip


def hash_of(name: str) -> int:
    """Return a number for a place, the same in every process."""
    return int.from_bytes(name.encode()[:6], "big")


def _quotes(text: str) -> list[dict[str, Any]]:
    return [
        {"text": match[1], "start": match.start(1), "end": match.end(1), "speaker": "A Spokesman", "verb": "said"}
        for match in _QUOTED.finditer(text)
    ]
