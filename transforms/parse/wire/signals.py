"""What an agency says of the life of a story: its status, its signals, the end of an embargo, what it takes back.

Said formally (a status, signal codes) or in words (headline, slugline, editorial note, first lines); both count, and
the more cautious one decides: words never make a canceled item usable. Corrections and updates are signals only.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from itertools import islice

from newsbeam.transforms.parse.plain import one_line, unique
from newsbeam.transforms.parse.wire import wordings
from newsbeam.transforms.parse.wire.embargoes import embargo_end, next_day_of_month
from newsbeam.transforms.parse.wire.wordings import Found, plain_slug
from newsbeam.transforms.records import Entry, Related, Status

__all__ = ["plain_slug", "with_status"]

# IPTC pubstatusg2 and newsstatus (NewsML 1), NITF management-status, ninjs pubstatus; then dialects: AP ("Canceled
# (the same as Kill)", api.ap.org Publishable-Content), Superdesk's states and those of other languages.
_STATUS: dict[str, Status] = {
    **dict.fromkeys(("", "usable", "published", "corrected", "updated", "released", "final", "live", "frei"), "usable"),
    **dict.fromkeys(("withheld", "withhold", "hold", "onhold", "held", "gesperrt", "suspended"), "withheld"),
    **dict.fromkeys(("canceled", "cancelled", "killed", "kill", "recalled", "retracted", "withdrawn"), "canceled"),
    **dict.fromkeys(("deleted", "storniert", "zurückgezogen", "annulé", "annulée", "anulada", "annullato"), "canceled"),
}
_EMBARGOED = frozenset({"embargoed", "embargo", "holdforrelease", "scheduled"})

# Formal signals -> one vocabulary. Words: IPTC signal codes (cv.iptc.org/newscodes/signal), AP editorialtypes, NewsML 1
# Instruction, Superdesk operations. What is not here stays as published.
_SIGNALS = {
    **{name: name for name in ("update", "correction", "kill", "withhold", "disregard", "clarification", "retraction")},
    **{name: name for name in ("embargo", "release", "advisory", "add", "lead", "writethru", "takes", "refile")},
    **{name: name for name in ("repeat", "replacement", "urgent", "flash", "summary", "advance")},
    **dict.fromkeys(("updated", "rewrite"), "update"),
    **dict.fromkeys(("corrected", "corrective", "corrections", "correct", "rectify", "berichtigung"), "correction"),
    **dict.fromkeys(("killed", "delete", "cancel", "canceled", "cancelled", "takedown", "recall"), "kill"),
    **dict.fromkeys(("withheld", "hold"), "withhold"),
    **dict.fromkeys(("holdforrelease", "embargoed"), "embargo"),
    **{"retract": "retraction", "retracted": "retraction", "take": "takes", "replace": "replacement", "eil": "urgent"},
}
_STATUS_OF_SIGNAL: dict[str, Status] = {
    "kill": "canceled",
    "retraction": "canceled",
    "disregard": "canceled",
    "withhold": "withheld",
}
_CAUTION: tuple[Status, ...] = ("usable", "withheld", "canceled")

# Formats in which a story has no lasting id, so that a kill names it by slugline or message number.
_WITHOUT_ID = frozenset({"iptc7901", "anpa"})
# Links by which a canceled item names the one it takes back: NewsML-G2 and ninjs relations, without their prefix.
_TAKES_BACK = frozenset({"prevversion", "previousversion", "replaces", "supersedes", "cancels", "kills", "retracts"})
_MESSAGE = re.compile(r"\b(?:(dpa|bdt|afp) (\d{3,4})|([A-Z]{1,4}\d{4}))\b", re.IGNORECASE)
_URN = re.compile(r"\b(?:urn:newsml|tag):[^\s\"'<>()«»„“]+[\w]", re.IGNORECASE)
# An order that may name what it takes back.
_ORDER = re.compile(
    r"kill|withdr|withh|\bhold|disregard|retract|replac|streichen|lösch|zurück|verwend|veröff|ersetz|annul|anul",
    re.IGNORECASE,
)
_NO_MESSAGE = re.compile(r"FY|CY|MH|Q\d|H\d|G\d", re.IGNORECASE)
_SLUGGED = re.compile(
    r"\b(?:slugged|slugline|kill (?:the )?(?:story )?)(?: as)?:? ?[\"“«]?((?:[A-Z]{2,3}-)?[A-Z]\w*(?:-{1,2}\w+)+)"
)
_MOST_LINES, _LONGEST_LINE = 12, 400
_LONGEST_TEXT = 2000


def with_status(
    entry: Entry, status: str = "", signals: Iterable[str] = (), lines: Iterable[str] = (), zone: str = ""
) -> Entry:
    """Return the entry with its status, signals, end of embargo and, where it takes others back, what it kills.

    A status that is in no vocabulary counts as withheld, and is kept as a signal ("status:..."): what must not be shown
    can't be taken back once it was; what was held back is there to be released. An embargo whose end is not known is
    "withheld" too, until a later version says more; one that has an end leaves the item usable.

    Args:
        entry: As parsed; its `embargo_until`, if the format states one, stays.
        status: The formal status as published: "stat:canceled", "Withheld", "embargoed" ...
        signals: Formal signals as published.
        lines: Other lines that may hold an agency's notes: advisory lines, the first lines of the body.
        zone: Of the end of an embargo that names none (IANA), as the config says; "" to tell it from the wording.
    """
    formal, said = _formal_status(status)
    codes = [name for code in signals if (name := _formal_signal(code))]
    headlines = [text[:_LONGEST_TEXT] for text in (entry.title, entry.subtitle) if text]
    notes = [entry.ednote[:_LONGEST_TEXT]] if entry.ednote else []
    shown = [one_line(line[:_LONGEST_LINE]) for line in islice(lines, _MOST_LINES)]
    found = list(wordings.find(headlines, entry.slugline[:_LONGEST_TEXT], notes, shown))
    if not (found or codes or said) and formal == entry.status:
        return entry
    end, words = _read_words(entry, found, zone)
    entry = replace(entry, embargo_until=end, signals=unique((*entry.signals, *codes, *said, *words)))
    stops = [formal, *(_STATUS_OF_SIGNAL.get(name, "usable") for name in entry.signals)]
    if "embargo" in entry.signals and end is None and "release" not in entry.signals:
        stops.append("withheld")
    entry = replace(entry, status=max(stops, key=_CAUTION.index))
    takes_back = tuple(_taken_back(entry, [*headlines, entry.slugline, *notes, *shown]))
    return replace(entry, related=tuple(dict.fromkeys((*entry.related, *takes_back))))


def _formal_status(raw: str) -> tuple[Status, tuple[str, ...]]:
    """Return the status, and what of it has to be said as a signal."""
    word = _word(raw)
    if word in _EMBARGOED:
        return "usable", ("embargo",)
    if word in _STATUS:
        return _STATUS[word], ()
    return "withheld", (f"status:{one_line(raw)}",)


def _formal_signal(raw: str) -> str:
    """Return a signal of the vocabulary, or the code as published; "" for none."""
    raw = one_line(raw)
    return _SIGNALS.get(_word(raw), raw)


def _word(code: str) -> str:
    """Return the last part of a qcode or URI ("stat:usable", ".../pubstatusg2/usable") in small letters alone."""
    return re.sub(r"[\W_]", "", re.split(r"[:/#]", code.strip().rstrip("/"))[-1].lower())


def _read_words(entry: Entry, found: Iterable[Found], zone: str) -> tuple[datetime | None, list[str]]:
    """Return the end of the embargo and the signals of the wordings."""
    until, names = entry.embargo_until, []
    for wording in found:
        name = wording.signal
        if name.rstrip("?") in ("embargo", "advance"):
            end = _end(entry, wording, zone)
            until = until or end
            if name.endswith("?") and end is None:
                continue
            names += ["advance", "embargo"] if name == "advance" else ["embargo"]
        else:
            names.append(name)
    return until, names


def _end(entry: Entry, wording: Found, zone: str) -> datetime | None:
    reference = entry.updated or entry.published
    raw = entry.updated_raw if entry.updated else entry.published_raw
    if wording.signal == "advance":
        day = re.search(r"\d{1,2}$", wording.text[: wording.end])
        return next_day_of_month(int(day[0]), reference) if day else None
    rest = wording.text[wording.end :]
    return embargo_end(rest, wording.language, reference, raw, entry.fetched_at, zone)


def _taken_back(entry: Entry, texts: list[str]) -> Iterator[Related]:
    """Yield the other items that this one orders to be taken out of use."""
    if entry.status == "usable" and "replacement" not in entry.signals:
        return
    named = list(_named(entry, texts))
    yield from (Related("kills", name) for name in dict.fromkeys(named))
    if entry.status == "usable":
        return
    for other in entry.related:
        relation = re.sub(r"[\W_]", "", re.split(r"[:/]", other.rel)[-1].lower())
        if relation in _TAKES_BACK and other.id not in ("", entry.guid, entry.url):
            yield Related("kills", other.id, other.version)
    if entry.format in _WITHOUT_ID and not named and _STATUS_OF_SIGNAL.keys() & set(entry.signals):
        slug = next((match[1] for text in texts if (match := _SLUGGED.search(text))), entry.slugline)
        if plain_slug(slug):
            yield Related("kills", f"slug:{plain_slug(slug)}")


def _named(entry: Entry, texts: list[str]) -> Iterator[str]:
    """Yield the message numbers and ids that an order names."""
    for text in filter(_ORDER.search, texts):
        for match in _MESSAGE.finditer(text):
            number = match[3] or f"{match[1]}{match[2]}"
            if not _NO_MESSAGE.match(number) and not entry.guid.lower().startswith(number.lower()):
                yield number
        for match in _URN.finditer(text):
            if match[0] != entry.guid:
                yield match[0]
