"""The Spool transform."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import apache_beam as beam

from newsbeam.pipeline.batch.spool import SpoolWriter


@dataclass
class Spool(beam.PTransform):
    """Writes every element to the spool in `folder`.

    Input: any element. Output: empty.

    Attributes:
        folder: The spool.
        key: Gives the key of an element in the index; None for no keys.
    """

    folder: Path
    key: Callable[[Any], Any] | None = None

    def expand(self, elements: beam.PCollection[Any]) -> beam.PCollection[Any]:
        return elements | "Write" >> beam.ParDo(_SpoolFn(self.folder, self.key))


class _SpoolFn(beam.DoFn):
    def __init__(self, folder: Path, key: Callable[[Any], Any] | None):
        self._folder = folder
        self._key = key

    def start_bundle(self) -> None:
        self._writer: SpoolWriter | None = None

    def process(self, element: Any) -> None:
        if self._writer is None:  # a bundle without elements makes no file
            self._writer = SpoolWriter(self._folder)
        self._writer.write(self._key(element) if self._key else None, element)

    def finish_bundle(self) -> None:
        if self._writer is not None:
            self._writer.close()
