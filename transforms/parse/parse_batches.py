"""Parses batches of documents; worker processes run these functions."""

import traceback
from collections.abc import Sequence
from dataclasses import replace

from newsbeam.transforms.common.polls import not_read
from newsbeam.transforms.common.urls import is_http
from newsbeam.transforms.errors import ParseError
from newsbeam.transforms.parse.completeness import why_not_read
from newsbeam.transforms.parse.document import Parsed, ParseLimits, parse_document
from newsbeam.transforms.records import DeadLetter, Document, Entry, Polled, PolledEntries
from newsbeam.transforms.runtime.batches import Batch


def parse_batch(documents: Sequence[Document], limits: ParseLimits) -> Batch[Entry]:
    """Return the entries of `documents`; a document that can't be read becomes a dead letter with its bytes."""
    parsed = [_parse(document, limits) for document in documents]
    dead_letters = [letter for each in parsed for letter in each.dead_letters]
    return Batch([entry for each in parsed for entry in each.entries], dead_letters)


def parse_polled_batch(documents: Sequence[Polled[Document]], limits: ParseLimits) -> Batch[PolledEntries]:
    """Return the entries of each document with its poll; a document that can't be read has none."""
    items, dead_letters = [], []
    for document in documents:
        parsed = _parse(document.value, limits)
        dead_letters += [replace(letter, poll=document.poll.key) for letter in parsed.dead_letters]
        why = why_not_read(len(document.value.body), parsed.dead_letters)
        items.append(_with(_judged(document, why), parsed.entries, len(parsed.dead_letters)))
    return Batch(items, dead_letters)


def without_entries(documents: Sequence[Polled[Document]]) -> Batch[PolledEntries]:
    """Return documents that crashed a worker, without entries: they are dead letters, and their polls count them."""
    return Batch(
        [
            _with(_judged(document, "a worker process crashed while parsing this document"), (), 1)
            for document in documents
        ]
    )


def _judged(document: Polled[Document], why: str) -> Polled[Document]:
    """Return a document whose poll says why it was not read completely; an archive's poll covers many documents."""
    if not why or document.of != 1 or document.poll.status == "error":
        return document
    return replace(document, poll=not_read(document.poll, why, keep=not is_http(document.value.uri)))


def _with(document: Polled[Document], entries: tuple[Entry, ...], dead_letters: int) -> PolledEntries:
    return Polled(entries, document.poll, document.of, document.dead_letters + dead_letters)


def _parse(document: Document, limits: ParseLimits) -> Parsed:
    try:
        return parse_document(document, limits)
    except ParseError as error:
        letter = DeadLetter(
            stage="parse",
            error=type(error).__name__,
            message=str(error),
            source=document.source,
            uri=document.uri,
            failed_at=document.fetched_at,
            payload=document.body,
            traceback=traceback.format_exc(),
        )
        return Parsed((), (letter,))
