"""Dead letters of records that kill the process that works on them, where nobody is left to say why. No Beam here."""

from typing import Any

from newsbeam.transforms.records import DeadLetter, Document, Entry, Polled, Story

ERROR = "KilledProcess"


def letter_of(record: Any) -> DeadLetter | None:
    """Return the dead letter of a record, with all of its text; None for what is no record."""
    match record:
        case Document():
            return _letter("parse", record.source, record.uri, record, record.body)
        case Polled():
            return letter_of(record.value)
        case Entry():
            return _letter("text", record.source, record.url or record.feed_url, record, _bytes(record.content))
        case Story():
            entry = record.entry
            text = "\n\n".join(paragraph.text for paragraph in record.paragraphs)
            return _letter("enrich", entry.source, entry.url or entry.feed_url, entry, _bytes(text))
    return None


def _letter(stage: str, source: str, uri: str, fetched: Document | Entry, payload: bytes) -> DeadLetter:
    message = f"the process that worked on it died, also with nothing else to do ({stage})"
    return DeadLetter(stage, ERROR, message, source, uri, fetched.fetched_at, payload)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
