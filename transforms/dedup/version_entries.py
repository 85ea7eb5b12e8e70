"""VersionEntries and StreamingVersionEntries: which entries are new or updated.

Both take the decisions of `versions.decide_entries`: in batch on the entries of a slice grouped by source, in streaming
on what keyed state remembers.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import apache_beam as beam
from apache_beam.coders import PickleCoder
from apache_beam.pvalue import TaggedOutput
from apache_beam.transforms.userstate import ReadModifyWriteStateSpec

from newsbeam.transforms import metrics
from newsbeam.transforms.backlog import backlog
from newsbeam.transforms.counting import count
from newsbeam.transforms.dedup.keyed_index_fn import KeyedIndexFn
from newsbeam.transforms.dedup.memory import Memory
from newsbeam.transforms.dedup.polls import add_up, decode_tallies, encode_tallies, tally
from newsbeam.transforms.dedup.versions import KnownEntries, Versioned, as_known, decide_entries, version_entries
from newsbeam.transforms.packing import Pack, PackByKey, one_key
from newsbeam.transforms.records import CountedPoll, Entry, KnownEntry, PolledEntries
from newsbeam.transforms.windows import with_outputs

ENTRIES = "entries"
POLLS = "polls"

LookUpEntries = Callable[[set[str], set[tuple[str, str]], set[tuple[str, str]]], list[KnownEntry]]

MOST_ENTRIES = 500_000
"""Versions at which a bag is full, of which a key has four: some 1.3 kB each in memory."""

MOST_OPEN_POLLS = 1_000
"""Archives that have come in part: one for each worker that reads, as a rule. Beyond, the oldest one's row is written
early, and another one for what comes later."""

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
        return (
            entries
            | "Pack" >> PackByKey(source_of)
            | "GroupByKey" >> beam.GroupByKey()
            | "Decide" >> beam.ParDo(_DecideFn(self.known))
        )


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


@dataclass
class StreamingVersionEntries(beam.PTransform):
    """Gives each entry its version, drops the unchanged ones, and counts what each poll gave.

    Input: an unbounded PCollection of PolledEntries in the global window. Output: `entries`, and `polls` (CountedPoll),
    each when its last document has come. Key: one for all, so that no source that never comes again keeps its state
    for ever, and a warm start reads the output once. State: the versions of a window, a few hundred bytes each; the
    polls of archives that have come in part. Ordering: as they come; within a pack by publication. Delivery: exactly
    once with the engine's state.

    An entry, or its first versions, may have been forgotten; before it counts as new or as changed it is looked up in
    what is written.

    Attributes:
        window: How long a version is remembered.
        look_up: From ids, (source, link) and (source, content) of entries to the versions that were written more than a
            window ago; never to later ones, whose files an engine that goes back to a checkpoint takes away again.
        warm: From the key to the versions that are written; None to begin with nothing.
    """

    window: timedelta
    look_up: LookUpEntries
    warm: Callable[[str], Iterable[KnownEntry]] | None = None

    def expand(self, documents: beam.PCollection[Any]) -> Any:
        decide = _StreamingDecideFn(self.window, self.look_up, self.warm)
        packs = documents | "Pack" >> PackByKey(one_key, _entries_of)
        return packs | with_outputs("Decide", decide, POLLS, main=ENTRIES)


def _entries_of(document: PolledEntries) -> int:
    return max(1, len(document.value))


class _StreamingDecideFn(KeyedIndexFn):
    OPEN_POLLS = ReadModifyWriteStateSpec("open_polls", PickleCoder())

    def __init__(self, window: timedelta, look_up: LookUpEntries, warm: Callable[[str], Iterable[KnownEntry]] | None):
        super().__init__(metrics.STATE_ENTRIES)
        self._window = window
        self._look_up = look_up
        self._warm = warm

    def process(
        self,
        element: tuple[str, Pack],
        head: Any = beam.DoFn.StateParam(KeyedIndexFn.HEAD),
        log0: Any = beam.DoFn.StateParam(KeyedIndexFn.LOG0),
        log1: Any = beam.DoFn.StateParam(KeyedIndexFn.LOG1),
        log2: Any = beam.DoFn.StateParam(KeyedIndexFn.LOG2),
        log3: Any = beam.DoFn.StateParam(KeyedIndexFn.LOG3),
        open_polls: Any = beam.DoFn.StateParam(OPEN_POLLS),
    ) -> Iterator[Any]:
        key, pack = element
        documents: list[PolledEntries] = pack.items
        entries = [entry for document in documents for entry in document.value]
        now = max(document.poll.fetched_at for document in documents)
        decided: list[Versioned] = self._remember(key, entries, now, head, (log0, log1, log2, log3))
        versions = [versioned.entry for versioned in decided if versioned.outcome != "unchanged"]
        backlog.add(len(versions) - len(documents))
        yield from versions
        for poll in self._ended(documents, decided, open_polls):
            yield TaggedOutput(POLLS, poll)

    def _ended(
        self, documents: Sequence[PolledEntries], decided: Sequence[Versioned], open_polls: Any
    ) -> list[CountedPoll]:
        """Return the polls of which all documents have come; state is touched only where others are to come."""
        tallies = tally(documents, decided)
        if all(each.complete for each in tallies.values()):
            return [each.counted() for each in tallies.values()]
        polls, still_open, too_many = add_up(tallies, decode_tallies(open_polls.read()), MOST_OPEN_POLLS)
        open_polls.write(encode_tallies(still_open))
        if too_many:
            count(metrics.STATE_FULL, too_many)
        return polls

    def _make_memory(self) -> Memory[KnownEntry, KnownEntries]:
        return Memory("known entries", KnownEntry, self._window, KnownEntries, MOST_ENTRIES, self._warm)

    def _decide(self, items: list[Entry], index: KnownEntries) -> tuple[list[Versioned], list[KnownEntry]]:
        old = self._written(items, index)
        for known in old:
            index.add(known)
        decided = decide_entries(items, index)
        for outcome, number in Counter(versioned.outcome for versioned in decided).items():
            count(ENTRY_COUNTERS[outcome], number)
        if held := sum(versioned.held for versioned in decided):
            count(metrics.ENTRIES_HELD, held)
        new = [as_known(versioned.entry) for versioned in decided if versioned.outcome != "unchanged"]
        return decided, [*old, *new]

    def _written(self, entries: Iterable[Entry], index: KnownEntries) -> list[KnownEntry]:
        """Return the written versions of entries that are older than what is remembered."""
        old = [as_known(entry) for entry in entries if index.lacks(entry)]
        if not old:
            return []
        return self._look_up(
            {entry.entry_id for entry in old},
            {(entry.source, entry.url) for entry in old if entry.url},
            {(entry.source, entry.content_hash) for entry in old if entry.by_content},
        )
