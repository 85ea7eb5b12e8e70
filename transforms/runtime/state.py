"""The format of streaming steps' state: plain data, so that classes and modules can be renamed.

    (kind, format, field, ...)    fields: str, int, float, bool, bytes, None, and tuples of these

A job that is restored from a savepoint reads state that an older version has written, so the name of a kind never
changes. Every change of its fields gets a new format number. Fields that are added at the end have a default, which
they get when an older format is read; any other change needs a function that reads the old format. A newer format is an
error. `tests/runtime/golden/state.json` has state of each kind and format; every later version must read it.
"""

from collections.abc import Callable, Sequence
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, TypeVar, get_type_hints

from newsbeam.transforms.records import PollKey

T = TypeVar("T")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class StateFormatError(Exception):
    """State has a format that this version of newsbeam can't read."""


def encode(kind: str, format: int, *values: Any) -> tuple[Any, ...]:
    """Return state of a kind.

    Raises:
        TypeError: A value is not plain data.
    """
    return kind, format, *map(_plain, values)


def decode(kind: str, format: int, state: Any) -> tuple[Any, ...]:
    """Return the values of state of a kind.

    Raises:
        StateFormatError: The state has another kind or a newer format. The message names both.
    """
    match state:
        case (str(found), int(number), *values) if found == kind and 0 < number <= format:
            return tuple(values)
        case (str(found), int(number), *_):
            raise StateFormatError(
                f"the state has {found!r} of format {number}; this version reads {kind!r} up to format {format}. "
                "Use the version that wrote the state, or start without the savepoint and with --warm-start"
            )
    raise StateFormatError(
        f"the state has no format number; this version of newsbeam reads {kind!r} up to format {format}"
    )


def to_values(record: Any) -> tuple[Any, ...]:
    """Return the fields of a dataclass in order, as plain data; datetimes are microseconds since 1970 UTC."""
    return tuple(_plain(getattr(record, field.name)) for field in fields(record))


def from_values(record: Callable[..., T], values: Sequence[Any]) -> T:
    """Return the record of fields that `to_values` returned; fields that were added since have their defaults."""
    return record(
        *(
            _EPOCH + value * _MICROSECOND if is_time and value is not None else value
            # Not strict: state of an older format has fewer fields.
            for value, is_time in zip(values, _times(record), strict=False)
        )
    )


def poll_key_of(values: Sequence[Any]) -> PollKey:
    """Return the key of a poll from plain data."""
    feed_url, fetched_at = values
    return feed_url, _EPOCH + fetched_at * _MICROSECOND


@cache
def _times(record: Any) -> tuple[bool, ...]:
    """Return for each field of a dataclass whether it is a datetime."""
    hints = get_type_hints(record)
    return tuple(hints[field.name] in (datetime, datetime | None) for field in fields(record))


def _plain(value: Any) -> Any:
    # By exact type: a subclass (an enum, a numpy scalar) would be pickled by its class.
    if value is None or type(value) in (str, int, float, bool, bytes):
        return value
    if isinstance(value, datetime):
        # Whole microseconds: a time that was equal before a restore is equal after it.
        return (value - _EPOCH) // _MICROSECOND
    if isinstance(value, tuple):
        return tuple(map(_plain, value))
    raise TypeError(f"state holds plain data, not {type(value).__name__}")
