"""Records to write, and outputs to write them to: a local folder, and an object store in memory."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from newsbeam.transforms import ids
from newsbeam.transforms.records import Entry, Paragraph, Story
from newsbeam.transforms.write.store import Store
from tests.support.objects import memory_objects

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@pytest.fixture(params=["folder", "objects"])
def any_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """An output in a folder, then one in an object store in memory."""
    if request.param == "folder":
        yield Store(str(tmp_path / "output"))
    else:
        with memory_objects():
            yield Store("memory://bucket/output")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(str(tmp_path / "output"))


@pytest.fixture
def make_story() -> Callable[..., Story]:
    return _make_story


def _make_story(name: str = "a", texts: tuple[str, ...] = ("One.", "Two."), **fields: Any) -> Story:
    """A story called `name`; `fields` are the entry's."""
    entry_id = ids.entry_id("Example", name)
    defaults: dict[str, Any] = {
        "source": "Example",
        "source_id": "example",
        "feed_url": "https://example.org/rss.xml",
        "format": "rss20",
        "fetched_at": NOON,
        "version": 1,
        "url": f"https://example.org/{name}",
        "content_hash": ids.digest(*texts),
        "paragraph_count": len(texts),
    }
    entry = Entry(entry_id, **{**defaults, **fields})
    prints = [ids.digest(text) for text in texts]
    return Story(
        entry,
        tuple(
            Paragraph(
                paragraph_id=ids.paragraph_id(entry_id, entry.version, n, prints[n]),
                entry_id=entry_id,
                entry_version=entry.version,
                position=n,
                text=text,
                kind="paragraph",
                language="en",
                fingerprint=prints[n],
            )
            for n, text in enumerate(texts)
        ),
    )
