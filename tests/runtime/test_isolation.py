"""A record that makes a function fail becomes one dead letter and affects no other record."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import apache_beam as beam
import pytest
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from apache_beam.testing.util import assert_that, equal_to

from newsbeam.transforms.errors import BrokenStageError
from newsbeam.transforms.records import Document, Entry, Poll, Polled, Story
from newsbeam.transforms.runtime.isolation import Isolated, RecordLimits
from newsbeam.transforms.runtime.map_batches import MapBatches
from newsbeam.transforms.runtime.workers import worker_pool
from tests.support.deadly import bodies, broken, fails, nothing, spin

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
LIMITS = RecordLimits(cpu_s=0.5, memory_bytes=2_000_000_000)


def make_document(body: str) -> Document:
    return Document(f"file:{body}", body.encode(), NOW, "Example", "feed")


@pytest.fixture(scope="module", autouse=True)
def pool() -> Iterator[None]:
    with worker_pool(2, nothing):
        yield


@pytest.mark.parametrize(
    ("how", "error"),
    [
        ("raises", "AttributeError"),
        ("python", "LimitError"),
        pytest.param("deaf", "WorkerCrashedError", marks=pytest.mark.slow),
        pytest.param("native", "WorkerCrashedError", marks=pytest.mark.slow),
        ("memory", "MemoryError"),
    ],
)
def test_a_record_that_never_returns_is_a_dead_letter(how: str, error: str) -> None:
    documents = [make_document(body) for body in ("one", "two", f"poison {how}", "three", "four")]
    check(documents, MapBatches(spin, 3, limits=LIMITS), ["one", "two", "three", "four"], [(error, f"poison {how}")])


@pytest.mark.slow
def test_a_record_that_only_waits_is_a_dead_letter() -> None:
    limits = RecordLimits(cpu_s=0.1)
    documents = [make_document(body) for body in ("one", "poison asleep", "two")]
    check(documents, MapBatches(spin, 3, limits=limits), ["one", "two"], [("WorkerCrashedError", "poison asleep")])


def test_the_fallbacks_results_are_emitted() -> None:
    documents = [make_document(body) for body in ("one", "poison raises", "two")]
    transform = MapBatches(spin, 3, fallback=bodies, limits=LIMITS)
    check(documents, transform, ["one", "poison raises", "two"], [("AttributeError", "poison raises")])


def check(documents: list[Document], transform: MapBatches, items: list[str], letters: list[tuple[str, str]]) -> None:
    with beam.Pipeline(runner=FnApiRunner()) as pipeline:
        found = pipeline | beam.Create(documents, reshuffle=False) | transform
        assert_that(found.items | beam.Map(lambda item: item[0].decode()), equal_to(items), label="Items")
        told = found.dead_letters | beam.Map(lambda letter: (letter.error, letter.payload.decode()))
        assert_that(told, equal_to(letters), label="Letters")


def test_the_dead_letter_says_what_happened_and_where() -> None:
    (letter,) = Isolated(spin)([make_document("poison raises")]).dead_letters
    assert (letter.stage, letter.error, letter.message) == (
        "parse",
        "AttributeError",
        "the parse stage failed: no one foresaw this",
    )
    assert "in spin" in letter.traceback


def test_a_stage_that_can_work_on_no_record_fails_the_run() -> None:
    with pytest.raises(BrokenStageError):
        Isolated(broken)([make_document("one"), make_document("two")])


def test_a_record_without_a_row_is_counted_by_its_dead_letter() -> None:
    """The poll of its document waits for a row of it, or for a dead letter."""
    entry = Entry("0" * 24, "Example", "feed", "text", NOW, version=1)
    (letter,) = Isolated(fails, fails)([Story(entry)]).dead_letters
    assert (letter.stage, letter.error, letter.poll) == ("enrich", "ZeroDivisionError", ("feed", NOW))


def test_a_record_with_a_row_is_not_counted_twice() -> None:
    entry = Entry("0" * 24, "Example", "feed", "text", NOW, version=1)
    batch = Isolated(fails, list_of)([Story(entry)])
    assert (len(batch.items), [letter.poll for letter in batch.dead_letters]) == (1, [None])


def list_of(records: Any) -> Any:
    from newsbeam.transforms.runtime.batches import Batch

    return Batch(list(records))


def test_the_poll_of_a_document_knows_its_dead_letter() -> None:
    poll = Poll("feed", "feed", "Example", NOW, "ok")
    (letter,) = Isolated(fails)([Polled(make_document("x"), poll)]).dead_letters
    assert letter.poll == poll.key
