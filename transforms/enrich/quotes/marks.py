"""Finds the stretches between quotation marks in a paragraph. No Beam, no spaCy here."""

from collections.abc import Iterator
from dataclasses import dataclass

# What closes a stretch, by what opened it: American and British, German, French and Swiss, and typewritten marks.
_CLOSING = {"“": '”"', "„": '“”"‟', "«": "»", "»": "«", '"': '"”', "‟": "”"}
_OPENING = frozenset(_CLOSING)
_BEFORE = frozenset(" \t\n\u00a0\u202f([{—–-:'‘’/…")


@dataclass(frozen=True)
class Stretch:
    """The characters between two marks.

    Attributes:
        start, end: Of the text, without the marks and the spaces inside of them.
        opening, closing: The positions of the marks; `closing` is the paragraph's length where none closes it.
    """

    start: int
    end: int
    opening: int
    closing: int
    closed: bool


def stretches(text: str, german: bool) -> Iterator[Stretch]:
    """Yield the stretches between marks; marks inside of a stretch belong to it.

    Args:
        text: A paragraph.
        german: Whether guillemets point inwards.
    """
    opening = -1
    for at, character in enumerate(text):
        if opening >= 0:
            if character in _CLOSING[text[opening]] and not _is_measure(text, at):
                yield _stretch(text, opening, at, True)
                opening = -1
        elif character in _OPENING and _opens(text, at, german):
            opening = at
    if opening >= 0:
        yield _stretch(text, opening, len(text), False)


def opens_with_mark(text: str, german: bool) -> bool:
    """Return whether a paragraph begins with an opening mark."""
    stripped = text.lstrip(" \t\n\u00a0–—-")
    at = len(text) - len(stripped)
    return bool(stripped) and stripped[0] in _OPENING and _opens(text, at, german)


def _opens(text: str, at: int, german: bool) -> bool:
    character = text[at]
    if character in "«»":
        return (character == "»") == (german and "»" in text and not text.lstrip().startswith("«") and _inwards(text))
    if character != '"':
        return True
    # The typewritten mark looks the same on both sides, so what is beside it tells.
    before = text[at - 1] if at else " "
    return before in _BEFORE and at + 1 < len(text) and not text[at + 1].isspace()


def _inwards(text: str) -> bool:
    first = min(at for at in (text.find("»"), text.find("«")) if at >= 0)
    return text[first] == "»"


def _is_measure(text: str, at: int) -> bool:
    """Return whether a typewritten mark means inches, as in a person's height."""
    return text[at] == '"' and at > 1 and text[at - 1].isdigit() and "'" in text[max(0, at - 3) : at]


def _stretch(text: str, opening: int, closing: int, closed: bool) -> Stretch:
    start, end = opening + 1, closing
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return Stretch(start, end, opening, closing, closed)
