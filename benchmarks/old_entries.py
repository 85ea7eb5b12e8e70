"""Look-ups of new entries in a year's output, by the index of what is old and by reading its key columns each time."""

import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from benchmarks.lib.figures import Figure, median_s, scaled
from newsbeam.transforms import ids
from newsbeam.transforms.records import Entry, Story
from newsbeam.transforms.write import schema
from newsbeam.transforms.write.lookup.entry_index import EntryKeyIndex
from newsbeam.transforms.write.lookup.lookups import known_entries
from newsbeam.transforms.write.parquet import file_name, write_table
from newsbeam.transforms.write.store import Store

DAYS, ENTRIES = 365, 1_000
LOOKED_UP = 100
REPEATS = 5
FIRST = datetime(2025, 1, 1, tzinfo=UTC)


def figures(scale: float = 1.0) -> Iterator[Figure]:
    """Yield the figures of a year, a file a day."""
    days = scaled(DAYS, scale, 7)
    with tempfile.TemporaryDirectory(prefix="newsbeam-bench-") as folder:
        store = Store(folder)
        for day in range(days):
            _write(store, FIRST + timedelta(days=day))
        yield from _measure(store, days)


def _write(store: Store, day: datetime) -> None:
    stories = []
    for number in range(ENTRIES):
        link = f"https://news.example.org/{day:%Y/%m/%d}/story-{number}"
        entry = Entry(
            ids.entry_id("Example", link),
            "Example",
            "https://news.example.org/feed",
            "rss20",
            day,
            version=1,
            url=link,
            source_id="Example",
        )
        stories.append(Story(entry))
    write_table(store, file_name("entries", day.date(), "a"), schema.entry_table(stories))


def _measure(store: Store, days: int) -> Iterator[Figure]:
    until = FIRST + timedelta(days=days)
    new = {ids.entry_id("Example", f"new {number}") for number in range(LOOKED_UP)}
    links = {("Example", f"https://news.example.org/new/{number}") for number in range(LOOKED_UP)}
    old = EntryKeyIndex(store, 3600)
    started = time.perf_counter()
    old.known(new, links, (), until)
    indexed_s = time.perf_counter() - started
    by_index = median_s(lambda: old.known(new, links, (), until), REPEATS)
    by_reading = median_s(lambda: known_entries(store, new, links, (), until), REPEATS)
    note = f"{LOOKED_UP} new entries, {days} files of {ENTRIES:,}: {by_index * 1e3:.2f} ms, {by_reading * 1e3:.0f} ms"
    yield Figure("old_entries.look_up_by_index_over_by_reading", by_index / by_reading, "", "x", note)
    yield Figure("old_entries.seconds_to_index", indexed_s, "", "s")
    yield Figure("old_entries.bytes_an_entry", old.nbytes / (days * ENTRIES), "", "B")
