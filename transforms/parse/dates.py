"""Dates as published -> aware UTC datetimes, without silent guesses.

Read by rule: RFC 822/2822/5322 dates, in whatever language their months are, ISO 8601 and its profiles (RFC 3339,
W3CDTF), in the loose ways in which feeds write them. What dateutil then reads only by filling in or by choosing between
day and month, what names a time zone nobody can know (IST is three), and what no clock says (32 January, year 1 or
9999) is no date: feedparser would give one for most of them (feedparser#26, #29, #75, #135). A date without a time zone
is UTC.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from time import struct_time
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dateutil import parser as dateutil_parser
from dateutil import tz as dateutil_tz

from newsbeam.transforms.months import MONTHS

_ISO = re.compile(
    r"(?!\d{6}$)(\d{4})(?:([-/.]?)(\d{2}|(?<=\D)\d)(?:\2(\d{2}|(?<=\D)\d)"
    r"(?:(?:\s*[Tt]\s*|\s+)(\d{1,2}):?(\d{2})(?::?(\d{2})(?:[.,]\d*)?)?\s*(\S.*)?)?)?)?",
    re.ASCII,
)
_RFC822 = re.compile(
    r"(?:[^\W\d]+\.?\s*,?\s*)?(\d{1,2})(?:st|nd|rd|th)?[\s\-]*([^\W\d_]{3,10})\.?,?[\s\-]*(\d{4}|\d{2})"
    r"(?:\s*[,T]?\s*(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.\d*)?)?\s*((?!\d|[AaPp]\.?[Mm])[^\s(].*?)?)?\s*(?:\([^()]*\))?",
)
_OFFSET = re.compile(r"(?:UTC|GMT|UT)?\s*([+\-\u2212])(\d{1,2}):?(\d{2})?", re.IGNORECASE)
# Hours east of Greenwich of the names that mean one zone in practice: RFC 822 5.1 and what agencies write.
_ZONES = {
    **dict.fromkeys(("", "Z", "UT", "UTC", "GMT", "WET"), 0.0),
    **{"EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7, "AKST": -9, "AKDT": -8},
    **{"HST": -10, "AST": -4, "ADT": -3, "NST": -3.5, "NDT": -2.5, "BRT": -3, "ART": -3},
    **{
        "WEST": 1,
        "BST": 1,
        "CET": 1,
        "MET": 1,
        "MEZ": 1,
        "CEST": 2,
        "MEST": 2,
        "MESZ": 2,
        "SAST": 2,
        "EET": 2,
        "EEST": 3,
    },
    **{"MSK": 3, "EAT": 3, "PKT": 5, "WIB": 7, "ICT": 7, "HKT": 8, "SGT": 8, "PHT": 8, "AWST": 8, "JST": 9, "KST": 9},
    **{"ACST": 9.5, "ACDT": 10.5, "AEST": 10, "AEDT": 11, "NZST": 12, "NZDT": 13},
}
# No web feed is older; the first day of 1970 is how programs write "no date".
_EARLIEST = datetime(1970, 1, 2, tzinfo=UTC)
_CLOCK_SKEW = timedelta(days=1)
_LONGEST = 100
_IMPOSSIBLE_AFTER = timedelta(days=3653)


class _UnknownZoneError(ValueError):
    """A time zone that nobody can know."""


@dataclass(frozen=True)
class DateReading:
    """What a published date says.

    Attributes:
        value: The date, or None if there is none or none that can be believed.
        problem: Why a date that was given is not believed, or "".
        stated: The date as it stands, which for the end of an embargo is rightly in the future.
    """

    value: datetime | None = None
    problem: str = ""
    stated: datetime | None = None


def read_date(raw: str, fetched_at: datetime, foreign: struct_time | None = None) -> DateReading:
    """Return the date that `raw` means, in UTC.

    A date that is more than a day after the fetch becomes `fetched_at`; one more than ten years after it, or before
    1970-01-02, is impossible.

    Args:
        raw: As published, in one line; "" for no date.
        fetched_at: When the document was fetched.
        foreign: What feedparser made of it, in UTC: believed for months that are not written in ASCII (its Greek,
            Hungarian and Korean dates), for nothing else.
    """
    if not raw:
        return DateReading()
    if len(raw) > _LONGEST:
        return DateReading(problem=f"no date: {raw[:_LONGEST]!r}...")
    try:
        value = _parse(raw, foreign)
    except (ValueError, OverflowError) as error:
        return DateReading(problem=f"no date: {raw!r} ({error})")
    if value < _EARLIEST or value > fetched_at + _IMPOSSIBLE_AFTER:
        return DateReading(problem=f"impossible date: {raw!r}")
    return DateReading(fetched_at if value > fetched_at + _CLOCK_SKEW else value, stated=value)


def _parse(raw: str, foreign: struct_time | None) -> datetime:
    if match := _ISO.fullmatch(raw):
        year, _, month, day, *clock, zone = match.groups()
        return _combine(int(year), int(month or 1), int(day or 1), clock, zone or "")
    if (match := _RFC822.fullmatch(raw)) and match[2].lower() in MONTHS:
        return _combine(_year(match[3]), MONTHS[match[2].lower()], int(match[1]), match.groups()[3:6], match[7] or "")
    if foreign is not None and not raw.isascii():
        return datetime(*foreign[:6], tzinfo=UTC)
    return _second_opinion(raw)


def _combine(year: int, month: int, day: int, clock: Sequence[str | None], zone: str) -> datetime:
    """Return the UTC time of a calendar date, a clock (hour, minute, second; each may be missing) and a zone."""
    hour, minute, second = (int(part or 0) for part in clock)
    # 24:00 is the end of a day (ISO 8601 4.2.3), second 60 a leap second; datetime knows neither.
    end_of_day = (hour, minute, second) == (24, 0, 0)
    local = datetime(year, month, day, 0 if end_of_day else hour, minute, 59 if second == 60 else second)
    local += timedelta(days=end_of_day)
    return local.replace(tzinfo=_zone(zone)).astimezone(UTC)


def _year(digits: str) -> int:
    """Return the year; two digits as RFC 2822 4.3 says: 00 to 49 are 2000 to 2049, 50 to 99 are 1950 to 1999."""
    year = int(digits)
    if len(digits) == 4:
        return year
    return year + (2000 if year < 50 else 1900)


@lru_cache(maxsize=512)
def _zone(name: str) -> tzinfo:
    name = name.strip()
    if match := _OFFSET.fullmatch(name):
        offset = timedelta(hours=int(match[2]), minutes=int(match[3] or 0))
        if offset > timedelta(hours=14):
            raise _UnknownZoneError(f"no time zone: {name}")
        return dateutil_tz.tzoffset(None, -offset if match[1] != "+" else offset)
    hours = _ZONES.get(name.upper())
    if hours is not None:
        return dateutil_tz.tzoffset(None, timedelta(hours=hours))
    if len(name) == 1 and name.isalpha():
        return UTC  # military zones were published with the wrong sign: they say nothing (RFC 2822 4.3)
    try:
        return ZoneInfo(name if "/" in name else "")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise _UnknownZoneError(f"unknown time zone {name[:20]}") from None


def _second_opinion(raw: str) -> datetime:
    """Return dateutil's reading if it says the date alone: nothing filled in, no choice between day and month."""
    if raw.isdigit():
        raise ValueError("digits alone")
    readings = {
        dateutil_parser.parse(raw, default=default, dayfirst=dayfirst, tzinfos=_dateutil_zone)
        for default, dayfirst in (
            (datetime(2000, 1, 1), False),
            (datetime(2001, 2, 2), False),
            (datetime(2000, 1, 1), True),
        )
    }
    if len(readings) > 1:
        raise ValueError("it can be read in more than one way")
    (value,) = readings
    return value.replace(tzinfo=value.tzinfo or UTC).astimezone(UTC)


def _dateutil_zone(name: str | None, offset: int | None) -> tzinfo:
    return _zone(name or "") if offset is None else dateutil_tz.tzoffset(None, offset)
