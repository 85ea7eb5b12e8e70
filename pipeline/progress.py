"""Shows the progress of a command: what is being done, how much of it, and how much longer it will take.

Progress                silent (`--quiet`, and for libraries): `newsbeam.transforms.common.progress`
+-- ShownProgress       counts and estimates
    +-- LineProgress    a line at intervals, for logs and pipes
    |   +-- JsonProgress, in `json_lines`
    +-- BarProgress     a bar, on a terminal

All of it is on stderr. What ends within two seconds shows nothing.
"""

import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from rich.console import Console

from newsbeam.pipeline.terminal import printable
from newsbeam.transforms.common.progress import Progress

if TYPE_CHECKING:
    import rich.progress

DELAY_S = 2.0
"""What takes less is not shown."""
LINE_INTERVAL_S = 10.0
WINDOW_S = 30.0
"""Rates and estimates are from this time, so that they follow a change of speed, such as the end of a start-up."""

_TICK_S = 0.5
_LEAST_S = 1.0  # of a rate
_LEAST_STEPS = 5  # of an estimate: what one step took says nothing of the others


class ShownProgress(Progress):
    """Counts, and estimates the rest of a phase from its rate; subclasses show it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic):
        self._clock = clock
        self._lock = threading.RLock()
        self._stop = threading.Event()
        self._begun = clock()
        self._set("", None, "")

    def __enter__(self) -> Self:
        self._begun = self._clock()
        # A long query tells nothing while it runs, so showing can't wait for the next call.
        self._ticker = threading.Thread(target=self._tick_until_stopped, name="progress", daemon=True)
        self._ticker.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._stop.set()
        self._ticker.join()

    def _tick_until_stopped(self) -> None:
        while not self._stop.wait(_TICK_S):
            self.tick()

    def tick(self) -> None:
        """Show what has to be shown now."""
        with self._lock:
            if self._name and self._clock() - self._begun >= DELAY_S:
                self._show()

    def phase(self, name: str, total: int | None = None, unit: str = "") -> None:
        """Begin a phase."""
        with self._lock:
            self._set(name, total, unit)
        self.tick()

    def part(self, number: int, total: int, noun: str = "slice") -> None:
        """Say which part is being done."""
        with self._lock:
            self._part = f", {noun} {number:,} of {total:,}" if total > 1 else ""
        self.tick()

    def advance(self, done: float = 0, **others: int) -> None:
        """Add what is done."""
        with self._lock:
            self._done += done
            self._steps += done > 0
            self._others.update(others)
            now = self._clock()
            if now - self._samples[-1][0] >= _LEAST_S:
                self._samples.append((now, self._done))
            while now - self._samples[0][0] > WINDOW_S and len(self._samples) > 2:
                self._samples.popleft()
        self.tick()

    def _show(self) -> None:
        """Show the progress; called with the lock held."""

    def _set(self, name: str, total: int | None, unit: str) -> None:
        self._name, self._total, self._unit, self._part = name, total, unit, ""
        self._done, self._steps = 0.0, 0
        self._others: Counter[str] = Counter()
        self._since = self._clock()
        self._samples = deque([(self._since, 0.0)])

    def _seconds(self) -> float:
        return self._clock() - self._since

    def _rate(self) -> float:
        """Return units a second, lately; 0.0 as long as that can't be said."""
        begun, before = self._samples[0]
        seconds = self._clock() - begun
        return (self._done - before) / seconds if seconds >= _LEAST_S else 0.0

    def _seconds_left(self) -> float | None:
        """Return how long the phase will go on at its present rate; None where that is unknown."""
        rate = self._rate()
        if self._total is None or rate <= 0 or self._steps < _LEAST_STEPS or self._seconds() < DELAY_S:
            return None
        return max(0.0, self._total - self._done) / rate

    def _fields(self) -> dict[str, Any]:
        """Return what is shown as values, for logs that machines read."""
        left = self._seconds_left()
        return {
            "phase": self._title(),
            "done": int(self._done),
            "total": self._total,
            "unit": self._unit,
            **self._others,
            "seconds_left": None if left is None else round(left),
        }

    def _title(self) -> str:
        """Return "Writing, slice 2 of 5"."""
        return self._name + self._part

    def _counts(self) -> str:
        """Return "120 of 400 sources (12/s), 3,401 paragraphs, about 25 s left"; how long it has taken if no more."""
        parts = [self._progress()] if self._unit and (self._done or self._total) else []
        parts += [f"{number:,} {name}" for name, number in self._others.items() if number]
        left = self._seconds_left()
        if left is not None and self._done < (self._total or 0):
            parts.append(f"about {duration(left)} left")
        return ", ".join(parts or [f"{self._seconds():.0f} s"] * (self._seconds() >= _LEAST_S))

    def _progress(self) -> str:
        rate = self._rate()
        of = f" of {self._total:,}" if self._total is not None else ""
        speed = f" ({rate:,.0f}/s)" if rate >= 1 else ""
        return f"{int(self._done):,}{of} {self._unit}{speed}"


