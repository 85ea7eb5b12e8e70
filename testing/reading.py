"""A document read as the pipeline reads it, from bytes to paragraphs, without a pipeline."""

from dataclasses import dataclass
from datetime import UTC, datetime

from newsbeam.transforms.errors import RecordError
from newsbeam.transforms.parse.document import parse_document
from newsbeam.transforms.records import Document, Entry
from newsbeam.transforms.text.split import split_entry

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Reading:
    """The result of parsing a document.

    Attributes:
        entries: What was read of it.
        reasons: The messages of its dead letters.
    """

    entries: tuple[Entry, ...] = ()
    reasons: tuple[str, ...] = ()

    @property
    def vanished(self) -> bool:
        """Whether there is neither an entry nor a dead letter."""
        return not self.entries and not self.reasons


def read(body: bytes, name: str) -> Reading:
    """Parse bytes as a wire's file called `name`, and split its entries. What is not foreseen is raised."""
    try:
        parsed = parse_document(Document(name, body, NOW, "Wire", name))
    except RecordError as error:
        return Reading(reasons=(str(error),))
    for entry in parsed.entries:
        split_entry(entry)
    return Reading(parsed.entries, tuple(letter.message for letter in parsed.dead_letters))
