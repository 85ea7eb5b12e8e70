"""What an output knows that new stories can relate to: entries of one event, copies of paragraphs, recurring lines."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from newsbeam.pipeline.batch import spool
from newsbeam.transforms.common.story_keys import all_keys
from newsbeam.transforms.dedup.order import canonical_order
from newsbeam.transforms.dedup.relations.light import (
    HASH_BYTES,
    LightStory,
    known_paragraphs,
    light_story,
)
from newsbeam.transforms.dedup.relations.relate import KnownRelations
from newsbeam.transforms.dedup.relations.story_index import STORY_GAP
from newsbeam.transforms.ids import story_id
from newsbeam.transforms.records import Entry, KnownStory, Paragraph, Story, WordChange
from newsbeam.transforms.write.lookup.lookups import files_before, records_of
from newsbeam.transforms.write.parquet import row_groups
from newsbeam.transforms.write.store import Store

_ENTRY_COLUMNS = ("entry_id", "version", "source", "feed_url", "format", "published", "fetched_at", "provider")
_CREDITS = ("feed_title", "byline", "authors", "copyright", "story_id", "story_keys")
_KEY_COLUMNS = ("entry_id", "fetched_at", "published", "story_keys")
_PARAGRAPH_COLUMNS = (
    *("paragraph_id", "entry_id", "entry_version", "position", "text", "kind", "language", "fingerprint"),
    *("duplicate_of", "duplicate_kind", "update_of", "changed", "word_count", "agency", "origin_paragraph"),
)
_PRINT = 2 * HASH_BYTES  # hex characters
_MARGIN = timedelta(days=8)  # between when an entry was published, as far as that is believed, and fetched
_Rows = npt.NDArray[np.intp]
_Printed = tuple[Entry, Paragraph]


@dataclass(frozen=True)
class RelationLookup:
    """Looks up what relates to some new stories; picklable.

    Attributes:
        store: The output.
        since: The first partition of the window.
        pending: Spools of stories that are decided and not yet visible.
    """

    store: Store
    since: date
    pending: tuple[Path, ...] = ()

    def __call__(self, stories: Sequence[LightStory]) -> KnownRelations:
        """Return the entries, paragraphs and merges."""
        wanted = _Wanted(stories)
        found = _Found()
        found.entries += _decided_entries(self.store, self.since, wanted, found).values()
        found.paragraphs += _paragraphs(self.store, self.since, None, wanted.paragraphs)
        for folder in self.pending:
            decided: Iterable[Story] = spool.read(spool.refs(folder))
            for story in decided:
                found.add(story, wanted)
        merges = [(row["story_id"], row["into"]) for row in _rows(self.store, "story_merges", ("story_id", "into"))]
        known = [_known_story(entry) for entry in sorted(found.entries, key=canonical_order)]
        return KnownRelations(
            found.number, found.counts, known, _each_alone(found.paragraphs), [*merges, *found.merges]
        )


def relations_since(store: Store, since: date, until: datetime) -> list[KnownStory]:
    """Return everything in the partitions from `since` on that was fetched before `until`, for a stream's start."""
    entries = [_known_story(_entry(row)) for row in _rows(store, "entries", (*_ENTRY_COLUMNS, *_CREDITS), since, until)]
    merges = [
        KnownStory(row["entry_id"], row["entry_version"], "", row["merged_at"], row["into"], merged=(row["story_id"],))
        for row in _rows(store, "story_merges", ("story_id", "into", "merged_at", "entry_id", "entry_version"))
    ]
    paragraphs = _paragraphs(store, since, until, lambda group: np.arange(group.num_rows))
    return [*entries, *merges, *_each_alone(paragraphs)]


class _Wanted:
    """The keys of new stories."""

    def __init__(self, stories: Sequence[LightStory]):
        self.ids = {story.known.entry_id for story in stories}
        self.words = np.unique(all_keys(story.known.story_keys for story in stories)[0])
        times = [story.known.at for story in stories]
        # Entries further apart can't be of one event, so their rows need not be read.
        self.first, self.last = min(times) - STORY_GAP, max(times) + STORY_GAP
        self.prints = {
            story.known.prints[start : start + HASH_BYTES].hex()
            for story in stories
            for start in range(0, len(story.known.prints), HASH_BYTES)
        }
        self.others = {other for story in stories for other in story.others}
        self._prints, self._others = pa.array(self.prints, pa.string()), pa.array(self.others, pa.string())

    def paragraphs(self, group: Any) -> _Rows:
        """Return the rows that have a wanted fingerprint, or are of the group of a wanted paragraph."""
        keys = group.read(["fingerprint", "paragraph_id", "duplicate_of"])
        hit = pc.is_in(pc.utf8_slice_codeunits(keys["fingerprint"], 0, _PRINT), value_set=self._prints)
        for column in ("paragraph_id", "duplicate_of"):
            hit = pc.or_(hit, pc.is_in(keys[column], value_set=self._others))
        return np.flatnonzero(hit.to_numpy())

    def counts(self, keys: Iterable[bytes]) -> Counter[int]:
        """Return how many entries have each wanted word."""
        found, _ = all_keys(keys)
        words, numbers = np.unique(found[np.isin(found, self.words)], return_counts=True)
        return Counter(dict(zip(words.tolist(), numbers.tolist(), strict=True)))


