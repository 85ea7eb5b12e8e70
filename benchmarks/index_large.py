"""The index at the size of a large window: memory, CPU beside 5 million paragraphs, and rebuilding.

All steps of 5 million paragraphs take more than half an hour, and most of it changes nothing of what is measured here.
So the index is filled with columns as a partition gets them: those of the corpus again and again, with a bijection of
the keys and of the fingerprints in each round, and other letters in the texts. So keys are shared as in news. Then
ordinary paragraphs go through all steps.
"""

import random
import string
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

import numpy as np
import psutil

from benchmarks.index import (
    A_PACK,
    A_STORY,
    NOW,
    SETTINGS,
    Filled,
    Forgetful,
    Memory,
    as_it_is,
    decide,
    in_a_process,
    live_in,
    memory_and_cpu,
    ordinary_texts,
    packs_of,
)
from benchmarks.lib.figures import Figure, scaled
from newsbeam.transforms import ids
from newsbeam.transforms.dedup.index.numbering import decode_numbering, encode_numbering
from newsbeam.transforms.dedup.index.packs import Columns, columns_of_stories
from newsbeam.transforms.dedup.index.partition import PartitionIndex
from newsbeam.transforms.dedup.index.partition_state import encode_pack, load
from newsbeam.transforms.dedup.paragraphs import add_band_keys
from newsbeam.transforms.runtime.packing import ONE_KEY
from testing.partitioned import Partitioned

PARAGRAPHS, REBUILT, THROUGH_ALL_STEPS, CORPUS = 5_000_000, 1_000_000, 20_000, 100_000
_STAMP = int(NOW.timestamp() * 1_000_000)


def figures(scale: float = 1.0) -> Iterator[Figure]:
    """Yield memory and CPU a paragraph of a large index, and the time that rebuilding a partition takes."""
    paragraphs, checked = scaled(PARAGRAPHS, scale, 2_000), scaled(THROUGH_ALL_STEPS, scale, 1_000)
    note = f"{paragraphs:,} paragraphs, and {checked:,} more through all steps"
    yield from memory_and_cpu("index_large", checked, note, *in_a_process(_fill, paragraphs, checked))
    yield _rebuilding(scaled(REBUILT, scale, 2_000))


def columns_of_news(paragraphs: int) -> Iterator[Columns]:
    """Yield packs of this many paragraphs as a partition gets them."""
    size = A_STORY * A_PACK
    texts, columns = _corpus(min(CORPUS, paragraphs))
    ends = np.concatenate(([0], np.cumsum(columns.counts)))
    chance, letters, number = random.Random(1), string.ascii_lowercase, 0
    while number < paragraphs:
        table = str.maketrans(letters, "".join(chance.sample(letters, 26)))
        keys = columns.keys ^ np.uint32(chance.getrandbits(32))
        prints = columns.prints ^ np.uint64(chance.getrandbits(64))
        for start in range(0, min(len(texts), paragraphs - number), size):
            part = slice(start, min(start + size, len(texts), start + paragraphs - number))
            records = [_record(number + place, text.translate(table)) for place, text in enumerate(texts[part])]
            few = keys[ends[part.start] : ends[part.stop]]
            yield Columns(prints[part], few, columns.counts[part], columns.compared[part], records)
            number += len(records)


def _corpus(paragraphs: int) -> tuple[list[str], Columns]:
    texts = list(islice(ordinary_texts(), paragraphs))
    return texts, columns_of_stories([story for pack in packs_of(texts) for story in add_band_keys(pack)])


def _record(number: int, text: str) -> str:
    """Return a record as `packs` makes it; its id doesn't compress."""
    return f"{_STAMP}\n{ids.digest(str(number))}\n{text}"


def _fill(paragraphs: int, checked: int) -> Filled:
    engine = Partitioned(SETTINGS, make_bag=Forgetful, copied=as_it_is)
    packs = list(packs_of(islice(ordinary_texts(), checked)))
    decide(engine, packs[0])
    filled = columns_of_news(paragraphs)
    first = next(filled)
    before, held = psutil.Process().memory_info().rss, live_in(engine)
    _add(engine, first)
    for columns in filled:
        _add(engine, columns)
    engine.seconds.clear()
    for pack in packs[1:]:
        decide(engine, pack)
    resident, arrays = psutil.Process().memory_info().rss - before, sum(index.nbytes for index in engine.indexes())
    return engine.seconds, Memory(resident, arrays, live_in(engine) - held, live_in(engine))


def _add(engine: Partitioned, columns: Columns) -> None:
    """Add paragraphs to all partitions, and give them numbers, without comparing them."""
    state = engine.states["number", ONE_KEY][0]
    numbering = decode_numbering(state.read())
    for index in engine.indexes():
        kept = index.own(columns)
        index.add((kept + numbering.first).astype(np.uint64), columns.take(kept))
    state.write(encode_numbering(replace(numbering, first=numbering.first + len(columns))))


def _rebuilding(paragraphs: int) -> Figure:
    seconds, kept, size = in_a_process(_rebuild, paragraphs)
    note = f"{kept:,} paragraphs, {size / 1e6:.0f} MB of state"
    return Figure("index_large.rebuilding", seconds * REBUILT / kept, "<= 10", "s", f"CPU, for 1,000,000; {note}")


def _rebuild(paragraphs: int) -> tuple[float, int, int]:
    bag, first = Forgetful(), 0
    for columns in columns_of_news(paragraphs):
        numbers = np.arange(first, first + len(columns), dtype=np.uint64)
        bag.keep(encode_pack(numbers, columns))
        first += len(columns)
    start, index = time.process_time(), PartitionIndex()
    load(index, [bag])
    seconds = time.process_time() - start
    return seconds, len(index), sum(len(each) for state in bag.read() for each in state if isinstance(each, bytes))
