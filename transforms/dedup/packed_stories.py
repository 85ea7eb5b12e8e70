"""Stories as bytes that may wait in state: plain data, in which no class is named."""

import pickle
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from newsbeam.transforms.dedup.relations.origin import Origin
from newsbeam.transforms.dedup.relations.relate import Decision, apply, counts_of
from newsbeam.transforms.records import Story
from newsbeam.transforms.runtime.batches import Batch
from newsbeam.transforms.runtime.plain import from_plain, to_plain
from newsbeam.transforms.runtime.state import decode

KIND, FORMAT = "stories", 1

RelatedStories = tuple[int, bytes, Sequence[Any]]
"""How many stories there are, `pack_stories` of them, and how they relate to others: see `related`."""


def pack_stories(stories: Iterable[Story]) -> bytes:
    """Return stories as bytes."""
    return pickle.dumps((KIND, FORMAT, *map(to_plain, stories)), protocol=pickle.HIGHEST_PROTOCOL)


def unpack_stories(data: bytes) -> list[Story]:
    """Return the stories that `pack_stories` packed."""
    values = pickle.loads(data)  # noqa: S301 - what `pack_stories` wrote
    return [from_plain(Story, story) for story in decode(KIND, FORMAT, values)]


def related(stories: int, data: bytes, decisions: Iterable[tuple[int, Decision]]) -> RelatedStories:
    """Return stories that are packed, and decisions on them, as one element of plain data.

    Args:
        stories: How many there are.
        data: `pack_stories` of them.
        decisions: The place of a story in the pack, and the decision on it; in the order in which the stories go on.
    """
    return stories, data, [(place, *_plain(decision)) for place, decision in decisions]


def _plain(decision: Decision) -> tuple[Any, ...]:
    origins = [tuple(origin) for origin in decision.origins]
    return (
        decision.story_id,
        decision.merges,
        decision.furniture,
        origins,
        decision.agency_share,
        decision.story_keys,
    )


def stories_in(pack: RelatedStories) -> int:
    """Return how many stories a pack has."""
    return pack[0]


def apply_relations(packs: Sequence[RelatedStories]) -> Batch[Story]:
    """Return the stories of packs with the decisions on them."""
    stories: list[Story] = []
    counts: Counter[str] = Counter()
    for _, data, decisions in packs:
        unpacked = unpack_stories(data)
        for place, story_id, merges, furniture, origins, share, keys in decisions:
            decision = Decision(story_id, merges, furniture, tuple(map(Origin._make, origins)), share, keys)
            stories.append(apply(unpacked[place], decision))
            counts.update(counts_of(decision))
    return Batch(stories, counts=counts)
