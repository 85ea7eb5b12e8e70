"""DeduplicateParagraphs and StreamingDeduplicateParagraphs: mark exact and near duplicates.

Both call `paragraphs.decide_stories`: batch with the stories of a slice and what is in the output, streaming with what
is in keyed state.
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
"""Paragraphs at which a bag is full; a key has four bags. About 1.5 kB a paragraph in memory."""

Lookup = Callable[[set[str], set[bytes]], Iterable[KnownParagraph]]


@dataclass
class DeduplicateParagraphs(beam.PTransform):
    """Marks exact and near duplicates, in canonical order, against each other and the output.

    Input: a bounded PCollection of Story, with band keys: one slice, which has to fit into memory. Key: one for all.
    Output: the same stories, in canonical order.

    Attributes:
        lookup: Returns the canonical paragraphs in the output that share a fingerprint or a band; picklable.
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
    """Return the one key that all stories of a slice have."""
    return "slice"


class _DecideFn(beam.DoFn):
    def __init__(self, lookup: Lookup, threshold: float):
        self._lookup = lookup
        self._threshold = threshold

    def process(self, element: tuple[str, Iterable[Pack]]) -> Iterator[Story]:
        stories = [story for pack in element[1] for story in pack.items]
        known = self._lookup(*lookup_keys(stories))
        decided = deduplicate(stories, known, self._threshold)
        count_kinds(decided)
        yield from decided


@dataclass
class StreamingDeduplicateParagraphs(beam.PTransform):
    """Marks exact and near duplicates against all canonical paragraphs of a window.

    Input: an unbounded PCollection of Story, with band keys, in the global window. Output: the same stories, each pack
    in canonical order. Key: one for all, since any two stories can share a paragraph; a decision costs a hundredth of
    tagging. State: the canonical paragraphs of a window with their texts. Delivery: exactly once with the engine's
    state.

    Attributes:
        window: How long a paragraph is kept in state.
        threshold: The Jaccard similarity from which two paragraphs are near duplicates.
        bootstrap: Returns the canonical paragraphs in the output for a key without state; None to start with none.
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
        self._bootstrap = bootstrap

    def process(
        self,
        element: tuple[str, Pack],
        header: Any = beam.DoFn.StateParam(KeyedIndexFn.HEADER),
        bag0: Any = beam.DoFn.StateParam(KeyedIndexFn.BAG0),
        bag1: Any = beam.DoFn.StateParam(KeyedIndexFn.BAG1),
        bag2: Any = beam.DoFn.StateParam(KeyedIndexFn.BAG2),
        bag3: Any = beam.DoFn.StateParam(KeyedIndexFn.BAG3),
    ) -> Iterator[Story]:
        key, pack = element
        now = max(story.entry.fetched_at for story in pack.items)
        yield from self._decide_and_store(key, pack.items, now, header, (bag0, bag1, bag2, bag3))

    def _make_index(self) -> KeyedIndex[KnownParagraph, CanonicalParagraphs]:
        return KeyedIndex(
            "known paragraphs", KnownParagraph, self._window, CanonicalParagraphs, MAX_PARAGRAPHS, self._bootstrap
        )

    def _decide(self, items: list[Story], index: CanonicalParagraphs) -> tuple[list[Story], list[KnownParagraph]]:
        decided = decide_stories(items, index, self._threshold)
        count_kinds(decided)
        added = [
            as_known(paragraph, story.entry)
            for story in decided
            for paragraph in story.paragraphs
            if not paragraph.duplicate_of
        ]
        return decided, added


def count_kinds(stories: Iterable[Story]) -> None:
    """Count the paragraphs of decided stories by kind. Only for use in a DoFn."""
    kinds = Counter(paragraph.duplicate_kind for story in stories for paragraph in story.paragraphs)
    for kind, number in kinds.items():
        count(metrics.PARAGRAPHS_BY_KIND[kind], number)
