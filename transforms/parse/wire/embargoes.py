"""When an embargo ends, as agencies write it: "0001 GMT Monday, Nov 30", "30. November 2026, 12.00 Uhr".

Only a text with exactly one time is read: a day of the month, a weekday or "today", with or without a time of day. A
weekday that contradicts the date, two dates, or words in between leave the end unknown. Without a zone, German, French,
Italian, Spanish and Portuguese phrases mean the time of their capitals; others mean the zone in which the agency dates
the item, else UTC.
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

from newsbeam.transforms.newsroom.months import MONTHS
from newsbeam.transforms.parse.dates import read_date

# Short forms of Italian and Portuguese months are words of other languages: "two days ago", "the terms set out".
_MONTHS = {name: month for name, month in MONTHS.items() if name not in ("ago", "gen", "mag", "out", "set")}
_DAYS = {
    name: day
    for day, names in enumerate(
        (
            "mon monday montag lundi lunes lunedì segunda-feira",
            "tue tues tuesday dienstag mardi martes martedì terça-feira",
            "wed weds wednesday mittwoch mercredi miércoles mercoledì quarta-feira",
            "thu thur thurs thursday donnerstag jeudi jueves giovedì quinta-feira",
            "fri friday freitag vendredi viernes venerdì sexta-feira",
            "sat saturday samstag sonnabend samedi sábado sabato",
            "sun sunday sonntag dimanche domingo domenica",
        )
    )
    for name in names.split()
}
_FROM_NOW = {
    **dict.fromkeys(("today", "heute", "aujourd'hui", "aujourd’hui", "hoy", "oggi", "hoje"), 0),
    **dict.fromkeys(("tomorrow", "morgen", "demain", "mañana", "domani", "amanhã"), 1),
}
_NAMED_TIMES = {
    **dict.fromkeys(
        ("noon", "12noon", "12 noon", "midday", "mittag", "midi", "mediodía", "mezzogiorno", "meio-dia"), 12
    ),
    # The end of the day: "Monday midnight" is ambiguous, and the later reading does not break an embargo.
    **dict.fromkeys(("midnight", "mitternacht", "minuit", "medianoche", "mezzanotte", "meia-noite"), 24),
}
_ZONES = {
    **dict.fromkeys(("et", "eastern", "eastern time"), "America/New_York"),
    **dict.fromkeys(("ct", "central"), "America/Chicago"),
    **dict.fromkeys(("mt", "mountain"), "America/Denver"),
    **dict.fromkeys(("pt", "pacific"), "America/Los_Angeles"),
    **dict.fromkeys(("z", "gmt", "utc"), "UTC"),
}
_CAPITALS = {
    "de": "Europe/Berlin",
    "fr": "Europe/Paris",
    "it": "Europe/Rome",
    "es": "Europe/Madrid",
    "pt": "Europe/Lisbon",
}
_ZONE_NAMES = (
    r"gmt|utc|z|bst|ist|cest|cet|mesz|mez|eest|eet|msk|[ecmp][sd]?t|a[sd]t|akst|hst|ae[sd]t|jst|sgt|hkt|nz[sd]t"
    r"|eastern(?: time)?|central|mountain|pacific"
)


def _one_of(names: dict[str, int]) -> str:
    return "|".join(sorted(map(re.escape, names), key=len, reverse=True))


_TOKEN = re.compile(
    rf"""
      (?P<iso>(\d{{4}})-(\d\d)-(\d\d))(?:T(?=\d))?
    | (?P<dotted>(\d{{1,2}})\.\s?(\d{{1,2}})\.\s?(\d{{4}}|\d\d(?!\d|[.:]\d))?)
    | (?P<slashed>(\d{{1,2}})/(\d{{1,2}})/(\d{{4}}))
    | (?P<day_first>(\d{{1,2}})(?:st|nd|rd|th|er|\.|º|°)?\s?(?:of\s|de\s)?({_one_of(_MONTHS)})\b\.?
        (?:,?\s(?:de\s|del\s)?((?:19|20)\d\d)\b(?!\s?(?:gmt|utc|hours|hrs|h\b)))?)
    | (?P<month_first>({_one_of(_MONTHS)})\b\.?\s(\d{{1,2}})(?:st|nd|rd|th)?\b(?![.:h]\d)
        (?:,?\s((?:19|20)\d\d)\b(?!\s?(?:gmt|utc|hours|hrs|h\b)))?)
    | (?P<clock>(\d{{1,2}})\s?[:.h]\s?(\d\d)(?::\d\d)?\s?([ap]\.?\s?m\b\.?)?(?:\s?(?:uhr|h|hrs|hours|horas|heures)\b)?)
    | (?P<hour>(\d{{1,2}})\s?(?:([ap]\.?\s?m\b\.?)|(?:uhr|h|heures?|horas)\b))
    | (?:ore|las)\s(?P<bare>(\d{{1,2}}))(?![\d:.h])
    | (?P<military>([01]\d|2[0-4])([0-5]\d))\b(?:\s?(?:hours|hrs|h)\b)?
    | (?P<named>{_one_of(_NAMED_TIMES)})\b
    | (?P<weekday>{_one_of(_DAYS)})\b\.?
    | (?P<relative>{_one_of(_FROM_NOW)})\b
    | (?P<zone>(?:gmt|utc)?[+-]\d\d:?\d\d|(?:{_ZONE_NAMES})(?![\w-]))
    | (?P<filler>[\s,;:()=–—-]+|/(?!\d)|\b(?:at|on|the|until|till|to|from|of|for|release|publication|before|after
        |prior|not|use|in|print|broadcast|online
        |um|ab|am|den|dem|der|bis|für|zum|au|à|le|la|a|las|el|del|de|du|jusqu['’]|hasta|fino|al|alle|ore|do|dia|até
        |às|os|as|heure|gegen|is|strictly|embargo(?:ed)?|sperrfrist|achtung)(?![\w-])['’]?)
    """,
    re.IGNORECASE | re.VERBOSE,
)
# After a time of day alone: words that were not understood, but name a day.
_CLAUSE = re.compile(r"(?:[^.;)\n]|\.(?=\S))*")
_NAMES_A_DAY = re.compile(rf"\d|\b(?:{_one_of(_MONTHS)}|{_one_of(_DAYS)}|{_one_of(_FROM_NOW)})\b", re.IGNORECASE)
# A phrase of an embargo is one line; the bound keeps all patterns below from long text.
_MOST_CHARACTERS = 160
# Half a year and some days: a date without a year is one near the item's, and at least one year is near enough.
_LONGEST_WITHOUT_YEAR = timedelta(days=200)


def embargo_end(
    text: str, language: str, reference: datetime | None, raw_date: str, fetched_at: datetime, zone: str = ""
) -> datetime | None:
    """Return the end of an embargo in UTC, None if it is not clear.

    Args:
        text: What follows the word "embargo" (or the like).
        language: Language of that word: "de", "en" ...
        reference: When the item was made; "Monday" and "Nov 30" are relative to it.
        raw_date: That time as published; its zone is the agency's.
        fetched_at: When the item was fetched.
        zone: Time zone of the source (IANA), "" if it is not known.
    """
    found: dict[str, list[re.Match[str]]] = {}
    text, end = text[:_MOST_CHARACTERS], 0
    for token in _tokens(text):
        found.setdefault(token.lastgroup or "", []).append(token)
        end = token.end()
    stated = found.pop("zone", [])
    days = [
        m for kind in ("iso", "dotted", "slashed", "day_first", "month_first", "relative") for m in found.get(kind, [])
    ]
    times = [m for kind in ("clock", "hour", "bare", "military", "named") for m in found.get(kind, [])]
    weekdays = found.get("weekday", [])
    # Two times are two embargoes (print and online), and it isn't known whose end counts.
    if len(days) > 1 or len(times) > 1 or len(weekdays) > 1 or not (days or times or weekdays):
        return None
    # "10 a.m. on the first Tuesday in May": the time alone would end the embargo today.
    if not days and not weekdays and _NAMES_A_DAY.search(_CLAUSE.match(text, end)[0]):  # type: ignore[index]
        return None
    try:
        # The phrase's own zone, then the source's, which the config states, then what the language or the item's date
        # suggests.
        name = _zone(stated[0][0], language, raw_date) if stated else zone or _zone("", language, raw_date)
        return _combine(days, weekdays, times, name, reference, fetched_at)
    except (ValueError, OverflowError, KeyError):
        return None


def _tokens(text: str) -> Iterator[re.Match[str]]:
    """Yield the parts of a time that open a text, up to the first word that is not one."""
    position = 0
    # `match` and not `search`: a word that isn't understood ends the phrase, and what follows it is the story.
    while match := _TOKEN.match(text, position):
        if match.end() == position:
            return
        position = match.end()
        if match.lastgroup != "filler":
            yield match


def _combine(
    days: list[re.Match[str]],
    weekdays: list[re.Match[str]],
    times: list[re.Match[str]],
    zone: str,
    reference: datetime | None,
    fetched_at: datetime,
) -> datetime | None:
    minutes = _minutes(times[0]) if times else 0
    now = reference.astimezone(_tzinfo(zone)) if reference else None
    weekday = _DAYS[weekdays[0][0].rstrip(".").lower()] if weekdays else None
    day = _day(days[0], weekday, now) if days else _next_day(weekday, minutes, now)
    if day is None or (weekday is not None and day.weekday() != weekday):
        return None
    # 24:00 is the beginning of the next day.
    day += timedelta(days=minutes // 1440)
    hour, minute = divmod(minutes % 1440, 60)
    # Through the one reader of dates, so that impossible times and summer time are treated as everywhere.
    return read_date(f"{day.isoformat()} {hour:02}:{minute:02} {zone}", fetched_at).as_published


def _day(match: re.Match[str], weekday: int | None, now: datetime | None) -> date | None:
    kind = match.lastgroup or ""
    if kind == "relative":
        return now.date() + timedelta(days=_FROM_NOW[match[0].lower()]) if now else None
    first = match.re.groupindex[kind]
    one, two, three = match[first + 1], match[first + 2], match[first + 3]
    if kind == "iso":
        return date(int(one), int(two), int(three))
    if kind == "month_first" or (kind == "slashed" and int(two) > 12):
        one, two = two, one
    month = _MONTHS[two.lower()] if kind in ("day_first", "month_first") else int(two)
    # "05/06/2027" is 5 June or 6 May.
    if kind == "slashed" and int(one) <= 12 and one != two:
        return None
    if three:
        return date(int(three) + (2000 if len(three) == 2 else 0), month, int(one))
    return _nearest(month, int(one), weekday, now) if now else None


def _nearest(month: int, day: int, weekday: int | None, now: datetime) -> date | None:
    """Return the nearest such day to `now`, on that weekday if one is given."""
    years = (now.year, now.year + 1, now.year - 1)
    near = [
        candidate
        for candidate in (date(year, month, day) for year in years if (month, day) != (2, 29) or year % 4 == 0)
        if abs(candidate - now.date()) < _LONGEST_WITHOUT_YEAR and weekday in (None, candidate.weekday())
    ]
    return near[0] if near else None


def _next_day(weekday: int | None, minutes: int, now: datetime | None) -> date | None:
    """Return the next such weekday (or day) on which that time is in the future."""
    if now is None:
        return None
    day = now.date() + timedelta(days=0 if now.hour * 60 + now.minute <= minutes else 1)
    return day if weekday is None else day + timedelta(days=(weekday - day.weekday()) % 7)


def next_day_of_month(day: int, reference: datetime | None) -> datetime | None:
    """Return the beginning of the next such day in New York, where "Adv30" is written; None without a reference."""
    if reference is None:
        return None
    zone = ZoneInfo("America/New_York")
    today = reference.astimezone(zone).date()
    # Two months: the 31st may be missing in the next one.
    candidates = (today + timedelta(days=ahead) for ahead in range(62))
    found = next((candidate for candidate in candidates if candidate.day == day), None)
    return datetime(found.year, found.month, found.day, tzinfo=zone).astimezone(UTC) if found else None


def _minutes(match: re.Match[str]) -> int:
    """Return a time of day as minutes after midnight."""
    kind = match.lastgroup or ""
    if kind == "named":
        return _NAMED_TIMES[match[0].lower()] * 60
    first = match.re.groupindex[kind]
    hour = int(match[first + 1])
    minute = 0 if kind in ("hour", "bare") else int(match[first + 2])
    half = {"clock": match[first + 3], "hour": match[first + 2]}.get(kind) or ""
    if half:
        hour = hour % 12 + (12 if half[0] in "pP" else 0)
    if hour > 24 or minute > 59 or (hour == 24 and minute):
        raise ValueError("not a time of day")
    return hour * 60 + minute


def _zone(name: str, language: str, raw_date: str) -> str:
    """Return the name of a zone: the stated one, else the language's, else that of the item's own date."""
    name = name.lower()
    if name:
        return _ZONES.get(name, name.upper())
    if language in _CAPITALS:
        return _CAPITALS[language]
    offset = re.search(r"[+-]\d\d:?\d\d$", raw_date)
    return offset[0] if offset else "UTC"


def _tzinfo(zone: str) -> tzinfo:
    if "/" in zone:
        return ZoneInfo(zone)
    # Any day does: an offset or an abbreviation is the same all year.
    noon = datetime(2000, 1, 1, 12, tzinfo=UTC)
    there = read_date(f"2000-01-01 12:00 {zone}", noon).as_published
    if there is None:
        raise ValueError("not a time zone")
    return timezone(noon - there)
