"""Splits the author fields of feeds into names."""

import re
from collections.abc import Iterator

from newsbeam.transforms.parse.plain import html_text, one_line, unique
from newsbeam.transforms.parse.wire.fields import without_by

# The lengths of RFC 5321 4.5.3.1, which also keep the pattern linear on a text without an @.
_ADDRESS = r"[^\s@<>():,;\"]{1,64}@[^\s@<>():,;\"]{1,255}"
# "address (Name)", the form of RSS, and addresses next to names as in RFC 822 6.1.
_ADDRESS_AND_NAME = re.compile(rf"(?:mailto:)?{_ADDRESS}\s?\(([^()]{{1,200}})\)", re.IGNORECASE)
_ADDRESSES = re.compile(rf"[<(\[]?\s?(?:mailto:)?({_ADDRESS})\s?[>)\]]?", re.IGNORECASE)
# What publishing systems write in place of an address.
_HIDDEN = re.compile(
    r"[(\[<]\s?(?:(?:e-?mail|address)\s)?(?:hidden|protected|withheld|removed|redacted|undisclosed)\s?[)\]>]",
    re.IGNORECASE,
)
_HIDDEN_NAME = re.compile(
    r"(?:(?:e-?mail|address)\s)?(?:hidden|protected|withheld|removed|redacted|undisclosed)", re.IGNORECASE
)
_QUOTED = re.compile(r"([\"“„'])(.{1,200})[\"”“']", re.DOTALL)
# "And" and "und" only between spaces: names such as Anderson and Undset have them too.
_PARTS = re.compile(r"\s?[;|]\s?|\s(?:and|und|et|&|\+)\s|,\s(?:and\s)?", re.IGNORECASE)
_NAME = re.compile(r"[^\W\d_][\w.'’\-]{0,40}(?:\s[^\W\d_][\w.'’\-]{0,40}){1,4}")
# Words of offices, houses and places: "Jane Doe, Health Editor" and "Jane Doe, New York" are one person.
_NOT_A_PERSON = re.compile(
    r"\b(?:agenc\w+|analyst|anchor|associate\w?|bureau|chief|columnist|contributor|coordinator|correspondent|critic|desk"
    r"|director|economist|editor\w*|fellow|founder|group|host|intern|journalist|manager|magazine|media|minister|new?s\w*"
    r"|network|officer|photographer|photojournalist|post|presenter|president|press|producer|professor|radio|report\w*"
    r"|researcher|review|service|staff|team|times|today|tribune|wires?|writers?|korrespondent\w*|redakt\w+|rédact\w+"
    r"|journaliste|jr|sr|md|phd|inc|ltd|llc|gmbh|co|of|the|for|ministry|department|university|institute|council"
    r"|association|new (?:york|delhi|orleans|zealand)|los angeles|san \w+|hong kong|tel aviv|buenos aires|mexico city"
    r"|united \w+|south africa|south korea|north korea|saudi arabia|cape town|washington)\b",
    re.IGNORECASE,
)
# A bound for hostile fields: the patterns run over it several times, and a byline is far shorter.
_MAX_LENGTH = 1000
_END = "\n"


def names_in(text: str) -> tuple[str, ...]:
    """Return the names in an author field, as written; the addresses if there are no names.

    >>> names_in("jane@paper.example (Jane Doe), john@paper.example (John Roe)")
    ('Jane Doe', 'John Roe')
    """
    lines = [line.strip() for line in text[:_MAX_LENGTH].split(_END) if line.strip()]
    # A line a name is a list; one name that a publishing system wrapped is not.
    text = (";" if len(lines) > 1 and all(map(_is_person, lines)) else " ").join(lines)
    # The order matters: "address (Name)" first, or the address alone would be cut off and leave "(Name)".
    named = _ADDRESS_AND_NAME.sub(rf"\1{_END}", _HIDDEN.sub(_END, text))
    parts = _ADDRESSES.sub(_END, named).split(_END)
    names = unique(name for part in parts for name in _names_of_part(part))
    # An address says at least who wrote it, where a publisher gives no name.
    return names or unique(one_line(address) for address in _ADDRESSES.findall(text))


def _names_of_part(part: str) -> Iterator[str]:
    # html_text is "" for what is only a tag, as in "<jane@paper.example": the text as published is better than nothing.
    part = (html_text(part) or one_line(part)).strip(" ,;|")
    part = part.removeprefix("and ")
    # Parentheses that the addresses took one half of, or that hold all that is left. "Jane Doe (AFP)" keeps its own.
    if part.count("(") != part.count(")") or (part[:1] == "(" and part[-1:] == ")"):
        part = part.strip("() ")
    if _HIDDEN_NAME.fullmatch(part):
        return
    quoted = _QUOTED.fullmatch(part)
    yield from ((one_line(quoted[2]),) if quoted else _people(without_by(part)))


def _people(text: str) -> tuple[str, ...]:
    """Return the names in a list; a text that may be one name, or a name and an office, stays one."""
    if ";" in text or "|" in text:
        return tuple(name for part in re.split("[;|]", text) for name in _people(part.strip()))
    parts = [part.strip() for part in _PARTS.split(text)]
    # All or nothing: one part that is not a person ("Health Editor") says that the commas are not those of a list.
    if len(parts) > 1 and all(map(_is_person, parts)):
        return tuple(parts)
    return (text,)


def _is_person(text: str) -> bool:
    """Return whether a text has the form of a given name and a family name."""
    words = text.split()
    return (
        bool(_NAME.fullmatch(text))
        and not _NOT_A_PERSON.search(text)
        # Only the ends: "Ludwig van Beethoven" has a small word within.
        and not (words[0].islower() or words[-1].islower())
    )
