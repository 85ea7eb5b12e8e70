"""Parses dates in words and figures (RFC 822 and its many relatives) into year, month, day, time and zone.

A text with an unknown word or an unused number is not a date, since a parser that skips what it does not know invents
dates. (dateutil was tried: it inverts the sign of "GMT+1", as POSIX does, and takes an unused number for the year.)
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, tzinfo

from newsbeam.transforms.parse.calendar_words import fold, is_calendar_word, month_of, weekdays_of
from newsbeam.transforms.parse.zones import LONG_NAME, MINUS, UnknownZoneError, zone_of

# The order of the alternatives is the grammar: a numeric date before a clock ("2026-11-30 ..."), a clock before a
# number, an offset before a hyphen, an area ("Europe/Berlin") before a word.
_TOKEN = re.compile(
    rf"""
      (?P<year_first>(?P<y1>\d{{4}})(?P<s1>[-/.])\s?(?P<m1>\d{{1,2}})(?P=s1)\s?(?P<d1>\d{{1,2}})(?!\d)\.?)
    | (?P<year_last>(?P<a2>\d{{1,2}})(?P<s2>[-/.])\s?(?P<b2>\d{{1,2}})(?P=s2)\s?(?P<y2>\d{{4}})(?!\d))
    | (?P<clock>(?P<h>\d{{1,2}})(?::(?P<mi>\d{{1,2}})(?::(?P<s>\d{{1,2}})(?:[.,]\d{{1,9}})?)?
        |\s?h\s?(?P<hmi>\d\d)?(?![^\W_])|(?=\s?[ap]\.?\s?m\b))(?!\d))
    | (?P<dotted>(?P<dh>\d{{1,2}})\.(?P<dm>\d\d)(?:\.(?P<ds>\d\d)(?:\.\d{{1,9}})?)?(?![\d.]))
    | (?P<half>(?P<pm>p\.?\s?m\b|μ\.?μ\b|午後|下午|오후)|(?:a\.?\s?m\b|π\.?μ\b|午前|上午|오전))\.?
    | (?P<offset>(?:(?:UTC|GMT|UT)\s?)?[+{MINUS}]\d{{1,2}}(?::?\d\d)?(?!\d)(?:\s?\[[A-Za-z0-9_+/\-]{{1,40}}\])?)
    | (?P<area>(?:[A-Z][A-Za-z_]{{1,20}}/[A-Za-z][A-Za-z0-9_+/\-]{{0,40}})|(?:{LONG_NAME})\b)
    | (?P<number>\d{{1,4}})(?!\d)(?:(?:st|nd|rd|th|er|[ºª°])(?![^\W\d_]))?\.?
    | (?P<word>[^\s\d,;|()\[\]/:+\-–—@·•]+(?:-feira\b|-ال[^\W\d_]{{3,6}})?)
    | (?P<gap>[\s,;|/@·•]+|[\-–—]+)
    """,
    re.IGNORECASE | re.VERBOSE,
)
# East Asian and Vietnamese dates have their units after the numbers.
_UNITS = (
    (re.compile(r"(\d{2,4})\s?[年년]\s?(\d{1,2})\s?[月월]\s?(\d{1,2})\s?[日号號일]"), r"\1-\2-\3 "),
    (re.compile(r"(\d{1,2})\s?[時时点點시]\s?(\d{1,2})\s?[分분](?:\s?(\d{1,2})\s?[秒초])?"), r"\1:\2:\3"),
    (re.compile(r"(\d{1,2})\s(?:tháng|thg|th)\.?\s?(\d{1,2}),?(?:\snăm)?\s(\d{4})(?!\d)", re.I), r"\1.\2.\3"),
    (re.compile(r"(?<=\d):(?!\d)"), ""),
    # Names of several words: Vietnamese days of the week, and the months of the Levant.
    (re.compile(r"(?:thứ (?:hai|ba|tư|năm|sáu|bảy)|chủ nhật)\b,?", re.I), " "),
    (re.compile(r"(تشرين|كانون) (ال[^\W\d_]{3,6})"), r"\1-\2"),
)
# A time without a colon, after the year and before its zone: "03 Apr 02 1500 GMT".
_FOUR_FIGURES = re.compile(
    r"(?:(?<=\s\d{4}\s)|(?<=\d\s[A-Za-z]{3}\s\d\d\s))([01]\d|2[0-3])([0-5]\d)(?=\s(?:GMT|UTC?|Z)\b)"
)
_COMMENT = re.compile(r"\(([^()]*)\)")
# Go's Time.String() appends the monotonic clock's reading, which means nothing outside of its process.
_GO_MONOTONIC = re.compile(r" m=[+-][\d.]{1,30}$")
_FILLERS = """
    t the of at on de del di da la las le les el um uhr den der am om uur kl klo ore alle as a v ve o г года в р року
    m d gada plkst godz hod saat ngay luc יום ora στισ ωρα h hs hrs hours horas heures
