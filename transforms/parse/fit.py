"""Limits the fields of entries to what the columns of the output hold, whatever a publisher wrote.

A title is on each row of its story: a megabyte of it with thousands of paragraphs would be gigabytes. A field that is
too long is cut, with all of it in a dead letter. A number that is too large for its column is left out, with a dead
letter.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any

from newsbeam.transforms.parse.result import LeftOut, Parsed, repaired
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
"""Maximum number of characters of text fields; `OTHER_CHARACTERS` for all others."""
OTHER_CHARACTERS = 1_000
ITEMS = 1_000
"""Maximum number of items of a list."""

# The content becomes paragraphs, which have a limit of their own; ids and what the config says are never cut, since
# a shortened id would be another one.
_UNLIMITED = frozenset({"content", "entry_id", "content_hash", "revision", "source", "feed_url", "source_id"})
_LONG = frozenset({"provider_version", "bytes"})  # int64; all others are int32


def fit(document: Document, parsed: Parsed) -> Parsed:
    """Return `parsed` with every field of every entry limited to what its column holds.

    Args:
        document: The document of the entries.
        parsed: Its entries, with their ids, which depend on the fields as published.
    """
    dead_letters: list[DeadLetter] = []
    entries = tuple(_fit_entry(document, entry, dead_letters) for entry in parsed.entries)
    return Parsed(entries, (*parsed.dead_letters, *dead_letters)) if dead_letters else replace(parsed, entries=entries)


def _fit_entry(document: Document, entry: Entry, dead_letters: list[DeadLetter]) -> Entry:
    changes, messages = _fit(entry)
    for name, message in messages:
        cut = LeftOut(f"entry {entry.entry_id}: {message}")
        dead_letters.append(repaired(document, cut, _payload(getattr(entry, name))))
    return replace(entry, **changes) if changes else entry


def _fit(record: Any) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """Return the fields of a record that change, and the names and messages of those that lose something."""
    changes: dict[str, Any] = {}
    messages: list[tuple[str, str]] = []
    for field in fields(record):
        value = getattr(record, field.name)
        fitting, message = _fit_value(field.name, value)
        # Identity, not equality: almost all values come back as they are, and comparing long texts would cost more than
        # the check.
        if fitting is not value:
            changes[field.name] = fitting
        if message:
            messages.append((field.name, message))
    return changes, messages


def _fit_value(name: str, value: Any) -> tuple[Any, str]:
    """Return a value limited to what its column holds, and a message, "" if nothing is lost."""
    match value:
        case str():
            return _fit_text(name, value)
        case tuple() if value:
            return _fit_items(name, value)
        # Arrow would take a naive time for UTC too, but comparing it with an aware one raises TypeError before that.
        case datetime() if value.tzinfo is None:
            return value.replace(tzinfo=UTC), ""
        # Before int, since a bool is an int in Python.
        case bool():
            return value, ""
        case int():
            bits = 63 if name in _LONG else 31
            fits = -(2**bits) <= value < 2**bits
            return (value, "") if fits else (None, f"{name} {_short(value)} left out: it is too large for the column")
        case float() if not math.isfinite(value):
            return None, f"{name} {value} left out: it is not a finite number"
    return value, ""


def _fit_text(name: str, text: str) -> tuple[str, str]:
    limit = CHARACTERS.get(name, OTHER_CHARACTERS)
    if len(text) <= limit or name in _UNLIMITED:
        return text, ""
    return text[:limit], f"{name} cut to {limit:,} of {len(text):,} characters"


def _fit_items(name: str, items: tuple[Any, ...]) -> tuple[tuple[Any, ...], str]:
    messages = [f"{name} cut to {ITEMS:,} of {len(items):,} items"] if len(items) > ITEMS else []
    fitting = []
    for item in items[:ITEMS]:
        if isinstance(item, Media | Place | Related):
            changes, of_item = _fit(item)
            messages += [f"{name}: {message}" for _, message in of_item]
            fitting.append(replace(item, **changes) if changes else item)
        else:
            kept, message = _fit_value(name, item)
            messages += [message] if message else []
            fitting.append(kept)
    unchanged = len(fitting) == len(items) and all(a is b for a, b in zip(fitting, items, strict=True))
    return (items if unchanged else tuple(fitting)), "; ".join(_few(messages))


def _few(messages: list[str]) -> Iterable[str]:
    # A thousand media, each with a bad number, would make a message of a hundred kilobytes.
    return messages if len(messages) <= 3 else (*messages[:3], f"{len(messages) - 3} more")


def _short(number: int) -> str:
    # Python refuses to format numbers of more than some thousand digits.
    return str(number) if abs(number) < 10**40 else "of more than 40 digits"


def _payload(value: Any) -> bytes:
    # Lone surrogates come from JSON's escapes: plain UTF-8 would raise on them, and the dead letter would be lost.
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
