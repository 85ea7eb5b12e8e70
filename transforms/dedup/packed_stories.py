"""Stories as bytes that may wait in state: plain data, in which no class is named."""

import pickle
from collections.abc import Iterable, Sequence

from newsbeam.transforms.records import Story
from newsbeam.transforms.runtime.batches import Batch
from newsbeam.transforms.runtime.plain import from_plain, to_plain
from newsbeam.transforms.runtime.state import decode

KIND, FORMAT = "stories", 1

PackedStories = tuple[int, bytes]
"""How many stories there are, and `pack_stories` of them."""


def pack_stories(stories: Iterable[Story]) -> bytes:
    """Return stories as bytes."""
    return pickle.dumps((KIND, FORMAT, *map(to_plain, stories)), protocol=pickle.HIGHEST_PROTOCOL)


def unpack_stories(data: bytes) -> list[Story]:
    """Return the stories that `pack_stories` packed."""
    values = pickle.loads(data)  # noqa: S301 - what `pack_stories` wrote
    return [from_plain(Story, story) for story in decode(KIND, FORMAT, values)]


def packed(stories: Sequence[Story]) -> PackedStories:
    """Return stories as one element."""
    return len(stories), pack_stories(stories)


def stories_in(pack: PackedStories) -> int:
    """Return how many stories a pack has."""
    return pack[0]


def unpack_batch(packs: Sequence[PackedStories]) -> Batch[Story]:
    """Return the stories of packs."""
    return Batch([story for _, data in packs for story in unpack_stories(data)])
