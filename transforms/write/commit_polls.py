"""CommitPolls: emits a poll only after every row that it produced has been committed. It writes no files itself.

A later run or stream skips a body whose ETag, Last-Modified or hash equals that of the latest poll in the output. If a
poll were written before its rows and the stream ended then, those entries and dead letters would be lost.

So a poll waits until as many rows as it counts have been written, and until the earlier polls of its feed have been
emitted: an entry belongs to the first poll that contained it. A poll that waits longer than `MAX_WAIT` is emitted
without validators, and its source is fetched again: a bug or a slow step costs a request and no rows.
"""

from collections import Counter, defaultdict
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
from newsbeam.transforms.runtime.packing import Pack, PackByKey, shard_of
from newsbeam.transforms.runtime.state import decode, encode, from_values, poll_key_of, to_values
from newsbeam.transforms.write.rows import KeyedRows, keyed_poll_rows
from newsbeam.transforms.write.write_rows import Written

# `raw_log.FINISH_WITHIN` relies on this bound: a start decides by it which packs are finished.
MAX_WAIT = timedelta(hours=1)

_KIND, _FORMAT = "pending polls", 2


@dataclass(frozen=True)
class PendingPoll:
    """A poll whose rows are not all written yet.

    Attributes:
        polls: The poll; empty while only its rows have arrived, several where an archive was counted in parts.
        rows: How many rows it has produced.
        written: How many of them have been written.
    """

    polls: tuple[Poll, ...] = ()
    rows: int = 0
    written: int = 0


PendingPolls = dict[PollKey, PendingPoll]


@dataclass
class CommitPolls(beam.PTransform):
    """Holds polls back until all their rows have been written.

    Input: an unbounded PCollection of PollTotals and Written in the global window. Output: Poll. Key: a shard of the
    feeds. State: the pending polls. Ordering: the polls of a feed by time. Delivery: exactly once with the engine's
    state.

    Attributes:
        shards: The number of shards; it never changes while there is state.
    """

    shards: int = 1

    def expand(self, elements: beam.PCollection[Any]) -> beam.PCollection[Poll]:
        return (
            elements
            | "ByFeed" >> beam.FlatMap(_by_feed, self.shards).with_output_types(Any)
            | "Pack" >> PackByKey(_shard)
            | "Settle" >> beam.ParDo(_CommitPollsFn())
        )


Counted = PollTotals | Mapping[PollKey, int]
"""A poll with its number of rows, or how many rows of some polls have been written."""


def _by_feed(element: PollTotals | Written, shards: int) -> Iterator[tuple[str, Counted]]:
    if isinstance(element, PollTotals):
        # By feed, since polls of one feed wait for each other, and not by poll.
        yield shard_of(element.poll.feed_url, shards), element
        return
    written: dict[str, dict[PollKey, int]] = defaultdict(dict)
    for key, rows in element.polls.items():
        written[shard_of(key[0], shards)][key] = rows
    yield from written.items()


def _shard(element: tuple[str, Counted]) -> str:
    return element[0]


class _CommitPollsFn(beam.DoFn):
    # "open" and "Settle" above are older names that savepoints know; a renamed one begins empty.
    PENDING = ReadModifyWriteStateSpec("open", PickleCoder())

    def process(self, element: tuple[str, Pack], pending_polls: Any = beam.DoFn.StateParam(PENDING)) -> Iterator[Poll]:
        _, pack = element
        before = decode_pending(pending_polls.read())
        items = [each for _, each in pack.items]
        counted = [each for each in items if isinstance(each, PollTotals)]
        written = [each for each in items if not isinstance(each, PollTotals)]
        polls, expired, after = finalize(before, counted, written, datetime.now(UTC))
        # Unchanged state is not written again: every write goes into the next checkpoint.
        if after != before:
            pending_polls.write(encode_pending(after))
        measure(metrics.STATE_POLLS, len(after))
        if expired:
            count(metrics.POLLS_OVERDUE, len(expired))
        yield from (*polls, *map(without_validators, expired))


def encode_pending(polls: PendingPolls) -> Any:
    """Return pending polls as state."""
    return encode(
        _KIND,
        _FORMAT,
        tuple((key, tuple(map(to_values, each.polls)), each.rows, each.written) for key, each in polls.items()),
    )


def decode_pending(state: Any) -> PendingPolls:
    """Return the pending polls of a state; none if the state is None."""
    if state is None:
        return {}
    (rows,) = decode(_KIND, _FORMAT, state)
    return {
        poll_key_of(key): PendingPoll(tuple(from_values(Poll, poll) for poll in polls), count, written)
        for key, polls, count, written in rows
    }


def finalize(
    pending: PendingPolls, counted: Iterable[PollTotals], written: Iterable[Mapping[PollKey, int]], now: datetime
) -> tuple[list[Poll], list[Poll], PendingPolls]:
    """Return the polls whose rows are all written, those that have expired, both earliest first, and the pending rest.

    Args:
        pending: The polls that were pending before.
        counted: Polls that have arrived, with the number of rows that they produced.
        written: Numbers of rows that have been written, by poll; they may arrive before the poll.
        now: The time, aware and UTC.
    """
    known = dict(pending)
    for poll, rows in ((each.poll, each.rows) for each in counted):
        before = known.get(poll.key, PendingPoll())
        # Added and not replaced: of an archive each member's part of the poll arrives alone, in any order.
        known[poll.key] = replace(before, polls=(*before.polls, poll), rows=before.rows + rows)
    for key, rows in sum(map(Counter, written), Counter[PollKey]()).items():
        before = known.get(key, PendingPoll())
        known[key] = replace(before, written=before.written + rows)
    polls: list[Poll] = []
    expired: list[Poll] = []
    still: PendingPolls = {}
    waiting: set[str] = set()
    # By time, so that a later poll of a feed waits for an earlier one: a run trusts the last poll's validators for all
    # rows before it.
    for key in sorted(known, key=lambda key: (key[1], key[0])):
        each, (feed_url, fetched_at) = known[key], key
        if each.polls and each.written >= each.rows and feed_url not in waiting:
            polls += each.polls
        # Before the wait for earlier polls ends: what is counted wrongly must not hold a feed for good.
        elif fetched_at < now - MAX_WAIT:
            expired += each.polls
        else:
            # Rows may be written before their poll arrives, since they take another way through the graph.
            still[key] = each
            if each.polls:
                waiting.add(feed_url)
    return polls, expired, still


def without_validators(poll: Poll) -> Poll:
    """Return a poll without ETag, Last-Modified and body hash: its source is fetched again."""
    # All three: any of them lets a later poll skip the body.
    return replace(poll, etag="", last_modified="", body_hash="")


def rows_of_pack(element: tuple[str, Pack]) -> KeyedRows:
    """Return the rows of a pack of polls with the key of their file."""
    return keyed_poll_rows(element[1].items)
