"""A day of news: an agency's story that two papers print, and one of each thing that needs attention."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from newsbeam.transforms.records import DeadLetter, Entity, Poll, Quote, Story
from newsbeam.transforms.write.schema import SCHEMAS
from tests.support.written import NOW, repeat, story, write

TEXTS = ["The harbour reopened on Monday after a strike of six days.", "Ferries sail again from Tuesday."]
HOUR = timedelta(hours=1)


def write_day(folder: Path) -> Path:
    """Write an output with a kill, a correction, an embargo, dead letters, a failing, a late and a silent source."""
    quote = Quote("We will sail again whatever the weather does to us.", 0, 51, "Ann Lee")
    place = Entity("Oslo", "GPE", 0, 4, "Oslo", "geonames:3143244", "NO", 3143244, 59.9, 10.7, "P")
    first = _with(story(1, "Wire", TEXTS, age=5 * HOUR), 0, quotes=(quote,), entities=(place,))
    post = repeat(repeat(story(2, "Post", TEXTS, age=4 * HOUR), 0, first, 0), 1, first, 1)
    echo = repeat(story(3, "Echo", ["Own words.", TEXTS[1]], age=3 * HOUR), 1, first, 1)
    killed = story(4, "Wire", ["Never mind."], age=HOUR, status="canceled", signals=("kill",), ednote="KILL: wrong")
    corrected = story(5, "Post", ["It was 13."], age=HOUR, signals=("correction",))
    embargoed = story(6, "Wire", ["The secret text."], age=HOUR, embargo_until=NOW.replace(year=2999))
    hourly = [story(100 + n, "Hourly", [f"Bulletin {n}."], age=(10 + n) * HOUR) for n in range(30)]
    polls = [
        Poll("https://wire.example/rss", "u", "Wire", NOW - HOUR, "ok", 200),
        Poll("https://gone.example/rss", "u", "Gone", NOW - 30 * HOUR, "ok", 200),
        *(Poll("https://gone.example/rss", "u", "Gone", NOW - n * HOUR, "error", error="timed out") for n in (1, 2)),
    ]
    letters = [
        DeadLetter("parse", "ParseError", "the end is missing", "Post", "https://post.example/a", NOW, b"<"),
        DeadLetter("parse", "LimitError", "more than 9 entries", "Post", "https://post.example/b", NOW, b"<"),
    ]
    _write_failed_run(folder)
    write(folder, [first, post, echo, killed, corrected, embargoed, *hourly], polls, letters)
    return folder


def _with(written: Story, position: int, **fields: Any) -> Story:
    paragraphs = list(written.paragraphs)
    paragraphs[position] = replace(paragraphs[position], **fields)
    return replace(written, paragraphs=tuple(paragraphs))


def _write_failed_run(folder: Path) -> None:
    schema = SCHEMAS["runs"]
    needed = {field.name: _EMPTY.get(field.type) for field in schema if not field.nullable}
    row = needed | {"command": "run", "outcome": "failed", "error": "disk full", "began_at": NOW - HOUR, "config": "{}"}
    echo = {"source": "Echo", "source_id": "https://echo.example/rss", "feed_url": "https://echo.example/rss"}
    row["expected"] = [echo | {"every_s": 7200}]
    target = folder / "runs" / f"date={NOW.date()}" / "part.parquet"
    target.parent.mkdir(parents=True)
    pq.write_table(pa.Table.from_pylist([row], schema), target)


_EMPTY = {pa.string(): "", pa.int32(): 0, pa.int64(): 0}
