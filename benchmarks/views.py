"""Views: what a condition on one day reads of a year's output, in bytes."""

import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq

from benchmarks.lib.corpus import many_stories
from benchmarks.lib.figures import Figure, scaled
from newsbeam.pipeline.reports.databases import connect
from newsbeam.pipeline.reports.views import views_sql
from newsbeam.transforms import ids
from newsbeam.transforms.common.wording import fingerprint
from newsbeam.transforms.dedup.near import near_keys
from newsbeam.transforms.records import Entity, Entry, Paragraph, Story
from newsbeam.transforms.write.commit import commit, slice_id, stage
from newsbeam.transforms.write.rows import slice_tables, story_rows
from newsbeam.transforms.write.store import Store

DAYS = 365
STORIES = 300  # a day
FIRST = datetime(2026, 1, 1, 12, tzinfo=UTC)
SHARE_OF_COPIES = 10  # of this number of stories one is printed again the day after

# What decides on a paragraph: these columns are read of every day, since a copy or a kill may be of any.
KEYS = {
    "paragraphs": ("paragraph_id", "entry_id", "entry_version", "fingerprint", "duplicate_of", "update_of"),
    "entries": ("entry_id", "version", "status", "signals", "source", "guid", "slugline", "related", "revision"),
}
DATES = ("published", "fetched_at", "updated", "embargo_until", "source_id", "provider", "provider_version")


def figures(scale: float = 1.0) -> Iterator[Figure]:
    """Yield the bytes that a query of one day reads, against those of the day's files and the keys of the others."""
    with tempfile.TemporaryDirectory(prefix="newsbeam-bench-") as folder:
        days = scaled(DAYS, scale, 5)
        _write(Store(folder), days)
        day = f"DATE '{(FIRST + timedelta(days=days // 2)).date()}'"
        sizes = _sizes(Path(folder), (FIRST + timedelta(days=days // 2)).date().isoformat())
        note = (
            f"{days} days of {STORIES} stories; the day's files {sizes[0] / 1e6:.2f} MB, keys {sizes[1] / 1e6:.1f} MB"
        )
        for view, target in (("paragraphs", ""), ("current_paragraphs", "<= 1.5"), ("mentions", "<= 1.5")):
            read, every = (_bytes_read(folder, f"FROM {view} {where}") for where in (f"WHERE date = {day}", ""))
            asked = sizes[0] + (sizes[1] if target else 0)
            yield Figure(f"views.{view}.day", read / asked, target, "x", note)
            yield Figure(f"views.{view}.day_of_year", read / every, "", "x", f"of {every / 1e6:.0f} MB without the day")


def _write(store: Store, days: int) -> None:
    texts = many_stories(days * STORIES)
    before: list[Story] = []
    for number in range(days):
        when = FIRST + timedelta(days=number)
        part = [_story(f"{number}-{each}", *next(texts), when, []) for each in range(STORIES)]
        part += [_copy(story, when) for story in before[::SHARE_OF_COPIES]]
        before = part[:STORIES]
        commit(store, stage(store, slice_id([each.entry for each in part]), slice_tables(story_rows(part).items)))


def _copy(story: Story, when: datetime) -> Story:
    texts = [paragraph.text for paragraph in story.paragraphs]
    return _story(f"copy-{story.entry.entry_id}", story.entry.title, "\n\n".join(texts), when, story.paragraphs)


def _story(name: str, title: str, body: str, when: datetime, copied: list[Paragraph] | tuple[Paragraph, ...]) -> Story:
    texts = [" ".join(part.split()) for part in body.replace("\n    ", "\n\n").split("\n\n") if part.strip()]
    entry = Entry(
        entry_id=ids.entry_id("Bench", name),
        source="Copies" if copied else "Bench",
        feed_url="https://example.org/rss.xml",
        format="rss20",
        fetched_at=when,
        published=when - timedelta(hours=1),
        version=1,
        url=f"https://example.org/{name}",
        title=title,
        content_hash=ids.digest(*texts),
        paragraph_count=len(texts),
    )
    canonical = [paragraph.paragraph_id for paragraph in copied] or [""] * len(texts)
    return Story(
        entry,
        tuple(
            _paragraph(entry, *each)
            for each in zip(range(len(texts)), texts, near_keys(texts), canonical, strict=False)
        ),
    )


def _paragraph(entry: Entry, position: int, text: str, keys: bytes, canonical: str) -> Paragraph:
    print_ = fingerprint(text)
    words = text.split()
    names = () if canonical else tuple(Entity(word, "ORG", 0, len(word), word) for word in words[:3])
    return Paragraph(
        paragraph_id=ids.paragraph_id(entry.entry_id, 1, position, print_),
        entry_id=entry.entry_id,
        entry_version=1,
        position=position,
        text=text,
        kind="paragraph",
        language="en",
        fingerprint=print_,
        duplicate_of=canonical,
        duplicate_kind="exact" if canonical else None,
        entities=names,
        near_keys=keys,
    )


def _sizes(folder: Path, day: str) -> tuple[int, int]:
    """Return the bytes of a day's files, and those of the key columns of all other days."""
    of_the_day = keys = 0
    for table, columns in KEYS.items():
        for path in folder.glob(f"{table}/*/*.parquet"):
            if path.parent.name == f"date={day}":
                of_the_day += path.stat().st_size
            else:
                keys += _column_bytes(path, {*columns, *DATES})
    return of_the_day, keys


def _column_bytes(path: Path, names: set[str]) -> int:
    """Return the compressed bytes of some columns of a file, and of its footer."""
    metadata = pq.read_metadata(path)
    groups = (metadata.row_group(number) for number in range(metadata.num_row_groups))
    chunks = (group.column(number) for group in groups for number in range(metadata.num_columns))
    return metadata.serialized_size + sum(
        chunk.total_compressed_size for chunk in chunks if chunk.path_in_schema.partition(".")[0] in names
    )


def _bytes_read(output: str, query: str) -> int:
    with connect(output) as database:
        database.execute(views_sql(output))
        before = _read_so_far()
        database.sql(query).to_arrow_table()
        return _read_so_far() - before


def _read_so_far() -> int:
    """Return the bytes that this process has read so far (Linux)."""
    lines = dict(line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())
    return int(lines["rchar"])
