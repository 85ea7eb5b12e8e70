"""ParseDocuments: documents to entries."""

import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import apache_beam as beam

from newsbeam.transforms.errors import ParseError
from newsbeam.transforms.parse.document import ParseLimits, parse_document
from newsbeam.transforms.records import DeadLetter, Document, Entry
from newsbeam.transforms.workers import Batch, MapBatches

BATCH_DOCUMENTS = 64
BATCH_BYTES = 2_000_000


def parse_batch(documents: Sequence[Document], limits: ParseLimits) -> Batch[Entry]:
    """Return the entries of `documents`; one that can't be read is a dead letter with its bytes."""
    entries: list[Entry] = []
    letters: list[DeadLetter] = []
    for document in documents:
        try:
            parsed = parse_document(document, limits)
        except ParseError as error:
            letters.append(
                DeadLetter(
                    stage="parse",
                    error=type(error).__name__,
                    message=str(error),
                    source=document.source,
                    uri=document.uri,
                    failed_at=document.fetched_at,
                    payload=document.body,
                    traceback=traceback.format_exc(),
                )
            )
            continue
        entries.extend(parsed.entries)
        letters.extend(parsed.dead_letters)
    return Batch(entries, letters)


@dataclass
class ParseDocuments(beam.PTransform):
    """Parses each document into entries, whose version is not decided yet.

    Output: `items` (Entry) and `dead_letters`: a document that nothing can be read of, or one that was repaired.
    """

    limits: ParseLimits

    def expand(self, documents: beam.PCollection[Document]) -> beam.pvalue.DoOutputsTuple:
        parse = partial(parse_batch, limits=self.limits)
        return documents | MapBatches(parse, BATCH_DOCUMENTS, BATCH_BYTES, weigh_document)


def weigh_document(document: Document) -> float:
    """Return the size of a document in bytes."""
    return len(document.body)
