"""Marks in the text of HTML: line breaks, links, bold text, labels of buttons."""

import re

from newsbeam.transforms.records import Kind
from newsbeam.transforms.text.block import Block
from newsbeam.transforms.text.lines import BULLET, begin_paragraphs, with_lists
from newsbeam.transforms.text.normalise import tidy

# Characters that no text needs. `without_marks` removes those of a publisher, which would hide words or join links.
BREAK = "\x01"
END = "\x02"
LINK, LINK_END = "\x03", "\x04"
CONTROL, CONTROL_END = "\x05", "\x06"
STRONG, STRONG_END = "\x0e", "\x0f"
QUOTE = "\x10"
_OWN_QUOTE = re.compile(f"{QUOTE}(?=[\"'“”„«»‘’])|(?<=[\"'“”„«»‘’]){QUOTE}")
_ALL_BOLD = re.compile(f"\\s*{STRONG}[^{STRONG_END}]*{STRONG_END}\\s*")
_LINKED = re.compile(f"{LINK}([^{LINK}{LINK_END}]*){LINK_END}")
_CONTROLS = re.compile(f"{CONTROL}[^{CONTROL}{CONTROL_END}]*{CONTROL_END}")


_MARKS = dict.fromkeys(map(ord, (BREAK, END, LINK, LINK_END, CONTROL, CONTROL_END, STRONG, STRONG_END, QUOTE)))
_REFERENCE = re.compile(
    r"&#(?:0*+(?:[1-6]|1[4-6])(?![0-9])|x0*+(?:[1-6ef]|10)(?![0-9a-f]));?", re.IGNORECASE | re.ASCII
)


def without_marks(source: str) -> str:
    """Return HTML without the characters that are marks here, also written as character references."""
    if any(chr(mark) in source for mark in _MARKS):
        source = source.translate(_MARKS)
    # Not removed, or what is around one would be the next one ("&#&#5;5;"): `clean` removes this character later.
    return _REFERENCE.sub("\u200b", source) if "&#" in source else source


def with_quotes(text: str) -> str:
    """Return a marked text with the quotes that browsers put around a `<q>`, unless it has its own."""
    return _OWN_QUOTE.sub("", text).replace(QUOTE, '"') if QUOTE in text else text


def is_only_controls(text: str) -> bool:
    """Return whether a marked text consists only of labels of buttons."""
    return CONTROL in text and not tidy(_CONTROLS.sub("", text))


def block_of(text: str, kind: Kind) -> Block:
    """Return the block of a marked text without breaks."""
    linked = sum(len("".join(part.split())) for part in _LINKED.findall(text)) if LINK in text else 0
    return Block(tidy(with_quotes(text)), kind, linked)


def blocks_of_lines(lines: list[str], kind: Kind) -> list[Block]:
    """Return the blocks of text with <br> in it.

    An empty line (two <br>) ends a paragraph. So does a single <br> if the lines show it (see `begin_paragraphs`).
    Any other becomes a space, since it only breaks a line (verse, an address, a caption).
    """
    blocks: list[Block] = []
    group: list[Block] = []
    bold: list[bool] = []
    for raw in [*lines, ""]:
        line = block_of(raw, kind)
        if line.text:
            group.append(line)
            bold.append(_ALL_BOLD.fullmatch(raw) is not None)
        elif group:
            blocks += _paragraphs(group, bold)
            group, bold = [], []
    return list(with_lists(blocks))


def _paragraphs(lines: list[Block], bold: list[bool]) -> list[Block]:
    """Join the lines between two empty ones to paragraphs; a bold line among others is a question or a heading."""
    starts = begin_paragraphs([line.text for line in lines])
    starts = [start or bold[at] != bold[at - 1] for at, start in enumerate(starts)]
    blocks: list[Block] = []
    for start, line in zip(starts, lines, strict=True):
        if start or BULLET.match(line.text):
            blocks.append(line)
        else:
            last = blocks[-1]
            blocks[-1] = Block(f"{last.text} {line.text}", last.kind, last.linked + line.linked)
    return blocks
