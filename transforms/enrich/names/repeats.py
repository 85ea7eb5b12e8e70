"""Finds names of an entry where the model left them out. No Beam here."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from newsbeam.transforms.enrich.gazetteer.lines import word_set
from newsbeam.transforms.enrich.gazetteer.words import not_names, words
from newsbeam.transforms.enrich.names.labels import PEOPLE
from newsbeam.transforms.records import Entity, Paragraph

_TOKEN = re.compile(r"[^\W_][\w.&'’-]{0,60}")
_REPEATED = frozenset({"PERSON", "PER", "ORG", "GPE", "LOC", "NORP", "FAC", "PRODUCT", "EVENT"})
_END_OF_SENTENCE = re.compile(r"(?:^|[.!?:\n“\"„«(–—-])[\s“\"„«]{0,3}$")

_FUNCTION = word_set(
    "so but and or then when while if in on at for as after before yet still the this that now with by from to"
)

Known = Mapping[str, Sequence[tuple[str, str]]]
"""(name, label) by the first word of the name, the longest first."""


def known_forms(paragraphs: Iterable[Paragraph]) -> Known:
    """Return the names in paragraphs, in their own case, and the surnames of people."""
    counts: dict[str, dict[str, int]] = {}
    for paragraph in paragraphs:
        for entity in paragraph.entities:
            if entity.label in _REPEATED and entity.text[0].isupper() and len(entity.text) > 2:
                for name in _forms(entity):
                    labels = counts.setdefault(name, {})
                    labels[entity.label] = labels.get(entity.label, 0) + 1
    known: dict[str, list[tuple[str, str]]] = {}
    for name in sorted(counts, key=lambda name: (-len(name), name)):
        label = min(counts[name], key=lambda label: (-counts[name][label], label))
        known.setdefault(name.split()[0], []).append((name, label))
    return known


def _forms(entity: Entity) -> Iterator[str]:
    yield entity.text
    parts = entity.text.split()
    if entity.label in PEOPLE and 1 < len(parts) <= 4 and len(parts[-1]) > 3 and parts[-1][0].isupper():
        yield parts[-1]


def left_out(text: str, taken: Sequence[tuple[int, int]], known: Known, lower: frozenset[str]) -> Iterator[Entity]:
    """Yield the known names in a text that no span of `taken` touches.

    Args:
        text: A paragraph.
        taken: The spans of its entities.
        known: The names to look for.
        lower: Words that the entry has in lower case too; at the beginning of a sentence they are not names.
    """
    tokens = list(_TOKEN.finditer(text))
    end_of_last = 0
    for at, token in enumerate(tokens):
        start = token.start()
        if start < end_of_last or not text[start].isupper():
            continue
        for name, label in known.get(_plain(token[0]), ()):
            end = start + len(name)
            if text.startswith(name, start) and _is_name_here(text, tokens, at, end, taken, name, lower):
                yield Entity(name, label, start, end, name)
                end_of_last = end
                break


def _plain(token: str) -> str:
    plain = token.rstrip(".'’-")
    return plain[:-2] if plain.endswith(("'s", "’s")) else plain


def begins_sentence(text: str, at: int) -> bool:
    """Return whether a sentence, or a stretch between marks, begins at a position."""
    return _END_OF_SENTENCE.search(text[max(0, at - 4) : at]) is not None


def _is_name_here(
    text: str,
    tokens: Sequence[re.Match[str]],
    at: int,
    end: int,
    taken: Sequence[tuple[int, int]],
    name: str,
    lower: frozenset[str],
) -> bool:
    start = tokens[at].start()
    if any(first < end and start < last for first, last in taken):
        return False
    # In a compound or an address it is a part of another word.
    if text[end : end + 1].isalnum() or (text[end : end + 1] in ("-", "@") and text[end + 1 : end + 2].isalnum()):
        return False
    if text[end : end + 1] == " " and text[end + 1 : end + 2].isupper():
        return False  # a part of a longer name
    if begins_sentence(text, start):
        return " " in name or name.lower() not in lower
    before = tokens[at - 1] if at else None
    adjacent = before is not None and text[before.end() : start] in (" ", ". ")
    return not (adjacent and before and before[0][0].isupper() and _belongs(before[0].lower().rstrip("."), lower))


def _belongs(word: str, lower: frozenset[str]) -> bool:
    """Return whether a word in capitals before a name is a part of a longer one: not a title, a day or "So"."""
    return word not in words("titles") and word not in not_names() and word not in lower and word not in _FUNCTION
