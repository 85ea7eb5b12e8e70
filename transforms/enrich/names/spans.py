"""Which characters of a found span are the name, and whether they can be one at all. No Beam, no spaCy here."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import replace

from newsbeam.transforms.enrich.gazetteer.features import country_of_people, features
from newsbeam.transforms.enrich.gazetteer.lines import word_set
from newsbeam.transforms.enrich.gazetteer.organisations import organisation
from newsbeam.transforms.enrich.gazetteer.words import not_names, words
from newsbeam.transforms.enrich.names.labels import NAME_LABELS, PEOPLE, PLACES
from newsbeam.transforms.newsroom.given_names import given_names
from newsbeam.transforms.records import Entity

_EDGES = " \t\n\"“”„«»‘’'`´()[]{}<>,;:!?/|*•·–—-_=~^+#&…↑↓→←↩\u200b\ufeff"
_THE = re.compile(r"(?:the|a|an)\s+(?!hague\b)(?=\S)", re.IGNORECASE)
_POSSESSIVE = re.compile(r"(?<=\w)(?:\s?['’‘`]\s?[sS]|(?<=s)['’])$")
_PREPOSITION = re.compile(r"(?:near|in|at|from|to|on|outside|around|inside)\s(?=\S)", re.IGNORECASE)
_BREAK = re.compile(r"\s[–—-]\s|[—\n]")
_AND = re.compile(r"\s(?:and|&|to)\s|\s[–—-]\s|[/;—\n]")
_TOWN = re.compile(r", (?P<town>[A-Z][\w-]{1,30})$")
_OWNED = re.compile(r"(?<=\w)['’]s\s(?=\S)|:\s")
_CLOSES = re.compile(r"\w[,.!?]?(?P<mark>[”\"»])\s")
_IN_CODE = re.compile(r"[=@\\_]")
_LETTER = re.compile(r"[^\W\d_]")
_MARKUP = re.compile(r"[@<>{}\\=_|]|https?:|www\.|\.(?:html?|php|jpg|png|pdf)\b", re.IGNORECASE)

# Titles that are a part of the name that people are known by.
_KEPT_TITLES = word_set("king queen prince princess pope sheikh imam ayatollah lord lady sir dame father sister")
_PARTICLES = word_set(
    "van von de der den del della di da dos das du la le el al bin ibn ben abu ten ter zu zur af av y e i bint"
)
_GIVEN_AND_PARTICLES = re.compile(
    r"\b(?P<given>[A-Z][\w’'-]{1,30}) (?:von|van|de|del|della|di|da|dos|al|el|bin|ibn|ter|zu)"
    r"(?: (?:der|den|la|las|los|dem))? $"
)
_HYPHEN_BEFORE = re.compile(r"\b(?!Non|Pro|Anti|Ex|Post|Pre|Mid|Sub|Co)[A-Z][a-z’'é]{2,20}-$")
_LAST_WORD = re.compile(r" (?:(?:and|&) Co(?: (?:Inc|Ltd|Plc))?|Inc|Corp|Co|Ltd|Plc|PLC|LLC|AG|SA|NV)\b(?!-)")
_OF_WHAT = re.compile(r"(?<= of) [A-Z][\w’'-]{1,30}")  # "Group of Seven"
_ARABIC_AFTER = re.compile(r" (?:al|el)-[A-Z][\w’'-]{1,30}")
_HYPHEN_AFTER = re.compile(r"-(?:[a-z]{1,3}-[A-Za-z]|[A-Z])[a-z’'é]{1,20}\b")
_WORD_BEFORE = re.compile(r"(?<=[a-z,] )(?P<word>[A-Z][a-z]{2,20}) $")
_FIRST_PARTNER = re.compile(r"(?:\b[A-Z][\w.’'-]{0,30} ){1,3}(?:and|&) $")
_BRACKETED = re.compile(r"<(?:The )?(?P<name>[A-Z][\w.&'’-]{0,30}(?: [\w.&'’-]{1,30}){1,7})>")
_SUFFIXES = word_set("co inc ltd plc corp llc llp bros sons brothers company corporation limited partners associates")
_CODE = re.compile(r"[A-Z]{1,2}-\d{1,2}")
_MOST_WORDS = {"PERSON": 6, "PER": 6, "GPE": 7, "NORP": 4, "LOC": 8, "ORG": 12}


def repaired(entity: Entity, text: str, english: bool) -> Iterator[Entity]:
    """Yield the names in a found span: itself, a part of it, two that it joins, or none.

    Args:
        entity: What the model found; other labels than those of names are yielded as they are.
        text: The paragraph.
        english: Whether the paragraph is English, for its articles and titles.
    """
    if entity.label not in NAME_LABELS:
        yield entity
        return
    for start, end in _parts(entity, text):
        start, end = _trimmed(text, start, end, entity.label, english)
        # The end of an address, an assignment or a path: "@velm", "name=Velm".
        if _IN_CODE.match(text, start - 1) if start else False:
            continue
        if start < end and _can_be_name(text[start:end], entity.label, text.isupper()):
            yield _moved(entity, text, start, end)


def _moved(entity: Entity, text: str, start: int, end: int) -> Entity:
    if start == entity.start and end == entity.end:
        return entity
    name = text[start:end]
    return replace(entity, text=name, start=start, end=end, name=name)


def _parts(entity: Entity, text: str) -> Iterator[tuple[int, int]]:
    """Yield the spans of a span, split where it joins two people or places, or two lines."""
    closes = _CLOSES.search(entity.text)
    if closes and closes["mark"] not in entity.text[: closes.start("mark")].replace("“", "”"):  # "The Anvil” Velm"
        yield entity.start, entity.start + closes.start("mark")
        return
    owner = _OWNED.search(entity.text) if entity.label in PEOPLE else None
    if owner:  # "Anutin's Bhumjaithai"
        yield entity.start, entity.start + owner.start()
        return
    town = _TOWN.search(entity.text) if entity.label == "ORG" else None
    if town and features(town["town"]):  # "Harbour Systems Ltd, Bergen"
        yield entity.start, entity.start + town.start()
        return
    split = _AND if entity.label in PEOPLE | PLACES else _BREAK
    # Some places have an "and" in their name: Trinidad and Tobago.
    if not split.search(entity.text) or features(entity.text):
        yield entity.start, entity.end
        return
    at = 0
    for match in split.finditer(entity.text):
        yield entity.start + at, entity.start + match.start()
        at = match.end()
    yield entity.start + at, entity.end


def _trimmed(text: str, start: int, end: int, label: str, english: bool) -> tuple[int, int]:
    """Return the span without marks, articles, titles and possessives."""
    start, end = _without_marks(text, start, end)
    name = text[start:end]
    if _is_called_the(text, start, end):
        return text.rindex("The", 0, start + 4), end
    # Before the possessive: the "'s" of McDonald's is a part of the name.
    if organisation(name) and not _THE.match(name):
        return start, end
    if match := _POSSESSIVE.search(name):
        start, end = _without_marks(text, start, start + match.start())
    # The title of a work has its own article.
    if english and label != "WORK_OF_ART" and (match := _THE.match(text, start, end)):
        start = match.end()
    if english and label in PLACES | PEOPLE and (match := _PREPOSITION.match(text, start, end)):
        start = match.end()
    return _person(text, start, end) if label in PEOPLE else (start, end)


def _is_called_the(text: str, start: int, end: int) -> bool:
    """Return whether a known name that begins with "The" stands within a sentence: The Atlantic is not an ocean."""
    name = text[start:end]
    if not name.startswith("The "):
        name, start = f"The {name}", start - 4
    within = start > 0 and text[start - 1] == " " and text[start - 2] not in ".!?:"
    return within and text.startswith(name, start) and bool(organisation(name))


def _without_marks(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and (text[start] in _EDGES or unicodedata.category(text[start]) == "So"):
        start += 1
    while end > start and text[end - 1] in _EDGES:
        end -= 1
    return start, end


def _person(text: str, start: int, end: int) -> tuple[int, int]:
    """Return a person's span without titles and without words that begin in lower case around it."""
    spans = [(start + each.start(), start + each.end()) for each in re.finditer(r"\S+", text[start:end])]
    while len(spans) > 1 and (_is_participle(text[slice(*spans[0])]) or _is_outside(text[slice(*spans[0])])):
        spans.pop(0)
    while len(spans) > 1 and (text[spans[-1][0]].islower() or text[spans[-1][0]].isdigit()):
        spans.pop()
    return _without_marks(text, spans[0][0], spans[-1][1]) if spans else (start, end)


