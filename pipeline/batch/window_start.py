"""FindWindowStart: from which day on the rows of earlier runs are compared with those of a cluster's job."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import apache_beam as beam

from newsbeam.transforms.records import Entry
from newsbeam.transforms.runtime.outputs import in_global_window
from newsbeam.transforms.runtime.packing import ONE_KEY


def window_start(today: date, earliest: datetime | None, window: timedelta) -> date:
    """Return the first day that entries are compared with.

    A crawl may be of years ago; its paragraphs are compared with those of that time.

    Args:
        today: The first day of the window before today.
        earliest: When the first of the entries was fetched; None without entries.
        window: How far back entries are compared.
    """
    return min(today, (earliest - window).date()) if earliest else today


@dataclass
class FindWindowStart(beam.PTransform):
    """Finds the first day that the entries of a job are compared with.

    Input: a bounded PCollection of Entry. Output: one date. Key: one for all; an element is the date of a bundle.

    Attributes:
        today: The first day of the window before today.
        window: How far back entries are compared.
    """

    today: date
    window: timedelta

    def expand(self, entries: beam.PCollection[Entry]) -> beam.PCollection[date]:
        # A job without entries has a window as well.
        seed = entries.pipeline | "Seed" >> beam.Create([(ONE_KEY, self.today)], reshuffle=False).with_output_types(
            tuple[str, Any]
        )
        start = beam.ParDo(_StartFn(self.today, self.window)).with_output_types(tuple[str, Any])
        return (
            (entries | "OfBundle" >> start, seed)
            | "Flatten" >> beam.Flatten()
            | "GroupByKey" >> beam.GroupByKey()
            | "Earliest" >> beam.Map(_earliest)
        )


class _StartFn(beam.DoFn):
    def __init__(self, today: date, window: timedelta):
        self._today = today
        self._window = window

    def start_bundle(self) -> None:
        self._earliest: datetime | None = None

    def process(self, entry: Entry) -> None:
        if self._earliest is None or entry.fetched_at < self._earliest:
            self._earliest = entry.fetched_at

    def finish_bundle(self) -> Iterator[Any]:
        yield from in_global_window([(ONE_KEY, window_start(self._today, self._earliest, self._window))])


def _earliest(element: tuple[str, Iterable[date]]) -> date:
    return min(element[1])
