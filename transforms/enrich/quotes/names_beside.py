"""Names of people beside a verb of saying, for languages without an entity model. No Beam, no spaCy here.

German writes all nouns with a capital, so a name is known by a given name, or by the trade before it; a surname alone
by the full name elsewhere in the entry.
"""

import re
from collections.abc import Iterable, Iterator

from newsbeam.transforms.records import Entity

_NAME = r"[A-ZÄÖÜÉÈÀ][\w’'-]{1,30}"
_PARTICLE = r"(?:(?:von|van|de|der|den|zu|al|el|bin|di|da)\s){0,3}"
_WORD = re.compile(_NAME)
_FULL = re.compile(rf"(?P<given>{_NAME})\s(?:(?:[A-Z]\.|{_NAME})\s|{_PARTICLE})(?P<surname>{_NAME})")
_TRADE = re.compile(
    r"(?:minister|präsident|kanzler|chef|sprecher|leiter|trainer|direktor|experte|expert|anwalt|anwält|meister|botschafter|"
    r"professor|forscher|politiker|abgeordnete|meteorologe|ökonom|beauftragte|vorsitzende|kommissar|richter|autor|kapitän)"
    r"(?:in|r|n|s)?$",
    re.IGNORECASE,
)


def names_beside(text: str, given_names: frozenset[str]) -> Iterator[Entity]:
    """Yield the full names in a text, as people: two words or more after a given name or a trade."""
    at, last = 0, ""
    while match := _FULL.search(text, at):
        given = match["given"]
        trade = _TRADE.search(last) is not None and text[at : match.start()].strip() == ""
        if (given.casefold() in given_names or trade) and not _TRADE.search(given):
            yield Entity(match[0], "PER", match.start(), match.end(), match[0])
            at = match.end()
        else:
            at = match.start() + len(given)
        last = given


def surnames_of(people: Iterable[Entity]) -> dict[str, str]:
    """Return the full names by surname, of surnames that one person has."""
    found: dict[str, set[str]] = {}
    for person in people:
        found.setdefault(person.text.split()[-1], set()).add(person.text)
    return {surname: min(names) for surname, names in found.items() if len(names) == 1}


def with_surnames(text: str, people: list[Entity], surnames: dict[str, str]) -> list[Entity]:
    """Return the people in a text, also those who stand there with their surname only."""
    found = list(people)
    for match in _WORD.finditer(text):
        if match[0] in surnames and not any(each.start < match.end() and match.start() < each.end for each in people):
            found.append(Entity(match[0], "PER", match.start(), match.end(), surnames[match[0]]))
    return sorted(found, key=lambda entity: entity.start)
