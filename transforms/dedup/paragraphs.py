"""Decides which paragraphs are copies and updates, in canonical order.

    paragraphs by (believed date, entry_id, version, position) -> decide(paragraph, canonical paragraphs so far)

The order depends on the records alone, not on their arrival, so the canonical paragraph is the earliest one of a run.
What earlier runs wrote is known from the start and stays canonical.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime

import numpy as np

from newsbeam.transforms.common.wording import fingerprint
from newsbeam.transforms.dedup.canonical_bands import CanonicalBandIndex
from newsbeam.transforms.dedup.judgement.judge import NEAR_SIMILARITY, Judgement, judge
from newsbeam.transforms.dedup.judgement.words import Words, words_of
from newsbeam.transforms.dedup.near import all_bands, bands_shared_in_slice, near_keys
from newsbeam.transforms.dedup.order import NEVER, believed_date
from newsbeam.transforms.records import KEY_FORMAT, Entry, KnownParagraph, Paragraph, Story, WordChange

MAX_CACHED_WORDS = 10_000  # paragraphs whose words are cached for the next comparison: about 4 kB each
MAX_CANDIDATES = 100  # paragraphs that one is judged against


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
        self._words: dict[str, Words] = {}
        for paragraph in sorted(known, key=_age):
            self.add(paragraph)

    def add(self, paragraph: KnownParagraph) -> None:
        """Add a canonical paragraph; of two with one fingerprint the first added stays."""
        if paragraph.key_format != KEY_FORMAT:
            paragraph = with_current_keys([paragraph])[0]
        self._by_fingerprint.setdefault(paragraph.fingerprint, paragraph)
        bands = self._bands(paragraph.near_keys)
        if bands:
            self._by_band.add(bands, len(self._near))
            self._near.append(paragraph)

    def exact(self, fingerprint: str) -> KnownParagraph | None:
        """Return the canonical paragraph with this fingerprint."""
        return self._by_fingerprint.get(fingerprint)

    def nearest(self, paragraph: Paragraph, threshold: float) -> tuple[KnownParagraph, Judgement] | None:
        """Return the canonical paragraph that this one is a copy of or else an update of, with the judgement.

        Of several it is the most similar one; of equals the earliest for a copy, and the latest for an update.
        """
        numbers = self._by_band.find(self._bands(paragraph.near_keys))
        if not numbers:
            return None
        candidates = _most_alike([self._near[number] for number in sorted(numbers)], paragraph.near_keys)
        own = words_of(paragraph.text)
        judged = [(known, judge(self._words_of(known), own, threshold)) for known in candidates]
        alike = [(known, judgement) for known, judgement in judged if judgement]
        copies = [pair for pair in alike if pair[1].kind != "update"]
        if copies:
            return min(copies, key=lambda pair: (-pair[1].similarity, _age(pair[0])))
        return max(alike, key=lambda pair: (pair[1].similarity, _age(pair[0])), default=None)

    def _words_of(self, known: KnownParagraph) -> Words:
        found = self._words.get(known.paragraph_id)
        if found is None:
            if len(self._words) >= MAX_CACHED_WORDS:
                self._words.clear()
            found = self._words[known.paragraph_id] = words_of(known.text)
        return found


def _most_alike(candidates: list[KnownParagraph], near_keys: bytes) -> list[KnownParagraph]:
    """Return at most MAX_CANDIDATES, those that share most bands: ten thousand lines of one template have one shape."""
    if len(candidates) <= MAX_CANDIDATES:
        return candidates
    keys = np.frombuffer(b"".join(known.near_keys for known in candidates), "<u4").reshape(len(candidates), -1)
    shared = (keys == np.frombuffer(near_keys, "<u4")).sum(axis=1)
    return [candidates[place] for place in np.argsort(-shared, kind="stable")[:MAX_CANDIDATES].tolist()]


def decide(paragraph: Paragraph, known: CanonicalParagraphs, threshold: float) -> Paragraph:
    """Return `paragraph` marked as a copy or an update of a canonical one, or unmarked."""
    # Lines of code repeat in stories that share nothing else.
    if paragraph.kind == "code":
        return paragraph
    same = known.exact(paragraph.fingerprint)
    if same is not None:
        return replace(paragraph, duplicate_of=same.paragraph_id, duplicate_kind="exact", similarity=1.0)
    found = known.nearest(paragraph, threshold) if paragraph.near_keys else None
    if found is None:
        return paragraph
    other, judgement = found
    if judgement.kind != "update":
        return replace(
            paragraph,
            duplicate_of=other.paragraph_id,
            duplicate_kind=judgement.kind,
            similarity=judgement.similarity,
        )
    changed = tuple(WordChange(*words) for words in judgement.changed)
    return replace(paragraph, update_of=other.paragraph_id, changed=changed, similarity=judgement.similarity)


def deduplicate(
    stories: Iterable[Story], known: Iterable[KnownParagraph], threshold: float = NEAR_SIMILARITY
) -> list[Story]:
    """Return `stories` in canonical order, each paragraph compared with `known` and all before it."""
    stories, known = list(stories), with_current_keys(known)
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
        paragraph.paragraph_id,
        paragraph.fingerprint,
        paragraph.near_keys,
        paragraph.text,
        entry.published,
        paragraph.key_format,
    )


def with_current_keys(known: Iterable[KnownParagraph]) -> list[KnownParagraph]:
    """Return `known`; the keys of those of an older format are made anew from the text."""
    known = list(known)
    old = [place for place, paragraph in enumerate(known) if paragraph.key_format != KEY_FORMAT]
    for place, keys in zip(old, current_keys([known[place].text for place in old]), strict=True):
        known[place] = replace(known[place], fingerprint=keys[0], near_keys=keys[1], key_format=KEY_FORMAT)
    return known


def current_keys(texts: Sequence[str]) -> list[tuple[str, bytes]]:
    """Return the fingerprint and the band keys of each text, in the format KEY_FORMAT."""
    return list(zip(map(fingerprint, texts), near_keys(texts), strict=True))


def lookup_keys(stories: Sequence[Story]) -> tuple[set[str], set[bytes]]:
    """Return the fingerprints and band keys by which duplicates of `stories` can be looked up."""
    paragraphs = [paragraph for story in stories for paragraph in story.paragraphs]
    return {p.fingerprint for p in paragraphs}, {p.near_keys for p in paragraphs if p.near_keys}


def _age(paragraph: KnownParagraph) -> tuple[datetime, str]:
    return paragraph.published or NEVER, paragraph.paragraph_id
