"""Elements of bounded size in a job: what is larger is written to a file of the job, and the file's name travels.

Engines bound what a shuffle may hold. Flink gathers the values of a key in lists while it sorts, and fails where a list
is larger than its sort buffer: many small elements of one key are as bad as a large one. A Beam runner on Flink also
builds the whole list in the memory of its JVM, several times as large as the values.
"""

import pickle
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Protocol, runtime_checkable

import apache_beam as beam

from newsbeam.transforms.runtime.outputs import in_global_window

INLINE_BYTES = 65_536
"""What is larger is set aside. Flink's smallest sort buffers have some 300 kB."""

PACKED = 8_192
"""Weight of the values that a step collects before it passes them on."""


@runtime_checkable  # Beam checks the arguments of functions
class Aside(Protocol):
    """Where a job keeps what is set aside until it ends; picklable."""

    def put(self, data: bytes) -> str:
        """Keep some bytes durably; return their name, which no other bytes have."""

    def get(self, name: str) -> bytes:
        """Return the bytes of a name."""


@dataclass(frozen=True)
class Packed:
    """Values as one element, at most `INLINE_BYTES`."""

    data: bytes


@dataclass(frozen=True)
class Reference:
    """Values that are set aside.

    Attributes:
        name: Their name.
        digest: A hash of them: what another has written there must not be unpickled.
    """

    name: str
    digest: bytes


class AsideError(Exception):
    """What was set aside is not what is there now."""


def pack(values: list[Any], aside: Aside) -> Packed | Reference:
    """Return values as one small element."""
    data = pickle.dumps(values, pickle.HIGHEST_PROTOCOL)
    return Packed(data) if len(data) <= INLINE_BYTES else Reference(aside.put(data), _digest(data))


def unpack(elements: Iterable[Any], aside: Aside) -> Iterator[Any]:
    """Yield the values of packs, and what is not a pack as it is.

    Raises:
        AsideError: A file is not the one that was written.
    """
    for each in elements:
        match each:
            case Packed():
                yield from pickle.loads(each.data)  # noqa: S301  as Beam's own coder does
            case Reference():
                yield from pickle.loads(_set_aside(each, aside))  # noqa: S301  its hash came with the element
            case _:
                yield each


def _set_aside(reference: Reference, aside: Aside) -> bytes:
    data = aside.get(reference.name)
    if _digest(data) != reference.digest:
        raise AsideError(f"{reference.name} is not what this job has written")
    return data


def _digest(data: bytes) -> bytes:
    return blake2b(data, digest_size=16).digest()


@dataclass
class PackAside(beam.PTransform):
    """Packs the values of a bundle by key, and sets packs aside that are too large for an element.

    Input: a bounded PCollection of (key, value) in the global window. Output: (key, Packed or Reference). Ordering: a
    key's values keep the order of their bundle. Delivery: a bundle that is retried writes other files; those of a
    failed attempt are deleted with the job's.

    Attributes:
        aside: Where large packs are kept.
        weigh: From a value to its weight; None if each weighs 1.
        size: The weight of the values in memory at which they are passed on.
    """

    aside: Aside
    weigh: Callable[[Any], int] | None = None
    size: int = PACKED

    def expand(self, values: beam.PCollection[tuple[str, Any]]) -> beam.PCollection[tuple[str, Any]]:
        packs = beam.ParDo(_PackFn(self.aside, self.weigh, self.size))
        return values | "Pack" >> packs.with_output_types(tuple[str, Any])


class _PackFn(beam.DoFn):
    def __init__(self, aside: Aside, weigh: Callable[[Any], int] | None, size: int):
        self._aside = aside
        self._weigh = weigh
        self._size = size

    def start_bundle(self) -> None:
        self._values: dict[str, list[Any]] = defaultdict(list)
        self._weight = 0

    def process(self, element: tuple[str, Any]) -> Iterator[Any]:
        key, value = element
        self._values[key].append(value)
        self._weight += self._weigh(value) if self._weigh else 1
        if self._weight >= self._size:
            yield from self._flush()

    def finish_bundle(self) -> Iterator[Any]:
        yield from in_global_window(self._flush())

    def _flush(self) -> Iterator[Any]:
        values = self._values
        self.start_bundle()
        for key, some in values.items():
            yield key, pack(some, self._aside)
