"""`newsbeam evaluate duplicates`: how good the kinds of copies and updates are on a user's own labelled pairs."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from newsbeam.pipeline.evaluate.comparison import SHARES, Comparison, cells, print_errors
from newsbeam.pipeline.evaluate.labelled_rows import EvaluateError, Labels, json_lines
from newsbeam.transforms.common.plurals import counted
from newsbeam.transforms.dedup.judge_pair import KINDS, are_compared, judge_pair

_SAME = ("exact", "near", "contained")


@dataclass(frozen=True)
class LabelledPair:
    """Two paragraphs, and what the newer one is to the older one: a kind, "" for other texts."""

    older: str
    newer: str
    kind: str


def evaluate_duplicates(path: Path, near: float, console: Console, errors: int) -> None:
    """Print how good the kinds are on labelled pairs, and how many pairs share no key and so are never compared.

    Args:
        path: JSON Lines: older, newer, kind (null for other texts).
        near: The least word similarity of `near`, as `dedup.near` in the config.
        console: To print to.
        errors: How many errors to print.

    Raises:
        EvaluateError: The file can't be read, has a line that isn't such a row, or none.
    """
    pairs = list(_pairs(path))
    if not pairs:
        raise EvaluateError(f"{path}: no rows; each needs older, newer and kind")
    kinds, same, missed = Comparison(), Comparison(), 0
    for pair in pairs:
        found = judge_pair(pair.older, pair.newer, near) or ""
        if found not in ("", "exact") and not are_compared(pair.older, pair.newer):
            found, missed = "", missed + 1
        text = f"{pair.older} -> {pair.newer}"
        kinds.add(text, _labels(text, pair.kind), _labels(text, found))
        same.add(text, _labels(text, _sameness(pair.kind)), _labels(text, _sameness(found)))
    table = Table("kind", *SHARES)
    for kind in KINDS:
        table.add_row(kind, *cells(kinds, [kind]))
    table.add_row(f"the same: {', '.join(_SAME)}", *cells(same, ["same"]))
    console.print(table)
    console.print(f"{counted(missed, 'pair')} of {len(pairs):,} alike and not compared, since they share no key")
    print_errors(kinds, console, errors)


def _sameness(kind: str) -> str:
    return "same" if kind in _SAME else ""


def _labels(text: str, kind: str) -> Labels:
    return frozenset([(0, len(text), kind)] if kind else [])


def _pairs(path: Path) -> Iterator[LabelledPair]:
    for number, row in json_lines(path):
        place = f"{path}:{number}"
        if not isinstance(row, dict) or not all(isinstance(row.get(key), str) for key in ("older", "newer")):
            raise EvaluateError(f"{place}: should be an object with older, newer and kind")
        yield LabelledPair(row["older"], row["newer"], _kind(row.get("kind"), place))


def _kind(value: Any, place: str) -> str:
    if value is None or value in KINDS:
        return value or ""
    raise EvaluateError(f"{place}: kind should be {', '.join(KINDS)} or null, not {value!r}")
