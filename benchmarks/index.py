"""The index of a stream's paragraphs: memory, CPU, floods, partitions, rebuilding."""

import multiprocessing
import random
import string
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import chain, islice
from typing import Any, NamedTuple

import psutil

from benchmarks.lib.corpus import stories
from benchmarks.lib.figures import Figure, scaled
from benchmarks.lib.pairs import paragraphs_of
from newsbeam.transforms import ids
from newsbeam.transforms.common.wording import fingerprint
from newsbeam.transforms.dedup.index.partition import PartitionIndex
from newsbeam.transforms.dedup.index.partition_state import load
from newsbeam.transforms.dedup.index_settings import IndexSettings
from newsbeam.transforms.dedup.paragraphs import add_band_keys
from newsbeam.transforms.records import Entry, Paragraph, Story
from testing.partitioned import Partitioned

PARAGRAPHS, LARGE, REBUILT, DIFFERENT, FLOOD, SHORT = 100_000, 5_000_000, 1_000_000, 20_000, 100_000, 1_000_000
A_STORY, A_PACK = 8, 50
_NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
_SETTINGS = IndexSettings(timedelta(days=30), 10_000_000_000, 4)


class _Memory(NamedTuple):
    """Bytes by which a process has grown, bytes of its indexes, and paragraphs: added since the warm-up, and all."""

    resident: float
    arrays: float
    live: int
    all_live: int


def figures(scale: float = 1.0) -> Iterator[Figure]:
    """Yield memory and CPU a paragraph, the cost of floods, and rows that depend on the number of partitions."""
    paragraphs = scaled(PARAGRAPHS, scale, 2_000)
    ordinary = _anew(paragraphs, "ordinary")
    yield from _memory_and_cpu("index", paragraphs, *ordinary)
    cost = sum(ordinary[0].values()) / paragraphs
    for name, size in (("templates", FLOOD), ("copies", FLOOD), ("short", SHORT)):
        number = scaled(size, scale, 1_000)
        seconds, _ = _anew(number, name)
        flood = sum(seconds.values()) / number
        note = f"{number:,} paragraphs, {flood * 1e6:.0f} us each"
        yield Figure(f"index.{name}_over_ordinary", flood / cost, "<= 3", "x", note)
    yield _different(scaled(DIFFERENT, scale, 500))


def large(scale: float = 1.0) -> Iterator[Figure]:
    """Yield memory and CPU a paragraph of a large index, and the time that rebuilding a partition takes."""
    paragraphs = scaled(LARGE, scale, 2_000)
    yield from _memory_and_cpu("index_large", paragraphs, *_anew(paragraphs, "ordinary"))
    yield _rebuilding(scaled(REBUILT, scale, 2_000))


def _memory_and_cpu(name: str, paragraphs: int, seconds: Counter[str], memory: _Memory) -> Iterator[Figure]:
    total = sum(seconds.values())
    note = f"{memory.live:,} live of {paragraphs:,}, {_SETTINGS.partitions} partitions"
    yield Figure(
        f"{name}.bytes_a_live_paragraph", memory.arrays / memory.all_live, "<= 350", "B", f"{note}: arrays, texts"
    )
    more = f"{note}: as the process has grown, with caches, which do not grow with paragraphs"
    yield Figure(f"{name}.resident_bytes_a_live_paragraph", memory.resident / memory.live, "", "B", more)
    shares = ", ".join(f"{step} {each / paragraphs * 1e6:.1f}" for step, each in seconds.most_common())
    yield Figure(f"{name}.cpu_a_paragraph", total / paragraphs * 1e6, "<= 150", "us", shares)
    ordering = (seconds["number"] + seconds["decide"]) / total
    yield Figure(f"{name}.ordering_share", ordering, "<= 0.1", "share", "Number and Decide, which have one key")


