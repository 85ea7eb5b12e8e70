"""`newsbeam evaluate topics`: how good topics are on a user's own labelled rows."""

import csv
from collections.abc import Iterator, Sequence
from io import StringIO
from itertools import islice
from pathlib import Path
from typing import Any

from rich.console import Console

from newsbeam.pipeline.evaluate.labelled_rows import EvaluateError, json_lines, read_text
from newsbeam.pipeline.terminal import Column, print_table, shown
from newsbeam.transforms.common.plurals import counted
from newsbeam.transforms.enrich.evaluate_topics import (
    Bin,
    Judged,
    best_of,
    calibration,
    calibration_error,
    confusion,
    story_of,
)
from newsbeam.transforms.enrich.topic_vocabulary import topic_tree
from newsbeam.transforms.enrich.topics import TopicSettings

_WIDTH = 40  # of the plot
_COLUMNS = ("topics", "title", "text", "language")
# All topics of the first level and none below it, where scores are calibrated.
_ALL = TopicSettings(max=17, min_scores=(0.0, 1.0, 1.0))


def evaluate_topics(path: str, limit: int, console: Console) -> None:
    """Print a table by topic of the first level, the calibration of scores, and the most frequent errors.

    Args:
        path: JSON lines, or CSV or TSV with a header: topics (qcodes, several with "|"), title, text, language.
        limit: Errors to print.
        console: Where to print.

    Raises:
        EvaluateError: The file has no usable row, or one without a topic of the vocabulary.
    """
    judged = [_judge(row, place) for place, row in _rows(path)]
    if not judged:
        raise EvaluateError(f"{path}: no rows; each needs topics and a title or text")
    right = sum(each.is_right for each in judged)
    stories = counted(len(judged), "story", "stories")
    console.print(f"{stories}: the best topic of the first level is right for {right / len(judged):.1%}")
    _print(console, ("topic", "stories", "found", "recall", "precision"), _by_topic(judged))
    console.print(f"\nCalibration: an error of {calibration_error(judged):.3f}")
    bins = [(str(each.count), f"{each.score:.2f}", f"{each.right:.2f}", _plot(each)) for each in calibration(judged)]
    _print(console, ("stories", "score", "right", "right (bar) and score (|)"), bins)
    errors = [(_name(a), _name(b), str(count)) for a, b, count in islice(confusion(judged), limit)]
    if errors:
        console.print("\nErrors, the most frequent first")
        _print(console, ("right", "found", "stories"), errors)


def _print(console: Console, headers: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    numbers = [all(cell.replace(".", "").isdigit() for cell in cells if cell) for cells in zip(*rows, strict=True)]
    columns = [
        Column(header, number) for header, number in zip(headers, numbers or [False] * len(headers), strict=True)
    ]
    print_table(console, columns, [[*map(shown, row)] for row in rows])


def _plot(shown: Bin) -> str:
    """Return a bar as long as the share of right ones, with a mark at the score, where it should end."""
    bar = "#" * round(shown.right * _WIDTH)
    at = min(round(shown.score * _WIDTH), _WIDTH - 1)
    return f"{bar[:at]:<{at}}|{bar[at + 1 :]}"


def _by_topic(judged: Sequence[Judged]) -> list[tuple[str, ...]]:
    rows = []
    for topic in topic_tree().narrower[""]:
        own = [each for each in judged if topic in each.right]
        found = [each for each in judged if each.best == topic]
        right = sum(each.is_right for each in found)
        if own or found:
            shares = (f"{right / len(group):.2f}" if group else "" for group in (own, found))
            rows.append((_name(topic), str(len(own)), str(len(found)), *shares))
    return rows


def _name(topic: str) -> str:
    return topic_tree().names[topic] if topic else "no topic"


def _judge(row: dict[str, str], place: str) -> Judged:
    paths = topic_tree().paths
    topics = [topic.strip() for topic in (row.get("topics") or "").split("|")]
    unknown = [topic for topic in topics if topic not in paths]
    if unknown:
        raise EvaluateError(f'{place}: "{unknown[0]}" is not a Media Topic in use; write it as medtop:15000000')
    story = story_of(row.get("title") or "", row.get("text") or "", row.get("language") or "en")
    return Judged(frozenset(paths[topic][-1] for topic in topics), best_of(story, _ALL))


def _rows(path: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield (file:row, values by column) of each row."""
    if Path(path).suffix in (".csv", ".tsv"):
        text = StringIO(read_text(Path(path)), newline="")
        found = csv.DictReader(text, delimiter="\t" if path.endswith(".tsv") else ",")
        yield from ((f"{path}:{number}", row) for number, row in enumerate(found, 2))
        return
    for number, row in json_lines(Path(path)):
        yield f"{path}:{number}", _from_json(row, f"{path}:{number}")


def _from_json(row: Any, place: str) -> dict[str, str]:
    if not isinstance(row, dict):
        raise EvaluateError(f"{place}: not an object with {', '.join(_COLUMNS)}")
    topics = row.get("topics")
    values = {name: str(row[name]) for name in _COLUMNS if row.get(name)}
    return values | ({"topics": "|".join(map(str, topics))} if isinstance(topics, list) else {})
