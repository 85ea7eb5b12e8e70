r"""ANPA 1312 -> entries: the text format of American and Australian agencies (ANPA 84-2, NAA 89-3).

    SYN SYN SOH a0123 US selector         service level and number, selector code
    r s DC3 DC1 BC-Keyword 1stLd ... 11-22 0416 STX
                                          priority, category, kind of text, keyword and version, day filed, words
    ^BC-BBO--Storm-Ferry, 1st Ld-Writethru,0416<     the whole slug
    ^Headline<   ^Eds: ...<   ^By JANE DOE=   ^AP Writer=
    \t   paragraph                        begins with a tab or spaces
    BS row / row                          tab lines (TLI); DC2 marks the text as a table
    AP-WX-11-22-24 1405EST< ETX EOT       agency, circuit, day and time

A field begins with "^" and ends with "<" or "=" (quad left, quad centre), or with its line where these are missing. The
identity is service, slug and day: "2nd Ld-Writethru" is the third version of the story with that slug, while an add, a
take or an advance is a separate item. Forms and codes are those of the AP Stylebook ("Filing the Wire", "Filing
Practices"), and those that AP, CP and AAP send.
"""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import groupby
from typing import Any

from newsbeam.transforms.parse.dates import ParsedDate, read_date
from newsbeam.transforms.parse.format import Format
from newsbeam.transforms.parse.languages import language_tag
from newsbeam.transforms.parse.plain import one_line, unique
from newsbeam.transforms.parse.result import Parsed, ParseLimits
from newsbeam.transforms.parse.wire.drafts import draft_entry
from newsbeam.transforms.parse.wire.fields import latest_day
from newsbeam.transforms.parse.wire.messages import Message, parse_messages, starts_with
from newsbeam.transforms.parse.wire.signals import slug_key, with_status
from newsbeam.transforms.parse.wire.subjects import subject_codes
from newsbeam.transforms.parse.zones import local_zone
from newsbeam.transforms.records import Document, Entry

_HEADER_BYTES = re.compile(rb"[A-Za-z]\d{4}(?:\x1f|[ -]{0,3}[\w-]{0,10}[^\S\n]*+\n\s*+[a-z] [a-z]\s?[\x11-\x14])")
_FILE_NAME = re.compile(r"\s*(?P<service>[A-Za-z])(?P<number>\d{3,4})[\t ]?(?P<selector>[\w-]{0,12})")
_CODES = re.compile(r"(?P<priority>[a-z])[ \t]+(?P<category>[a-z])(?![\w-])")
# At the end of the header alone, since keywords contain numbers with hyphens too.
_FILED = re.compile(r"(?<!\d)(\d{1,2})-(\d{1,2})(?:\s+(\d{2,5}))?\s*$")
_NUMBERED = re.compile(r"[A-Za-z]\d{3,4}")
_TABULAR = "\x12"

# In the order of urgency, "Filing the Wire": flash, bulletin, urgent, regular, deferred, weekday and Sunday advances.
_URGENCY = {"f": 1, "b": 2, "u": 3, "r": 4, "d": 5, "a": 6, "s": 6}
# The category letters of ANPA 1312, and the equivalent Media Topic if there is one.
_CATEGORIES = {
    "a": ("domestic", ""),
    "b": ("special events", ""),
    "d": ("food", ""),
    "e": ("entertainment", "medtop:01000000"),
    "f": ("financial", "medtop:04000000"),
    "i": ("international", ""),
    "j": ("lottery", ""),
    "k": ("commentary", ""),
    "l": ("lifestyle", "medtop:10000000"),
    "n": ("state and regional", ""),
    "o": ("weather", "medtop:17000000"),
    "p": ("politics", "medtop:11000000"),
    "q": ("sports results", "medtop:15000000"),
    "r": ("racing", "medtop:15000000"),
    "s": ("sports", "medtop:15000000"),
    "t": ("travel", ""),
    "v": ("advisories", ""),
    "w": ("Washington", ""),
}

