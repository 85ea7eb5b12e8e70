"""`newsbeam compact`: merges the small files of past days, and says what it did."""

from datetime import date
from pathlib import Path

from rich.console import Console
from rich.text import Text

from newsbeam.transforms.write.compaction.compact import CompactionReport, Merged, compact
from newsbeam.transforms.write.schema import SCHEMAS
from newsbeam.transforms.write.store import Store

_NAMES_SHOWN = 5


class CompactError(Exception):
    """There is nothing that could be compacted; `str(error)` says why, in one line."""


def compact_output(output: str, before: date, target_bytes: int, console: Console, notes: Console) -> None:
    """Compact an output and print a line for each partition, a summary, and what was left alone.

    Args:
        output: The folder or URL of the output.
        before: The day of the first partition that is left as it is.
        target_bytes: How large a merged file gets.
        console: Where to print what was done.
        notes: Where to print what was left alone.

    Raises:
        CompactError: No such folder, or nothing written there yet.
        CompactionLockedError: Another compaction works on the output.
    """
    store = Store(output)
    if store.local:
        if not Path(output).is_dir():
            raise CompactError(f"{output}: no such folder")
        if not any(Path(output, table).is_dir() for table in SCHEMAS):
            raise CompactError(f"{output}: nothing written there yet")
    report = compact(store, before, target_bytes, done=lambda merged: _print_line(merged, console))
    _print_left(report, notes)
    if report.merged:
        files, merged = (sum(getattr(each, name) for each in report.merged) for name in ("files", "merged"))
        _print(console, f"{files:,} files of {len(report.merged):,} partitions merged into {merged:,}; no row changed")
    else:
        _print(console, f"nothing to compact in {output} before {before}")


def _print_line(merged: Merged, console: Console) -> None:
    sizes = f"{merged.bytes_before / 1e6:,.1f} MB to {merged.bytes_after / 1e6:,.1f} MB"
    _print(console, f"{merged.partition}: {merged.files:,} files to {merged.merged:,}, {merged.rows:,} rows, {sizes}")


def _print_left(report: CompactionReport, notes: Console) -> None:
    for why, names in report.left.items():
        shown = ", ".join(names[:_NAMES_SHOWN])
        more = f" and {len(names) - _NAMES_SHOWN:,} more" if len(names) > _NAMES_SHOWN else ""
        _print(notes, f"left alone: {shown}{more}: {why}")


def _print(console: Console, line: str) -> None:
    console.print(Text(line), soft_wrap=True)
