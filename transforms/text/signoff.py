"""Extracts the sign-off of an agency after a story: initials, "ENDS", its name, who reported and edited.

    (esn)   hh/ph/ts   /dpa   PTI KJ RT   -- Reuters   ENDS   - 30 -   ###   Enditem   AFP PHOTO / JANE DOE
    (Reporting by Jane Doe; Editing by John Roe)   Mit Material der dpa   Jane Roe contributed to this report.

Only lines at the very end are removed. Who reported, and whose text and copyright it is, is returned; the rest is the
same after every story. Forms as in the Reuters Handbook of Journalism ("Sign-offs"), the AP Stylebook and
the stories of the agencies in `phrases`.
"""

import re
from typing import NamedTuple

from newsbeam.transforms.text import phrases
from newsbeam.transforms.text.block import Block

_MAX_SIGN_OFFS = 10  # sign-offs of one story; each costs a copy of the last block
_LONGEST = 500  # characters
_SHORTEST_STORY = 80  # characters at the end of a block within which a short sign-off begins

_AGENCIES = "|".join(phrases.SIGNING_AGENCIES).replace(" ", r"\ ")
_SOURCES = "|".join(phrases.WITH_AGENCIES).replace(" ", r"\ ")
_INITIALS = r"[a-zäöüß]{2,4}"
# After the agency's name: "hm bs wjh", "vsc/bg", "KJ RT"
_BYLINES = r"(?:[a-z]{2,4}(?:[/\ -][a-z][a-z0-9]{1,3}){0,6}|[A-Z]{2,4}(?:[/\ ][A-Z]{2,4}){0,5})"
_CAPITALS = r"[A-ZÀ-Þ][A-ZÀ-Þ.'’-]{1,20}"
_AFTER_SENTENCE = r"""(?:^|(?<=[.!?…"”’'»)\]]))\s*"""
_SHORT = re.compile(
    rf"""(?:
        {_AFTER_SENTENCE}(?:
            [(\[]-?(?P<bracketed>(?:{_AGENCIES})(?:[/,;\ -]{{1,2}}[\w.]{{2,20}}){{0,4}})[)\]]
            | [(\[](?P<initials>{_INITIALS}(?:[/,;.-]\s?[a-zA-Zäöüß]{{2,7}}){{0,5}})[)\]]
            | /(?P<slashed>{_AGENCIES}|[a-z]{{2,12}})/
            | /(?P<after_slash>(?:{_AGENCIES})(?:/(?:{_AGENCIES})){{0,3}})
            | /?{_INITIALS}(?:/[a-zA-Z]{{2,4}}){{2,6}}
            | (?:--?|–|—|~)\s?(?P<dashed>[Ww]ith\ (?:inputs?|agency|agencies).{{0,60}}|{_AGENCIES})(?:\ {_BYLINES})?
            | (?P<signed>{_AGENCIES})\ {_BYLINES}
            | /?\ ?(?P<photo>(?:{_AGENCIES})(?:\ PHOTO)?\ ?/\ ?{_CAPITALS}(?:\ {_CAPITALS}){{0,3}})
            | \(?-?(?:[Ee]nds?|ENDS?|[Mm]ore|MORE|[Ff]in|FIN|E(?:nde|NDE))-?\)(?<=[)\-])
            | (?:--?|–|—)\s?(?:[Ee]nds?|ENDS?|30|0|o|fin|FIN|Ende|ENDE)\s?(?:--?|–|—)
            | -{{0,2}}\s?(?:ENDS?|(?P<reuters>REUTERS?|Reuters?))(?:\ \.\.\.|\.)?(?:\ ?/{{2}})?
            | Enditem | Endit\b
            | [#*=-](?:\s?[#*=-]){{2,}}
        )
        | (?:^|\s)(?:(?P<reuter>REUTER|Reuter)|\#\ ?\#\ ?\#|-30-|/ENDS?/?)
    )\.?\s*$""",
    re.VERBOSE,
)
_AGENCY_GROUPS = ("bracketed", "initials", "slashed", "after_slash", "dashed", "signed", "photo", "reuters", "reuter")
# Whole lines, after a paragraph that ends a sentence.
_LINE = re.compile(
    rf"""
    (?P<agency>(?:{_AGENCIES})(?:[/,-]\ ?(?:{_AGENCIES})){{0,3}})\.?
    | (?P<dpa>(?:{_AGENCIES})[/-](?:{_INITIALS}|[A-Z]{{2,5}}))
    | (?=[^/]{{2,30}}/){_INITIALS}(?:[/-]{_INITIALS}){{1,6}}
        (?:\ \((?P<after>(?:{_AGENCIES})(?:[,/]\ ?(?:{_AGENCIES})){{0,3}})\))?
    | (?P<press>SOURCE:?\ [A-Z].{{1,100}})
    | (?:[Ee]nds?|ENDE?|Ende|FIN|FINE|FIM)\.?
    | A?[A-Z]{{2,6}}-[A-Z]{{2}}-\d\d-\d\d-\d\d\ \d{{4}}[A-Z]{{3}}<?
    | (?:[Vv]iew|[Tt]o\ view|[Rr]ead)\ (?:the\ )?(?:source|original)\ (?:version|content|release)\b.{{0,200}}https?://\S{{1,400}}
    """,
    re.VERBOSE,
)
_BY = r"(?:[Bb]y|[Dd]e|[Pp]ar|[Pp]or|[Vv]on|[Dd]i)"
_WORK = "|".join(phrases.CREDIT_WORDS).replace(" ", r"\ ")
_EDITED = (
    r"[Ee]dit(?:ing|ed)\ by|[ÉéEe]dité\ par|version\ française|[Ee]ditado\ por|[Ee]di(?:ción|ção)\ de|redigiert\ von"
    r"|in\ redazione"
)
# Each word can end in one place only, since it contains no separator.
_NAME = (
    r"(?:[A-ZÀ-ÞČŠŽ][\w.&'’-]{0,30}|dpa[\w-]{0,12}|epd|the|and|und|et|y|e|der|de|la|da|do|an|agency|agencies|agencias"
    r"|agences|agências)"
)
# A word of a credit line without a bracket or a full stop: a sentence has other words ("Written by Jane Austen, it is
# still read").
_CREDITED = (
    rf"(?:{_NAME}|in|for|of|at|with|by|von|par|por|from|to|additional|reporting|writing|editing|edited|written|compiled"
    r"|translated|contributing|redigiert|geschrieben|bearbeitet|édité|rédigé|editado|escrito|traduit)"
)
_CREDIT = re.compile(
    rf"""{_AFTER_SENTENCE}(?:
    [(\[](?P<bracketed>(?:{_WORK})\b[^()\[\]]{{0,40}}?(?:\ {_BY}\ |:\ )[^()\[\]]{{3,400}}
        | {_BY}\ (?=[A-ZÀ-Þ])[^()\[\]]{{3,200}}
        | [^()\[\]]{{3,200}}?[;,]\ ?(?:{_EDITED})\b[^()\[\]]{{3,200}})[)\]]
    | (?P<credit>(?:{_WORK})(?:\ and\ (?:writing|editing|reporting))?(?:\ in\ [A-Z][\w\ ]{{1,30}})?
        (?:(?:\ {_BY}:?|:)|(?<=\ from))\ (?=[A-ZÀ-Þ]){_CREDITED}(?:(?:[,;:]?\ |/){_CREDITED}){{0,40}})
    | [(\[]?(?P<sources>(?:{_SOURCES})\ {_NAME}(?:[,/\ ]{{1,2}}{_NAME}){{0,9}}
        |(?:Source|Quelle|Fuente|Fonte|Text)s?:\ [^()\[\]]{{2,60}}?)[)\]]?
    | (?P<contacts>\(\([^()]{{3,300}}\)\))
    )\.?\s*$""",
    re.VERBOSE,
)
_IS_AGENCY = re.compile(
    rf"\b(?:{_AGENCIES}|afp|reuters|sda|agenc\w*|agênc\w*|Agentur\w*"
    r"|(?:The\ Canadian|Associated)\ Press)\b",
    re.VERBOSE,
)
# One sentence; the full stop after an initial is part of a name.
_CONTRIBUTED = re.compile(
    r"(?:^|(?<=[.!?…”\"’»]\s))(?=[^\W\d_a-z])(?P<who>(?:[^.!?]|(?<=\b[A-Z])\.){3,300}?) contributed"
    r"(?P<to> (?:reporting )?to (?:this|the) (?:report|story|article|dispatch|analysis)| reporting)?"
    r"(?: from [^.]{2,60})?\.$"
)
_REPORTER = re.compile(r"\b(?:writers?|reporters?|correspondents?|journalists?)\b")
_COPYRIGHT = re.compile(r"\(?(?:©|\(c\)|copyright\b).{0,20}\b(?:19|20)\d\d\b.{0,200}", re.IGNORECASE)
_OWNED = re.compile(rf"\(?©\s?(?:{_AGENCIES})\b.{{0,60}}", re.VERBOSE)
_MARKS = tuple(")]-–—/#*=")  # at the end of sign-offs, but not of names
_IN_TEXT = re.compile(r"[^\W\d_A-Z]{2,40}$|\S{0,20}\d")  # words and figures that are not part of names
_ENDED = re.compile(r"[.!?…。][\"'”’»)\]]{0,3}$")


