"""What every parser takes and returns. A parser is a plain function: (Document, ParseLimits) -> Parsed."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from newsbeam.transforms.errors import ParseError
from newsbeam.transforms.parse.dates import DateReading, read_date
from newsbeam.transforms.parse.identity import words_hash
from newsbeam.transforms.parse.zones import local_zone
from newsbeam.transforms.records import DeadLetter, Document, Entry


class LeftOut(str):
    """A message about a part of a document that is in no row."""


@dataclass(frozen=True)
class ParseLimits:
    """Bounds on one document, and what of an entry counts as a change.

    Attributes:
        entries: At most so many entries, the first ones of the document; None for all of them.
        content_hash: From an entry to the hash of what makes a new version of it; a function that can be pickled.
    """

    entries: int | None = None
    content_hash: Callable[[Entry], str] = words_hash

    def cut(self, total: int) -> str:
        """Return what to say of a document with `total` entries: "" if none of them is left out."""
        if self.entries is None or total <= self.entries:
            return ""
        return LeftOut(f"{total - self.entries} of {total} entries left out: the limit is {self.entries}")


@dataclass(frozen=True)
class Parsed:
    """The entries of one document, in its order, and what had to be repaired or left out on the way."""

    entries: tuple[Entry, ...]
    dead_letters: tuple[DeadLetter, ...] = ()


Parser = Callable[[Document, ParseLimits], Parsed]
"""Gets the id of a source in place of its name, since ids of entries are made of it; `parse_document` names them."""


@dataclass
class DocumentDates:
    """Reads the dates of one document.

    Attributes:
        language: BCP 47 of the document, or "".
        letters: The dates that can't be believed, by what was published.
    """

    document: Document
    language: str = ""
    letters: dict[str, DeadLetter] = field(default_factory=dict)

    def read(self, raw: str) -> DateReading:
        """Return what a date says, one without a time zone in that of the source."""
        zone = local_zone(self.document.zone)
        reading = read_date(self._normalise(raw), self.document.fetched_at, zone, self.language)
        if reading.problem:
            self.letters.setdefault(raw, repaired(self.document, reading.problem, raw.encode()))
        return reading

    def _normalise(self, raw: str) -> str:
        """Return a date as `read_date` takes it."""
        return raw


def repaired(document: Document, message: str, payload: bytes | None = None) -> DeadLetter:
    """Return the dead letter of something that went on after a repair; without `payload`, about the whole body.

    What is `LeftOut` did not go on.
    """
    return replace(lost(document, message, payload), repaired=not isinstance(message, LeftOut))


def lost(document: Document, message: str, payload: bytes | None = None) -> DeadLetter:
    """Return the dead letter of a part that could not be read, of a document that went on; arguments as above."""
    return DeadLetter(
        stage="parse",
        error=ParseError.__name__,
        message=message,
        source=document.source,
        uri=document.uri,
        failed_at=document.fetched_at,
        payload=document.body if payload is None else payload,
    )
