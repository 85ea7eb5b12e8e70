"""Real stories to read labels in, by an id that says where in the public test data a story is.

    reuters/12          the thirteenth story of Reuters-21578 (`lib.corpus`)
    feeds/FILE/3        the fourth entry of a feed in feeds/real
    pages/us/FILE/PAGE  a page in FILE of articles/fundus/us

A story is split into paragraphs as the pipeline does it.
"""

import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from html import escape
from pathlib import Path

from benchmarks.lib.corpus import stories
from benchmarks.lib.pairs import paragraphs_of
from newsbeam.transforms.parse.document import parse_document
from newsbeam.transforms.records import Document, Entry, Story
from newsbeam.transforms.text.split import split_entry
from testing.shared_data import shared_data

CORPORA = ("feeds", "reuters", "pages")
_NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
_ALL_STORIES = 21_578
_LANGUAGES = {"us": "en", "uk": "en", "de": "de", "fr": "fr", "es": "es"}


def read_stories(corpora: Collection[str] = CORPORA) -> Iterator[tuple[str, Story]]:
    """Yield the id of each story with text, and the story; none without the public test data."""
    data = shared_data()
    if data is None:
        return
    readers = {"feeds": lambda: _feeds(data / "feeds" / "real"), "reuters": _reuters, "pages": lambda: _pages(data)}
    for corpus in corpora:
        yield from ((name, story) for name, story in readers[corpus]() if story.paragraphs)


def stories_of(ids: Collection[str]) -> dict[str, Story]:
    """Return the stories with these ids."""
    wanted = frozenset(ids)
    corpora = sorted({each.partition("/")[0] for each in wanted})
    return {name: story for name, story in read_stories(corpora) if name in wanted}


def _feeds(folder: Path) -> Iterator[tuple[str, Story]]:
    for path in sorted(folder.glob("*.xml")):
        document = Document(path.name, path.read_bytes(), _NOON, path.name, path.name, source_id=path.name)
        for place, entry in enumerate(parse_document(document).entries):
            yield f"feeds/{path.stem}/{place}", split_entry(replace(entry, version=1)).story


def _reuters() -> Iterator[tuple[str, Story]]:
    for number, (title, body) in enumerate(stories(_ALL_STORIES)):
        texts = (text for text in paragraphs_of(body) if text.casefold().strip(". ") != "reuter")
        yield f"reuters/{number}", _split(f"reuters/{number}", title, texts, "en")


def _pages(data: Path) -> Iterator[tuple[str, Story]]:
    for folder, language in _LANGUAGES.items():
        for path in sorted((data / "articles" / "fundus" / folder).glob("*.json")):
            for page, article in json.loads(path.read_text(encoding="utf-8")).items():
                body = article.get("body") if isinstance(article, dict) else None
                if body:
                    parts = (body.get("summary", ()), *(part["paragraphs"] for part in body["sections"]))
                    texts = [text for part in parts for text in part]
                    name = f"pages/{folder}/{path.stem}/{page}"
                    yield name, _split(name, article.get("title") or "", texts, language)


def _split(name: str, title: str, texts: Iterable[str], language: str) -> Story:
    content = "".join(f"<p>{escape(text)}</p>" for text in texts)
    entry = Entry(name, "reading", "", "rss20", _NOON, 1, title=title, language=language, content=content)
    return split_entry(entry).story
