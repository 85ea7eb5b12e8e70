"""PackByKey: micro-batches by key before a GroupByKey, since runners encode and pass on each element separately."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import apache_beam as beam

from newsbeam.transforms.ids import digest
from newsbeam.transforms.runtime.outputs import in_global_window

PACK_SIZE = 100
ONE_KEY = "all"


@dataclass(frozen=True)
class Pack:
    """Elements that are passed on as one. Not a list, since Beam's coder would encode each of its items separately."""

    items: list[Any]


@dataclass
class PackByKey(beam.PTransform):
    """Groups the elements of a bundle by key into packs of bounded weight.

    Input: a bounded or unbounded PCollection in the global window. Output: (key, Pack). Ordering: a key's elements keep
    the order of their bundle. A pack never spans two bundles, so no element waits longer than its bundle.

    Attributes:
        key: From an element to its key, a str.
        weigh: From an element to its weight; None if each weighs 1.
        size: The weight at which a pack is full.
    """

    key: Callable[[Any], str]
    weigh: Callable[[Any], int] | None = None
    size: int = PACK_SIZE

    def expand(self, elements: beam.PCollection[Any]) -> beam.PCollection[tuple[str, Pack]]:
        # Declared, since stateful steps and shuffles need a deterministic coder for keys.
        return elements | "Pack" >> beam.ParDo(_PackFn(self.key, self.weigh, self.size)).with_output_types(
            tuple[str, Any]
        )


def one_key(_: Any) -> str:
    """Return the same key for every element, for a decision that needs all of them."""
    return ONE_KEY


def shard_of(name: str, shards: int) -> str:
    """Return the shard of a source or feed: a key that it always has, so long as the number of shards is the same."""
    # By our own hash: Python's differs from process to process, and state is found by this key.
    return f"{int(digest(name)[:8], 16) % shards}/{shards}"


class _PackFn(beam.DoFn):
    def __init__(self, key: Callable[[Any], str], weigh: Callable[[Any], int] | None, size: int = PACK_SIZE):
        self._key = key
        self._weigh = weigh
        self._size = size

    def start_bundle(self) -> None:
        self._packs: dict[str, list[Any]] = defaultdict(list)
        self._weights: dict[str, int] = defaultdict(int)

    def process(self, element: Any) -> Iterator[tuple[str, Pack]]:
        key = self._key(element)
        pack = self._packs[key]
        pack.append(element)
        self._weights[key] += self._weigh(element) if self._weigh else 1
        if self._weights[key] >= self._size:
            # A new pack of the key begins at zero; a key that doesn't come again must not stay in memory.
            del self._weights[key]
            yield key, Pack(self._packs.pop(key))

    def finish_bundle(self) -> Iterator[Any]:
        yield from in_global_window((key, Pack(items)) for key, items in self._packs.items())
