"""DropKnownDeadLetters: drops the dead letters that earlier runs wrote for the same bytes."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import apache_beam as beam

from newsbeam.transforms.ids import dead_letter_id
from newsbeam.transforms.records import DeadLetter
from newsbeam.transforms.runtime.outputs import in_global_window
from newsbeam.transforms.write.lookup.dead_letters import known_dead_letters
from newsbeam.transforms.write.store import Store

LOOKED_UP = 1_000
"""Dead letters that are looked up together, or fewer when their payloads have `LOOKED_UP_BYTES`."""

LOOKED_UP_BYTES = 32_000_000


@dataclass
class DropKnownDeadLetters(beam.PTransform):
    """Drops the dead letters that the output has.

    Input: a bounded PCollection of DeadLetter. Output: those of the input that are new. Key: none.

    Attributes:
        store: The output.
        since: The first partition in which they are looked up, unless they are older.
    """

    store: Store
    since: date

    def expand(self, dead_letters: beam.PCollection[DeadLetter]) -> beam.PCollection[DeadLetter]:
        return dead_letters | "LookUp" >> beam.ParDo(_LookUpFn(self.store, self.since))


class _LookUpFn(beam.DoFn):
    def __init__(self, store: Store, since: date):
        self._store = store
        self._since = since

    def start_bundle(self) -> None:
        self._letters: list[DeadLetter] = []
        self._bytes = 0

    def process(self, dead_letter: DeadLetter) -> Iterator[DeadLetter]:
        self._letters.append(dead_letter)
        self._bytes += len(dead_letter.payload)
        if len(self._letters) >= LOOKED_UP or self._bytes >= LOOKED_UP_BYTES:
            yield from self._new()

    def finish_bundle(self) -> Iterator[Any]:
        yield from in_global_window(self._new())

    def _new(self) -> Iterator[DeadLetter]:
        letters = self._letters
        self.start_bundle()
        # Many at once, since each look-up reads the key columns of all partitions.
        # Those of a crawl are of the day on which it was.
        since = min((self._since, *(letter.failed_at.date() for letter in letters)))
        known = known_dead_letters(self._store, {letter.uri for letter in letters}, since) if letters else set()
        yield from (letter for letter in letters if dead_letter_id(letter) not in known)
