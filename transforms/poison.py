"""Dead letters of records that kill the process that works on them, where nobody is left to say why. No Beam here."""

from dataclasses import replace
from typing import Any

from newsbeam.transforms.records import DeadLetter, Document, Entry, Polled, Story

ERROR = "KilledProcess"


def letter_of(record: Any) -> DeadLetter | None:
    """Return the dead letter of a record, with all of its text; None for what is no record."""
    match record:
        case Document():
            message = _message("parse")
            return DeadLetter("parse", ERROR, message, record.source, record.uri, record.fetched_at, record.body)
        case Polled():
            letter = letter_of(record.value)
            return letter and replace(letter, poll=record.poll.key)
        case Entry():
            return DeadLetter.of_entry(record, "text", ERROR, _message("text"), _bytes(record.content))
        case Story():
            text = "\n\n".join(paragraph.text for paragraph in record.paragraphs)
            return DeadLetter.of_entry(record.entry, "enrich", ERROR, _message("enrich"), _bytes(text))
    return None


def _message(stage: str) -> str:
    return f"the process that worked on it died, also with nothing else to do ({stage})"


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
