"""Decides which manual line breaks begin a paragraph, and which dashes are speech and not list items.

The rules are the same for `<br>` and for the line ends of a plain text. A line begins a paragraph if its form says so
(a speaker's label, a time, a figure) and another line has the same form; a single one doesn't, since it can be the rest
of a sentence.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise

from newsbeam.transforms.text.block import Block

SENTENCE_END = re.compile(r"[.!?…。！？」][\"'”’»)\]]{0,3}$")
BULLET = re.compile(r"[•·▪●◦‣*–—-]\s+(?=\S)")
_DASH = re.compile(r"[–—-]\s+(?=[\"'“”«„¿¡(…]{0,2}[^\W_])")
_NEW_SENTENCE = re.compile(r"[\"'“”«»„‚‘¿¡(\[–—-]{0,3}\s?(?:\d|[^\W\d_])")
# "Q: Why now?", "Frage: ...", "Jane Doe: ..."
_LABEL = re.compile(r"[^\W\d_a-z][\w.'’-]{0,20}(?: [^\W\d_a-z][\w.'’-]{0,20}){0,2} ?: ?(?=\S)")
_TIME = re.compile(r"(?:\d{1,2}[:.h]\d{2}|\d{1,2} ?[ap]\.?m\b)")
_NUMBER = re.compile(r"\(?(\d{1,3})[.)]?\s+[\"“„«]?[^\W\d_a-z]")
_DIGIT = re.compile(r"\d")
_LONG_LINE = 60  # characters: a line at least this long that ends like a sentence is a paragraph, not verse
_SHORT_LINE = 60  # characters of a list item
_SHORT_LABELLED = 40  # characters of a line before a speaker's label that may lack a full stop
_QUOTED = re.compile(r"[\"”“»’][.!?]?$")
_MIN_LISTED = 3  # consecutive names that are a list


def begin_paragraphs(lines: list[str]) -> list[bool]:
    """Return for each of the lines between two empty ones whether it begins a paragraph (True for the first)."""
    ends = [bool(SENTENCE_END.search(line)) or line.endswith((":", "”", '"', "»", "“")) for line in lines]
    capital = [_is_new_sentence(line) for line in lines]
    starts = starts_by_form(lines)
    sentences = 2 * sum(map(bool, map(SENTENCE_END.search, lines))) >= len(lines)
    listed = _is_list(lines)
    for at in range(1, len(lines)):
        ended = ends[at - 1] and (len(lines[at - 1]) >= _LONG_LINE or (sentences and capital[at]))
        starts[at] = starts[at] or listed or ended
    return starts


def starts_by_form(lines: list[str]) -> list[bool]:
    """Return for each line whether its form and that of another line show that it begins a paragraph."""
    labels = _labelled(lines)
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


def _labelled(lines: list[str]) -> list[bool]:
    """Return for each line whether it begins with a label, after a line that may end; in a list of labels it does."""
    labels = [bool(_LABEL.match(line)) for line in lines]
    if len(lines) >= _MIN_LISTED and all(labels):
        return labels
    return [label and _may_end(before) for label, before in zip(labels, ["", *lines], strict=False)]


def _listed_from(lines: list[str]) -> int:
    """Return where a list begins that ends at the last line: after a colon, with at least two items."""
    last = max((at for at, line in enumerate(lines) if not _is_short(line)), default=0)
    for at in range(last, len(lines) - 2):
        if lines[at].endswith(":"):
            return at + 1
    return len(lines)


def _numbered(lines: list[str]) -> list[bool]:
    """Return for each line whether it has a number, and another line the number before or after it."""
    numbers = [int(match[1]) if (match := _NUMBER.match(line)) else None for line in lines]
    known = set(numbers)
    return [number is not None and not known.isdisjoint((number - 1, number + 1)) for number in numbers]


def _may_end(line: str) -> bool:
    """Return whether the sentence of a line can end with it."""
    return len(line) <= _SHORT_LABELLED or SENTENCE_END.search(line) is not None


def _is_short(line: str) -> bool:
    """Return whether a line is a list item and not part of a sentence."""
    return len(line) <= _SHORT_LINE and not line.endswith((",", ";", "-", "–", "—")) and not SENTENCE_END.search(line)


def _is_list(lines: list[str]) -> bool:
    if len(lines) < _MIN_LISTED or not all(map(_is_short, lines)):
        return False
    capitals = sum(map(_is_new_sentence, lines))
    return capitals == len(lines) or (not capitals and max(map(len, lines)) <= _SHORT_LABELLED)


def _is_new_sentence(line: str) -> bool:
    match = _NEW_SENTENCE.match(line)
    return match is not None and not match[0][-1].islower()


def _is_attribution(before: Block, block: Block, after: Block) -> bool:
    return (
        _QUOTED.search(before.text) is not None
        and before.kind != "list_item"
        and block.text[0] in "-–—"
        and not BULLET.match(after.text)
        and not SENTENCE_END.search(block.text)
    )


def with_lists(blocks: Iterable[Block]) -> Iterator[Block]:
    """Yield `blocks`; those that begin with a bullet become list items without it, and speech keeps its dash.

    A sentence that begins with a dash is direct speech (the rule in Finnish, French, Spanish and other languages'
    prose), unless it is in a list: after another item or a colon, or, with a hyphen, after a heading. One line with a
    dash after a quotation names the speaker.
    """
    # As after a sentence: a first line with a hyphen is not an item of a list that began before.
    before = Block(".")
    for block, after in pairwise([*blocks, Block("")]):
        mark = BULLET.match(block.text) if block.kind in ("paragraph", "list_item") else None
        if mark and not _is_attribution(before, block, after):
            is_hyphen = block.text[0] == "-"
            in_list = before.kind == "list_item" or before.text.endswith(":")
            in_list = in_list or (is_hyphen and not SENTENCE_END.search(before.text))
            if _DASH.match(block.text) and SENTENCE_END.search(block.text) and not in_list:
                block = block._replace(kind="paragraph")
            else:
                block = block._replace(text=block.text[mark.end() :], kind="list_item")
        yield block
        before = block
