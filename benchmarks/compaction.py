"""Compaction: what 2,000 small files cost those who read an output, and what it is when they are merged."""

import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import duckdb

from benchmarks.lib.corpus import corpus_name, stories
from benchmarks.lib.figures import Figure, median_s, scaled
from newsbeam.transforms import ids
from newsbeam.transforms.dedup.near import near_keys
from newsbeam.transforms.dedup.paragraphs import current_keys
from newsbeam.transforms.records import Entry, Paragraph, Story
from newsbeam.transforms.write.commit import commit, slice_id, stage
from newsbeam.transforms.write.compaction.compact import compact
from newsbeam.transforms.write.lookup.lookups import known_entries, known_paragraphs
from newsbeam.transforms.write.rows import slice_tables, story_rows
from newsbeam.transforms.write.store import Store

SLICES = 1_000  # of each a file of entries and one of paragraphs
STORIES = 10  # a slice
DAYS = 4
FIRST = datetime(2026, 11, 20, tzinfo=UTC)
LOOKED_UP = 1_000  # entries, as many as a slice of a run has
REPEATS = 5

# What an analyst asks: a count over columns that are small, and a search in the text.
QUERIES = (
    "SELECT source, count(*), count(duplicate_of) FROM {paragraphs} GROUP BY source",
    "SELECT count(DISTINCT entry_id) FROM {paragraphs} WHERE contains(text, 'bank')",
    "SELECT title, word_count FROM {entries} ORDER BY fetched_at DESC, entry_id LIMIT 10",
)


def figures(scale: float = 1.0) -> Iterator[Figure]:
    """Yield the figures of one compaction."""
    with tempfile.TemporaryDirectory(prefix="newsbeam-bench-") as folder:
        store = Store(folder)
        known = _write(store, scaled(SLICES, scale, 2 * DAYS))
        yield from _measure(store, known)


def _measure(store: Store, known: Sequence[Story]) -> Iterator[Figure]:
    files = len(_files(store))
    rows = _rows(store)
    query, look_up = median_s(lambda: _query(store), REPEATS), median_s(lambda: _look_up(store, known), REPEATS)
    found = _look_up(store, known)
    started = time.perf_counter()
    report = compact(store, (FIRST + timedelta(days=DAYS)).date(), grace_s=0)
    seconds = time.perf_counter() - started
    if _rows(store) != rows or _look_up(store, known) != found:
        raise RuntimeError("the rows have changed")
    faster_query = median_s(lambda: _query(store), REPEATS)
    faster_look_up = median_s(lambda: _look_up(store, known), REPEATS)
    megabytes = [sum(getattr(each, name) for each in report.merged) / 1e6 for name in ("bytes_before", "bytes_after")]
    note = f"{sum(each.rows for each in report.merged):,} rows of {corpus_name()}, {DAYS} days"
    yield Figure("compaction.files_before", files, "", "", note)
    yield Figure("compaction.files_after", len(_files(store)), f"<= {DAYS * 2}", "", "one a table and day")
    yield Figure("compaction.seconds", seconds, "", "s", "without the seconds that it waits for readers")
    yield Figure("compaction.size", megabytes[1] / megabytes[0], "", "share", f"of {megabytes[0]:.1f} MB")
    yield Figure("compaction.query_seconds", query, "", "s", f"{len(QUERIES)} DuckDB queries over the small files")
    yield Figure("compaction.query", faster_query / query, "<= 0.5", "x", "the same, merged against small")
    yield Figure("compaction.look_up_seconds", look_up, "", "s", f"what a run asks before {len(known):,} entries")
    yield Figure("compaction.look_up", faster_look_up / look_up, "<= 0.5", "x", "the same, merged against small")


def _write(store: Store, slices: int) -> list[Story]:
    """Write slices over the days, as runs do; return some of the stories, for a run to find again."""
    written: list[Story] = []
    texts = stories(slices * STORIES)
    for number in range(slices):
        when = FIRST + timedelta(days=number * DAYS // slices, minutes=number % 1000)
        part = [_story(f"{number}-{each}", *next(texts), when) for each in range(STORIES)]
        commit(store, stage(store, slice_id([each.entry for each in part]), slice_tables(story_rows(part).items)))
        written += part
    return written[:: max(1, len(written) // LOOKED_UP)][:LOOKED_UP]


def _story(name: str, title: str, body: str, when: datetime) -> Story:
    texts = [" ".join(part.split()) for part in body.replace("\n    ", "\n\n").split("\n\n") if part.strip()]
    prints = [ids.digest(text) for text in texts]
    entry = Entry(
        entry_id=ids.entry_id("Bench", name),
        source="Bench",
        feed_url="https://example.org/rss.xml",
        format="rss20",
        fetched_at=when,
        version=1,
        url=f"https://example.org/{name}",
        title=title,
        content_hash=ids.digest(*texts),
        paragraph_count=len(texts),
        word_count=len(body.split()),
    )
    paragraphs = [
        Paragraph(
            paragraph_id=ids.paragraph_id(entry.entry_id, 1, position, prints[position]),
            entry_id=entry.entry_id,
            entry_version=1,
            position=position,
            text=text,
            kind="paragraph",
            language="en",
            fingerprint=prints[position],
            near_keys=keys,
        )
        for position, (text, keys) in enumerate(zip(texts, near_keys(texts), strict=True))
    ]
    return Story(entry, tuple(paragraphs))


def _files(store: Store) -> list[str]:
    return [name for name in store.list() if name.endswith(".parquet")]


def _query(store: Store) -> list[object]:
    with duckdb.connect() as database:
        return [database.execute(query.format(**_tables(store))).fetchall() for query in QUERIES]


def _rows(store: Store) -> list[object]:
    """Return numbers that any change of a row changes."""
    query = "SELECT count(*), sum(hash(t)) FROM {table} AS t"
    with duckdb.connect() as database:
        return [database.execute(query.format(table=table)).fetchall() for table in _tables(store).values()]


def _tables(store: Store) -> dict[str, str]:
    return {table: f"read_parquet('{store.path(table)}/date=*/*.parquet')" for table in ("paragraphs", "entries")}


def _look_up(store: Store, known: Sequence[Story]) -> list[object]:
    """Look up what a run looks up before it decides on these stories."""
    paragraphs = [paragraph for story in known for paragraph in story.paragraphs]
    entries = known_entries(store, {story.entry.entry_id for story in known})
    fingerprints, keys = {each.fingerprint for each in paragraphs}, {each.near_keys for each in paragraphs}
    repeats = known_paragraphs(store, fingerprints, keys, FIRST.date(), current_keys)
    return [*entries, *sorted(repeats, key=lambda paragraph: paragraph.paragraph_id)]
