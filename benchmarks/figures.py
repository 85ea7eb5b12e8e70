"""Figures: what a benchmark measures, the target that it is held to, and the two ways to show it.

Every benchmark module has `def figures(...) -> Iterator[Figure]`; `print_figures` and `write_figures` take them all.
"""

import json
import operator
import os
import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

_COMPARE: dict[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
    "==": operator.eq,
}


@dataclass(frozen=True)
class Figure:
    """One measured number.

    Attributes:
        name: What was measured, dotted: "feeds.gofeed".
        value: The number, in `unit`.
        target: A comparison and a number, like ">= 0.99"; "" for a figure that is only shown.
        unit: "share", "s", "MB", "x" ...; "" for a plain number.
        note: What a reader needs to judge it: counts, sizes, the machine.
    """

    name: str
    value: float
    target: str = ""
    unit: str = ""
    note: str = ""

    def __post_init__(self) -> None:
        """Check the target at once, not after an hour of measuring."""
        if self.target:
            _read_target(self.target)

    @property
    def met(self) -> bool | None:
        """Say whether the value meets the target; None without a target."""
        if not self.target:
            return None
        compare, bound = _read_target(self.target)
        return compare(self.value, bound)


def median_s(action: Callable[[], object], repeats: int) -> float:
    """Return the seconds that `action` takes, the median of so many times."""
    seconds = []
    for _ in range(repeats):
        started = time.perf_counter()
        action()
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds)


def print_figures(figures: Iterable[Figure], console: Console | None = None) -> None:
    """Print a table of figures (name, value, target, met), then their notes, which no column is wide enough for."""
    console, figures = console or Console(), list(figures)
    table = Table("figure", "value", "target", "met")
    table.columns[0].no_wrap = table.columns[1].no_wrap = True
    table.columns[1].justify = "right"
    for figure in figures:
        met = "" if figure.met is None else "[green]yes[/]" if figure.met else "[red]no[/]"
        table.add_row(figure.name, f"{_digits(figure.value)} {figure.unit}".rstrip(), figure.target, met)
    console.print(table)
    for figure in figures:
        if figure.note:
            console.print(f"{figure.name}: {figure.note}", markup=False, highlight=False, soft_wrap=True)


def write_figures(figures: Iterable[Figure], path: str | Path) -> None:
    """Write `{"name": {"value": v, "target": t, "met": bool or null}}` as JSON, creating the folder.

    Raises:
        ValueError: Two figures have one name.
    """
    rows: dict[str, dict[str, float | str | bool | None]] = {}
    for figure in figures:
        if figure.name in rows:
            raise ValueError(f"two figures are named {figure.name!r}: rename one")
        rows[figure.name] = {"value": figure.value, "target": figure.target, "met": figure.met}
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")


def shared_data() -> Path | None:
    """Return the folder of public test data ($NEWSBEAM_SHARED_DATA, or beside the repo); None where it is missing."""
    folder = Path(os.environ.get("NEWSBEAM_SHARED_DATA", Path(__file__).parents[2] / "shared" / "data"))
    return folder if folder.is_dir() else None


def _digits(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def _read_target(target: str) -> tuple[Callable[[float, float], bool], float]:
    sign, _, bound = target.partition(" ")
    if sign not in _COMPARE:
        raise ValueError(f"target {target!r} must be one of {', '.join(_COMPARE)}, a space, and a number")
    return _COMPARE[sign], float(bound)