_SLUG = re.compile(r"(?:AM|AP|BC|PM|CP|AAP)-\S")
_FIELD = re.compile(r"[ \t]*\^")
_PARAGRAPH = re.compile(r"\t[ ]*|[ ]{2,}")
_FIELD_END = re.compile(r"[<=](?=\s*(?:\^|$))|<")
_REFERENCE = re.compile(r"[*$]?[a-z]?\d{4}[*]?", re.IGNORECASE)
_LABEL = re.compile(r"(?P<label>HL|INDEX|UPDATE|SYMBOL|CODE|PHOTO):\s*(?P<rest>.*)", re.IGNORECASE | re.DOTALL)
_NOTE = re.compile(
    r"\(?(?:eds?\b[.:]|editors?\b|editor's note|note to editors|for release|\$?adv(?![a-z])|embargo"
    r"|ap photo|ap video|with ap|urgent$|bulletin$|flash$|(?:bulletin )?(?:kill|withhold|elimination)\b)",
    re.IGNORECASE,
)
_NOTE_LABEL = re.compile(r"\(?(?:eds|editors|editor's note|note to editors)\s*[:_\x97—-]\s*", re.IGNORECASE)
_BYLINE = re.compile(r"By\s+(?P<names>\S.{1,120})", re.DOTALL)
_CREDIT = re.compile(
    r"(?:the )?(?:(?:australian )?associated press|canadian press)|AP .{0,40}(?:writer|editor|correspondent)",
    re.IGNORECASE,
)
# Where an add continues: "NORTHHAVEN: this report."
_PICKUP = re.compile(r"[A-Z][A-Z.' -]{1,40}: .{1,60}")
_LONG_FIELD = 45  # characters of a line that may continue in the next: lines wrap at about 69
_LONG_HEADLINE = 110  # characters; a longer one is a summary

# The version in a slug: "1st Ld-Writethru", "7thWritethru", "2nd Lead", "1st Ld - Writethru".
_LEAD = re.compile(
    r"(?P<number>\d{1,2})\s*(?:st|nd|rd|th)[\s-]*(?:(?:ld|lead)(?![a-z])[\s-]*(?:writethru|write-thru)?|writethru)"
    r"|\bwrite-?thru\b",
    re.IGNORECASE,
)
_ORDER = re.compile(r"\b(?:bulletin[\s-]+)?(?:kill(?:ed)?|withhold|withheld|elimination|release)\b", re.IGNORECASE)
_WORDS = re.compile(r",\s*\d{2,5}\s*$")

_AP_END = re.compile(
    r"\s*(?P<agency>[A-Z]{2,4})-(?P<circuit>[A-Z0-9]{1,4})-(?P<month>\d\d?)-(?P<day>\d\d?)-(?P<year>\d\d)"
    r"\s+(?P<hour>\d\d)(?P<minute>\d\d)(?P<zone>[A-Z]{0,4})<?\s*"
)
_CLOCK_END = re.compile(
    r"\s*(?P<hour>\d\d?):(?P<minute>\d\d)\s?(?P<zone>[A-Z]{0,4})\s+(?P<first>\d\d?)-(?P<second>\d\d?)-(?P<year>\d\d)<?\s*"
)
_SHORT_END = re.compile(
    r"\s*(?P<agency>[A-Z]{2,4})-(?P<hour>\d\d?):(?P<minute>\d\d)-(?P<month>\d\d?)-(?P<day>\d\d?)-(?P<year>\d\d)"
    r"(?:\s+(?P<zone>[A-Z]{1,4}))?<?\s*"
)
_ZONES = {"ET": "America/New_York", "CT": "America/Chicago", "MT": "America/Denver", "PT": "America/Los_Angeles"}
_END_MARKS = re.compile(r"(?:\(?(?:more|end|ends)\)?|_{2,}|-{2,}|\* ?\* ?\*|={2,})[=<]?", re.IGNORECASE)

_COLUMNS = re.compile(r"\t+|\x10+| {2,}|(?<=[^. ])(?: ?\.){3,} ?")
# "N.Y. Yankees 6, Cleveland 5, 13 innings", "L.A. Angels at Texas, 8:05 p.m.": short, with a number, not a sentence.
_RESULT = re.compile(r"(?=\D*\d)(?!.*[a-z]{3}[.!?] )\S.{2,90}(?:(?<![.!?,;:])|(?<=[ap]\.m\.))")
_PAIR = re.compile(r",\s+")
_PROSE = re.compile(r"\b(?:[^\W\d_]{1,30}[,;]?\s){6}")  # words in a row, with single spaces between them
_SENTENCE_END = re.compile(r"[.!?][\"')]?\s*$")
_SPACE_BAND = re.compile(r"\x10+ ?")
# At the beginning and at the end of a text, where desks write that it is corrected, under embargo or killed.
_STATUS_LINES = 3


