"""States of a key, in memory, in place of an engine's."""

from collections.abc import Iterable
from typing import Any


class FakeValue:
    def __init__(self, value: Any = None) -> None:
        self.value = value

    def read(self) -> Any:
        return self.value

    def write(self, value: Any) -> None:
        self.value = value


class FakeBag:
    """A bag that gives its content in no particular order."""

    def __init__(self) -> None:
        self.content: list[Any] = []

    def read(self) -> Iterable[Any]:
        return iter(self.content[::-1])

    def add(self, value: Any) -> None:
        self.content.append(value)

    def clear(self) -> None:
        self.content.clear()
