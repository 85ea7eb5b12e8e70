"""Signal phrases: how agencies write in words that a story is killed, corrected or embargoed.

`data/signal_phrases.tsv` lists them. News uses the same words ("Police kill gunman", "UN lifts arms embargo"), so each
row matches in one form only:

    CAPS    a tag in capitals: it opens a headline, a note or a line, or is the last part of a slugline, and is cut off
            by a dash, a colon or the end ("KILL - ..."); or it stands in brackets ("(KILL)")
    Tag     the same, and in small letters before a colon or in brackets ("Berichtigung: ...", "(Update 2)")
    note    anywhere in an editorial note, or in an advisory line ("(Adds quotes)", "Eds: ...")
    phrase  anywhere: what only a desk writes, to other desks ("A kill is mandatory")

A wrong kill hides news, a missed one shows libel. So a phrase that stops a story must be a tag in capitals, or name
what it stops ("please kill item dpa 157", not "kill the third paragraph").
"""

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib import resources

# Signals that stop the item that carries them.
STOPPING_SIGNALS = frozenset({"kill", "retraction", "disregard", "withhold"})

_ITEM = r"(?:story|stories|item|items|article|report|alert|version|dispatch|copy|headline)"
_MELDUNG = r"(?:(?:eil|kurz|erst)?meldung|text|bericht|beitrag|artikel|überblick|fassung)(?:en|e|s)?"
_WHICH = r"(?:the|this|that|our|all|above|following|entire|news|reuters|afp|dpa)"
# Macros in the patterns of the table.
_MACROS = {
    "@start": r"(?:^|[.;:(/!-] ?|\b(?:also|and) )",
    "@item": _ITEM,
    "@story": rf"(?:{_ITEM}|take|transmission|slugged|(?:dpa |bdt ?|afp ?)?[a-z]{{0,4}}\d{{3,4}})\b",
    # A slug ("BC-Harbour") is tried before its first word, so that a text matches in one way only (linear time).
    "@which": rf"(?:{_WHICH} {{1,3}}|[a-z]{{1,20}}-[\w-]{{1,60}},? ){{0,12}}(?:{_WHICH} ?-{{1,2}} ?)?",
    "@old": r"(?:earlier|previous|preceding|prior|first|original|old)",
    "@meldung": _MELDUNG,
    "@bitte": rf"(?>(?:die|diese|den|diesen|das|dieses|unsere|unseren|obige|obigen|alte|frühere|vorige|vorerst"
    rf"|bis auf weiteres|mit der|nummer|nr\.?|{_MELDUNG}|(?:dpa |bdt ?)?[a-z]{{0,4}}\d{{3,4}}"
    r"|[«„\"][^»“\"]{1,120}[»“\"])(?= ))",
    "@fr": r"(?:la |notre |cette |l['’])(?:dépêche|alerte|urgent|information|papier)\b",
    "@es": r"(?:la|esta|nuestra) (?:noticia|información|nota)\b",
    "@it": r"(?:la |questa |il |l['’])(?:notizia|lancio|agenzia|dispaccio)\b",
}
_MACRO = re.compile("|".join(sorted(_MACROS, key=len, reverse=True)))

_OPENING = re.compile(r"[\s*^/\"'“«»*•]*")
_BRACKET = re.compile(r"[(\[]\s*")
_CUT = r"\s*(?:[:=–—*!^/|]|--|-\s|$)|\s+-+(?=\w)"
_AFTER_TAG = re.compile(_CUT)
_AFTER_JOINED_TAG = re.compile(rf"{_CUT}|-(?=\w)|-?\s*\([^()]{{1,30}}\)\s*[-:]")
_IN_BRACKETS = re.compile(r"\s*(?:[:=–—!,;.)\]-]|$|\d)|\s(?:bis|until|vom|to|von|zu)\b")
_SMALL_TAG = re.compile(r"\s?[:\])]")
_SLUG_PARTS = re.compile(r"--|\s-\s|[/,;:()\[\]]")
_LAST_CAPITALS = re.compile(r"\s([A-Z]{4,})$")
_ADVISORY_LINE = re.compile(
    r"\W*(?:eds?|editors?|ed\.? note|note to editors|attention|achtung|hinweis|avis|nota|ap members)\b|\s*[(\[^]",
    re.IGNORECASE,
)
_MOST_TAGS = 5
# Before an order to kill, these words say that it has been carried out: this story is the replacement.
_INSTEAD = re.compile(r"\b(?:replac|restor|substitut|reinstat|supersed|instead|ersetzt|anstelle|remplac)", re.I)
# How a text with an opening tag may begin: capitals, a word before a colon, a bracket, "1st Lead", or it is short.
_MAY_OPEN = re.compile(
    r"[\W_]*(?:[A-ZÀ-Ý]{2}|[^\W\d_][\w ]{1,40}\s?:|\d{1,2}(?:st|nd|rd|th|ST|ND|RD|TH) |.{0,60}$)|[(\[]"
)
# Parts of the phrases in lower case: searching for them is faster than matching all phrases.
_PHRASE_STEMS = (
    *("kill is", "y kill", "n kill", "please ", "make certain", "withdr", "bitte ", "annul", "anul", "prière"),
    *("merci d", "veuillez", "rogamos", "ruega", "por favor", "prega", "correcting", "testo corretto", "errata"),
    *("writethru", "write-thru", "/rpt", "(take", "embarg", "sperrfrist", "not for ", "not to be ", "hold for release"),
    *("for release", "for use", "frei ab", "frei für"),
)
_NUMBERED_PHRASE = re.compile(r"[0-9](?:st|nd|rd|th) (?:ld|add|take)\b")
_ADVANCE = re.compile(r"\badv ?\d")


