"""Parses batches of documents; worker processes run these functions."""

from collections.abc import Sequence
from dataclasses import replace

from newsbeam.transforms.errors import ParseError
from newsbeam.transforms.parse.completeness import why_not_read
from newsbeam.transforms.parse.document import Parsed, ParseLimits, parse_document
from newsbeam.transforms.parse.result import lost
from newsbeam.transforms.records import DeadLetter, Document, Entry, Polled, PolledEntries, Unread
from newsbeam.transforms.runtime.batches import Batch


def parse_batch(documents: Sequence[Document], limits: ParseLimits) -> Batch[Entry]:
    """Return the entries of `documents`; a document that can't be read becomes a dead letter with its bytes."""
    parsed = [_parse(document, limits) for document in documents]
    dead_letters = [letter for each in parsed for letter in each.dead_letters]
    return Batch([entry for each in parsed for entry in each.entries], dead_letters)


def parse_polled_batch(documents: Sequence[Polled[Document]], limits: ParseLimits) -> Batch[PolledEntries]:
    """Return the entries of each document with its poll; a document that can't be read has none."""
    items: list[PolledEntries] = []
    dead_letters: list[DeadLetter] = []
    for document in documents:
        parsed = _parse(document.value, limits)
        dead_letters += parsed.dead_letters
        # Also without entries: the poll is written when all of its documents are counted, so one that is missing would
        # hold it.
        items.append(_with(document, parsed.entries, len(parsed.dead_letters), why_not_read(parsed.dead_letters)))
    return Batch(items, dead_letters)


def without_entries(documents: Sequence[Polled[Document]]) -> Batch[PolledEntries]:
    """Return documents that crashed a worker, without entries: they are dead letters, and their polls count them."""
    return Batch(
        [_with(document, (), 1, "a worker process crashed while parsing this document") for document in documents]
    )


def _with(document: Polled[Document], entries: tuple[Entry, ...], dead_letters: int, why: str) -> PolledEntries:
    unread = document.unread + Unread.of(document.value.uri, document.poll.uri, why)
    return Polled(entries, document.poll, document.of, document.dead_letters + dead_letters, unread)


def _parse(document: Document, limits: ParseLimits) -> Parsed:
    try:
        return parse_document(document, limits)
    # Anything else is a bug: it goes through, and the isolation of the batch finds its document.
    except ParseError as error:
        # Whole and not repaired, so that its poll is an error without validators, and the same bytes are fetched again.
        letter = lost(document, str(error))
        return Parsed((), (replace(letter, error=type(error).__name__),))
