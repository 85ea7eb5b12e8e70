"""Reads JSON as feeds and wires send it, also truncated or several values in a row; helpers to look into values."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from newsbeam.transforms.common.plurals import counted
from newsbeam.transforms.errors import ParseError
from newsbeam.transforms.parse.completeness import TRUNCATED
from newsbeam.transforms.parse.plain import scrub
from newsbeam.transforms.parse.result import LeftOut

Fields = dict[str, Any]

_SPACE = " \t\r\n"
_BETWEEN = re.compile(r"[\s,\x1e]*")
# Malformed lines or elements that are skipped. Each may cost a look at all the text after it.
_MAX_BREAKS = 10
_DECODER = json.JSONDecoder(strict=False)
_MALFORMED = "malformed JSON: only its complete parts were read ({})"
# Strings are matched too, since they can contain what looks like structure.
_COMMA_BEFORE_END = re.compile(r'("(?:[^"\\]|\\.)*+"?)|,(?=\s*[}\]])', re.DOTALL)
_STRUCTURE = re.compile(r'"(?:[^"\\]|\\.)*+"|[{}\[\]]', re.DOTALL)
_QUOTE = re.compile(r'(?<!\\)"')
_ENDS_BEFORE = re.compile(r"\s{0,1000}[,\]]")
_WORD = re.compile(r"[^\s,\]\[{}\"]{1,64}+(?=\s{0,1000}[,\]])")
_NEXT_NAME = re.compile(r',\s*\{\s*("[^"\\]{1,80}")\s*:')
_FIRST_NAME = re.compile(r'\{\s*("[^"\\]{1,80}")\s*:')

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
_SHARED = {"pubstatus"}  # also of items of digitalwires
_NINJS_PREFIXES = ("body_", "description_")


@dataclass(frozen=True)
class Json:
    """The content of a document: one value, or several in a row (as a rule, one a line).

    Attributes:
        problem: What was wrong with it, or ""; a `LeftOut` if a part is missing.
        truncated: Whether its end may be missing.
    """

    values: tuple[Any, ...]
    problem: str = ""
    truncated: bool = False


def read_json(text: str) -> Json:
    """Return the values in a text; of malformed JSON those that are complete.

    That is: values in a row except malformed ones, the elements of an array except malformed ones, or an object with
    such elements of its "items". Commas before a closing bracket are removed. Control characters in strings are
    accepted; some feeds have them.

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
    for read in (_with_commas_removed, _sequence, _truncated, _after_malformed_line):
        found = read(text, malformed)
        if found.values:
            return found
    raise ParseError(f"this is not valid JSON: {malformed}")


def _with_commas_removed(text: str, error: ValueError) -> Json:
    """Return the value, if commas before closing brackets are all that is wrong with it."""
    if str(error).startswith("Extra data"):
        return Json(())  # values in a row, as a rule many: none of them is malformed so far
    try:
        value = json.loads(_without_commas(text), strict=False)
    except (ValueError, RecursionError):
        return Json(())
    return Json((value,), f"malformed JSON: commas before closing brackets were removed ({error})")


def _without_commas(text: str) -> str:
    return _COMMA_BEFORE_END.sub(lambda match: match[1] or "", text)


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
    return Json(tuple(values), LeftOut(_MALFORMED.format(error)) if breaks else "")


def _truncated(text: str, error: ValueError) -> Json:
    """Return the complete elements of an array, or an object with the complete ones of its "items"."""
    head, array = ({}, _array(text, 1)) if text.startswith("[") else _with_items(text)
    if not array.values:
        return Json(())
    values = (array.values,) if text.startswith("[") else ({**head, "items": array.values},)
    if not (array.ended and text.rstrip().endswith(("}", "]"))):
        reason = f"{TRUNCATED} or malformed JSON: only the items before the error were read ({error})"
        return Json(values, LeftOut(reason), truncated=True)
    if array.skipped:
        return Json(values, LeftOut(f"malformed JSON: {counted(array.skipped, 'item')} left out ({error})"))
    return Json(values, f"malformed JSON: what is wrong is not in its items ({error})")


