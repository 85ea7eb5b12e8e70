"""Datelines: the place and day that a wire puts before the first sentence.

    NAGOYA - Tokyo has ...                          LONDON, March 3 (Reuters) - The ...
    ST. LOUIS, Mo. (AP) — The ...                   PARIS, 12 Jan. (AFP) -
    Berlin/Paris (dpa) - Die ...                    MOSCOW, March 3. /TASS/. The ...
    (ANSA) - ROMA, 03 MAR - Il ...                  МОСКВА, 3 мар - РИА Новости. ...
    SAN FRANCISCO--(BUSINESS WIRE)--The ...         新华社北京4月24日电 ...

A date or a known agency is proof enough. A place alone ("NAGOYA - ") is believed only if it is in capitals, is a city
of `data/cities.txt` or followed by a region of `data/regions.txt`, and has a new sentence after it: "FOOTBALL - Ajax
won" and "IBM - The company" keep their first word. What isn't recognised stays in the text, so nothing is lost.
Forms after the AP Stylebook ("datelines") and the Reuters Handbook of Journalism ("Datelines").
"""

import re
from datetime import date
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from newsbeam.transforms.months import MONTHS
from newsbeam.transforms.text import phrases

_HEAD = 160  # characters in which a dateline ends
_PLACE = 60  # characters of the longest place
_SEPARATOR = re.compile(
    r"\s*(?:--|[–—―])-?(?:\s+|$|(?=\S))|(?:\s+|(?<=[\w.)/,]))-(?:\s+|$)|(?<=[\d)])\s+-(?=[A-Z<\"“])|(?<=[/)])[:.]\s+"
)
_AGENCY = re.compile(rf"(?:{'|'.join(phrases.DATELINE_AGENCIES)})(?:[/ -][\w./ -]{{1,30}})?", re.IGNORECASE)
_IN_BRACKETS = re.compile(
    r",?\s*(?:\(([^()]{2,40})\)|/([^/]{2,40})/|,\s*(Reuters?|REUTERS?|AFP|AP|dpa|UPI|Xinhua))\s*[,.]?$"
)
_AGENCY_FIRST = re.compile(r"\(([^()]{2,40})\)\s*[-–—]+\s*")
_XINHUA = re.compile(r"新华社(\w{2,12}?)(\d{1,2})月(\d{1,2})日电\s*")
_AGENCY_AFTER = re.compile(
    r"(?:\(([^()]{2,30})\)|(РИА Новости|ТАСС|Интерфакс|REUTERS|AFP|AP|dpa))\s*(?:[.:]\s+|[-–—]+\s*)"
)

_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
_DAY = r"(?P<{0}>[0-3]?\d)(?:st|nd|rd|th|er|\.)?"
_DATE = re.compile(
    r"(?:^|,\s*+|(?<=\.)|(?<!\s)\s++)(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day,?\s+)?(?:le\s+|den\s+)?"
    rf"(?:(?P<month1>{_MONTH})\.?\s*{_DAY.format('day1')}|{_DAY.format('day2')}\s*(?P<month2>{_MONTH})\.?)"
    r"(?:,?\s*(?P<year>(?:19|20)\d\d))?\s*[,.]?$",
    re.IGNORECASE,
)
_NOT_A_PLACE = re.compile(
    r"(?:on|in|by|at|from|of|for|update|updated|last|since|until|after|before|published|posted|(?:mon|tues|wednes|thurs|"
    r"fri|satur|sun)day|am|vom|position|week|year|month|quarter)\b",
    re.IGNORECASE,
)
_PARTICLES = phrases.words("de da do del della di du des la le las los of the am an der den im in on sur upon en y et")
_SENTENCE_START = re.compile(r"""["'“”‘„«¿¡(\[<$£€*-]*(?:[^\W\d_]|\d)""")
_SURE_YEAR_DAYS = 60  # without a year or a publication date, the year is that of fetching only for recent days


class Dateline(NamedTuple):
    """A dateline that was taken off.

    Attributes:
        place: As written: "BRUSSELS/PARIS", "ST. LOUIS, Mo."
        month, day, year: 0 where they aren't given.
        text: What comes after it; "" if the paragraph was only a dateline.
        proven: Whether a date or an agency proves it, or it is only a known place.
    """

    place: str
    month: int
    day: int
    year: int
    text: str
    proven: bool = True


