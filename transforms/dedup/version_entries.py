"""VersionEntries: which entries are new or updated."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import apache_beam as beam

from newsbeam.transforms import metrics
from newsbeam.transforms.counting import count
from newsbeam.transforms.dedup.versions import version_entries
from newsbeam.transforms.records import Entry, KnownEntry

_COUNTERS = {
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

    known: Iterable[KnownEntry]

    def expand(self, entries: beam.PCollection[Entry]) -> beam.PCollection[Entry]:
        known = entries.pipeline | "Known" >> beam.Create(list(self.known), reshuffle=False).with_output_types(
            KnownEntry
        )
        keyed = {
            "entries": entries | "KeyBySource" >> beam.Map(by_source),
            "known": known | "KeyKnownBySource" >> beam.Map(by_source),
        }
        return keyed | beam.CoGroupByKey() | "Decide" >> beam.FlatMap(decide_source)


def by_source(record: Entry | KnownEntry) -> tuple[str, Entry | KnownEntry]:
    """Return `record` keyed by its source."""
    return record.source, record


def decide_source(element: tuple[str, Mapping[str, Iterable[Any]]]) -> Iterator[Entry]:
    """Yield the new and updated entries of one source."""
    _, groups = element
    for versioned in version_entries(groups["entries"], groups["known"]):
        count(_COUNTERS[versioned.outcome])
        if versioned.outcome != "unchanged":
            yield versioned.entry
