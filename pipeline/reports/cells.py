"""Values of rows as text: times in ISO 8601 with their zone, bytes in base64, nested values flattened."""

import json
from base64 import b64encode
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow as pa

SEPARATOR = "; "
# Of a list of structs the first of these fields stands for each.
_TELLING = ("name", "text", "url", "id", "error", "model")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def as_text(value: Any) -> str:
    """Return a value as the text of one cell; "" for null."""
    if value is None:
        return ""
    if isinstance(value, list):
        return SEPARATOR.join(map(_item_text, value))
    if isinstance(value, dict):
        return _item_text(value)
    return str(as_plain(value))


def as_plain(value: Any) -> Any:
    """Return a value that JSON has: times and bytes as text, the others as they are."""
    if isinstance(value, datetime):
        return _time(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, timedelta | pa.MonthDayNano):
        return _duration(value)
    if isinstance(value, bytes):
        return b64encode(value).decode()
    if isinstance(value, list):
        return [as_plain(each) for each in value]
    if isinstance(value, Mapping):
        return {key: as_plain(each) for key, each in value.items()}
    return value


def as_json(value: Any) -> str:
    """Return a value as JSON on one line; numbers that JSON doesn't have are null."""
    try:
        return json.dumps(as_plain(value), ensure_ascii=False, allow_nan=False, default=str)
    except ValueError:
        return json.dumps(_finite(as_plain(value)), ensure_ascii=False, default=str)


def as_cell(text: str) -> str:
    """Return text that no spreadsheet takes for a formula: with an apostrophe where it begins like one.

    Source: OWASP, CSV Injection.
    """
    return f"'{text}" if text.startswith(_FORMULA) else text


def _duration(value: Any) -> str:
    """Return a duration as DuckDB writes it: "1 day, 14:20:00", with months where there are any."""
    if isinstance(value, timedelta):
        return str(value)
    length = str(timedelta(days=value.days, microseconds=value.nanoseconds // 1000))
    return f"{value.months} months, {length}" if value.months else length


def _time(value: datetime) -> str:
    if value.tzinfo is None:
        return value.isoformat()
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _item_text(value: Any) -> str:
    if not isinstance(value, dict):
        return as_text(value)
    if set(value) == {"old", "new"}:
        return f"{value['old'] or ''} -> {value['new'] or ''}"
    telling = next((value[name] for name in _TELLING if value.get(name) is not None), None)
    return as_text(telling) if telling is not None else as_json(value)


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        # NaN and the infinities have NaN as this difference.
        return value if value - value == 0 else None
    if isinstance(value, list):
        return [_finite(each) for each in value]
    return {key: _finite(each) for key, each in value.items()} if isinstance(value, dict) else value
