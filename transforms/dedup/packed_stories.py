"""Stories as bytes that may wait in state: plain data, in which no class is named."""

import pickle
from collections.abc import Iterable

from newsbeam.transforms.records import Story
from newsbeam.transforms.runtime.plain import from_plain, to_plain
from newsbeam.transforms.runtime.state import decode

KIND, FORMAT = "stories", 1


def pack_stories(stories: Iterable[Story]) -> bytes:
    """Return stories as bytes."""
    return pickle.dumps((KIND, FORMAT, *map(to_plain, stories)), protocol=pickle.HIGHEST_PROTOCOL)


def unpack_stories(data: bytes) -> list[Story]:
    """Return the stories that `pack_stories` packed."""
    values = pickle.loads(data)  # noqa: S301 - what `pack_stories` wrote
    return [from_plain(Story, story) for story in decode(KIND, FORMAT, values)]
