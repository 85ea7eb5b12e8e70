"""Batches in worker processes, and records that end their process."""

import os
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import apache_beam as beam
import pytest
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from apache_beam.testing.util import assert_that, equal_to

from newsbeam.transforms.parse import transforms
from newsbeam.transforms.parse.document import ParseLimits
from newsbeam.transforms.parse.transforms import StreamingParseDocuments
from newsbeam.transforms.records import DeadLetter, Document, Entry, Paragraph, Poll, Polled, Story
from newsbeam.transforms.runtime import metrics
from newsbeam.transforms.runtime import workers as pools
from newsbeam.transforms.runtime.batches import Batch, Chain
from newsbeam.transforms.runtime.isolation import dead_letter_for
from newsbeam.transforms.runtime.map_batches import MapBatches
from newsbeam.transforms.runtime.workers import Pool, current_pool, worker_pool
from newsbeam.transforms.write.rows import story_rows
from tests.support.deadly import DeadlyModel, bodies, die, die_once, lengths, nothing, parse, records_of

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)


def make_document(body: str) -> Document:
    return Document(f"file:{body}", body.encode(), NOW, "Example", "feed")


def make_story(text: str, language: str = "en") -> Story:
    entry = Entry(text.ljust(24, "0"), "Example", "feed", "text", NOW, version=1, title=text)
    return Story(entry, (Paragraph(text, text, 1, 0, text, "paragraph", language, text),))


def run(elements: Sequence[Any], transform: MapBatches, items: Sequence[Any], letters: Sequence[Any]) -> Counter[str]:
    """Run `transform`; check its outputs, dead letters by their payloads; return the counters."""
    with beam.Pipeline(runner=FnApiRunner()) as pipeline:
        found = pipeline | beam.Create(list(elements), reshuffle=False) | transform
        assert_that(found.items, equal_to(list(items)), label="Items")
        assert_that(found.dead_letters | beam.Map(payload), equal_to(list(letters)), label="Letters")
    counters = pipeline.result.metrics().query()["counters"]
    return Counter({each.key.metric.name: each.committed for each in counters})


def payload(letter: DeadLetter) -> bytes:
    return letter.payload


@pytest.fixture(scope="module", autouse=True)
def pool() -> Iterator[Pool]:
    """A pool for all tests; it survives each of them."""
    with worker_pool(2, nothing):
        yield current_pool()


WORDS = [f"word {number}" for number in range(40)]


@pytest.mark.parametrize("places", [[], [0], [39], [3, 17], [8, 9, 30]])
@pytest.mark.slow
def test_what_kills_a_process_is_a_dead_letter_and_all_else_goes_on_once(places: list[int], tmp_path: Path) -> None:
    words = [f"poison {place}" if place in places else word for place, word in enumerate(WORDS)]
    function = partial(lengths, log=tmp_path / "log")
    items = [(word.encode(), len(word)) for word in words if not word.startswith("poison")]
    counted = run(
        [make_document(word) for word in words],
        MapBatches(function, 8),
        items,
        [word.encode() for word in words if word.startswith("poison")],
    )
    assert counted["done"] == len(items)
    assert counted[f"{metrics.DEAD_LETTERS}:parse:WorkerCrashedError"] == len(places)


def test_the_fallbacks_results_are_emitted_beside_the_dead_letter(tmp_path: Path) -> None:
    transform = MapBatches(partial(lengths, log=tmp_path / "log"), 4, fallback=bodies)
    documents = [make_document(word) for word in ("one", "poison", "three")]
    run(documents, transform, [(b"one", 3), (b"poison", None), (b"three", 5)], [b"poison"])


def test_elements_that_refer_to_records_are_unpacked(tmp_path: Path) -> None:
    transform = MapBatches(partial(lengths, log=tmp_path / "log"), 1, unpack=records_of)
    chunks = [tuple(make_document(word) for word in words) for words in (["a", "b"], ["c", "poison", "d"])]
    run(chunks, transform, [(word, 1) for word in (b"a", b"b", b"c", b"d")], [b"poison"])


def test_an_element_that_is_not_a_record_fails_the_run() -> None:
    with pytest.raises(Exception, match="the worker process crashed"), beam.Pipeline(runner=FnApiRunner()) as pipeline:
        _ = pipeline | beam.Create([1], reshuffle=False) | MapBatches(die)


def test_a_process_that_dies_by_chance_costs_no_record(pool: Pool, tmp_path: Path) -> None:
    """Once, as if another process had killed it."""
    documents = [make_document(word) for word in WORDS]
    items = [(word.encode(), len(word)) for word in WORDS]
    run(documents, MapBatches(partial(die_once, mark=tmp_path / "mark", log=tmp_path / "log"), 8), items, [])


def test_processes_that_die_before_they_get_a_record_fail_the_run(tmp_path: Path) -> None:
    broken = Pool(1, partial(os._exit, 9))
    try:
        with pytest.raises(Exception, match="abruptly"):
            broken.submit(len, [1]).result()
        with pytest.raises(Exception, match="abruptly"):
            broken.isolate(len, [1], lambda _: 0)
    finally:
        broken.close()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_to_the_whole_group_is_left_to_the_parent(number: signal.Signals) -> None:
    """Also while the processes start."""
    one = Pool(1, nothing)
    try:
        for _ in range(2):
            running = one.submit(os.getpid)
            (process,) = one._executor._processes
            subprocess.run(["kill", f"-{number}", str(process)], check=True)
            assert running.result() == process
    finally:
        one.close()


