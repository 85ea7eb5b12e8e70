"""Lines that someone broke by hand: which of them begin a paragraph, and which dashes are speech and no list.

The rules are the same for `<br>` and for the line ends of a plain text. A line is apart from the one before it if its
own form says so (a speaker's label, a time, a figure) and a second line beside it has the same form; one such line
proves nothing, since it can be the rest of a sentence.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise

from newsbeam.transforms.text.blocks import Block

SENTENCE_END = re.compile(r"[.!?…。！？」][\"'”’»)\]]{0,3}$")
BULLET = re.compile(r"[•·▪●◦‣*–—-]\s+(?=\S)")
_DASH = re.compile(r"[–—-]\s+(?=[\"'“”«„¿¡(…]{0,2}[^\W_])")
_NEW_SENTENCE = re.compile(r"[\"'“”«»„‚‘¿¡(\[–—-]{0,3}\s?(?:\d|[^\W\d_])")
# "Q: Why now?", "Frage: ...", "Jane Doe: ..."
_LABEL = re.compile(r"[^\W\d_a-z][\w.'’-]{0,20}(?: [^\W\d_a-z][\w.'’-]{0,20}){0,2} ?: ?(?=\S)")
_TIME = re.compile(r"(?:\d{1,2}[:.h]\d{2}|\d{1,2} ?[ap]\.?m\b)")
_NUMBER = re.compile(r"\(?(\d{1,3})[.)]?\s+[\"“„«]?[^\W\d_a-z]")
_DIGIT = re.compile(r"\d")
_LONG_LINE = 60  # characters: a line that long and ended like a sentence is a paragraph, not a line of verse
_SHORT_LINE = 60  # characters of an item of a list
_SHORT_LABELLED = 40  # characters of a line above a speaker's label that needs no full stop
_LEAST_LISTED = 3  # names under each other are a list from here on


def begin_paragraphs(lines: list[str]) -> list[bool]:
    """Tell for each of the lines between two empty ones whether it begins a paragraph (for the first it is True)."""
    ends = [bool(SENTENCE_END.search(line)) or line.endswith((":", "”", '"', "»", "“")) for line in lines]
    capital = [_is_new_sentence(line) for line in lines]
    starts = own_lines(lines)
    sentences = 2 * sum(map(bool, map(SENTENCE_END.search, lines))) >= len(lines)
    listed = _is_list(lines)
    for at in range(1, len(lines)):
        ended = ends[at - 1] and (len(lines[at - 1]) >= _LONG_LINE or (sentences and capital[at]))
        starts[at] = starts[at] or listed or ended
    return starts


def own_lines(lines: list[str]) -> list[bool]:
    """Tell for each line whether its form and that of another one show that it begins a paragraph."""
    labels = [bool(_LABEL.match(line)) and _may_end(before) for before, line in pairwise(["", *lines])]
    times = [bool(_TIME.match(line)) for line in lines]
    starts = [True] + [False] * (len(lines) - 1)
    for marks in (labels, times, _numbered(lines)):
        if sum(marks) >= 2:
            starts = [start or mark for start, mark in zip(starts, marks, strict=True)]
    figures = [bool(_DIGIT.search(line)) and _is_short(line) for line in lines]
    if sum(figures) >= 2 and 2 * sum(figures) > len(lines):
        for at in range(1, len(lines)):
            starts[at] = starts[at] or (figures[at] and _is_short(lines[at - 1]))
    listed = _listed_from(lines)
    return [start or at >= listed for at, start in enumerate(starts)]


def _listed_from(lines: list[str]) -> int:
    """Return where a list begins that goes on to the last line: below a colon, two items at least."""
    last = max((at for at, line in enumerate(lines) if not _is_short(line)), default=0)
    for at in range(last, len(lines) - 2):
        if lines[at].endswith(":"):
            return at + 1
    return len(lines)


def _numbered(lines: list[str]) -> list[bool]:
    """Tell for each line whether it has a number that the number of another one follows, or is followed by."""
    numbers = [int(match[1]) if (match := _NUMBER.match(line)) else None for line in lines]
    known = set(numbers)
    return [number is not None and not known.isdisjoint((number - 1, number + 1)) for number in numbers]


def _may_end(line: str) -> bool:
    """Tell whether the sentence of a line can end with it."""
    return len(line) <= _SHORT_LABELLED or SENTENCE_END.search(line) is not None


def _is_short(line: str) -> bool:
    """Tell whether a line is an item of a list and no part of a sentence."""
    return len(line) <= _SHORT_LINE and not line.endswith((",", ";", "-", "–", "—")) and not SENTENCE_END.search(line)


def _is_list(lines: list[str]) -> bool:
    if len(lines) < _LEAST_LISTED or not all(map(_is_short, lines)):
        return False
    capitals = sum(map(_is_new_sentence, lines))
    return capitals == len(lines) or (not capitals and max(map(len, lines)) <= _SHORT_LABELLED)


def _is_new_sentence(line: str) -> bool:
    match = _NEW_SENTENCE.match(line)
    return match is not None and not match[0][-1].islower()


def with_lists(blocks: Iterable[Block]) -> Iterator[Block]:
    """Yield `blocks`, those that begin with a bullet without it and as items of a list, and speech with its dash.

    A sentence that begins with a dash is direct speech (the rule in Finnish, French, Spanish and other languages'
    prose), unless it stands in a list: below another item or a colon, or, with a hyphen, below a heading.
    """
    before = Block(".")
    for block in blocks:
        mark = BULLET.match(block.text) if block.kind in ("paragraph", "list_item") else None
        if mark:
            is_hyphen = block.text[0] == "-"
            in_list = before.kind == "list_item" or before.text.endswith(":")
            in_list = in_list or (is_hyphen and not SENTENCE_END.search(before.text))
            if _DASH.match(block.text) and SENTENCE_END.search(block.text) and not in_list:
                block = block._replace(kind="paragraph")
            else:
                block = block._replace(text=block.text[mark.end() :], kind="list_item")
        yield block
        before = block
