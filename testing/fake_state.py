"""States of a key, in memory, in place of an engine's: they take plain data only, and give it back anew."""

import io
import pickle
from collections.abc import Iterable
from typing import Any


class _PlainData(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        raise AssertionError(f"state holds a class, {module}.{name}, which then can never move")


def through_state(value: Any) -> Any:
    """Return `value` as it comes out of an engine's state."""
    return _PlainData(io.BytesIO(pickle.dumps(value))).load()


class FakeValue:
    """A value, and how often it was asked for."""

    def __init__(self, value: Any = None) -> None:
        self.value = value
        self.used = 0

    def read(self) -> Any:
        self.used += 1
        return self.value

    def write(self, value: Any) -> None:
        self.value = through_state(value)

    def clear(self) -> None:
        self.value = None


class FakeBag:
    """A bag that gives its content in no particular order."""

    def __init__(self) -> None:
        self.content: list[Any] = []

    def read(self) -> Iterable[Any]:
        return iter(self.content[::-1])

    def add(self, value: Any) -> None:
        self.content.append(through_state(value))

    def clear(self) -> None:
        self.content.clear()
