"""Extracts datelines: the place and day that a wire puts before the first sentence.

    NAGOYA - Tokyo has ...                          LONDON, March 3 (Reuters) - The ...
    ST. LOUIS, Mo. (AP) _ The ...                   PARIS, 12 Jan. (AFP) -
    Berlin/Paris (dpa) - Die ...                    MOSCOW, March 3. /TASS/. The ...
    (ANSA) - ROMA, 03 MAR - Il ...                  МОСКВА, 3 мар - РИА Новости. ...
    SAN FRANCISCO--(BUSINESS WIRE)--Jan 3, 2025--   新华社北京4月24日电 ...
    New Delhi [India], January 3 (ANI): The ...     BRUSSEL 16/01 (BELGA) = De ...
    HANOI, Nov 26 AFP - The ...                     NEW DELHI: The ...

A place is accepted if it is in capitals or known (`places`) and has a day or an agency; without these, only if it is a
city in capitals and a new sentence follows: "FOOTBALL - Ajax won" and "IBM - The company" keep their first word. A
range of days is not a dateline. Two letters in brackets are an agency only after a known place: stock symbols and
parties look the same. What isn't recognised stays in the text, so nothing is lost.
Forms after the AP Stylebook ("datelines") and the Reuters Handbook of Journalism ("Datelines").
"""

import re
from datetime import date
from typing import NamedTuple

from newsbeam.transforms.newsroom.months import MONTHS
from newsbeam.transforms.text import phrases
from newsbeam.transforms.text.own_datelines import own_form
from newsbeam.transforms.text.places import is_in_capitals, is_known, is_name

_HEAD = 160  # characters within which a dateline ends
_SEPARATOR = re.compile(
    r"\s*(?:--|[–—―])-?(?:\s+|$|(?=\S))|(?:\s+|(?<=[\w.)/,]))-(?:\s+|$)|(?<=[\d)])\s+-(?=[A-Z<\"“])"
    r"|\s+_\s+|(?<=\))\s*(?:=|\.-|:-)\s+|\s?:\s+|(?<=[/)])\.\s+|(?<=\))\s+(?=[\"“«„¿¡(]?[^\W\d_a-z])"
)
_MAY_SEPARATE = re.compile(r"[-–—―_:=)/]")  # in or before each separator; most paragraphs have none and are done
_COLON = ":"
# Not the name of a stock or a party: an agency that proves an unknown place in capitals.
_SURE_AGENCY = re.compile(r"(?:afp|dpa|upi|риа|тасс)\b|[^\W\d_]{5}", re.IGNORECASE)
_AGENCY = re.compile(
    rf"(?:{'|'.join(phrases.DATELINE_AGENCIES)}|AP|PA|AA|CP|TT)(?:[/-][\w./ -]{{1,30}})?", re.IGNORECASE
)
_LOCAL_DESK = re.compile(r"(?:dpa|epd|kna|KNA)/[\w-]{2,10}")  # "(dpa/lsw)": nothing else has this form
_IN_BRACKETS = re.compile(r",?\s*(?:\(([^()]{2,60})\)|\[([^\[\]]{2,40})\]|/([^/]{2,40})/)\s*[,.]?$")
_BARE_AGENCY = re.compile(
    r"(?<=[\w.]),?\s+([A-Z]{2,9}|dpa|Reuters?|Xinhua|Kyodo|Belga|Lusa|Yonhap|Bernama|Interfax)[,.]?$"
)
_AGENCY_FIRST = re.compile(r"[(\[]([^()\[\]]{2,40})[)\]]\s*(?:[-–—_]{1,2}|:)?\s*")
_AGENCY_AFTER = re.compile(
    r"(?:\(([^()]{2,60})\)|(РИА Новости|ТАСС|Интерфакс|REUTERS|AFP|AP|dpa|Media OutReach Newswire))"
    r"\s*(?:[.:]\s+|[-–—]+\s*)"
)
# "TORONTO, ON / ACCESSWIRE / January 3, 2025 / "
_SLASHED = re.compile(r"(?P<place>[^/]{2,60}?) ?/ ?(?P<agency>[A-Z][\w ]{2,30}?) ?/ ?(?P<day>[^/]{5,20}?) ?/ ?")

