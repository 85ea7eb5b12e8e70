"""Whether two words, or two phrases, are the same to a reader: spelling, inflection, abbreviation, synonym.

What is not known here is another word. Numbers are the same only by value, which their keys have, and names only with
another accent or hyphen: Smith and Smyth are two people.
"""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from rapidfuzz.distance import OSA

from newsbeam.transforms.dedup.judgement.words import is_quantity
from newsbeam.transforms.newsroom.meanings import CONFUSABLE, DAYS, DIRECTIONS, ENDINGS, HEDGES, NEGATIONS, SYNONYMS

_LONGEST_PHRASE = 6  # words of the longest one in SYNONYMS
_FIXED = DAYS | DIRECTIONS | HEDGES | NEGATIONS  # one of them is never a form of another
_NONE: frozenset[str] = frozenset()
_ENDINGS = ENDINGS | {""}
_NAME_ENDINGS = frozenset(("", "s", "es", "n", "ns", "ом", "а", "у", "е", "ы", "и", "ой", "ем", "я", "ю"))
_MANY_ACCENTS = 3  # words
_UMLAUTS = frozenset("äöü")  # written without the dots they are other words: konnte and könnte
_MIN_MISSPELT = 7  # in shorter words, one letter makes another word too often
_MIN_STEM, _SAFE_STEM = 3, 5  # plan and plane have four letters in common
_SPELLINGS = (
    (re.compile(r"(?<=\w{3})is(?=(?:e|es|ed|er|ers|ing|ation|ations)$)"), "iz"),
    (re.compile(r"(?<=\w{3})ys(?=(?:e|es|ed|er|ing)$)"), "yz"),
    (re.compile(r"(?<=\w{2})our(?=(?:s|ed|ing|ite|ites|able|ably|er|ers|hood|ful|al|less|ist)?$)"), "or"),
    (re.compile(r"(?<=[bptv])re(?=s?$)"), "er"),
    (re.compile(r"(?<=[aeiou])ll(?=(?:ed|ing|er|ers|or|ors|ment|ery|est)$)"), "l"),
    (re.compile(r"(?<=[lt]o)gue(?=s?$)"), "g"),
    (re.compile(r"(?<=gram)me(?=s?$)"), ""),
    (re.compile(r"(?<=\wen)c(?=es?$)"), "s"),
    (re.compile(r"^(fulfi|insta|enro|disti|ski|wi)ll"), r"\1l"),
    # Of Greek and Latin words only: "koennen" and "kennen" are two German words.
    (re.compile(r"(?<=f)oe(?=t)|(?<=rrh)oe(?=a)|(?<=am)oe(?=b)|(?<=man)oe(?=u)"), "e"),
    (re.compile(r"(?<=an)ae(?=[ms])|(?<=p)ae(?=d)|(?<=h)ae(?=m)|(?<=arch)ae(?=o)"), "e"),
    # As wires without umlauts write them. Without the "e" it is another word: "fordern" is not "fördern".
    (re.compile("ä"), "ae"),
    (re.compile("ö"), "oe"),
    (re.compile("ü"), "ue"),
    (re.compile(r"ß"), "ss"),
    (re.compile(r"ph(?=oto|anta)"), "f"),
    (re.compile(r"cç"), "ç"),
    (re.compile(r"(?<=[aeió])ct(?=[aiou])"), "t"),
    (re.compile(r"pt(?=im)"), "t"),
    (re.compile("[أإآ]"), "ا"),
    (re.compile("ى"), "ي"),
    (re.compile("ة"), "ه"),
    (re.compile("ё"), "е"),
    (re.compile("[\u0300\u0301\u05b0-\u05bd\u064b-\u0652]"), ""),  # stress, and vowels that few texts write
)
_IRREGULAR_SPELLINGS = {
    "cheque": "check",
    "cheques": "checks",
    "tyre": "tire",
    "tyres": "tires",
    "kerb": "curb",
    "grey": "gray",
    "plough": "plow",
    "draught": "draft",
    "gaol": "jail",
    "aluminium": "aluminum",
    "sceptical": "skeptical",
    "sceptics": "skeptics",
    "judgement": "judgment",
    "ageing": "aging",
    "whisky": "whiskey",
    "storey": "story",
    "mould": "mold",
    "axe": "ax",
    "manoeuvre": "maneuver",
    "manoeuvres": "maneuvers",
    "pyjamas": "pajamas",
    "learnt": "learned",
    "burnt": "burned",
    "spelt": "spelled",
    "dreamt": "dreamed",
    "licence": "license",
    "practise": "practice",
    "enquiry": "inquiry",
    "enquiries": "inquiries",
    "connexion": "connection",
    "neighbour": "neighbor",
    "cosy": "cozy",
    "moustache": "mustache",
    "sulphur": "sulfur",
    "instalment": "installment",
}


def same_phrase(old: Sequence[str], new: Sequence[str]) -> bool:
    """Return whether two runs of keys differ only in spaces and hyphens, or are synonyms as a whole."""
    if "".join(old) == "".join(new):
        return True
    if len(old) > _LONGEST_PHRASE or len(new) > _LONGEST_PHRASE:
        return False
    has_spaces = bool(old) and old[0].isascii()  # phrases of wide scripts have none
    one = _synonyms(old, has_spaces)
    return bool(one) and not one.isdisjoint(_synonyms(new, has_spaces))


