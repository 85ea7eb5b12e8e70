"""A stream writes a dead letter once, however often its feed is polled."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import apache_beam as beam
import pytest
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from apache_beam.testing.util import assert_that, equal_to

from newsbeam.transforms.dedup import drop_written_dead_letters
from newsbeam.transforms.dedup.drop_written_dead_letters import DropWrittenDeadLetters, _DropFn
from newsbeam.transforms.ids import dead_letter_id
from newsbeam.transforms.records import DeadLetter, KnownDeadLetter
from newsbeam.transforms.runtime import metrics
from newsbeam.transforms.runtime.counters import listening
from newsbeam.transforms.runtime.packing import Pack
from testing.fake_state import FakeBag, FakeValue

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
WINDOW = timedelta(days=30)


def letter(uri: str = "https://a.example/feed", minutes: float = 0, **fields: Any) -> DeadLetter:
    at = NOON + timedelta(minutes=minutes)
    given = {"message": "not a feed", "source": "A", "payload": b"<html>", "poll": (uri, at), **fields}
    return DeadLetter("parse", "NotAFeedError", uri=uri, failed_at=at, **given)


def known(*letters: DeadLetter) -> tuple[KnownDeadLetter, ...]:
    return tuple(KnownDeadLetter(dead_letter_id(each), each.source) for each in letters)


class State:
    """The state of the key, which survives the DoFn that uses it."""

    def __init__(self) -> None:
        self.states = (FakeValue(), *(FakeBag() for _ in range(4)))

    def drop(self, letters: Sequence[DeadLetter], start: Any = None) -> tuple[list[DeadLetter], list[Any]]:
        """Return what a new worker passes on and drops."""
        fn = _DropFn(WINDOW, start)
        fn.setup()
        outputs = list(fn.process(("all", Pack(list(letters))), *self.states))
        new = [each for each in outputs if isinstance(each, DeadLetter)]
        return new, [each.value for each in outputs if not isinstance(each, DeadLetter)]


def test_the_same_bytes_and_reason_are_written_once_also_after_a_restart() -> None:
    state = State()
    first, second, third = letter(), letter(minutes=15), letter(minutes=30)
    assert state.drop([first, second]) == ([first], [second.poll])
    assert state.drop([third]) == ([], [third.poll])


@pytest.mark.parametrize("change", [{"payload": b"<html>2"}, {"message": "cut"}, {"source": "B"}, {"uri": "b"}])
def test_other_bytes_reasons_and_sources_are_written(change: dict[str, Any]) -> None:
    other = replace(letter(), **change)
    assert State().drop([letter(), other])[0] == [letter(), other]


def test_a_dead_letter_without_a_poll_is_dropped_silently() -> None:
    assert State().drop([letter(poll=None), letter(poll=None)]) == ([letter(poll=None)], [])


def test_a_warm_start_knows_what_the_output_has() -> None:
    other = letter("https://b.example/feed")
    assert State().drop([letter(), other], lambda _: known(letter())) == ([other], [letter().poll])


def test_it_is_written_again_when_the_window_has_passed() -> None:
    state, days = State(), 24 * 60
    assert state.drop([letter()])[0]
    assert not state.drop([letter(minutes=29 * days)])[0]
    assert state.drop([letter(minutes=41 * days)])[0]


def test_a_source_with_new_ones_at_each_poll_leaves_the_others_theirs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drop_written_dead_letters, "MAX_OF_SOURCE", 3)
    state = State()
    flood = [letter(payload=b"%d" % number, source="Flood") for number in range(5)]
    counted: dict[str, int] = {}
    with listening(lambda name, number: counted.update({name: counted.get(name, 0) + number})):
        assert state.drop([letter(), *flood])[0] == [letter(), *flood]
    assert counted[metrics.STATE_FULL] == 2
    assert state.drop([letter(minutes=15), *flood])[0] == flood[3:]


def test_on_a_runner() -> None:
    first, second = letter(), letter(minutes=15)
    with beam.Pipeline(runner=FnApiRunner()) as pipeline:
        found = pipeline | beam.Create([first, second], reshuffle=False) | DropWrittenDeadLetters(WINDOW)
        assert_that(found.new, equal_to([first]), "New")
        assert_that(found.written, equal_to([second.poll]), "Written")
