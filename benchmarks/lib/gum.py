"""The names in GUM's news: whole articles whose mentions of people, places and organisations are labelled, nested.

GUM labels every mention ("the Indonesian coast", "he"). A name is the capitalised words around the head of a mention,
if the head is a proper noun, without articles and titles; the outermost of nested ones counts.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.lib.labelled import Labelled, Span, Text, labelled

_KINDS = {"person": "PER", "place": "LOC", "organization": "ORG"}
_INSIDE = frozenset(["of", "for", "the", "de", "&", "-", "la", "du", "von", "van", "al", "el", "bin"])
_TITLES = frozenset(
    re.findall(
        r"\S+",
        "president vice prime minister mr mrs ms dr senator secretary state sir king queen chancellor pope "
        "general major professor captain mayor governor spokesman spokeswoman spokesperson judge prince princess "
        "lord ambassador director representative congressman congresswoman chairman colonel sergeant leader "
        "officer executive chief coach",
    )
)
_MENTION = re.compile(r"\((?P<open>[^()]+)|(?P<close>\d+)\)|\)")


@dataclass
class _Token:
    form: str
    tag: str
    start: int
    end: int


@dataclass
class _Paragraph:
    text: str = ""
    heading: bool = False
    tokens: list[_Token] = field(default_factory=list)
    mentions: list[tuple[int, int, str, str]] = field(default_factory=list)


def read_gum(folder: Path) -> list[Labelled]:
    """Return the articles of a folder of GUM's CoNLL-U files."""
    return [_article(path.read_text("utf-8")) for path in sorted(folder.glob("*.conllu"))]


def _article(text: str) -> Labelled:
    title = next((line[15:] for line in text.splitlines() if line.startswith("# meta::title =")), "").strip()
    paragraphs: list[_Paragraph] = []
    for block in text.split("\n\n"):
        lines = block.splitlines()
        if not paragraphs or any(line.startswith("# newpar") for line in lines):
            heading = any(line.startswith("# newpar_block = head") for line in lines)
            paragraphs.append(_Paragraph(heading=heading))
        _add_sentence(paragraphs[-1], [line.split("\t") for line in lines if line and line[0].isdigit()])
    texts = [
        Text(each.text, tuple(_names(each)), "heading" if each.heading else "paragraph")
        for each in paragraphs
        if each.text
    ]
    return labelled(title, texts)


def _add_sentence(paragraph: _Paragraph, rows: Sequence[list[str]]) -> None:
    opened: list[tuple[int, str, str]] = []
    space = bool(paragraph.text)
    joined = {str(at) for row in rows if "-" in row[0] for at in range(*map(int, row[0].split("-")))}
    for row in (row for row in rows if row[0].isdigit()):
        paragraph.text += " " * space
        start = len(paragraph.text)
        paragraph.text += row[1]
        paragraph.tokens.append(_Token(row[1], row[4], start, len(paragraph.text)))
        space = "SpaceAfter=No" not in row[9] and row[0] not in joined
        _add_mentions(paragraph, opened, row[9])


def _add_mentions(paragraph: _Paragraph, opened: list[tuple[int, str, str]], misc: str) -> None:
    """Open and close the mentions of the last token."""
    value = next((part[7:] for part in misc.split("|") if part.startswith("Entity=")), "")
    last = len(paragraph.tokens) - 1
    for match in _MENTION.finditer(value):
        if match["open"]:
            fields = match["open"].split("-")
            opened.append((last, fields[0], "-".join(fields[1:])))
        else:
            number = match["close"]
            at = max((at for at, each in enumerate(opened) if number in (None, each[1])), default=-1)
            if at >= 0:
                start, _, rest = opened.pop(at)
                paragraph.mentions.append((start, last, *_kind_and_head(rest)))


def _kind_and_head(rest: str) -> tuple[str, str]:
    fields = rest.split("-")
    return fields[0], fields[4] if len(fields) > 4 else "1"


def _names(paragraph: _Paragraph) -> Iterator[Span]:
    taken = -1
    for first, last, kind, head in sorted(paragraph.mentions, key=lambda each: (each[0], -each[1])):
        span = _name(paragraph.tokens, first, last, head) if kind in _KINDS else None
        if span and kind == "person":
            span = _without_title(paragraph.tokens, *span)
        if span and paragraph.tokens[span[0]].start > taken:
            start, end = paragraph.tokens[span[0]].start, paragraph.tokens[span[1]].end
            taken = end
            yield start, end, _KINDS[kind]


def _name(tokens: Sequence[_Token], first: int, last: int, head: str) -> tuple[int, int] | None:
    """Return the first and last token of the name in a mention."""
    at = first + int(re.split(r"[,]", head)[0]) - 1 if head[:1].isdigit() else first
    if at > last or tokens[at].tag not in ("NNP", "NNPS"):
        return None
    start = end = at
    while start > first and _belongs(tokens[start - 1]):
        start -= 1
    while end < last and _belongs(tokens[end + 1]):
        end += 1
    while start < at and not _is_name_word(tokens[start]):
        start += 1
    while end > at and not _is_name_word(tokens[end]):
        end -= 1
    return start, end


def _without_title(tokens: Sequence[_Token], start: int, end: int) -> tuple[int, int] | None:
    """Return what follows the last title in a person's name; None for groups and for titles alone."""
    titles = [at for at in range(start, end + 1) if tokens[at].form.lower().rstrip(".") in _TITLES]
    start = titles[-1] + 1 if titles else start
    return (start, end) if start <= end and tokens[end].tag == "NNP" else None


def _belongs(token: _Token) -> bool:
    return token.form.lower() in _INSIDE or (token.form[:1].isupper() and token.tag not in ("PRP", "DT", "IN", "WRB"))


def _is_name_word(token: _Token) -> bool:
    word = token.form.lower().rstrip(".")
    return token.form[:1].isupper() and word not in _TITLES and word != "the"