@dataclass
class _Draft:
    """The parts of a message's text."""

    slug: str = ""
    titles: list[str] = field(default_factory=list)
    summary: str = ""
    names: str = ""
    credit: str = ""
    notes: list[str] = field(default_factory=list)
    index: list[str] = field(default_factory=list)
    blocks: list[tuple[str, str]] = field(default_factory=list)
    end: str = ""


@dataclass(frozen=True)
class _Version:
    """A slug in parts: the story's slug, and the version number (None if it has none)."""

    slug: str
    number: int | None


def looks_like_anpa(body: bytes) -> bool:
    """Tell whether bytes begin with SOH and an ANPA 1312 header."""
    return starts_with(body, _HEADER_BYTES)


def parse_anpa(document: Document, limits: ParseLimits) -> Parsed:
    """Return an entry for each message of a document (ANPA 1312, NAA 89-3).

    Args:
        document: One message or several.
        limits: Bounds on what is returned.

    Returns:
        The entries, and a dead letter for each message that is truncated, has no header or no text, has an
        implausible date, or was in an encoding that was guessed.

    Raises:
        NotAFeedError: No message has an ANPA 1312 header.
        ParseError: No message has a text.
    """
    return parse_messages(document, limits, _FILE_NAME, "ANPA 1312", _entry)


def _entry(document: Document, message: Message, name: re.Match[str], problems: list[str]) -> Entry | None:
    """Return the entry of a message, None if it has no text; append its faults to `problems`."""
    header = message.header[name.end() :]
    codes = _CODES.search(header)
    keyword, filed = _keyword(header[codes.end() :] if codes else header)
    draft = _read(message.text, keyword, tabular=_TABULAR in header)
    if not draft.titles and not draft.blocks:
        return None
    reading, raw, agency, sent = _sent(one_line(message.end) or draft.end, document)
    problems += [reading.problem] if reading.problem else []
    # The filing day and not the day of sending: a lead that is sent after midnight is a version of yesterday's story.
    day = _filing_day(filed, sent, document.fetched_at.date())
    version = _version(draft.slug or keyword)
    provider = agency or _provider(draft.credit)
    category, topic = _category(codes["category"] if codes else "", provider)
    entry = draft_entry(
        document,
        "anpa",
        # Without a slug or a day there is no identity: messages with neither would all be versions of one another.
        guid=f"{name['service'].lower()}/{version.slug.lower()}/{day}" if version.slug and day else "",
        language=language_tag(document.language),
        published=reading.value,
        published_raw=raw,
        updated=reading.value,
        updated_raw=raw,
        slugline=version.slug,
        urgency=_URGENCY.get(codes["priority"]) if codes else None,
        categories=unique([category, *draft.index]),
        subjects=subject_codes([topic] if topic else []),
        provider=provider,
        provider_version=version.number,
        **_visible(draft),
    )
    texts = [text for _, text in draft.blocks]
    # The whole text would make "killed" in any sentence an order.
    lines = [draft.slug or keyword, *draft.notes, *texts[:_STATUS_LINES], *texts[-_STATUS_LINES:]]
    return _slugged(with_status(entry, lines=unique(map(one_line, lines)), zone=document.zone))


def _visible(draft: _Draft) -> dict[str, Any]:
    """Return the fields that come from the text of a message."""
    return {
        "title": _typeset(draft.titles[0]) if draft.titles else "",
        "subtitle": _typeset("; ".join(draft.titles[1:])),
        "summary": _typeset(draft.summary),
        "authors": _authors(draft.names),
        "byline": ", ".join(filter(None, (draft.names, draft.credit))),
        "ednote": _typeset("; ".join(unique(_note(note) for note in draft.notes))),
        "content": _html(draft.blocks),
        "content_type": "text/html",
    }


