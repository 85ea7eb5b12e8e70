"""Entries whose fields fit the columns of the output, whatever a publisher wrote into them.

A title stands on each row of its story: one of a megabyte with thousands of paragraphs would be gigabytes. What is too
long is cut and said, with all of it in a dead letter; a number that no column holds is left out and said.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any

from newsbeam.transforms.parse.result import Parsed, repaired
from newsbeam.transforms.records import DeadLetter, Document, Entry, Media, Place, Related

CHARACTERS = {
    "guid": 4_000,
    "url": 4_000,
    "title": 2_000,
    "subtitle": 2_000,
    "summary": 100_000,
    "ednote": 20_000,
    "rights": 20_000,
    "copyright": 20_000,
}
"""Characters of a text field at most; of one that is not named here, `OTHER_CHARACTERS`."""
OTHER_CHARACTERS = 1_000
ITEMS = 1_000
"""Items of a list at most."""

_UNLIMITED = frozenset({"content", "entry_id", "content_hash", "revision", "source", "feed_url", "source_id"})
_LONG = frozenset({"provider_version", "bytes"})  # int64; all others are int32


def fit(document: Document, parsed: Parsed) -> Parsed:
    """Return what was parsed with every field of every entry as its column can hold it.

    Args:
        document: Where the entries are from.
        parsed: Its entries, with their ids: these are made of the fields as published.
    """
    letters: list[DeadLetter] = []
    entries = tuple(_fit_entry(document, entry, letters) for entry in parsed.entries)
    return Parsed(entries, (*parsed.dead_letters, *letters)) if letters else replace(parsed, entries=entries)


def _fit_entry(document: Document, entry: Entry, letters: list[DeadLetter]) -> Entry:
    changes, said = _fit(entry)
    for name, message in said:
        letters.append(repaired(document, f"entry {entry.entry_id}: {message}", _payload(getattr(entry, name))))
    return replace(entry, **changes) if changes else entry


def _fit(record: Any) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """Return the fields of a record that have to change, and for each that loses something its name and what."""
    changes: dict[str, Any] = {}
    said: list[tuple[str, str]] = []
    for field in fields(record):
        value = getattr(record, field.name)
        fitting, message = _fit_value(field.name, value)
        if fitting is not value:
            changes[field.name] = fitting
        if message:
            said.append((field.name, message))
    return changes, said


def _fit_value(name: str, value: Any) -> tuple[Any, str]:
    """Return a value as its column can hold it, and what to say of it, "" for nothing."""
    match value:
        case str():
            return _fit_text(name, value)
        case tuple() if value:
            return _fit_items(name, value)
        case datetime() if value.tzinfo is None:
            return value.replace(tzinfo=UTC), ""
        case bool():
            return value, ""
        case int():
            bits = 63 if name in _LONG else 31
            return (
                (value, "") if -(2**bits) <= value < 2**bits else (None, f"{name} {_short(value)} left out: too large")
            )
        case float():
            return (value, "") if math.isfinite(value) else (None, f"{name} {value} left out: not a number")
    return value, ""


def _fit_text(name: str, text: str) -> tuple[str, str]:
    most = CHARACTERS.get(name, OTHER_CHARACTERS)
    if len(text) <= most or name in _UNLIMITED:
        return text, ""
    return text[:most], f"{name} cut: it has {len(text):,} characters, at most {most:,} are kept"


def _fit_items(name: str, items: tuple[Any, ...]) -> tuple[tuple[Any, ...], str]:
    said = [f"{name} cut: it has {len(items):,} items, at most {ITEMS:,} are kept"] if len(items) > ITEMS else []
    fitting = []
    for item in items[:ITEMS]:
        if isinstance(item, Media | Place | Related):
            changes, of_item = _fit(item)
            said += [f"{name}: {message}" for _, message in of_item]
            fitting.append(replace(item, **changes) if changes else item)
        else:
            kept, message = _fit_value(name, item)
            said += [message] if message else []
            fitting.append(kept)
    unchanged = len(fitting) == len(items) and all(a is b for a, b in zip(fitting, items, strict=True))
    return (items if unchanged else tuple(fitting)), "; ".join(_few(said))


def _few(said: list[str]) -> Iterable[str]:
    return said if len(said) <= 3 else (*said[:3], f"{len(said) - 3} more")


def _short(number: int) -> str:
    # Python refuses to write numbers of more than some thousand digits.
    return str(number) if abs(number) < 10**40 else "of more than 40 digits"


def _payload(value: Any) -> bytes:
    return "\n".join(_texts(value)).encode("utf-8", "surrogatepass")


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, tuple):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, Media | Place | Related):
        yield from _texts(tuple(getattr(value, field.name) for field in fields(value)))
    elif isinstance(value, int):
        yield _short(value)
    elif value is not None:
        yield str(value)
