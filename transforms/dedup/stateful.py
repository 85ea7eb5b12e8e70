"""The decisions of a run, taken for ever: versions and duplicates in keyed state that expires.

The functions are those that batch calls; only what is known comes from state in place of the output. Elements come in
packs, so that a story costs a fraction of a stateful element.
"""

import secrets
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

import apache_beam as beam
from apache_beam.coders import PickleCoder
from apache_beam.pvalue import TaggedOutput
from apache_beam.transforms.userstate import BagStateSpec, ReadModifyWriteStateSpec

from newsbeam.transforms import metrics
from newsbeam.transforms.backlog import backlog
from newsbeam.transforms.counting import count, measure
from newsbeam.transforms.dedup.memory import Memory
from newsbeam.transforms.dedup.paragraphs import CanonicalParagraphs, as_known, decide_stories
from newsbeam.transforms.dedup.polls import add_up, decode_tallies, encode_tallies, tally
from newsbeam.transforms.dedup.version_entries import ENTRY_COUNTERS
from newsbeam.transforms.dedup.versions import KnownEntries, Versioned, decide_entries
from newsbeam.transforms.dedup.versions import as_known as as_known_entry
from newsbeam.transforms.packing import Pack, PackByKey, one_key
from newsbeam.transforms.records import CountedPoll, Entry, KnownEntry, KnownParagraph, PolledEntries, Story
from newsbeam.transforms.windows import with_outputs

ENTRIES = "entries"
POLLS = "polls"

LookUpEntries = Callable[[set[str], set[tuple[str, str]], set[tuple[str, str]]], list[KnownEntry]]

MOST_ENTRIES = 500_000
MOST_PARAGRAPHS = 500_000
"""Items at which a bag is full, of which a key has four: some 0.6 and 1.5 kB each in memory."""

MOST_OPEN_POLLS = 1_000
"""Archives that have come in part: one for each worker that reads, as a rule. Beyond, the oldest one's row is written
early, and another one for what comes later."""


@dataclass
class VersionEntriesForEver(beam.PTransform):
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
        decide = _VersionFn(self.window, self.look_up, self.warm)
        packs = documents | "Pack" >> PackByKey(one_key, _entries_of)
        return packs | with_outputs("Decide", decide, POLLS, main=ENTRIES)


@dataclass
class DeduplicateParagraphsForEver(beam.PTransform):
    """Marks exact and near duplicates against all canonical paragraphs of a window.

    Input: an unbounded PCollection of signed stories in the global window. Key: one for all, since duplicates are found
    across everything; tagging costs a hundred times as much as deciding. State: the canonical
    paragraphs of a window with their texts. Delivery: exactly once with the engine's state.

    Attributes:
        window: How long a paragraph is remembered.
        threshold: The Jaccard similarity from which two paragraphs are near duplicates.
        warm: From the key to the canonical paragraphs that are written; None to begin with nothing.
    """

    window: timedelta
    threshold: float
    warm: Callable[[str], Iterable[KnownParagraph]] | None = None

    def expand(self, stories: beam.PCollection[Story]) -> beam.PCollection[Story]:
        return (
            stories
            | "Pack" >> PackByKey(one_key)
            | "Decide" >> beam.ParDo(_DeduplicateFn(self.window, self.threshold, self.warm))
        )


def _entries_of(document: PolledEntries) -> int:
    return max(1, len(document.value))


