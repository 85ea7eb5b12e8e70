"""`newsbeam compact`: merges the small files of past days and prints what it did."""

from datetime import date

from rich.console import Console
from rich.text import Text

from newsbeam.pipeline.errors import NotUsableError
from newsbeam.pipeline.output_location import no_rows_error
from newsbeam.transforms.common.plurals import counted
from newsbeam.transforms.common.progress import SILENT, Progress
from newsbeam.transforms.write.compaction.compact import CompactionReport, Merged, compact
from newsbeam.transforms.write.store import Store

_NAMES_SHOWN = 5


class CompactError(NotUsableError):
    """The output has no files to compact; `str(error)` says why, in one line."""


def compact_output(output: str, before: date, target_bytes: int, console: Console, progress: Progress = SILENT) -> None:
    """Compact an output and print a line for each partition, a summary, and the files that were skipped.

    Args:
        output: The folder or URL of the output.
        before: The first day that is not compacted.
        target_bytes: Size of a merged file.
        console: For the partitions and the summary.
        progress: Is told how many rows are merged, and which files were skipped.

    Raises:
        CompactError: The folder doesn't exist or has no rows yet, or the object store can't be used.
        CompactionLockedError: Another compaction works on the output.
    """
    store = Store(output)
    if error := no_rows_error(output):
        raise CompactError(error)

    def done(merged: Merged) -> None:
        with progress.aside():
            _print_line(merged, console)

    report = compact(store, before, target_bytes, done=done, progress=progress)
    _note_skipped(report, progress)
    with progress.aside():
        _print_summary(report, output, before, console)


def _print_summary(report: CompactionReport, output: str, before: date, console: Console) -> None:
    if report.merged:
        files, merged = (sum(getattr(each, name) for each in report.merged) for name in ("files", "merged"))
        partitions = counted(len(report.merged), "partition")
        _print(console, f"merged {counted(files, 'file')} of {partitions} into {merged:,}; no row changed")
    else:
        _print(console, f"nothing to compact in {output} before {before}")


def _print_line(merged: Merged, console: Console) -> None:
    sizes = f"{merged.bytes_before / 1e6:,.1f} MB to {merged.bytes_after / 1e6:,.1f} MB"
    files, rows = counted(merged.files, "file"), counted(merged.rows, "row")
    _print(console, f"{merged.partition}: {files} to {merged.merged:,}, {rows}, {sizes}")


def _note_skipped(report: CompactionReport, progress: Progress) -> None:
    for why, names in report.left.items():
        shown = ", ".join(names[:_NAMES_SHOWN])
        more = f" and {len(names) - _NAMES_SHOWN:,} more" if len(names) > _NAMES_SHOWN else ""
        progress.note(f"skipped: {shown}{more}: {why}")


def _print(console: Console, line: str) -> None:
    console.print(Text(line), soft_wrap=True)
