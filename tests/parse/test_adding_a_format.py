"""The example of docs/adding-a-format.md works as it stands on the page."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from newsbeam.transforms.parse.format import Sample
from newsbeam.transforms.parse.formats import FORMATS
from newsbeam.transforms.records import Document

PAGE = Path(__file__).parents[2] / "docs/adding-a-format.md"


@pytest.fixture(scope="module")
def example() -> dict[str, Any]:
    blocks = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(), re.DOTALL | re.MULTILINE)
    names: dict[str, Any] = {"__name__": "harbourwire"}
    for block in blocks:
        exec(compile(block, str(PAGE), "exec"), names)
    return names


def test_the_tests_of_the_page_pass(example: dict[str, Any]) -> None:
    tests = [value for name, value in example.items() if name.startswith("test_")]
    assert len(tests) == 3
    for test in tests:
        test()


def test_only_the_formats_own_samples_look_like_it(example: dict[str, Any]) -> None:
    looks_like = example["FORMAT"].looks_like
    now = datetime(2026, 11, 20, tzinfo=UTC)
    assert looks_like(Sample(Document("a", example["SAMPLE"], now, "A", "a")))
    assert not looks_like(Sample(Document("a", b"<nitf/>", now, "A", "a")))


def test_the_page_names_the_files_of_the_registry() -> None:
    page = PAGE.read_text()
    root = PAGE.parents[1]
    named = re.findall(r"`((?:transforms|tests)/[\w./]+)`", page)
    missing = [name for name in named if "harbourwire" not in name and not (root / name).exists()]
    assert not missing
    assert len(FORMATS) == len({each.name for each in FORMATS})
