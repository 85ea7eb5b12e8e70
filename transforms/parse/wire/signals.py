"""The publication status of a story: its status, its signals, the end of its embargo, and the items it kills.

An agency publishes them as codes (a status, signal codes) or in words (headline, slugline, editorial note, first
lines). Both count, and the more severe status wins: words never make a canceled item usable. Corrections and updates
are signals only.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from itertools import islice

from newsbeam.transforms.parse.plain import one_line, unique
from newsbeam.transforms.parse.wire.embargoes import embargo_end, next_day_of_month
from newsbeam.transforms.parse.wire.signal_phrases import FoundPhrase, find_phrases, slug_key
from newsbeam.transforms.records import Entry, Related, Status

__all__ = ["slug_key", "with_status"]

# IPTC pubstatusg2 and newsstatus (NewsML 1), NITF management-status, ninjs pubstatus; then dialects: AP ("Canceled
# (the same as Kill)", api.ap.org Publishable-Content), Superdesk's states and those of other languages.
_STATUS: dict[str, Status] = {
    **dict.fromkeys(("", "usable", "published", "corrected", "updated", "released", "final", "live", "frei"), "usable"),
    **dict.fromkeys(("withheld", "withhold", "hold", "onhold", "held", "gesperrt", "suspended"), "withheld"),
    **dict.fromkeys(("canceled", "cancelled", "killed", "kill", "recalled", "retracted", "withdrawn"), "canceled"),
    **dict.fromkeys(("deleted", "storniert", "zurückgezogen", "annulé", "annulée", "anulada", "annullato"), "canceled"),
}
_EMBARGOED = frozenset({"embargoed", "embargo", "holdforrelease", "scheduled"})

# Published signal codes -> one vocabulary. Sources: IPTC signal codes (cv.iptc.org/newscodes/signal), AP
# editorialtypes, NewsML 1 Instruction, Superdesk operations. Other codes stay as published.
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
_SEVERITY: tuple[Status, ...] = ("usable", "withheld", "canceled")

# Formats without a permanent story id: a kill names the story by slugline or message number.
_WITHOUT_ID = frozenset({"iptc7901", "anpa"})
# Relations of a canceled item to the item it kills: NewsML-G2 and ninjs relations, without their prefix.
_REPLACING_RELATIONS = frozenset(
    {"prevversion", "previousversion", "replaces", "supersedes", "cancels", "kills", "retracts"}
)
_MESSAGE = re.compile(r"\b(?:(dpa|bdt|afp) (\d{3,4})|([A-Z]{1,4}\d{4}))\b", re.IGNORECASE)
_URN = re.compile(r"\b(?:urn:newsml|tag):[^\s\"'<>()«»„“]+[\w]", re.IGNORECASE)
# An order that may name the item it kills.
_ORDER = re.compile(
    r"kill|withdr|withh|\bhold|disregard|retract|replac|streichen|lösch|zurück|verwend|veröff|ersetz|annul|anul",
    re.IGNORECASE,
)
# Financial years and quarters, "FY2026", have the form of a message number.
_NOT_A_MESSAGE = re.compile(r"FY|CY|MH|Q\d|H\d|G\d", re.IGNORECASE)
_SLUGGED = re.compile(
    r"\b(?:slugged|slugline|kill (?:the )?(?:story )?)(?: as)?:? ?[\"“«]?((?:[A-Z]{2,3}-)?[A-Z]\w*(?:-{1,2}\w+)+)"
)
_MOST_LINES, _LONGEST_LINE = 12, 400
_LONGEST_TEXT = 2000


def with_status(
    entry: Entry, status: str = "", signals: Iterable[str] = (), lines: Iterable[str] = (), zone: str = ""
) -> Entry:
    """Return the entry with its status, signals, end of embargo and the items that it kills.

    A status of no known vocabulary counts as withheld, and is kept as a signal ("status:..."). An embargo without a
    known end is "withheld" too, until a later version states it; one with an end leaves the item usable.

    Args:
        entry: As parsed; its `embargo_until`, if the format states one, stays.
        status: The status code as published: "stat:canceled", "Withheld", "embargoed" ...
        signals: Signal codes as published.
        lines: Other lines that may contain an agency's notes: advisory lines, the first lines of the body.
        zone: The config's time zone (IANA) for the end of an embargo without one; "" to derive it from the phrase.
    """
    declared, unknown = _declared_status(status)
    codes = [name for code in signals if (name := _declared_signal(code))]
    headlines = [text[:_LONGEST_TEXT] for text in (entry.title, entry.subtitle) if text]
    notes = [entry.ednote[:_LONGEST_TEXT]] if entry.ednote else []
    shown = [one_line(line[:_LONGEST_LINE]) for line in islice(lines, _MOST_LINES)]
    found = list(find_phrases(headlines, entry.slugline[:_LONGEST_TEXT], notes, shown))
    # Almost all stories end here, unchanged.
    if not (found or codes or unknown) and declared == entry.status:
        return entry
    end, in_words = _phrase_signals(entry, found, zone)
    entry = replace(entry, embargo_until=end, signals=unique((*entry.signals, *codes, *unknown, *in_words)))
    statuses = [declared, *(_STATUS_OF_SIGNAL.get(name, "usable") for name in entry.signals)]
    # A release lifts an embargo of an earlier version, whose words are often repeated.
    if "embargo" in entry.signals and end is None and "release" not in entry.signals:
        statuses.append("withheld")
    entry = replace(entry, status=max(statuses, key=_SEVERITY.index))
    killed = tuple(_killed(entry, [*headlines, entry.slugline, *notes, *shown]))
    return replace(entry, related=tuple(dict.fromkeys((*entry.related, *killed))))


def _declared_status(raw: str) -> tuple[Status, tuple[str, ...]]:
    """Return the status, and the signals that express what the status can't."""
    word = _bare_code(raw)
    if word in _EMBARGOED:
        return "usable", ("embargo",)
    if word in _STATUS:
        return _STATUS[word], ()
    # A withheld item can be released later; a published one can't be unpublished.
    return "withheld", (f"status:{one_line(raw)}",)