def _slugged(entry: Entry) -> Entry:
    """Name killed stories by the slug alone: the number of a message (a0123) is not part of a story's id."""
    slug = f"slug:{slug_key(entry.slugline)}"
    related = (replace(item, id=slug) if _NUMBERED.fullmatch(item.id) else item for item in entry.related)
    return replace(entry, related=tuple(dict.fromkeys(related)))


def _category(letter: str, provider: str) -> tuple[str, str]:
    """Return the name and the Media Topic of a category letter; CP has its own letters ("b" for business)."""
    return (letter, "") if provider == "CP" else _CATEGORIES.get(letter, (letter, ""))


def _keyword(header: str) -> tuple[str, tuple[int, int] | None]:
    """Return the keyword and version of a header, and the two numbers of its filing date."""
    text = one_line(header)
    filed = _FILED.search(text)
    keyword = text[: filed.start()] if filed else text
    return keyword.strip(), (int(filed[1]), int(filed[2])) if filed else None


def _version(slug: str) -> _Version:
    """Parse a slug: "BC-US--Budget, 2nd Ld-Writethru,0250" is the third version of "BC-US--Budget"."""
    slug = _WORDS.sub("", slug)
    lead = _LEAD.search(slug)
    is_order = bool(_ORDER.search(slug))
    story = _ORDER.sub(" ", _LEAD.sub(" ", slug))
    story = re.sub(r" ?(?:[,;] ?)+", ", ", one_line(story)).strip(" ,;-")
    # The story itself is the first version, so its first lead is the second. An order without a number is above all.
    number = int(lead["number"] or 1) + 1 if lead else None if is_order else 1
    return _Version(story, number)


def _sent(end: str, document: Document) -> tuple[ParsedDate, str, str, date | None]:
    """Return when a message was sent, the raw date, the agency, and the day in the agency's time."""
    if match := _AP_END.fullmatch(end) or _SHORT_END.fullmatch(end):
        month, day, agency = int(match["month"]), int(match["day"]), match["agency"]
    elif match := _CLOCK_END.fullmatch(end):
        # CP writes day-month, Reuters month-day; a number above 12 decides, else day-month, as the time zone is ET.
        month, day, agency = int(match["second"]), int(match["first"]), ""
        if month > 12:
            month, day = day, month
    else:
        return ParsedDate(problem=f"not a date: {end[:60]!r}" if end else ""), end[:60], "", None
    raw = end.strip(" <")
    try:
        # Archives since 1984 (ANPA 84-2) have years of two digits from both centuries.
        sent = date(2000 + int(match["year"]) - (100 if int(match["year"]) >= 70 else 0), month, day)
    except ValueError:
        return ParsedDate(problem=f"not a date: {raw!r}"), raw, agency, None
    zone = _ZONES.get(match["zone"], match["zone"] or "")
    stated = f"{sent} {match['hour']:>02}:{match['minute']} {zone}".strip()
    return read_date(stated, document.fetched_at, local_zone(document.zone)), raw, agency, sent


def _filing_day(filed: tuple[int, int] | None, sent: date | None, fetched: date) -> date | None:
    """Return the day on which a story was filed; its later leads repeat it.

    The header's two numbers are month and day, or day and month with some agencies: the reading nearest to the day in
    the trailer is used. Without a day in the trailer it is the last such day before the fetch.
    """
    if not filed:
        return sent
    near = sent or fetched
    days = [latest_day(near, filed[1], filed[0]), latest_day(near, filed[0], filed[1])]
    return min((day for day in days if day), key=lambda day: abs(day - near), default=sent)


def _read(text: str, keyword: str, tabular: bool) -> _Draft:
    """Return the parts of a text; a first line that only repeats the header's keyword is its slug."""
    draft = _Draft()
    first, _, rest = text.lstrip("\n").partition("\n")
    # Some senders repeat the header's keyword as the first line of the text, without "^".
    if keyword and one_line(first).rstrip("<=+") == keyword:
        draft.slug, text = keyword, rest
    parts = list(_parts(text.split("\n"), tabular))
    has_paragraphs = any(kind in ("paragraph", "row") and not _is_end(text) for kind, text in parts)
    for kind, content in parts:
        if kind in ("paragraph", "row", "line"):
            _add_text(draft, kind, content)
        # Once the text has begun, a field is a heading within it and never the story's headline.
        elif draft.blocks or not _add_field(draft, kind, content, has_paragraphs):
            is_row = len(_COLUMNS.findall(content.strip())) > 1
            _add_text(draft, "row" if is_row else "heading" if has_paragraphs else "line", content)
    return draft


