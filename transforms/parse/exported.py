"""What newsbeam's own export says of an entry beside the fields of the format, which can't say it or say it otherwise.

Atom requires a date of change, JSON Feed an id, and titles and authors are read by the habits of publishers. So the
export adds one JSON object an entry: in XML as the element `fields` of the namespace `urn:newsbeam:export`, in JSON
Feed as the extension `_newsbeam` (JSON Feed 1.1, "Extensions"). A null is a field that the entry does not have.
"""

import json
from dataclasses import replace
from datetime import datetime
from typing import Any

from newsbeam.transforms.common.urls import canonical_url
from newsbeam.transforms.parse.plain import one_line, scrub, unique
from newsbeam.transforms.parse.result import DocumentDates
from newsbeam.transforms.records import Entry

NAMESPACE = "urn:newsbeam:export"
ELEMENT = "fields"
EXTENSION = "_newsbeam"
_MAX_CHARACTERS = 1_000_000


def from_json(text: str) -> dict[str, Any]:
    """Return the object in an element `fields`; {} for anything else, since anyone can write one."""
    try:
        found = json.loads(text) if len(text) <= _MAX_CHARACTERS else None
    except (ValueError, RecursionError):
        found = None
    return found if isinstance(found, dict) else {}


def with_exported(entry: Entry, fields: Any, dates: DocumentDates) -> Entry:
    """Return an entry with the fields that the export names, checked and cleaned as those of a feed are."""
    if not isinstance(fields, dict) or not fields:
        return entry
    changes: dict[str, Any] = {}
    for name, value in fields.items():
        if name in ("title", "guid", "url") and isinstance(value, str | None):
            changes[name] = _text(name, value or "")
        elif name == "authors" and isinstance(value, list):
            changes[name] = unique(one_line(each) for each in value if isinstance(each, str))
        elif name in ("published", "updated") and isinstance(value, str | None):
            changes |= {name: _date(value or "", dates), f"{name}_raw": one_line(value or "")}
    return replace(entry, **changes)


def _date(value: str, dates: DocumentDates) -> datetime | None:
    """Return a date that is accepted as those of feeds are, and to the microsecond, which no feed has."""
    found = dates.read(value).value
    try:
        exact = datetime.fromisoformat(value)
    except ValueError:
        return found
    return exact if found and exact.tzinfo and exact.replace(microsecond=0) == found else found


def _text(name: str, value: str) -> str:
    if name == "title":
        return one_line(value)
    return scrub(value) if name == "guid" else canonical_url(value)
