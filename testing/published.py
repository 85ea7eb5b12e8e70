"""What the feed server and the drop writer publish, when, and the log of it.

A seed determines everything: the time, feed, paragraphs and later versions of report n. A title names report and
version, so that rows can be traced, and no two versions of a report have the same text.

    own paragraphs      random sentences; no two are near duplicates
    agency paragraphs   a new one every 10 seconds, contained in many reports of that time: exact duplicates
    edited paragraphs   an agency paragraph with an insertion: near duplicates of it and of each other
"""

import heapq
import json
import os
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

POISON = "POISONED-PARAGRAPH"
"""The text of a poisoned entry contains this, so that a test's model can crash on it."""

AGENCY_EVERY_S = 10.0

_WHO = (
    "Hanna Reiter|the harbour master of Trieste|Zoë Müller|the ferry company Nordkamm|Prime Minister Ilves|José Peña|"
    "the Lisbon fire brigade|a court in Vienna|the Irish weather service|Marta Kowalczyk|the railway union|"
    "two geologists from Oslo|the museum’s director|Governor Adeyemi|the port of Gdańsk"
)
_SAID = "said|announced|confirmed|denied|repeated|wrote|let it be known|told reporters|warned"
_WHEN = (
    "on Monday|late on Tuesday|before dawn|at noon|after a long night|in the evening|last week|on Thursday morning|"
    "during a hearing|over the weekend|minutes later|once more|without notice"
)
_WHAT = (
    "the old bridge|a second tunnel|the winter timetable|every third sensor|the northern pier|one vault|"
    "the night train|a cargo of oranges|the café on the square|an unsigned letter|the eastern runway|"
    "a painting of 1641|the largest glacier|the river gauge|a fleet of nine buses|the brewery’s cellar"
)
_DOES = (
    "would reopen|had been sold|was flooded|needs repair|cost too much|will be moved|stays closed|was inspected|"
    "vanished|has been insured|caught fire|has no owner|was measured again|froze"
)
_WHERE = (
    "near Innsbruck|in the old town|below the dam|at the border|on the island of Rügen|in two provinces|"
    "outside Kraków|in the upper valley|beside the airport|along the coast|in São Paulo|under the stadium"
)
_WHY = (
    "since the wind had turned|although few had asked|for the first time in years|because of frost|"
    "as “no one was hurt”|despite a court order|to the surprise of the neighbours|at a cost of millions|"
    "while the talks went on|with help from abroad|for reasons of safety|as the mayor had promised"
)
_SLOTS = tuple(phrases.split("|") for phrases in (_WHO, _SAID, _WHEN, _WHAT, _DOES, _WHERE, _WHY))


@dataclass(frozen=True)
class Version:
    """One published version of a report. Times are in Unix seconds.

    Attributes:
        place: The number of the feed, or the folder of the drop.
        version: The number of the text, from 1; a report that gets its first text back is version 1 again.
        updated: When this version was published.
        canceled: Whether it is a kill, which has no paragraphs.
    """

    guid: str
    place: str
    title: str
    version: int
    paragraphs: tuple[str, ...]
    published: float
    updated: float
    canceled: bool = False


class Clock:
    """A clock that a test sets, instead of waiting. It returns Unix seconds."""

    def __init__(self, now: float = 1_750_000_000.0):
        self.now = now

    def __call__(self) -> float:
        return self.now


