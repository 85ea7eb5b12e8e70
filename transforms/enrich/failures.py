"""Texts that a tagger fails on. No Beam here.

Models raise whatever their libraries do, so the class of an exception doesn't tell a text that they can't take from a
broken machine. Whether a plain text fails as well does: then no text is to blame, and the run fails.
"""

import traceback
from collections.abc import Callable
from typing import TypeVar

from newsbeam.transforms.errors import BrokenStageError, EnrichError, LimitError
from newsbeam.transforms.records import DeadLetter, Entry

T = TypeVar("T")


def attempt(tag: Callable[[], T], tag_plain: Callable[[], object]) -> T | EnrichError:
    """Return what `tag` returns, or the error if its text is to blame.

    Args:
        tag: Tags a text, or several.
        tag_plain: Tags a text that has nothing to fail on.

    Raises:
        BrokenStageError: Both fail: the tagger is broken.
        LimitError, MemoryError: One of the texts, not yet known which, needs too much.
    """
    try:
        return tag()
    except (MemoryError, LimitError):
        raise
    except Exception as error:  # noqa: BLE001 - see above
        _check(tag_plain)
        return EnrichError(f"{type(error).__name__}: {error}", traceback.format_exc())


def _check(tag_plain: Callable[[], object]) -> None:
    try:
        tag_plain()
    except (MemoryError, LimitError):
        raise
    except Exception as error:
        raise BrokenStageError(f"{type(error).__name__}: {error}") from error


def dead_letter(entry: Entry, text: str, missing: str, error: EnrichError) -> DeadLetter:
    """Return the dead letter of a text of `entry` that goes on without what is `missing`."""
    message = f"no {missing}: {error}"
    payload = text.encode("utf-8", "surrogatepass")
    return DeadLetter.of_entry(entry, "enrich", EnrichError.__name__, message, payload, error.traceback)
