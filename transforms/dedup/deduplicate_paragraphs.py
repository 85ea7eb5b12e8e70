"""DeduplicateParagraphs: marks copies, and updates of earlier paragraphs, in a slice.

It calls `paragraphs.deduplicate` with the stories of the slice and what the output has of them: the index and the
decisions of a stream (`streaming_paragraphs.py`), with one partition and in one call.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import apache_beam as beam

from newsbeam.transforms.dedup.paragraphs import deduplicate, lookup_keys
from newsbeam.transforms.records import KnownParagraph, Story
from newsbeam.transforms.runtime import metrics
from newsbeam.transforms.runtime.counters import count
from newsbeam.transforms.runtime.packing import Pack, PackByKey, one_key

Lookup = Callable[[set[str], set[bytes]], Iterable[KnownParagraph]]


@dataclass
class DeduplicateParagraphs(beam.PTransform):
    """Marks copies and updates, in canonical order, against each other and the output.

    Input: a bounded PCollection of Story, with band keys: one slice, which has to fit into memory. Key: one for all.
    Output: the same stories, in canonical order.

    Attributes:
        lookup: Returns the canonical paragraphs in the output that share a fingerprint or a band; picklable.
        threshold: The word similarity from which two paragraphs are near duplicates.
    """

    lookup: Lookup
    threshold: float

    def expand(self, stories: beam.PCollection[Story]) -> beam.PCollection[Story]:
        return (
            stories
            | "Pack" >> PackByKey(one_key)
            | "GroupByKey" >> beam.GroupByKey()
            | "Decide" >> beam.ParDo(_DecideFn(self.lookup, self.threshold))
        )


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


def count_kinds(stories: Sequence[Story]) -> None:
    """Count the paragraphs of decided stories by kind. Only for use in a DoFn."""
    kinds = Counter(paragraph.duplicate_kind for story in stories for paragraph in story.paragraphs)
    for kind, number in kinds.items():
        count(metrics.PARAGRAPHS_BY_KIND[kind], number)
    if updates := sum(bool(paragraph.update_of) for story in stories for paragraph in story.paragraphs):
        count(metrics.PARAGRAPHS_UPDATES, updates)