"""
_FILLER_WORDS = frozenset(_FILLERS.split())


@dataclass
class Worded:
    """The parts of a date in words.

    Attributes:
        names: The folded words that are months or days of the week.
        numbers: The numbers that stand alone, as written.
        dates: Numeric dates: year, two numbers, and the separator; with "." the day is first.
        clock: Hour, minute, second; None if there is no time.
        pm: Whether the time is after noon; None if it is not marked.
    """

    names: list[str] = field(default_factory=list)
    numbers: list[str] = field(default_factory=list)
    dates: list[tuple[str, str, str, str]] = field(default_factory=list)
    clock: tuple[int, int, int] | None = None
    pm: bool | None = None
    zone: tzinfo | None = None

    def day(self, language: str = "") -> date:
        """Return the day; raise ValueError if there is not exactly one."""
        # Words beside a numeric date may only be days of the week: a month's name too would be a second date.
        if len(self.dates) == 1 and not self.numbers and all(map(weekdays_of, self.names)):
            return self._of_numbers(*self.dates[0])
        months = self._months(language)
        # A third number would be left over, and a parser that drops it invents a date.
        if self.dates or len(self.numbers) != 2 or len(months) != 1:
            raise ValueError("it does not have exactly one day, month and year")
        first, second = self.numbers
        # Of two short numbers the day comes first, as in RFC 822.
        year, day = (first, second) if len(first) == 4 else (second, first)
        if len(day) > 2 or len(year) not in (2, 4):
            raise ValueError("it does not have exactly one day, month and year")
        return date(full_year(year), months[0], int(day))

    def time(self) -> tuple[int, int, int]:
        """Return hour (0 to 23), minute and second; midnight if there is no time.

        Raises:
            ValueError: There is AM or PM without a time, or with an hour that it can't have.
        """
        hour, minute, second = self.clock or (0, 0, 0)
        if self.pm is None:
            return hour, minute, second
        if self.clock is None or (hour > 12 and not self.pm) or (hour == 0 and self.pm):
            raise ValueError("not a valid time of day")
        # Some programs write "15:30 PM", which can be read in only one way.
        return (hour if hour > 12 else hour % 12 + 12 * self.pm), minute, second

    def _months(self, language: str) -> list[int]:
        """Return the months; one of two words may be a day of the week ("mar. 3 nov.", "mar. 3 mar.")."""
        days = [name for name in self.names if weekdays_of(name)]
        months = {name: month_of(name, next(iter(days), ""), language) for name in self.names}
        named = [name for name, month in months.items() if month]
        return [months[name] for name in named if len(named) == 1 or name not in days]

    def _of_numbers(self, year: str, one: str, other: str, separator: str) -> date:
        """Return the day of a numeric date; with dots the day comes first."""
        readings = {(int(other), int(one))}
        if separator != ".":
            readings.add((int(one), int(other)))
        days = [date(int(year), month, day) for month, day in sorted(readings) if month <= 12]
        weekdays = {day for name in self.names for day in weekdays_of(name)}
        # The weekday decides between day and month only where both are possible: elsewhere a wrong weekday is the
        # smaller fault.
        if len(days) > 1 and weekdays:
            days = [day for day in days if day.weekday() in weekdays]
        if len(days) != 1:
            raise ValueError("it can be read in more than one way")
        return days[0]


def full_year(digits: str) -> int:
    """Return the year of two or four digits (RFC 2822 4.3): 00 to 49 are 2000 to 2049, 50 to 99 are 1950 to 1999."""
    year = int(digits)
    if len(digits) == 4:
        return year
    return year + (2000 if year < 50 else 1900)


def read_words(raw: str) -> Worded:
    """Parse a date in words.

    Raises:
        ValueError: A part of it is not understood, or occurs twice. UnknownZoneError is a subclass.
    """
    text = _FOUR_FIGURES.sub(r"\1:\2", _GO_MONOTONIC.sub("", unicodedata.normalize("NFKC", raw)))
    for pattern, figures in () if text.isascii() else _UNITS:
        text = pattern.sub(figures, text)
    comments = _COMMENT.findall(text)
    found = Worded()
    for last, match, following in _tokens(_COMMENT.sub(" ", text).strip()):
        _add(found, match, last, following)
    # A comment repeats the zone in words ("+0200 (CEST)"); the offset before it is the exact one.
    if found.zone is None and found.clock:
        found.zone = next(filter(None, map(_zone_or_none, comments)), None)
    return found


def _tokens(text: str) -> Iterator[tuple[str, re.Match[str], str]]:
    """Yield the tokens except gaps, each with the kind of the token before it and the next character."""
    at, last = 0, ""
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise ValueError(f"not understood: {text[at : at + 20]}")
        is_hyphen = match["offset"] is not None and last not in _BEFORE_ZONES and match[0][0] not in "+GUgu"
        at = match.start() + 1 if is_hyphen else match.end()
        if is_hyphen:
            continue  # "20-Nov-2026"
        if match["gap"] is None:
            yield last, match, text[at : at + 1]
            last = _kind(match)


_BEFORE_ZONES = frozenset({"clock", "dotted", "half"})
_KINDS = ("year_first", "year_last", "clock", "dotted", "half", "offset", "area", "number", "word")


def _kind(match: re.Match[str]) -> str:
    return next(kind for kind in _KINDS if match[kind] is not None)


def _add(found: Worded, match: re.Match[str], last: str, following: str) -> None:
    """Add a token to `found`; `last` is the kind of the token before it."""
    kind = _kind(match)
    if kind == "word":
        _add_word(found, match[0], last, following)
    elif kind == "number":
        found.numbers.append(match["number"])
    elif kind == "year_first":
        # After the year comes the month, whatever the separator: "." stands for an order that is known.
        found.dates.append((match["y1"], match["d1"], match["m1"], "."))
    elif kind == "year_last":
        found.dates.append((match["y2"], match["a2"], match["b2"], match["s2"]))
    elif kind == "half":
        _add_half(found, match, last)
    elif kind in ("clock", "dotted"):
        _add_clock(found, match)
    else:
        _add_zone(found, match[0], last)


def _add_half(found: Worded, match: re.Match[str], last: str) -> None:
    """Add a.m. or p.m., which follows the time except in East Asia; elsewhere "am" is a German word."""
    if last in _BEFORE_ZONES or not match[0].isascii():
        found.pm = match["pm"] is not None
    elif fold(match[0]) not in _FILLER_WORDS:
        raise ValueError(f"not understood: {match[0]}")


def _add_clock(found: Worded, match: re.Match[str]) -> None:
    if found.clock:
        raise ValueError("it has two times of day")
    hour, minute = match["h"] or match["dh"], match["mi"] or match["hmi"] or match["dm"]
    found.clock = (int(hour), int(minute or 0), int(match["s"] or match["ds"] or 0))


def _add_zone(found: Worded, name: str, last: str) -> None:
    if last not in _BEFORE_ZONES:
        raise ValueError(f"not understood: {name}")
    found.zone = zone_of(name)


def _add_word(found: Worded, word: str, last: str, following: str) -> None:
    name = fold(word)
    if name[:1] == "ב" and is_calendar_word(name[1:]):
        name = name[1:]  # Hebrew writes "in November" as one word
    if found.clock and word.isupper() and len(word) < 6 and _add_abbreviation(found, word, last):
        return
    if is_calendar_word(name):
        found.names.append(name)
    elif name in _FILLER_WORDS or (not last and following == "," and word.rstrip(".").isalpha()):
        pass  # a first word before a comma is a day of the week (RFC 822 5.1), in whatever language
    elif found.clock and word.isupper() and len(word) < 6:
        raise UnknownZoneError(f"unknown time zone {word}")
    else:
        raise ValueError(f"not understood: {word[:20]}")


def _add_abbreviation(found: Worded, word: str, last: str) -> bool:
    """Add the abbreviation of a zone; after an offset it only repeats it."""
    # A single letter is a military zone only right after the time: "T", "O" and "A" are also fillers.
    if len(word) == 1 and last not in _BEFORE_ZONES:
        return False
    zone = _zone_or_none(word)
    if zone and found.zone is None:
        found.zone = zone
    return zone is not None or last == "offset"


def _zone_or_none(name: str) -> tzinfo | None:
    try:
        return zone_of(name.strip())
    except UnknownZoneError:
        return None
