"""IPTC 7901 -> entries: the text format of European agencies since 1979 (IPTC TEC 7901, 5th edition, 1995).

    SOH bdt0831 3 vm 831  dpa 0412        service and number, priority, category, words, free text of the agency (4)
    Gesundheit/Deutschland/               keywords, the slugline (4.12)
    STX (Berichtigung: ...)               notes; a headline of one or more lines; a byline; "=" ends the head
    Headline =
    text
    ETX 241205 Sep 24 EOT                 day, hour and minute, month, year (6.2)

The text of dpa ends with a notepad ("# Notizblock"): notes to editors, which become `ednote`, links and places, and
below "* * * *" contacts that are not for publication. These and the initials in the last line are left out.

Numbers start from 1 each day, so service, number and day are the identity. Day and time are in the agency's time:
Berlin's for dpa, UTC for all others.
"""

import re
from codecs import BOM_UTF8
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import accumulate, pairwise
from typing import Any

from newsbeam.transforms.errors import ParseError
from newsbeam.transforms.newsroom.months import MONTHS
from newsbeam.transforms.parse.dates import ParsedDate, read_date
from newsbeam.transforms.parse.format import Format
from newsbeam.transforms.parse.languages import language_tag
from newsbeam.transforms.parse.plain import one_line, unique
from newsbeam.transforms.parse.result import LeftOut, Parsed, ParseLimits, repaired
from newsbeam.transforms.parse.wire.drafts import draft_entry
from newsbeam.transforms.parse.wire.fields import latest_day, without_by
from newsbeam.transforms.parse.wire.messages import Message, parse_messages, starts_with
from newsbeam.transforms.parse.wire.notepads import notepad_start, read_notepad
from newsbeam.transforms.parse.wire.signals import with_status
from newsbeam.transforms.parse.wire.subjects import is_category, subject_codes
from newsbeam.transforms.parse.zones import local_zone
from newsbeam.transforms.records import Document, Entry

_HEADER_FORM = (
    r"\s*(?P<service>[A-Za-z][A-Za-z-]{0,9}) ?(?P<number>\d{3,5})[ \t]+(?P<priority>\d)"
    r"[ \t]+(?:(?P<category>[A-Za-z]{1,4})[ \t]+)?(?P<words>\d{1,5})\b(?P<rest>[^\r\n]{0,200})"
)
_HEADER = re.compile(_HEADER_FORM)
_HEADER_BYTES = re.compile(_HEADER_FORM.encode())
# Without control characters: a whole line, service and number in one word, since sentences contain numbers too.
_BARE_HEADER_BYTES = re.compile(_HEADER_FORM.replace(") ?(", ")(").replace("{0,200}", "{0,60}").encode() + rb"\r?\n")
_BARE_HEADER_LINE = re.compile(rb"(?<=\n)" + _BARE_HEADER_BYTES.pattern.removeprefix(rb"\s*"))
_HEAD_BYTES, _END_BYTES = 4_000, 200
_KEYWORDS = re.compile(r"[^\s(=][^=]{0,200}/\s*$")
# "dpa 0412", "F BELGA-0031 COR 703", "vvvvb KNA 170123-89-00065#2": the agency is the word before a number.
_AGENCY = re.compile(r"(?<![\w-])([A-Za-z]{2,}(?:-[A-Za-z]+)*)[ -]{0,2}\d")
# The services of dpa for the German states sign with their own names: its converter's service_to_iptc_agency_map.
_DPA_STATES = frozenset(["lah", "lbn", "lby", "lhe", "lmv", "lni", "lno", "lnw", "lrs", "lsn", "lsw", "lth"])
_NUMBERED = re.compile(r"[a-z][a-z-]{0,9}\d{3,5}")
_ORDER = re.compile(r"(?:bulletin )?kill|withhold|eliminar|annulation|stornierung|sperrung", re.IGNORECASE)
# The standard does not specify the time zone; dpa's follows from its NewsML-G2 of the same stories.
_ZONES = {"dpa": "Europe/Berlin"}

_GROUP = re.compile(r"(\d{2})\s?([0-2]\d)([0-5]\d)((?:\s+[^\W\d]{1,10}\.?){0,2})(?:\s+(\d{4}|\d{2}))?\s*$")