def test_an_isolation_process_that_is_killed_between_records_costs_no_record() -> None:
    one = Pool(1, nothing)
    try:
        for _ in range(2):
            assert one.isolate(sum, [1, 2], fail) == [1, 2]
            (process,) = one._isolation._processes
            os.kill(process, signal.SIGKILL)
    finally:
        one.close()


def fail(_: Any) -> Any:
    raise AssertionError


def test_without_a_pool_a_function_has_a_process_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(pools, "_open", None)
    monkeypatch.setattr(pools, "_own", None)
    documents = [make_document(word) for word in ("one", "poison", "three")]
    transform = MapBatches(partial(lengths, log=tmp_path / "log"), 4)
    run(documents, transform, [(b"one", 3), (b"three", 5)], [b"poison"])
    assert current_pool() is current_pool()
    current_pool().close()


@pytest.mark.slow
def test_a_story_that_kills_the_model_is_written_without_entities(pool: Pool) -> None:
    """Its paragraphs may be what duplicates refer to."""
    stories = [make_story(text) for text in ("Kim came.", "Lee went.", "Mo stayed.")]
    with beam.Pipeline(runner=FnApiRunner()) as pipeline:
        found = (
            pipeline
            | beam.Create(stories, reshuffle=False)
            | MapBatches(Chain((DeadlyModel("Lee went."), story_rows)), 32, fallback=story_rows)
        )
        written = found.items | beam.FlatMap(_texts)
        assert_that(written, equal_to(["Kim came.", "Lee went.", "Mo stayed."]))
        assert_that(found.dead_letters | beam.Map(payload), equal_to([b"Lee went."]), label="Letters")


@pytest.mark.parametrize("has_pool", [True, False])
@pytest.mark.slow
def test_a_document_that_kills_its_parser_gave_its_poll_no_entries(
    monkeypatch: pytest.MonkeyPatch, has_pool: bool
) -> None:
    if not has_pool:
        monkeypatch.setattr(pools, "_open", None)
        monkeypatch.setattr(pools, "_own", None)
    monkeypatch.setattr(transforms, "parse_polled_batch", parse)
    poll = Poll("feed", "feed", "Example", NOW, "ok")
    documents = [Polled(make_document(body), poll, of) for body, of in (("A title", 0), ("poison", 3), ("", 0))]
    with beam.Pipeline(runner=FnApiRunner()) as pipeline:
        found = pipeline | beam.Create(documents, reshuffle=False) | StreamingParseDocuments(ParseLimits())
        entries = found.items | beam.Map(lambda its: ([e.title for e in its.value], its.poll, its.of, its.dead_letters))
        assert_that(entries, equal_to([(["A title"], poll, 0, 0), ([], poll, 3, 1), ([], poll, 0, 1)]))
        letters = found.dead_letters | beam.Map(lambda letter: (letter.error, letter.payload, letter.poll))
        expected = [("WorkerCrashedError", b"poison", poll.key), ("ParseError", b"", poll.key)]
        assert_that(letters, equal_to(expected), label="Letters")
    if not has_pool:
        current_pool().close()


def _texts(rows: tuple[str, Any]) -> list[str]:
    return rows[1]["text"].to_pylist() if rows[0] == "paragraphs" else []


@pytest.mark.parametrize(
    ("record", "stage", "uri", "body"),
    [
        (make_document("body"), "parse", "file:body", b"body"),
        (Polled(make_document("body"), Poll("f", "f", "Example", NOW, "ok")), "parse", "file:body", b"body"),
        (Entry("id", "Example", "feed", "rss20", NOW, url="u", content="<p>\ud800</p>"), "text", "u", None),
        (make_story("A text."), "enrich", "feed", b"A text."),
    ],
)
def test_dead_letters(record: Any, stage: str, uri: str, body: bytes | None) -> None:
    letter = dead_letter_for(record, ValueError("a reason"))
    assert letter is not None
    assert (letter.stage, letter.source, letter.uri, letter.failed_at) == (stage, "Example", uri, NOW)
    assert letter.payload == (body or "<p>\ud800</p>".encode("utf-8", "surrogatepass"))


def test_no_dead_letter_without_a_record() -> None:
    assert dead_letter_for(("a", 1), ValueError()) is None


def heavy(words: Sequence[str], log: Path) -> Batch[str]:
    """Note when a batch begins and ends."""
    for word in words:
        with log.open("a") as file:
            file.write(f"+{word}\n")
        time.sleep(0.2)
        with log.open("a") as file:
            file.write(f"-{word}\n")
    return Batch(list(words))


@pytest.mark.parametrize(("weight", "together"), [(1.0, True), (100.0, False)])
@pytest.mark.slow
def test_elements_heavier_than_all_that_may_be_in_flight_go_one_by_one(tmp_path, weight, together):
    log = tmp_path / "log"
    words = ["a", "b", "c"]
    run(words, MapBatches(partial(heavy, log=log), 1, 1.0, partial(_weigh, weight=weight)), words, [])
    lines = log.read_text().split()
    assert sorted(lines) == sorted(f"{sign}{word}" for word in words for sign in "+-")
    one_by_one = ["+a", "-a", "+b", "-b", "+c", "-c"]
    assert (lines != one_by_one) == together


def _weigh(_: str, weight: float) -> float:
    return weight
