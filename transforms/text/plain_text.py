"""Splits plain text into blocks: wires and scraped pages separate paragraphs in four ways, often in one text.

    blank lines             wrapped or not, a blank line between two paragraphs
    indented first lines    wrapped, no blank lines: as sent to teleprinters (Reuters, IPTC 7901, ANPA 1312)
    one line a paragraph    not wrapped: the output of most scrapers
    columns                 prices, results, standings: lines of a table, kept together as one block

A program that wraps text breaks a line only where the next word doesn't fit. That decides whether a line break ends a
paragraph or only a line (see `_ends_paragraph`).
"""

import re
from collections.abc import Iterator
from itertools import groupby, pairwise

from newsbeam.transforms.common.characters import clean
from newsbeam.transforms.text.block import Block
from newsbeam.transforms.text.lines import starts_by_form, with_lists
from newsbeam.transforms.text.normalise import squeeze

_WRAP_WIDTH = 100  # characters; no wire wraps wider (IPTC 7901 and ANPA 1312: 69), so a longer line isn't wrapped
_INDENT = 2  # spaces that begin a paragraph; one space is a typing error
_SENTENCE_END = re.compile(r"[.!?:;…。！？」][\"'”’»)\]]*$")
_BULLET = re.compile(r"(?:[-*•·▪●◦–]|\(?\d{1,2}[.)])[ \t]+(?=\S)")
_LEADER = r"(?<=[^\s.]) ?(?:\. ?){4,}(?=[^\s.])"  # "Smith ........ 12"
_GAP = re.compile(rf"(?<=\S)(?: {{2,}}|[ ]*\t\s*)(?=\S)|{_LEADER}")
_WIDE_GAP = re.compile(
    rf"(?<=[^\s.!?:;])(?: {{3,}}|[ ]*\t\s*)(?=\S)|(?<=\S) {{6,}}(?=\S)|{_LEADER}(?=\S{{1,15}}(?: \S{{1,15}})?$)"
)
_NARROW_GAP = re.compile(r"(?<=[^\s.!?:;])  +(?=[^a-z ][^a-z]*$)")
_FIGURE = r"(?:[-+(]?[$£€]?\d[\d.,/:-]*(?<![.,])(?:%|-?x)?\)?|nil|unch)"
_DIGIT = re.compile(r"\d")
_ALONE = re.compile(_FIGURE)
# Words that a figure belongs to: "vs 120", "4, 1, 1", "March 86"; and the whole number before a fraction ("284 1/2").
_BOUND = re.compile(r"(?:\bvs|,|\b(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]*\.?)$", re.IGNORECASE)
# "Ind Ttl-F 4,919.5 4,885.1": a name of a few words, then figures alone.
_NAME_AND_FIGURES = re.compile(rf"[^\W\d_]\S*(?: \S+){{0,3}}?(?: {_FIGURE}){{2,}}$")
# "Arsenal 2 Chelsea 1", "Bochum - Wolfsburg 1:3 (0:2)"
_SIDE = r"[^\W\d_][^\d:,;!?]{1,30}"
_SCORE = re.compile(
    rf"{_SIDE} \d{{1,3}},? {_SIDE} \d{{1,3}}$|{_SIDE} [-–] {_SIDE} \d{{1,3}}[:-]\d{{1,3}}(?: \([\d:-]+\))?$"
)
# "Black Heart Bart (AUS) 58.0": a listing only if three follow each other.
_NAME_AND_FIGURE = re.compile(rf"(?=.{{3,60}}$)[^\W\d_]\S*(?: \S+){{0,3}}? {_FIGURE}(?<!\.)$")
_BOXED = re.compile(r"\|.*\|$")
_RULE = re.compile(r"[-=_*. |+]{4,}$")
_NUMBER = re.compile(
    r"(?<![\w-])(?:[-+(]?[$£€]?\d[\d.,/:-]*%?\)?|(?:one|two|three|four|five|six|seven|eight|nine|ten|nil|same))(?![\w])"
)
# "a 43-dlr-a-" / "share offer": wires break compounds at the hyphen, and no other words.
_COMPOUND = re.compile(r"(?<=[a-zA-Z0-9]-)\n(?=[a-zA-Z])(?!(?:and|or|to|und|oder|et|ou|y|o)\b)")
_SIGN_OFF = re.compile(r"reuters?(?: \.\.\.)?$", re.IGNORECASE)
_CELL_BREAK = " | "
_SURE, _MAYBE = 2, 1  # certainly a row; a row if it is next to one
_SHORT_ROW = 50  # characters of a line that is a row only next to others
_LABEL_WORDS = 3  # of a line between two rows: "Nine mths"
_MIN_LISTED = 3
_COMPARISON_WORDS = 12  # "Turnover 825.0 mln vs 791.6 mln." is not a sentence


