"""What long work tells of itself: phases, how much of each is done, and lines that stay. Nothing is shown here.

A command hands one down that shows it (`newsbeam.pipeline.progress`); a library that calls newsbeam hands down none, or
a subclass of its own.
"""

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from types import TracebackType
from typing import Self, TypeVar

T = TypeVar("T")

_TOLD_EVERY = 1_000


class Progress:
    """Shows nothing. Its methods may be called from several threads."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        pass

    def phase(self, name: str, total: int | None = None, unit: str = "") -> None:
        """Begin a phase, which ends the one before it.

        Args:
            name: What is being done, such as "Reading".
            total: How much there is to do, in units; None where it is unknown.
            unit: The plural of what is counted, such as "sources"; "" where nothing is.
        """

    def part(self, number: int, total: int, noun: str = "slice") -> None:
        """Say which part of a phase is being done, from 1; `advance` counts on."""

    def advance(self, done: float = 0, **others: int) -> None:
        """Add what is done: units of the phase, and things of which it has no total, by their plural."""

    def note(self, message: str) -> None:
        """Show one line that stays."""

    def aside(self) -> AbstractContextManager[None]:
        """Return what makes way for lines on stdout as long as it is entered."""
        return nullcontext()


SILENT = Progress()
"""For callers that hand down none."""


def followed(items: Iterable[T], progress: Progress) -> Iterator[T]:
    """Yield items, of which a phase counts each: a thousand at a time, since counting takes longer than many items."""
    number = 0
    for number, item in enumerate(items, 1):
        yield item
        if not number % _TOLD_EVERY:
            progress.advance(_TOLD_EVERY)
    progress.advance(number % _TOLD_EVERY)
