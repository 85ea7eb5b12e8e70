"""Decides from its dead letters whether a document was read completely."""

from collections.abc import Iterable

from newsbeam.transforms.records import DeadLetter

TRUNCATED = "truncated"
"""How the message of a dead letter begins if the end of a document is missing, or of one of its messages, after the
name of that."""


def why_not_read(dead_letters: Iterable[DeadLetter]) -> str:
    """Return why a document was not read completely, or "".

    A repair, or a part that was left out, is not a reason: the same bytes would not give more at the next poll.

    Args:
        dead_letters: Those of the document.
    """
    for letter in dead_letters:
        # A cut is a repair for its rows, but its poll is an error: with its ETag the next answer would be "not
        # modified", and the missing entries would never come.
        is_cut = letter.message.startswith(TRUNCATED) or f": {TRUNCATED}: " in letter.message
        if is_cut or (letter.whole and not letter.repaired):
            return letter.message
    return ""
