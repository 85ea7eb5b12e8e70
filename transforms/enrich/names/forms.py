"""The forms of names in a story, to compare them by. No Beam, no spaCy here."""

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from newsbeam.transforms.enrich.gazetteer.lines import word_set
from newsbeam.transforms.enrich.gazetteer.organisations import organisation
from newsbeam.transforms.enrich.names.found import certainty_of
from newsbeam.transforms.enrich.names.labels import NAME_LABELS
from newsbeam.transforms.records import Entity

_THE = re.compile(r"the\s+(?!hague$)(?=\S)", re.IGNORECASE)
_POSSESSIVE = re.compile(r"(?<=\w)(?:['’‘`][sS]|(?<=s)['’])$")
_EDGES = " \t\n\"“”„«»‘’'`()[]<>,;:"
_MOST_BITS = 7.0
_HONORIFICS = word_set("mr mrs ms miss dr prof sir lord lady dame sen rep gov gen col capt")

Words = tuple[str, ...]


@dataclass
class Form:
    """One form of a name in a story, in any case.

    Attributes:
        words: Its words, to compare by.
        surfaces: How often each spelling occurs.
        labels: How often each label occurs outside of headlines, in bits of certainty.
        headline: Whether it occurs in headlines only.
        label: The label of the form.
    """

    words: Words
    surfaces: Counter[str] = field(default_factory=Counter)
    labels: dict[str, float] = field(default_factory=dict)
    headline: bool = True
    label: str = ""

    @property
    def surface(self) -> str:
        """The most frequent spelling, in mixed case if there is one."""
        return min(self.surfaces, key=lambda text: (_shouts(text), -self.surfaces[text], text))


def _shouts(text: str) -> bool:
    """Return whether a spelling is in lower case, or has a word in capitals beside others: "ANNA Velm"."""
    words = [word for word in text.split() if word.isalpha() and len(word) > 4]
    return text.isupper() or text.islower() or len({word.isupper() for word in words}) > 1


def forms_of(entities: Iterable[tuple[Entity, bool]]) -> dict[Words, Form]:
    """Return the forms of names by their words.

    Args:
        entities: Each with whether it is in a headline, which has no vote where running text has one.
    """
    forms: dict[Words, Form] = {}
    votes: dict[Words, dict[str, float]] = {}
    for entity, headline in entities:
        if entity.label in NAME_LABELS:
            surface, words = normal(entity.text, entity.label)
            form = forms.get(words) or forms.setdefault(words, Form(words))
            form.surfaces[surface] += 1
            cast = votes.setdefault(words, {}) if headline else form.labels
            cast[entity.label] = cast.get(entity.label, 0.0) + _bits(certainty_of(entity))
            form.headline = form.headline and headline
    for words, form in forms.items():
        form.label = _winner(form.labels or votes[words])
    return forms


def _bits(certainty: float) -> float:
    """Return what a vote counts: 1 for one that is as likely right as wrong, 7 for the surest."""
    # A certainty of 1 would need the logarithm of 0.
    return min(-math.log2(max(1 - certainty, 1e-9)), _MOST_BITS)


def _winner(labels: Mapping[str, float]) -> str:
    return min(labels, key=lambda label: (-labels[label], NAME_LABELS.index(label)))


@lru_cache(maxsize=16_384)
def normal(text: str, label: str) -> tuple[str, Words]:
    """Return a name without article, possessive and quotes, and the words to compare it by."""
    whole = " ".join(text.split()).strip(_EDGES)
    name = (whole if organisation(whole) else _POSSESSIVE.sub("", whole)) or text
    without_article = _THE.sub("", name, count=1) if _THE.match(name) else name
    words = without_article.casefold().replace("’", "'").split()
    if len(words) > 1 and words[0].rstrip(".") in _HONORIFICS and not (words[0] == "lady" and len(words) == 2):
        words = words[1:]  # Lady Velm is the wife of Sir Ivo Velm
    return name if label == "WORK_OF_ART" else without_article, tuple(words)


def fullest(forms: Sequence[Form], is_short_for: Callable[[Words, Words], bool]) -> Form | None:
    """Return the form that all others are short forms of; None if there is none."""
    longest = max(forms, key=lambda form: (len(form.words), len(form.surface), form.words), default=None)
    if longest and all(form is longest or is_short_for(form.words, longest.words) for form in forms):
        return longest
    return None
