"""Tells a text that a tagger fails on from a broken tagger. No Beam here.

Models raise any exception that their libraries raise, so its class doesn't tell. A canary text does: one that a working
tagger can't fail on. If it fails as well, the tagger is broken, and the run fails.
"""

import traceback
from collections.abc import Callable
from typing import TypeVar

from newsbeam.transforms.errors import BrokenStageError, EnrichError, LimitError
from newsbeam.transforms.records import DeadLetter, Entry

T = TypeVar("T")


def tag_or_error(tag: Callable[[], T], tag_canary: Callable[[], object]) -> T | EnrichError:
    """Return the result of `tag`, or the error if its text causes it.

    Args:
        tag: Tags a text, or several.
        tag_canary: Tags the canary text.

    Raises:
        BrokenStageError: Both fail: the tagger is broken.
        LimitError, MemoryError: One of the texts, not known which, needs too much time or memory.
    """
    try:
        return tag()
    except (MemoryError, LimitError):
        raise
    except Exception as error:  # noqa: BLE001 - any class, see the module
        _check_tagger(tag_canary)
        return EnrichError(f"{type(error).__name__}: {error}", traceback.format_exc())


def _check_tagger(tag_canary: Callable[[], object]) -> None:
    try:
        tag_canary()
    except (MemoryError, LimitError):
        raise
    except Exception as error:
        raise BrokenStageError(f"{type(error).__name__}: {error}") from error


def dead_letter(entry: Entry, text: str, missing: str, error: EnrichError) -> DeadLetter:
    """Return the dead letter of a text of `entry` that is written without what is `missing`."""
    message = f"no {missing}, since tagging failed: {error}"
    # A lone surrogate may be what the tagger failed on.
    payload = text.encode("utf-8", "surrogatepass")
    return DeadLetter.of_entry(entry, "enrich", EnrichError.__name__, message, payload, error.traceback)
