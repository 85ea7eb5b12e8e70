"""Plain text to blocks: wires and scraped pages break their paragraphs in four ways, often in one text.

    blank lines             wrapped or not, a blank line between two paragraphs
    indented first lines    wrapped, no blank lines: what wires sent to teleprinters (Reuters, IPTC 7901, ANPA 1312)
    one line a paragraph    no wrapping at all: what most scrapers write
    columns                 prices, results: lines of a table, kept together as one block

Whether a line break is the end of a paragraph or only of a line is decided by what a program that wraps text does: it
breaks a line only where the next word doesn't fit (see `_ends_paragraph`).
"""

import re
from collections.abc import Iterator
from itertools import pairwise

from newsbeam.transforms.text.blocks import Block
from newsbeam.transforms.text.normalise import clean, squeeze

_WRAP_WIDTH = 100  # characters; no wire wraps wider (IPTC 7901 and ANPA 1312: 69), so a longer line isn't wrapped
_INDENT = 2  # spaces that begin a paragraph; one space is a slip
_SENTENCE_END = re.compile(r"[.!?:;…。！？」][\"'”’»)\]]*$")
_BULLET = re.compile(r"(?:[-*•·▪●◦–]|\(?\d{1,2}[.)])[ \t]+(?=\S)")
_GAP = re.compile(r"(?<=\S)(?: {2,}|[ ]*\t\s*)(?=\S)")
_WIDE_GAP = re.compile(r"(?<=[^\s.!?:;])(?: {3,}|[ ]*\t\s*)(?=\S)|(?<=\S) {6,}(?=\S)")
_RULE = re.compile(r"[-=_*. |+]{4,}$")
_NUMBER = re.compile(r"(?<![\w-])[-+(]?[$£€]?\d[\d.,/:-]*%?\)?(?![\w])")
# "a 43-dlr-a-" / "share offer": wires break compounds at the hyphen, and no other words.
_COMPOUND = re.compile(r"(?<=[a-zA-Z0-9]-)\n(?=[a-zA-Z])(?!(?:and|or|to|und|oder|et|ou|y|o)\b)")
_SIGN_OFF = re.compile(r"reuters?(?: \.\.\.)?$", re.IGNORECASE)
_CELL_BREAK = " | "


def blocks(text: str) -> list[Block]:
    """Return the paragraphs of a plain text in reading order: non-empty, normalised, none with line breaks but tables.

    The time is linear in the length of `text`.
    """
    lines = _dedent([line.rstrip() for line in clean(text).splitlines()])
    chunks = list(_chunks(lines))
    indented = _has_indented_paragraphs(lines)
    width = 0 if indented else _width(chunks)
    result: list[Block] = []
    for chunk in chunks:
        for run, is_table in _runs(chunk, indented):
            if is_table:
                result.append(Block("\n".join(_CELL_BREAK.join(_cells(line)) for line in run), "table"))
            elif indented:
                result.extend(_indented(run))
            else:
                result.extend(_flush_left(run, width))
    return [block for block in result if block.text]


def _chunks(lines: list[str]) -> Iterator[list[str]]:
    chunk: list[str] = []
    for line in lines:
        if line.strip():
            chunk.append(line)
        elif chunk:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _dedent(lines: list[str]) -> list[str]:
    margin = min((_depth(line) for line in lines if line), default=0)
    return [line[margin:] for line in lines] if margin else lines


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip())


def _has_indented_paragraphs(lines: list[str]) -> bool:
    """Tell whether indentation begins paragraphs: some line is indented, and the next one of its chunk is not."""
    before = ""
    for line, after in pairwise(lines):
        if _depth(line) >= _INDENT and after and not _depth(after) and not _is_row(line) and not _BULLET.match(before):
            return True
        before = line
    return False


def _runs(chunk: list[str], indented: bool) -> Iterator[tuple[list[str], bool]]:
    """Yield (lines, are they a table?). Rows of a table come in twos at least, ruled lines between them aside."""
    rows = [_is_row(line) or (indented and _is_figures(chunk, at)) for at, line in enumerate(chunk)]
    run: list[str] = []
    at = 0
    while at < len(chunk):
        end = at
        while end < len(chunk) and (rows[end] or (end > at and _RULE.match(chunk[end].strip()))):
            end += 1
        if sum(rows[at:end]) >= 2:
            if run:
                yield run, False
                run = []
            yield chunk[at:end], True
        else:
            end = max(end, at + 1)
            run.extend(chunk[at:end])
        at = end
    if run:
        yield run, False


