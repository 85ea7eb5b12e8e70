"""StreamingDeduplicateParagraphs: the decisions of one process, with the known paragraphs spread over partitions.

    stories -> Pack -> Number -> Search -> Decide -> Apply -> stories, marked
                       one key   S keys    one key

    Pack      the stories of one reading in canonical order, with their paragraphs as columns
    Number    gives each pack its number, and says what is forgotten; passes the bytes through
    Search    each partition keeps the paragraphs of its cells; it takes all packs in the order of their numbers, and
              answers with the earlier paragraphs that a paragraph of the pack is a copy or an update of
    Decide    gathers the answers of all partitions, and decides pack after pack which of these are canonical
    Apply     marks the stories, which one of the partitions has passed through

Two alike paragraphs in flight at once can't miss each other: whichever pack has the lower number is added first, in
every partition. Every pack goes to every partition, also one without paragraphs, since the next one waits for it. What
the two steps on one key do for a paragraph costs some microseconds.
"""

import secrets
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import accumulate, takewhile
from typing import Any, ClassVar

import apache_beam as beam
from apache_beam.coders import PickleCoder
from apache_beam.transforms.userstate import BagStateSpec, ReadModifyWriteStateSpec

from newsbeam.transforms.dedup.deduplicate_paragraphs import count_kinds
from newsbeam.transforms.dedup.in_order import InOrder, Turn
from newsbeam.transforms.dedup.index import numbering
from newsbeam.transforms.dedup.index.decider_state import clear_notes, keep_notes, load_notes
from newsbeam.transforms.dedup.index.decisions import Decider, Decision
from newsbeam.transforms.dedup.index.numbering import BAGS, Bounds, PackNumber
from newsbeam.transforms.dedup.index.packs import (
    columns_of_stories,
    decode_columns,
    encode_columns,
    memory_of,
    memory_of_one,
)
from newsbeam.transforms.dedup.index.partition import Answer, PartitionIndex
from newsbeam.transforms.dedup.index.partition_state import clear, keep, keep_loaded, load
from newsbeam.transforms.dedup.index_settings import IndexSettings
from newsbeam.transforms.dedup.packed_stories import pack_stories, unpack_stories
from newsbeam.transforms.dedup.paragraphs import add_known, in_canonical_order, mark
from newsbeam.transforms.records import KnownParagraph, Story
from newsbeam.transforms.runtime import metrics
from newsbeam.transforms.runtime.counters import count, measure
from newsbeam.transforms.runtime.key_groups import even_keys
from newsbeam.transforms.runtime.packing import ONE_KEY, Pack, PackByKey, one_key

