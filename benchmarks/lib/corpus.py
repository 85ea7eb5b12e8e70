"""Stories to measure with: Reuters-21578 where the shared data is, else generated text of the same shape."""

import io
import random
import re
import string
import tarfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import unescape
from itertools import count, islice
from pathlib import Path

from testing.shared_data import shared_data

_STORY = re.compile(r"<REUTERS.*?</REUTERS>", re.DOTALL)
_BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f]|&#\d+;")


def stories(limit: int) -> Iterator[tuple[str, str]]:
    """Yield `limit` pairs of title and body, or all that there are; the same ones every time."""
    archive = _archive()
    yield from islice(_reuters(archive) if archive else _generated(), limit)


def dated_stories(limit: int) -> Iterator[tuple[str, str, datetime]]:
    """Yield what `stories` does, each with its time; generated ones have one an hour."""
    archive = _archive()
    dates = _dates(archive) if archive else (_BEGIN + timedelta(hours=number) for number in count())
    for (title, body), date in zip(stories(limit), dates, strict=False):
        yield title, body, date


def labelled_stories(limit: int) -> Iterator[tuple[str, str]]:
    """Yield `limit` pairs of title and body of Reuters-21578 that have a topic there, all of them of the economy."""
    archive = _archive()
    if archive:
        yield from islice(_reuters(archive, "<TOPICS><D>"), limit)


def many_stories(limit: int) -> Iterator[tuple[str, str]]:
    """Yield `limit` pairs, the corpus again and again, each time in other words: letters are shifted."""
    letters = string.ascii_lowercase
    for shift in count():
        shifted = str.maketrans(letters, letters[shift:] + letters[:shift])
        found = 0
        for title, body in stories(limit):
            found += 1
            yield title.translate(shifted), body.translate(shifted)
        limit -= found
        if limit <= 0:
            return


def corpus_name() -> str:
    """Return what `stories` yields, for the table's notes."""
    return "Reuters-21578" if _archive() else "generated text"


def write_drop(folder: Path, limit: int, entities: bool = True, copies: bool = False) -> Path:
    """Write `limit` stories as text files, and a config that reads them; return the config's path.

    Args:
        folder: Where to write.
        limit: Number of stories.
        entities: Whether the config tags entities.
        copies: Whether there may be more stories than the corpus has (see `many_stories`).
    """
    drop = folder / "drop"
    drop.mkdir(parents=True)
    for number, (title, body) in enumerate((many_stories if copies else stories)(limit)):
        (drop / f"{number:05}.txt").write_text(f"{title}\n{body}", encoding="utf-8")
    models = "{en: en_core_web_sm}" if entities else "{}"
    config = folder / "config.yaml"
    config.write_text(
        f"output: {folder / 'output'}\n"
        "wires:\n"
        "  - {path: 'drop/*.txt', source: Reuters, language: en, format: text}\n"
        f"entities: {{models: {models}}}\n",
        encoding="utf-8",
    )
    return config


def _archive() -> Path | None:
    data = shared_data()
    path = data / "reuters21578" / "reuters21578-sgm.tar.xz" if data else None
    return path if path and path.is_file() else None


def _reuters(path: Path, mark: str = "") -> Iterator[tuple[str, str]]:
    for story in _elements(path):
        title, dateline, body = (_element(story, name) for name in ("TITLE", "DATELINE", "BODY"))
        if title and mark in story:
            yield " ".join(title.split()), f"{dateline.rstrip()} {body.lstrip()}" if dateline else body


def _dates(path: Path) -> Iterator[datetime]:
    for story in _elements(path):
        if _element(story, "TITLE"):
            day, time, *_ = _element(story, "DATE").split()
            hour, minute = (int(part) for part in time.split(":")[:2])  # some have 60 or more
            midnight = datetime.strptime(day.title(), "%d-%b-%Y").replace(tzinfo=UTC)
            yield midnight + timedelta(hours=min(hour, 23), minutes=min(minute, 59))


def _elements(path: Path) -> Iterator[str]:
    with tarfile.open(path) as archive:
        members = [member for member in archive.getmembers() if member.name.endswith(".sgm")]
        for member in sorted(members, key=lambda member: member.name):
            file = archive.extractfile(member)
            text = io.TextIOWrapper(file, encoding="latin-1").read() if file else ""
            yield from _STORY.findall(text)


def _element(story: str, name: str) -> str:
    match = re.search(rf"<{name}>(.*?)</{name}>", story, re.DOTALL)
    return _CONTROL.sub("", unescape(_CONTROL.sub("", match[1]))) if match else ""


_WORDS = [
    "the",
    "a",
    "of",
    "to",
    "in",
    "on",
    "for",
    "with",
    "said",
    "bank",
    "government",
    "minister",
    "company",
    "shares",
    "market",
    "price",
    "oil",
    "rate",
    "trade",
    "agreement",
    "year",
    "month",
    "week",
    "percent",
    "billion",
    "million",
    "dlrs",
    "Japan",
    "Germany",
    "France",
    "London",
    "Tokyo",
    "New",
    "York",
    "U.S.",
    "officials",
    "analysts",
    "economy",
    "growth",
    "exports",
    "imports",
    "production",
    "talks",
    "meeting",
    "president",
    "chairman",
    "Smith",
    "Tanaka",
    "Brown",
    "Mueller",
    "was",
    "were",
    "has",
    "have",
    "would",
    "could",
    "will",
    "rose",
    "fell",
    "unchanged",
    "higher",
    "lower",
    "after",
    "before",
    "during",
    "against",
    "which",
    "that",
    "its",
    "their",
]


def _generated() -> Iterator[tuple[str, str]]:
    chance = random.Random(21578)
    paragraphs: list[str] = []
    number = 0
    while True:
        number += 1
        story = []
        for _ in range(chance.randint(2, 9)):
            if paragraphs and chance.random() < 0.05:
                story.append(chance.choice(paragraphs))
            else:
                words = chance.choices(_WORDS, k=chance.randint(12, 45))
                story.append(f"{' '.join(words).capitalize()}.")
        paragraphs = [*paragraphs[-200:], story[0]]
        yield f"Story number {number} about {chance.choice(_WORDS)}", "\n\n".join(story)