_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
_WEEKDAY = (
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)day|(?:mon|diens|donners|frei|sams|sonn)tag|mittwoch|sonnabend|lundi|mardi"
    r"|mercredi|jeudi|vendredi|samedi|dimanche|lunes|martes|miércoles|jueves|viernes|sábado|domingo|lunedì|martedì"
    r"|mercoledì|giovedì|venerdì|sabato|domenica|(?:segunda|terça|quarta|quinta|sexta)-feira"
)
_DAY = r"(?P<{0}>[0-3]?\d)(?:st|nd|rd|th|er|\.)?"
_DATE = re.compile(
    rf"(?:^|,\s*+|(?<=\.)|(?<!\s)\s++)(?:(?:{_WEEKDAY}),?\s+)?(?:le\s+|den\s+|el\s+)?"
    rf"(?:(?P<month1>{_MONTH})\.?\s*{_DAY.format('day1')}|{_DAY.format('day2')}\s*(?:de\s+)?(?P<month2>{_MONTH})\.?)"
    r"(?:,?\s*(?:de\s+)?(?P<year>(?:19|20)\d\d))?\s*[,.]?$",
    re.IGNORECASE,
)
_NUMERIC_DATE = re.compile(r",?\s+(?P<day>[0-3]?\d)[/.](?P<month>[01]?\d)\.?(?:/?(?P<year>(?:19|20)\d\d))?\s*[,.]?$")
_DATE_FIRST = re.compile(r"[^-–—]{5,20}?(?=\s*(?:[-–—]{1,2}\s|--))")
_RANGE = re.compile(rf"(?:(?:{_MONTH})\.?\s+)?\d{{1,2}}(?:st|nd|rd|th|\.)?(?:\s+(?:{_MONTH})\b|\s*[,:;.)–—-]|$)", re.I)
_RANGE_OF_MONTHS = re.compile(rf"(?:{_MONTH})\.?\s+\d{{1,2}}\b", re.IGNORECASE)
_SENTENCE_START = re.compile(r"""["'“”‘„«¿¡(\[<$£€*-]*(?:[^\W\d_]|\d)""")
_DAYS_BACK = 28  # in which no number of a day occurs twice
_SURE_YEAR_DAYS = 60  # how far from fetching a day without year and publication date can be


class Dateline(NamedTuple):
    """A dateline, extracted from a paragraph.

    Attributes:
        place: As written: "BRUSSELS/PARIS", "ST. LOUIS, Mo."; "" if there is only an agency.
        month, day, year: 0 if not given; some agencies give the day alone.
        text: The text after it; "" if the paragraph was only a dateline.
        proven: True if it has a date or an agency, False if it is only a known place.
        agency: As written; "" if there is none.
    """

    place: str
    month: int
    day: int
    year: int
    text: str
    proven: bool = True
    agency: str = ""


class _Day(NamedTuple):
    month: int = 0
    day: int = 0
    year: int = 0


_NO_DAY = _Day()


def extract_dateline(text: str) -> Dateline | None:
    """Return the dateline at the beginning of `text`, with the text after it; None if there is none."""
    if not text[:_HEAD].isascii() and (own := own_form(text)):
        return Dateline(own.place, own.month, own.day, 0, text[own.end :], agency=own.agency)
    if not _MAY_SEPARATE.search(text, 0, _HEAD):
        return None
    slashed = _SLASHED.match(text)
    if slashed and _is_agency(slashed["agency"]) and (day := _DATE.fullmatch(slashed["day"])):
        return Dateline(slashed["place"].strip(), *_day_of(day), text[slashed.end() :], agency=slashed["agency"])
    prefix = _AGENCY_FIRST.match(text[:_HEAD])
    agency = prefix[1].strip() if prefix and _is_agency(prefix[1]) else ""
    start = prefix.end() if prefix and agency else 0
    # All of them: a dateline may have a dash of its own ("LONDON-PARIS") before the one that ends it.
    for separator in _SEPARATOR.finditer(text[start : start + _HEAD]):
        rest = text[start + separator.end() :]
        found = _read(text[start : start + separator.start()], rest, agency, separator[0].strip())
        if found:
            return found
    is_closed = prefix is not None and prefix[0].rstrip().endswith(("-", "–", "—", "_", ":"))
    if agency and is_closed and _stands_alone(agency) and _is_sentence(text[start:]):
        return Dateline("", *_NO_DAY, text[start:], agency=agency)
    return None


def is_list_item(text: str) -> bool:
    """Return whether `text`, of a later paragraph, also begins with a place: both are items of a list."""
    other = extract_dateline(text)
    return other is not None and not other.proven


def _read(head: str, rest: str, agency: str, separator: str) -> Dateline | None:
    """Parse `head`, the text before a separator, as a dateline: PLACE[, REGION][, DATE] [(AGENCY)]."""
    head = head.strip(" *_")
    day = _NO_DAY
    brackets = _IN_BRACKETS.search(head)
    if brackets:
        agency, day = _in_brackets(brackets[1] or brackets[2] or brackets[3])
        if not agency:
            return None
        head = head[: brackets.start()]
    elif (bare := _BARE_AGENCY.search(head)) and _is_agency(bare[1]) and _stands_alone(bare[1]):
        agency, head = bare[1], head[: bare.start()]
    elif separator in (".", "=", ".-", ":-", ""):
        return None
    place, day = _place_and_day(head, day, has_agency=bool(agency))
    rest, agency, day = _agency_after_separator(rest, agency, day)
    if not _is_dateline(place, agency, day, rest, separator):
        return None
    return Dateline(place, *day, rest, bool(agency) or day != _NO_DAY, agency)


