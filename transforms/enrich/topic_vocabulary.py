"""The vocabulary of topics: the IPTC's tree and labels, and the words that indicate each topic. No Beam here.

Terms are the topics' labels in the entry's language, and lists of words chosen by hand for some languages
(`data/topic_words.*.txt`).

IPTC Media Topics (`data/mediatopics.json`): IPTC NewsCodes, CC BY 4.0, see `data/LICENSE.txt`.
"""

import json
import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from newsbeam.transforms.records import Story

# Language tags of the IPTC's file that are not BCP 47.
_IPTC_LANGUAGES = {"en": "en-GB", "da": "dk", "sv": "se", "nb": "no-NB", "no": "no-NB", "nn": "no-NN", "zh": "zh-Hans"}
_IPTC_LANGUAGES |= {"pt": "pt-BR"}

_WORD = re.compile(r"\w+")
_PARENTHESES = re.compile(r"\([^()]*\)")
_LABEL_PARTS = re.compile(r",|;|/|\b(?:and|or|und|oder|et|ou|y|e|og|och)\b")
_STRENGTHS = {"!": 2.0, "?": 0.5, "": 1.0}

# Labels that, as words of a story, mean something else or don't indicate a topic.
_VAGUE_LABELS = frozenset(
    re.findall(
        r"\S+",
        "adult adults air animation association award bar benefits book business casting children club "
        "communities company condition custom customs dating design division drawing economics equipment "
        "equity executive exercise fire food game general government history home house incident language "
        "law men national nature ownership party plants pool procedure record relationships secretary "
        "series society space spirits state students teachers therapy transport trend values water women",
    )
)


# Words of the text that are read: the beginning of a story says what it is about.
_TEXT_WORDS = 250

# The weight of a word by its place. Categories are the publisher's own topics.
_TITLE_COUNT = 2
_CATEGORY_COUNT = 8

# Terms by their first word: the words after it, and the number of the term.
_Terms = Mapping[str, Sequence[tuple[tuple[str, ...], int]]]


@dataclass(frozen=True)
class TopicTree:
    """The topics that are not retired.

    Attributes:
        paths: For each topic, itself and the broader topics, in this order.
        narrower: The topics directly below a topic; "" has those of the first level.
        names: The IPTC's English labels.
        labels: By the IPTC's language tag, then by topic.
    """

    paths: Mapping[str, tuple[str, ...]]
    narrower: Mapping[str, Sequence[str]]
    names: Mapping[str, str]
    labels: Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class _Vocabulary:
    """The terms of one language: `terms` finds one by its first word, `weights` has (topic, weight) by its number."""

    terms: _Terms
    weights: Sequence[Sequence[tuple[str, float]]]
    english: bool

    def words(self, text: str) -> list[str]:
        """Return the words of a text in the form that terms have."""
        words = _WORD.findall(text.lower())
        return list(map(_stem, words)) if self.english else words


def evidence_of(story: Story) -> dict[str, float]:
    """Return the evidence of a story's words for each topic, broader ones included, by qcode."""
    entry = story.entry
    vocabulary = _vocabulary(entry.language.partition("-")[0].lower() or "en")
    counts: Counter[int] = Counter()
    _count(vocabulary, vocabulary.words(f"{entry.title} . {entry.subtitle}"), _TITLE_COUNT, counts)
    _count(vocabulary, vocabulary.words(" . ".join(entry.categories)), _CATEGORY_COUNT, counts)
    _count(vocabulary, _text_words(story, vocabulary), 1, counts)
    return _evidence(vocabulary, counts)


def top_level(qcode: str) -> str:
    """Return the topic of the first level that a topic is below; itself if it is one or is unknown."""
    return topic_tree().paths.get(qcode, (qcode,))[-1]


def _text_words(story: Story, vocabulary: _Vocabulary) -> list[str]:
    words: list[str] = []
    for text in (paragraph.text for paragraph in story.paragraphs) if story.paragraphs else (story.entry.summary,):
        # Cut first: one paragraph may have `limits.paragraph` characters, 100,000 by default.
        words += vocabulary.words(text[: 16 * _TEXT_WORDS])
        if len(words) >= _TEXT_WORDS:
            break
    return words[:_TEXT_WORDS]


def _count(vocabulary: _Vocabulary, words: Sequence[str], times: int, counts: Counter[int]) -> None:
    """Count the terms among words: the longest that begins at a word, and none within it."""
    terms = vocabulary.terms
    end = 0
    for index, word in enumerate(words):
        if word in terms and index >= end:
            for rest, number in terms[word]:
                stop = index + 1 + len(rest)
                if not rest or tuple(words[index + 1 : stop]) == rest:
                    counts[number] += times
                    end = stop
                    break