class LineProgress(ShownProgress):
    """A plain line at most every `LINE_INTERVAL_S` seconds."""

    def __init__(self, console: Console, clock: Callable[[], float] = time.monotonic):
        super().__init__(clock)
        self._console = console
        self._next = self._begun

    def note(self, message: str) -> None:
        """Print the line."""
        self._console.print(printable(message), markup=False, highlight=False, soft_wrap=True)

    def _show(self) -> None:
        now, counts = self._clock(), self._counts()
        if now >= self._next and counts:  # a phase that has just begun may be over in a moment
            self._next = now + LINE_INTERVAL_S
            self._line(f"{self._title()}, {counts}")

    def _line(self, text: str) -> None:
        self.note(text)


class BarProgress(ShownProgress):
    """A bar; rich redraws it a few times a second."""

    def __init__(self, console: Console, clock: Callable[[], float] = time.monotonic):
        super().__init__(clock)
        self._console = console
        self._bar: rich.progress.Progress | None = None
        self._is_aside = False

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        super().__exit__(kind, error, tb)
        self._hide()

    def note(self, message: str) -> None:
        """Print the line above the bar."""
        self._console.print(printable(message), markup=False, highlight=False, soft_wrap=True)

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Take the bar away as long as this is entered."""
        with self._lock:
            self._hide()
            self._is_aside = True
        try:
            yield
        finally:
            self._is_aside = False

    def _show(self) -> None:
        if self._is_aside:
            return
        if self._bar is None:
            self._bar = _new_bar(self._console)
            self._bar.add_task("", total=None, counts="")
        (task,) = self._bar.task_ids
        self._bar.update(
            task,
            total=self._total or None,
            completed=min(self._done, self._total or 0),
            description=printable(self._title()),  # a phase may be of something named from outside
            counts=self._counts(),
        )
        self._bar.start()  # does nothing where it has been

    def _hide(self) -> None:
        if self._bar is not None:
            self._bar.stop()
            self._bar = None


def _new_bar(console: Console) -> "rich.progress.Progress":
    import rich.progress as shown  # not before a bar is shown: most commands end before

    return shown.Progress(
        shown.SpinnerColumn(),
        shown.TextColumn("{task.description}", markup=False),
        shown.BarColumn(bar_width=16),
        shown.TextColumn("{task.fields[counts]}", markup=False),
        console=console,
        transient=True,  # what the command has to say takes its place
        redirect_stdout=False,  # rows are printed there
    )


def make_progress(console: Console, quiet: bool = False) -> Progress:
    """Return the progress for a console: a bar on a terminal, else lines; silent when `quiet`."""
    if quiet:
        return Progress()
    return BarProgress(console) if console.is_terminal else LineProgress(console)


def duration(seconds: float) -> str:
    """Return a time as precisely as an estimate is: "10 s", "5 min", "1.5 h"."""
    if seconds < 55:
        return f"{max(5, 5 * round(seconds / 5))} s"
    if seconds < 55 * 60:
        return f"{max(1, round(seconds / 60))} min"
    return f"{round(seconds / 3600, 1):g} h"