def to_blocks(text: str) -> list[Block]:
    """Return the paragraphs of a plain text in reading order: not empty, normalised, line breaks only in tables.

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
                result.append(Block(_table(run), "table"))
            elif indented:
                result.extend(_indented(run))
            else:
                result.extend(_flush_left(run, width))
    return list(with_lists(block for block in result if block.text))


def is_laid_out(text: str) -> bool:
    """Return whether the line ends of a text that should have none (a `<p>`) are layout: columns, indented paragraphs.

    If the markup itself is indented, the lines of a paragraph begin and end anywhere. One sentence a line is not
    layout: some markup is written that way.
    """
    lines = _dedent([line.rstrip() for line in clean(text).strip("\n\r").splitlines()])
    if any(is_table for chunk in _chunks(lines) for _, is_table in _runs(chunk, indented=False)):
        return True
    filled = [line for line in lines if line.strip()]
    begun = [(before, line.strip()) for before, line in pairwise(filled) if _depth(line) >= _INDENT]
    ended = sum(bool(_SENTENCE_END.search(before) or _BULLET.match(line)) for before, line in begun)
    return ended > 1 and 3 * ended >= 2 * len(begun) and _has_indented_paragraphs(lines)


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
    """Return lines without their common indentation, which the first line of wrapped text may have lost."""
    first, *others = [at for at, line in enumerate(lines) if line] or [0]
    margin = min(_depth(lines[at]) for at in (first, *others)) if lines else 0
    if margin or not others:
        return [line[margin:] for line in lines]
    margin = min(_depth(lines[at]) for at in others)
    is_wrapped = margin >= _INDENT and any(lines[at][margin].islower() for at in others)
    return [*lines[: first + 1], *(line[margin:] for line in lines[first + 1 :])] if is_wrapped else lines


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip())


def _has_indented_paragraphs(lines: list[str]) -> bool:
    """Return whether indentation begins paragraphs: a line is indented, and the next one of its chunk is not.

    Or all lines are indented except the first, whose indentation is lost, and a sign-off: paragraphs of one line
    (earnings).
    """
    before = ""
    for line, after in pairwise(lines):
        if _depth(line) >= _INDENT and after and not _depth(after) and not _is_row(line) and not _BULLET.match(before):
            return True
        before = line
    filled = [line for line in lines if line and not _SIGN_OFF.match(line.strip())]
    return (
        len(filled) > 2
        and not _depth(filled[0])
        and not _BULLET.match(filled[0])
        and all(_depth(line) >= _INDENT and not _is_row(line) for line in filled[1:])
    )


def _runs(chunk: list[str], indented: bool) -> Iterator[tuple[list[str], bool]]:
    """Yield (lines, whether they are a table). A table has at least two rows, not counting ruled lines."""
    levels = _levels(chunk, indented)
    run: list[str] = []
    at = 0
    while at < len(chunk):
        end = at
        while end < len(chunk) and (levels[end] or (end > at and _RULE.match(chunk[end].strip()))):
            end += 1
        if sum(map(bool, levels[at:end])) >= 2 and _SURE in levels[at:end]:
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


def _levels(chunk: list[str], indented: bool) -> list[int]:
    """Return for each line whether it is a row of a table: `_SURE`, `_MAYBE`, or 0."""
    levels = [_level(line) or (_figures(chunk, at) if indented else 0) for at, line in enumerate(chunk)]
    for is_listing, group in groupby(range(len(chunk)), key=lambda at: bool(_NAME_AND_FIGURE.match(chunk[at].strip()))):
        listed = list(group)
        if is_listing and len(listed) >= _MIN_LISTED:
            levels[listed[0] : listed[-1] + 1] = [_SURE] * len(listed)
    for at in range(1, len(chunk) - 1) if indented else ():
        label = chunk[at].strip()
        if levels[at - 1] and levels[at + 1] and len(label.split()) <= _LABEL_WORDS and not _SENTENCE_END.search(label):
            levels[at] = levels[at] or _MAYBE
    return levels


def _level(line: str) -> int:
    text = line.strip()
    if _is_row(line):
        return _SURE
    if len(text) > _WRAP_WIDTH or not _DIGIT.search(text):
        return _SURE if _BOXED.match(text) else 0
    if _BOXED.match(text) or _NAME_AND_FIGURES.match(text) or _SCORE.match(text):
        return _SURE
    near = len(text) <= _SHORT_ROW and _NARROW_GAP.search(text)
    return _MAYBE if near and not _SENTENCE_END.search(text) else 0


def _is_row(line: str) -> bool:
    """Return whether `line` has columns: a wide gap, or gaps of two spaces (typists type one after a full stop)."""
    stripped = line.strip()
    if "  " not in stripped and "\t" not in stripped and "..." not in stripped and ". . " not in stripped:
        return False
    return bool(_WIDE_GAP.search(stripped)) or len(_GAP.findall(stripped)) > max(1, len(stripped) // 30)


def _figures(chunk: list[str], at: int) -> int:
    """Return whether an indented line is a whole paragraph of figures ("    Net 807,000 vs 2,858,000")."""
    line = chunk[at]
    after = chunk[at + 1] if at + 1 < len(chunk) else ""
    if (_depth(line) < _INDENT and at) or (after and not _depth(after) and not _SIGN_OFF.match(after)):
        return 0
    words = line.split()
    numbers = len(_NUMBER.findall(line))
    if line.endswith(".") and not (" vs " in line and len(words) <= _COMPARISON_WORDS):
        return 0
    if 4 * numbers >= max(8, len(words)):
        return _SURE
    return _MAYBE if numbers and len(words) <= _LABEL_WORDS + 1 else 0


def _table(lines: list[str]) -> str:
    """Return rows as lines with cells separated by a bar; figures separated only by spaces fill missing cells."""
    rows = [_cells(line) for line in lines]
    columns = max(map(len, rows))
    return "\n".join(_CELL_BREAK.join(_split_figures(row, columns)) for row in rows)


def _cells(line: str) -> list[str]:
    text = line.strip()
    if _BOXED.match(text):
        return [squeeze(cell) for cell in text.strip("|").split("|")]
    return [squeeze(cell) for cell in _GAP.split(text.lstrip("."))]


def _split_figures(cells: list[str], columns: int) -> list[str]:
    """Split the figures off the end of the last cells until the row has `columns` cells, as many as the longest row.

    "Net 807,000 vs 2,858,000" is one cell.
    """
    at = len(cells) - 1
    while at >= 0 and len(cells) < columns:
        name, _, figure = cells[at].rpartition(" ")
        bound = _BOUND.search(name) or ("/" in figure and name[-1:].isdigit())
        if name and _ALONE.fullmatch(figure) and not bound:
            cells[at : at + 1] = [name, figure]
        else:
            at -= 1
    return cells


def _indented(lines: list[str]) -> Iterator[Block]:
    """Yield the paragraphs of lines; indentation begins one."""
    start = 0
    for at in range(1, len(lines) + 1):
        if at == len(lines) or _depth(lines[at]) >= _INDENT or _SIGN_OFF.match(lines[at].strip()):
            yield _block(lines[start:at])
            start = at


def _width(chunks: list[list[str]]) -> int:
    """Return the width that a text is wrapped to, in characters; 0 if it isn't wrapped.

    It isn't if a line is wider than any wire wraps, or if most lines that another follows end a sentence.
    """
    width = max((len(line) for chunk in chunks for line in chunk if not _is_row(line)), default=0)
    ended = [bool(_SENTENCE_END.search(line)) for chunk in chunks for line in chunk[:-1]]
    return width if width <= _WRAP_WIDTH and 4 * sum(ended) < 3 * len(ended) else 0


def _flush_left(lines: list[str], width: int) -> Iterator[Block]:
    """Yield the paragraphs of lines that all begin at the same column."""
    if not width and _is_wrapped(lines):
        width = max(map(len, lines))
    stripped = [line.strip() for line in lines]
    starts = starts_by_form(stripped)
    start = 0
    for at in range(1, len(lines) + 1):
        if at == len(lines) or starts[at] or _ends_paragraph(stripped[at - 1], stripped[at], width):
            yield _block(lines[start:at])
            start = at


def _is_wrapped(lines: list[str]) -> bool:
    """Return whether this chunk of an unwrapped text is wrapped: short lines that mostly end in mid-sentence."""
    breaks = [not _SENTENCE_END.search(line) for line in lines[:-1]]
    return len(breaks) >= 2 and max(map(len, lines)) <= _WRAP_WIDTH and 5 * sum(breaks) >= 3 * len(breaks)


def _ends_paragraph(line: str, after: str, width: int) -> bool:
    """Return whether the break between two lines ends a paragraph.

    Args:
        line: The line before the break, without white space around it.
        after: The line after it.
        width: Characters of the longest line if lines are wrapped, or 0.
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
    return Block(text, "list_item" if bullet and any(map(str.isdigit, bullet[0])) else "paragraph")