def _evidence(vocabulary: _Vocabulary, counts: Mapping[int, int]) -> dict[str, float]:
    """Return the evidence for each topic, broader ones included. A term's second occurrence counts less."""
    paths = topic_tree().paths
    evidence: dict[str, float] = defaultdict(float)
    for number, count in counts.items():
        times = math.log2(1 + count)
        for qcode, weight in vocabulary.weights[number]:
            for topic in paths[qcode]:
                evidence[topic] += weight * times
    return evidence


@lru_cache(maxsize=65_536)
def _stem(word: str) -> str:
    """Strip the endings -s, -ed, -ing and -e from an English word, so that its forms are equal; crude but fast.

    Four letters must remain (three without the -s), or "innings" would be "in", and "notes" "not".
    """
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")) and word != "aids":
        word = f"{word[:-3]}y" if word.endswith("ies") and len(word) > 4 else word[:-1]
    for ending in ("ing", "ed"):
        stem = word.removesuffix(ending)
        if len(word) > len(stem) > 3:
            word = stem[:-1] if stem[-1] == stem[-2] and stem[-1] not in "lsz" else stem
            break
    return word[:-1] if len(word) > 4 and word.endswith("e") else word


@cache
def topic_tree() -> TopicTree:
    """Return the topics in use, loaded at the first call."""
    topics = json.loads(_data("mediatopics.json"))
    broader = {topic["qcode"]: topic["broader"] for topic in topics}
    labels: dict[str, dict[str, str]] = defaultdict(dict)
    narrower: dict[str, list[str]] = defaultdict(list)
    for topic in topics:
        narrower[topic["broader"] or ""].append(topic["qcode"])
        for language, label in topic["label"].items():
            labels[language][topic["qcode"]] = label
    return TopicTree(
        {qcode: tuple(_path(qcode, broader)) for qcode in broader}, dict(narrower), labels["en-GB"], labels
    )


def _path(qcode: str | None, broader: Mapping[str, str | None]) -> Iterator[str]:
    while qcode:
        yield qcode
        qcode = broader[qcode]


@cache
def _vocabulary(language: str) -> _Vocabulary:
    """Return the terms of a language (a primary subtag); none for a language that the IPTC has no labels in."""
    english = language == "en"
    empty = _Vocabulary({}, (), english)
    found: dict[tuple[str, ...], dict[str, float]] = defaultdict(dict)
    for qcode, weight, term in (*_label_terms(language), *_word_list(language)):
        words = tuple(empty.words(term))
        if words:
            found[words][qcode] = max(weight, found[words].get(qcode, 0.0))
    terms: dict[str, list[tuple[tuple[str, ...], int]]] = defaultdict(list)
    for number, words in enumerate(found):
        terms[words[0]].append((words[1:], number))
    for candidates in terms.values():
        # `_count` takes the first that matches, which has to be the longest.
        candidates.sort(key=lambda candidate: -len(candidate[0]))
    # A term of several topics says less of each.
    weights = [[(qcode, weight / len(topics)) for qcode, weight in topics.items()] for topics in found.values()]
    return _Vocabulary(dict(terms), weights, english)


def _label_terms(language: str) -> Iterator[tuple[str, float, str]]:
    """Yield (topic, weight, term) of the labels: "robbery and theft" is two terms; a term of two words weighs more."""
    for qcode, label in topic_tree().labels.get(_IPTC_LANGUAGES.get(language, language), {}).items():
        for part in _LABEL_PARTS.split(_PARENTHESES.sub(" ", label).lower()):
            words = part.split()
            if len(words) > 1 or (words and words[0] not in _VAGUE_LABELS and len(words[0]) > 2):
                yield qcode, 1.5 if len(words) > 1 else 0.75, part


def _word_list(language: str) -> Iterator[tuple[str, float, str]]:
    """Yield (topic, weight, term) of the list that was written for a language; none for most languages."""
    name = f"topic_words.{language}.txt"
    if not _folder().joinpath(name).is_file():
        return
    for line in _data(name).splitlines():
        number, _, terms = line.partition(":")
        if terms and not line.startswith("#"):
            for term in terms.split(","):
                word = term.strip()
                strength = word[-1] if word[-1] in _STRENGTHS else ""
                yield f"medtop:{number}", _STRENGTHS[strength], word.removesuffix(strength)


def _data(name: str) -> str:
    return _folder().joinpath(name).read_text(encoding="utf-8")


def _folder() -> Traversable:
    return files("newsbeam.transforms.enrich").joinpath("data")