def _synonyms(phrase: Sequence[str], has_spaces: bool) -> frozenset[str]:
    found = SYNONYMS.get(" ".join(phrase), _NONE)
    return found if found or has_spaces else SYNONYMS.get("".join(phrase), _NONE)


def same_word(old: str, new: str, are_names: bool = False, are_accents_lost: bool = False) -> bool:
    """Return whether two keys are one word: in another spelling or inflection, shortened, or a synonym.

    Args:
        old: A key.
        new: Another key.
        are_names: Whether one of them is written as a name.
        are_accents_lost: Whether one of them is of a text whose accents were lost (`accents_are_lost`).
    """
    if old == new or not SYNONYMS.get(old, _NONE).isdisjoint(SYNONYMS.get(new, _NONE)):
        return True
    if is_quantity(old) or is_quantity(new):
        return False
    if are_accents_lost and _without_accents(old) == _without_accents(new):
        return True
    if old in _FIXED or new in _FIXED:
        is_one_known = (old in _FIXED) != (new in _FIXED)
        return _spelling(old) == _spelling(new) or (is_one_known and _same_typo(old, new))
    # Almost all pairs end here. Only an accent can make another first letter of one word.
    if old[0] != new[0] and old.isascii() and new.isascii():
        return False
    inflected = _same_spelling(old, new, are_names) or _same_inflection(old, new, are_names)
    return inflected or (not are_names and _same_typo(old, new))


def accents_are_lost(old: Sequence[str], new: Sequence[str]) -> bool:
    """Return whether one of two texts, given as their keys, went through a system without accents.

    One word without its accent proves nothing: it is another word as often.
    """
    accented = [sum(not key.isascii() for key in keys) for keys in (old, new)]
    return min(accented) == 0 and max(accented) >= _MANY_ACCENTS


@lru_cache(maxsize=50_000)
def _spelling(word: str) -> str:
    word = _IRREGULAR_SPELLINGS.get(word, word)
    for pattern, replacement in _SPELLINGS:
        word = pattern.sub(replacement, word)
    return word.replace(".", "")


@lru_cache(maxsize=50_000)
def _without_accents(word: str) -> str:
    """Return a word of Latin letters without their accents; in other scripts a mark makes another letter."""
    if word.isascii() or not "a" <= unicodedata.normalize("NFD", word[0])[0] <= "z":
        return word
    return "".join(c for c in unicodedata.normalize("NFD", word) if not unicodedata.combining(c))


def _same_spelling(old: str, new: str, are_names: bool = False) -> bool:
    if len(old) < 2 or len(new) < 2 or old[0] == "#":
        return False
    return _spelling(old) == _spelling(new) or _same_without_accents(old, new, are_names)


def _same_without_accents(old: str, new: str, are_names: bool) -> bool:
    """Return whether one of two words is the other as a system without accents writes it.

    In short words and in endings an accent makes another word as a rule: sûr and sur, está and esta, donné and donne.
    """
    plain = _without_accents(old)
    if plain != _without_accents(new) or plain not in (old, new):
        return False
    return are_names or (len(plain) >= _SAFE_STEM and old[-2:] == new[-2:] and not _UMLAUTS.intersection(old + new))


def _same_inflection(old: str, new: str, are_names: bool) -> bool:
    """Return whether two words have one stem, and endings that inflect."""
    if old[0] != new[0]:
        return False
    # An ending can take or lose the accent of a stem: jardín, jardines.
    old, new = _without_accents(_spelling(old)), _without_accents(_spelling(new))
    if old == new or _are_confusable(old, new):
        return False
    stem = next((at for at, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
    if stem < _MIN_STEM or 2 * stem < max(len(old), len(new)):
        return False
    endings = _NAME_ENDINGS if are_names else _ENDINGS
    # A doubled consonant before an ending: stop, stopped.
    ends = {end[1:] if end[:1] == old[stem - 1] and end not in endings else end for end in (old[stem:], new[stem:])}
    return ends <= endings and _belong_together(ends, stem, old[stem - 1])


def _belong_together(ends: set[str], stem: int, last: str) -> bool:
    """Return whether two endings can be of one word: "y" and "ies" are, "y" and nothing (part, party) are not."""
    if "y" in ends:
        return not ends.isdisjoint(("ies", "ied"))
    if "er" in ends:
        return not ends.isdisjoint(("e", "en", "em", "es"))
    if "d" in ends and "" in ends:
        return last == "e"
    return stem >= _SAFE_STEM or all(len(end) != 1 or end == "s" for end in ends)


def _same_typo(old: str, new: str) -> bool:
    """Return whether one of two long words is the other with letters swapped, doubled, left out or mistaken."""
    if min(len(old), len(new)) < _MIN_MISSPELT or old[0] != new[0] or OSA.distance(old, new, score_cutoff=1) != 1:
        return False
    if _are_confusable(old, new):
        return False
    start = next((at for at, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
    if len(old) != len(new):  # a doubled letter, or another one in a very long word
        longer = old if len(old) > len(new) else new
        return longer[start - 1] == longer[start] or len(longer) > _MIN_MISSPELT
    is_swapped = sorted(old) == sorted(new)
    return is_swapped or (len(old) > _MIN_MISSPELT and start < len(old) - 1)


def _are_confusable(old: str, new: str) -> bool:
    return not CONFUSABLE.get(old, frozenset()).isdisjoint(CONFUSABLE.get(new, frozenset()))