def _declared_signal(raw: str) -> str:
    """Return a signal of the vocabulary, or the code as published; "" for none."""
    raw = one_line(raw)
    return _SIGNALS.get(_bare_code(raw), raw)


def _bare_code(code: str) -> str:
    """Return the last part of a qcode or URI ("stat:usable", ".../pubstatusg2/usable"), letters only, in lower case."""
    return re.sub(r"[\W_]", "", re.split(r"[:/#]", code.strip().rstrip("/"))[-1].lower())


def _phrase_signals(entry: Entry, found: Iterable[FoundPhrase], zone: str) -> tuple[datetime | None, list[str]]:
    """Return the end of the embargo and the signals of the phrases found."""
    until, names = entry.embargo_until, []
    for phrase in found:
        name = phrase.signal
        if name.rstrip("?") in ("embargo", "advance"):
            end = _embargo_end(entry, phrase, zone)
            # The format's own field wins, and of several phrases the first: later ones quote other stories.
            until = until or end
            if name.endswith("?") and end is None:
                continue
            names += ["advance", "embargo"] if name == "advance" else ["embargo"]
        else:
            names.append(name)
    return until, names


def _embargo_end(entry: Entry, phrase: FoundPhrase, zone: str) -> datetime | None:
    reference = entry.updated or entry.published
    raw = entry.updated_raw if entry.updated else entry.published_raw
    if phrase.signal == "advance":
        day = re.search(r"\d{1,2}$", phrase.text[: phrase.end])
        return next_day_of_month(int(day[0]), reference) if day else None
    rest = phrase.text[phrase.end :]
    return embargo_end(rest, phrase.language, reference, raw, entry.fetched_at, zone)


def _killed(entry: Entry, texts: list[str]) -> Iterator[Related]:
    """Yield the other items that this one kills."""
    if entry.status == "usable" and "replacement" not in entry.signals:
        return
    named = list(_named(entry, texts))
    yield from (Related("kills", name) for name in dict.fromkeys(named))
    if entry.status == "usable":
        return
    for other in entry.related:
        relation = re.sub(r"[\W_]", "", re.split(r"[:/]", other.rel)[-1].lower())
        if relation in _REPLACING_RELATIONS and other.id not in ("", entry.guid, entry.url):
            yield Related("kills", other.id, other.version)
    if entry.format in _WITHOUT_ID and not named and _STATUS_OF_SIGNAL.keys() & set(entry.signals):
        slug = next((match[1] for text in texts if (match := _SLUGGED.search(text))), entry.slugline)
        if slug_key(slug):
            yield Related("kills", f"slug:{slug_key(slug)}")


def _named(entry: Entry, texts: list[str]) -> Iterator[str]:
    """Yield the message numbers and ids that an order names."""
    for text in filter(_ORDER.search, texts):
        for match in _MESSAGE.finditer(text):
            number = match[3] or f"{match[1]}{match[2]}"
            # A story that names its own number must not kill itself.
            if not _NOT_A_MESSAGE.match(number) and not entry.guid.lower().startswith(number.lower()):
                yield number
        for match in _URN.finditer(text):
            if match[0] != entry.guid:
                yield match[0]
