"""Fixtures of the enrichment tests: the English model, and stories made in one line."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from newsbeam.transforms.enrich.packages import find_model
from newsbeam.transforms.records import Entity, Entry, Paragraph, Story


@pytest.fixture(scope="session")
def english() -> str:
    try:
        find_model("en_core_web_sm")
    except ModuleNotFoundError as error:
        pytest.skip(str(error))
    return "en_core_web_sm"


@pytest.fixture
def make_story() -> Callable[..., Story]:
    """Return a function of (title, paragraph texts, fields of the entry) that makes a story."""

    def make(title: str, *texts: str, entities: tuple[tuple[Entity, ...], ...] = (), **fields: object) -> Story:
        entry = Entry(
            **{
                "entry_id": "e1",
                "source": "test",
                "feed_url": "test.txt",
                "format": "text",
                "fetched_at": datetime(2026, 1, 2, tzinfo=UTC),
                "title": title,
                "language": "en",
                **fields,
            }
        )
        paragraphs = [
            Paragraph(f"p{position}", "e1", 0, position, text, "paragraph", entry.language, f"f{position}")
            for position, text in enumerate(texts)
        ]
        return Story(entry, tuple(paragraphs))

    return make
