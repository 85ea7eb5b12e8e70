"""Labelled names of public test sets, as stories with the spans of their names; see `benchmarks/names.py`.

A document of a set is a story and a sentence of it a paragraph, since that is what the sets have. GUM has whole
articles: there a paragraph is a paragraph. Text is put together from tokens where a set has nothing else.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from newsbeam.transforms.records import Entry, Kind, Paragraph, Story

Span = tuple[int, int, str]
"""Start, end and label (PER, LOC, ORG or MISC) of a name in its paragraph."""

STORY_PARAGRAPHS = 20
"""Of a set without documents, how many sentences make one story."""


@dataclass(frozen=True)
class Text:
    """A paragraph and its names."""

    text: str
    names: tuple[Span, ...]
    kind: Kind = "paragraph"


@dataclass(frozen=True)
class Labelled:
    """A story and the names of each of its paragraphs."""

    story: Story
    names: tuple[tuple[Span, ...], ...]


def labelled(title: str, texts: Sequence[Text], language: str = "en") -> Labelled:
    """Return texts as a story with their names."""
    entry = Entry("e", "benchmark", "", "text", datetime(2026, 1, 1, tzinfo=UTC), title=title, language=language)
    paragraphs = tuple(
        Paragraph(f"p{position}", "e", 0, position, text.text, text.kind, language, f"f{position}")
        for position, text in enumerate(texts)
    )
    return Labelled(Story(entry, paragraphs), tuple(text.names for text in texts))


def read_uner(path: Path, language: str = "en") -> list[Labelled]:
    """Return the documents of a file of Universal NER (IOB2 with the sentences' texts)."""
    documents: list[list[Text]] = []
    for block in path.read_text("utf-8").split("\n\n"):
        lines = block.splitlines()
        if not documents or any(line.startswith("# newdoc") for line in lines):
            documents.append([])
        text = next((line[9:] for line in lines if line.startswith("# text = ")), "")
        rows = [line.split("\t") for line in lines if line and line[0] != "#"]
        if rows:
            documents[-1].append(Text(text, tuple(_aligned(text, [(row[1], row[2]) for row in rows]))))
    return [labelled("", texts, language) for texts in documents if texts]


def read_conll(path: Path, labels: dict[str, str], column: int = 1) -> list[Labelled]:
    """Return the sentences of a file with a token and its label (IOB or IOB2) a line, some of them a story.

    Args:
        path: The file; a line -DOCSTART- begins a document.
        labels: The set's labels as PER, LOC, ORG or MISC; others are left out.
        column: Where in a line the label is.
    """
    texts: list[Text] = []
    for block in re.split(r"\n[ \t]*\n", path.read_text("utf-8")):
        rows = [line.split() for line in block.splitlines() if line.strip() and not line.startswith("-DOCSTART-")]
        if rows:
            texts.append(_text_of([(row[0], _mapped(row[column], labels)) for row in rows]))
    starts = range(0, len(texts), STORY_PARAGRAPHS)
    return [labelled("", texts[start : start + STORY_PARAGRAPHS]) for start in starts]


def _mapped(label: str, labels: dict[str, str]) -> str:
    prefix, _, name = label.partition("-")
    return f"{prefix}-{labels[name]}" if name in labels else "O"


def _text_of(tokens: Sequence[tuple[str, str]]) -> Text:
    """Return tokens as text, with spaces where print has them."""
    text = ""
    for token, _ in tokens:
        closes = re.fullmatch(r"[.,;:!?)\]%]|'s|n't|'(?:re|ve|ll|d|m)|''", token) is not None
        text += token if not text or closes or text[-1] in "([$" else f" {token}"
    return Text(text, tuple(_aligned(text, tokens)))


def _aligned(text: str, tokens: Iterable[tuple[str, str]]) -> Iterator[Span]:
    """Yield the names of tokens that stand in `text` one after another."""
    at, start, end, label = 0, 0, 0, ""
    for token, tag in tokens:
        found = text.find(token, at)
        begin, at = (found, found + len(token)) if found >= 0 else (at, at)
        prefix, _, name = tag.partition("-")
        if label and (name != label or prefix == "B"):
            yield start, end, label
            label = ""
        if name and not label:
            start, label = begin, name
        end = at
    if label:
        yield start, end, label


def spans_of(paragraph: Paragraph, labels: dict[str, str]) -> set[Span]:
    """Return a tagged paragraph's entities under the labels of a set."""
    return {(each.start, each.end, labels[each.label]) for each in paragraph.entities if each.label in labels}
