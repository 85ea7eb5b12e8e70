"""Reads JSON as feeds and wires send it, also truncated or several values in a row; helpers to look into values."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from newsbeam.transforms.errors import ParseError
from newsbeam.transforms.parse.completeness import TRUNCATED
from newsbeam.transforms.parse.plain import scrub

Fields = dict[str, Any]

_SPACE = " \t\r\n"
_BETWEEN = re.compile(r"[\s,\x1e]*")
# Malformed lines that are skipped. Each may cost a look at all the text after it.
_MAX_BREAKS = 10
_DECODER = json.JSONDecoder(strict=False)
_MALFORMED = "malformed JSON: only its complete parts were read ({})"

_HEAD = 100_000  # characters of a document that tell its kind
_TOKEN = re.compile(r'"((?:[^"\\]|\\.)*+)"?(\s*+:)?|[{}\[\]]', re.DOTALL)
_WRAPPERS = {"data", "item", "items", "entries"}
_FORMAT_NAMES = ("format", "version")
_OUTER, _INNER, _NESTED = range(3)
_JSONFEED = re.compile(r"https?:\\?/\\?/(?:www\.)?jsonfeed\.org\\?/version")
_DIGITALWIRES_ITEM = {"version_created", "article_html", "copyrightnotice", "ednotes", "dpasubject_names"}
_NINJS_ITEM = {
    *("uri", "headlines", "bodies", "descriptions", "versioncreated", "firstcreated", "pubstatus", "infosource"),
    *("infosources", "representationtype", "$standard"),
}
_NINJS_PREFIXES = ("body_", "description_")


@dataclass(frozen=True)
class Json:
    """The content of a document: one value, or several in a row (as a rule, one a line).

    Attributes:
        problem: What was wrong with it, or "".
        truncated: Whether its end may be missing.
    """

    values: tuple[Any, ...]
    problem: str = ""
    truncated: bool = False


def read_json(text: str) -> Json:
    """Return the values in a text; of malformed JSON those that are complete.

    That is: values in a row except malformed ones, the elements of an array before the error, or an object with the
    elements of its "items" before the error. Control characters in strings are accepted; some feeds have them.

    Raises:
        ParseError: It is not JSON, truncated before anything in it is complete, or nested too deeply.
    """
    text = text.lstrip("\ufeff" + _SPACE)
    try:
        # The fast case first: whole, well-formed JSON is decoded in C in one go.
        return Json((json.loads(text, strict=False),))
    except RecursionError:
        raise ParseError("the JSON is nested too deeply to be read") from None
    except ValueError as error:
        malformed = error
    # From the reading that loses least to the one that loses most.
    for read in (_sequence, _truncated, _after_malformed_line):
        found = read(text, malformed)
        if found.values:
            return found
    raise ParseError(f"this is not valid JSON: {malformed}")


def _sequence(text: str, error: ValueError, start: int = 0) -> Json:
    """Return the values in a row, if the first is complete; after a malformed one, go on at the next line."""
    values: list[Any] = []
    breaks = 0
    while start < len(text) and breaks < _MAX_BREAKS:
        try:
            value, start = _DECODER.raw_decode(text, start)
        except (ValueError, RecursionError):
            if not values:
                break
            breaks += 1
            # A malformed value does not say where it ends: the next line that begins with an object is the next chance.
            start = _next_line(text, start)
        else:
            values.append(value)
            start = _after_space(text, start)
    return Json(tuple(values), _MALFORMED.format(error) if breaks else "")


def _truncated(text: str, error: ValueError) -> Json:
    """Return the complete elements of a truncated array, or an object with the complete ones of its "items"."""
    cut: Any = list(_elements(text, 1)) if text.startswith("[") else _with_items(text)
    values = (cut,) if cut else ()
    return Json(
        values, f"{TRUNCATED} or malformed JSON: only the items before the error were read ({error})", truncated=True
    )


def _after_malformed_line(text: str, error: ValueError) -> Json:
    """Return the values after the first line, if that is where the error is."""
    line = _next_line(text, 0)
    is_in_line = isinstance(error, json.JSONDecodeError) and error.pos < line < len(text)
    found = _sequence(text, error, line) if is_in_line else Json(())
    return Json(found.values, _MALFORMED.format(error))


def _next_line(text: str, start: int) -> int:
    """Return where the next line begins that begins with an object, or the end."""
    at = text.find("\n{", start)
    return at + 1 if at >= 0 else len(text)


def _elements(text: str, start: int) -> Iterator[Any]:
    """Yield the elements of an array that are complete, from the first one at `start`."""
    while True:
        try:
            element, start = _DECODER.raw_decode(text, _after_space(text, start))
        except (ValueError, RecursionError):
            return
        yield element


def _with_items(text: str) -> Fields:
    """Return an object that is truncated within its "items", with the complete ones; {} if there are none."""
    key = text.find('"items"')
    start = text.find("[", key) + 1
    items = list(_elements(text, start)) if key >= 0 and start else []
    try:
        # What stands before "items" is complete, so that a truncated feed keeps its title, language and home page.
        head = json.loads(text[: max(0, key)].rstrip(_SPACE + ",") + "}", strict=False)
    except (ValueError, RecursionError):
        head = {}
    return {**head, "items": items} if items else {}


def _after_space(text: str, at: int) -> int:
    match = _BETWEEN.match(text, at)
    return match.end() if match else at


def string_in(fields: Fields, *keys: str) -> str:
    """Return the first of some fields that is a text and not only white space, else ""."""
    for key in keys:
        value = fields.get(key)
        if isinstance(value, str) and value.strip():
            return scrub(value)
    return ""


def scalar_in(fields: Fields, *keys: str) -> str:
    """Return the first of some fields that is a text or a number, as text, since ids are published as numbers."""
    for key in keys:
        value = fields.get(key)
        if isinstance(value, int | float) and not isinstance(value, bool):
            # A bool is an int in Python, and "True" is not an id.
            return str(value)
        if isinstance(value, str) and value.strip():
            return scrub(value)
    return ""


def list_in(fields: Fields, *keys: str) -> list[Any]:
    """Return the elements of those fields that are lists."""
    return [element for key in keys if isinstance(fields.get(key), list) for element in fields[key]]


def objects_in(fields: Fields, *keys: str) -> list[Fields]:
    """Return the objects in some fields, each of which is a list or, in some dialects, a single object."""
    values = (v if isinstance(v := fields.get(key), list) else [v] for key in keys)
    return [element for value in values for element in value if isinstance(element, dict)]


def kind_of_json(text: str) -> str:
    """Return what a text in JSON is: "jsonfeed", "ninjs", "digitalwires", or "" for anything else.

    Reads names up to the first one that decides, in at most the first 100,000 characters, so that the head of a
    document is enough; never raises. An array is ninjs if nothing says that it is something else.
    """
    text = text[:_HEAD].lstrip("\ufeff" + _SPACE)
    if text[:1] not in ("{", "["):
        return ""
    names: dict[int, set[str]] = {_OUTER: set(), _INNER: set()}
    for level, name, value in _names(text):
        if value.startswith("digitalwires"):
            return "digitalwires"
        if _JSONFEED.match(value):
            return "jsonfeed"
        if level == _OUTER and _is_of_ninjs(name):
            return "ninjs"
        names[level].add(name)
    # JSON Feed is always an object (jsonfeed.org/version/1.1), so an array of objects is a list of items of a wire.
    return _kind_of(names[_OUTER], names[_INNER]) or ("ninjs" if text[0] == "[" else "")


def _kind_of(outer: set[str], inner: set[str]) -> str:
    """Return the kind of a document by the names in it and in the items that it wraps."""
    for names in (outer, inner):
        if "urn" in names and names & _DIGITALWIRES_ITEM:
            return "digitalwires"
    if any(map(_is_of_ninjs, inner)):
        return "ninjs"
    return "jsonfeed" if "items" in outer else ""


def _is_of_ninjs(name: str) -> bool:
    name = name.lower()
    return name in _NINJS_ITEM or name.startswith(_NINJS_PREFIXES)


def _names(text: str) -> Iterator[tuple[int, str, str]]:
    """Yield (level, name, "") for names in the outermost object and its items, and (level, name, value) for formats."""
    levels = [_OUTER]  # of the open brackets
    name = ""
    for token in _TOKEN.finditer(text):
        mark = token[0][0]
        if mark in "{[":
            level = levels[-1] if not name else _INNER if name in _WRAPPERS else _NESTED
            # What is within a nested value is nested, also if its name is that of a wrapper.
            levels.append(max(level, levels[-1]))
        elif mark in "}]":
            if len(levels) > 1:
                levels.pop()
        elif levels[-1] != _NESTED and (token[2] or name in _FORMAT_NAMES):
            yield (levels[-1], token[1], "") if token[2] else (levels[-1], name, token[1])
        name = token[1] if token[2] else ""
