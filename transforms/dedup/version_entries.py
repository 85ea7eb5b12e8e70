"""VersionEntries: which entries are new or updated."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import apache_beam as beam

from newsbeam.transforms import metrics
from newsbeam.transforms.counting import count
from newsbeam.transforms.dedup.versions import version_entries
from newsbeam.transforms.packing import Pack, PackByKey
from newsbeam.transforms.records import Entry, KnownEntry

ENTRY_COUNTERS = {
    "new": metrics.ENTRIES_NEW,
    "updated": metrics.ENTRIES_UPDATED,
    "unchanged": metrics.ENTRIES_UNCHANGED,
}


@dataclass
class VersionEntries(beam.PTransform):
    """Gives each entry its version and drops the unchanged ones.

    Input: a bounded PCollection of Entry. Key: the source. Ordering: none needed; decisions are taken in the order of
    publication within a source.

    Attributes:
        known: The versions that are written of any of these entries.
    """

    known: Sequence[KnownEntry]

    def expand(self, entries: beam.PCollection[Entry]) -> beam.PCollection[Entry]:
        return entries | PackByKey(source_of) | beam.GroupByKey() | "Decide" >> beam.ParDo(_DecideFn(self.known))


def source_of(entry: Entry) -> str:
    """Return the id of the source of `entry`."""
    return entry.source_id


class _DecideFn(beam.DoFn):
    def __init__(self, known: Sequence[KnownEntry]):
        self._known = known

    def process(self, element: tuple[str, Iterable[Pack]]) -> Iterator[Entry]:
        source, packs = element
        entries = (entry for pack in packs for entry in pack.items)
        for versioned in version_entries(entries, (known for known in self._known if known.source == source)):
            count(ENTRY_COUNTERS[versioned.outcome])
            if versioned.held:
                count(metrics.ENTRIES_HELD)
            if versioned.outcome != "unchanged":
                yield versioned.entry
