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
from newsbeam.transforms.dedup.index_settings import IndexSettings
from newsbeam.transforms.dedup.paragraphs import add_band_keys
from newsbeam.transforms.records import Entry, Paragraph, Story
from testing.partitioned import Partitioned

PARAGRAPHS, DIFFERENT, FLOOD, SHORT = 100_000, 20_000, 100_000, 1_000_000
A_STORY, A_PACK = 8, 50
NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
SETTINGS = IndexSettings(timedelta(days=30), 10_000_000_000, 4)


class Memory(NamedTuple):
    """Bytes by which a process has grown, bytes of its indexes, and paragraphs: added since the warm-up, and all."""

    resident: float
    arrays: float
    live: int
    all_live: int


Filled = tuple[Counter[str], Memory]
"""CPU seconds by step, and memory."""


def figures(scale: float = 1.0) -> Iterator[Figure]:
    """Yield memory and CPU a paragraph, the cost of floods, and rows that depend on the number of partitions."""
    paragraphs = scaled(PARAGRAPHS, scale, 2_000)
    ordinary = in_a_process(_fill, paragraphs, "ordinary")
    yield from memory_and_cpu("index", paragraphs, f"of {paragraphs:,}", *ordinary)
    cost = sum(ordinary[0].values()) / paragraphs
    for name, size in (("templates", FLOOD), ("copies", FLOOD), ("short", SHORT)):
        number = scaled(size, scale, 1_000)
        seconds, _ = in_a_process(_fill, number, name)
        flood = sum(seconds.values()) / number
        note = f"{number:,} paragraphs, {flood * 1e6:.0f} us each"
        yield Figure(f"index.{name}_over_ordinary", flood / cost, "<= 3", "x", note)
    yield _different(scaled(DIFFERENT, scale, 500))


def memory_and_cpu(name: str, paragraphs: int, note: str, seconds: Counter[str], memory: Memory) -> Iterator[Figure]:
    """Yield memory a live paragraph, and CPU a paragraph of those that went through all steps."""
    total = sum(seconds.values())
    note = f"{memory.live:,} live {note}, {SETTINGS.partitions} partitions"
    yield Figure(
        f"{name}.bytes_a_live_paragraph", memory.arrays / memory.all_live, "<= 350", "B", f"{note}: arrays, texts"
    )
    more = f"{note}: as the process has grown, with caches, which do not grow with paragraphs"
    yield Figure(f"{name}.resident_bytes_a_live_paragraph", memory.resident / memory.live, "", "B", more)
    shares = ", ".join(f"{step} {each / paragraphs * 1e6:.1f}" for step, each in seconds.most_common())
    yield Figure(f"{name}.cpu_a_paragraph", total / paragraphs * 1e6, "<= 150", "us", shares)
    ordering = (seconds["number"] + seconds["decide"]) / total
    yield Figure(f"{name}.ordering_share", ordering, "<= 0.1", "share", "Number and Decide, which have one key")


def in_a_process(function: Callable[..., Any], *arguments: Any) -> Any:
    """Return what a function returns in a process of its own, whose memory is measured."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as anew:
        return anew.submit(function, *arguments).result()


def _fill(paragraphs: int, kind: str) -> Filled:
    engine = Partitioned(SETTINGS, make_bag=Forgetful, copied=as_it_is)
    warm_up = max(500, paragraphs // 100)
    texts = _KINDS[kind]()
    before = 0
    for number, pack in enumerate(packs_of(islice(texts, warm_up + paragraphs))):
        if number == warm_up // (A_STORY * A_PACK):
            before, held = psutil.Process().memory_info().rss, live_in(engine)
            engine.seconds.clear()
        decide(engine, pack)
    resident, arrays = psutil.Process().memory_info().rss - before, sum(index.nbytes for index in engine.indexes())
    return engine.seconds, Memory(resident, arrays, live_in(engine) - held, live_in(engine))


def decide(engine: Partitioned, pack: Sequence[Story]) -> None:
    """Let a pack go through all steps, and forget the decisions."""
    start = time.process_time()
    keyed = add_band_keys(pack)
    engine.seconds["keys"] += time.process_time() - start
    engine.decide(keyed)
    engine.decided.clear()


def live_in(engine: Partitioned) -> int:
    """Return how many paragraphs the partitions have."""
    return sum(len(index) for index in engine.indexes())


def packs_of(texts: Iterable[str]) -> Iterator[list[Story]]:
    """Yield packs of stories with these paragraphs."""
    pack: list[Story] = []
    iterator = iter(texts)
    for number, body in enumerate(iter(lambda: list(islice(iterator, A_STORY)), [])):
        entry = Entry(ids.entry_id("bench", str(number)), "bench", "feed", "rss20", NOW, version=1, published=NOW)
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


class Forgetful:
    """A bag that is never read after a restart, and costs nothing."""

    def __init__(self) -> None:
        self._values: list[Any] = []

    def read(self) -> Iterable[Any]:
        """Return what is kept."""
        return self._values

    def add(self, value: Any) -> None:
        """Keep a value, if the step itself reads it again."""
        if value[0] == "early element":
            self.keep(value)

    def keep(self, value: Any) -> None:
        """Keep a value."""
        self._values.append(value)

    def clear(self) -> None:
        """Forget all values."""
        self._values = []


def as_it_is(element: Any) -> Any:
    """Return an element as a channel within a process does."""
    return element
