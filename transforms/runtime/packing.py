"""PackByKey: a GroupByKey's input in packs, since the local runner encodes and handles each element by itself."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import apache_beam as beam

from newsbeam.transforms.runtime.outputs import in_global_window

PACK_SIZE = 100
ONE_KEY = "all"


@dataclass(frozen=True)
class Pack:
    """Elements that travel as one. A class of its own, since of a bare list Beam's coder encodes each item apart."""

    items: list[Any]


@dataclass
class PackByKey(beam.PTransform):
    """Turns elements into (key, Pack): those of a bundle that have one key, until they weigh 100.

    Input: a PCollection in the global window. A pack never spans two bundles, so nothing waits longer than its bundle.

    Attributes:
        key: From an element to its key, a str.
        weigh: From an element to its weight; as it is, each weighs 1.
    """

    key: Callable[[Any], str]
    weigh: Callable[[Any], int] | None = None

    def expand(self, elements: beam.PCollection[Any]) -> beam.PCollection[tuple[str, Pack]]:
        # Said to Beam, since state and shuffles want keys of a known type.
        return elements | "Pack" >> beam.ParDo(_PackFn(self.key, self.weigh)).with_output_types(tuple[str, Any])


def one_key(_: Any) -> str:
    """Return the key of what is decided against everything."""
    return ONE_KEY


class _PackFn(beam.DoFn):
    def __init__(self, key: Callable[[Any], str], weigh: Callable[[Any], int] | None):
        self._key = key
        self._weigh = weigh

    def start_bundle(self) -> None:
        self._packs: dict[str, list[Any]] = defaultdict(list)
        self._weights: dict[str, int] = defaultdict(int)

    def process(self, element: Any) -> Iterator[tuple[str, Pack]]:
        key = self._key(element)
        pack = self._packs[key]
        pack.append(element)
        self._weights[key] += self._weigh(element) if self._weigh else 1
        if self._weights[key] >= PACK_SIZE:
            del self._weights[key]
            yield key, Pack(self._packs.pop(key))

    def finish_bundle(self) -> Iterator[Any]:
        yield from in_global_window((key, Pack(items)) for key, items in self._packs.items())