def _is_row(line: str) -> bool:
    """Tell whether `line` has columns: a wide gap, or gaps of two spaces (typists put one after a full stop)."""
    stripped = line.strip()
    if "  " not in stripped and "\t" not in stripped:
        return False
    return bool(_WIDE_GAP.search(stripped)) or len(_GAP.findall(stripped)) > max(1, len(stripped) // 30)


def _is_figures(chunk: list[str], at: int) -> bool:
    """Tell whether an indented line is a whole paragraph of figures ("    Net 807,000 vs 2,858,000")."""
    line = chunk[at]
    after = chunk[at + 1] if at + 1 < len(chunk) else ""
    if (_depth(line) < _INDENT and at) or (after and not _depth(after) and not _SIGN_OFF.match(after)):
        return False
    return not line.endswith(".") and 4 * len(_NUMBER.findall(line)) >= max(8, len(line.split()))


def _cells(line: str) -> list[str]:
    return [squeeze(cell) for cell in _GAP.split(line.strip())]


def _indented(lines: list[str]) -> Iterator[Block]:
    """Yield the paragraphs of lines where indentation begins one."""
    start = 0
    for at in range(1, len(lines) + 1):
        if at == len(lines) or _depth(lines[at]) >= _INDENT or _SIGN_OFF.match(lines[at].strip()):
            yield _block(lines[start:at])
            start = at


def _width(chunks: list[list[str]]) -> int:
    """Return the width that a text is wrapped to, in characters; 0 if it isn't wrapped.

    It isn't if a line is longer than wires wrap, or if nearly all lines end a sentence where others follow.
    """
    width = max((len(line) for chunk in chunks for line in chunk if not _is_row(line)), default=0)
    ended = [bool(_SENTENCE_END.search(line)) for chunk in chunks for line in chunk[:-1]]
    return width if width <= _WRAP_WIDTH and 4 * sum(ended) < 3 * len(ended) else 0


def _flush_left(lines: list[str], width: int) -> Iterator[Block]:
    """Yield the paragraphs of lines that all begin at the same column."""
    if not width and _is_wrapped(lines):
        width = max(map(len, lines))
    start = 0
    for at in range(1, len(lines) + 1):
        if at == len(lines) or _ends_paragraph(lines[at - 1].strip(), lines[at].strip(), width):
            yield _block(lines[start:at])
            start = at


def _is_wrapped(lines: list[str]) -> bool:
    """Tell whether a chunk of a text that isn't wrapped is: short lines that mostly end in mid-sentence."""
    breaks = [not _SENTENCE_END.search(line) for line in lines[:-1]]
    return len(breaks) >= 2 and max(map(len, lines)) <= _WRAP_WIDTH and 5 * sum(breaks) >= 3 * len(breaks)


def _ends_paragraph(line: str, after: str, width: int) -> bool:
    """Tell whether the break between two lines ends a paragraph.

    Args:
        line: The line before the break, without white space around it.
        after: The line after it.
        width: Of the longest line, in characters, where lines are wrapped; 0 where they aren't.
    """
    ended = bool(_SENTENCE_END.search(line))
    bullet = bool(_BULLET.match(after))
    if not width:
        return ended or bullet or not after[0].islower()
    would_have_fitted = len(line) + 1 + len(after.split(None, 1)[0]) <= width
    if bullet:
        return ended or would_have_fitted
    return would_have_fitted and (ended or (after[0].isupper() and len(line) < 0.6 * width))


def _block(lines: list[str]) -> Block:
    text = "\n".join(lines)
    text = squeeze(_COMPOUND.sub("", text) if "-\n" in text else text)
    bullet = _BULLET.match(text)
    if not bullet:
        return Block(text)
    return Block(text if any(map(str.isdigit, bullet[0])) else text[bullet.end() :], "list_item")