@dataclass(frozen=True)
class FoundPhrase:
    """A signal phrase in a text; `text[end:]` follows it.

    Attributes:
        signal: The signal it stands for; "embargo?" is one only if the end of the embargo follows.
    """

    signal: str
    text: str
    end: int
    language: str


@dataclass(frozen=True)
class _Rows:
    """All rows of some forms as one regular expression; the matching group's name identifies the row."""

    pattern: re.Pattern[str]
    rows: dict[str, dict[str, str]]

    def row(self, match: re.Match[str]) -> dict[str, str]:
        return self.rows[match.lastgroup or ""]

    def found(self, match: re.Match[str]) -> Iterator[FoundPhrase]:
        row = self.row(match)
        return (FoundPhrase(signal, match.string, match.end(), row["language"]) for signal in row["signal"].split())


def rows() -> list[dict[str, str]]:
    """Return the table: signal (or several), form, language, pattern, an example as published, and its source."""
    table = resources.files("newsbeam.transforms.parse.wire").joinpath("data", "signal_phrases.tsv")
    lines = table.read_text(encoding="utf-8").splitlines()
    return list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))


@lru_cache(maxsize=1)
def _tables() -> tuple[_Rows, _Rows, _Rows]:
    """Return the tags, the notes and the phrases."""
    table = rows()
    return _compile(table, "CAPS", "Tag"), _compile(table, "note"), _compile(table, "phrase")


def _compile(table: Iterable[dict[str, str]], *forms: str) -> _Rows:
    named = {f"_{number}": row for number, row in enumerate(table) if row["form"] in forms}
    # A tag ends with a word, so that the longer of two ("KILL ADVISORY") matches whole.
    end = r"(?!\w)" if "CAPS" in forms else ""
    expression = "|".join(
        f"(?P<{name}>(?:{_MACRO.sub(lambda macro: _MACROS[macro[0]], row['pattern'])}){end})"
        for name, row in named.items()
    )
    return _Rows(re.compile(expression, re.IGNORECASE), named)


def find_phrases(
    headlines: Iterable[str], slugline: str, notes: Iterable[str], lines: Iterable[str]
) -> Iterator[FoundPhrase]:
    """Yield the signal phrases in an item, in the order of its parts.

    Args:
        headlines: Its headline and the like, each in one line.
        slugline: Its slugline.
        notes: Editorial notes.
        lines: The first lines of the body, or other lines that may contain notes.
    """
    for text in headlines:
        yield from _tags(text)
        yield from _phrases(text)
    if slugline:
        yield from _slug_tags(slugline)
        yield from _phrases(slugline)
    for text in notes:
        yield from _note(text)
    shown = list(lines)
    # Once for all lines: almost no story has a phrase, and this runs for each story.
    any_phrase = _may_hold_phrase("\n".join(shown))
    for text in shown:
        if _ADVISORY_LINE.match(text):
            yield from _note(text)
        else:
            yield from _opening_tags(text)
            yield from _phrases(text) if any_phrase else ()


def _note(text: str) -> Iterator[FoundPhrase]:
    # Notes of several elements were joined by "; ", and each may open with a tag of its own.
    for clause in text.split("; "):
        yield from _tags(clause)
        yield from _phrases(clause)
        for match in _tables()[1].pattern.finditer(clause):
            for found in _tables()[1].found(match):
                done = found.signal in STOPPING_SIGNALS and _INSTEAD.search(_sentence_before(clause, match.start()))
                yield replace(found, signal="replacement") if done else found


def _sentence_before(text: str, end: int) -> str:
    """Return the part of a sentence before `end`."""
    return text[max(text.rfind(".", 0, end), text.rfind(";", 0, end)) + 1 : end]


def _may_hold_phrase(text: str) -> bool:
    small = text.lower()
    if any(stem in small for stem in _PHRASE_STEMS) or _NUMBERED_PHRASE.search(small):
        return True
    return "adv" in small and _ADVANCE.search(small) is not None


