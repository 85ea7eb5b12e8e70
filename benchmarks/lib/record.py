"""The record of what was measured: a JSON file with a row a figure and scale, written after each figure.

A run of a subject replaces its own rows at its own scale and nothing else. A subject that raises has a row that says
so, and what was measured of it before stays.
"""

import json
import os
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from filelock import FileLock

from benchmarks.lib.figures import Figure
from benchmarks.lib.machine import Machine


@dataclass(frozen=True)
class Row:
    """A figure with all that is needed to judge it and to measure it again.

    Attributes:
        name: The figure's name; the subject's for a subject that failed.
        value: The number; None for a subject that failed.
        failed: The last line of the exception, "" for a figure.
        seconds: How long this figure took, from the one before it.
        commit: The commit that was checked out, "" outside of Git.
        dirty: Whether the code differed from it.
        date: When it was measured, ISO 8601 in UTC.
        corpus: What it was measured with.
    """

    name: str
    subject: str
    scale: float
    command: str
    commit: str
    dirty: bool
    machine: Machine
    corpus: str
    value: float | None = None
    target: str = ""
    met: bool | None = None
    unit: str = ""
    note: str = ""
    seconds: float = 0.0
    date: str = ""
    failed: str = ""

    @property
    def key(self) -> tuple[str, float]:
        """What no two rows share."""
        return self.name, self.scale

    def with_figure(self, figure: Figure, seconds: float) -> Self:
        """Return the row of a figure that was measured just now, in these circumstances."""
        shown = {field.name: getattr(figure, field.name) for field in fields(figure)}
        return replace(self, **shown, met=figure.met, seconds=round(seconds, 3), date=_now())

    def with_failure(self, message: str, seconds: float) -> Self:
        """Return the row that says that the subject failed just now."""
        return replace(self, failed=message, seconds=round(seconds, 3), date=_now())


def read_rows(path: Path) -> list[Row]:
    """Return the rows of a record; none where there is no file."""
    if not path.is_file():
        return []
    return [Row(**{**row, "machine": Machine(**row["machine"])}) for row in json.loads(path.read_text("utf-8"))]


def add_row(path: Path, row: Row) -> None:
    """Write a row in place of the one with its name and scale."""
    _replace(path, lambda each: each.key == row.key, row)


def drop_others(path: Path, subject: str, scale: float, measured: Iterable[str]) -> None:
    """Remove the rows of a subject at a scale that its last whole run did not measure, and that it ever failed."""
    kept = set(measured)
    _replace(path, lambda row: (row.subject, row.scale) == (subject, scale) and row.name not in kept)


def _replace(path: Path, gone: Callable[[Row], bool], *added: Row) -> None:
    """Take rows out and put others in, all at once: a run that is killed leaves what there was."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(path.with_suffix(".lock")):  # another run may measure another subject
        rows = [*(row for row in read_rows(path) if not gone(row)), *added]
        partial = path.with_suffix(".partial")
        ordered = [asdict(row) for row in sorted(rows, key=lambda row: row.key)]
        partial.write_text(json.dumps(ordered, indent=2) + "\n", encoding="utf-8")
        os.replace(partial, path)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
