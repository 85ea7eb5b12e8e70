"""Parses published dates into aware UTC datetimes, without silent guesses.

This module reads ISO 8601 and its profiles (RFC 3339, W3CDTF), `worded_dates` everything else. Text that can be read in
more than one way, that names an ambiguous time zone (IST is three), or that can't be true (32 January, year 1 or 9999)
is not a date: feedparser would return one for most of them (feedparser#26, #29, #75, #135).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from newsbeam.transforms.parse.plain import html_text
from newsbeam.transforms.parse.worded_dates import read_words
from newsbeam.transforms.parse.zones import UnknownZoneError, zone_of

# Six digits alone may be a year and a month or a short day (YYMMDD), so they are not a date. The separator between
# year and month has to be the one between month and day.
_ISO = re.compile(
    r"(?!\d{6}$)(\d{4})(?:([-/.]?)(\d{2}|(?<=\D)\d)(?:\2(\d{2}|(?<=\D)\d)"
    r"(?:(?:\s*[Tt]\s*|\s+)(\d{1,2}):?(\d{2})(?::?(\d{2})(?:[.,]\d*)?)?\s*(\S.*)?|([+-]\d{2}:\d{2}|Z))?)?)?",
    re.ASCII,
)
# Drupal and others publish a date as HTML, whose attribute is meant for programs (HTML, 4.5.14).
_TIME_ELEMENT = re.compile(r"<time\b[^<>]{0,200}?\bdatetime\s?=\s?[\"']([^\"'<>]{4,60})[\"']", re.IGNORECASE)
# No web feed is older. Programs write the first day of 1970 for "no date".
_EARLIEST = datetime(1970, 1, 2, tzinfo=UTC)
# Clocks are wrong by hours, and a date without a zone by up to 14.
_CLOCK_SKEW = timedelta(days=1)
# The longest dates of feeds, those of JavaScript with the zone's name in words, have some 70 characters.
_MAX_LENGTH = 100
_MAX_MARKUP_LENGTH = 500
# Embargoes can end years ahead; 9999 is what programs write for "never".
_IMPOSSIBLE_AFTER = timedelta(days=3653)


@dataclass(frozen=True)
class ParsedDate:
    """A published date as parsed.

    Attributes:
        value: The date, or None if there is none or it was rejected.
        problem: Why the date was rejected, or "".
        as_published: The date as published, which for the end of an embargo is rightly in the future.
    """

    value: datetime | None = None
    problem: str = ""
    as_published: datetime | None = None


def read_date(raw: str, fetched_at: datetime, zone: tzinfo = UTC, language: str = "") -> ParsedDate:
    """Parse a date, in UTC.

    A date more than a day after the fetch becomes `fetched_at`. A date more than ten years after it, or before
    1970-01-02, is rejected.

    Args:
        raw: As published, in one line; "" for no date.
        fetched_at: When the document was fetched.
        zone: The time zone of a time of day that names none. A day without a time is that day in UTC.
        language: BCP 47, or "": decides between languages in which one word names different months.
    """
    if not raw:
        return ParsedDate()
    text = _without_markup(raw)
    if len(text) > _MAX_LENGTH:
        return ParsedDate(problem=f"not a date: {raw[:_MAX_LENGTH]!r}...")
    try:
        value = _parse(text, zone, language)
    except (ValueError, OverflowError) as error:
        return ParsedDate(problem=f"not a date: {raw!r} ({error})")
    if value < _EARLIEST or value > fetched_at + _IMPOSSIBLE_AFTER:
        return ParsedDate(problem=f"impossible date: {raw!r} (before 1970, or ten years after the fetch)")
    # Clamped and not rejected: such an entry is new, and only its clock is wrong. `as_published` keeps what was
    # written.
    return ParsedDate(fetched_at if value > fetched_at + _CLOCK_SKEW else value, as_published=value)


def _without_markup(raw: str) -> str:
    if ("<" not in raw and "&" not in raw) or len(raw) > _MAX_MARKUP_LENGTH:
        return raw
    element = _TIME_ELEMENT.search(raw)
    return element[1].strip() if element else html_text(raw)


def _parse(raw: str, zone: tzinfo, language: str) -> datetime:
    if match := _ISO.fullmatch(raw):
        try:
            return _of_iso(match, zone)
        except UnknownZoneError:
            pass  # "2026-10-01 10:00:00 PM": more than a zone follows the clock
    if raw.isdigit():
        # A Unix time, or a day whose parts are in an unknown order: either would be a silent guess.
        raise ValueError("only digits")
    found = read_words(raw)
    day = found.day(language)
    # A day without a time stays that day in UTC: a zone east of Greenwich would move it to the day before.
    return _combine(day.year, day.month, day.day, found.time(), found.zone or (zone if found.clock else UTC))


def _of_iso(match: re.Match[str], zone: tzinfo) -> datetime:
    year, _, month, day, *clock, name, of_day = match.groups()
    name = name or of_day  # XML Schema allows a zone after a day: 2026-10-01+02:00
    local = zone if clock[0] else UTC
    return _combine(int(year), int(month or 1), int(day or 1), clock, zone_of(name) if name else local)


def _combine(year: int, month: int, day: int, clock: Sequence[str | int | None], zone: tzinfo) -> datetime:
    """Return the UTC time of a calendar date, a time (hour, minute, second; each may be missing) and a zone."""
    hour, minute, second = (int(part or 0) for part in clock)
    # 24:00 is the end of a day (ISO 8601 4.2.3), second 60 a leap second; datetime knows neither.
    end_of_day = (hour, minute, second) == (24, 0, 0)
    local = datetime(year, month, day, 0 if end_of_day else hour, minute, 59 if second == 60 else second)
    local += timedelta(days=end_of_day)
    # The zone comes last: 24:00 moves the local day, and that day's offset is the one that counts.
    return local.replace(tzinfo=zone).astimezone(UTC)
