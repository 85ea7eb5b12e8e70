"""VersionEntries and StreamingVersionEntries: number the versions of entries and drop unchanged ones.

Both call `versions.decide_entries`: batch with the entries of a slice grouped by source, streaming with what is in
keyed state.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, NamedTuple

import apache_beam as beam
from apache_beam.coders import PickleCoder
from apache_beam.pvalue import TaggedOutput
from apache_beam.transforms.userstate import ReadModifyWriteStateSpec

from newsbeam.transforms.dedup.keyed_index import KeyedIndex
from newsbeam.transforms.dedup.keyed_index_fn import KeyedIndexFn
from newsbeam.transforms.dedup.poll_totals import add_totals, count_polls, decode_open_polls, encode_open_polls
from newsbeam.transforms.dedup.versions import (
    RULES,
    KnownEntries,
    Versioned,
    VersionRules,
    as_known,
    decide_entries,
    version_entries,
)
from newsbeam.transforms.records import Entry, KnownEntry, PolledEntries, PollTotals
from newsbeam.transforms.runtime import metrics
from newsbeam.transforms.runtime.counters import count
from newsbeam.transforms.runtime.in_flight import backlog
from newsbeam.transforms.runtime.outputs import MultiOutput, with_outputs
from newsbeam.transforms.runtime.packing import Pack, PackByKey, shard_of

ENTRIES = "entries"
POLLS = "polls"

FindEntries = Callable[[set[str], set[tuple[str, str]], set[tuple[str, str]]], list[KnownEntry]]

MAX_ENTRIES = 500_000
"""Versions at which a bag is full; a shard has four bags. About 1.3 kB a version in memory."""

MAX_OPEN_POLLS = 1_000
"""Archives of which some members are still to come: usually one for each worker that reads. If there are more, the row
of the oldest is written early, and a second row for the rest later."""

ENTRY_COUNTERS = {
    "new": metrics.ENTRIES_NEW,
    "updated": metrics.ENTRIES_UPDATED,
    "unchanged": metrics.ENTRIES_UNCHANGED,
}


@dataclass
class VersionEntries(beam.PTransform):
    """Gives each entry its version and drops the unchanged ones.

    Input: a bounded PCollection of Entry. Output: the new and updated entries. Key: the source. Ordering: any;
    within a source, entries are decided in order of publication.

    Attributes:
        known: The versions of these entries that are in the output.
        rules: What makes a version.
    """

    known: Sequence[KnownEntry]
    rules: VersionRules = RULES

    def expand(self, entries: beam.PCollection[Entry]) -> beam.PCollection[Entry]:
        return (
            entries
            | "Pack" >> PackByKey(source_of)
            | "GroupByKey" >> beam.GroupByKey()
            | "Decide" >> beam.ParDo(_DecideFn(self.known, self.rules))
        )


def source_of(entry: Entry) -> str:
    """Return the id of the source of `entry`."""
    return entry.source_id


class _DecideFn(beam.DoFn):
    def __init__(self, known: Sequence[KnownEntry], rules: VersionRules):
        self._known = known
        self._rules = rules

    def process(self, element: tuple[str, Iterable[Pack]]) -> Iterator[Entry]:
        source, packs = element
        entries = (entry for pack in packs for entry in pack.items)
        known = (known for known in self._known if known.source == source)
        for versioned in version_entries(entries, known, self._rules):
            count(ENTRY_COUNTERS[versioned.outcome])
            if versioned.held:
                count(metrics.ENTRIES_HELD)
            if versioned.outdated:
                count(metrics.ENTRIES_OUTDATED)
            if versioned.outcome != "unchanged":
                yield versioned.entry


class VersionOutputs(NamedTuple):
    """The outputs of `StreamingVersionEntries`: new and updated entries, and the totals of complete polls."""

    entries: beam.PCollection[Entry]
    polls: beam.PCollection[PollTotals]


@dataclass
class StreamingVersionEntries(MultiOutput):
    """Gives each entry its version, drops the unchanged ones, and totals the entries of each poll.

    Input: an unbounded PCollection of PolledEntries in the global window. Output: `entries`, and `polls` (PollTotals),
    each once its last document has arrived. Key: a shard of the sources, so that a source that is removed doesn't keep
    its state. State: the versions of a window, a few hundred bytes each; open polls of archives. Ordering: as they
    arrive; within a pack by publication. Delivery: exactly once with the engine's state.

    Versions that have left the window are looked up in the output before an entry counts as new or updated.

    Attributes:
        window: How long a version is kept in state.
        look_up: Returns, by ids, (source, link) and (source, content), the versions that were written more than a
            window ago. Not later ones: an engine that restores a checkpoint removes their files again.
        bootstrap: Returns the versions in the output for a key without state; None to start with none.
        shards: The number of shards; it never changes while there is state.
        rules: What makes a version.
    """

    window: timedelta
    look_up: FindEntries
    bootstrap: Callable[[str], Iterable[KnownEntry]] | None = None
    shards: int = 1
    rules: VersionRules = RULES

    # Any: Beam compares a parametrised generic, such as PolledEntries, with the class of elements and refuses it.
    def expand(self, documents: beam.PCollection[Any]) -> VersionOutputs:
        decide = _StreamingDecideFn(self.window, self.look_up, self.bootstrap, self.rules)
        packs = documents | "Pack" >> PackByKey(partial(_shard, shards=self.shards), _entries_of)
        outputs = packs | with_outputs("Decide", decide, POLLS, main=ENTRIES)
        return VersionOutputs(outputs[ENTRIES], outputs[POLLS])


def _shard(document: PolledEntries, shards: int) -> str:
    return shard_of(document.poll.source_id, shards)


def _entries_of(document: PolledEntries) -> int:
    return max(1, len(document.value))


class _StreamingDecideFn(KeyedIndexFn):
    OPEN_POLLS = ReadModifyWriteStateSpec("open_polls", PickleCoder())

    def __init__(
        self,
        window: timedelta,
        look_up: FindEntries,
        bootstrap: Callable[[str], Iterable[KnownEntry]] | None,
        rules: VersionRules,
    ):
        super().__init__(metrics.STATE_ENTRIES)
        self._rules = rules
        self._window = window
        self._look_up = look_up
        self._bootstrap = bootstrap

    def process(
        self,
        element: tuple[str, Pack],
        header: Any = beam.DoFn.StateParam(KeyedIndexFn.HEADER),
        bag0: Any = beam.DoFn.StateParam(KeyedIndexFn.BAG0),
        bag1: Any = beam.DoFn.StateParam(KeyedIndexFn.BAG1),
        bag2: Any = beam.DoFn.StateParam(KeyedIndexFn.BAG2),
        bag3: Any = beam.DoFn.StateParam(KeyedIndexFn.BAG3),
        open_polls: Any = beam.DoFn.StateParam(OPEN_POLLS),
    ) -> Iterator[Any]:
        key, pack = element
        documents: list[PolledEntries] = pack.items
        entries = [entry for document in documents for entry in document.value]
        now = max(document.poll.fetched_at for document in documents)
        decided: list[Versioned] = self._decide_and_store(key, entries, now, header, (bag0, bag1, bag2, bag3))
        versions = [versioned.entry for versioned in decided if versioned.outcome != "unchanged"]
        backlog.add(len(versions) - len(documents))
        yield from versions
        for poll in self._complete_polls(documents, decided, open_polls):
            yield TaggedOutput(POLLS, poll)

    def _complete_polls(
        self, documents: Sequence[PolledEntries], decided: Sequence[Versioned], open_polls: Any
    ) -> list[PollTotals]:
        """Return the totals of polls that are complete; use state only if documents are still to come."""
        totals = count_polls(documents, decided)
        if all(each.complete for each in totals.values()):
            return [each.as_poll_totals() for each in totals.values()]
        polls, still_open, too_many = add_totals(totals, decode_open_polls(open_polls.read()), MAX_OPEN_POLLS)
        open_polls.write(encode_open_polls(still_open))
        if too_many:
            count(metrics.STATE_FULL, too_many)
        return polls

    def _make_index(self) -> KeyedIndex[KnownEntry, KnownEntries]:
        return KeyedIndex("known entries", KnownEntry, self._window, KnownEntries, MAX_ENTRIES, self._bootstrap)

    def _decide(self, items: list[Entry], index: KnownEntries) -> tuple[list[Versioned], list[KnownEntry]]:
        old = self._look_up_older(items, index)
        for known in old:
            index.add(known)
        decided = decide_entries(items, index, self._rules)
        for outcome, number in Counter(versioned.outcome for versioned in decided).items():
            count(ENTRY_COUNTERS[outcome], number)
        if held := sum(versioned.held for versioned in decided):
            count(metrics.ENTRIES_HELD, held)
        new = [as_known(versioned.entry) for versioned in decided if versioned.outcome != "unchanged"]
        # With those that were looked up: the next poll has the same entries.
        return decided, [*old, *new]

    def _look_up_older(self, entries: Iterable[Entry], index: KnownEntries) -> list[KnownEntry]:
        """Return the versions of entries that are in the output and have left state."""
        old = [as_known(entry) for entry in entries if index.needs_lookup(entry)]
        if not old:
            return []
        return self._look_up(
            {entry.entry_id for entry in old},
            {(entry.source, entry.url) for entry in old if entry.url},
            {(entry.source, entry.content_hash) for entry in old if entry.by_content},
        )
