"""What changed between two texts, word by word."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

_WORDS = re.compile(r"\s{1,100}|\w{1,200}|[^\w\s]")
# SequenceMatcher compares each word with each in the worst case; beyond this, whole texts are shown as changed.
_MOST_WORDS = 4_000


@dataclass(frozen=True)
class Span:
    """A stretch of text: `changed` where the other text has something else or nothing in its place."""

    text: str
    changed: bool


def word_diff(old: str, new: str) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    """Return both texts as spans; their texts in order are the whole text."""
    words = _WORDS.findall(old), _WORDS.findall(new)
    if max(map(len, words)) > _MOST_WORDS:
        return _whole(old, old != new), _whole(new, old != new)
    # autojunk would leave frequent words of a long text out of the comparison.
    matcher = SequenceMatcher(None, *words, autojunk=False)
    sides: tuple[list[Span], list[Span]] = ([], [])
    for tag, *ends in matcher.get_opcodes():
        for side, side_words, start, end in zip(sides, words, ends[::2], ends[1::2], strict=True):
            if end > start:
                side.append(Span("".join(side_words[start:end]), tag != "equal"))
    return tuple(sides[0]), tuple(sides[1])


def paragraph_diff(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[tuple[Span, ...], tuple[Span, ...]]]:
    """Yield the paragraphs of two versions side by side, with what differs; those that are equal are left out."""
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for tag, *ends in matcher.get_opcodes():
        if tag == "equal":
            continue
        before, after = list(old[ends[0] : ends[1]]), list(new[ends[2] : ends[3]])
        for index in range(max(len(before), len(after))):
            yield word_diff("".join(before[index : index + 1]), "".join(after[index : index + 1]))


def _whole(text: str, changed: bool) -> tuple[Span, ...]:
    return (Span(text, changed),) * bool(text)
