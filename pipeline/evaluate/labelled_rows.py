"""Reads a file of labelled rows: JSON Lines, a paragraph a line.

    {"entry": "a", "language": "en", "text": "Oslo is cold.", "entities": [{"start": 0, "end": 4, "label": "GPE"}]}
    {"entry": "a", "language": "en", "text": "“No,” he said.", "quotes": [{"start": 1, "end": 4, "speaker": ""}]}

Rows with the same `entry` are the paragraphs of one story, in the order of the file; a row without it is a story.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from newsbeam.pipeline.errors import NotUsableError
from newsbeam.transforms.records import Entry, Paragraph, Story

Labels = frozenset[tuple[int, int, str]]
"""Start, end, and label or speaker."""


class EvaluateError(NotUsableError):
    """The file can't be used; `str(error)` says where and why, in one line."""


@dataclass(frozen=True)
class LabelledStory:
    """A story whose paragraphs are labelled; None for a paragraph that has no labels of the kind."""

    story: Story
    labels: tuple[Labels | None, ...]


def read_labelled(path: Path, key: str, value: str) -> list[LabelledStory]:
    """Return the stories of a file with their labels.

    Args:
        path: The file.
        key: What is labelled: entities or quotes.
        value: The field of a label that is compared: label or speaker.

    Raises:
        EvaluateError: The file can't be read, has a line that isn't such a row, or no labels of the kind.
    """
    stories: dict[str, list[tuple[dict[str, Any], Labels | None]]] = {}
    for number, row in _rows(path):
        labels = _labels(row, key, value, f"{path}:{number}")
        stories.setdefault(str(row.get("entry", f"line {number}")), []).append((row, labels))
    found = [_story(name, rows) for name, rows in stories.items()]
    if not any(labels is not None for each in found for labels in each.labels):
        raise EvaluateError(f"{path}: no row has {key!r}")
    return found


def read_text(path: Path) -> str:
    """Return the text of a file of labelled rows.

    Raises:
        EvaluateError: It can't be read.
    """
    try:
        # Spreadsheets and editors put a byte order mark first, which would be part of the first name.
        return path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise EvaluateError(f"{path}: can't be read: {error}") from error


def json_lines(path: Path) -> Iterator[tuple[int, Any]]:
    """Yield the number and the value of each line that isn't blank.

    Raises:
        EvaluateError: The file can't be read, or a line is not JSON.
    """
    # Not `splitlines`: JSON may have a line separator (U+2028) within a string.
    for number, line in enumerate(read_text(path).split("\n"), 1):
        if line.strip():
            try:
                yield number, json.loads(line)
            except ValueError as error:
                raise EvaluateError(f"{path}:{number}: is not JSON: {error}") from error


def _rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, row in json_lines(path):
        if not isinstance(row, dict) or not isinstance(row.get("text"), str):
            raise EvaluateError(f"{path}:{number}: should be an object with a text")
        yield number, row


def _labels(row: dict[str, Any], key: str, value: str, place: str) -> Labels | None:
    if row.get(key) is None:
        return None
    try:
        found = frozenset((int(each["start"]), int(each["end"]), str(each.get(value) or "")) for each in row[key])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise EvaluateError(f"{place}: {key} should be a list of objects with start, end and {value}") from error
    for start, end, _ in found:
        if not 0 <= start < end <= len(row["text"]):
            raise EvaluateError(f"{place}: {key} has a span {start} to {end} outside of the text")
    return found


def _story(name: str, rows: Sequence[tuple[dict[str, Any], Labels | None]]) -> LabelledStory:
    language = str(rows[0][0].get("language") or "en")
    # A fixed time: no figure may depend on the day on which it is measured.
    entry = Entry(name, "labelled", "", "text", datetime(2000, 1, 1, tzinfo=UTC), language=language)
    paragraphs = tuple(
        Paragraph(f"{name}-{at}", name, 0, at, row["text"], "paragraph", str(row.get("language") or language), "")
        for at, (row, _) in enumerate(rows)
    )
    return LabelledStory(Story(entry, paragraphs), tuple(labels for _, labels in rows))