class ServedLog:
    """A log of what was published and served, as JSON lines; several processes can append to one file.

    A `version` line has the text of a version and is written once, when the version is published. An `answer` line has
    the guids and versions in an answer (with status 200) or a file and is written after its last byte; its `fault`
    says what was wrong with the answer, in which case a reader need not have its entries. An `unconfirmed` line
    follows if the connection ended before another request on it: the reader may have died before it had the answer.
    A `fault` line records a fault that was set or ended.
    """

    def __init__(self, path: Path):
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)

    def close(self) -> None:
        """Sync the file to disk and close it."""
        os.fsync(self._file)
        os.close(self._file)

    def version(self, version: Version, time: float) -> None:
        """Log a version with its texts; `time` is when it appeared, in Unix seconds."""
        self._write(
            kind="version",
            time=time,
            place=version.place,
            guid=version.guid,
            version=version.version,
            title=version.title,
            paragraphs=version.paragraphs,
            canceled=version.canceled,
        )

    def answer(
        self,
        place: str,
        versions: Iterable[Version],
        *,
        started: float,
        time: float,
        status: int | None = 200,
        fault: str | None = None,
        host: str | None = None,
    ) -> None:
        """Log what a place answered; `started` and `time` are its first and last moment, in Unix seconds."""
        entries = [{"guid": version.guid, "version": version.version} for version in versions]
        self._write(
            kind="answer",
            time=time,
            started=started,
            place=place,
            host=host,
            status=status,
            fault=fault,
            entries=entries,
        )

    def unconfirmed(self, place: str, started: float) -> None:
        """Log an answer whose client may not have received it; `started` is in Unix seconds."""
        self._write(kind="unconfirmed", place=place, started=started)

    def fault(self, fault: str | None, places: Sequence[str], time: float) -> None:
        """Log a fault that places have from `time` on (Unix seconds); None for its end."""
        self._write(kind="fault", time=time, fault=fault, place=" ".join(places))

    def _write(self, **fields: Any) -> None:
        line = json.dumps(fields, ensure_ascii=False, separators=(",", ":")) + "\n"
        os.write(self._file, line.encode())  # one write to a file opened for appending: lines never interleave


def own_paragraph(random: Random, sentences: int = 3) -> str:
    """Return a paragraph with about 20 words in each sentence."""
    return " ".join(_sentence(random) for _ in range(sentences))


def _sentence(random: Random) -> str:
    who, said, when, what, does, where, why = (random.choice(slot) for slot in _SLOTS)
    return f"{who[0].upper()}{who[1:]} {said} {when} that {what} {does} {where}, {why}."


def agency_paragraph(seed: int, offset_s: float) -> str:
    """Return the agency's paragraph of a time after the start; reports of several feeds contain it."""
    return own_paragraph(Random(f"{seed} agency {int(offset_s // AGENCY_EVERY_S)}"), sentences=4)


def edited(text: str, number: int, random: Random) -> str:
    """Return a copy of a paragraph with an insertion that is unique to the report."""
    words = text.split(" ")
    words.insert(random.randrange(5, len(words) - 5), f"in report {number}")
    return " ".join(words)


def story(seed: int, kind: str, number: int, offset_s: float) -> list[str]:
    """Return the paragraphs of the first version of a report."""
    random = Random(f"{seed} {kind} text {number}")
    paragraphs = [f"This is {kind} {number}. {own_paragraph(random)}", own_paragraph(random)]
    chance = random.random()
    if chance < 0.45:
        agency = agency_paragraph(seed, offset_s)
        paragraphs.insert(1, agency if chance < 0.3 else edited(agency, number, random))
    return paragraphs


def changed(paragraphs: Sequence[str], number: int, version: int, random: Random) -> tuple[str, ...]:
    """Return the paragraphs of an update: the last one is replaced, one is added."""
    return *paragraphs[:-1], own_paragraph(random), f"This is version {version} of {number}. {own_paragraph(random, 1)}"


