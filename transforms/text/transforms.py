"""SplitParagraphs: splits entries into stories."""

from dataclasses import dataclass
from functools import partial

import apache_beam as beam

from newsbeam.transforms.records import Entry, Story
from newsbeam.transforms.runtime.isolation import LIMITS, RecordLimits
from newsbeam.transforms.runtime.map_batches import MapBatches
from newsbeam.transforms.runtime.outputs import MultiOutput, Outputs
from newsbeam.transforms.text.split import TextLimits
from newsbeam.transforms.text.split_batches import split_batch, without_paragraphs

TEXT_LIMITS = TextLimits()


@dataclass
class SplitParagraphs(MultiOutput):
    """Splits each entry into paragraphs.

    Input: Entry. Output: `items` (Story), and `dead_letters`: paragraphs beyond the limits, and entries that can't be
    split, whose story has no paragraphs.

    Attributes:
        limits: The limits of an entry's paragraphs.
        record_limits: The time and memory that one entry may use in a worker process.
    """

    limits: TextLimits = TEXT_LIMITS
    record_limits: RecordLimits = LIMITS

    def expand(self, entries: beam.PCollection[Entry]) -> Outputs[Story]:
        split = partial(split_batch, limits=self.limits)
        outputs: Outputs[Story] = entries | "Split" >> MapBatches(
            split, fallback=without_paragraphs, limits=self.record_limits
        )
        return outputs
