"""Types of values in the config, each with its check, and the class of its sections."""

import os
import re
from datetime import date, timedelta
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ByteSize, ConfigDict, Field, StringConstraints

_UNITS = {"w": "weeks", "d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
_DURATION = re.compile("".join(rf"(?:(?P<{name}>\d+){unit})?" for unit, name in _UNITS.items()))


def parse_duration(text: object) -> timedelta:
    """Parse a duration such as "90s", "15m", "1h30m", "30d" or "2w": whole numbers, longest unit first.

    Raises:
        ValueError: Anything else, also a number without a unit.
    """
    if isinstance(text, timedelta):
        return text
    # All parts of the pattern are optional, so it matches "" as well.
    match = _DURATION.fullmatch(text.replace(" ", "")) if isinstance(text, str) and text.strip() else None
    if match is None:
        raise ValueError(f"should be a duration such as 90s, 15m, 1h30m, 30d or 2w, not {shown(text)}")
    try:
        return timedelta(**{name: int(number) for name, number in match.groupdict().items() if number})
    except OverflowError:
        raise ValueError(f"is too long: {text}") from None


def parse_day(value: object) -> date | timedelta:
    """Parse a day such as 2026-11-24, or how long before today it is, such as 7d.

    Raises:
        ValueError: Anything else.
    """
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value) if isinstance(value, str) and "-" in value else parse_duration(value)
    except ValueError:
        raise ValueError(f"should be a day such as 2026-11-24 or a duration such as 7d, not {shown(value)}") from None


Day = Annotated[date | timedelta, BeforeValidator(parse_day)]


def _positive(duration: timedelta) -> timedelta:
    if not duration:
        raise ValueError("should be more than 0s")
    return duration


Duration = Annotated[timedelta, BeforeValidator(parse_duration), AfterValidator(_positive)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


def _at_home(path: str) -> str:
    """Return a path with a leading `~` expanded."""
    return os.path.expanduser(path) if path.startswith("~") else path


PathOrUrl = Annotated[Text, AfterValidator(_at_home)]
Language = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$")]


Size = Annotated[ByteSize, Field(gt=0)]
"""Bytes, such as 64MB, 1.5 GB or 64000000; 1 MB is 1,000,000 bytes."""


class Settings(BaseModel):
    """A section of the config: strict ("3" is not 3), frozen, without unknown keys."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


def shown(value: object) -> str:
    """Return a value as YAML, shortened."""
    if value is None or isinstance(value, bool):
        return "null" if value is None else str(value).lower()
    if isinstance(value, dict | list):
        return "a mapping" if isinstance(value, dict) else "a list"
    return text if len(text := repr(value)) <= 60 else text[:57] + "..."