class _Found:
    """What is found so far."""

    def __init__(self) -> None:
        self.number = 0  # of entries with words
        self.counts: Counter[int] = Counter()
        self.entries: list[Entry] = []
        self.paragraphs: list[_Printed] = []
        self.merges: list[tuple[str, str]] = []

    def add(self, story: Story, wanted: _Wanted) -> None:
        """Add a decided story that is not in the output yet."""
        entry = replace(story.entry, content="")  # large, and nothing here needs it
        self.number += bool(entry.story_keys)
        self.counts += wanted.counts([entry.story_keys])
        self.entries.append(entry)
        self.merges += [(merge.story_id, merge.into) for merge in story.merges]
        self.paragraphs += [
            (entry, each)
            for each in story.paragraphs
            if each.fingerprint[:_PRINT] in wanted.prints or {each.paragraph_id, each.duplicate_of} & wanted.others
        ]


def _decided_entries(store: Store, since: date, wanted: _Wanted, found: _Found) -> dict[tuple[str, int], Entry]:
    """Return the entries that can be of one event with new ones, and versions of these; count the words of all."""
    entries = {}
    ids = pa.array(wanted.ids, pa.string())
    for group in row_groups(store, "entries", files_before(store, "entries", None, since)):
        keys = group.read(_KEY_COLUMNS)
        texts = [each or b"" for each in keys["story_keys"].to_pylist()]
        # Of all rows, also of those that match nothing: how rare a word is decides what it says of an event.
        found.number += sum(map(bool, texts))
        found.counts += wanted.counts(texts)
        words, owners = all_keys(texts)
        shares = np.zeros(len(texts), np.bool_)
        shares[owners[np.isin(words, wanted.words)]] = True
        fetched = keys["fetched_at"]
        shares &= pc.and_(
            pc.greater_equal(fetched, pa.scalar(wanted.first, fetched.type)),
            pc.less_equal(fetched, pa.scalar(wanted.last + _MARGIN, fetched.type)),
        ).to_numpy()
        hit = shares | pc.is_in(keys["entry_id"], value_set=ids).to_numpy()
        for row in records_of(group, (*_ENTRY_COLUMNS, *_CREDITS), np.flatnonzero(hit)):
            entries[row["entry_id"], row["version"]] = _entry(row)  # during a compaction a row can be read twice
    return entries


def _paragraphs(store: Store, since: date, until: datetime | None, rows_of: Callable[[Any], _Rows]) -> list[_Printed]:
    """Return some paragraphs with their entries."""
    rows: dict[str, dict[str, Any]] = {}
    for group in row_groups(store, "paragraphs", files_before(store, "paragraphs", until, since)):
        # By id: during a compaction a row can be read twice.
        rows |= {row["paragraph_id"]: row for row in records_of(group, _PARAGRAPH_COLUMNS, rows_of(group))}
    entries = _entries_of({row["entry_id"] for row in rows.values()}, store, since, until)
    return [
        (entries[row["entry_id"], row["entry_version"]], _paragraph(row))
        for row in rows.values()
        # Paragraphs become visible before their entry, without which nothing is known of their source.
        if (row["entry_id"], row["entry_version"]) in entries
    ]


def _each_alone(printed: Iterable[_Printed]) -> list[KnownStory]:
    """Return paragraphs in canonical order, each alone."""
    ordered = sorted(printed, key=lambda pair: (canonical_order(pair[0]), pair[1].position))
    return list(chain.from_iterable(known_paragraphs(Story(entry, (paragraph,))) for entry, paragraph in ordered))


def _entries_of(ids: set[str], store: Store, since: date, until: datetime | None) -> dict[tuple[str, int], Entry]:
    wanted = pa.array(ids, pa.string())
    found = {}
    for group in row_groups(store, "entries", files_before(store, "entries", until, since) if ids else ()):
        keys = group.read(["entry_id", "fetched_at"])
        hit = pc.is_in(keys["entry_id"], value_set=wanted)
        if until:
            hit = pc.and_(hit, pc.less(keys["fetched_at"], until))
        for row in records_of(group, (*_ENTRY_COLUMNS, *_CREDITS), np.flatnonzero(hit.to_numpy())):
            found[row["entry_id"], row["version"]] = _entry(row)
    return found


def _rows(
    store: Store, table: str, columns: tuple[str, ...], since: date | None = None, until: datetime | None = None
) -> Iterator[dict[str, Any]]:
    for group in row_groups(store, table, files_before(store, table, until, since)):
        rows = np.arange(group.num_rows)
        if until:
            rows = np.flatnonzero(pc.less(group.read(["fetched_at"])["fetched_at"], until).to_numpy())
        yield from records_of(group, columns, rows)


def _entry(row: dict[str, Any]) -> Entry:
    return Entry(**row | {"authors": tuple(row["authors"] or ())})


def _known_story(entry: Entry) -> KnownStory:
    """Return an entry without paragraphs; one of an earlier version of newsbeam has a story of its own."""
    known = light_story(Story(entry)).known
    return replace(known, story_id=entry.story_id or story_id(entry.entry_id))


def _paragraph(row: dict[str, Any]) -> Paragraph:
    changed = tuple(WordChange(each["old"] or "", each["new"] or "") for each in row["changed"] or ())
    kind = row["duplicate_kind"] or None
    return Paragraph(**row | {"changed": changed, "duplicate_kind": kind, "word_count": row["word_count"] or 0})
