"""The kind of a name by what is known of it: lists, its own words, the words before it. English. No Beam here."""

import re
from collections.abc import Iterator
from functools import cache

from newsbeam.transforms.enrich.gazetteer.features import country_names, country_of_people, features
from newsbeam.transforms.enrich.gazetteer.organisations import first_words, is_product, organisation
from newsbeam.transforms.enrich.gazetteer.words import words
from newsbeam.transforms.enrich.names.labels import NAME_LABELS
from newsbeam.transforms.newsroom.given_names import given_names
from newsbeam.transforms.records import Entity

# Countries that are people's names, or a state's, as well.
ALSO_NAMES = frozenset({"Chad", "Jordan", "Georgia", "Israel", "Guinea", "Congo", "Macedonia", "Palestine", "Emirates"})
_ALSO_SURNAMES = frozenset({"Brit", "Finn", "Pole", "Dane", "Turk", "German", "Croat", "Swiss", "English"})
_IN = re.compile(r"\b(?:in|near|outside|around|from|at)\s(?:\w{1,6}ern\s|downtown\s|central\s)?$")
_BEFORE = re.compile(r"(\w{1,20})\.?\s$")
_ARTICLE = re.compile(r"\b(?:the|an?) $", re.IGNORECASE)
_SPEAKS = re.compile(r"\b(?:in|speaks?|spoken?|of|into|from|to|learn\w{0,4}|fluent|and|or|teach\w{0,4}|good|bad) $")
_NOUN = re.compile(
    r" (?!(?:and|or|as|is|was|are|were|has|in|at|to|with|by|for) |language|translat|version|speak|class|lesson)[a-z]"
)
_FORMER_COUNTRIES = frozenset(
    (
        "Soviet Union",
        "USSR",
        "U.S.S.R.",
        "Yugoslavia",
        "Czechoslovakia",
        "East Germany",
        "West Germany",
        "Zaire",
        "Burma",
    )
)
_PRECEDING = re.compile(r"([\w’'-]{1,29}) $")
_REGION = re.compile(r", (?P<name>[A-Z][\w.]{1,20}(?: [A-Z][a-z]{1,20})?)")
_WORK = re.compile(r"\b(\w{4,10}),? (?:the )?[“\"‘']?$", re.IGNORECASE)
_MANY, _LARGE = 1_000_000, 100_000
_VESSEL = re.compile(r"\b(?:R/V|USS|HMS|M/V|MV|USNS|HMCS|HMAS|ferry|tanker|frigate|destroyer) (?:the )?$")
_WORD = re.compile(r"[A-Z][\w.&'’-]{0,60}")

# Known acronyms of two letters; others could be anything.
_SHORT = frozenset({"UN", "EU", "US", "UK", "GM", "BP", "VW", "AP"})


def kind(entity: Entity, text: str) -> str:
    """Return the label of a name by what is known of it, or the one it has."""
    name, label = entity.text, entity.label
    if label == "LANGUAGE" and country_of_people(name) and _is_of_people(text, entity.start, entity.end):
        return "NORP"
    if name in _FORMER_COUNTRIES:
        return "GPE"
    if label not in NAME_LABELS or label in ("LANGUAGE", "WORK_OF_ART"):
        return label
    return _listed(name, label) or _by_its_words(name, label) or _by_words_before(entity, text) or label


def _is_of_people(text: str, start: int, end: int) -> bool:
    """Return whether the name of a language stands before a noun: "English ivy"."""
    if _ARTICLE.search(text[max(0, start - 4) : start]):
        return True
    return _NOUN.match(text, end) is not None and not _SPEAKS.search(text[max(0, start - 12) : start])


def _listed(name: str, label: str) -> str:
    if organisation(name):
        return "ORG"
    if label != "ORG" and (parent := name.rpartition(" "))[2] in country_names() and organisation(parent[0]):
        return "ORG"  # Vogue India
    if is_product(name):
        return "PRODUCT"
    if label in ("PERSON", "GPE", "ORG") and name.lower() in words("demonyms"):
        return "NORP"
    if country_of_people(name):
        return label if label == "PERSON" and name in _ALSO_SURNAMES else "NORP"
    if name in country_names():
        return label if name in ALSO_NAMES and label != "ORG" else "GPE"
    if label == "ORG" and any(each.capital for each in features(name)):
        return "GPE"
    if label in ("PERSON", "NORP") and any(each.people >= _MANY or each.capital for each in features(name)):
        return "GPE"
    return ""


def _by_its_words(name: str, label: str) -> str:
    parts = name.lower().replace(",", "").split()
    last = parts[-1].rstrip(".")
    if len(parts) > 1 and label in ("ORG", "PERSON", "GPE", "PRODUCT") and last in words("laws"):
        return "LAW"
    if len(parts) > 1 and label in ("ORG", "FAC", "PERSON") and last in words("events"):
        return "EVENT"
    if label in ("ORG", "PRODUCT", "FAC", "LOC", "GPE", "NORP") and _is_full_name(name, parts, last):
        return "PERSON"
    if (
        len(parts) > 1
        and label == "ORG"
        and parts[0] in words("makers")
        and words("firms").isdisjoint(part.rstrip(".") for part in parts[1:])
    ):
        return "PRODUCT"
    if label in ("PRODUCT", "LAW", "EVENT", "LANGUAGE") and any(each.people >= _LARGE for each in features(name)):
        return "GPE"
    if len(parts) < 2 or label not in ("PERSON", "GPE", "NORP", "PRODUCT", "LAW", "LOC"):
        return ""
    if last in words("organisations") or parts[0] in ("university", "ministry", "department", "bank", "institute"):
        return "ORG"
    if last in words("places") or parts[0] in ("lake", "mount", "gulf"):
        return "LOC"
    return "FAC" if last in words("facilities") else ""


