"""Converts the time zones that dates name into tzinfo."""

import re
from datetime import UTC, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

MINUS = "\\-\u2010-\u2013\u2212"
# Go prints an offset and a name, Java an offset and an area in brackets: the offset is enough.
_OFFSET = re.compile(
    rf"(?:UTC|GMT|UT)?\s?([+{MINUS}])(\d{{1,2}}):?(\d{{2}})?(?:\s(?:[A-Z]{{1,5}}|[+\-]\d{{2,4}}))?",
    re.IGNORECASE | re.ASCII,
)
_AREA_AFTER = re.compile(r"(?<=\S)\s?\[[A-Za-z0-9_+/\-]{1,40}\]$")
# Programs append "Z" to a time that has its offset already; with another offset the two contradict each other.
_NO_OFFSET_TWICE = re.compile(r"\+00:?00\s?Z", re.IGNORECASE)
# Hours east of Greenwich of the names that mean one zone in practice: RFC 822 5.1 and what agencies write.
# IST, SST and others are left out on purpose: no date is better than one that is off by hours.
_HOURS = {
    **dict.fromkeys(("UT", "UTC", "GMT", "WET"), 0.0),
    **{"EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7, "AKST": -9, "AKDT": -8},
    **{"HST": -10, "AST": -4, "ADT": -3, "NST": -3.5, "NDT": -2.5, "BRT": -3, "ART": -3},
    **dict.fromkeys(("WEST", "BST", "CET", "MET", "MEZ"), 1.0),
    **dict.fromkeys(("CEST", "MEST", "MESZ", "SAST", "EET"), 2.0),
    **{"EEST": 3, "MSK": 3, "EAT": 3, "PKT": 5, "WIB": 7, "ICT": 7},
    **{"HKT": 8, "SGT": 8, "PHT": 8, "AWST": 8, "JST": 9, "KST": 9},
    **{"ACST": 9.5, "ACDT": 10.5, "AEST": 10, "AEDT": 11, "NZST": 12, "NZDT": 13},
}
# Names for both standard and summer time, which the rules of a place tell apart; and the long names of CLDR that Java
# and JavaScript print.
_AREAS = {"ET": "America/New_York", "PT": "America/Los_Angeles"}
_LONG = {
    "coordinated universal time": "UTC",
    "greenwich mean time": "GMT",
    "central european time": "Europe/Berlin",
    "eastern time": "America/New_York",
    "pacific time": "America/Los_Angeles",
    "british summer time": "BST",
    "central european standard time": "CET",
    "central european summer time": "CEST",
    "eastern european standard time": "EET",
    "eastern european summer time": "EEST",
    "eastern standard time": "EST",
    "eastern daylight time": "EDT",
    "central standard time": "CST",
    "central daylight time": "CDT",
    "mountain standard time": "MST",
    "mountain daylight time": "MDT",
    "pacific standard time": "PST",
    "pacific daylight time": "PDT",
    "japan standard time": "JST",
    "moscow standard time": "MSK",
    "india standard time": "Asia/Kolkata",
    "china standard time": "Asia/Shanghai",
    "korean standard time": "KST",
    "singapore standard time": "SGT",
    "australian eastern standard time": "AEST",
    "australian eastern daylight time": "AEDT",
}
# Longest first: an alternation takes the first that matches, and some names begin with others.
LONG_NAME = "|".join(map(re.escape, sorted(_LONG, key=len, reverse=True)))
# Line Islands, UTC+14, are the furthest zone.
_FURTHEST = timedelta(hours=14)


class UnknownZoneError(ValueError):
    """The name is not a time zone, or it is several: IST is three."""


@lru_cache(maxsize=512)
def zone_of(name: str) -> tzinfo:
    """Return a time zone by an offset, with GMT or UTC before it or a name after it, by a name, or by an IANA area.

    "GMT+1" and "UTC+01:00" in a date are east of Greenwich (ECMA-262 Date.toString, ISO 8601), not west as in POSIX.

    Raises:
        UnknownZoneError: It is not a time zone, or it is ambiguous.
    """
    name = _NO_OFFSET_TWICE.sub("Z", _AREA_AFTER.sub("", name.strip()).strip("[]"))
    name = _LONG.get(name.lower(), name)
    match = _OFFSET.fullmatch(name)
    if match:
        offset = timedelta(hours=int(match[2]), minutes=int(match[3] or 0))
        if offset > _FURTHEST or int(match[3] or 0) > 59:
            raise UnknownZoneError(f"not a time zone: {name}")
        return timezone(offset if match[1] == "+" else -offset)
    if name.upper() in _HOURS:
        return timezone(timedelta(hours=_HOURS[name.upper()]))
    if len(name) == 1 and name.isalpha():
        return UTC  # military zones were published with the wrong sign, so they are ignored (RFC 2822 4.3)
    return _area(_AREAS.get(name, name))


def local_zone(name: str) -> tzinfo:
    """Return the configured time zone of a source; UTC for ""."""
    return zone_of(name) if name else UTC


def is_area(name: str) -> bool:
    """Return whether this is an IANA area ("America/New_York"); the old names "EST" and "Japan" are not."""
    try:
        return bool(_area(name))
    except UnknownZoneError:
        return False


def _area(name: str) -> tzinfo:
    try:
        # Without a slash are names of old, "Cuba" or "EST": words of a text, and zones without summer time.
        return ZoneInfo(name if "/" in name else "")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UnknownZoneError(f"unknown time zone {name[:20]}") from None
