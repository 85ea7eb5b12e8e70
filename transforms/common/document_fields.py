"""The fields of a document beside its bytes, as JSON: with both it can be processed again."""

import json
from datetime import datetime

from newsbeam.transforms.records import Document

_KEPT = ("feed_url", "media_type", "format", "language", "zone", "source_id", "named")
"""URI, source and time are columns of the row that has the bytes."""


def fields_of(document: Document) -> str:
    """Return the fields of a document that are not columns of its dead letter."""
    return json.dumps({name: getattr(document, name) for name in _KEPT})


def document_of(fields: str, uri: str, body: bytes, fetched_at: datetime, source: str) -> Document:
    """Return the document that `fields_of` described."""
    # Only known names, so that a dead letter of a later version can be read.
    kept = {name: value for name, value in json.loads(fields).items() if name in _KEPT}
    return Document(uri=uri, body=body, fetched_at=fetched_at, source=source, **kept)
