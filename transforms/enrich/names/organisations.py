"""Short names and acronyms of organisations and the full ones that they stand for. No Beam, no spaCy here."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from newsbeam.transforms.enrich.gazetteer.features import is_known_place
from newsbeam.transforms.enrich.gazetteer.lines import word_set
from newsbeam.transforms.enrich.gazetteer.organisations import organisation
from newsbeam.transforms.enrich.names.forms import Form, Words, fullest, normal
from newsbeam.transforms.enrich.names.labels import PEOPLE, PLACES
from newsbeam.transforms.records import Paragraph

# Words after the short form in a company's full name.
_COMPANY_WORDS = word_set(
    "& and ab ag airlines airways asa bancorp bhd co companies cos company corp corporation group holding holdings "
    "inc incorporated industries international kk limited llc llp lp ltd motor motors nv oy oyj plc pty sa se spa "
    "systems technologies"
)
_LEGAL_FORMS = word_set("ag co corp corporation inc incorporated limited llc ltd nv oy plc pty sa spa")
_BETWEEN = 2  # words at most between the short form and the legal form: "Velm Garden Tools Inc"
_ACRONYM = re.compile(r"[A-Z][A-Za-z]{0,2}[A-Z]{1,5}")
_IN_BRACKETS = re.compile(r"\s?\((?:the\s|or\s)?[\"“]?(?P<acronym>[A-Z][A-Za-z.&-]{1,9})[\"”]?[),;]")
_BRACKETED = re.compile(r"\((?:the |or )?[\"“]?(?P<acronym>[A-Z]{2,6}s?)[\"”]?[),;]")
_WORD = re.compile(r"[A-Za-z]{1,30}")
# "a LUKS volume", "an AoE device", "the SKS pool": what has no will, and no office. Not "files", which is a verb, too.
_THING = re.compile(
    r"\b(?P<acronym>[A-Z][A-Za-z]{0,3}[A-Z])[ -](?:address|algorithms?|boot|certificates?|clients?|command|connections?"
    r"|data|devices?|disks?|drivers?|encryption|file|format|header|interface|keys?|keyservers?|library|module|packets?"
    r"|partitions?|passwords?|plugins?|pools?|protocols?|query|request|scripts?|servers?|signatures?|specification"
    r"|standard|string|table|tag|tokens?|tool|traffic|version|volumes?)\b"
)
_SMALL = word_set("of and for the in on de la des du et von und für der to &")

Explained = Mapping[str, tuple[str, str]]
"""(long form, label) by the acronym that stands in brackets after it."""


def explained_acronyms(paragraphs: Iterable[Paragraph]) -> Explained:
    """Return the acronyms that running text explains: "the Nuclear Regulatory Commission (NRC)".

    One that is explained in two ways isn't explained.
    """
    found: dict[str, set[tuple[str, str]]] = {}
    for paragraph in paragraphs:
        if "(" in paragraph.text:
            for entity in paragraph.entities:
                match = _IN_BRACKETS.match(paragraph.text, entity.end)
                if match and abbreviates(match["acronym"], entity.text):
                    long = normal(entity.text, entity.label)[0]
                    found.setdefault(match["acronym"].replace(".", ""), set()).add((long, entity.label))
    return {acronym: min(long) for acronym, long in found.items() if len(long) == 1}


def ordinary_acronyms(paragraphs: Iterable[Paragraph]) -> Iterator[str]:
    """Yield the acronyms, in lower case, of what is not a name: "robotic process automation (RPA)".

    Of words in capitals, too, where the paragraph has no organisation before the bracket: "Antarctic Geoid Low (AGL)".
    """
    for paragraph in paragraphs:
        for match in _BRACKETED.finditer(paragraph.text) if "(" in paragraph.text else ():
            acronym = match["acronym"].removesuffix("s")
            words = _WORD.findall(paragraph.text, max(0, match.start() - 120), match.start())[-len(acronym) :]
            initials = "".join(word[0] for word in words)
            named = any(0 <= match.start() - each.end <= 2 and each.label == "ORG" for each in paragraph.entities)
            if initials.casefold() == acronym.casefold() and not (named and any(map(str.istitle, words[1:]))):
                yield acronym.lower()


def acronyms_of_things(paragraphs: Iterable[Paragraph]) -> Iterator[str]:
    """Yield the acronyms, in lower case, that stand before what programs and papers have: "a LUKS volume".

    Those of known organisations aren't: "the BBC pages".
    """
    for paragraph in paragraphs:
        for match in _THING.finditer(paragraph.text):
            if not organisation(match["acronym"]):
                yield match["acronym"].lower()


def abbreviates(acronym: str, name: str) -> bool:
    """Return whether an acronym's letters are the first ones of a name's words, small words aside."""
    letters = "".join(each for each in acronym if each.isalpha())
    words = [word for word in re.split(r"[\s-]+", name) if word]
    initials = "".join(word[0] for word in words if word.lower() not in _SMALL)
    every = "".join(word[0] for word in words)
    return len(words) > 1 and letters.casefold() in (initials.casefold(), every.casefold())


def full_organisation(form: Form, organisations: Sequence[Form], acronyms: bool) -> Form | None:
    """Return the one organisation that a form is a short form of or, if `acronyms`, the acronym of."""
    if form.label != "ORG":
        return None
    if full := fullest([other for other in organisations if _is_company(form.words, other.words)], _is_company):
        return full
    if not acronyms or len(form.words) > 1 or not _ACRONYM.fullmatch(form.surface):
        return None
    return fullest([other for other in organisations if abbreviates(form.surface, other.surface)], _is_company)


def firm_of(form: Form, organisations: Sequence[Form]) -> Form | None:
    """Return the one firm of the entry that a single name of a person or small town is the short name of.

    "Velm said its profit rose", where the entry has "Velm Industries Inc" or "Velm Toys Inc", and no person Velm.
    """
    if len(form.words) != 1 or form.label not in PEOPLE | PLACES:
        return None
    if form.label in PLACES and is_known_place(form.surface):
        return None
    short = form.words
    return fullest(
        [other for other in organisations if _is_company(short, other.words) or _is_firm(short, other.words)],
        _is_company,
    )


def _is_firm(short: Words, full: Words) -> bool:
    between = len(full) - len(short) - 1
    return full[: len(short)] == short and 0 <= between <= _BETWEEN and full[-1].rstrip(".,") in _LEGAL_FORMS


def _is_company(short: Words, full: Words) -> bool:
    rest = full[len(short) :]
    return bool(rest) and full[: len(short)] == short and all(word.rstrip(".,") in _COMPANY_WORDS for word in rest)
