"""The decisions of a run, taken for ever: versions and duplicates in keyed state that expires.

The functions are those that batch calls; only what is known comes from state in place of the output. Elements come in
packs, so that a story costs a fraction of a stateful element.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import apache_beam as beam
from apache_beam.coders import PickleCoder
from apache_beam.transforms.userstate import BagStateSpec, ReadModifyWriteStateSpec

from newsbeam.transforms import metrics
from newsbeam.transforms.counting import count, measure
from newsbeam.transforms.dedup.memory import Memory
from newsbeam.transforms.dedup.paragraphs import CanonicalParagraphs, as_known, decide_stories
from newsbeam.transforms.dedup.version_entries import ENTRY_COUNTERS, source_of
from newsbeam.transforms.dedup.versions import KnownEntries, decide_entries
from newsbeam.transforms.dedup.versions import as_known as as_known_entry
from newsbeam.transforms.packing import Pack, PackByKey
from newsbeam.transforms.records import Entry, KnownEntry, KnownParagraph, Story

LookUpEntries = Callable[[set[str], set[tuple[str, str]], set[tuple[str, str]]], list[KnownEntry]]

ONE_KEY = "all"
"""Duplicates are found across everything, so there is one key; tagging costs a hundred times as much as deciding."""

MOST_ENTRIES = 200_000
MOST_PARAGRAPHS = 500_000
"""Items a bucket at most, of which there are four: some 3 kB each in memory."""


@dataclass
class VersionEntriesForEver(beam.PTransform):
    """Gives each entry its version and drops the unchanged ones.

    Input: an unbounded PCollection of Entry in the global window. Key: the source. State: the versions of a window, a
    few hundred bytes each. Ordering: as they come; within a pack by publication. Delivery: exactly once with the
    engine's state.

    An entry that is older than the window may have been forgotten while its feed did not change; before it counts as
    new it is looked up in what is written.

    Attributes:
        window: How long a version is remembered.
        look_up: From ids, (source, link) and (source, content) of entries to their written versions.
        warm: From a source to the versions that are written; None to begin with nothing.
    """

    window: timedelta
    look_up: LookUpEntries
    warm: Callable[[str], Iterable[KnownEntry]] | None = None

    def expand(self, entries: beam.PCollection[Entry]) -> beam.PCollection[Entry]:
        return (
            entries
            | PackByKey(source_of)
            | beam.Map(_keyed).with_output_types(tuple[str, Any])
            | "Decide" >> beam.ParDo(_VersionFn(self.window, self.look_up, self.warm))
        )


@dataclass
class DeduplicateParagraphsForEver(beam.PTransform):
    """Marks exact and near duplicates against all canonical paragraphs of a window.

    Input: an unbounded PCollection of signed stories in the global window. Key: one for all. State: the canonical
    paragraphs of a window with their texts. Delivery: exactly once with the engine's state.

    Attributes:
        window: How long a paragraph is remembered.
        threshold: The Jaccard similarity from which two paragraphs are near duplicates.
        warm: From the key to the canonical paragraphs that are written; None to begin with nothing.
    """

    window: timedelta
    threshold: float
    warm: Callable[[str], Iterable[KnownParagraph]] | None = None

    def expand(self, stories: beam.PCollection[Story]) -> beam.PCollection[Story]:
        return (
            stories
            | PackByKey(_one_key)
            | beam.Map(_keyed).with_output_types(tuple[str, Any])
            | "Decide" >> beam.ParDo(_DeduplicateFn(self.window, self.threshold, self.warm))
        )


def _one_key(_: Story) -> str:
    return ONE_KEY


def _keyed(element: tuple[str, Pack]) -> tuple[str, Pack]:
    return element


class _MemoryFn(beam.DoFn):
    """A DoFn whose keys remember."""

    HEAD = ReadModifyWriteStateSpec("head", PickleCoder())
    LOG0 = BagStateSpec("log0", PickleCoder())
    LOG1 = BagStateSpec("log1", PickleCoder())
    LOG2 = BagStateSpec("log2", PickleCoder())
    LOG3 = BagStateSpec("log3", PickleCoder())


class _VersionFn(_MemoryFn):
    def __init__(self, window: timedelta, look_up: LookUpEntries, warm: Callable[[str], Iterable[KnownEntry]] | None):
        self._window = window
        self._look_up = look_up
        self._warm = warm

    def setup(self) -> None:
        self._memory: Memory[KnownEntry, KnownEntries] = Memory(
            self._window, KnownEntries, _entry_identity, MOST_ENTRIES, self._warm
        )

    def process(
        self,
        element: tuple[str, Pack],
        head: Any = beam.DoFn.StateParam(_MemoryFn.HEAD),
        log0: Any = beam.DoFn.StateParam(_MemoryFn.LOG0),
        log1: Any = beam.DoFn.StateParam(_MemoryFn.LOG1),
        log2: Any = beam.DoFn.StateParam(_MemoryFn.LOG2),
        log3: Any = beam.DoFn.StateParam(_MemoryFn.LOG3),
    ) -> Iterator[Entry]:
        source, pack = element
        bags = (log0, log1, log2, log3)
        now = max(entry.fetched_at for entry in pack.items)
        versions = self._memory.open(source, now, head, bags)
        old = self._written(pack.items, versions, now)
        for known in old:
            versions.add(known)
        decided = decide_entries(pack.items, versions)
        for outcome, number in Counter(versioned.outcome for versioned in decided).items():
            count(ENTRY_COUNTERS[outcome], number)
        new = [versioned.entry for versioned in decided if versioned.outcome != "unchanged"]
        learned = [*old, *map(as_known_entry, new)]
        forgotten = self._memory.close(source, versions, learned, head, bags)
        if forgotten:
            count(metrics.STATE_FULL, forgotten)
        measure(metrics.STATE_ENTRIES, self._memory.size(head))
        yield from new

    def _written(self, entries: Iterable[Entry], versions: KnownEntries, now: datetime) -> list[KnownEntry]:
        """Return the written versions of entries that are not remembered and may be older than what is."""
        old = [
            as_known_entry(entry)
            for entry in entries
            if (entry.published is None or entry.published < now - self._window) and versions.find(entry) is None
        ]
        if not old:
            return []
        return self._look_up(
            {entry.entry_id for entry in old},
            {(entry.source, entry.url) for entry in old if entry.url},
            {(entry.source, entry.content_hash) for entry in old if entry.by_content},
        )


class _DeduplicateFn(_MemoryFn):
    def __init__(self, window: timedelta, threshold: float, warm: Callable[[str], Iterable[KnownParagraph]] | None):
        self._window = window
        self._threshold = threshold
        self._warm = warm

    def setup(self) -> None:
        self._memory: Memory[KnownParagraph, CanonicalParagraphs] = Memory(
            self._window, CanonicalParagraphs, _paragraph_identity, MOST_PARAGRAPHS, self._warm
        )

    def process(
        self,
        element: tuple[str, Pack],
        head: Any = beam.DoFn.StateParam(_MemoryFn.HEAD),
        log0: Any = beam.DoFn.StateParam(_MemoryFn.LOG0),
        log1: Any = beam.DoFn.StateParam(_MemoryFn.LOG1),
        log2: Any = beam.DoFn.StateParam(_MemoryFn.LOG2),
        log3: Any = beam.DoFn.StateParam(_MemoryFn.LOG3),
    ) -> Iterator[Story]:
        key, pack = element
        bags = (log0, log1, log2, log3)
        canonical = self._memory.open(key, max(story.entry.fetched_at for story in pack.items), head, bags)
        decided = decide_stories(pack.items, canonical, self._threshold)
        kinds = Counter(paragraph.duplicate_kind for story in decided for paragraph in story.paragraphs)
        for kind, number in kinds.items():
            count(metrics.PARAGRAPHS_BY_KIND[kind], number)
        new = [
            as_known(paragraph, story.entry)
            for story in decided
            for paragraph in story.paragraphs
            if not paragraph.duplicate_of
        ]
        forgotten = self._memory.close(key, canonical, new, head, bags)
        if forgotten:
            count(metrics.STATE_FULL, forgotten)
        measure(metrics.STATE_PARAGRAPHS, self._memory.size(head))
        yield from decided


def _entry_identity(entry: KnownEntry) -> str:
    return f"{entry.entry_id}{entry.version}"


def _paragraph_identity(paragraph: KnownParagraph) -> str:
    return paragraph.paragraph_id
