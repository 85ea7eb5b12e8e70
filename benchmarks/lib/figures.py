"""Figures: what a benchmark measures, and the target that it is held to.

A benchmark is a function `figures(scale: float = 1.0) -> Iterator[Figure]` that yields each figure as soon as it is
measured. Targets speak of scale 1; a smaller one says only that the benchmark works.
"""

import operator
import statistics
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

_COMPARE: dict[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
    "==": operator.eq,
}
_SECONDS = ("s", "ms", "us")
_LOG_WIDTH = 120


@dataclass(frozen=True)
class Figure:
    """One measured number.

    Attributes:
        name: What was measured, dotted: "feeds.gofeed". The same at every scale.
        value: The number, in `unit`.
        target: A comparison and a number, like ">= 0.99"; "" for a figure that is only shown.
        unit: "share", "s", "stories/s", "MB"; "x" for a ratio of two measurements; "" for a plain number.
        note: What a reader needs to judge it: counts and sizes.
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


def scaled(number: float, scale: float, least: int) -> int:
    """Return a size at a scale, never less than what makes sense."""
    return max(least, round(number * scale))


def is_timing(unit: str) -> bool:
    """Say whether a figure in this unit is another one on a busy machine: seconds, rates and ratios."""
    return unit in _SECONDS or unit == "x" or unit.endswith("/s")


def shown(value: float, unit: str) -> str:
    """Return a value with its unit, for a table; a share is a plain number."""
    digits = f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
    return digits if unit in ("", "share") else f"{digits} {unit}"


def median_s(action: Callable[[], object], repeats: int) -> float:
    """Return the seconds that `action` takes, the median of `repeats` times."""
    seconds = []
    for _ in range(repeats):
        started = time.perf_counter()
        action()
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds)


def print_figures(figures: Iterable[Figure], console: Console | None = None) -> None:
    """Print a table of figures (name, value, target, met), then their notes, which no column is wide enough for."""
    console = console or Console(width=None if sys.stdout.isatty() else _LOG_WIDTH)
    figures = list(figures)
    table = Table("figure", "value", "target", "met")
    table.columns[0].no_wrap = table.columns[1].no_wrap = True
    table.columns[1].justify = "right"
    for figure in figures:
        met = "" if figure.met is None else "[green]yes[/]" if figure.met else "[red]no[/]"
        table.add_row(figure.name, shown(figure.value, figure.unit), figure.target, met)
    console.print(table)
    for figure in figures:
        if figure.note:
            console.print(f"{figure.name}: {figure.note}", markup=False, highlight=False, soft_wrap=True)


def _read_target(target: str) -> tuple[Callable[[float, float], bool], float]:
    sign, _, bound = target.partition(" ")
    if sign not in _COMPARE:
        raise ValueError(f"target {target!r} must be one of {', '.join(_COMPARE)}, a space, and a number")
    return _COMPARE[sign], float(bound)
