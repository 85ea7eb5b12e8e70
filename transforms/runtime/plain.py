"""Nested records as plain data, for state: a record is a tuple of its fields, a time microseconds, a date its number.

Fields that are added at the end of a record have their defaults where older data is read (see `state.py`).
"""

import types
from collections.abc import Callable, Sequence
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from operator import attrgetter
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

_Convert = Callable[[Any], Any]


def to_plain(record: Any) -> tuple[Any, ...]:
    """Return a dataclass as plain data."""
    kind: Any = type(record)
    values, converters = _getter(kind)(record), _converters(kind)
    if not converters:
        return values
    changed = list(values)
    for place, (encode, _) in converters.items():
        changed[place] = encode(changed[place])
    return tuple(changed)


def from_plain(record: Callable[..., T], values: Sequence[Any]) -> T:
    """Return the dataclass that `to_plain` converted."""
    changed = list(values)
    for place, (_, decode) in _converters(record).items():
        # Data of an older format ends before the fields that were added.
        if place < len(changed):
            changed[place] = decode(changed[place])
    return record(*changed)


@cache
def _getter(record: Any) -> Callable[[Any], tuple[Any, ...]]:
    names = [field.name for field in fields(record)]
    # attrgetter of one name gives the value itself, and not a tuple.
    return attrgetter(*names) if len(names) > 1 else lambda each: (getattr(each, names[0]),)


@cache
def _converters(record: Any) -> dict[int, tuple[_Convert, _Convert]]:
    """Return how the fields are converted that are not plain data themselves, by their places."""
    hints = get_type_hints(record)
    found = ((place, _converter(hints[field.name])) for place, field in enumerate(fields(record)))
    return {place: converter for place, converter in found if converter}


def _converter(hint: Any) -> tuple[_Convert, _Convert] | None:
    if get_origin(hint) in (types.UnionType, Union):
        inner = next(filter(None, map(_converter, get_args(hint))), None)
        return inner and (_or_none(inner[0]), _or_none(inner[1]))
    if get_origin(hint) is tuple:
        inner = _converter(get_args(hint)[0])
        return inner and (_each(inner[0]), _each(inner[1]))
    if is_dataclass(hint):
        kind: Any = hint
        return to_plain, lambda values: from_plain(kind, values)
    return _TIMES.get(hint)


def _or_none(convert: _Convert) -> _Convert:
    return lambda value: None if value is None else convert(value)


def _each(convert: _Convert) -> _Convert:
    return lambda values: tuple(map(convert, values))


_TIMES: dict[Any, tuple[_Convert, _Convert]] = {
    datetime: (lambda time: (time - _EPOCH) // _MICROSECOND, lambda value: _EPOCH + value * _MICROSECOND),
    date: (date.toordinal, date.fromordinal),
}