def _is_end(text: str) -> bool:
    text = one_line(text)
    return bool(
        _AP_END.fullmatch(text)
        or _SHORT_END.fullmatch(text)
        or _CLOCK_END.fullmatch(text)
        or _END_MARKS.fullmatch(text)
    )


def _add_text(draft: _Draft, kind: str, content: str) -> None:
    text = one_line(content.replace("\x10", " "))
    if _is_end(text):
        # An end mark ("(MORE)", dashes) says nothing of the time, so it must not replace a trailer that does.
        draft.end = draft.end if _END_MARKS.fullmatch(text) else text
    elif text:
        draft.blocks.append((kind, content if kind == "row" else text))


def _parts(lines: list[str], tabular: bool) -> Iterator[tuple[str, str]]:
    """Yield (kind, text); fields are left or centre by their end mark, open without one."""
    at = 0
    begun = False
    while at < len(lines):
        line = lines[at]
        at += 1
        if _FIELD.match(line):
            whole = line
            while at < len(lines) and _continues(whole.rpartition("\n")[2], lines[at]):
                whole += f"\n{lines[at]}"
                at += 1
            yield from _fields(whole)
        elif line.startswith("\x08") or (tabular and _is_tabular(line, lines[at] if at < len(lines) else "")):
            yield "row", line.replace("\x08", "").lstrip("^").rstrip("<=")
        elif len(_COLUMNS.findall(line.strip())) > 1:
            yield "row", line.rstrip(" <")
        elif _PARAGRAPH.match(line):
            start = at - 1
            while at < len(lines) and _is_wrapped(lines[at]):
                # In a text marked as a table a paragraph runs into its rows without a blank line.
                if tabular and _SENTENCE_END.search(lines[at - 1]) and _is_tabular(lines[at], ""):
                    break
                at += 1
            begun = True
            yield "paragraph", " ".join(lines[start:at]).rstrip(" <=" if at == start + 1 else " <")
        # Only above the text: within it, "<" ends a paragraph.
        elif line.rstrip().endswith(("<", "+")) and not begun:
            yield from _fields(line)
        elif line.strip():
            yield "row" if _COLUMNS.search(line.strip()) else "line", line.rstrip(" <")


def _is_tabular(line: str, after: str) -> bool:
    """Tell whether a line of a text marked as a table is a row: with columns, or a result.

    Such texts contain prose too: a line that begins a paragraph which continues in the next line is not a row.
    """
    text = line.strip()
    if _PARAGRAPH.match(line) and _is_wrapped(after) and not _COLUMNS.search(after.strip()):
        return False
    return bool(_COLUMNS.search(text) or _RESULT.fullmatch(text)) and not _PROSE.search(text)


def _continues(line: str, after: str) -> bool:
    """Tell whether the field that ends with `line` so far continues in the next line."""
    return (
        len(line) >= _LONG_FIELD and not _FIELD_END.search(line) and _is_wrapped(after) and not _COLUMNS.search(after)
    )


def _is_wrapped(line: str) -> bool:
    return bool(line.strip()) and not _PARAGRAPH.match(line) and not line.startswith(("^", "\x08")) and " ^" not in line


def _fields(text: str) -> Iterator[tuple[str, str]]:
    for part in re.split(r"(?:(?<=[<=])|^)[ \t]*\^", text):
        found = part.strip()
        if found:
            kind = {"<": "left", "+": "left", "=": "centre"}.get(found[-1], "open")
            yield kind, found.rstrip("<=+").rstrip("@ ")


