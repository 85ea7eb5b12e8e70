"""Fields that items of all wire formats share: dates, numbers, names, datelines, first lines."""

import math
import re
import unicodedata
from calendar import monthrange
from datetime import date, timedelta
from itertools import islice

from newsbeam.transforms.newsroom.agencies import agency_named
from newsbeam.transforms.newsroom.months import MONTHS
from newsbeam.transforms.parse.plain import html_text, one_line, unique
from newsbeam.transforms.parse.result import DocumentDates
from newsbeam.transforms.records import Entry

# Agencies write 20080219+0100 and 20080219131559 where the schema requires YYYYMMDDTHHMMSS-HHMM.
_NORM = re.compile(r"(\d{8})T?(\d{4}(?:\d\d)?)?\s*(Z|[+-]\d\d:?\d\d)?", re.ASCII)
_DAY = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)", re.ASCII)
# "By", "Von", "Par", "Por", "Door", "Av"; "Di" only before two names: "Di Maio" is a name. "By" may touch the name.
_BY = re.compile(
    r"(?:by|von|par|por|door|av)(?::\s*|\s+)(?=[^\W\d_])|di\s+(?=[^\W\d_]{1,40}\s+[^\W\d_])|(?-i:By)(?=(?-i:[A-Z][a-z]))",
    re.IGNORECASE,
)
_BETWEEN_NAMES = re.compile(r"[,;/]|\s(?:and|und|et|y)\s", re.IGNORECASE)
_BRACKETS = re.compile(r"\([^()]*\)")
BY = re.compile(r"(?:by|von|par|por|door|av|di):?", re.IGNORECASE)
"""The word alone, before an element with the name."""
# Roles and names of renditions that are not for readers: contacts, notes for editors.
_NOT_FOR_PUBLICATION = re.compile(r"non-?publi|contact|private|internal|notepad|notebook|notizblock", re.IGNORECASE)
INT32, INT64 = 2**31 - 1, 2**63 - 1
"""The largest values of the integer columns."""
_WHOLE = re.compile(r"\+?0{0,64}(\d{1,18})(?:\.0{1,18})?", re.ASCII)
_DECIMAL = re.compile(r"[+-]?\d{1,18}(?:\.\d{1,32})?(?:e[+-]?\d{1,3})?", re.ASCII | re.IGNORECASE)
_MONTH_FIRST = re.compile(r"\b([^\W\d_]{3,9})\.?\s{1,3}(\d{1,2})(?:st|nd|rd|th)?(?![\d:])(?:,?\s{1,3}(\d{4})\b)?")
_DAY_FIRST = re.compile(
    r"\b(\d{1,2})(?:\.|er|st|nd|rd|th)?\s{1,3}(?:de\s)?([^\W\d_]{3,9})\.?(?:,?\s{1,3}(?:de\s)?(\d{4})\b)?"
)
_ISO_DAY = re.compile(r"\b(\d{4})-(\d\d)-(\d\d)\b", re.ASCII)
_DATELINE = 200  # characters
_MONTHS_BACK = 12 * 9  # 29 February recurs after at most eight years
_HEDGE = re.compile(r"\b(?:said|believed|reported) to be\b", re.IGNORECASE)
# "MALMO (Reuters) -", "GREEN BAY, Wis. (AP) _": the dateline of a text, with its agency.
_OWN_DATELINE = re.compile(r"([^\W\d_][^()\n]{1,60})\([\w/ .-]{2,40}\)\s?[-–—_=:]")
_NOT_LETTERS = re.compile(r"[\W_]+")
_LOGIN = re.compile(r"[a-z-]{1,40}(?:[._][a-z-]{1,40}){1,3}")
_LINE_ENDS = re.compile(r"</?(?:p|li|div|br|h\d|pre|table|tr|td|blockquote)\b[^<>]*>|\n\s*\n", re.IGNORECASE)
_HEAD = 2000  # characters that contain the first lines
_FIRST = 3  # lines


class WireDates(DocumentDates):
    """Reads the dates of one wire document: ISO 8601, basic or extended."""

    def _normalise(self, raw: str) -> str:
        norm = _NORM.fullmatch(raw)
        # A day alone stays as it is: `read_date` must not see a midnight that was not published.
        if norm is None or not (norm[2] or norm[3]):
            return raw
        return f"{norm[1]}T{norm[2] or '0000'}{norm[3] or ''}"


def is_not_for_publication(role: str) -> bool:
    """Tell whether the role of a text marks it as for editors: contacts, a notepad."""
    return bool(_NOT_FOR_PUBLICATION.search(role))


def urgency(raw: str) -> int | None:
    """Return an urgency (1 to 9; IPTC: 1 most urgent, 5 normal, 8 least), None for anything else."""
    number = whole_number(raw)
    # 9 is user-defined, 0 is reserved (IIM 2:10).
    return number if number is not None and 1 <= number <= 9 else None


