"""Chooses among renditions: of those with the same text, only the richest is kept.

A part with its own text (a table beside a story, the second half) stays.
"""

import html
import re
from collections.abc import Sequence
from typing import NamedTuple

from newsbeam.transforms.common.plain_markup import as_markup
from newsbeam.transforms.parse.plain import html_text, one_line, scrub
from newsbeam.transforms.parse.wire.nitf import BodyHead
from newsbeam.transforms.parse.xml import Element

# In order of preference: the richest first.
XHTML, NITF, HTML_DATA, PLAIN = range(4)
_MOST = 20  # parts; more are not renditions of one text
_MUCH_MORE = 1.25  # times a richer rendition's letters: then that one is only an extract of this one
_COMPARED = 100_000  # characters of a part that are compared
_COVERED = 0.8  # share of a part's three-word runs that others have: then they have its text
_WORD = re.compile(r"\w+")
_NOT_LETTERS = re.compile(r"[\W_]+")


class Part(NamedTuple):
    """One rendition.

    Attributes:
        kind: XHTML, NITF, HTML_DATA or PLAIN.
        content: HTML or plain text.
        element: The element that contains it.
        head: Fields of the head of an NITF body.
        title, teaser, genres, notes: Other metadata extracted from it, see `newsmlg2_body.Body`.
        is_story: False for a rendition of the headline or teaser alone.
        language: The declared language, or "".
    """

    kind: int
    content: str
    element: Element
    head: BodyHead = BodyHead()
    title: str = ""
    teaser: str = ""
    genres: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    is_story: bool = True
    language: str = ""

    def text(self) -> str:
        """Return its text in one line."""
        return one_line(self.content) if self.kind == PLAIN else html_text(self.content)


class _Words(NamedTuple):
    part: Part
    letters: str
    runs: frozenset[tuple[str, ...]]

    @classmethod
    def of(cls, part: Part) -> "_Words":
        text = part.text().lower()
        words = _WORD.findall(text[:_COMPARED])
        # Runs of three words, since agencies cut and wrap their renditions in different ways.
        runs = zip(words, words[1:], words[2:], strict=False)
        return cls(part, _NOT_LETTERS.sub("", text), frozenset(runs))

    def is_in(self, *others: "_Words") -> bool:
        """Tell whether others of richer kinds contain the words of this one."""
        found = self.runs & frozenset().union(*(other.runs for other in others))
        return bool(self.runs) and len(found) >= _COVERED * len(self.runs)


def choose(parts: Sequence[Part]) -> list[Part]:
    """Return the parts that make up the text, in document order."""
    filled = [part for part in parts if part.content.strip()]
    if len(filled) < 2:
        return filled
    texts = [_Words.of(part) for part in filled]
    # The comparison is quadratic in the number of parts; beyond the bound only equal letters are compared.
    if len(texts) > _MOST:
        best = min(text.part.kind for text in texts)
        return list({text.letters: text.part for text in texts if text.part.kind == best}.values())
    kept: list[_Words] = []
    for text in sorted(texts, key=lambda each: each.part.kind):
        kept = _with(kept, text)
    # By identity: two parts may be equal, and the order of the document has to come back.
    chosen = {id(text.part) for text in kept}
    return [part for part in filled if id(part) in chosen]


def _with(kept: list[_Words], text: _Words) -> list[_Words]:
    """Return the kept parts and one of the same or a poorer kind: it is dropped, added, or replaces some of them."""
    richer = [other for other in kept if other.part.kind != text.part.kind]
    size = sum(len(other.letters) for other in kept)
    if any(text.letters in other.letters for other in kept):
        return kept
    # A text much longer than the richer renditions is not one of them: they are only teasers of it.
    if len(text.letters) <= _MUCH_MORE * size and text.is_in(*richer):
        return kept
    # The other direction: the richer ones are this text cut into pieces, and keep its markup.
    if richer and len(text.letters) <= _MUCH_MORE * size and all(other.is_in(text) for other in richer):
        return kept
    outer = [
        other for other in kept if other.letters not in text.letters and not (other in richer and other.is_in(text))
    ]
    return [*outer, text]


def in_languages(parts: Sequence[Part], languages: Sequence[str]) -> tuple[list[Part], list[Part]]:
    """Return the parts in the languages of an item, and those in other declared languages.

    If no part declares one of the item's languages, all parts are the item's.
    """
    wanted = {language[:2].lower() for language in languages}
    declared = [part.language[:2].lower() for part in parts]
    if not wanted & set(declared):
        return list(parts), []
    is_ours = [not language or language in wanted for language in declared]
    ours = [part for part, mine in zip(parts, is_ours, strict=True) if mine]
    return ours, [part for part, mine in zip(parts, is_ours, strict=True) if not mine]


def joined(parts: Sequence[Part], language: str) -> tuple[str, str]:
    """Return parts as one text, and its media type; in HTML, a part in another language gets a `lang`."""
    declared = {part.language[:2].lower() for part in parts}
    is_foreign = [len(declared) > 1 and part.language[:2].lower() not in ("", language[:2].lower()) for part in parts]
    if not any(is_foreign) and all(part.kind == PLAIN for part in parts):
        content = "\n\n".join(part.content.strip("\n") for part in parts)
        return scrub(content), "text/plain" if parts else "text/html"
    pieces = [
        f'<div lang="{html.escape(part.language)}">{_markup(part)}</div>' if foreign else _markup(part)
        for part, foreign in zip(parts, is_foreign, strict=True)
    ]
    return scrub("\n".join(pieces)), "text/html"


def _markup(part: Part) -> str:
    content = part.content.strip("\n")
    return as_markup(content) if part.kind == PLAIN else content