def _is_participle(word: str) -> bool:
    return word.endswith("ing") and len(word) > 5 and word.lower() not in given_names()


def _is_outside(word: str) -> bool:
    plain = word.lower().rstrip(".,")
    if word[0].islower():
        return plain not in _PARTICLES and not plain.startswith(("al-", "el-", "d'", "d’"))
    titles = words("titles") - _KEPT_TITLES
    return plain in titles or ("-" in plain and not titles.isdisjoint(plain.split("-")))


def _can_be_name(name: str, label: str, capitals: bool) -> bool:
    if len(name) < 2 or not _LETTER.search(name) or _MARKUP.search(name):
        return False
    if name.islower() or name.lower().rstrip(".") in not_names():
        return False
    if not (name.istitle() or organisation(name)) and _is_abbreviation(name.lower()):
        return False
    # One word in capitals is an acronym, unless it is a given name.
    if label in PEOPLE and not capitals and name.isupper() and name.isalpha() and len(name) > 2 and " " not in name:
        return name.lower() in given_names()
    if _CODE.fullmatch(name) or (
        label == "ORG" and all(word.lower().rstrip(".,") in _SUFFIXES for word in name.split())
    ):
        return False
    if label in ("ORG", *PEOPLE) and all(word.lower() in not_names() for word in name.split()):
        return False
    if label in ("PERSON", "PER", "NORP", "GPE") and any(each.isdigit() for each in name):
        return False
    return name.count(" ") < _MOST_WORDS.get(label, 12)