# Besides genres, dpa and others write the urgency above a headline; the priority states it too.
_URGENT = re.compile(r"(?:eil|eilmeldung|blitz|flash|alert|urgent|urgente|extra)[\s!*:]*", re.IGNORECASE)
_URGENT_PREFIX = re.compile(r"(?:FLASH|URGENT|URGENTE|EIL|BLITZ):?\s+(?=\S)")
_LABEL = re.compile(r"[^\W\d]{4,20}:\s+(?=\S)")
_MARKER = re.compile(r"(?:\d{1,2}(?:ST|ND|RD|TH) LEAD|REFILE|CORRECTION|UPDATE(?: \d{1,2})?|RPT|REPEAT)\W*")
_CAPITALS = re.compile(r"[^\W\d_a-z]{5,20}[:!]?")
_BYLINE = re.compile(r"(?:Von|By|Par|Por|Di|Door)\s+(?P<names>dpa correspondents|[^\W\d_].{1,150})")
_LOWERCASE_WORDS = frozenset(
    [
        "and",
        "und",
        "et",
        "y",
        "e",
        "en",
        "dpa",
        "von",
        "van",
        "der",
        "de",
        "da",
        "di",
        "del",
        "la",
        "le",
        "correspondents",
        "in",
        "aus",
        "with",
    ]
)
_LONGEST_GENRE = 40
_LONGEST_HEAD = 8  # lines

_CLOSING = re.compile(
    r"(?:dpa(?:-[a-z]+)?|{})(?: [a-zäöüß0-9/.-]{{1,8}}){{0,9}}$".format("|".join(sorted(_DPA_STATES)))
)
_END_MARK = re.compile(r"\./\.\s*[A-Z/]{0,20}$|\(?(?:ENDS?|NNNN)\)?$")

_DATELINE = re.compile(r"\s*[^\W\d_][^()\n]{1,60}\([\w/ .-]{2,40}\)\s*[-–—=:]\s")
# Forms that prose datelines do not have: "BRUXELLES 23/07 (AFP-DPA) = Le", "Berlin (KNA) Die".
_WIRE_DATELINE = re.compile(
    r"\s*+(?P<place>[^\W\d_][^()=\n\d]{1,60}?)(?:,?\s++(?P<day>\d{1,2})[/.](?P<month>\d{1,2})\.?)?"
    r"\s*+\((?P<agency>[\w/ .-]{2,40})\)\s*+(?P<sign>=|[-–—:](?=\s))?\s*+(?=\S)"
)
_LONGEST_TEASER = 800
_STATUS_LINES = 3


@dataclass
class _Head:
    """The lines above the text: notes, headline, byline."""

    title: list[str] = field(default_factory=list)
    byline: list[str] = field(default_factory=list)
    genres: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)


@dataclass
class _Body:
    """The text: the story, the notes of its notepad, and lines that may contain signals."""

    story: str = ""
    notes: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)


def looks_like_iptc7901(body: bytes) -> bool:
    """Tell whether bytes begin with an IPTC 7901 header: after SOH, or confirmed by the lines below it.

    Without control characters, keywords, a headline that ends in "=", or the group of day and time confirm that the
    first line is not a sentence with numbers.
    """
    if starts_with(body, _HEADER_BYTES):
        return True
    header = _BARE_HEADER_BYTES.match(body.removeprefix(b"\xef\xbb\xbf")[:_HEAD_BYTES])
    if header is None:
        return False
    head, end = body[:_HEAD_BYTES].decode("latin-1"), body[-_END_BYTES:].decode("latin-1")
    lines = [line for line in map(str.strip, head.splitlines()[1:]) if line][:_LONGEST_HEAD]
    is_head = any(line.endswith("=") or _KEYWORDS.match(line) for line in lines)
    return is_head or _GROUP.match(next(filter(None, map(str.strip, end.splitlines()[::-1])), "")) is not None


