"""Documents to entries, a batch at a time: what worker processes run."""

import traceback
from collections.abc import Sequence

from newsbeam.transforms.batches import Batch
from newsbeam.transforms.errors import ParseError
from newsbeam.transforms.parse.document import ParseLimits, parse_document
from newsbeam.transforms.records import DeadLetter, Document, Entry


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
