"""Polls that wait for their rows."""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import apache_beam as beam
import pytest
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from apache_beam.testing.util import assert_that, equal_to

from newsbeam.transforms.records import Poll, PollKey, PollTotals
from newsbeam.transforms.runtime import metrics
from newsbeam.transforms.runtime.counters import listening
from newsbeam.transforms.runtime.packing import Pack
from newsbeam.transforms.write.commit_polls import (
    MAX_WAIT,
    CommitPolls,
    PendingPoll,
    PendingPolls,
    _CommitPollsFn,
    finalize,
)
from newsbeam.transforms.write.write_rows import Written
from testing.fake_state import FakeValue
from tests.support.prism import on_prism, timeline

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)


def poll(feed_url: str, minutes: int = 0) -> Poll:
    return Poll(feed_url, feed_url, "A", NOW + timedelta(minutes=minutes), "ok", etag='"1"', body_hash=f"h{minutes}")


class Settling:
    """The state, and what has been settled."""

    def __init__(self) -> None:
        self.open: PendingPolls = {}
        self.settled: list[Poll] = []
        self.expired: list[Poll] = []

    def count(self, *polls: PollTotals, now: datetime = NOW) -> None:
        self._settle(polls, (), now)

    def write(self, *keys: PollKey, now: datetime = NOW) -> None:
        self._settle((), keys, now)

    def _settle(self, polls: Sequence[PollTotals], keys: Sequence[PollKey], now: datetime) -> None:
        settled, expired, self.open = finalize(self.open, polls, [{key: 1} for key in keys], now)
        self.settled += settled
        self.expired += expired


def test_a_poll_waits_for_its_rows_whichever_come_first() -> None:
    settling = Settling()
    a, b = poll("a"), poll("b")
    settling.count(PollTotals(a, 3))
    settling.write(a.key, b.key)
    settling.write(a.key, b.key)
    assert settling.settled == []
    settling.count(PollTotals(b, 2))
    assert settling.settled == [b]
    settling.write(a.key)
    assert settling.settled == [b, a]
    assert settling.open == {}


def test_a_poll_without_new_rows_waits_only_for_the_earlier_polls_of_its_feed() -> None:
    settling = Settling()
    first, second, third = (poll("a", minutes) for minutes in range(3))
    settling.count(PollTotals(first, 1), PollTotals(second, 0))
    settling.count(PollTotals(third, 1), PollTotals(poll("b", 2), 0))
    settling.write(third.key)
    assert settling.settled == [poll("b", 2)]
    settling.write(first.key)
    assert settling.settled == [poll("b", 2), first, second, third]
    assert settling.open == {}


def test_an_archive_that_was_counted_in_parts() -> None:
    settling = Settling()
    settling.count(PollTotals(poll("a"), 2))
    settling.write(poll("a").key)
    settling.count(PollTotals(poll("a"), 1))
    assert settling.open == {poll("a").key: PendingPoll((poll("a"), poll("a")), 3, 1)}
    settling.write(poll("a").key, poll("a").key)
    assert settling.settled == [poll("a")] * 2


def test_an_expired_poll_is_emitted_without_validators() -> None:
    settling = Settling()
    settling.count(PollTotals(poll("a"), 2), PollTotals(poll("a", 90), 1))
    settling.write(poll("a").key, poll("of a poll that never comes").key, poll("a", 90).key)
    settling.count(now=NOW + MAX_WAIT)
    assert (settling.settled, settling.expired) == ([], [])
    settling.count(now=NOW + MAX_WAIT + timedelta(seconds=1))
    assert (settling.settled, settling.expired) == ([poll("a", 90)], [poll("a")])
    assert settling.open == {}
    settling.write(poll("a").key, now=NOW + timedelta(days=1))  # late
    assert settling.open == {}


def test_validators_are_removed() -> None:
    expired = Poll("a", "u", "A", NOW - timedelta(days=400), "ok", etag="1", last_modified="2", body_hash="3", bytes=4)
    counted: Counter[str] = Counter()
    state = FakeValue(None)
    with listening(lambda name, number: counted.update({name: number})):
        (poll,) = _CommitPollsFn().process(("all", Pack([("0/1", PollTotals(expired, 1))])), state)
    assert poll == replace(expired, etag="", last_modified="", body_hash="")
    assert counted[metrics.POLLS_OVERDUE] == 1
    assert state.value is None


@pytest.mark.parametrize("shards", [1, 3])
def test_polls_of_a_graph(shards: int) -> None:
    now = datetime.now(UTC)
    polls = [Poll(f"feed {number % 7}", "u", "A", now + timedelta(seconds=number), "ok") for number in range(50)]
    elements = [
        *(PollTotals(each, number % 4) for number, each in enumerate(polls)),
        *(Written(("name",), {each.key: 1}) for number, each in enumerate(polls) for _ in range(number % 4)),
    ]
    random.Random(0).shuffle(elements)
    with beam.Pipeline(runner=FnApiRunner()) as pipeline:
        assert_that(pipeline | beam.Create(elements) | CommitPolls(shards), equal_to(polls))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::ResourceWarning")  # Beam's own sockets to Prism
def test_polls_of_a_feed_appear_in_order_whichever_rows_are_written_first(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    earlier, later = (replace(poll("a", minutes), fetched_at=now + timedelta(minutes=minutes)) for minutes in (0, 1))
    other = replace(earlier, feed_url="b", body_hash="other")
    arrivals = timeline(
        (1, [PollTotals(earlier, 1), PollTotals(later, 1)]),
        (1, [Written(("of the later one",), {later.key: 1})]),
        (1, [PollTotals(other, 0)]),
        (1, [Written(("of the earlier one",), {earlier.key: 1})]),
    )
    with on_prism() as pipeline:
        _ = pipeline | arrivals | CommitPolls() | beam.Map(_note, str(tmp_path / "polls"))
    assert (tmp_path / "polls").read_text().split() == ["b,other", "a,h0", "a,h1"]


def _note(poll: Poll, path: str) -> None:
    with open(path, "a") as file:
        file.write(f"{poll.feed_url},{poll.body_hash}\n")