def parse_iptc7901(document: Document, limits: ParseLimits) -> Parsed:
    """Return an entry for each message of a document (IPTC TEC 7901).

    Args:
        document: One message or several; without control characters, headers separate them.
        limits: Bounds on what is returned.

    Returns:
        The entries, and a dead letter for each message that is truncated, has no header or no text, has an
        implausible date, or was in an encoding that was guessed.

    Raises:
        NotAFeedError: No message has an IPTC 7901 header.
        ParseError: No message has a text.
    """
    # Each on its own: a message without a text must not cost the others.
    bodies = _bare_messages(document.body.removeprefix(BOM_UTF8))
    parsed: list[Parsed] = []
    failed: list[tuple[ParseError, bytes]] = []
    for body in bodies:
        try:
            parsed.append(parse_messages(replace(document, body=body), limits, _HEADER, "IPTC 7901", _entry))
        except ParseError as error:
            failed.append((error, body))
    if not parsed:
        raise failed[0][0]
    entries = [entry for part in parsed for entry in part.entries]
    # A single body's own parse has reported its cut already.
    cut = [repaired(document, reason)] if (reason := limits.cut(len(entries))) and len(bodies) > 1 else []
    dead_letters = (letter for part in parsed for letter in part.dead_letters)
    left_out = (repaired(document, LeftOut(f"left out: {error}"), body) for error, body in failed)
    return Parsed(tuple(entries[: limits.entries]), (*dead_letters, *left_out, *cut))


def _bare_messages(body: bytes) -> list[bytes]:
    """Split a body without control characters at its headers; return any other body whole."""
    # With SOH `parse_messages` splits; there a line that looks like a header is text.
    if b"\x01" in body or not _BARE_HEADER_BYTES.match(body):
        return [body]
    starts = [0, *(match.start() for match in _BARE_HEADER_LINE.finditer(body)), len(body)]
    return [body[start:end] for start, end in pairwise(starts) if body[start:end].strip()]


def _entry(document: Document, message: Message, header: re.Match[str], problems: list[str]) -> Entry | None:
    """Return the entry of a message, None if it has no text; append its faults to `problems`."""
    lines = message.text.split("\n")
    keywords, orders = _keywords(message.header[header.end() :], lines)
    # Before the head and the body, since without ETX the group is taken out of the lines that these read.
    group = _group(message.end, lines)
    head, lines = _head(lines)
    body = _body(lines)
    if not head.title and not body.story.strip():
        return None
    provider = _provider(header["rest"])
    reading, day = _sent(group, _ZONES.get(provider, ""), document)
    problems += [reading.problem] if reading.problem else []
    summary, story = _teaser(body.story)
    place, dateline_day, story = _dateline(story, provider, day or document.fetched_at.date())
    entry = draft_entry(
        document,
        "iptc7901",
        # All messages of a converter would be versions of its number 0000.
        guid=f"{header['service'].lower()}{header['number']}/{day}" if int(header["number"]) and day else "",
        summary=one_line(summary),
        language=language_tag(document.language),
        published=reading.value,
        published_raw=group,
        updated=reading.value,
        updated_raw=group,
        dateline_place=place,
        dateline_date=dateline_day,
        slugline="/".join(keywords),
        urgency=int(header["priority"]) or None,
        ednote="; ".join(unique(map(one_line, [*head.notes, *body.notes]))),
        provider=provider,
        content=story,
        content_type="text/plain",
        **_head_fields(head),
        **_category_fields(header["category"] or "", provider, keywords),
    )
    lines = [*orders, *head.lines, *body.lines]
    return _dated(with_status(entry, lines=unique(map(one_line, lines)), zone=document.zone), day)


def _head_fields(head: _Head) -> dict[str, Any]:
    return {
        "title": one_line(" ".join(head.title)),
        "byline": without_by(one_line(" ".join(head.byline))),
        "genres": unique(head.genres),
    }


def _category_fields(category: str, provider: str, keywords: list[str]) -> dict[str, Any]:
    """Return categories and subjects: a category without a code is a word like the keywords."""
    code = _code(provider, category)
    return {
        "categories": unique([*keywords, *([] if code else [category])]),
        "subjects": subject_codes([code] if code else []),
    }


def _dated(entry: Entry, day: date | None) -> Entry:
    """Complete the numbers of killed messages to ids: a number alone means a message of the same day."""
    related = (replace(item, id=f"{item.id}/{day}") if _NUMBERED.fullmatch(item.id) else item for item in entry.related)
    return replace(entry, related=tuple(related)) if day else entry


