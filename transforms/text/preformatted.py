"""Splits preformatted text: code is one block with its line breaks; prose and tables are read as plain text."""

import re
from collections.abc import Mapping

from newsbeam.transforms.common.characters import clean
from newsbeam.transforms.common.plain_markup import PLAIN_CLASS
from newsbeam.transforms.text import plain_text
from newsbeam.transforms.text.block import Block
from newsbeam.transforms.text.normalise import squeeze

# WordPress, Prism, highlight.js, SyntaxHighlighter, Pygments
_CLASS = re.compile(
    r"\b(?:wp-block-code|lang(?:uage)?-\w|highlight|hljs|prettyprint|brush|codehilite|sourcecode)", re.I
)
_SENTENCE = re.compile(r"[^\W\d_]{2,40}[,;:]? (?:[\w.,;:'’\"“”()%$€£-]{1,40} ){3,200}?[^\s(){}=;]{2,40}[.!?][\"”’»)]?$")
_SIGNS = re.compile(r"[;{}]$|^[$#/<>]|\w\(|[=!<>]=|->|=>|^\s*(?:def|class|import|from|return|function|var|let|const)\b")


def is_code(attributes: Mapping[str, str]) -> bool:
    """Return whether the attributes of a `<pre>` say that it is code."""
    return bool(_CLASS.search(attributes.get("class", "")))


def is_plain(attributes: Mapping[str, str]) -> bool:
    """Return whether the attributes of a `<pre>` say that a parser has put plain text into it."""
    return attributes.get("class") == PLAIN_CLASS


def to_blocks(text: str, is_code: bool) -> list[Block]:
    """Return the blocks of a preformatted text: one with all its lines, unless it is prose or a table.

    Args:
        text: With its line breaks.
        is_code: Whether the markup says that it is code.
    """
    if not is_code:
        parts = plain_text.to_blocks(text)
        if any(part.kind == "table" for part in parts) or _is_prose(text, parts):
            return parts
    lines = [line.rstrip() for line in clean(text).splitlines()]
    filled = [at for at, line in enumerate(lines) if line]
    if not filled:
        return []
    return [Block("\n".join(lines[filled[0] : filled[-1] + 1]), "code")]


def _is_prose(text: str, parts: list[Block]) -> bool:
    """Return whether a paragraph is a sentence, and few lines look like code."""
    lines = [line for line in text.splitlines() if line.strip()]
    signs = sum(bool(_SIGNS.search(line)) for line in lines)
    return 4 * signs <= len(lines) and any(_SENTENCE.match(squeeze(part.text[-400:])) for part in parts)