def take_off(text: str) -> Dateline | None:
    """Return the dateline at the head of `text`, and the text without it; None if there is none."""
    xinhua = _XINHUA.match(text)
    if xinhua:
        return Dateline(xinhua[1], int(xinhua[2]), int(xinhua[3]), 0, text[xinhua.end() :])
    prefix = _AGENCY_FIRST.match(text[:_HEAD])
    start = prefix.end() if prefix and _AGENCY.fullmatch(prefix[1].strip()) else 0
    for separator in _SEPARATOR.finditer(text[start : start + _HEAD]):
        rest = text[start + separator.end() :]
        found = _read(text[start : start + separator.start()], rest, bool(start), separator[0])
        if found:
            return found
    return None


def _read(head: str, rest: str, known_agency: bool, separator: str) -> Dateline | None:
    """Read `head`, what is before a separator, as a dateline: PLACE[, REGION][, DATE] [(AGENCY)]."""
    head = head.strip(" *")
    brackets = _IN_BRACKETS.search(head)
    if brackets:
        if not _AGENCY.fullmatch((brackets[1] or brackets[2] or brackets[3]).strip()):
            return None
        head, known_agency = head[: brackets.start()], True
    elif separator.strip() in (":", "."):
        return None
    day = _DATE.search(head)
    place = (head[: day.start()] if day else head).strip(" ,")
    after = _AGENCY_AFTER.match(rest)
    if after and _AGENCY.fullmatch((after[1] or after[2]).strip()):
        rest, known_agency = rest[after.end() :], True
    proven = bool(day) or known_agency
    if not _is_place(place, proven) or not (proven or _starts_sentence(rest)):
        return None
    month, number, year = _date_parts(day) if day else (0, 0, 0)
    return Dateline(place, month, number, year, rest, proven)


def _date_parts(match: re.Match[str]) -> tuple[int, int, int]:
    month = MONTHS[(match["month1"] or match["month2"]).lower()]
    return month, int(match["day1"] or match["day2"]), int(match["year"] or 0)


def _starts_sentence(text: str) -> bool:
    match = _SENTENCE_START.match(text)
    return match is not None and not match[0][-1].islower()


def _is_place(place: str, proven: bool) -> bool:
    if not 2 <= len(place) <= _PLACE or _NOT_A_PLACE.match(place) or any(map(str.isdigit, place)):
        return False
    cities = re.split(r"\s*/\s*|\s+and\s+|\s*&\s*|\s+AND\s+", place)
    if not all(_is_named(city) for city in cities):
        return False
    return proven or (place.split(",")[0].isupper() and all(_is_known(city) for city in cities))


def _is_named(city: str) -> bool:
    """Tell whether every word begins with a capital, particles aside, and there are no more words than a name has."""
    words = city.replace(",", " ").split()
    return 1 <= len(words) <= 6 and all(word[0].isupper() or word.lower() in _PARTICLES for word in words)


def _is_known(city: str) -> bool:
    name, _, region = (part.strip() for part in city.partition(","))
    if region:
        return region.rstrip(".,").upper() in _names("regions.txt")
    return name.upper() in _names("cities.txt")


@cache
def _names(file: str) -> frozenset[str]:
    text = files("newsbeam.transforms.text").joinpath("data", file).read_text(encoding="utf-8")
    return frozenset(line for line in text.splitlines() if line and not line.startswith("#"))


def resolve(dateline: Dateline, published: date | None, fetched: date) -> date | None:
    """Return the day that a dateline names; None if it names none, or its year can't be told.

    Args:
        dateline: As `take_off` returned it.
        published: When the entry says it was published: the nearest such day is meant.
        fetched: When it was fetched, asked only if `published` is None, and only for days within two months of it.
    """
    if not dateline.month:
        return None
    if dateline.year:
        return _day(dateline.year, dateline)
    near = published or fetched
    days = [day for year in (near.year - 1, near.year, near.year + 1) if (day := _day(year, dateline))]
    best = min(days, key=lambda day: abs(day - near), default=None)
    if best and not published and abs((best - near).days) > _SURE_YEAR_DAYS:
        return None
    return best


def _day(year: int, dateline: Dateline) -> date | None:
    try:
        return date(year, dateline.month, dateline.day)
    except ValueError:
        return None