def _is_dateline(place: str, agency: str, day: _Day, rest: str, separator: str) -> bool:
    if day != _NO_DAY and (_RANGE.match(rest) or (_RANGE_OF_MONTHS.match(rest) and not is_in_capitals(place))):
        return False
    if not place:
        return bool(agency and day != _NO_DAY and _stands_alone(agency))
    if not is_name(place):
        return False
    if is_known(place) or (agency and _LOCAL_DESK.fullmatch(agency)):
        proven = bool(agency) or day != _NO_DAY
    elif agency and day == _NO_DAY:
        is_sure = _SURE_AGENCY.match(agency) is not None
        proven = is_sure and (is_in_capitals(place) or (agency[:3] == "dpa" and place.isalpha()))
    else:
        proven = day != _NO_DAY and is_in_capitals(place)
    return proven or (not agency and day == _NO_DAY and _stands_by_itself(place, rest, separator))


def _stands_by_itself(place: str, rest: str, separator: str) -> bool:
    """Return whether a place without day and agency is a dateline: a city in capitals, with a new sentence after it."""
    if separator == _COLON and not rest[:1].isalpha() and rest[:1] not in "\"“«„'‘":
        return False
    return is_in_capitals(place) and is_known(place, small=False) and _is_sentence(rest)


def _is_agency(name: str) -> bool:
    name = name.strip()
    if name.lower() in phrases.WORDS_AND_AGENCIES and not name.isupper():
        return False
    return _AGENCY.fullmatch(name) is not None


def _is_short(agency: str) -> bool:
    """Return whether an agency's name is two letters, like stock symbols and parties."""
    return agency.lower() in phrases.SHORT_AGENCIES


def _stands_alone(agency: str) -> bool:
    """Return whether an agency's name is proof without a place; AP is well known, in capitals."""
    return agency == "AP" or not _is_short(agency)


def _in_brackets(text: str) -> tuple[str, _Day]:
    """Return the agency, and the day if given, of "Reuters", "Newsfile Corp. - January 3, 2025", "dpa/lsw"."""
    name, _, after = text.partition(" - ")
    if not _is_agency(name):
        name, _, after = text.partition(", ")
    day = _DATE.fullmatch(after.strip()) if after else None
    return (name.strip(), _day_of(day) if day else _NO_DAY) if _is_agency(name) else ("", _NO_DAY)


def _place_and_day(head: str, day: _Day, has_agency: bool) -> tuple[str, _Day]:
    if match := _DATE.search(head):
        return head[: match.start()].strip(" ,"), _day_of(match)
    numeric = _NUMERIC_DATE.search(head) if has_agency else None
    if numeric and 1 <= int(numeric["month"]) <= 12:
        day = _Day(int(numeric["month"]), int(numeric["day"]), int(numeric["year"] or 0))
        head = head[: numeric.start()]
    return head.strip(" ,"), day


def _agency_after_separator(rest: str, agency: str, day: _Day) -> tuple[str, str, _Day]:
    """Strip an agency after the dash: "(Newsfile Corp. - May 3, 2025) -", "(BUSINESS WIRE)--May 3, 2025--"."""
    match = _AGENCY_AFTER.match(rest)
    if match:
        name, given = _in_brackets(match[1] or match[2])
        if name:
            rest, agency, day = rest[match.end() :], name, day if given == _NO_DAY else given
    if agency and day == _NO_DAY and (match := _DATE_FIRST.match(rest)) and (date_first := _DATE.fullmatch(match[0])):
        return rest[match.end() :].lstrip(" -–—"), agency, _day_of(date_first)
    return rest, agency, day


def _day_of(match: re.Match[str]) -> _Day:
    month = MONTHS[(match["month1"] or match["month2"]).lower()]
    return _Day(month, int(match["day1"] or match["day2"]), int(match["year"] or 0))


def _is_sentence(text: str) -> bool:
    match = _SENTENCE_START.match(text)
    return match is not None and not match[0][-1].islower()


def resolve(dateline: Dateline, published: date | None, fetched: date) -> date | None:
    """Return the day that a dateline names; None if it has none, or its year is unknown.

    Args:
        dateline: From `extract_dateline`.
        published: The publication date of the entry: the nearest such day is meant.
        fetched: The day of fetching, used if `published` is None, for days within two months of it.
    """
    if not dateline.day:
        return None
    if not dateline.month:
        return _day_alone(dateline.day, published or fetched)
    if dateline.year:
        return _day(dateline.year, dateline)
    near = published or fetched
    days = [day for year in (near.year - 1, near.year, near.year + 1) if (day := _day(year, dateline))]
    best = min(days, key=lambda day: abs(day - near), default=None)
    if best and not published and abs((best - near).days) > _SURE_YEAR_DAYS:
        return None
    return best


def _day_alone(day: int, near: date) -> date | None:
    """Return the last day with that number up to the day after `near`, which is a day late east of Greenwich."""
    last = near.toordinal() + 1
    days = (date.fromordinal(at) for at in range(last, last - _DAYS_BACK, -1) if 1 <= at <= date.max.toordinal())
    return next((each for each in days if each.day == day), None)


def _day(year: int, dateline: Dateline) -> date | None:
    try:
        return date(year, dateline.month, dateline.day)
    except ValueError:
        return None
