"""Names of people beside a verb of saying, for languages without an entity model. No Beam, no spaCy here.

German writes all nouns with a capital, so a name is known by a given name, or by the trade before it; a surname alone
by the full name elsewhere in the entry.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from newsbeam.transforms.records import Entity

_NAME = r"[A-ZÄÖÜÉÈÀ][\w’'-]{1,30}"
_PARTICLE = r"(?:(?:von|van|de|der|den|zu|al|el|bin|di|da)\s){0,3}"
_WORD = re.compile(_NAME)
_FULL = re.compile(rf"(?P<given>{_NAME})\s(?:(?:[A-Z]\.|{_NAME})\s|{_PARTICLE})(?P<surname>{_NAME})")
_ALONE = re.compile(rf" (?P<name>{_NAME})(?=[,:;“”\"»«]|(?<=\w{3})\.|\.(?! [A-Z])|\s(?!und\b|oder\b)[a-zäöü(„»]|$)")
_APPOSITION = re.compile(
    r", (?:[a-zäöüß]{2,15} ){0,2}(?:[A-ZÄÖÜ][\w-]{0,30})?"
    r"(?i:chef|sprecher|leiter|sekretär|minister|vorsitzende|direktor|präsident|expert|forscher|anwalt|trainer|professor)"
    r"(?:e|er|in|r)?\b"
)
_NOT_ALONE = re.compile(r"-|(?:en|ungen|ern|ung|heit|keit|schaft|loge|login|iker|ikerin|ator|atorin)$")
_OWNED = re.compile(r"['’](?=\s)|['’]s$")
_NOT_SURNAME = re.compile(r"\s(?:der|die|den|dem|das|[A-Z]{2,5})(?:\s|$)")
_TRADE = re.compile(
    r"(?:minister|präsident|kanzler|chef|sprecher|leiter|trainer|direktor|experte|expert|anwalt|anwält|meister|botschafter|"
    r"professor|forscher|politiker|abgeordnete|meteorologe|ökonom|beauftragte|vorsitzende|kommissar|richter|autor|kapitän)"
    r"(?:in|r|n|s)?$",
    re.IGNORECASE,
)


def names_beside(text: str, given_names: frozenset[str], verbs: Sequence[int] = ()) -> Iterator[Entity]:
    """Yield the full names in a text, as people: two words or more after a given name, a trade or a verb of saying.

    Args:
        text: A paragraph.
        given_names: In lower case.
        verbs: Where verbs of saying end: "sagte Agit Kabayel".
    """
    at, last = 0, ""
    while match := _FULL.search(text, at):
        given = match["given"]
        trade = _TRADE.search(last) is not None and text[at : match.start()].strip() == ""
        said = match.start() - 1 in verbs and not _NOT_SURNAME.search(match[0])
        said = said or _APPOSITION.match(text, match.end()) is not None
        said = said and match["surname"].casefold() not in given_names and not given.endswith(("in", "s"))
        if (given.casefold() in given_names or trade or said) and not (
            _TRADE.search(given) or "-" in given.lstrip("-")
        ):
            name = _OWNED.split(match[0])[0]
            if " " in name:
                yield Entity(name, "PER", match.start(), match.start() + len(name), name)
            at = match.end()
        else:
            # Only past the first word: the second one may be the given name.
            at = match.start() + len(given)
        last = given


def alone_after_verbs(text: str, verbs: Sequence[int], entities: Sequence[Entity]) -> Iterator[Entity]:
    """Yield single words in capitals that follow a verb of saying without an article, as people: "sagt Liat"."""
    for end in verbs:
        match = _ALONE.match(text, end)
        if not match or _TRADE.search(match["name"]) or _NOT_ALONE.search(match["name"]):
            continue
        start = match.start("name")
        if not any(each.start <= start < each.end for each in entities):
            yield Entity(match["name"], "PER", start, match.end("name"), match["name"])


def surnames_of(people: Iterable[Entity]) -> dict[str, str]:
    """Return the full names by surname and by given name, of those that one person has."""
    found: dict[str, set[str]] = {}
    for person in people:
        for part in (person.text.split()[-1], person.text.split()[0]):
            found.setdefault(part, set()).add(person.text)
    return {surname: min(names) for surname, names in found.items() if len(names) == 1}


def with_surnames(text: str, people: list[Entity], surnames: dict[str, str]) -> list[Entity]:
    """Return the people in a text, also those who stand there with their surname only."""
    found = list(people)
    for match in _WORD.finditer(text):
        if match[0] in surnames and not any(each.start < match.end() and match.start() < each.end for each in people):
            found.append(Entity(match[0], "PER", match.start(), match.end(), surnames[match[0]]))
    return sorted(found, key=lambda entity: entity.start)