class Ending(NamedTuple):
    """A story's blocks without its sign-off, and the sign-off's credit ("Reporting by ...") and copyright line."""

    blocks: list[Block]
    credit: str
    copyright: str


class _SignOff(NamedTuple):
    cut: int  # where it begins in the last block
    credit: str = ""
    copyright: str = ""


def extract_sign_off(blocks: list[Block]) -> Ending:
    """Return `blocks` without the sign-off at their end: "(esn)", "(END)", "-- dpa", "Reuter", "(Reporting by ...)"."""
    blocks = list(blocks)
    credits: list[str] = []
    owner = ""
    # Again after each: a credit, the initials and the agency's name stand below each other.
    for _ in range(_MAX_SIGN_OFFS):
        found = _find(blocks)
        if not found:
            break
        credits += [found.credit] if found.credit else []
        owner = found.copyright or owner
        last = blocks[-1]
        rest = last.text[: found.cut].rstrip()
        blocks[-1:] = [last._replace(text=rest)] if rest else []
    # Reversed, since they were found from the end up.
    return Ending(blocks, "; ".join(reversed(credits)), owner)


def _find(blocks: list[Block]) -> _SignOff | None:
    if not blocks or blocks[-1].kind in ("heading", "code"):
        return None
    text = blocks[-1].text
    before = len(text) - len(text[-_LONGEST:])
    return _line(blocks) or _credit(text[before:], before) or _contributors(text[before:], before) or _short(blocks)


