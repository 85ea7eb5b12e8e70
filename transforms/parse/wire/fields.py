"""What items of wires have in common, whatever their format: dates, urgencies, names, places, first lines."""

import re
from datetime import date
from itertools import islice

from newsbeam.transforms.parse.plain import html_text, one_line, unique
from newsbeam.transforms.parse.result import DocumentDates
from newsbeam.transforms.records import Entry

# 20080219+0100 and 20080219131559, which agencies write where the schema asks for YYYYMMDDTHHMMSS-HHMM.
_NORM = re.compile(r"(\d{8})T?(\d{4}(?:\d\d)?)?\s*(Z|[+-]\d\d:?\d\d)?", re.ASCII)
_DAY = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)", re.ASCII)
_BY = re.compile(r"(?:by|von|par|por)\s+(?=[^\W\d_])", re.IGNORECASE)
_BETWEEN_NAMES = re.compile(r"\s*(?:[,;/]|\s(?:and|und|et|y)\s)\s*", re.IGNORECASE)
_BRACKETS = re.compile(r"\([^()]*\)")
_NUMBER = re.compile(r"\d{1,9}", re.ASCII)
_LINE_ENDS = re.compile(r"</?(?:p|li|div|br|h\d|pre|table|tr|td|blockquote)\b[^>]*>|\n\s*\n", re.IGNORECASE)
_HEAD = 2000  # characters in which the first lines end
_FIRST = 3  # lines


class WireDates(DocumentDates):
    """Reads the dates of one document of a wire: ISO 8601, basic or extended."""

    def _spelled(self, raw: str) -> str:
        norm = _NORM.fullmatch(raw)
        return f"{norm[1]}T{norm[2] or '0000'}{norm[3] or ''}" if norm else raw


def urgency(raw: str) -> int | None:
    """Return an urgency as wires write it (1 to 9; IPTC: 1 most, 5 normal, 8 least), None for anything else."""
    number = small_number(raw)
    return number if number is not None and 1 <= number <= 9 else None


def small_number(raw: str) -> int | None:
    """Return what is written as up to nine digits, else None."""
    return int(raw) if _NUMBER.fullmatch(raw) else None


def first_lines(entry: Entry) -> list[str]:
    """Return the first lines of a body, where agencies say that a story is a correction, under embargo or killed."""
    head = entry.content[:_HEAD]
    if entry.content_type == "text/plain":
        return [line for line in map(one_line, head.splitlines()) if line][:_FIRST]
    return list(islice(filter(None, map(html_text, _LINE_ENDS.split(head))), _FIRST))


def without_by(byline: str) -> str:
    """Return a byline without its "By": "By Jane Doe" -> "Jane Doe"; "von der Leyen" stays."""
    by = _BY.match(byline)
    return byline[by.end() :] if by and byline[by.end()].isupper() else byline


def names_of(byline: str, has_titles: bool = True) -> tuple[str, ...]:
    """Return the names in a byline without "By"; none if what is behind a comma may be a title ("Jane Doe, Editor")."""
    return () if has_titles and "," in byline else unique(_BETWEEN_NAMES.split(byline))


def place_of(dateline: str) -> str:
    """Return the place in a dateline: "ST. LOUIS, Mo., Jan. 16 (AP) -" -> "ST. LOUIS, Mo."."""
    parts = _BRACKETS.sub(" ", dateline).split(",")
    return one_line(",".join(part for part in parts if not any(map(str.isdigit, part)))).strip(" ,-_:/\u2013\u2014")


def day_of(norm: str) -> date | None:
    """Return the day of a normalised date as it is where it was written, whatever its day is in UTC."""
    match = _DAY.match(norm)
    try:
        return date(*map(int, match.groups())) if match else None
    except ValueError:
        return None