def _is_full_name(name: str, parts: list[str], last: str) -> bool:
    """Return whether two or three words are a person's given names and surname: none tells an organisation or place."""
    if (
        len(parts) not in (2, 3)
        or parts[0] not in given_names()
        or not name.replace(" ", "").replace("-", "").isalpha()
    ):
        return False
    told = words("organisations") | words("places") | words("facilities") | words("events") | words("laws")
    return (
        told.isdisjoint(parts)
        and not last.endswith("s")
        and name.istitle()
        and not (features(name) or features(name.split()[-1]))
    )


def _by_words_before(entity: Entity, text: str) -> str:
    before = text[max(0, entity.start - 24) : entity.start]
    if entity.label in ("PERSON", "ORG") and _is_in_its_region(entity, text):
        return "GPE"
    if entity.label in ("PERSON", "ORG", "GPE", "LOC", "FAC") and _VESSEL.search(before):
        return "PRODUCT"
    work = _WORK.search(before) if entity.label in ("PERSON", "ORG", "PRODUCT", "FAC") else None
    if work and work[1].lower() in words("works") and entity.text.split()[0].lower() not in given_names():
        return "WORK_OF_ART"
    if entity.label in ("PERSON", "LOC", "GPE"):
        return ""
    if _IN.search(before) and any(each.people >= 100_000 or not each.people for each in features(entity.text)):
        return "GPE"
    match = _BEFORE.search(before)
    if match and match[1][0].isupper() and match[1].lower() in words("titles") and not features(entity.text):
        return "PERSON" if entity.label in ("ORG", "NORP", "PRODUCT", "FAC") and " of " not in entity.text else ""
    return ""


def _is_in_its_region(entity: Entity, text: str) -> bool:
    """Return whether a town is named with the region or country that it is in: "DAYTON, Ohio"."""
    after = _REGION.match(text, entity.end)
    if not after:
        return False
    larger = [each for each in features(after["name"]) if not each.people]
    return any(
        town.country == each.country and (each.is_country or town.region == each.region)
        for town in features(entity.text)
        for each in larger
    )


def known_names(text: str, taken: list[tuple[int, int]]) -> Iterator[tuple[int, int, str]]:
    """Yield start, end and label of countries, nationalities and organisations in a text, beside the spans `taken`.

    Words of a longer name in capitals are left alone: "Bank of China Tower".
    """
    for match in _WORD.finditer(text):
        start, word = match.start(), match[0]
        if any(first <= start < last for first, last in taken):
            continue
        for candidate, label in _candidates(word):
            end = start + len(candidate)
            if text.startswith(candidate, start) and _stands_alone(text, start, end, taken):
                yield start, end, label
                break


def _candidates(word: str) -> Iterator[tuple[str, str]]:
    plain = word.rstrip(".'’-")
    plain = plain[:-2] if plain.endswith(("'s", "’s")) else plain
    for names in first_words().get(plain, ()):
        # A single word that is not in capitals is too often an ordinary one: Apple, Signal.
        if len(names) > 1 or (plain.isupper() and (len(plain) > 2 or plain in _SHORT)):
            yield " ".join(names), "ORG"
    for country in _countries_by_word().get(plain, ()):
        yield country, "GPE"
    if word in country_names():
        yield word, "GPE"
    if country_of_people(plain) and plain not in _ALSO_SURNAMES:
        yield plain, "NORP"


@cache
def _countries_by_word() -> dict[str, list[str]]:
    """Return the names of countries by their first word, the longest first."""
    found: dict[str, list[str]] = {}
    for name in sorted(country_names(), key=len, reverse=True):
        if name not in ALSO_NAMES:
            found.setdefault(name.split()[0].rstrip("."), []).append(name)
    return found


def _stands_alone(text: str, start: int, end: int, taken: list[tuple[int, int]]) -> bool:
    """Return whether a name is not a part of a longer word, name or taken span."""
    if any(first < end and start < last for first, last in taken):
        return False
    following = text[end : end + 2]
    if following[:1].isalnum() or (following[:1] == " " and following[1:].isupper()):
        return False
    preceding = _PRECEDING.search(text[max(0, start - 30) : start])
    return not (text[start - 1 : start].isalnum() or (preceding and _is_part(preceding[1], text, start)))


def _is_part(word: str, text: str, start: int) -> bool:
    """Return whether the word before belongs to the name: it is in capitals, and not because a sentence begins."""
    begins = start - len(word) - 1 <= 0 or text[max(0, start - len(word) - 3) : start - len(word) - 1].strip() in ".!?:"
    return word[0].isupper() and not begins