class Schedule:
    """The content of each feed over time: its latest `window` entries, newest first.

    A reader that is killed loses what it had fetched but not written, and needs to fetch it again. So a version must
    stay in its feed for longer than a restart takes: choose `window` and the minimum of `update_after_s` accordingly.

    Args:
        feeds: The number of feeds.
        seed: Decides what is published and when.
        entries_per_second: The rate of all feeds together.
        start: The time of the first entry in Unix seconds.
        entries: The number of entries to publish; None for no limit.
        window: The number of entries that a feed contains.
        update_after_s: The minimum and maximum of seconds from one version of an entry to the next.
    """

    def __init__(
        self,
        *,
        feeds: int,
        seed: int,
        entries_per_second: float,
        start: float,
        entries: int | None = None,
        window: int = 30,
        update_after_s: tuple[float, float] = (20.0, 60.0),
    ):
        self._feeds, self._seed, self._rate, self._start = feeds, seed, entries_per_second, start
        self._entries, self._window, self._update_after_s = entries, window, update_after_s
        self._shown: list[dict[str, Version]] = [{} for _ in range(feeds)]
        self._changed_at = [start] * feeds
        self._due: list[tuple[float, int, int, int]] = []  # time, number, step, version
        self._lock = threading.Lock()
        self._poisoned = 0
        self._plan(0)

    def advance(self, now: float) -> list[Version]:
        """Publish what is due; return the new versions in the order of time."""
        with self._lock:
            return list(self._publish(now))

    def shown(self, feed: int) -> tuple[list[Version], float]:
        """Return the entries of a feed, newest first, and the time of its last change."""
        with self._lock:
            return list(reversed(self._shown[feed].values())), self._changed_at[feed]

    def poison(self, feed: int, now: float) -> Version:
        """Publish an entry with a paragraph that contains `POISON` immediately."""
        with self._lock:
            self._poisoned += 1
            name = f"poison {self._poisoned}"
            texts = story(self._seed, "poison", self._poisoned, 0.0)
            texts.insert(1, f"{POISON} number {self._poisoned}. {own_paragraph(Random(f'{self._seed} {name}'), 1)}")
            guid = f"urn:newsbeam-test:{self._seed}:poison:{self._poisoned}"
            version = Version(guid, str(feed), f"{name} of feed {feed}, version 1", 1, tuple(texts), now, now)
            self._show(feed, version)
            return version

    def _publish(self, now: float) -> Iterator[Version]:
        while self._due and self._due[0][0] <= now:
            at, number, step, version = heapq.heappop(self._due)
            if step == 0:
                self._plan(number + 1)
            feed = Random(f"{self._seed} feed {number}").randrange(self._feeds)
            report = self._report(feed, number, version, at)
            if step == 0 or report.guid in self._shown[feed]:
                self._show(feed, report)
                if step == 0 or version > 1:
                    yield report

    def _plan(self, number: int) -> None:
        """Schedule an entry and its updates: a tenth is updated, some of those twice or back to the first text."""
        if self._entries is not None and number >= self._entries:
            return
        random = Random(f"{self._seed} plan {number}")
        at = self._published(number)
        chance = random.random()
        later = () if chance > 0.12 else (2,) if chance > 0.06 else (2, 3) if chance > 0.03 else (2, 1)
        for step, version in enumerate((1, *later)):
            heapq.heappush(self._due, (at, number, step, version))
            at += random.uniform(*self._update_after_s)

    def _published(self, number: int) -> float:
        return self._start + (number + Random(f"{self._seed} time {number}").random()) / self._rate

    def _report(self, feed: int, number: int, version: int, at: float) -> Version:
        published = self._published(number)
        paragraphs: Sequence[str] = story(self._seed, "report", number, published - self._start)
        if version > 1:
            paragraphs = changed(paragraphs, number, version, Random(f"{self._seed} update {number} {version}"))
        title = f"Report {number} of feed {feed}, version {version}"
        guid = f"urn:newsbeam-test:{self._seed}:report:{number}"
        return Version(guid, str(feed), title, version, tuple(paragraphs), published, at)

    def _show(self, feed: int, version: Version) -> None:
        shown = self._shown[feed]
        shown[version.guid] = version  # an updated entry keeps its position
        self._changed_at[feed] = version.updated
        while len(shown) > self._window:
            del shown[next(iter(shown))]
