"""Decides from its dead letters whether a document was read completely."""

from collections.abc import Iterable

from newsbeam.transforms.records import DeadLetter

TRUNCATED = "truncated"
"""How the message of a dead letter begins if the end of a document is missing. Parsers write it from this constant."""


def why_not_read(body_bytes: int, dead_letters: Iterable[DeadLetter]) -> str:
    """Return why a document was not read completely, or "".

    A repair, or a part that was left out, is not a reason: the same bytes would not give more at the next poll.

    Args:
        body_bytes: The size of the document.
        dead_letters: Those of the document.
    """
    reasons = (each.message for each in dead_letters if explains(body_bytes, each, len(each.payload)))
    return next(reasons, "")


def explains(body_bytes: int, dead_letter: DeadLetter, payload_bytes: int) -> bool:
    """Return whether a dead letter is a reason; its payload may be left out, and counts with its size."""
    if dead_letter.repaired:
        return dead_letter.message.startswith(TRUNCATED)
    return payload_bytes == body_bytes