def _add_field(draft: _Draft, kind: str, content: str, has_paragraphs: bool) -> bool:
    """Add a field above the text to the draft; return False if it is part of the text."""
    text = one_line(content)
    label = _LABEL.fullmatch(text)
    # A message number alone repeats the header.
    if not text or _REFERENCE.fullmatch(text):
        return True
    # Only the first field can be the slug: a headline may have a comma and a number as well.
    if not draft.slug and not draft.titles and (_SLUG.match(text) or _WORDS.search(text) or _LEAD.search(text)):
        draft.slug = text
    elif label:
        _add_labelled(draft, label["label"].upper(), label["rest"])
    elif _NOTE.match(text) or _PICKUP.fullmatch(text) or (text.startswith("(") and text.endswith(")")):
        draft.notes.append(text)
    elif byline := _BYLINE.fullmatch(text):
        draft.names = byline["names"]
    elif draft.names and not draft.credit and (kind == "centre" or _CREDIT.match(text)):
        # A line in capitals below a byline is a heading or a dateline of the text.
        if not _CREDIT.match(text) and text.isupper():
            return False
        draft.credit = text
    elif draft.names or (draft.titles and kind == "open" and not has_paragraphs):
        return False
    elif draft.titles and len(text) > _LONG_HEADLINE:
        draft.summary = text
    else:
        draft.titles.append(text)
    return True


def _add_labelled(draft: _Draft, label: str, text: str) -> None:
    """Add a labeled field of CP: headline, index words, changes of an update; codes and stock symbols are ignored."""
    if label == "HL":
        # CP's own headline wins over a line that only looked like one.
        draft.titles.insert(0, text)
    elif label == "INDEX":
        draft.index += [one_line(word) for word in text.split(",")]
    elif label in ("UPDATE", "PHOTO"):
        draft.notes.append(text)


def _authors(names: str) -> tuple[str, ...]:
    """Return the names of a byline; an agency is not an author."""
    if not names or _CREDIT.match(names):
        return ()
    return unique(name.strip() for name in re.split(r",|\sand\s", names))


def _provider(credit: str) -> str:
    return {"the canadian press": "CP", "the associated press": "AP", "associated press": "AP"}.get(credit.lower(), "")


def _html(blocks: list[tuple[str, str]]) -> str:
    """Return the text as HTML; tab lines and consecutive results become tables."""
    parts: list[str] = []
    for is_table, group in groupby(_with_result_rows(blocks), key=lambda block: block[0] == "row"):
        if is_table:
            rows = (f"<tr>{''.join(f'<td>{_text(cell)}</td>' for cell in _cells(text))}</tr>" for _, text in group)
            parts.append(f"<table>{''.join(rows)}</table>")
        else:
            parts += [
                f"<h2>{_text(text)}</h2>" if kind == "heading" else f"<p>{_text(text)}</p>" for kind, text in group
            ]
    return "\n".join(parts)


def _with_result_rows(blocks: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the blocks with results ("Boston 4, Baltimore 0") as rows, where at least two are consecutive."""
    results = [kind != "heading" and (kind == "row" or bool(_RESULT.fullmatch(text))) for kind, text in blocks]
    near = [False, *results, False]
    return [
        ("row" if result and (near[at] or near[at + 2]) else "paragraph" if kind in ("row", "line") else kind, text)
        for at, ((kind, text), result) in enumerate(zip(blocks, results, strict=True))
    ]


def _cells(row: str) -> list[str]:
    if _COLUMNS.search(row.replace("\x10", "")):
        row = _SPACE_BAND.sub(" ", row)  # within a name, if other marks separate the columns
    cells = [cell for cell in _COLUMNS.split(row.strip()) if cell.strip()]
    return cells if len(cells) > 1 else _PAIR.split(row.strip())


def _note(note: str) -> str:
    text = _NOTE_LABEL.sub("", note).strip()
    return text.strip("()") if text.count("(") != text.count(")") or text.startswith("(") else text


def _text(text: str) -> str:
    return html.escape(_typeset(text), quote=False)


def _typeset(text: str) -> str:
    """Return text in one line, with real dashes, quotation marks and fractions.

    In AP's 7-bit copy "_" is a dash, two grave accents with two apostrophes are quotation marks, and "{" after a digit
    is one half.
    """
    text = re.sub(r"(?<=\s)_(?=\s)", "—", re.sub(r"(?<=\d)\{", "½", text))
    if "``" in text:
        text = text.replace("``", "“").replace("''", "”")
    return one_line(text)


FORMAT = Format("anpa", lambda sample: looks_like_anpa(sample.body), parse_anpa, syntax="text")
