"""Names of metrics are a fixed set, whatever the input says."""

import importlib
import pkgutil
import re
from pathlib import Path

import pytest

import newsbeam.transforms
from newsbeam.transforms.runtime import metrics
from newsbeam.transforms.runtime.metrics import bounded
from newsbeam.transforms.write.schema import SCHEMAS

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("entries_new", "entries_new"),
        ("paragraphs_without_model:de", "paragraphs_without_model:de"),
        ("paragraphs_without_model:", "paragraphs_without_model:"),
        ("paragraphs_without_model:x-klingon", "paragraphs_without_model:other"),
        ("paragraphs_without_model:de:de", "paragraphs_without_model:other"),
        ("dead_letters:parse:ParseError", "dead_letters:parse:ParseError"),
        ("dead_letters:parse:ZeroDivisionError", "dead_letters:parse:ZeroDivisionError"),
        ("dead_letters:parse:Of input\nError", "dead_letters:parse:other"),
        ("dead_letters:nowhere:KeyError:1", "dead_letters:other:other"),
        ("paragraphs_forgotten:memory", "paragraphs_forgotten:memory"),
        ("polls:not_modified", "polls:not_modified"),
        ("polls:HTTP 404", "polls:other"),
        ("unheard_of:label", "unheard_of:other"),
        ("rows_written:entries", "rows_written:entries"),
    ],
)
def test_labels_of_the_input_make_no_new_names(name: str, expected: str) -> None:
    assert bounded(name) == expected


def test_hostile_labels_have_one_name_together() -> None:
    prefixes = (metrics.WITHOUT_MODEL, metrics.POLLS, metrics.ROWS_WRITTEN, f"{metrics.DEAD_LETTERS}:parse")
    for prefix in prefixes:
        assert {bounded(f"{prefix}:{number}:{'x' * number}") for number in range(500)} == {f"{prefix}:other"}


def test_errors_of_stages_have_their_own_names() -> None:
    """An error that can be a dead letter's is a subclass of these; a new one has to be among the names."""
    for module in pkgutil.walk_packages(newsbeam.transforms.__path__, "newsbeam.transforms."):
        if module.name.split(".")[2] in ("read", "parse", "text", "enrich", "common"):
            importlib.import_module(module.name)
    from newsbeam.transforms.errors import EnrichError, ParseError, RecordError, TextError
    from newsbeam.transforms.read.failures import SourceError

    for base in (EnrichError, ParseError, RecordError, TextError, SourceError):
        names = {base.__name__, *(kind.__name__ for kind in _below(base))}
        assert {bounded(f"dead_letters:read:{name}") for name in names} == {f"dead_letters:read:{n}" for n in names}


def test_every_name_with_labels_has_a_set_of_them() -> None:
    """A count with a label that no set has would lose it."""
    sources = [path.read_text() for path in (ROOT / "transforms").rglob("*.py")]
    with_labels = {name for text in sources for name in re.findall(r"\{metrics\.([A-Z_]{1,40})\}:", text)}
    assert len(with_labels) > 3
    assert {getattr(metrics, name) for name in with_labels} == set(metrics._LABELS)


def test_tables_have_their_own_names() -> None:
    tables = SCHEMAS.keys() - {"runs", "alerts"}  # which no step of a graph writes
    assert {bounded(f"rows_written:{table}") for table in tables} == {f"rows_written:{table}" for table in tables}


def _below(kind: type) -> set[type]:
    return {each for child in kind.__subclasses__() for each in (child, *_below(child))}
