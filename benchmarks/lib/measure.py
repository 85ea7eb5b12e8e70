"""Measures a subject and keeps its figures."""

import time
import traceback
from collections.abc import Iterator
from pathlib import Path

from benchmarks.lib.machine import commit, this_machine
from benchmarks.lib.record import Row, add_row, drop_others
from benchmarks.subjects import Subject

_LONGEST = 300  # characters of an exception in a row: it may hold a whole document


def measure(subject: Subject, scale: float, record: Path) -> list[Row]:
    """Measure a subject, write each row to `record` as soon as it is there, and return them.

    If the subject raises, the last row says what.
    """
    rows = []
    for row in _rows(subject, scale):
        add_row(record, row)
        rows.append(row)
    if rows and not rows[-1].failed:
        drop_others(record, subject.name, scale, [row.name for row in rows])
    return rows


def _rows(subject: Subject, scale: float) -> Iterator[Row]:
    circumstances = _circumstances(subject, scale)
    names: set[str] = set()
    started = time.perf_counter()
    try:
        for figure in subject.measure(scale):
            if figure.name in names:
                raise ValueError(f"two figures are named {figure.name!r}: rename one")
            names.add(figure.name)
            yield circumstances.with_figure(figure, time.perf_counter() - started)
            started = time.perf_counter()
    except Exception as error:  # noqa: BLE001  whatever one benchmark raises, the others go on
        traceback.print_exception(error)
        yield circumstances.with_failure(_last_line(error), time.perf_counter() - started)


def _last_line(error: Exception) -> str:
    """Return what a traceback ends with, in one line."""
    return " ".join("".join(traceback.format_exception_only(error)[-1:]).split())[:_LONGEST]


def _circumstances(subject: Subject, scale: float) -> Row:
    """Return a row without a figure."""
    found, dirty = commit()
    return Row(
        name=subject.name,
        subject=subject.name,
        scale=scale,
        command=f"python -m benchmarks {'' if scale == 1 else f'--scale {scale:g} '}{subject.name}",
        commit=found,
        dirty=dirty,
        machine=this_machine(),
        corpus=subject.corpus_name(),
    )
