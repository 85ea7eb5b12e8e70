"""RereadDocuments: documents of the raw log and of dead letters, to be processed again."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import apache_beam as beam
from apache_beam.pvalue import TaggedOutput

from newsbeam.transforms.records import DeadLetter, Document
from newsbeam.transforms.runtime import metrics
from newsbeam.transforms.runtime.counters import count
from newsbeam.transforms.runtime.map_batches import DEAD_LETTERS
from newsbeam.transforms.runtime.outputs import MultiOutput, with_outputs
from newsbeam.transforms.write.logged_documents import LogPart, read_part
from newsbeam.transforms.write.store import Store

_DOCUMENTS = "documents"


class RereadOutputs(NamedTuple):
    """The outputs of `RereadDocuments`: documents as they were fetched, and the dead letters of reading beside them."""

    documents: beam.PCollection[Document]
    dead_letters: beam.PCollection[DeadLetter]


@dataclass
class RereadDocuments(MultiOutput):
    """Reads documents again that an output has kept.

    Input: a bounded PCollection of LogPart. Output: `documents`, with the time of their fetch, and `dead_letters`,
    which may be in the output already. No key; delivery: a bundle that is retried reads them once more.

    Attributes:
        store: The output.
    """

    store: Store

    def expand(self, parts: beam.PCollection[LogPart]) -> RereadOutputs:
        outputs = parts | with_outputs("Reread", _RereadFn(self.store), DEAD_LETTERS, main=_DOCUMENTS)
        return RereadOutputs(outputs[_DOCUMENTS], outputs[DEAD_LETTERS])


class _RereadFn(beam.DoFn):
    def __init__(self, store: Store):
        self._store = store

    def process(self, part: LogPart) -> Iterator[Any]:
        for each in read_part(self._store, part):
            if isinstance(each, DeadLetter):
                yield TaggedOutput(DEAD_LETTERS, each)
            else:
                count(metrics.DOCUMENTS_REREAD)
                yield each
