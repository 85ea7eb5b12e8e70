"""RelateStories, RelateAllStories, StreamingRelateStories: events, furniture and origins of stories.

All call `relations.relate`: with the stories of a slice or a job and what is in the output, or with what is in keyed
state.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import apache_beam as beam
from apache_beam.pvalue import TaggedOutput

from newsbeam.transforms.dedup.keyed_index import KeyedIndex
from newsbeam.transforms.dedup.keyed_index_fn import KeyedIndexFn
from newsbeam.transforms.dedup.packed_stories import RelatedStories, pack_stories, related
from newsbeam.transforms.dedup.relations.light import LightStory, light_story
from newsbeam.transforms.dedup.relations.relate import (
    Decision,
    KnownRelations,
    RelationIndex,
    apply,
    counts_of,
    relate,
)
from newsbeam.transforms.dedup.version_all_entries import DecisionError
from newsbeam.transforms.ids import version_key
from newsbeam.transforms.records import KnownStory, Story
from newsbeam.transforms.runtime import metrics
from newsbeam.transforms.runtime.counters import count
from newsbeam.transforms.runtime.outputs import with_outputs
from newsbeam.transforms.runtime.packing import ONE_KEY, Pack, PackByKey, one_key
from newsbeam.transforms.runtime.set_aside import Aside, PackAside, pack, unpack

MAX_STORIES = 250_000
"""Entries at which a bag is full; a key has four bags. About 3 kB an entry of 10 paragraphs in memory."""

PACKED_PARAGRAPHS = 100_000
"""Paragraphs whose stories a step of a job collects before it passes them on: some 5 MB."""

_OWN_WEIGHT = 20  # of a story without paragraphs: its ids and words take as much as that many paragraphs

LIGHT, STORIES = "light", "stories"

RelationLookup = Callable[[Sequence[LightStory]], KnownRelations]


@dataclass
class RelateStories(beam.PTransform):
    """Decides the event, the furniture and the origins of stories, in canonical order, with each other and the output.

    Input: a bounded PCollection of Story, whose copies and updates are marked: one slice, which has to fit into memory.
    Key: one for all. Output: the same stories.

    Attributes:
        lookup: Returns what the output knows that some stories can relate to; picklable.
    """

    lookup: RelationLookup

    def expand(self, stories: beam.PCollection[Story]) -> beam.PCollection[Story]:
        return (
            stories
            | "Pack" >> PackByKey(one_key)
            | "GroupByKey" >> beam.GroupByKey()
            | "Decide" >> beam.FlatMap(_decide, self.lookup).with_output_types(Story)
        )


def _decide(element: tuple[str, Iterable[Pack]], lookup: RelationLookup) -> Iterator[Story]:
    stories = {_story_key(story): story for pack in element[1] for story in pack.items}
    for key, decision in _decisions([light_story(story) for story in stories.values()], lookup):
        yield _applied(stories[key], decision)


def _decisions(stories: Sequence[LightStory], lookup: RelationLookup) -> Iterator[tuple[str, Decision]]:
    index = RelationIndex()
    index.load(lookup(stories))
    for known, decision in relate(stories, index, look_ahead=True):
        yield _version_of(known), decision


@dataclass
class RelateAllStories(beam.PTransform):
    """Makes the decisions of RelateStories for all stories of a job at once.

    Input: a bounded PCollection of Story, whose copies and updates are marked; and the first day of the window, once.
    Output: the same stories, in no particular order. Keys: one for what the decisions need, some 50 bytes a paragraph;
    then a story's id and version.

    Attributes:
        lookup: As in RelateStories, given the first day of the window.
        aside: Where packs are kept that are too large for an element.
    """

    lookup: Callable[[date], RelationLookup]
    aside: Aside

    def expand(self, inputs: Any) -> beam.PCollection[Story]:
        stories, since = inputs
        split = stories | with_outputs("Light", _LightFn(self.aside), LIGHT, main=STORIES, keyed=(LIGHT, STORIES))
        packs = split[LIGHT] | "Pack" >> PackAside(self.aside, _paragraphs_of, PACKED_PARAGRAPHS)
        start = since | "Start" >> beam.WithKeys(ONE_KEY).with_output_types(tuple[str, Any])
        decisions = (
            (packs, start)
            | "FlattenLight" >> beam.Flatten()
            | "GroupByKey" >> beam.GroupByKey()
            | "Decide" >> beam.FlatMap(_decide_light, self.lookup, self.aside).with_output_types(tuple[str, Any])
        )
        return (
            (split[STORIES], decisions)
            | "Flatten" >> beam.Flatten()
            | "GroupByStory" >> beam.GroupByKey()
            | "Apply" >> beam.Map(_apply_to, self.aside).with_output_types(Story)
        )


class _LightFn(beam.DoFn):
    def __init__(self, aside: Aside):
        self._aside = aside

    def process(self, story: Story) -> Iterator[Any]:
        yield TaggedOutput(LIGHT, (ONE_KEY, light_story(story)))
        yield _story_key(story), pack([story], self._aside)


def _paragraphs_of(story: LightStory) -> int:
    return _OWN_WEIGHT + len(story.words)


def _decide_light(
    element: tuple[str, Iterable[Any]], lookup: Callable[[date], RelationLookup], aside: Aside
) -> Iterator[tuple[str, Any]]:
    values = list(unpack(element[1], aside))
    stories = [each for each in values if isinstance(each, LightStory)]
    (since,) = (each for each in values if not isinstance(each, LightStory))
    for key, decision in _decisions(stories, lookup(since)) if stories else ():
        yield key, pack([decision], aside)


def _apply_to(element: tuple[str, Iterable[Any]], aside: Aside) -> Story:
    key, values = element
    found = list(unpack(values, aside))
    stories = [each for each in found if isinstance(each, Story)]
    decisions = [each for each in found if isinstance(each, Decision)]
    if len(stories) != 1 or len(decisions) != 1:
        raise DecisionError(f"{len(stories)} stories and {len(decisions)} decisions have the id and version {key}")
    return _applied(stories[0], decisions[0])


def _story_key(story: Story) -> str:
    return version_key(story.entry.entry_id, story.entry.version)


def _applied(story: Story, decision: Decision) -> Story:
    """Return a story with the decision on it, and count it. Only for use in a DoFn."""
    for name, number in counts_of(decision).items():
        if number:
            count(name, number)
    return apply(story, decision)


@dataclass
class StreamingRelateStories(beam.PTransform):
    """Decides the event, the furniture and the origins of stories by all stories of a window.

    Input: an unbounded PCollection of Story, whose copies and updates are marked, in the global window. Output: the
    same stories in packs, as `RelatedStories`: the stories pass the one key as bytes, and `apply_relations` gives them
    with their decisions, on any worker, each pack in canonical order. Key: one for all, since any two stories can be of
    one event. State: some 50 bytes a paragraph and 350 an entry of the window. Ordering: furniture is marked from its
    third story on, and a copy names the text that has arrived before it. Delivery: exactly once with the engine's
    state.

    Attributes:
        window: How long a story is kept in state.
        size: Stories in a pack.
        bootstrap: Returns the stories in the output for a key without state; None to start with none.
    """

    window: timedelta
    size: int
    bootstrap: Callable[[str], Iterable[KnownStory]] | None = None

    def expand(self, stories: beam.PCollection[Story]) -> beam.PCollection[RelatedStories]:
        return (
            stories
            | "Pack" >> PackByKey(one_key, size=self.size)
            | "Lighten" >> beam.Map(_lighten).with_output_types(tuple[str, Any])
            | "Decide" >> beam.ParDo(_StreamingRelateFn(self.window, self.bootstrap)).with_output_types(Any)
        )


@dataclass(frozen=True)
class _LightPack:
    """What decisions need of a pack of stories, and the stories as bytes."""

    fetched_at: datetime
    stories: Sequence[LightStory]
    data: bytes


def _lighten(element: tuple[str, Pack]) -> tuple[str, _LightPack]:
    key, pack = element
    fetched_at = max(story.entry.fetched_at for story in pack.items)
    return key, _LightPack(fetched_at, list(map(light_story, pack.items)), pack_stories(pack.items))


class _StreamingRelateFn(KeyedIndexFn):
    def __init__(self, window: timedelta, bootstrap: Callable[[str], Iterable[KnownStory]] | None):
        super().__init__(metrics.STATE_STORIES)
        self._window = window
        self._bootstrap = bootstrap

    def process(
        self,
        element: tuple[str, _LightPack],
        header: Any = beam.DoFn.StateParam(KeyedIndexFn.HEADER),
        bag0: Any = beam.DoFn.StateParam(KeyedIndexFn.BAG0),
        bag1: Any = beam.DoFn.StateParam(KeyedIndexFn.BAG1),
        bag2: Any = beam.DoFn.StateParam(KeyedIndexFn.BAG2),
        bag3: Any = beam.DoFn.StateParam(KeyedIndexFn.BAG3),
    ) -> Iterator[RelatedStories]:
        key, pack = element
        stories = list(pack.stories)
        decided = self._decide_and_store(key, stories, pack.fetched_at, header, (bag0, bag1, bag2, bag3))
        yield related(len(stories), pack.data, decided)

    def _make_index(self) -> KeyedIndex[KnownStory, RelationIndex]:
        return KeyedIndex("known stories", KnownStory, self._window, RelationIndex, MAX_STORIES, self._bootstrap)

    def _decide(
        self, items: list[LightStory], index: RelationIndex
    ) -> tuple[list[tuple[int, Decision]], list[KnownStory]]:
        places = {_version_of(light.known): place for place, light in enumerate(items)}
        decided = relate(items, index, look_ahead=False)
        return [(places[_version_of(known)], decision) for known, decision in decided], [known for known, _ in decided]


def _version_of(known: KnownStory) -> str:
    return version_key(known.entry_id, known.entry_version)
