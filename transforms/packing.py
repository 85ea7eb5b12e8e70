"""PackByKey: a GroupByKey's input in packs, since the local runner encodes and handles each element by itself."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import apache_beam as beam

from newsbeam.transforms.windows import in_global_window

PACK_SIZE = 100


@dataclass(frozen=True)
class Pack:
    """Elements that travel as one. A class of its own, since of a bare list Beam's coder encodes each item apart."""

    items: list[Any]


@dataclass
class PackByKey(beam.PTransform):
    """Turns elements into (key, Pack): up to 100 of a bundle that have one key.

    Input: a PCollection in the global window. A pack never spans two bundles, so nothing waits longer than its bundle.

    Attributes:
        key: From an element to its key, a str.
    """

    key: Callable[[Any], str]

    def expand(self, elements: beam.PCollection[Any]) -> beam.PCollection[tuple[str, Pack]]:
        # Said to Beam, since state and shuffles want keys of a known type.
        return elements | beam.ParDo(_PackFn(self.key)).with_output_types(tuple[str, Any])


class _PackFn(beam.DoFn):
    def __init__(self, key: Callable[[Any], str]):
        self._key = key

    def start_bundle(self) -> None:
        self._packs: dict[str, list[Any]] = defaultdict(list)

    def process(self, element: Any) -> Iterator[tuple[str, Pack]]:
        key = self._key(element)
        pack = self._packs[key]
        pack.append(element)
        if len(pack) == PACK_SIZE:
            yield key, Pack(self._packs.pop(key))

    def finish_bundle(self) -> Iterator[Any]:
        yield from in_global_window((key, Pack(items)) for key, items in self._packs.items())