LoadKnown = Callable[[int, int], Iterable[KnownParagraph]]
"""Returns the canonical paragraphs in the output of a partition, given its number and how many there are."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class PartitionsChangedError(Exception):
    """State was written with another number of partitions."""


@dataclass
class StreamingDeduplicateParagraphs(beam.PTransform):
    """Marks copies and updates against all canonical paragraphs of a window.

    Input: an unbounded PCollection of Story, with band keys, in the global window. Output: the same stories, each pack
    in canonical order. Keys: one for all where order is decided; the partitions. State: the paragraphs of a window,
    each in one partition. Ordering: packs are decided in the order in which they arrive at Number, whatever the number
    of partitions. Delivery: exactly once with the engine's state.

    Attributes:
        settings: The size of the index.
        bootstrap: Returns the canonical paragraphs in the output of a partition without state; None to start with none.
    """

    settings: IndexSettings
    bootstrap: LoadKnown | None = None

    def expand(self, stories: beam.PCollection[Story]) -> beam.PCollection[Story]:
        return (
            stories
            | "Pack" >> PackByKey(one_key)
            | "Encode" >> beam.Map(encode_stories).with_output_types(tuple[str, Any])
            | "Number" >> _keyed(_NumberFn(self.settings, warm=self.bootstrap is not None))
            | "Search" >> _keyed(_SearchFn(self.settings, self.bootstrap))
            | "Decide" >> beam.ParDo(_DecideFn(self.settings)).with_output_types(tuple[bytes, Any])
            | "Apply" >> beam.FlatMap(apply_decisions)
        )


def _keyed(fn: beam.DoFn) -> beam.PTransform:
    # Declared, since stateful steps and shuffles need a deterministic coder for keys.
    return beam.ParDo(fn).with_output_types(tuple[str, Any])


def encode_stories(element: tuple[str, Pack]) -> tuple[str, Any]:
    """Return a pack's time of fetching, its paragraphs as columns, and its stories as bytes: plain data."""
    stories = in_canonical_order(element[1].items)
    now = max(story.entry.fetched_at for story in stories)
    columns = encode_columns(columns_of_stories(stories))
    return ONE_KEY, ((now - _EPOCH) // _MICROSECOND, columns, pack_stories(stories))


def apply_decisions(element: tuple[bytes, Sequence[Any]]) -> list[Story]:
    """Return the stories of a pack with the decisions on their paragraphs."""
    stories, decisions = element
    decided = mark(unpack_stories(stories), map(Decision._make, decisions))
    count_kinds(decided)
    return decided


class _NumberFn(beam.DoFn):
    """Emits each pack for each partition; the stories go to the first one only."""

    NUMBERS = ReadModifyWriteStateSpec("numbers", PickleCoder())  # the names of states are part of every savepoint

    def __init__(self, settings: IndexSettings, *, warm: bool):
        self._settings, self._warm = settings, warm
        self._bounds = Bounds(settings.window, settings.memory)

    def process(
        self, element: tuple[str, Sequence[Any]], numbers: Any = beam.DoFn.StateParam(NUMBERS)
    ) -> Iterator[tuple[str, Any]]:
        microseconds, columns, stories = element[1]
        now, partitions, stored = _EPOCH + microseconds * _MICROSECOND, self._settings.partitions, numbers.read()
        before = (
            numbering.decode_numbering(stored)
            if stored is not None
            else numbering.start(self._bounds, partitions, now, warm=self._warm)
        )
        _check_partitions(before.partitions, partitions)
        paragraphs = len(columns[0]) // 8
        after, number = numbering.number_pack(before, self._bounds, now, paragraphs, memory_of(columns))
        numbers.write(numbering.encode_numbering(after))
        for place, key in enumerate(even_keys(partitions)):
            yield key, (place, numbering.values_of(number), columns, b"" if place else stories)


def _check_partitions(before: int, now: int) -> None:
    if before != now:
        raise PartitionsChangedError(
            f"the state was written with dedup.partitions: {before}, and the config has {now}: set it back, or start "
            "without the savepoint and with --warm-start"
        )


class _KeptFn(beam.DoFn):
    """The base of the DoFns whose memory a process keeps between bundles."""

    # Shared by the process: a worker makes an instance for each concurrent bundle, gives a key's next bundle to any of
    # them, and drops instances that were idle for a minute.
    _orders: ClassVar[dict[str, InOrder[Any]]] = {}
    _lock: ClassVar[threading.Lock] = threading.Lock()

    def __init__(self, settings: IndexSettings, parts: int) -> None:
        self._id = secrets.token_hex(8)  # the same in all copies of this DoFn
        self._settings, self._parts = settings, parts

    def setup(self) -> None:
        """Take the memory of this step in this process, or make it."""
        with self._lock:
            self._order = self._orders.setdefault(self._id, InOrder(self._parts))


class _SearchFn(_KeptFn):
    ORDER = ReadModifyWriteStateSpec("order", PickleCoder())
    EARLY = BagStateSpec("early", PickleCoder())
    BAGS = tuple(BagStateSpec(f"bag{number:02}", PickleCoder()) for number in range(BAGS))

    def __init__(self, settings: IndexSettings, bootstrap: LoadKnown | None):
        super().__init__(settings, 1)
        self._bootstrap = bootstrap

    def process(
        self,
        element: tuple[str, Sequence[Any]],
        order: Any = beam.DoFn.StateParam(ORDER),
        early: Any = beam.DoFn.StateParam(EARLY),
        # Beam finds states by the parameters' defaults, so each bag is a parameter of its own.
        bag00: Any = beam.DoFn.StateParam(BAGS[0]),
        bag01: Any = beam.DoFn.StateParam(BAGS[1]),
        bag02: Any = beam.DoFn.StateParam(BAGS[2]),
        bag03: Any = beam.DoFn.StateParam(BAGS[3]),
        bag04: Any = beam.DoFn.StateParam(BAGS[4]),
        bag05: Any = beam.DoFn.StateParam(BAGS[5]),
        bag06: Any = beam.DoFn.StateParam(BAGS[6]),
        bag07: Any = beam.DoFn.StateParam(BAGS[7]),
        bag08: Any = beam.DoFn.StateParam(BAGS[8]),
        bag09: Any = beam.DoFn.StateParam(BAGS[9]),
        bag10: Any = beam.DoFn.StateParam(BAGS[10]),
        bag11: Any = beam.DoFn.StateParam(BAGS[11]),
        bag12: Any = beam.DoFn.StateParam(BAGS[12]),
        bag13: Any = beam.DoFn.StateParam(BAGS[13]),
        bag14: Any = beam.DoFn.StateParam(BAGS[14]),
        bag15: Any = beam.DoFn.StateParam(BAGS[15]),
    ) -> list[tuple[str, Any]]:
        first = (bag00, bag01, bag02, bag03, bag04, bag05, bag06, bag07)
        bags = (*first, bag08, bag09, bag10, bag11, bag12, bag13, bag14, bag15)
        return self._take(*element, (order, early), bags)

    def _take(self, key: str, element: Sequence[Any], states: tuple[Any, Any], bags: Sequence[Any]) -> list[Any]:
        place, (number, *_) = element[:2]
        turn = self._order.open(key, (number, 0), tuple(element), states, lambda new: self._load(place, new, bags))
        answers = [self._search(turn, pack, bags) for (pack,) in turn.ready]
        self._order.close(key, turn, states)
        measure(metrics.PACKS_EARLY, turn.waiting)
        measure(metrics.STATE_PARAGRAPHS, len(turn.memory))
        measure(metrics.STATE_PARAGRAPH_BYTES, turn.memory.nbytes)
        return answers

    def _search(self, turn: Turn[PartitionIndex], element: Sequence[Any], bags: Sequence[Any]) -> tuple[str, Any]:
        place, values, encoded, stories = element
        number, index = PackNumber(*values), turn.memory
        if number.oldest_bag > turn.header.oldest_bag:
            # Before the pack is compared, so that all partitions have forgotten the same.
            clear(bags, turn.header.oldest_bag, number.oldest_bag)
            turn.header = replace(turn.header, oldest_bag=number.oldest_bag)
            # In two steps, to count what goes for lack of memory apart.
            _count_forgotten("age", index.forget(number.aged))
            _count_forgotten("memory", index.forget(number.oldest))
        columns = decode_columns(encoded)
        kept, answers = index.take(number.first, columns)
        keep(number, kept, columns, bags)
        return ONE_KEY, (place, values, tuple(tuple(answer) for answer in answers), stories)

    def _load(self, partition: int, new: bool, bags: Sequence[Any]) -> PartitionIndex:
        settings = self._settings
        index = PartitionIndex(partition, settings.partitions, settings.threshold)
        if new and self._bootstrap:
            known = list(self._bootstrap(partition, settings.partitions))
            latest = _latest(known, int(settings.memory * numbering.WARM_SHARE) // settings.partitions)
            _count_forgotten("memory", len(known) - len(latest))
            keep_loaded(add_known(index, latest), bags)
        elif not new:
            load(index, bags)
        return index


def _latest(known: Sequence[KnownParagraph], memory: int) -> Sequence[KnownParagraph]:
    """Return the last of `known`, as many as the memory holds."""
    sizes = accumulate(memory_of_one(len(each.near_keys), len(each.text)) for each in reversed(known))
    return known[len(known) - sum(1 for size in takewhile(lambda size: size <= memory, sizes)) :]


def _count_forgotten(reason: str, number: int) -> None:
    if number:
        count(f"{metrics.PARAGRAPHS_FORGOTTEN}:{reason}", number)


class _DecideFn(_KeptFn):
    ORDER = ReadModifyWriteStateSpec("order", PickleCoder())
    EARLY = BagStateSpec("early", PickleCoder())
    NOTES = BagStateSpec("notes", PickleCoder())

    def __init__(self, settings: IndexSettings):
        super().__init__(settings, settings.partitions)

    def process(
        self,
        element: tuple[str, Sequence[Any]],
        order: Any = beam.DoFn.StateParam(ORDER),
        early: Any = beam.DoFn.StateParam(EARLY),
        notes: Any = beam.DoFn.StateParam(NOTES),
    ) -> list[tuple[bytes, Any]]:
        key, (place, (number, *_), *_) = element
        states = order, early
        turn = self._order.open(key, (number, place), tuple(element[1]), states, lambda _: load_notes(notes))
        decided = [self._decide(turn, answers, notes) for answers in turn.ready]
        self._order.close(key, turn, states)
        measure(metrics.PACKS_EARLY, turn.waiting)
        return decided

    def _decide(self, turn: Turn[Decider], answers: Sequence[Any], notes: Any) -> tuple[bytes, Any]:
        _, values, _, stories = answers[0]
        number, decider = PackNumber(*values), turn.memory
        if number.oldest_bag > turn.header.oldest_bag:
            turn.header = replace(turn.header, oldest_bag=number.oldest_bag)
            clear_notes(decider, number, notes)
        found = ([Answer._make(each) for each in part[2]] for part in answers)
        decisions, new = decider.decide(number.first, found)
        keep_notes(number, new, notes)
        return stories, [tuple(decision) for decision in decisions]
