"""CommitPolls: the rows of polls, not before those of all that came of them. No file is written here.

The last poll of a source says what needn't be read again: its validators and the hash of its body. A later run or
stream believes them, so they must not be written while an entry of that poll, or a dead letter, is still on its way
through the taggers to its file: if the stream ended then, nobody would ever read it again.

So a poll waits until as many rows as it counts have been written, and until the earlier polls of its feed have been:
an entry is of the first poll that had it. One that waits for longer than `PATIENCE` goes on without its validators,
which nobody can believe then; a bug or a step that is an hour behind takes nothing but the savings.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import apache_beam as beam
from apache_beam.coders import PickleCoder
from apache_beam.transforms.userstate import ReadModifyWriteStateSpec

from newsbeam.transforms.records import Poll, PollKey, PollTotals
from newsbeam.transforms.runtime import metrics
from newsbeam.transforms.runtime.counters import count, measure
from newsbeam.transforms.runtime.packing import Pack, PackByKey, one_key
from newsbeam.transforms.runtime.state import decode, encode, from_values, poll_key_of, to_values
from newsbeam.transforms.write.write_rows import Written

PATIENCE = timedelta(hours=1)

_KIND, _FORMAT = "pending polls", 1


@dataclass(frozen=True)
class PendingPoll:
    """What is known of a poll that waits.

    Attributes:
        polls: The poll; none while only rows of it have come, several where an archive was counted in parts.
        rows: How many rows it counts.
        written: How many of them have been written.
    """

    polls: tuple[Poll, ...] = ()
    rows: int = 0
    written: int = 0


PendingPolls = dict[PollKey, PendingPoll]


@dataclass
class CommitPolls(beam.PTransform):
    """Holds polls back until all their rows have been written.

    Input: an unbounded PCollection of PollTotals and Written in the global window. Output: Poll. Key: one for all.
    State: the polls that wait. Delivery: exactly once with the engine's state.
    """

    def expand(self, elements: beam.PCollection[Any]) -> beam.PCollection[Poll]:
        return elements | "Pack" >> PackByKey(one_key) | "Settle" >> beam.ParDo(_CommitPollsFn())


class _CommitPollsFn(beam.DoFn):
    OPEN = ReadModifyWriteStateSpec("open", PickleCoder())

    def process(self, element: tuple[str, Pack], open_polls: Any = beam.DoFn.StateParam(OPEN)) -> Iterator[Poll]:
        _, pack = element
        before = decode_open(open_polls.read())
        counted = [each for each in pack.items if isinstance(each, PollTotals)]
        written = [each.polls for each in pack.items if isinstance(each, Written)]
        polls, expired, after = finalize(before, counted, written, datetime.now(UTC))
        if after != before:
            open_polls.write(encode_open(after))
        measure(metrics.STATE_POLLS, len(after))
        if expired:
            count(metrics.POLLS_OVERDUE, len(expired))
        yield from (*polls, *map(without_validators, expired))


def encode_open(polls: PendingPolls) -> Any:
    """Return polls that wait as state."""
    return encode(
        _KIND,
        _FORMAT,
        tuple((key, tuple(map(to_values, each.polls)), each.rows, each.written) for key, each in polls.items()),
    )


def decode_open(state: Any) -> PendingPolls:
    """Return the polls that wait of a state; none of none."""
    if state is None:
        return {}
    (rows,) = decode(_KIND, _FORMAT, state)
    return {
        poll_key_of(key): PendingPoll(tuple(from_values(Poll, poll) for poll in polls), count, written)
        for key, polls, count, written in rows
    }


def finalize(
    open_polls: PendingPolls, counted: Iterable[PollTotals], written: Iterable[Mapping[PollKey, int]], now: datetime
) -> tuple[list[Poll], list[Poll], PendingPolls]:
    """Return the polls that need wait no longer, those that can't, both the earliest first, and what is open then.

    Args:
        open_polls: What was open before.
        counted: Polls that have come.
        written: Rows that have been written, by poll; they may come before it.
        now: The time, aware and UTC.
    """
    known = dict(open_polls)
    for poll, rows in ((each.poll, each.rows) for each in counted):
        before = known.get(poll.key, PendingPoll())
        known[poll.key] = replace(before, polls=(*before.polls, poll), rows=before.rows + rows)
    for key, rows in sum(map(Counter, written), Counter[PollKey]()).items():
        before = known.get(key, PendingPoll())
        known[key] = replace(before, written=before.written + rows)
    polls: list[Poll] = []
    expired: list[Poll] = []
    still: PendingPolls = {}
    waiting: set[str] = set()
    for key in sorted(known, key=lambda key: (key[1], key[0])):
        each, (feed_url, fetched_at) = known[key], key
        if each.polls and each.written >= each.rows and feed_url not in waiting:
            polls += each.polls
        elif fetched_at < now - PATIENCE:
            expired += each.polls
        else:
            still[key] = each
            if each.polls:
                waiting.add(feed_url)
    return polls, expired, still


def without_validators(poll: Poll) -> Poll:
    """Return a poll that nobody takes for a reason not to read something."""
    return replace(poll, etag="", last_modified="", body_hash="")
