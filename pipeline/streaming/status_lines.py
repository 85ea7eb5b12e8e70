"""Status lines of a stream: at intervals, a line with the counts since it started.

They need a runner whose workers are in this process, where each count is reported; other runners show metrics
themselves.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from newsbeam.transforms.common.plurals import counted
from newsbeam.transforms.runtime import metrics

LINE_INTERVAL_S = 30.0
QUIET_LINES = 20
"""Unchanged lines that are left out before one is shown: a line every ten minutes at least."""

_PROBLEMS = (
    (metrics.WIRES_UNLISTED, "failed listings of wires"),
    (metrics.STATE_FULL, "items that did not fit into state"),
    (f"{metrics.PARAGRAPHS_FORGOTTEN}:memory", "paragraphs forgotten early (dedup.memory)"),
    (metrics.POLLS_OVERDUE, "polls written before all of their rows"),
)


class StatusLines:
    """Counts events and shows the counts in a line. `count` may be called from several threads.

    Args:
        note: Called with each line.
        clock: Seconds.
    """

    def __init__(self, note: Callable[[str], None], clock: Callable[[], float] = time.monotonic):
        self._note, self._clock = note, clock
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._shown: Counter[str] = Counter()
        self._left_out = 0
        self._started = clock()

    def count(self, name: str, number: int) -> None:
        """Add to a count; a name may have details after a colon."""
        with self._lock:
            self._counts[name] += number

    def show(self) -> None:
        """Show a line, unless nothing has changed since the last one."""
        counts = self.counts()
        if counts == self._shown and self._left_out < QUIET_LINES - 1:
            self._left_out += 1
            return
        self._shown, self._left_out = counts, 0
        seconds = timedelta(seconds=int(self._clock() - self._started))
        self._note(f"{seconds}  {_line(counts)}")

    def counts(self) -> Counter[str]:
        """Return the counts since the start."""
        with self._lock:
            return self._counts.copy()

    @contextmanager
    def every(self, seconds: float = LINE_INTERVAL_S) -> Iterator[None]:
        """Show a line at each interval while the block runs, and a last one at its end."""
        ended = threading.Event()

        def work() -> None:
            while not ended.wait(seconds):
                self.show()

        thread = threading.Thread(target=work, name="stream lines", daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()
            self._left_out = QUIET_LINES  # so that the last line is shown also if nothing has changed
            self.show()


def _line(counts: Counter[str]) -> str:
    """Return "12 polls (1 failed); entries: 3 new, 1 updated; paragraphs: 7 new, 2 exact, 1 near, 0 contained; ..."."""
    failed = counts[f"{metrics.POLLS}:error"]
    parts = [
        counted(_sum(counts, metrics.POLLS), "poll") + (f" ({failed:,} failed)" if failed else ""),
        f"entries: {counts[metrics.ENTRIES_NEW]:,} new, {counts[metrics.ENTRIES_UPDATED]:,} updated",
        f"paragraphs: {counts[metrics.PARAGRAPHS_NEW]:,} new, {counts[metrics.PARAGRAPHS_EXACT]:,} exact, "
        f"{counts[metrics.PARAGRAPHS_NEAR]:,} near, {counts[metrics.PARAGRAPHS_CONTAINED]:,} contained",
        counted(_sum(counts, metrics.DEAD_LETTERS), "dead letter"),
        f"{counted(_sum(counts, metrics.ROWS_WRITTEN), 'row')} written",
    ]
    if forgotten := counts[f"{metrics.PARAGRAPHS_FORGOTTEN}:age"]:
        parts.append(f"{counted(forgotten, 'paragraph')} out of the window")
    parts += [f"{what}: {counts[name]:,}" for name, what in _PROBLEMS if counts[name]]
    return "; ".join(parts)


def _sum(counts: Counter[str], name: str) -> int:
    """Return the sum of the counts whose names begin with "name:"."""
    return sum(number for each, number in counts.items() if each.startswith(f"{name}:"))
