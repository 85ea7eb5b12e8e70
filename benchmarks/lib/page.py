"""docs/figures.md: the figures of full size in a record, by subject. Nothing in it is written by hand."""

import re
from collections.abc import Iterable, Iterator, Sequence

from benchmarks.lib.figures import is_timing, shown
from benchmarks.lib.record import Row
from benchmarks.subjects import SUBJECTS, Subject

QUIET = 0.25
"""Share of the machine that others may use when a timing begins: above, it says more of them than of newsbeam."""

_HEAD = f"""# Figures

Written by `make bench-docs` from what `make bench` measured; don't edit it. A row is a figure: what it came to, the
target that it is held to (none if it is only shown) and whether it meets it, the command that measures it again, and
when and with which commit it was measured; "+" is a commit with changes on top. A value without a unit is a count or
a share of 1. "x" is a ratio of two measurements in one run, which can be compared between machines; seconds and rates
can't. What is not here was not measured at full size with this code, or is a timing from a moment when other programs
used more than {QUIET:.0%} of the machine.
"""
_TAG = re.compile(r"<(?=[A-Za-z/!?])")
_TABLE = """| figure | value | target | met | command | date | commit |
|---|---:|---|---|---|---|---|
"""


def page(rows: Iterable[Row]) -> str:
    """Return the page of the rows that belong there."""
    chosen = [row for row in rows if belongs(row)]
    return _HEAD + "".join(
        _section(subject, [row for row in chosen if row.subject == subject.name]) for subject in SUBJECTS
    )


def belongs(row: Row) -> bool:
    """Say whether a row is for the page: measured at full size, and on a quiet machine if it is a timing."""
    quiet = row.failed or not is_timing(row.unit) or row.machine.busy <= QUIET
    return row.scale == 1 and bool(quiet)


def _section(subject: Subject, rows: Sequence[Row]) -> str:
    if not rows:
        return ""
    lines = "".join(map(_line, rows))
    notes = "".join(_notes(rows))
    return f"\n## {subject.title}\n\n{subject.about}\n\n{_TABLE}{lines}\n{notes}{_circumstances(rows)}\n"


def _line(row: Row) -> str:
    value = f"failed: {row.failed}" if row.failed or row.value is None else shown(row.value, row.unit)
    met = {True: "yes", False: "**no**", None: ""}[row.met]
    commit = row.commit + "+" * row.dirty
    cells = (f"`{row.name}`", value, row.target, met, f"`{row.command}`", row.date[:10], commit)
    return f"| {' | '.join(map(_cell, cells))} |\n"


def _notes(rows: Iterable[Row]) -> Iterator[str]:
    yield from (f"- `{row.name}`: {_cell(row.note)}\n" for row in rows if row.note)


def _circumstances(rows: Iterable[Row]) -> str:
    """Say once what most rows share: what was measured with, and where."""
    found = dict.fromkeys(
        f"Measured with {row.corpus} on {row.machine.cores} cores ({row.machine.processor}), "
        f"{row.machine.memory_gb:g} GB, {row.machine.system}, Python {row.machine.python}."
        for row in rows
    )
    return "\n" + "\n".join(found)


def _cell(text: str) -> str:
    """Return text that Markdown shows as it is, in a table too."""
    return " ".join(_TAG.sub("&lt;", text.replace("|", "\\|")).split())
