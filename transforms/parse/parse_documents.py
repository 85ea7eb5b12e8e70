"""ParseDocuments: documents to entries."""

from dataclasses import dataclass
from functools import partial
from typing import Any

import apache_beam as beam

from newsbeam.transforms.map_batches import MapBatches
from newsbeam.transforms.parse.batch import parse_batch
from newsbeam.transforms.parse.document import ParseLimits
from newsbeam.transforms.records import Document

BATCH_DOCUMENTS = 64
BATCH_BYTES = 2_000_000


@dataclass
class ParseDocuments(beam.PTransform):
    """Parses each document into entries, whose version is not decided yet.

    Output: `items` (Entry) and `dead_letters`: a document that nothing can be read of, or one that was repaired.
    """

    limits: ParseLimits

    def expand(self, documents: beam.PCollection[Document]) -> Any:
        parse = partial(parse_batch, limits=self.limits)
        return documents | MapBatches(parse, BATCH_DOCUMENTS, BATCH_BYTES, weigh_document)


def weigh_document(document: Document) -> float:
    """Return the size of a document in bytes."""
    return len(document.body)
