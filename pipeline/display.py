"""How `run` and `stream` show what they do: a bar and a table on a terminal, plain lines, or JSON lines."""

import sys
from collections.abc import Callable
from dataclasses import dataclass

import click
from rich.console import Console

from newsbeam.pipeline.batch.summary import Summary, failed_sources, print_summary, set_up_logging
from newsbeam.pipeline.exit_status import DONE, INCOMPLETE, NOTHING_RECEIVED
from newsbeam.pipeline.json_lines import JsonHandler, JsonLines, JsonProgress
from newsbeam.pipeline.progress import LineProgress, make_progress
from newsbeam.pipeline.terminal import printable
from newsbeam.transforms.common.progress import Progress


@dataclass(frozen=True)
class Display:
    """How a command shows what it does.

    Attributes:
        progress: Shows progress and notes.
        tell: Shows one line that stays, unless the command is quiet.
        tell_error: Shows why the command ends with a status that is not 0, also if it is quiet.
        show_summary: Shows the results of a run.
    """

    progress: Progress
    tell: Callable[[str], None]
    tell_error: Callable[[str], None]
    show_summary: Callable[[Summary], None]


def make_display(log_format: str, quiet: bool, verbose: bool, lines_only: bool = False) -> Display:
    """Return the display of a run, or with `lines_only` of a stream, and set up logging in the same form."""
    # The present stderr: later it is replaced, to log what Beam's threads print.
    console = Console(file=sys.stderr) if lines_only else Console(stderr=True)
    if log_format == "json":
        lines = JsonLines(sys.stderr)
        set_up_logging(console, verbose, JsonHandler(lines, verbose))  # before Beam is imported, which logs on import
        progress = Progress() if quiet else JsonProgress(lines)
        return Display(progress, progress.note, lines.note, lambda summary: progress.note(_as_sentence(summary)))
    set_up_logging(console, verbose)
    if quiet:
        return Display(Progress(), lambda _: None, _echo, lambda _: None)
    progress = LineProgress(console) if lines_only else make_progress(console)
    return Display(progress, LineProgress(console).note, _echo, lambda summary: print_summary(summary, Console()))


def _echo(message: str) -> None:
    click.echo(printable(message), err=True)


def _as_sentence(summary: Summary) -> str:
    counts = f"{summary.entries_new:,} new and {summary.entries_updated:,} updated entries"
    dead = sum(summary.dead_letters.values())
    return f"done: {counts}, {dead:,} dead letters, {len(summary.failed):,} of {summary.sources:,} sources failed"


def status_of(summary: Summary, strict: bool) -> int:
    """Return the exit status of a run."""
    if summary.nothing_received:
        return NOTHING_RECEIVED
    return INCOMPLETE if strict and (summary.failed or summary.dead_letters) else DONE


def explain(status: int, summary: Summary, display: Display, with_sources: bool) -> None:
    """Print why the status is not 0, with the sources that failed where no summary has named them."""
    if status == DONE:
        return
    nothing = status == NOTHING_RECEIVED
    why = "no source could be read" if nothing else "sources failed, or something is a dead letter (--strict)"
    sources = f":\n{failed_sources(summary)}" if with_sources and summary.failed else ""
    display.tell_error(f"error: {why}{sources}")
