"""ParseDocuments and StreamingParseDocuments: PTransforms that parse documents into entries."""

from dataclasses import dataclass
from functools import partial
from typing import Any

import apache_beam as beam

from newsbeam.transforms.parse.document import ParseLimits
from newsbeam.transforms.parse.parse_batches import parse_batch, parse_polled_batch, without_entries
from newsbeam.transforms.records import Document, Entry, Polled, PolledEntries
from newsbeam.transforms.runtime.isolation import LIMITS, RecordLimits
from newsbeam.transforms.runtime.map_batches import MapBatches
from newsbeam.transforms.runtime.outputs import MultiOutput, Outputs

BATCH_DOCUMENTS = 64
# A larger document ends its batch, which is in memory here and in the worker process.
BATCH_BYTES = 2_000_000
PARSE_LIMITS = ParseLimits()


@dataclass
class ParseDocuments(MultiOutput):
    """Parses each document into entries, whose version is not decided yet.

    Input: Document, in any order, bounded or not; no key. Output: `items` (Entry), elementwise. `dead_letters`: a
    document that can't be read, with its bytes, and each repair and each part that was left out.

    Attributes:
        limits: Bounds on one document; none by default.
        record_limits: What one document may use of a worker process.
    """

    limits: ParseLimits = PARSE_LIMITS
    record_limits: RecordLimits = LIMITS

    def expand(self, documents: beam.PCollection[Document]) -> Outputs[Entry]:
        parse = partial(parse_batch, limits=self.limits)
        outputs: Outputs[Entry] = documents | "Parse" >> MapBatches(
            parse, BATCH_DOCUMENTS, BATCH_BYTES, weigh_document, limits=self.record_limits
        )
        return outputs


@dataclass
class StreamingParseDocuments(MultiOutput):
    """Parses each document of a stream; its entries stay together, with its poll.

    Input: Polled documents, unbounded; no key. Output: `items`, one Polled tuple of entries for each document, empty if
    it can't be read; `dead_letters` as in `ParseDocuments`.
    """

    limits: ParseLimits
    record_limits: RecordLimits = LIMITS

    # Any: Beam compares a parametrised generic, such as Polled[Document], with the class of elements and refuses it.
    def expand(self, documents: beam.PCollection[Any]) -> Outputs[PolledEntries]:
        parse = partial(parse_polled_batch, limits=self.limits)
        outputs: Outputs[PolledEntries] = documents | "Parse" >> MapBatches(
            parse,
            BATCH_DOCUMENTS,
            BATCH_BYTES,
            weigh_polled_document,
            fallback=without_entries,
            limits=self.record_limits,
        )
        return outputs


def weigh_document(document: Document) -> float:
    """Return the size of a document in bytes."""
    return len(document.body)


def weigh_polled_document(document: Polled[Document]) -> float:
    """Return the size of a document in bytes."""
    return weigh_document(document.value)
