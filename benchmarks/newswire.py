"""Newswire: what is kept of stories, what is read at all, what bytes can do, and how fast it goes."""

import random
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import feedparser
from lxml import etree
from NewsMLG2 import NewsMLG2Document

from benchmarks import newswire_bodies, wire_corpus
from benchmarks.dpa import stories_that_agree
from benchmarks.figures import Figure, shared_data
from newsbeam.transforms.errors import RecordError
from newsbeam.transforms.parse.document import parse_document
from newsbeam.transforms.records import Document, Entry
from newsbeam.transforms.text.split import split_entry

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
FUZZED = 20_000
STORIES = 500
_HANG_S = 1.0
_NEWS_ITEMS = {"newsItem", "packageItem", "newsMessage"}
_ENCODINGS = ("utf-8", "latin-1", "utf-16", "cp437", "cp037", "shift_jis")


def figures() -> Iterator[Figure]:
    """Yield the figures of the README's table on newswire; those of real files only where the shared data is."""
    data = shared_data()
    if data is not None:
        wire = data / "newswire"
        yield from newswire_bodies.figures()
        agreeing, differences = stories_that_agree(wire / "dpa")
        yield Figure("wire.dpa_agree", agreeing, ">= 3", "", f"of 3; {differences}")
        yield _read_share("wire.ninjs_read", ninjs_items(wire))
        yield _read_share("wire.newsml_g2_read", newsml_g2_items(wire))
    yield from fuzz(sorted((*samples(data / "newswire"), *own_samples()) if data else own_samples()), FUZZED)
    yield from _speeds()


def samples(wire: Path) -> Iterator[Path]:
    """Yield every sample of newswire, also those that should fail."""
    return (path for path in wire.rglob("*") if path.suffix in (".xml", ".json", ".iptc"))


def own_samples() -> Iterator[Path]:
    """Yield the samples of newswire in this repository: of every format, and with every quirk that has a test."""
    repository = Path(__file__).parents[1]
    for folder in (repository / "configs" / "sample" / "drop", repository / "tests" / "data" / "wire"):
        yield from (path for path in folder.rglob("*") if path.is_file())


def ninjs_items(wire: Path) -> list[Path]:
    """Return the files of the ninjs suite that should pass, and its examples."""
    suite = wire / "iptc-newsinjson"
    return sorted([*suite.glob("validation/test_suite/*/should_pass/*.json"), *suite.glob("examples/*/*.json")])


def newsml_g2_items(wire: Path) -> list[Path]:
    """Return the NewsML-G2 files that should pass and carry a news item or a package."""
    paths = wire.glob("iptc-newsml-g2/tests/unit_test_files/*/should_pass/*.xml")
    return sorted(path for path in paths if _root(path) in _NEWS_ITEMS)


def _root(path: Path) -> str:
    return str(etree.QName(etree.fromstring(path.read_bytes())).localname)


def _read_share(name: str, paths: list[Path]) -> Figure:
    unread = [path.name for path in paths if not read(path.read_bytes(), path.name).entries]
    note = f"{len(paths)} files" + (f"; without an entry: {', '.join(unread[:5])}" if unread else "")
    return Figure(name, 1 - len(unread) / len(paths), "== 1", "share", note)


@dataclass(frozen=True)
class Read:
    """What became of some bytes: entries, or the reason for a dead letter; a `crash` is neither."""

    entries: tuple[Entry, ...] = ()
    reason: str = ""
    crash: str = ""
    seconds: float = 0.0


def read(body: bytes, name: str, format: str = "auto") -> Read:
    """Parse bytes as a wire's file called `name`, and split their entries."""
    document = Document(name, body, NOW, "Wire", name, format=format)
    started = time.perf_counter()
    try:
        parsed = parse_document(document)
        for entry in parsed.entries:
            split_entry(entry)
    except RecordError as error:
        return Read(reason=str(error), seconds=time.perf_counter() - started)
    except Exception as error:  # noqa: BLE001  that is what is looked for
        return Read(crash=f"{type(error).__name__}: {error}", seconds=time.perf_counter() - started)
    reason = "; ".join(letter.message for letter in parsed.dead_letters)
    seconds = time.perf_counter() - started
    crash = "" if parsed.entries or reason else "neither an entry nor a dead letter"
    return Read(parsed.entries, reason, crash, seconds)


