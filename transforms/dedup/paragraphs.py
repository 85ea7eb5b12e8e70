"""Decides which paragraphs are duplicates, in canonical order.

    paragraphs by (believed date, entry_id, version, position) -> decide(paragraph, canonical paragraphs so far)

The order depends on the records alone, not on their arrival, so the canonical paragraph is the earliest one of a run.
What earlier runs wrote is known from the start and stays canonical.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from newsbeam.transforms.dedup.canonical_bands import CanonicalBandIndex
from newsbeam.transforms.dedup.near import all_bands, bands_shared_in_slice, near_keys, shingles, similarity
from newsbeam.transforms.dedup.order import NEVER, believed_date
from newsbeam.transforms.records import Entry, KnownParagraph, Paragraph, Story

NEAR_THRESHOLD = 0.7
MAX_CACHED_SHINGLES = 10_000  # paragraphs whose shingles are cached for the next comparison: about 3 kB each


def canonical_order(entry: Entry) -> tuple[tuple[datetime, datetime], str, int]:
    """Return the sort key by which the earliest paragraph is canonical; an entry without a date comes last."""
    return believed_date(entry), entry.entry_id, entry.version


class CanonicalParagraphs:
    """The canonical paragraphs known so far, found by fingerprint or by band.

    Args:
        known: Those of earlier runs.
        bands: Maps the `near_keys` of a paragraph to the bands by which it can be found.
    """

    def __init__(self, known: Iterable[KnownParagraph] = (), bands: Callable[[bytes], Sequence[int]] = all_bands):
        self._bands = bands
        self._by_fingerprint: dict[str, KnownParagraph] = {}
        self._near: list[KnownParagraph] = []
        self._by_band = CanonicalBandIndex()
        self._shingles: dict[str, frozenset[str]] = {}
        for paragraph in sorted(known, key=_age):
            self.add(paragraph)

    def add(self, paragraph: KnownParagraph) -> None:
        """Add a canonical paragraph; of two with one fingerprint the first added stays."""
        self._by_fingerprint.setdefault(paragraph.fingerprint, paragraph)
        bands = self._bands(paragraph.near_keys)
        if bands:
            self._by_band.add(bands, len(self._near))
            self._near.append(paragraph)

    def exact(self, fingerprint: str) -> KnownParagraph | None:
        """Return the canonical paragraph with this fingerprint."""
        return self._by_fingerprint.get(fingerprint)

    def nearest(self, paragraph: Paragraph, threshold: float) -> tuple[KnownParagraph, float] | None:
        """Return the most similar canonical paragraph (the earliest of equals) and the similarity, if >= threshold."""
        candidates = [self._near[number] for number in self._by_band.find(self._bands(paragraph.near_keys))]
        if not candidates:
            return None
        own = frozenset(shingles(paragraph.text))
        scored = [(similarity(own, self._shingles_of(known)), known) for known in candidates]
        near = [(score, known) for score, known in scored if score >= threshold]
        if not near:
            return None
        # Of equally similar ones the earliest published, then the smallest id: not the first that happened to arrive.
        score, known = min(near, key=lambda pair: (-pair[0], _age(pair[1])))
        return known, score

    def _shingles_of(self, known: KnownParagraph) -> frozenset[str]:
        found = self._shingles.get(known.paragraph_id)
        if found is None:
            if len(self._shingles) >= MAX_CACHED_SHINGLES:
                self._shingles.clear()
            found = self._shingles[known.paragraph_id] = frozenset(shingles(known.text))
        return found


def decide(paragraph: Paragraph, known: CanonicalParagraphs, threshold: float) -> Paragraph:
    """Return `paragraph` marked as an exact or near duplicate of a canonical one, or unmarked if it is canonical."""
    # Lines of code repeat in stories that share nothing else.
    if paragraph.kind == "code":
        return paragraph
    same = known.exact(paragraph.fingerprint)
    if same is not None:
        return replace(paragraph, duplicate_of=same.paragraph_id, duplicate_kind="exact", similarity=1.0)
    near = known.nearest(paragraph, threshold) if paragraph.near_keys else None
    if near is not None:
        return replace(paragraph, duplicate_of=near[0].paragraph_id, duplicate_kind="near", similarity=near[1])
    return paragraph


def deduplicate(
    stories: Iterable[Story], known: Iterable[KnownParagraph], threshold: float = NEAR_THRESHOLD
) -> list[Story]:
    """Return `stories` in canonical order, each paragraph compared with `known` and all before it."""
    stories, known = list(stories), list(known)
    keys = [paragraph.near_keys for story in stories for paragraph in story.paragraphs]
    # A band that no other paragraph shares finds nothing. That is most bands, and most of the cost.
    shared = bands_shared_in_slice([*keys, *(paragraph.near_keys for paragraph in known)])
    return decide_stories(stories, CanonicalParagraphs(known, lambda near_keys: shared.get(near_keys, ())), threshold)


def decide_stories(stories: Iterable[Story], canonical: CanonicalParagraphs, threshold: float) -> list[Story]:
    """Return `stories` in canonical order, decided one after another; `canonical` gets the new canonical paragraphs."""
    decided = []
    for story in sorted(stories, key=lambda story: canonical_order(story.entry)):
        paragraphs = []
        # One after another: a paragraph that repeats within its own story is a duplicate of the first one there.
        for paragraph in story.paragraphs:
            marked = decide(paragraph, canonical, threshold)
            if not marked.duplicate_of:
                canonical.add(as_known(marked, story.entry))
            paragraphs.append(marked)
        decided.append(Story(story.entry, tuple(paragraphs)))
    return decided


def add_band_keys(stories: Sequence[Story]) -> list[Story]:
    """Return `stories` with the MinHash band keys of their paragraphs."""
    keys = iter(near_keys([paragraph.text for story in stories for paragraph in story.paragraphs]))
    return [
        replace(story, paragraphs=tuple(replace(paragraph, near_keys=next(keys)) for paragraph in story.paragraphs))
        for story in stories
    ]


def as_known(paragraph: Paragraph, entry: Entry) -> KnownParagraph:
    """Return what later decisions need of a canonical paragraph."""
    return KnownParagraph(
        paragraph.paragraph_id, paragraph.fingerprint, paragraph.near_keys, paragraph.text, entry.published
    )


def lookup_keys(stories: Sequence[Story]) -> tuple[set[str], set[bytes]]:
    """Return the fingerprints and band keys by which duplicates of `stories` can be looked up."""
    paragraphs = [paragraph for story in stories for paragraph in story.paragraphs]
    return {p.fingerprint for p in paragraphs}, {p.near_keys for p in paragraphs if p.near_keys}


def _age(paragraph: KnownParagraph) -> tuple[datetime, str]:
    return paragraph.published or NEVER, paragraph.paragraph_id