class _RememberingFn(beam.DoFn):
    """Decides packs of elements against what their key remembers.

    The memory belongs to the process, not to the instance: a worker makes as many instances as it has bundles at once,
    gives a key's next bundle to any of them, and drops those that had nothing to do for a minute.
    """

    HEAD = ReadModifyWriteStateSpec("head", PickleCoder())
    LOG0 = BagStateSpec("log0", PickleCoder())
    LOG1 = BagStateSpec("log1", PickleCoder())
    LOG2 = BagStateSpec("log2", PickleCoder())
    LOG3 = BagStateSpec("log3", PickleCoder())

    _memories: ClassVar[dict[str, Memory[Any, Any]]] = {}
    _making: ClassVar[threading.Lock] = threading.Lock()

    def __init__(self, size_metric: str) -> None:
        self._id = secrets.token_hex(8)  # the same in all copies of this DoFn
        self._size_metric = size_metric

    def setup(self) -> None:
        with self._making:
            if self._id not in self._memories:
                self._memories[self._id] = self._make_memory()
            self._memory = self._memories[self._id]

    def _remember(self, key: str, items: list[Any], now: datetime, head: Any, logs: Sequence[Any]) -> list[Any]:
        """Return what is decided of `items`, and remember it."""
        opened = self._memory.open(key, now, head, logs)
        if opened.forgotten:
            count(metrics.STATE_FULL, opened.forgotten)
        decided, learned = self._decide(items, opened.index)
        self._memory.close(opened, learned)
        measure(self._size_metric, opened.size)
        return decided

    def _make_memory(self) -> Memory[Any, Any]:
        raise NotImplementedError

    def _decide(self, items: list[Any], index: Any) -> tuple[list[Any], list[Any]]:
        """Return what is decided, and what `index` has learned."""
        raise NotImplementedError


class _VersionFn(_RememberingFn):
    OPEN_POLLS = ReadModifyWriteStateSpec("open_polls", PickleCoder())

    def __init__(self, window: timedelta, look_up: LookUpEntries, warm: Callable[[str], Iterable[KnownEntry]] | None):
        super().__init__(metrics.STATE_ENTRIES)
        self._window = window
        self._look_up = look_up
        self._warm = warm

    def process(
        self,
        element: tuple[str, Pack],
        head: Any = beam.DoFn.StateParam(_RememberingFn.HEAD),
        log0: Any = beam.DoFn.StateParam(_RememberingFn.LOG0),
        log1: Any = beam.DoFn.StateParam(_RememberingFn.LOG1),
        log2: Any = beam.DoFn.StateParam(_RememberingFn.LOG2),
        log3: Any = beam.DoFn.StateParam(_RememberingFn.LOG3),
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
        new = [as_known_entry(versioned.entry) for versioned in decided if versioned.outcome != "unchanged"]
        return decided, [*old, *new]

    def _written(self, entries: Iterable[Entry], index: KnownEntries) -> list[KnownEntry]:
        """Return the written versions of entries that are older than what is remembered."""
        old = [as_known_entry(entry) for entry in entries if index.lacks(entry)]
        if not old:
            return []
        return self._look_up(
            {entry.entry_id for entry in old},
            {(entry.source, entry.url) for entry in old if entry.url},
            {(entry.source, entry.content_hash) for entry in old if entry.by_content},
        )


class _DeduplicateFn(_RememberingFn):
    def __init__(self, window: timedelta, threshold: float, warm: Callable[[str], Iterable[KnownParagraph]] | None):
        super().__init__(metrics.STATE_PARAGRAPHS)
        self._window = window
        self._threshold = threshold
        self._warm = warm

    def process(
        self,
        element: tuple[str, Pack],
        head: Any = beam.DoFn.StateParam(_RememberingFn.HEAD),
        log0: Any = beam.DoFn.StateParam(_RememberingFn.LOG0),
        log1: Any = beam.DoFn.StateParam(_RememberingFn.LOG1),
        log2: Any = beam.DoFn.StateParam(_RememberingFn.LOG2),
        log3: Any = beam.DoFn.StateParam(_RememberingFn.LOG3),
    ) -> Iterator[Story]:
        key, pack = element
        now = max(story.entry.fetched_at for story in pack.items)
        yield from self._remember(key, pack.items, now, head, (log0, log1, log2, log3))

    def _make_memory(self) -> Memory[KnownParagraph, CanonicalParagraphs]:
        return Memory(
            "known paragraphs", KnownParagraph, self._window, CanonicalParagraphs, MOST_PARAGRAPHS, self._warm
        )

    def _decide(self, items: list[Story], index: CanonicalParagraphs) -> tuple[list[Story], list[KnownParagraph]]:
        decided = decide_stories(items, index, self._threshold)
        kinds = Counter(paragraph.duplicate_kind for story in decided for paragraph in story.paragraphs)
        for kind, number in kinds.items():
            count(metrics.PARAGRAPHS_BY_KIND[kind], number)
        learned = [
            as_known(paragraph, story.entry)
            for story in decided
            for paragraph in story.paragraphs
            if not paragraph.duplicate_of
        ]
        return decided, learned
