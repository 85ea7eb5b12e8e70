"""JSON values that agencies write in several shapes: a text, a number, an object with a name, a list of these."""

from collections.abc import Iterator
from typing import Any

from newsbeam.transforms.parse.json_text import Fields, scalar_in
from newsbeam.transforms.parse.plain import one_line, unique

# A bound on nested lists, so that a hostile document ends in no RecursionError.
_LEVELS = 4
_NAMES = ("by", "byline", "name", "value", "text", "literal")
# Names of a file's address and size.
URLS, BYTES = ("href", "url"), ("sizeinbytes", "filesize", "bytes")


def lower(fields: Fields) -> Fields:
    """Return fields with their names in lower case, without null values."""
    # Without null: it means "not given", and would win over a later name of the same field.
    return {key.lower(): value for key, value in fields.items() if value is not None}


def words_in(fields: Fields, *keys: str) -> tuple[str, ...]:
    """Return the values of some fields as lines: texts, numbers, the names of objects, or lists of these."""
    return unique(line for key in keys if key in fields for line in _words(fields[key], _LEVELS))


def word_in(fields: Fields, *keys: str) -> str:
    """Return the first value of some fields as a line, or ""."""
    for key in keys:
        if key in fields:
            for line in _words(fields[key], _LEVELS):
                if line:
                    return line
    return ""


def _words(value: Any, levels: int) -> Iterator[str]:
    if isinstance(value, str):
        yield one_line(value)
    elif isinstance(value, list) and levels:
        for element in value:
            yield from _words(element, levels - 1)
    elif isinstance(value, dict):
        yield one_line(scalar_in(lower(value), *_NAMES))
    else:
        yield scalar_in({"": value}, "")


def objects_of(value: Any) -> Iterator[tuple[str, Fields]]:
    """Yield the objects in a list, or in an object of named ones (ninjs 1.x), with their names ("" in a list).

    An object with its own address is a single object, not an object of named ones.
    """
    is_many = isinstance(value, dict) and not scalar_in(lower(value), "uri", "guid", *URLS)
    for name, each in value.items() if is_many else [("", value)]:
        yield from ((name, lower(fields)) for fields in _objects(each, _LEVELS))


def _objects(value: Any, levels: int) -> Iterator[Fields]:
    if isinstance(value, dict):
        yield value
    elif isinstance(value, list) and levels:
        for element in value:
            yield from _objects(element, levels - 1)
