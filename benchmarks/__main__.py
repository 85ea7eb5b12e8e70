"""The command: `python -m benchmarks [--scale 0.01] [SUBJECT ...]`, and `--write-docs`.

Each figure is in `output/bench.json` as soon as it is measured; one subject that fails leaves the others alone.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from benchmarks.lib.figures import Figure, print_figures
from benchmarks.lib.machine import ROOT
from benchmarks.lib.measure import measure
from benchmarks.lib.page import belongs, page
from benchmarks.lib.record import Row, read_rows
from benchmarks.subjects import SUBJECTS, Subject

_NAMES = [subject.name for subject in SUBJECTS]
_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command(help="Measure subjects, or all that need no cluster. Exit status 1 if one fails.")
@click.argument("names", metavar="[SUBJECT]...", nargs=-1, type=click.Choice(_NAMES))
@click.option("--scale", default=1.0, type=click.FloatRange(0, 1, min_open=True), help="Part of the full size (1).")
@click.option("--record", default=ROOT / "output" / "bench.json", type=_FILE, help="Where the figures are kept.")
@click.option("--write-docs", is_flag=True, help="Measure nothing: write the page from the record.")
@click.option("--docs", default=ROOT / "docs" / "figures.md", type=_FILE, help="The page.")
def main(names: Sequence[str], scale: float, record: Path, write_docs: bool, docs: Path) -> None:
    """Measure what is named, or write the page."""
    if write_docs:
        _write_page(read_rows(record), docs)
        return
    chosen = [subject for subject in SUBJECTS if (subject.name in names if names else not subject.on_request)]
    failed = [row for subject in chosen for row in _measure(subject, scale, record) if row.failed]
    for row in failed:
        print(f"{row.subject} failed: {row.failed}", file=sys.stderr)
    sys.exit(1 if failed else 0)


def _measure(subject: Subject, scale: float, record: Path) -> list[Row]:
    print(f"{subject.name}: {subject.title}", flush=True)
    rows = measure(subject, scale, record)
    if not rows:
        print(f"{subject.name}: nothing measured, since what it needs is not here", flush=True)
        return rows
    print_figures(Figure(row.name, row.value, row.target, row.unit, row.note) for row in rows if row.value is not None)
    print(f"{subject.name}: {sum(row.seconds for row in rows):,.1f} s", flush=True)
    return rows


def _write_page(rows: Sequence[Row], docs: Path) -> None:
    docs.write_text(page(rows), encoding="utf-8")
    left_out = [row.name for row in rows if row.scale == 1 and not belongs(row)]
    if left_out:
        print(f"left out, since the machine was busy: {', '.join(left_out)}", file=sys.stderr)


if __name__ == "__main__":
    main()
