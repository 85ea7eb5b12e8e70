"""DeduplicateParagraphs and StreamingDeduplicateParagraphs: which paragraphs repeat which.

Both take the decisions of `paragraphs.decide_stories`: in batch on all stories of a slice and what the output has, in
streaming on what keyed state remembers.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import apache_beam as beam

from newsbeam.transforms.dedup.keyed_index import KeyedIndex
from newsbeam.transforms.dedup.keyed_index_fn import KeyedIndexFn
from newsbeam.transforms.dedup.paragraphs import (
    CanonicalParagraphs,
    as_known,
    decide_stories,
    deduplicate,
    lookup_keys,
)
from newsbeam.transforms.records import KnownParagraph, Story
from newsbeam.transforms.runtime import metrics
from newsbeam.transforms.runtime.counters import count
from newsbeam.transforms.runtime.packing import Pack, PackByKey, one_key

MAX_PARAGRAPHS = 500_000
"""Paragraphs at which a bag is full, of which a key has four: some 1.5 kB each in memory."""

Lookup = Callable[[set[str], set[bytes]], Iterable[KnownParagraph]]


@dataclass
class DeduplicateParagraphs(beam.PTransform):
    """Marks exact and near duplicates, in canonical order, against each other and against what is written.

    Input: the signed stories of one slice (a bounded PCollection that fits into memory: all of it is one group).
    Output: the same stories, in canonical order.

    Attributes:
        lookup: From fingerprints and band keys to the written canonical paragraphs that share one; picklable.
        threshold: The Jaccard similarity from which two paragraphs are near duplicates.
    """

    lookup: Lookup
    threshold: float

    def expand(self, stories: beam.PCollection[Story]) -> beam.PCollection[Story]:
        return (
            stories
            | "Pack" >> PackByKey(one_group)
            | "GroupByKey" >> beam.GroupByKey()
            | "Decide" >> beam.ParDo(_DecideFn(self.lookup, self.threshold))
        )


def one_group(_: Story) -> str:
    """Return the key of the one group that a slice is."""
    return "slice"


class _DecideFn(beam.DoFn):
    def __init__(self, lookup: Lookup, threshold: float):
        self._lookup = lookup
        self._threshold = threshold

    def process(self, element: tuple[str, Iterable[Pack]]) -> Iterator[Story]:
        stories = [story for pack in element[1] for story in pack.items]
        known = self._lookup(*lookup_keys(stories))
        decided = deduplicate(stories, known, self._threshold)
        _count_kinds(decided)
        yield from decided


@dataclass
class StreamingDeduplicateParagraphs(beam.PTransform):
    """Marks exact and near duplicates against all canonical paragraphs of a window.

    Input: an unbounded PCollection of signed stories in the global window. Key: one for all, since duplicates are found
    across everything; tagging costs a hundred times as much as deciding. State: the canonical
    paragraphs of a window with their texts. Delivery: exactly once with the engine's state.

    Attributes:
        window: How long a paragraph is remembered.
        threshold: The Jaccard similarity from which two paragraphs are near duplicates.
        warm: From the key to the canonical paragraphs that are written; None to begin with nothing.
    """

    window: timedelta
    threshold: float
    bootstrap: Callable[[str], Iterable[KnownParagraph]] | None = None

    def expand(self, stories: beam.PCollection[Story]) -> beam.PCollection[Story]:
        return (
            stories
            | "Pack" >> PackByKey(one_key)
            | "Decide" >> beam.ParDo(_StreamingDecideFn(self.window, self.threshold, self.bootstrap))
        )


class _StreamingDecideFn(KeyedIndexFn):
    def __init__(
        self, window: timedelta, threshold: float, bootstrap: Callable[[str], Iterable[KnownParagraph]] | None
    ):
        super().__init__(metrics.STATE_PARAGRAPHS)
        self._window = window
        self._threshold = threshold
        self._warm = bootstrap

    def process(
        self,
        element: tuple[str, Pack],
        head: Any = beam.DoFn.StateParam(KeyedIndexFn.HEAD),
        log0: Any = beam.DoFn.StateParam(KeyedIndexFn.LOG0),
        log1: Any = beam.DoFn.StateParam(KeyedIndexFn.LOG1),
        log2: Any = beam.DoFn.StateParam(KeyedIndexFn.LOG2),
        log3: Any = beam.DoFn.StateParam(KeyedIndexFn.LOG3),
    ) -> Iterator[Story]:
        key, pack = element
        now = max(story.entry.fetched_at for story in pack.items)
        yield from self._remember(key, pack.items, now, head, (log0, log1, log2, log3))

    def _make_index(self) -> KeyedIndex[KnownParagraph, CanonicalParagraphs]:
        return KeyedIndex(
            "known paragraphs", KnownParagraph, self._window, CanonicalParagraphs, MAX_PARAGRAPHS, self._warm
        )

    def _decide(self, items: list[Story], index: CanonicalParagraphs) -> tuple[list[Story], list[KnownParagraph]]:
        decided = decide_stories(items, index, self._threshold)
        _count_kinds(decided)
        added = [
            as_known(paragraph, story.entry)
            for story in decided
            for paragraph in story.paragraphs
            if not paragraph.duplicate_of
        ]
        return decided, added


def _count_kinds(stories: Iterable[Story]) -> None:
    kinds = Counter(paragraph.duplicate_kind for story in stories for paragraph in story.paragraphs)
    for kind, number in kinds.items():
        count(metrics.PARAGRAPHS_BY_KIND[kind], number)
