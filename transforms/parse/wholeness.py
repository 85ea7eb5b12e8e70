"""Whether a document was read, told from its dead letters."""

from collections.abc import Iterable

from newsbeam.transforms.records import DeadLetter

TRUNCATED = "truncated"
"""How the parsers begin to say that the end of a document is missing."""


def why_not_read(body_bytes: int, letters: Iterable[DeadLetter]) -> str:
    """Return why a document was not read whole, or "".

    That a part was repaired or left out is no reason: the same bytes would not give more the next time.

    Args:
        body_bytes: The size of the document.
        letters: Its dead letters.
    """
    for letter in letters:
        if letter.message.startswith(TRUNCATED) if letter.repaired else len(letter.payload) == body_bytes:
            return letter.message
    return ""
