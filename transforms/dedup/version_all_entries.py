"""VersionAllEntries: the decisions of VersionEntries for all entries of a job at once, on many workers.

    entries -> short entries (without text) -> GroupConnected -> decide_entries -> decisions, by identity
        +-> by identity ------------------------------------------------------------> entries with their versions

An entry has an influence on another one only if they have an id, link, guid or content in common, so each connected
group is decided alone, and an entry's text is passed on once.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, replace
from typing import Any

import apache_beam as beam
from apache_beam.pvalue import TaggedOutput

from newsbeam.transforms.dedup.connected import Hashes, hash_of
from newsbeam.transforms.dedup.group_connected import Group, GroupConnected, KnownRows, keys_of
from newsbeam.transforms.dedup.version_entries import ENTRY_COUNTERS
from newsbeam.transforms.dedup.versions import RULES, VersionRules, version_entries
from newsbeam.transforms.ids import address, digest
from newsbeam.transforms.records import Entry, KnownEntry
from newsbeam.transforms.runtime import metrics
from newsbeam.transforms.runtime.counters import count
from newsbeam.transforms.runtime.outputs import with_outputs
from newsbeam.transforms.runtime.set_aside import Aside, pack, unpack

SHORT, ENTRIES = "short", "entries"

_LONG = {"content", "summary", "subtitle", "authors", "categories", "subjects", "genres", "related", "media", "places"}
_KEPT = [each.name for each in fields(Entry) if each.name not in _LONG]


class DecisionError(Exception):
    """A decision fits no entry, or an entry has no decision: a worker was lost and its sources are not the same now."""


@dataclass(frozen=True)
class ShortEntry(Entry):
    """An entry without its text.

    Attributes:
        identity: What its decision is found by.
        number: Its place among the entries of its bundle: documents are read in one bundle, in their order.
    """

    identity: str = ""
    number: int = 0


@dataclass(frozen=True)
class Decision:
    """The decision on the entry with this number among those of its identity.

    Attributes:
        entry_id, version: Of the row to write; version 0 for an unchanged entry, which gets no row.
    """

    number: int
    entry_id: str
    version: int


@dataclass
class VersionAllEntries(beam.PTransform):
    """Gives each entry its version and drops the unchanged ones.

    Input: a bounded PCollection of Entry: all entries of a job. Output: the new and updated entries. Keys: those of
    GroupConnected, then an entry's identity. Ordering: any; entries are decided in order of publication.

    Attributes:
        known: The rows of entries that earlier runs wrote, as KnownEntry.
        aside: Where packs are kept that are too large for an element.
        rules: What makes a version.
    """

    known: KnownRows[KnownEntry]
    aside: Aside
    rules: VersionRules = RULES

    def expand(self, entries: beam.PCollection[Entry]) -> beam.PCollection[Entry]:
        split = entries | with_outputs("Shorten", _ShortenFn(self.aside), SHORT, main=ENTRIES, keyed=(ENTRIES,))
        always = entries.pipeline | "Always" >> beam.Create([None], reshuffle=False)
        groups = (split[SHORT], always) | "GroupConnected" >> GroupConnected(identify_entry, self.known, self.aside)
        decided = groups | "Decide" >> beam.FlatMap(_decide, self.rules).with_output_types(tuple[str, Any])
        return (
            (split[ENTRIES], decided)
            | "Flatten" >> beam.Flatten()
            | "GroupByIdentity" >> beam.GroupByKey()
            | "Number" >> beam.FlatMap(_with_versions, self.aside)
        )


def entry_keys(source: str, names: Iterable[str], content: str) -> Iterator[int]:
    """Yield the keys of an entry: its link and guid, which may be each other's, and its content."""
    for name in names:
        if name:
            yield hash_of("name", source, address(name))
    if content:
        yield hash_of("content", source, content)


def entry_node(entry_id: str) -> int:
    """Return the node of all versions of an entry."""
    return hash_of("entry", entry_id)


def identify_entry(entry: Entry) -> tuple[int, Hashes]:
    """Return the node of an entry and its keys (see `known_entries`)."""
    node = entry_node(entry.entry_id)
    # An item of a wire is known by its own id alone (`KnownEntries.find`).
    names = (entry.url if entry.link_is_identity else "", "" if entry.revision else entry.guid)
    return keys_of(node, node, *entry_keys(entry.source_id, names, "" if entry.revision else entry.content_hash))


class _ShortenFn(beam.DoFn):
    def __init__(self, aside: Aside):
        self._aside = aside

    def start_bundle(self) -> None:
        self._number = 0

    def process(self, entry: Entry) -> Iterator[Any]:
        self._number += 1
        identity = _identity(entry)
        short = ShortEntry(**{name: getattr(entry, name) for name in _KEPT}, identity=identity, number=self._number)
        yield TaggedOutput(SHORT, short)
        yield identity, pack([(self._number, entry)], self._aside)


def _identity(entry: Entry) -> str:
    # Without the time of fetching: a worker that is lost reads its files again.
    dates = (date.isoformat() if date else "" for date in (entry.published, entry.updated))
    return digest(entry.source_id, entry.feed_url, entry.entry_id, entry.revision, entry.content_hash, *dates)


def _decide(group: Group, rules: VersionRules) -> Iterator[tuple[str, Decision]]:
    # `version_entries` sorts stably: what has one date is decided as it stands in its document.
    in_order = sorted(group.new, key=lambda entry: (entry.feed_url, entry.fetched_at, entry.number))
    for versioned in version_entries(in_order, group.known, rules):
        count(ENTRY_COUNTERS[versioned.outcome])
        if versioned.held:
            count(metrics.ENTRIES_HELD)
        entry: Any = versioned.entry  # `replace` has kept its class
        version = 0 if versioned.outcome == "unchanged" else entry.version
        yield entry.identity, Decision(entry.number, entry.entry_id, version)


def _with_versions(element: tuple[str, Iterable[Any]], aside: Aside) -> Iterator[Entry]:
    entries: list[tuple[int, Entry]] = []
    decisions: list[Decision] = []
    for each in unpack(element[1], aside):
        if isinstance(each, Decision):
            decisions.append(each)
        else:
            entries.append(each)
    if len(entries) != len(decisions):
        raise DecisionError(f"{len(entries)} entries of {element[0]} have {len(decisions)} decisions")
    entries.sort(key=lambda pair: pair[0])
    decisions.sort(key=lambda decision: decision.number)
    for (_, entry), decision in zip(entries, decisions, strict=True):
        if decision.version:
            yield replace(entry, entry_id=decision.entry_id, version=decision.version)
