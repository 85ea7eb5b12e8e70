"""Which event an entry reports: an index of the entries of a window by their telling words.

    words of the new entry, each weighted by how few entries have it -> entries that share rare ones -> cosine
    -> the story of the most similar one, if it is similar enough; else a story of its own

A word that more than 2 % of the entries (or 30 of them) have says nothing. Entries that are more than STORY_GAP apart
are not compared: a story goes on as long as something is reported of it. Membership is never taken back.

Single-pass clustering as in topic detection and tracking (Allan, Papka, Lavrenko, "On-line New Event Detection and
Tracking", SIGIR 1998), with the inverse document frequency of what has been seen so far.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import nlargest

from newsbeam.transforms.common.story_keys import decode_keys
from newsbeam.transforms.dedup.order import NEVER

SIMILAR, VERY_SIMILAR = 0.2, 0.5
STORY_GAP = timedelta(days=14)
MIN_COMMON, COMMON_SHARE = 30, 0.02  # a word in more entries than this says nothing

_SMOOTHING = 300  # entries that are imagined, so that the first ones don't all look alike
_ASKED, _POSTINGS, _COMPARED = 8, 60, 6  # rarest words; latest entries of each; entries compared whole


@dataclass(frozen=True, slots=True)
class _Member:
    """An entry in the index."""

    at: datetime
    story_id: str
    keys: Mapping[int, int]


class StoryIndex:
    """The entries of a window by their words, and the stories that they belong to."""

    def __init__(self) -> None:
        self._entries = 0
        self._counts: Counter[int] = Counter()
        self._members: list[_Member] = []
        self._by_key: defaultdict[int, list[int]] = defaultdict(list)
        self._of_entry: dict[str, str] = {}
        self._into: dict[str, str] = {}
        self._begun: dict[str, tuple[datetime, str]] = {}

    def count(self, entries: int, counts: Mapping[int, int]) -> None:
        """Count entries that are not members: how many there are, and how many have each of some words."""
        self._entries += entries
        self._counts.update(counts)

    def add(self, entry_id: str, at: datetime, story_id: str, keys: bytes, *, is_counted: bool = False) -> None:
        """Add an entry of a story; `is_counted` if its words are in `count` already."""
        self._of_entry[entry_id] = story_id
        root = self.root(story_id)
        self._begun[root] = min(self._began(root), (at, root))
        words = decode_keys(keys)
        if not words:
            return
        if not is_counted:
            self.count(1, dict.fromkeys(words, 1))
        for key in words:
            postings = self._by_key[key]
            postings.append(len(self._members))
            # Only the latest are read. Cut at twice as many, so that it is seldom done.
            if len(postings) > 2 * _POSTINGS:
                del postings[:-_POSTINGS]
        self._members.append(_Member(at, story_id, words))

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
        rarity = self._rarity()
        weighted = {key: weight * rarity(key) for key, weight in decode_keys(keys).items()}
        norm = math.hypot(*weighted.values())
        best: dict[str, float] = {}
        for member in self._candidates(at, weighted, rarity):
            theirs = {key: weight * rarity(key) for key, weight in member.keys.items()}
            length = norm * math.hypot(*theirs.values())
            dot = sum(value * theirs[key] for key, value in weighted.items() if key in theirs)
            story_id = self.root(member.story_id)
            best[story_id] = max(best.get(story_id, 0.0), dot / length if length else 0.0)
        found = [(story_id, value) for story_id, value in best.items() if value >= SIMILAR]
        return sorted(found, key=lambda pair: (-pair[1], self._began(pair[0])))

    def earlier(self, left: str, right: str) -> tuple[str, str]:
        """Return two stories in the order in which they began."""
        return (left, right) if self._began(left) <= self._began(right) else (right, left)

    def _began(self, root: str) -> tuple[datetime, str]:
        return self._begun.get(root, (NEVER, root))

    def _candidates(
        self, at: datetime, weighted: Mapping[int, float], rarity: Callable[[int], float]
    ) -> Iterator[_Member]:
        asked = nlargest(_ASKED, ((value, key) for key, value in weighted.items() if value and key in self._by_key))
        shared: defaultdict[int, float] = defaultdict(float)
        for value, key in asked:
            # Once more, for the member's weight, which is stored without it: counts change.
            value *= rarity(key)
            for number in self._by_key[key][-_POSTINGS:]:
                shared[number] += value * self._members[number].keys[key]
        # Those too far away first: a stream still knows them where a run has not loaded them, and they must not take
        # the places of nearer ones.
        near = ((value, number) for number, value in shared.items() if abs(at - self._members[number].at) <= STORY_GAP)
        return (self._members[number] for _, number in nlargest(_COMPARED, near))

    def _rarity(self) -> Callable[[int], float]:
        """Return the inverse document frequency of words, counting the new entry; 0 for common words."""
        counts, entries = self._counts, self._entries + 1
        most = max(MIN_COMMON, COMMON_SHARE * entries)
        known: dict[int, float] = {}

        def rarity(key: int) -> float:
            if key not in known:
                count = counts.get(key, 0) + 1
                known[key] = math.log((entries + _SMOOTHING) / count) if count <= most else 0.0
            return known[key]

        return rarity