def _after_malformed_line(text: str, error: ValueError) -> Json:
    """Return the values after the first line, if that is where the error is."""
    line = _next_line(text, 0)
    is_in_line = isinstance(error, json.JSONDecodeError) and error.pos < line < len(text)
    found = _sequence(text, error, line) if is_in_line else Json(())
    return Json(found.values, LeftOut(_MALFORMED.format(error)))


def _next_line(text: str, start: int) -> int:
    """Return where the next line begins that begins with an object, or the end."""
    at = text.find("\n{", start)
    return at + 1 if at >= 0 else len(text)


@dataclass
class _Array:
    """The complete elements of an array.

    Attributes:
        skipped: Malformed elements between them.
        ended: Whether its end is there.
    """

    values: list[Any] = field(default_factory=list)
    skipped: int = 0
    ended: bool = False


def _array(text: str, at: int) -> _Array:
    """Return the elements of an array, of which the first is at `at`."""
    found = _Array()
    breaks = 0
    while (at := _after_space(text, at)) >= 0:
        if text[at : at + 1] == "]":
            # After a malformed element, a bracket within it may be taken for the end: then more elements follow.
            found.ended = not breaks or _ends_document(text, at)
            break
        try:
            element, at = _DECODER.raw_decode(text, at)
            found.values.append(element)
        except (ValueError, RecursionError):
            start, at = at, _end_of_malformed(text, at) if breaks < _MAX_BREAKS else -1
            breaks += 1
            if at < 0:
                break
            _add_repaired(found, text[start:at])
    return found


def _ends_document(text: str, at: int) -> bool:
    """Return whether the text from the "]" at `at` is the rest of a document whose array it ends."""
    rest = ('{"items":[' if text.startswith("{") else "[") + text[at:]
    try:
        json.loads(_without_commas(rest), strict=False)
    except (ValueError, RecursionError):
        return False
    return True


def _add_repaired(found: _Array, element: str) -> None:
    try:
        found.values.append(json.loads(_without_commas(element), strict=False))
    except (ValueError, RecursionError):
        found.skipped += 1


def _end_of_malformed(text: str, start: int) -> int:
    """Return where a malformed element ends, by its brackets or by the element after it; -1 if that can't be told."""
    if text[start : start + 1] not in ("{", "[", '"'):  # a word that JSON doesn't have: undefined, None
        word = _WORD.match(text, start)
        return word.end() if word else -1
    following = _next_alike(text, start)
    # With an odd number of quotation marks what is outside of strings looks as if it were inside.
    if following >= 0 and len(_QUOTE.findall(text, start, following)) % 2:
        return following
    depth = 0
    for token in _STRUCTURE.finditer(text, start):
        depth += (token[0] in "{[") - (token[0] in "}]")
        if depth <= 0:
            return token.end() if _ENDS_BEFORE.match(text, token.end()) else following
    return following


def _next_alike(text: str, start: int) -> int:
    """Return where the next element begins that begins with the same name as the one at `start`, or -1."""
    name = _FIRST_NAME.match(text, start)
    nexts = _NEXT_NAME.finditer(text, start + 1) if name else ()
    return next((found.start() for found in nexts if name and found[1] == name[1]), -1)


def _with_items(text: str) -> tuple[Fields, _Array]:
    """Return an object without its "items", as far as it can be read, and these."""
    key = text.find('"items"')
    start = text.find("[", key) + 1
    array = _array(text, start) if key >= 0 and start else _Array()
    try:
        # What stands before "items" is complete, so that a truncated feed keeps its title, language and home page.
        head = json.loads(text[: max(0, key)].rstrip(_SPACE + ",") + "}", strict=False)
    except (ValueError, RecursionError):
        head = {}
    return head, array


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
        if level == _OUTER and name.lower() not in _SHARED and _is_of_ninjs(name):
            return "ninjs"
        names[level].add(name)
    # JSON Feed is always an object (jsonfeed.org/version/1.1), so an array of objects is a list of items of a wire.
    return _kind_of(names[_OUTER], names[_INNER]) or ("ninjs" if text[0] == "[" else "")


def _kind_of(outer: set[str], inner: set[str]) -> str:
    """Return the kind of a document by the names in it and in the items that it wraps."""
    for names in (outer, inner):
        if "urn" in names and names & _DIGITALWIRES_ITEM:
            return "digitalwires"
    if any(map(_is_of_ninjs, outer | inner)):
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
