"""Which event an entry reports: an index of the entries of a window by their telling words.

    words of the new entry, each weighted by how few entries have it -> entries that share rare ones -> cosine
    -> the story of the most similar one, if it is similar enough; else a story of its own

A word that more than 2 % of the entries (or 30 of them) have says nothing. Entries that are more than STORY_GAP apart
are not compared: a story goes on as long as something is reported of it. Membership is never taken back.

Single-pass clustering as in topic detection and tracking (Allan, Papka, Lavrenko, "On-line New Event Detection and
Tracking", SIGIR 1998), with the inverse document frequency of what has been seen so far.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from newsbeam.transforms.dedup.order import NEVER
from newsbeam.transforms.dedup.relations.word_index import WordIndex

SIMILAR, VERY_SIMILAR = 0.2, 0.5
STORY_GAP = timedelta(days=14)


class StoryIndex:
    """The entries of a window by their words, and the stories that they belong to."""

    def __init__(self) -> None:
        self._words = WordIndex(STORY_GAP)
        self._stories: list[str] = []  # of each entry in it
        self._of_entry: dict[str, str] = {}
        self._into: dict[str, str] = {}
        self._begun: dict[str, tuple[datetime, str]] = {}

    def count(self, entries: int, counts: Mapping[int, int]) -> None:
        """Count entries that are not members: how many there are, and how many have each of some words."""
        self._words.count(entries, counts)

    def add(self, entry_id: str, at: datetime, story_id: str, keys: bytes, *, is_counted: bool = False) -> None:
        """Add an entry of a story; `is_counted` if its words are in `count` already."""
        self._of_entry[entry_id] = story_id
        root = self.root(story_id)
        self._begun[root] = min(self._began(root), (at, root))
        if self._words.add(at, keys, is_counted=is_counted) is not None:
            self._stories.append(story_id)

    def merge(self, story_id: str, into: str) -> None:
        """Note that a story was merged into another one."""
        gone, root = self.root(story_id), self.root(into)
        if gone != root:
            self._into[gone] = root
            self._begun[root] = min(self._began(root), (self._began(gone)[0], root))

    def root(self, story_id: str) -> str:
        """Return the story that a story has become."""
        while story_id in self._into:
            story_id = self._into[story_id]
        return story_id

    def of_entry(self, entry_id: str) -> str:
        """Return the story of an entry's earlier version; "" if it is not known."""
        return self._of_entry.get(entry_id, "")

    def like(self, at: datetime, keys: bytes) -> list[tuple[str, float]]:
        """Return the stories that are similar enough, with their similarity, the most similar and earliest first."""
        best: dict[str, float] = {}
        for entry, cosine in self._words.similar(at, keys):
            story_id = self.root(self._stories[entry])
            best[story_id] = max(best.get(story_id, 0.0), cosine)
        found = [(story_id, value) for story_id, value in best.items() if value >= SIMILAR]
        return sorted(found, key=lambda pair: (-pair[1], self._began(pair[0])))

    def earlier(self, left: str, right: str) -> tuple[str, str]:
        """Return two stories in the order in which they began."""
        return (left, right) if self._began(left) <= self._began(right) else (right, left)

    def _began(self, root: str) -> tuple[datetime, str]:
        return self._begun.get(root, (NEVER, root))
