"""The results of a run for programs: `newsbeam run --summary FILE`, or `-` for stdout."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import click

from newsbeam.pipeline.batch.summary import Summary
from newsbeam.pipeline.exit_status import (
    DONE,
    FAILED,
    INCOMPLETE,
    INTERRUPTED,
    LOCKED,
    NOTHING_RECEIVED,
    USAGE,
    RunFailed,
)

OUTCOMES = {
    DONE: "done",
    FAILED: "failed",
    USAGE: "not started",
    NOTHING_RECEIVED: "nothing received",
    LOCKED: "locked",
    INCOMPLETE: "incomplete",
    INTERRUPTED: "interrupted",
}
"""By exit status."""


def run_report(status: int, begun: datetime, summary: Summary | None = None, error: str = "") -> dict[str, Any]:
    """Return what a program needs to know of a run.

    Args:
        status: The exit status.
        begun: When the command began, aware and UTC.
        summary: The results; None for a run that ended with an error.
        error: Its error.
    """
    results = {field.name: getattr(summary, field.name) for field in fields(Summary)} if summary else {}
    if summary:
        results["failed"] = [failed._asdict() for failed in summary.failed]
    return {
        "newsbeam": version("newsbeam"),
        "outcome": OUTCOMES[status],
        "exit_status": status,
        "begun": begun.isoformat(),
        "ended": datetime.now(UTC).isoformat(),
        "error": error or None,
        **results,
    }


@contextmanager
def reporting(to: str | None) -> Iterator[list[tuple[int, Summary]]]:
    """Yield a list for status and results of a run; write them as JSON at the end, or the error of the block."""
    begun = datetime.now(UTC)
    results: list[tuple[int, Summary]] = []
    try:
        yield results
    except click.ClickException as error:
        _write(to, begun, error.exit_code, None, error.format_message())
        raise
    except (click.Abort, KeyboardInterrupt):
        _write(to, begun, INTERRUPTED, None)
        raise
    for status, summary in results:
        _write(to, begun, status, summary)


def _write(to: str | None, begun: datetime, status: int, summary: Summary | None, error: str = "") -> None:
    if to is None:
        return
    report = run_report(status, begun, summary, error)
    if to == "-":
        click.echo(json.dumps(report))
        return
    try:
        _replace(Path(to), report)
    except OSError as os_error:
        raise RunFailed(f"the summary was not written: {to}: {os_error.strerror}") from os_error


def _replace(path: Path, report: dict[str, Any]) -> None:
    """Write a report to a file, which readers see whole or not at all."""
    draft = path.with_name(f"{path.name}.tmp{os.getpid()}")
    draft.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    draft.replace(path)
