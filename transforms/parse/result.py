"""What every parser takes and returns. A parser is a plain function: (Document, ParseLimits) -> Parsed."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from time import struct_time

from newsbeam.transforms.errors import ParseError
from newsbeam.transforms.parse.dates import DateReading, read_date
from newsbeam.transforms.records import DeadLetter, Document, Entry


@dataclass(frozen=True)
class ParseLimits:
    """Bounds on one document.

    Attributes:
        entries: At most so many entries, the first ones of the document; None for all of them.
    """

    entries: int | None = None

    def cut(self, total: int) -> str:
        """Return what to say of a document with `total` entries: "" if none of them is left out."""
        if self.entries is None or total <= self.entries:
            return ""
        return f"{total - self.entries} of {total} entries left out: the limit is {self.entries}"


@dataclass(frozen=True)
class Parsed:
    """The entries of one document, in its order, and what had to be repaired or left out on the way."""

    entries: tuple[Entry, ...]
    dead_letters: tuple[DeadLetter, ...] = ()


Parser = Callable[[Document, ParseLimits], Parsed]


@dataclass
class DocumentDates:
    """Reads the dates of one document.

    Attributes:
        letters: The dates that can't be believed, by what was published.
    """

    document: Document
    letters: dict[str, DeadLetter] = field(default_factory=dict)

    def read(self, raw: str, foreign: struct_time | None = None) -> DateReading:
        """Return what a date says; arguments are those of `read_date`."""
        reading = read_date(self._spelled(raw), self.document.fetched_at, foreign)
        if reading.problem:
            self.letters.setdefault(raw, repaired(self.document, reading.problem, raw.encode()))
        return reading

    def _spelled(self, raw: str) -> str:
        """Return a date as `read_date` takes it."""
        return raw


def repaired(document: Document, message: str, payload: bytes | None = None) -> DeadLetter:
    """Return the dead letter of something that went on after a repair; without `payload`, about the whole body."""
    return replace(lost(document, message, payload), repaired=True)


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