def _is_abbreviation(name: str) -> bool:
    return name in words("abbreviations") or name.removesuffix("s") in words("abbreviations")


def whole(entity: Entity, text: str, starts: frozenset[int]) -> Entity:
    """Return a name with what belongs to it: the rest of a word with hyphens, and of a name with particles.

    Args:
        entity: A repaired name.
        text: The paragraph.
        starts: Where the paragraph's names begin; a word with hyphens can be two: "Trump-Putin".
    """
    start, end = _begin(entity, text, starts), entity.end
    after = _LAST_WORD.match(text, end) or _OF_WHAT.match(text, end)
    if match := after if entity.label == "ORG" else _ARABIC_AFTER.match(text, end):
        end = match.end() if starts.isdisjoint(range(end, match.end())) else end
    if entity.label in PEOPLE | {"ORG"}:
        match = _HYPHEN_AFTER.match(text, end)
        end = match.end() if match and starts.isdisjoint(range(end + 1, match.end())) else end
    if (start, end) == (entity.start, entity.end):
        return entity
    is_person = entity.label in PLACES and text[start:end].split()[0].lower() in given_names()
    return replace(_moved(entity, text, start, end), label="PERSON" if is_person else entity.label)


def _begin(entity: Entity, text: str, starts: frozenset[int]) -> int:
    """Return where a name begins that may have begun before what was found of it."""
    start, label = entity.start, entity.label
    before = text[max(0, start - 60) : start]
    if before[-2:-1].isupper() or before[-1:] not in (" ", "-"):
        return start
    if label in ("ORG", "LOC", "FAC") and (more := _first_words(entity.text, before, label)):
        return start - more if starts.isdisjoint(range(start - more, start)) else start
    match = _GIVEN_AND_PARTICLES.search(before) if before[-1] == " " else None
    if match and label in PEOPLE | PLACES | {"ORG"} and match["given"].lower() in given_names():
        return start - len(match[0])
    if match := _HYPHEN_BEFORE.search(before) if before[-1] == "-" and label in PEOPLE | {"ORG"} else None:
        return start if start - len(match[0]) in starts else start - len(match[0])
    if match := _FIRST_PARTNER.search(before) if label == "ORG" and _is_second_partner(entity.text) else None:
        first = start - len(match[0])
        return first if starts.isdisjoint(range(first, start)) else start
    return start


def _first_words(name: str, before: str, label: str) -> int:
    """Return how many characters before a name are its first words.

    "Saatchi and Saatchi"; within a sentence also a word in capitals before a name that tells its kind by its last word:
    "Chhota Shigri Glacier", "Purolator Courier Corp".
    """
    for joint in (" and ", " & "):
        if label == "ORG" and before.endswith(f"{name}{joint}"):
            return len(name) + len(joint)
    last = name.lower().split()[-1].rstrip(".")
    kind = {"ORG": "companies", "LOC": "places", "FAC": "facilities"}[label]
    match = _WORD_BEFORE.search(before) if last in words(kind) and " " in name else None
    if not match or not _begins_name(match["word"]):
        return 0
    return len(match["word"]) + 1


def _begins_name(word: str) -> bool:
    plain = word.lower().rstrip(".")
    return (
        plain not in words("titles") and plain not in not_names() and not country_of_people(word) and not features(word)
    )


def _is_second_partner(name: str) -> bool:
    """Return whether a name can be the end of a longer one: "Wireless Plc" of "Cable and Wireless Plc"."""
    parts = name.lower().split()
    return len(parts) == 2 and parts[-1].rstrip(".,") in _SUFFIXES


def bracketed(text: str) -> Iterator[Entity]:
    """Yield the firms that a wire puts in angle brackets: "<American Honda Motor Co Inc>"."""
    for match in _BRACKETED.finditer(text):
        name = match["name"]
        if name.lower().split()[-1].rstrip(".") in words("companies"):
            yield Entity(name, "ORG", match.start("name"), match.end("name"), name)


def without_overlaps(entities: Iterable[Entity]) -> list[Entity]:
    """Return entities of which none touches another, the longest of those that do."""
    kept: list[Entity] = []
    for entity in sorted(entities, key=lambda entity: (entity.start, -entity.end)):
        if not kept or entity.start >= kept[-1].end:
            kept.append(entity)
        elif entity.end - entity.start > kept[-1].end - kept[-1].start:
            kept[-1] = entity
    return kept