def _phrases(text: str) -> Iterator[FoundPhrase]:
    if not _may_hold_phrase(text):
        return
    phrases = _tables()[2]
    for match in phrases.pattern.finditer(text):
        yield from phrases.found(match)


def _tags(text: str) -> Iterator[FoundPhrase]:
    """Yield the tags that open a text, in order, and those in its brackets."""
    yield from _opening_tags(text)
    for bracket in _BRACKET.finditer(text):
        yield from _bracket_tag(text, bracket.end())


def _opening_tags(text: str) -> Iterator[FoundPhrase]:
    if not _MAY_OPEN.match(text):
        return
    tags = _tables()[0]
    position = _OPENING.match(text).end()  # type: ignore[union-attr]
    # "URGENT - CORRECTION - ...": tags stand in a row, each after the cut of the one before.
    for _ in range(_MOST_TAGS):
        match = tags.pattern.match(text, position)
        if not match:
            return
        row = tags.row(match)
        # One word that stops a story must be cut off clearly, not only joined by a hyphen: a wrong kill hides news.
        joined = row["signal"] not in STOPPING_SIGNALS or " " in match[0]
        cut = (_AFTER_JOINED_TAG if joined else _AFTER_TAG).match(text, match.end())
        if not cut or not (match[0].isupper() or (row["form"] == "Tag" and _in_small_letters(text, match))):
            return
        yield from tags.found(match)
        position = _OPENING.match(text, cut.end()).end()  # type: ignore[union-attr]


def _in_small_letters(text: str, tag: re.Match[str]) -> bool:
    """Return whether a match in lower case is a tag: before a colon, or two words that are the whole text."""
    return _SMALL_TAG.match(text, tag.end()) is not None or (" " in tag[0] and tag.end() == len(text))


def _bracket_tag(text: str, position: int) -> Iterator[FoundPhrase]:
    tags = _tables()[0]
    match = tags.pattern.match(text, position)
    if match and _IN_BRACKETS.match(text, match.end()):
        row = tags.row(match)
        if row["form"] == "Tag" or match[0].isupper():
            yield from tags.found(match)


def _slug_tags(slugline: str) -> Iterator[FoundPhrase]:
    """Yield the tags among the parts of a slugline: "BC-US--Ferry, Kill", "FERRY/ (UPDATE 2, PIX)"."""
    start, before = 0, ""
    for cut in [*_SLUG_PARTS.finditer(slugline), None]:
        part = slugline[start : cut.start() if cut else None].strip()
        # The whole part: "Kill-A-Watt" in a slug is a product.
        row = _whole_tag(part)
        if row and (part.isupper() or before in {",", "--", "(", "["}):
            yield FoundPhrase(row["signal"], slugline, len(slugline), row["language"])
        if cut:
            start, before = cut.end(), cut[0]
    last = _LAST_CAPITALS.search(slugline)
    if last and not slugline.isupper() and (row := _whole_tag(last[1])):
        yield FoundPhrase(row["signal"], slugline, len(slugline), row["language"])


def _whole_tag(part: str) -> dict[str, str] | None:
    match = _tables()[0].pattern.fullmatch(part) if part else None
    return _tables()[0].row(match) if match else None


_SLUG_WORDS = re.compile(
    r"\b\d{1,2}(?:st|nd|rd|th) (?:ld|lead|add|take|writethru)\b(?:\s*-\s*write-?thru)?|\bwrite-?thru\b"
    r"|\badv ?\d{1,2}(?:-\d{1,2})?\b|\b(?:(?:mandatory|bulletin|story) )kill\b|\((?:take|update) \d{1,2}\)",
    re.IGNORECASE,
)
_WORD_COUNT = re.compile(r",\s*\d{2,4}$")


def slug_key(slugline: str) -> str:
    """Return a slugline in lower case, without versions, orders and word counts: the same for all versions of a story.

    "BC-US--Ferry, 1st Ld-Writethru", "BC-US--Ferry, KILL" and "BC-US--Ferry,0420" are slugs of one story.
    """
    slug = " ".join(_WORD_COUNT.sub("", slugline.strip()).split())
    slug = _SLUG_WORDS.sub("", slug)
    last = _LAST_CAPITALS.search(slug)
    if last and not slug.isupper() and _whole_tag(last[1]):
        slug = slug[: last.start()]
    pieces = re.split(f"({_SLUG_PARTS.pattern})", slug)
    kept = "".join(piece for piece in pieces if not _whole_tag(piece.strip()))
    kept = re.sub(r"[(\[][\s,;]*[)\]]", "", kept)
    return " ".join(kept.split()).lstrip(" ,;:/-").rstrip(" ,;:/<^*-").casefold()