def _anew(paragraphs: int, kind: str) -> tuple[Counter[str], _Memory]:
    """Return CPU seconds by step, memory, measured in a process of its own."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as anew:
        return anew.submit(_fill, paragraphs, kind).result()


def _fill(paragraphs: int, kind: str) -> tuple[Counter[str], _Memory]:
    engine = Partitioned(_SETTINGS, make_bag=_Forgetful, copied=_as_it_is)
    warm_up = max(500, paragraphs // 100)
    texts = _KINDS[kind]()
    before = 0
    for number, pack in enumerate(packs_of(islice(texts, warm_up + paragraphs))):
        if number == warm_up // (A_STORY * A_PACK):
            before, held = psutil.Process().memory_info().rss, _live(engine)
            engine.seconds.clear()
        start = time.process_time()
        keyed = add_band_keys(pack)
        engine.seconds["keys"] += time.process_time() - start
        engine.decide(keyed)
        engine.decided.clear()
    resident, arrays = psutil.Process().memory_info().rss - before, sum(index.nbytes for index in engine.indexes())
    return engine.seconds, _Memory(resident, arrays, _live(engine) - held, _live(engine))


def _live(engine: Partitioned) -> int:
    return sum(len(index) for index in engine.indexes())


def packs_of(texts: Iterable[str]) -> Iterator[list[Story]]:
    """Yield packs of stories with these paragraphs."""
    pack: list[Story] = []
    iterator = iter(texts)
    for number, body in enumerate(iter(lambda: list(islice(iterator, A_STORY)), [])):
        entry = Entry(ids.entry_id("bench", str(number)), "bench", "feed", "rss20", _NOW, version=1, published=_NOW)
        pack.append(Story(entry, tuple(_paragraph(entry, place, text) for place, text in enumerate(body))))
        if len(pack) == A_PACK:
            yield pack
            pack = []
    if pack:
        yield pack


def _paragraph(entry: Entry, place: int, text: str) -> Paragraph:
    mark = fingerprint(text)
    paragraph_id = ids.paragraph_id(entry.entry_id, 1, place, mark)
    return Paragraph(paragraph_id, entry.entry_id, 1, place, text, "paragraph", "en", mark)


def ordinary_texts() -> Iterator[str]:
    """Yield paragraphs of the corpus, again and again with other letters."""
    texts = list(chain.from_iterable(paragraphs_of(body) for _, body in stories(25_000)))
    chance, letters = random.Random(1), string.ascii_lowercase
    yield from texts
    while True:
        table = str.maketrans(letters, "".join(chance.sample(letters, 26)))
        yield from (text.translate(table) for text in texts)


def _templates() -> Iterator[str]:
    """Yield lines of a market table in words: each about another firm, with other numbers."""
    chance = random.Random(2)
    while True:
        firm = "".join(chance.choices(string.ascii_lowercase, k=6)).capitalize()
        change, price, volume = chance.randrange(1, 99), chance.randrange(100, 9_999), chance.randrange(1_000_000)
        yield (
            f"Shares of {firm} Inc closed {change / 10} percent higher at {price} pence on Tuesday after {volume} "
            "shares had changed hands in London in the course of the day, against an average of last month."
        )


def _copies() -> Iterator[str]:
    while True:
        yield (
            "The ferry company said on Monday that it would resume crossings to the outer islands next week, after the "
            "inspection of its three oldest ships had found no further damage to their hulls."
        )


def _short() -> Iterator[str]:
    chance = random.Random(3)
    while True:
        yield f"{chance.choice(('Rain', 'Sun', 'Snow'))} in town {chance.randrange(10**7)} today."


_KINDS: dict[str, Callable[[], Iterator[str]]] = {
    "ordinary": ordinary_texts,
    "templates": _templates,
    "copies": _copies,
    "short": _short,
}


def _different(paragraphs: int) -> Figure:
    """Return the number of stories that are decided otherwise by another number of partitions."""
    packs = [add_band_keys(pack) for pack in packs_of(islice(ordinary_texts(), paragraphs))]
    decided = []
    for partitions in (1, 4, 16):
        engine = Partitioned(IndexSettings(timedelta(days=30), 10_000_000_000, partitions), chance=random.Random(4))
        decided.append(engine.decide(*packs))
    different = sum(one != other for others in decided[1:] for one, other in zip(decided[0], others, strict=True))
    return Figure("index.different_stories", different, "== 0", "", f"{paragraphs:,} paragraphs, 1, 4, 16 partitions")


def _rebuilding(paragraphs: int) -> Figure:
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as anew:
        seconds, kept, size = anew.submit(_rebuild, paragraphs).result()
    note = f"{kept:,} paragraphs, {size / 1e6:.0f} MB of state"
    return Figure("index_large.rebuilding", seconds * REBUILT / kept, "<= 10", "s", f"for 1,000,000; {note}")


def _rebuild(paragraphs: int) -> tuple[float, int, int]:
    engine = Partitioned(IndexSettings(timedelta(days=30), 10_000_000_000, 1), make_bag=_Kept, copied=_as_it_is)
    for pack in packs_of(islice(ordinary_texts(), paragraphs)):
        engine.decide(add_band_keys(pack))
        engine.decided.clear()
    bags: Sequence[_Kept] = engine.bags()
    start, index = time.perf_counter(), PartitionIndex()
    load(index, bags)
    seconds = time.perf_counter() - start
    size = sum(len(each) for bag in bags for state in bag.read() for each in state if isinstance(each, bytes))
    return seconds, len(index), size


class _Kept:
    """A bag that costs nothing."""

    def __init__(self) -> None:
        self._values: list[Any] = []

    def read(self) -> Iterable[Any]:
        return self._values

    def add(self, value: Any) -> None:
        self._values.append(value)

    def clear(self) -> None:
        self._values = []


class _Forgetful(_Kept):
    """A bag that is never read after a restart."""

    def add(self, value: Any) -> None:
        if value[0] == "early element":
            super().add(value)


def _as_it_is(element: Any) -> Any:
    return element
