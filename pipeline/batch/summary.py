"""The summary of a run, and logging."""

import logging
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rich.console import Console
from rich.table import Table

from newsbeam.pipeline.terminal import printable, shown
from newsbeam.transforms.common.plurals import counted
from newsbeam.transforms.write.run_record import FailedSource

FAILED_SHOWN = 5


@dataclass(frozen=True)
class Summary:
    """The results of a run.

    Attributes:
        output: The output as configured.
        documents: What `reprocess` read again; None for a run.
        sources: All sources of the config, also those that failed, are unchanged or are not due.
        sources_unchanged: Not modified (HTTP 304) or the same bytes as at the last poll.
        sources_not_due: Not asked: the `poll` interval or a Retry-After has not passed yet.
        failed: The sources whose documents could not be read completely.
        nothing_received: No source that was asked gave a document or a dead letter.
        paragraphs_new: Canonical paragraphs.
        paragraphs_exact: Exact duplicates.
        paragraphs_near: Near duplicates.
        paragraphs_contained: Those that stand whole in an earlier one.
        entities: Number of entities; None where the config has no model.
        without_model: Language -> paragraphs without entities because the config has no model for it.
        dead_letters: Error -> payloads that could not be processed.
        repaired: Payloads that were processed after a repair (also in `dead_letters/`, not counted above).
    """

    output: str
    documents: int | None = None
    sources: int = 0
    sources_unchanged: int = 0
    sources_not_due: int = 0
    failed: Sequence[FailedSource] = ()
    nothing_received: bool = False
    entries_new: int = 0
    entries_updated: int = 0
    entries_unchanged: int = 0
    paragraphs_new: int = 0
    paragraphs_exact: int = 0
    paragraphs_near: int = 0
    paragraphs_contained: int = 0
    entities: int | None = 0
    without_model: Mapping[str, int] = field(default_factory=dict)
    dead_letters: Mapping[str, int] = field(default_factory=dict)
    repaired: int = 0
    seconds: float = 0.0


class LineHandler(logging.Handler):
    """Prints a record as one line, above a bar if there is one."""

    def __init__(self, console: Console, verbose: bool):
        super().__init__()
        self._console, self._verbose = console, verbose

    def filter(self, record: logging.LogRecord) -> bool:
        """Let all records through when verbose, else only those of newsbeam."""
        return self._verbose or record.name.partition(".")[0] == "newsbeam"

    def emit(self, record: logging.LogRecord) -> None:
        """Print "warning: message", with the logger's name unless it is newsbeam's own."""
        name = "" if record.name.startswith("newsbeam") else f"{record.name}: "
        line = f"{record.levelname.lower()}: {name}{record.getMessage()}"
        line = line if self._verbose else " ".join(line.split())
        self._console.print(printable(line), markup=False, highlight=False, soft_wrap=True)


def set_up_logging(console: Console, verbose: bool = False, handler: LineHandler | None = None) -> None:
    """Show newsbeam's own warnings and silence those of libraries; with `verbose`, show all records from INFO on.

    Call this before Beam is imported, since Beam logs to the root logger, partly on import.

    Args:
        console: Where they are printed.
        verbose: Whether all are.
        handler: Prints them instead, in another form.
    """
    level = logging.INFO if verbose else logging.WARNING
    logging.basicConfig(handlers=[handler or LineHandler(console, verbose)], level=level, force=True)
    logging.captureWarnings(True)
    warnings.simplefilter("default" if verbose else "ignore")


def print_summary(summary: Summary, console: Console) -> None:
    """Print a run's results in lines of at most 80 columns."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="bold")
    grid.add_column(overflow="fold")
    for name, text in _summary_lines(summary):
        grid.add_row(name, shown(text))
    console.print(grid, highlight=False)


def _summary_lines(s: Summary) -> list[tuple[str, str]]:
    repeats = s.paragraphs_exact + s.paragraphs_near + s.paragraphs_contained
    rows = s.paragraphs_new + repeats
    share = f" ({repeats / rows:.1%} of {rows:,})" if rows else ""
    return [
        ("Sources", _sources(s)) if s.documents is None else ("Documents", f"{s.documents:,} processed again"),
        *([("Failed", failed_sources(s))] if s.failed else []),
        ("Entries", f"{s.entries_new:,} new, {s.entries_updated:,} updated, {s.entries_unchanged:,} unchanged"),
        (
            "Paragraphs",
            f"{s.paragraphs_new:,} new, {s.paragraphs_exact:,} exact, {s.paragraphs_near:,} near, "
            f"{s.paragraphs_contained:,} contained copies{share}",
        ),
        ("Entities", "switched off" if s.entities is None else f"{s.entities:,}{_without_model(s.without_model)}"),
        ("Dead letters", _dead_letters(s)),
        ("Time", f"{s.seconds:,.1f} s"),
        ("Output", s.output),
    ]


def _sources(s: Summary) -> str:
    not_due = f", {s.sources_not_due:,} not due" if s.sources_not_due else ""
    return f"{s.sources:,}: {s.sources_unchanged:,} unchanged, {len(s.failed):,} failed{not_due}"


def failed_sources(summary: Summary) -> str:
    """Return the first failed sources with their errors, a line each, and the number of the others."""
    more = len(summary.failed) - FAILED_SHOWN
    return "\n".join([*map(str, summary.failed[:FAILED_SHOWN]), *([f"and {more:,} more"] if more > 0 else [])])


def _without_model(counts: Mapping[str, int]) -> str:
    if not counts:
        return ""
    named = {language or "unknown language": count for language, count in counts.items()}
    return f"; no model for {counted(sum(counts.values()), 'paragraph')}: {_ranked(named)}"


def _dead_letters(summary: Summary) -> str:
    total = sum(summary.dead_letters.values())
    repaired = f"; {counted(summary.repaired, 'payload')} repaired" if summary.repaired else ""
    return (f"{total:,}: {_ranked(summary.dead_letters)}" if total else "none") + repaired


def _ranked(counts: Mapping[str, int]) -> str:
    """Return "de 12, fr 3": the most frequent first."""
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{name} {count:,}" for name, count in ranked)
