"""The input and output of parsers. A parser is a plain function: (Document, ParseLimits) -> Parsed."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from newsbeam.transforms.common.plurals import counted
from newsbeam.transforms.errors import ParseError
from newsbeam.transforms.parse.dates import ParsedDate, read_date
from newsbeam.transforms.parse.identity import words_hash
from newsbeam.transforms.parse.zones import local_zone
from newsbeam.transforms.records import DeadLetter, Document, Entry


# A str, so that it passes through the same lists of reasons as a repair; only `repaired` asks for the difference.
class LeftOut(str):
    """A message about a part of a document that is not in any row.

    It stays within parsing: what leaves it is plain text, since state and spools hold plain data.
    """


@dataclass(frozen=True)
class ParseLimits:
    """Bounds on one document, and what counts as a change of an entry.

    Attributes:
        entries: The maximum number of entries, from the start of the document; None for all of them.
        content_hash: Returns the hash of an entry whose change makes a new version; can be pickled.
    """

    entries: int | None = None
    content_hash: Callable[[Entry], str] = words_hash

    def cut(self, total: int) -> str:
        """Return the message for a document with `total` entries: "" if none of them is left out."""
        if self.entries is None or total <= self.entries:
            return ""
        return LeftOut(f"{total - self.entries} of {total} entries left out: the limit is {self.entries}")


@dataclass(frozen=True)
class Parsed:
    """The entries of one document, in its order, and a dead letter for each repair and each part left out."""

    entries: tuple[Entry, ...]
    dead_letters: tuple[DeadLetter, ...] = ()


Parser = Callable[[Document, ParseLimits], Parsed]
"""Its document has the id of the source as its name, since entry ids contain it; `parse_document` sets the name."""


@dataclass
class DocumentDates:
    """Parses the dates of one document.

    Attributes:
        language: BCP 47 of the document, or "".
        letters: The dead letters of rejected dates, by the date as published.
    """

    document: Document
    language: str = ""
    letters: dict[str, DeadLetter] = field(default_factory=dict)

    def read(self, raw: str) -> ParsedDate:
        """Parse a date; one without a time zone is in that of the source."""
        zone = local_zone(self.document.zone)
        reading = read_date(self._normalise(raw), self.document.fetched_at, zone, self.language)
        if reading.problem:
            # Once for a date, however many entries repeat it: a wrong date is as a rule that of a template.
            self.letters.setdefault(raw, repaired(self.document, reading.problem, raw.encode()))
        return reading

    def _normalise(self, raw: str) -> str:
        """Return a date in a form that `read_date` reads; formats with forms of their own override this."""
        return raw


def strays(document: Document, values: Iterable[Any]) -> tuple[DeadLetter, ...]:
    """Return the dead letter of JSON values that stand where stories are expected and are not stories; () for none."""
    # Numbers and null carry no words, so nothing is lost with them.
    lost_values = [value for value in values if value and isinstance(value, str | list | dict)]
    if not lost_values:
        return ()
    payload = json.dumps(lost_values, ensure_ascii=False).encode("utf-8", "surrogatepass")
    return (lost(document, f"left out: {counted(len(lost_values), 'value')} that can't be read as a story", payload),)


def repaired(document: Document, message: str, payload: bytes | None = None) -> DeadLetter:
    """Return the dead letter of a repair; without `payload` it concerns the whole body.

    A `LeftOut` message is about a part that was not repaired.
    """
    is_left_out = isinstance(message, LeftOut)
    letter = lost(document, message, payload)
    # A part that was left out is never the whole document: its poll would be an error, though fetching again gives no
    # more.
    return replace(letter, repaired=not is_left_out, whole=letter.whole and not is_left_out)


def lost(document: Document, message: str, payload: bytes | None = None) -> DeadLetter:
    """Return the dead letter of an unreadable part of a document; arguments as in `repaired`."""
    return DeadLetter(
        stage="parse",
        error=ParseError.__name__,
        message=str(message),
        source=document.source,
        uri=document.uri,
        failed_at=document.fetched_at,
        payload=document.body if payload is None else payload,
        poll=document.poll_key,
        # By length, not by bytes: a parser hands on either the body itself or a part of it.
        whole=payload is None or len(payload) == len(document.body),
    )
