"""What streaming steps keep in an engine's state: plain data, so that no class has to stay where it is. No Beam here.

    (kind, format, field, ...)    fields: str, int, float, bool, bytes, None, and tuples of these

A job that goes on from a savepoint reads what an older version of the code has written, so a kind of state keeps its
name for good. Any change of what it holds is a new format number: fields that are added at the end have a default, and
are read from older formats as that; anything else needs a function that reads the old one. A newer format is an error.
`tests/golden/state.json` has bytes of each kind, which every later version reads.
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
    """State was written by another version of newsbeam, in a format that this one doesn't know."""


def encode(kind: str, format: int, *values: Any) -> tuple[Any, ...]:
    """Return state of a kind.

    Raises:
        TypeError: A value is not plain data.
    """
    return kind, format, *map(_plain, values)


def decode(kind: str, format: int, state: Any) -> tuple[Any, ...]:
    """Return the values of state of a kind.

    Raises:
        StateFormatError: It is of another kind or a newer format. The message names both.
    """
    match state:
        case (str(found), int(number), *values) if found == kind and 0 < number <= format:
            return tuple(values)
        case (str(found), int(number), *_):
            raise StateFormatError(
                f"the state has {found} of format {number}; this newsbeam reads {kind} up to format {format}. "
                "Go on with the version that wrote it, or start without the savepoint and with --warm-start"
            )
    raise StateFormatError(f"the state has no format number; this newsbeam reads {kind} up to format {format}")


def to_values(record: Any) -> tuple[Any, ...]:
    """Return the fields of a dataclass as plain data, in their order; datetimes as microseconds since 1970 UTC."""
    return tuple(_plain(getattr(record, field.name)) for field in fields(record))


def from_values(record: Callable[..., T], values: Sequence[Any]) -> T:
    """Return a record of the fields that `to_values` gave; one that was added since has its default."""
    return record(
        *(
            _EPOCH + value * _MICROSECOND if is_time and value is not None else value
            for value, is_time in zip(values, _times(record), strict=False)
        )
    )


def poll_key_of(values: Sequence[Any]) -> PollKey:
    """Return the key of a poll that is plain data."""
    feed_url, fetched_at = values
    return feed_url, _EPOCH + fetched_at * _MICROSECOND


@cache
def _times(record: Any) -> tuple[bool, ...]:
    """Return which fields of a dataclass are datetimes."""
    hints = get_type_hints(record)
    return tuple(hints[field.name] in (datetime, datetime | None) for field in fields(record))


def _plain(value: Any) -> Any:
    if value is None or type(value) in (str, int, float, bool, bytes):
        return value
    if isinstance(value, datetime):
        return (value - _EPOCH) // _MICROSECOND
    if isinstance(value, tuple):
        return tuple(map(_plain, value))
    raise TypeError(f"state holds plain data, not {type(value).__name__}")
