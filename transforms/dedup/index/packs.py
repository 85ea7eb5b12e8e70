"""Paragraphs as columns: how they travel to the partitions, stand in state, and are added to an index."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

from newsbeam.transforms.dedup.index.postings import CELLS, KEY_BITS, Longs
from newsbeam.transforms.dedup.index.texts import join_texts, split_texts
from newsbeam.transforms.dedup.near import near_keys, search_keys
from newsbeam.transforms.dedup.order import NEVER
from newsbeam.transforms.records import KEY_FORMAT, KnownParagraph, Paragraph, Story

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_PRINT_CHARS = 16  # of a fingerprint: 64 bits, of which two in 300 million paragraphs are alike by chance in 0.2 %
_SLOT_BYTES = 24  # of an index: a paragraph's number, fingerprint, and posting of it
_KEY_BYTES = 8
_POSITION_BITS, _POSITIONS = np.uint64(KEY_BITS - 32), np.uint32((1 << KEY_BITS - 32) - 1)
_RECORD_BYTES = 25  # of an id, which doesn't compress


@dataclass(frozen=True)
class Columns:
    """Paragraphs in canonical order.

    Attributes:
        prints: The first 64 bits of each fingerprint.
        keys: The keys by which near duplicates are found (`near.search_keys`), one paragraph after the other.
        counts: How many keys each paragraph has.
        compared: Whether each is compared with others: code is not.
        records: For each paragraph when it was published, in microseconds since 1970, its id and its text, as lines.
    """

    prints: Longs
    keys: npt.NDArray[np.uint32]
    counts: npt.NDArray[np.int64]
    compared: npt.NDArray[np.bool_]
    records: Sequence[str]

    def __len__(self) -> int:
        return len(self.prints)

    @property
    def cells(self) -> Longs:
        """The cell of each paragraph."""
        return self.prints % np.uint64(CELLS)

    @property
    def search_keys(self) -> Longs:
        """The keys as postings have them: with four bits of their positions among those of the paragraph."""
        firsts = (np.cumsum(self.counts) - self.counts).astype(np.uint32)
        positions = np.arange(len(self.keys), dtype=np.uint32) - np.repeat(firsts, self.counts)
        keys: Longs = self.keys.astype(np.uint64) << _POSITION_BITS
        keys |= positions & _POSITIONS
        return keys

    def take(self, places: npt.NDArray[np.intp]) -> "Columns":
        """Return some of the paragraphs, given in ascending order."""
        chosen = np.zeros(len(self), np.bool_)
        chosen[places] = True
        return Columns(
            self.prints[places],
            self.keys[np.repeat(chosen, self.counts)],
            self.counts[places],
            self.compared[places],
            [self.records[place] for place in places.tolist()],
        )


def columns_of_stories(stories: Iterable[Story]) -> Columns:
    """Return the paragraphs of stories, in their order."""
    return _columns([(each, story.entry.published) for story in stories for each in story.paragraphs])


def columns_of_known(known: Sequence[KnownParagraph]) -> Columns:
    """Return canonical paragraphs of an output."""
    return _columns([(each, each.published) for each in known])


def _columns(paragraphs: Sequence[tuple[Paragraph | KnownParagraph, datetime | None]]) -> Columns:
    keys, counts = search_keys([each.near_keys for each, _ in paragraphs])
    return Columns(
        prints_of([each.fingerprint for each, _ in paragraphs]),
        keys,
        counts,
        np.array([getattr(each, "kind", "") != "code" for each, _ in paragraphs], np.bool_),
        [f"{_microseconds(published)}\n{each.paragraph_id}\n{each.text}" for each, published in paragraphs],
    )


def prints_of(fingerprints: Sequence[str]) -> Longs:
    """Return the first 64 bits of fingerprints."""
    return np.array([int(each[:_PRINT_CHARS], 16) for each in fingerprints], np.uint64)


def partition_of(prints: Longs, partitions: int) -> Longs:
    """Return the partition that holds each fingerprint's paragraph: each has whole cells."""
    return prints % np.uint64(partitions)


def split_record(record: str) -> tuple[int, str, str]:
    """Return when a paragraph was published, its id and its text."""
    published, paragraph_id, text = record.split("\n", 2)
    return int(published), paragraph_id, text


def encode_columns(columns: Columns) -> tuple[Any, ...]:
    """Return columns as plain data."""
    return (
        columns.prints.astype("<u8").tobytes(),
        columns.keys.astype("<u4").tobytes(),
        columns.counts.astype("<u2").tobytes(),
        columns.compared.tobytes(),
        join_texts(columns.records),
        KEY_FORMAT,
    )


def decode_columns(values: Sequence[Any]) -> Columns:
    """Return the columns that `encode_columns` encoded; keys of an older format are made anew from the text."""
    prints, keys, counts, compared, records, *key_format = values
    columns = Columns(
        np.frombuffer(prints, "<u8").astype(np.uint64),
        np.frombuffer(keys, "<u4").astype(np.uint32),
        np.frombuffer(counts, "<u2").astype(np.int64),
        np.frombuffer(compared, np.bool_),
        split_texts(records),
    )
    return columns if key_format == [KEY_FORMAT] else _with_current_keys(columns)


def _with_current_keys(columns: Columns) -> Columns:
    keys, counts = search_keys(near_keys([split_record(record)[2] for record in columns.records]))
    return replace(columns, keys=keys, counts=counts)


def memory_of(values: Sequence[Any]) -> int:
    """Return how many bytes of memory encoded columns take in an index, if no paragraph is a repeat."""
    prints, keys, _, _, records, *_ = values
    return len(prints) // 8 * _SLOT_BYTES + len(keys) // 4 * _KEY_BYTES + len(records)


def memory_of_one(near_keys: int, characters: int) -> int:
    """Return about how many bytes a paragraph takes with as many bytes of keys and as many characters."""
    return _SLOT_BYTES + near_keys // 4 * _KEY_BYTES + _RECORD_BYTES + characters // 2


def _microseconds(time: datetime | None) -> int:
    return ((time or NEVER) - _EPOCH) // _MICROSECOND