def whole_number(raw: str, most: int = INT64) -> int | None:
    """Return a number of at most 18 digits (xs:positiveInteger, or JSON's 3.0); None for other text and larger numbers.

    Args:
        raw: As published.
        most: The largest value of the column: `INT64` or `INT32`.
    """
    match = _WHOLE.fullmatch(raw.strip())
    # The pattern bounds the digits, since int() takes quadratic time for long ones.
    number = int(match[1]) if match else None
    return number if number is not None and number <= most else None


def decimal(raw: str, least: float, most: float) -> float | None:
    """Return a decimal number between `least` and `most`, None for anything else."""
    number = float(raw) if _DECIMAL.fullmatch(raw.strip()) else math.nan
    return number if least <= number <= most else None


def first_lines(entry: Entry) -> list[str]:
    """Return the first lines of a body, where agencies write that a story is corrected, under embargo or killed."""
    head = entry.content[:_HEAD]
    if entry.content_type == "text/plain":
        return [line for line in map(one_line, head.splitlines()) if line][:_FIRST]
    return list(islice(filter(None, map(html_text, _LINE_ENDS.split(head))), _FIRST))


def without_by(byline: str) -> str:
    """Return a byline without its "By": "By Jane Doe" -> "Jane Doe"; "von der Leyen" stays."""
    by = _BY.match(byline)
    return byline[by.end() :] if by and byline[by.end()].isupper() else byline


def names_of(byline: str, has_titles: bool = True) -> tuple[str, ...]:
    """Return the names in a byline without "By"; none if the text after a comma may be a title ("Jane Doe, Editor").

    An agency at the end ("Jane Doe, dpa") is not one of them.
    """
    before, _, last = byline.rpartition(",")
    byline = before if before and agency_named(last) and not agency_named(before) else byline
    return () if has_titles and "," in byline else unique(map(str.strip, _BETWEEN_NAMES.split(byline)))


def authors_of(people: tuple[str, ...], names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the people of the metadata, or the names in the byline if the metadata has only logins ("berg.ann")."""
    return names if names and all(map(_LOGIN.fullmatch, people)) else people


def place_of(dateline: str) -> str:
    """Return the place in a dateline: "ST. LOUIS, Mo., Jan. 16 (AP) -" -> "ST. LOUIS, Mo."."""
    text = _HEDGE.sub("", _BRACKETS.sub(" ", dateline[:_DATELINE]))
    for form, month_at in ((_MONTH_FIRST, 1), (_DAY_FIRST, 2)):
        # A date becomes a comma, so that the parts on its two sides stay parts.
        text = form.sub(lambda match, at=month_at: "," if match[at].lower() in MONTHS else match[0], text)  # type: ignore[misc]
    parts = text.split(",")
    return one_line(",".join(part for part in parts if not any(map(str.isdigit, part)))).strip(" ,-_:/\u2013\u2014")


def has_other_dateline(place: str, line: str) -> bool:
    """Tell whether a line of a text begins with a dateline of another place than `place`."""
    own = _OWN_DATELINE.match(line.strip()[:_DATELINE])
    ours, theirs = _letters(place_of(own[1])) if own else "", _letters(place)
    # Either may be the longer form: "LONDON" and "London, England" agree.
    return bool(ours) and ours not in theirs and theirs not in ours


def _letters(text: str) -> str:
    """Return the letters of a text without accents and case: "MALMO" is "Malmö"."""
    return _NOT_LETTERS.sub("", unicodedata.normalize("NFKD", text)).casefold()


def day_in(dateline: str, near: date) -> date | None:
    """Return the day that a dateline names; without a year the last such day before `near` (and the day after it).

    Numeric dates ("01/02") are ignored, since agencies write them in both orders.
    """
    text = dateline[:_DATELINE]
    if iso := _ISO_DAY.search(text):
        return day_of(iso[0])
    named = [(MONTHS.get(match[1].lower()), int(match[2]), match[3]) for match in _MONTH_FIRST.finditer(text)]
    named += [(MONTHS.get(match[2].lower()), int(match[1]), match[3]) for match in _DAY_FIRST.finditer(text)]
    for month, day, year in named:
        if month:
            return day_of(f"{year}-{month:02}-{day:02}") if year else latest_day(near, day, month)
    return None


def latest_day(fetched: date, day: int, month: int = 0) -> date | None:
    """Return the last such day that is at most one day after the fetch (clocks and time zones differ).

    Args:
        fetched: When the message was fetched, in UTC.
        day: Day of the month, from 1.
        month: From 1; 0 if it is not known.
    """
    last = fetched + timedelta(days=1)
    for back in range(_MONTHS_BACK):
        # Months are counted from 0, so that divmod gives year and month at once.
        index = last.year * 12 + last.month - 1 - back
        year, at = divmod(index, 12)
        if month in (0, at + 1) and 1 <= day <= monthrange(year, at + 1)[1] and date(year, at + 1, day) <= last:
            return date(year, at + 1, day)
    return None


def day_of(norm: str) -> date | None:
    """Return the day of a normalised date in its own time zone, not in UTC."""
    match = _DAY.match(norm)
    try:
        return date(*map(int, match.groups())) if match else None
    except ValueError:
        return None
