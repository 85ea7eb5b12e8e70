"""Decides which paragraphs are copies and updates, in canonical order.

    paragraphs by (believed date, entry_id, version, position) -> index -> decisions -> marked paragraphs

The order depends on the records alone, not on their arrival, so the canonical paragraph is the earliest one of a run.
What earlier runs wrote is known from the start and stays canonical.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

import numpy as np
import numpy.typing as npt

from newsbeam.transforms.common.wording import fingerprint
from newsbeam.transforms.dedup.index.decisions import Decider, Decision
from newsbeam.transforms.dedup.index.packs import (
    Columns,
    columns_of_known,
    columns_of_stories,
    partition_of,
    prints_of,
)
from newsbeam.transforms.dedup.index.partition import PartitionIndex
from newsbeam.transforms.dedup.judgement.judge import NEAR_SIMILARITY
from newsbeam.transforms.dedup.near import near_keys
from newsbeam.transforms.dedup.order import NEVER, canonical_order
from newsbeam.transforms.records import KEY_FORMAT, DuplicateKind, Entry, KnownParagraph, Paragraph, Story, WordChange

PACKED_PARAGRAPHS = 1_000
"""Paragraphs that are looked up and decided at once."""

_KINDS: dict[str, DuplicateKind] = {"exact": "exact", "near": "near", "contained": "contained"}


def deduplicate(
    stories: Iterable[Story], known: Iterable[KnownParagraph], threshold: float = NEAR_SIMILARITY
) -> list[Story]:
    """Return `stories` in canonical order, each paragraph compared with `known` and all before it."""
    index, decider = PartitionIndex(threshold=threshold), Decider()
    add_known(index, known)
    first, decided = len(index), []
    for pack in _packs(in_canonical_order(stories)):
        decided += decide_stories(pack, index, decider, first)
        first += sum(len(story.paragraphs) for story in pack)
    return decided


def _packs(stories: Iterable[Story]) -> Iterator[list[Story]]:
    """Yield stories in packs, which have the decisions of one pack: all its candidates are in memory at once."""
    pack: list[Story] = []
    paragraphs = 0
    for story in stories:
        pack.append(story)
        paragraphs += len(story.paragraphs)
        if paragraphs >= PACKED_PARAGRAPHS:
            yield pack
            pack, paragraphs = [], 0
    if pack:
        yield pack


def add_known(index: PartitionIndex, known: Iterable[KnownParagraph]) -> Columns:
    """Add canonical paragraphs of an output to an empty index, the earliest first; return those that it keeps."""
    columns = columns_of_known(sorted(with_current_keys(known), key=_age))
    kept = columns.take(index.own(columns))
    index.add(np.arange(len(kept), dtype=np.uint64), kept)
    return kept


def decide_stories(stories: Iterable[Story], index: PartitionIndex, decider: Decider, first: int) -> list[Story]:
    """Return `stories` in canonical order, decided as one pack by an index of one partition.

    Args:
        stories: The stories.
        index: What is known, to which their paragraphs are added.
        decider: What was decided on it.
        first: The number of the first paragraph.
    """
    ordered = in_canonical_order(stories)
    _, answers = index.take(first, columns_of_stories(ordered))
    decisions, _ = decider.decide(first, [answers])
    return mark(ordered, decisions)


def in_canonical_order(stories: Iterable[Story]) -> list[Story]:
    """Return stories in the order in which they are decided."""
    return sorted(stories, key=lambda story: canonical_order(story.entry))


def mark(stories: Sequence[Story], decisions: Iterable[Decision]) -> list[Story]:
    """Return stories with the decisions on their paragraphs, which are counted over all stories."""
    by_place = {decision.place: decision for decision in decisions}
    marked, place = [], 0
    for story in stories:
        paragraphs = list(story.paragraphs)
        for position, paragraph in enumerate(paragraphs):
            if decision := by_place.get(place + position):
                paragraphs[position] = _marked(paragraph, decision)
        place += len(paragraphs)
        marked.append(replace(story, paragraphs=tuple(paragraphs)))
    return marked


def _marked(paragraph: Paragraph, decision: Decision) -> Paragraph:
    _, kind, other, similarity, changed = decision
    if kind == "update":
        words = tuple(WordChange(*each) for each in changed)
        return replace(paragraph, update_of=other, changed=words, similarity=similarity)
    return replace(paragraph, duplicate_of=other, duplicate_kind=_KINDS[kind], similarity=similarity)


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


def are_of(partition: int, partitions: int, fingerprints: Sequence[str]) -> npt.NDArray[np.bool_]:
    """Return for each of `fingerprints` whether a partition of the index holds its paragraph."""
    mine: npt.NDArray[np.bool_] = partition_of(prints_of(fingerprints), partitions) == partition
    return mine


def lookup_keys(stories: Sequence[Story]) -> tuple[set[str], set[bytes]]:
    """Return the fingerprints and band keys by which duplicates of `stories` can be looked up."""
    paragraphs = [paragraph for story in stories for paragraph in story.paragraphs]
    return {p.fingerprint for p in paragraphs}, {p.near_keys for p in paragraphs if p.near_keys}


def _age(paragraph: KnownParagraph) -> tuple[datetime, str]:
    return paragraph.published or NEVER, paragraph.paragraph_id
