"""Something that is done again and again in a thread, from entering a context until leaving it."""

import threading
from abc import ABC, abstractmethod
from types import TracebackType
from typing import Self


class Repeating(ABC):
    """A context manager that calls `step` in a thread of its own.

    Args:
        name: The thread's name.
        every_s: Seconds between the end of a step and the next one.
    """

    def __init__(self, name: str, every_s: float):
        self._every_s = every_s
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._repeat, name=name)

    @abstractmethod
    def step(self) -> None:
        """Do it once."""

    @abstractmethod
    def finish(self) -> None:
        """Do what comes after the last step, in the thread that leaves the context."""

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._stopped.set()
        self._thread.join()
        self.finish()

    def _repeat(self) -> None:
        while not self._stopped.wait(self._every_s):
            self.step()
