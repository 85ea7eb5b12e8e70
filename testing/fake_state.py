"""In-memory fakes of Beam's state for unit tests of stateful DoFns: they accept plain data only and return copies."""

import io
import pickle
from collections.abc import Iterable
from typing import Any


class _PlainData(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        raise AssertionError(f"state holds the class {module}.{name}, which could then never be renamed")


def through_state(value: Any) -> Any:
    """Return `value` as an engine's state returns it: a copy made of plain data.

    Raises:
        AssertionError: It holds an instance of a class.
    """
    return _PlainData(io.BytesIO(pickle.dumps(value))).load()


class FakeValue:
    """A ReadModifyWriteState that counts its reads in `used`."""

    def __init__(self, value: Any = None) -> None:
        self.value = value
        self.used = 0

    def read(self) -> Any:
        """Return the value, or None."""
        self.used += 1
        return self.value

    def write(self, value: Any) -> None:
        """Keep a copy of plain data."""
        self.value = through_state(value)

    def clear(self) -> None:
        """Forget all."""
        self.value = None


class FakeBag:
    """A BagState, whose order is not that of the additions."""

    def __init__(self) -> None:
        self.content: list[Any] = []

    def read(self) -> Iterable[Any]:
        """Return what was added, in another order."""
        return iter(self.content[::-1])

    def add(self, value: Any) -> None:
        """Add a copy of plain data."""
        self.content.append(through_state(value))

    def clear(self) -> None:
        """Forget all."""
        self.content.clear()
