"""DeduplicateParagraphs: marks repeated paragraphs."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import apache_beam as beam

from newsbeam.transforms import metrics
from newsbeam.transforms.counting import count
from newsbeam.transforms.dedup.paragraphs import deduplicate, lookup_keys
from newsbeam.transforms.packing import Pack, PackByKey
from newsbeam.transforms.records import KnownParagraph, Story

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
            | "Decide" >> beam.ParDo(_DeduplicateFn(self.lookup, self.threshold))
        )


def one_group(_: Story) -> str:
    """Return the key of the one group that a slice is."""
    return "slice"


class _DeduplicateFn(beam.DoFn):
    def __init__(self, lookup: Lookup, threshold: float):
        self._lookup = lookup
        self._threshold = threshold

    def process(self, element: tuple[str, Iterable[Pack]]) -> Iterator[Story]:
        stories = [story for pack in element[1] for story in pack.items]
        known = self._lookup(*lookup_keys(stories))
        decided = deduplicate(stories, known, self._threshold)
        kinds = Counter(paragraph.duplicate_kind for story in decided for paragraph in story.paragraphs)
        for kind, number in kinds.items():
            count(metrics.PARAGRAPHS_BY_KIND[kind], number)
        yield from decided
