"""Decides how stories relate to those before them: the event, the furniture, the origin of each paragraph.

    light stories in canonical order -> relate(stories, what is known) -> decisions -> apply(story, decision)

A run and a job decide with all of their stories known (`look_ahead`): the first lines of furniture are marked too, and
a newspaper's copy names the agency's text that has a later date. A stream knows what has arrived.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from newsbeam.transforms.common.story_keys import without_paragraphs
from newsbeam.transforms.dedup.relations.furniture import FurnitureIndex
from newsbeam.transforms.dedup.relations.light import CODE, EXACT, FRAGMENT, HASH_BYTES, KIND, LightStory
from newsbeam.transforms.dedup.relations.origin import Origin, OriginIndex
from newsbeam.transforms.dedup.relations.story_index import STORY_GAP, VERY_SIMILAR, StoryIndex
from newsbeam.transforms.ids import story_id
from newsbeam.transforms.records import KnownStory, Story, StoryMerge
from newsbeam.transforms.runtime import metrics

MIN_SHARED, MIN_SHARED_WORDS = 0.3, 20  # of an entry's words, printed by another source in a story


@dataclass(frozen=True)
class KnownRelations:
    """What an output knows that new stories can relate to.

    Attributes:
        entries: How many entries there are in the window.
        counts: How many of them have each of the new stories' words.
        stories: Entries with some of these words, and versions of the new entries, without paragraphs; in canonical
            order, as they were decided: of equally similar entries, and of many, the latest count.
        paragraphs: Single ones: what new ones are copies or updates of, and all that have a fingerprint of theirs; in
            canonical order.
        merges: Pairs of a story and what it was merged into.
    """

    entries: int = 0
    counts: Mapping[int, int] = field(default_factory=dict)
    stories: Sequence[KnownStory] = ()
    paragraphs: Sequence[KnownStory] = ()
    merges: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True)
class Decision:
    """How a story relates to others.

    Attributes:
        story_id: The event that it reports.
        merges: The stories that it merges, each with what it is merged into.
        furniture: Whether each paragraph is furniture.
        origins: Whose text each paragraph is.
        agency_share: The share of the words that are an agency's; None without words.
        story_keys: The words that tell of the event: without those of paragraphs that the source repeats.
    """

    story_id: str
    merges: tuple[tuple[str, str], ...] = ()
    furniture: tuple[bool, ...] = ()
    origins: tuple[Origin, ...] = ()
    agency_share: float | None = None
    story_keys: bytes = b""


class RelationIndex:
    """The stories of a window."""

    def __init__(self) -> None:
        self._stories = StoryIndex()
        self._furniture = FurnitureIndex()
        self._origins = OriginIndex()

    def root(self, story_id: str) -> str:
        """Return the story that a story has become."""
        return self._stories.root(story_id)

    def load(self, known: KnownRelations) -> None:
        """Add what an output knows."""
        for gone, into in known.merges:
            self._stories.merge(gone, into)
        self._stories.count(known.entries, known.counts)
        for story in known.stories:
            self._stories.add(story.entry_id, story.at, story.story_id, story.story_keys, is_counted=True)
        for paragraph in known.paragraphs:
            self._add_paragraphs(paragraph)

    def add(self, known: KnownStory) -> None:
        """Add a story with its paragraphs."""
        for gone in known.merged:
            self._stories.merge(gone, known.story_id)
        self._add_story(known)
        self._add_paragraphs(known)

    def place(self, light: LightStory) -> tuple[KnownStory, tuple[tuple[str, str], ...]]:
        """Return a story with the event that it reports, and the stories that it shows to be one; add its event."""
        known, repeated = light.known, self._repeated(light)
        if repeated:
            known = replace(known, story_keys=without_paragraphs(known.story_keys, repeated))
        earlier = self._stories.of_entry(known.entry_id)
        merges: tuple[tuple[str, str], ...] = ()
        # A later version stays in the event of the first one; an entry without words tells of none.
        if earlier or not (known.story_keys or known.kinds):
            placed = replace(known, story_id=self._stories.root(earlier) if earlier else "")
        else:
            chosen, merges = self._choose(known, light.words)
            placed = replace(known, story_id=chosen, merged=tuple(gone for gone, _ in merges))
        if placed.story_id:
            self._add_story(placed)
        return placed, merges

    def add_paragraphs(self, known: KnownStory) -> None:
        """Add the paragraphs of a story that has its place."""
        self._add_paragraphs(known)

    def decide(self, light: LightStory, known: KnownStory, merges: tuple[tuple[str, str], ...]) -> Decision:
        """Return the decision on a story whose paragraphs are added."""
        furniture = tuple(
            not kind & CODE
            and self._furniture.is_furniture(
                known.prints[place * HASH_BYTES : (place + 1) * HASH_BYTES],
                known.source,
                self._stories.root,
                is_fragment=bool(kind & FRAGMENT),
            )
            for place, kind in enumerate(known.kinds)
        )
        origins = tuple(
            Origin() if is_furniture else origin
            for origin, is_furniture in zip(self._origins.of(known), furniture, strict=True)
        )
        return Decision(
            known.story_id, merges, furniture, origins, _agency_share(light.words, furniture, origins), known.story_keys
        )

    def _repeated(self, light: LightStory) -> set[int]:
        """Return the paragraphs that another entry of the source has too: what it repeats says nothing of the event."""
        known, found = light.known, set()
        for place, kind in enumerate(known.kinds):
            if kind & KIND == EXACT:
                first = self._origins.first_of(known.groups[place * HASH_BYTES : (place + 1) * HASH_BYTES])
                if first and first.source == known.source and first.entry_id != known.entry_id:
                    found.add(place)
        return found

    def _choose(self, known: KnownStory, words: Sequence[int]) -> tuple[str, tuple[tuple[str, str], ...]]:
        found = dict(self._stories.like(known.at, known.story_keys))
        shares = self._sharing(known, words)
        # Similar words alone merge nothing: reports of one form (results, forecasts) would chain all others together.
        sure = [story for story in shares if found.get(story, 0.0) >= VERY_SIMILAR]
        for story, share in shares.items():
            found[story] = max(found.get(story, 0.0), share)
        if not found:
            return story_id(known.entry_id), ()
        chosen = max(found, key=lambda story: (found[story], story))
        merges = []
        for other in sorted(sure) if chosen in sure else ():
            if other != chosen:
                chosen, gone = self._stories.earlier(chosen, other)
                self._stories.merge(gone, chosen)
                merges.append((gone, chosen))
        return chosen, tuple(merges)

    def _sharing(self, known: KnownStory, words: Sequence[int]) -> dict[str, float]:
        """Return the stories in which other sources print much of an entry, each with its share of the words."""
        # Of a short entry, too, MIN_SHARED_WORDS must be shared to reach MIN_SHARED.
        total = max(MIN_SHARED_WORDS / MIN_SHARED, sum(words))
        shared: defaultdict[str, int] = defaultdict(int)
        for place, kind in enumerate(known.kinds):
            first = self._origins.first_of(known.groups[place * HASH_BYTES : (place + 1) * HASH_BYTES])
            if kind & KIND and first and first.source != known.source and abs(first.at - known.at) <= STORY_GAP:
                shared[self._stories.root(first.story_id)] += words[place]
        shares = {story: number / total for story, number in shared.items() if story}
        return {story: share for story, share in shares.items() if share >= MIN_SHARED}

    def _add_story(self, known: KnownStory) -> None:
        self._stories.add(known.entry_id, known.at, known.story_id, known.story_keys)

    def _add_paragraphs(self, known: KnownStory) -> None:
        self._origins.add(known)
        for place, kind in enumerate(known.kinds):
            if not kind & CODE:
                fingerprint = known.prints[place * HASH_BYTES : (place + 1) * HASH_BYTES]
                self._furniture.add(fingerprint, known.source, known.story_id or known.entry_id)


def relate(
    stories: Iterable[LightStory], index: RelationIndex, *, look_ahead: bool
) -> list[tuple[KnownStory, Decision]]:
    """Return new stories in canonical order, as later ones know them, with the decisions; the index gets them."""
    placed = []
    decided = []
    for light in sorted(stories, key=lambda story: story.order):
        known, merges = index.place(light)
        index.add_paragraphs(known)
        placed.append((light, known, merges))
        if not look_ahead:
            decided.append((known, index.decide(light, known, merges)))
    return [(each[1], index.decide(*each)) for each in placed] if look_ahead else decided


def apply(story: Story, decision: Decision) -> Story:
    """Return a story with the decision on it."""
    entry = replace(
        story.entry,
        story_id=decision.story_id,
        agency_share=decision.agency_share,
        story_keys=decision.story_keys,
    )
    paragraphs = tuple(
        replace(paragraph, furniture=is_furniture, **origin._asdict())
        for paragraph, is_furniture, origin in zip(story.paragraphs, decision.furniture, decision.origins, strict=True)
    )
    merges = tuple(
        StoryMerge(gone, into, entry.fetched_at, entry.entry_id, entry.version) for gone, into in decision.merges
    )
    return Story(entry, paragraphs, merges)


def counts_of(decision: Decision) -> dict[str, int]:
    """Return what a decision adds to counters."""
    return {
        metrics.PARAGRAPHS_FURNITURE: sum(decision.furniture),
        metrics.PARAGRAPHS_COPIED: sum(bool(origin.copy_kind) for origin in decision.origins),
        metrics.STORIES_MERGED: len(decision.merges),
    }


def _agency_share(words: Sequence[int], furniture: Sequence[bool], origins: Sequence[Origin]) -> float | None:
    text = [(number, origin) for number, skip, origin in zip(words, furniture, origins, strict=True) if not skip]
    total = sum(number for number, _ in text)
    return sum(number for number, origin in text if origin.agency) / total if total else None