def _keywords(header: str, lines: list[str]) -> tuple[list[str], list[str]]:
    """Return the keywords below the header, and the orders among them (KILL).

    Those of a message without STX are removed from its text, in place.
    """
    keywords = [line.strip() for line in header.split("\n") if line.strip()]
    if not keywords:
        first = next((at for at, line in enumerate(lines) if line.strip()), 0)
        if _KEYWORDS.match(lines[first]):
            keywords = [lines.pop(first).strip()]
    words = unique(one_line(word) for word in "/".join(keywords).split("/"))
    orders = [word for word in words if _ORDER.fullmatch(word)]
    return [word for word in words if word not in orders], orders


def _group(end: str, lines: list[str]) -> str:
    """Return the group of day and time as published; without ETX it is removed from the text, in place."""
    found = next((line.strip() for line in end.split("\n") if line.strip()), "")
    if found:
        return one_line(found)
    last = next((at for at in reversed(range(len(lines))) if lines[at].strip()), 0)
    return one_line(lines.pop(last)) if _GROUP.match(lines[last].strip()) else ""


def _sent(group: str, zone: str, document: Document) -> tuple[ParsedDate, date | None]:
    """Return when a message was sent, and its day in the agency's time.

    A missing month or year is completed to the last such day before the fetch.

    Args:
        group: "241205 Sep 24", "212322 GMT Nov 18", "241205".
        zone: The agency's time zone, for a group that names none; the config's takes precedence.
        document: The document, with the time of the fetch.
    """
    if not group:
        return ParsedDate(), None
    match = _GROUP.match(group)
    if not match:
        return ParsedDate(problem=f"not a date: {group[:60]!r}"), None
    words = [word.strip(".") for word in match[4].split()]
    month = next((MONTHS[word.lower()] for word in words if word.lower() in MONTHS), 0)
    named = next((word for word in words if word.lower() not in MONTHS), "")
    day = _day(int(match[1]), month, match[5] or "", document.fetched_at.date())
    if day is None:
        return ParsedDate(problem=f"not a date: {group[:60]!r}"), None
    # The config's zone wins: the standard names none, and the agency's is only what its other formats suggest.
    local = local_zone(document.zone or zone)
    return read_date(f"{day} {match[2]}:{match[3]} {named}".strip(), document.fetched_at, local), day


def _day(day: int, month: int, year: str, fetched: date) -> date | None:
    if not (month and year):
        return latest_day(fetched, day, month)
    try:
        # The format is from 1979: archives have years of both centuries.
        return date(int(year) + (0 if len(year) == 4 else 1900 if int(year) >= 70 else 2000), month, day)
    except ValueError:
        return None


def _provider(rest: str) -> str:
    """Return the agency in the optional part of a header."""
    match = _AGENCY.search(rest)
    name = match[1].partition("-")[0] if match else ""
    return "dpa" if name.lower() in _DPA_STATES else name


def _code(provider: str, category: str) -> str:
    """Return the category as a qcode, "" if it is in no published vocabulary."""
    if provider == "dpa" and category:
        return f"dpacat:{category.lower()}"
    return f"iptccat:{category}" if is_category(category) else ""


def _head(lines: list[str]) -> tuple[_Head, list[str]]:
    """Return notes, headline and byline, and the lines below them."""
    head = _Head()
    block, rest = _head_lines(lines)
    ends = _ends_of_brackets(block)
    at = 0
    while at < len(block):
        line, end = block[at], ends[at]
        # A note may have several lines, with brackets within it.
        if line.startswith("(") and block[end - 1].endswith(")"):
            _add_note(head, one_line(" ".join(block[at:end])))
            at = end
            continue
        at += 1
        if (head.byline and head.byline[-1].endswith((",", " und", " and"))) or (head.title and _is_byline(line)):
            head.byline.append(line)
        # Not the last line of a head: that is the headline, whatever it says.
        elif at < len(block) and (_MARKER.fullmatch(line) or _URGENT.fullmatch(line)):
            head.lines.append(line)
        elif at < len(block) and not head.title and _CAPITALS.fullmatch(line) and not block[at].isupper():
            head.genres.append(line)  # "ANALYSIS" above a headline
        else:
            head.title.append(line if head.title else _URGENT_PREFIX.sub("", line))
    return head, rest