def fuzz(paths: list[Path], inputs: int) -> Iterator[Figure]:
    """Yield how many damaged samples crash the parsers, vanish, or take longer than a second."""
    outcomes: Counter[str] = Counter()
    slowest = (0.0, "")
    for number, (name, body) in enumerate(damaged(paths, inputs)):
        result = read(body, name)
        outcomes["crash" if result.crash else "entry" if result.entries else "dead letter"] += 1
        if result.crash:
            print(f"fuzz input {number} ({name}): {result.crash}")
        slowest = max(slowest, (result.seconds, name))
    note = f"{inputs:,} inputs: {outcomes['entry']:,} gave entries, {outcomes['dead letter']:,} a dead letter"
    yield Figure("wire.fuzz_crashes", outcomes["crash"], "== 0", "", note)
    yield Figure("wire.fuzz_slowest", slowest[0], f"<= {_HANG_S}", "s", slowest[1])


def damaged(paths: list[Path], inputs: int, seed: int = 7) -> Iterator[tuple[str, bytes]]:
    """Yield (file name, bytes) of samples that were cut, flipped, filled, or put into another encoding."""
    chance = random.Random(seed)
    bodies = [(path.name, path.read_bytes()) for path in paths]
    for number in range(inputs):
        name, body = bodies[number % len(bodies)]
        for _ in range(chance.choice((1, 1, 1, 2, 4))):
            body = chance.choice(_DAMAGES)(body, chance)
        yield name, body


def _cut(body: bytes, chance: random.Random) -> bytes:
    return body[: chance.randrange(len(body) + 1)]


def _flip(body: bytes, chance: random.Random) -> bytes:
    flipped = bytearray(body)
    for _ in range(chance.choice((1, 3, 20))):
        if flipped:
            flipped[chance.randrange(len(flipped))] = chance.randrange(256)
    return bytes(flipped)


def _fill(body: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(body) + 1)
    filling = chance.choice((b"<", b"&", b"]]>", b"\0", b"<p>", b"{", b'"', b"\x01", b"\x03", chance.randbytes(9)))
    return body[:at] + filling * chance.choice((1, 2, 5_000)) + body[at:]


def _take_out(body: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(body) + 1)
    return body[:at] + body[at + chance.randrange(1, 200) :]


def _move(body: bytes, chance: random.Random) -> bytes:
    a, b = sorted(chance.randrange(len(body) + 1) for _ in "ab")
    return body[b:] + body[a:b] + body[:a]


def _encode(body: bytes, chance: random.Random) -> bytes:
    was, becomes = chance.sample(_ENCODINGS, 2)
    return body.decode(was, "replace").encode(becomes, "replace")


_DAMAGES: tuple[Callable[[bytes, random.Random], bytes], ...] = (_cut, _flip, _fill, _take_out, _move, _encode)


def _speeds() -> Iterator[Figure]:
    """Yield stories a second on one core by format, each over the same stories."""
    feed = wire_corpus.rss(STORIES)
    theirs = _rate(lambda: [feedparser.parse(BytesIO(feed))], STORIES)
    g2 = list(wire_corpus.documents("newsml-g2", STORIES))
    library = _rate(lambda: map(_newsmlg2, g2), STORIES)
    yield Figure("wire.speed.feedparser", theirs, unit="entries/s", note=f"one RSS feed of {STORIES} stories")
    yield Figure("wire.speed.newsmlg2", library, unit="stories/s", note="the library of that name, reading only")
    for name in wire_corpus.FORMATS:
        bodies = list(wire_corpus.documents(name, STORIES))
        ours = _rate(lambda bodies=bodies, name=name: [_parse(body, name) for body in bodies], STORIES)
        note = f"{ours / theirs:.1f}x feedparser's entries"
        note += f", {ours / library:.1f}x newsmlg2" if name == "newsml-g2" else ""
        yield Figure(f"wire.speed.{name}", ours, unit="stories/s", note=note)


def _rate(run: Callable[[], Iterable[object]], number: int) -> float:
    best = float("inf")
    for _ in range(3):
        started = time.process_time()
        for _ in run():
            pass
        best = min(best, time.process_time() - started)
    return number / best


def _parse(body: bytes, name: str) -> int:
    claim = "text" if name == "text" else "auto"  # "<ACME> 4TH QTR NET" may be a headline or an element
    entries = parse_document(Document("s", body, NOW, "Wire", "s", format=claim)).entries
    if len(entries) != 1 or entries[0].format != name:
        raise RuntimeError(f"a story in {name} was read as {[entry.format for entry in entries]}")
    return len(entries)


def _newsmlg2(body: bytes) -> object:
    return NewsMLG2Document(body).get_item()