def _line(blocks: list[Block]) -> _SignOff | None:
    """Find a sign-off that is a whole line; a name after names is not one."""
    text, kind = blocks[-1].text, blocks[-1].kind
    if len(text) > _LONGEST or kind == "list_item":
        return None
    if len(text) <= 250 and (_COPYRIGHT.fullmatch(text) or _OWNED.fullmatch(text)):
        return _SignOff(0, copyright=text)
    if text not in phrases.NOT_INITIALS and (match := _LINE.fullmatch(text)) and _follows_sentence(blocks):
        return _SignOff(0, next(filter(None, match.group("agency", "dpa", "press", "after")), ""))
    return None


def _credit(text: str, before: int) -> _SignOff | None:
    match = _CREDIT.search(text) if _may_be_credit(text) else None
    if not match or (match["sources"] and not _IS_AGENCY.search(match["sources"])):
        return None
    credit = match["credit"] or match["bracketed"] or match["sources"] or match["contacts"]
    return _SignOff(before + match.start(), credit.strip().rstrip("."))


def _contributors(text: str, before: int) -> _SignOff | None:
    match = _CONTRIBUTED.search(text) if text.endswith(".") and " contributed" in text else None
    if match and _is_person(match["who"]) and (match["to"] or _REPORTER.search(match["who"])):
        return _SignOff(before + match.start(), match[0].rstrip("."))
    return None


def _is_person(who: str) -> bool:
    """Return whether words include a given name and a surname: "The rain" doesn't."""
    return sum(word[:1].isupper() for word in who.split()) >= 2


def _may_be_credit(text: str) -> bool:
    return text[-1:] in ")]." or text[-1:].isalnum()


def _short(blocks: list[Block]) -> _SignOff | None:
    text = blocks[-1].text
    match = _SHORT.search(text, max(0, len(text) - _SHORTEST_STORY)) if _may_be_short(text) else None
    if not match or match["initials"] in phrases.NOT_INITIALS:
        return None
    if not match.start() and not _is_sure_line(match[0].strip(), blocks):
        return None
    named = next(filter(None, match.group(*_AGENCY_GROUPS)), "")
    return _SignOff(match.start(), named if _IS_AGENCY.search(named) else "")


def _is_sure_line(text: str, blocks: list[Block]) -> bool:
    """Return whether a short line is a sign-off and not the last name of a list."""
    if blocks[-1].kind == "list_item":
        return False
    return text[-1:] in _MARKS or text in ("REUTER", "Reuter") or _follows_sentence(blocks)


def _follows_sentence(blocks: list[Block]) -> bool:
    """Return whether the last block follows text, and not the names or the colon of a list."""
    above = blocks[-2] if len(blocks) > 1 else None
    if above is None or above.kind != "paragraph" or _ENDED.search(above.text):
        return True
    return not above.text.endswith(":") and any(map(_IN_TEXT.match, above.text.split()))


def _may_be_short(text: str) -> bool:
    last = text.rstrip(".")[-1:]
    return last in _MARKS or last.isalpha()