def _head_lines(lines: list[str]) -> tuple[list[str], list[str]]:
    """Return the lines of the head, which ends with "=" or before a blank or indented line, and those below."""
    start = next((at for at, line in enumerate(lines) if line.strip()), len(lines))
    end = start
    while end < len(lines) and lines[end].strip() and not (end > start and lines[end].startswith(("  ", "\t"))):
        end += 1
        if lines[end - 1].rstrip().endswith("="):
            break
    else:
        # Without "=" and a blank line the head runs into the text: only the first line is sure to be the headline.
        if end - start > _LONGEST_HEAD:
            end = start + 1
    return [line.strip().rstrip("=").strip() for line in lines[start:end] if line.strip(" =")], lines[end:]


def _ends_of_brackets(lines: list[str]) -> list[int]:
    """Return for each line the index after the line that closes all brackets opened since, in linear time."""
    depths = [0, *accumulate(line.count("(") - line.count(")") for line in lines)]
    ends = [len(lines)] * len(lines)
    waiting: list[int] = []
    for at, depth in enumerate(depths):
        while waiting and depth <= depths[waiting[-1]]:
            ends[waiting.pop()] = at
        waiting.append(at)
    return ends


def _is_byline(line: str) -> bool:
    match = _BYLINE.fullmatch(line)
    if match and match["names"] == "dpa correspondents":
        return True
    words = re.split(r"[\s,/]+", match["names"]) if match else []
    return bool(words) and all(word[:1].isupper() or word in _LOWERCASE_WORDS for word in words if word)


def _add_note(head: _Head, note: str) -> None:
    """Add a note in brackets to the head: urgency, a correction, a genre (above the headline), a note to editors."""
    inside = note[1:-1].strip()
    # Also as a line for signals: "(Berichtigung: ...)" and "(Achtung, Sperrfrist ...)" change the status.
    head.lines.append(note)
    if not inside or _URGENT.fullmatch(inside):
        return
    label = _LABEL.match(inside)
    genre, _, remark = inside.partition(" - ")
    if label or head.title or len(genre) > _LONGEST_GENRE:
        head.notes.append(inside[label.end() :] if label else inside)
        return
    head.genres.append(genre.strip())
    head.notes += [remark.strip()] if remark.strip() else []


def _body(lines: list[str]) -> _Body:
    """Separate the story from its notepad, the initials below it and end marks."""
    end = notepad_start(lines)
    story = lines[:end]
    while story and (not story[-1].strip() or _END_MARK.match(story[-1].strip()) or _is_closing(story)):
        story.pop()
    notes, titles = read_notepad(lines[end:])
    filled = [line for line in story if line.strip()]
    return _Body("\n".join(story).strip("\n"), notes, [*titles, *filled[:_STATUS_LINES], *filled[-_STATUS_LINES:]])


def _is_closing(story: list[str]) -> bool:
    """Tell whether the last line has only the desk's initials: "dpa kre/su yysw a3 mda"."""
    return bool(_CLOSING.match(story[-1].strip())) and (len(story) == 1 or not story[-2].strip())


def _teaser(story: str) -> tuple[str, str]:
    """Return the teaser that dpa writes above the paragraph with the dateline, and the story below it."""
    first, _, rest = story.strip("\n").partition("\n\n")
    # Only directly above a dateline: any other short first paragraph is the story's lead.
    if rest and len(first) <= _LONGEST_TEASER and not _DATELINE.match(first) and _DATELINE.match(rest):
        return first, rest
    return "", story


def _dateline(story: str, provider: str, near: date) -> tuple[str, date | None, str]:
    """Strip a dateline with a date, "=" or the sender's own name; the text stage strips all others."""
    match = _WIRE_DATELINE.match(story)
    if not match or match["agency"].strip().upper() == match["place"].strip().upper():
        return "", None, story
    # A name in brackets after a place is as often a party or a country ("Paris (Texas)"), so something else has to
    # confirm it.
    if match["sign"] != "=" and not match["day"] and match["agency"].lower() != provider.lower():
        return "", None, story
    day = latest_day(near, int(match["day"]), int(match["month"])) if match["day"] else None
    return one_line(match["place"]), day, story[match.end() :]


FORMAT = Format("iptc7901", lambda sample: looks_like_iptc7901(sample.body), parse_iptc7901, syntax="text")
