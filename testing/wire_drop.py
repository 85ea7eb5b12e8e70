"""A newswire on disk: writes NewsML-G2 files over time, with versions, corrections, kills and growing files."""

import heapq
import html
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Literal

from testing.published import ServedLog, Version, changed, story
from testing.repeating import Repeating

Kind = Literal["plain", "update", "correction", "kill"]
HISTORIES: tuple[tuple[Kind, ...], ...] = (
    ("plain",),
    ("plain",),
    ("plain",),
    ("plain", "update"),
    ("plain", "update", "correction"),
    ("plain", "kill"),
)
PIECES = 4
_TICK_S = 0.05
_NOTES = {"correction": "CORRECTION: Corrects the last paragraph.", "kill": "KILL: Do not use this story."}


class DropWriter(Repeating):
    """Writes one file for each version and logs it after the last byte.

    A third of the files are renamed from a hidden name, a third from a name of unfinished files (`.part`), and a third
    grow under their final name. Some stories have later versions (`HISTORIES`), and sometimes the second version is
    written before the first.

    Args:
        folder: The drop; created if it doesn't exist.
        log: The file that written versions are appended to (see `ServedLog`).
        seed: Decides what is written and when.
        stories_per_second: The rate of new stories, not counting later versions.
        stories: The number of stories to write; None for no limit.
        update_after_s: The minimum and maximum of seconds from one version of a story to the next.
        grow_s: Seconds between two pieces of a growing file; less than the reader's quiet period (`settle`).
        clock: Returns the time in Unix seconds.
    """

    def __init__(
        self,
        folder: Path,
        log: Path,
        *,
        seed: int = 0,
        stories_per_second: float = 0.2,
        stories: int | None = None,
        update_after_s: tuple[float, float] = (5.0, 30.0),
        grow_s: float = 0.2,
        clock: Callable[[], float] = time.time,
    ):
        super().__init__("drop writer", _TICK_S)
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._seed, self._rate, self._stories = folder, seed, stories_per_second, stories
        self._update_after_s, self._grow_s, self._clock = update_after_s, grow_s, clock
        self._start = clock()
        self._log = ServedLog(log)
        self._due: list[tuple[float, int, int, int]] = []  # time, story, version or 0 to plan the story, piece
        self._plan_later(0)

    def finish(self) -> None:
        """Close the log. Files that are growing stay unfinished."""
        self._log.close()

    def step(self) -> None:
        """Write the files that are due."""
        now = self._clock()
        while self._due and self._due[0][0] <= now:
            at, number, version, piece = heapq.heappop(self._due)
            if version:
                self._write(at, number, version, piece)
            else:
                self._plan(at, number)
                self._plan_later(number + 1)

    def _plan_later(self, number: int) -> None:
        if self._stories is None or number < self._stories:
            heapq.heappush(self._due, (self._start + number / self._rate, number, 0, 0))

    def _plan(self, at: float, number: int) -> None:
        random = self._random("plan", number)
        times = [at + random.random() / self._rate]
        for _ in self._history(number)[1:]:
            times.append(times[-1] + random.uniform(*self._update_after_s))
        if random.random() < 0.2:
            times[:2] = reversed(times[:2])
        for version, when in enumerate(times, 1):
            heapq.heappush(self._due, (when, number, version, 0))

    def _history(self, number: int) -> tuple[Kind, ...]:
        return self._random("life", number).choice(HISTORIES)

    def _random(self, what: str, number: int) -> Random:
        return Random(f"{self._seed} wire {what} {number}")

    def _write(self, at: float, number: int, version: int, piece: int) -> None:
        """Write a file, or the next piece of a growing file."""
        item = self._item(number, version)
        data = newsml_g2(item, self._history(number)[version - 1]).encode()
        path = self._folder / f"wire-{number}-{version}.xml"
        way = self._random(f"way {version}", number).choice(("hidden", "part", "growing"))
        if way == "growing":
            size = len(data) // PIECES + 1
            with path.open("ab") as file:
                file.write(data[piece * size : (piece + 1) * size])
            if piece < PIECES - 1:
                heapq.heappush(self._due, (at + self._grow_s, number, version, piece + 1))
                return
        else:
            unfinished = path.with_name(f".{path.name}" if way == "hidden" else f"{path.name}.part")
            unfinished.write_bytes(data)
            os.replace(unfinished, path)
        now = self._clock()
        self._log.version(item, now)
        self._log.answer(item.place, [item], started=now, time=now)

    def _item(self, number: int, version: int) -> Version:
        first = self._start + number / self._rate
        kill = self._history(number)[version - 1] == "kill"
        texts = tuple(story(self._seed, "wire story", number, number / self._rate))
        for later in range(2, version + 1):
            texts = changed(texts, number, later, self._random(f"change {later}", number))
        return Version(
            guid=f"urn:newsml:newsbeam-test.example:{self._seed}:{number}",
            place=str(self._folder),
            title=f"Wire story {number}, version {version}",
            version=version,
            paragraphs=() if kill else texts,
            published=first,
            updated=first + version,  # the order of versions, whichever file is written first
            canceled=kill,
        )


def newsml_g2(item: Version, kind: Kind) -> str:
    """Return a version of a story as NewsML-G2 (power conformance); a kill has no content."""
    paragraphs = "".join(f"<p>{html.escape(text)}</p>" for text in item.paragraphs)
    body = f"""
  <contentSet><inlineXML contenttype="application/xhtml+xml"><html xmlns="http://www.w3.org/1999/xhtml">
    <head><title/></head><body>{paragraphs}</body></html></inlineXML></contentSet>"""
    note = f"<edNote>{_NOTES[kind]}</edNote>" if kind in _NOTES else ""
    signal = f'<signal qcode="sig:{kind}"/>' if kind in ("update", "correction") else ""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<newsItem xmlns="http://iptc.org/std/nar/2006-10-01/" guid="{item.guid}" version="{item.version}"
          standard="NewsML-G2" standardversion="2.34" conformance="power" xml:lang="en">
  <catalogRef href="http://www.iptc.org/std/catalog/catalog.IPTC-G2-Standards_40.xml"/>
  <itemMeta>
    <itemClass qcode="ninat:text"/>
    <provider literal="newsbeam-test.example"/>
    <versionCreated>{_iso(item.updated)}</versionCreated>
    <firstCreated>{_iso(item.published)}</firstCreated>
    <pubStatus qcode="stat:{"canceled" if item.canceled else "usable"}"/>
    {note}{signal}
  </itemMeta>
  <contentMeta>
    <language tag="en"/>
    <headline>{html.escape(item.title)}</headline>
  </contentMeta>{body if paragraphs else ""}
</newsItem>
"""


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
