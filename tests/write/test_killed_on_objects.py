"""A process that is killed at any request to an object store, and its successor, write each row once."""

import itertools
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, date, datetime

import obstore
import pyarrow.parquet as pq
import pytest

from newsbeam.transforms.write.commit import commit, recover, slice_id, stage
from newsbeam.transforms.write.compaction.compact import compact
from newsbeam.transforms.write.lease import Lease
from newsbeam.transforms.write.ownership import CommitState, FencingTokens
from newsbeam.transforms.write.rows import slice_tables, story_rows
from newsbeam.transforms.write.store import Store
from newsbeam.transforms.write.write_rows import write_commit
from tests.support.objects import memory_objects

TOMORROW = date(2027, 1, 2)

pytestmark = pytest.mark.slow


class KilledError(BaseException):
    """No `except` of the product catches it, and until `Kills.revive` every request raises it again."""


class Kills:
    """Counts the requests that change a store, and kills before the `step`-th one, in the middle of a deletion."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch):
        self._left = -1
        self._dead = False
        for name in ("put", "copy", "delete"):
            monkeypatch.setattr(obstore, name, self._mortal(getattr(obstore, name)))

    def die_at(self, step: int) -> None:
        self._left, self._dead = step, False

    def revive(self) -> bool:
        """Let requests through; return whether the process had died."""
        dead, self._dead, self._left = self._dead, False, -1
        return dead

    def _mortal(self, function: Callable) -> Callable:
        def mortal(store, first, *arguments, **options):
            if self._left == 0 or self._dead:
                if not self._dead and isinstance(first, list):
                    function(store, first[: len(first) // 2])
                self._dead = True
                raise KilledError
            self._left -= 1
            return function(store, first, *arguments, **options)

        return mortal


@pytest.fixture
def kills(monkeypatch) -> Kills:
    return Kills(monkeypatch)


def stories(make_story: Callable, count: int) -> list:
    times = [datetime(2027, 1, 1, hour, tzinfo=UTC) for hour in range(count)]
    return [make_story(str(n), (f"Text {n}.", "More."), fetched_at=time) for n, time in enumerate(times)]


def write_slices(store: Store, items: list) -> None:
    for each in items:
        commit(store, stage(store, slice_id([each.entry]), slice_tables(story_rows([each]).items)))


def texts(store: Store) -> Counter:
    """Count the visible paragraphs; no entry is visible without its own."""
    found: Counter = Counter()
    for name in store.list("paragraphs"):
        with store.open_read(name) as file:
            found.update(pq.read_table(file, columns=["text"])["text"].to_pylist())
    for name in store.list("entries"):
        with store.open_read(name) as file:
            counts = pq.read_table(file, columns=["entry_id"]).num_rows
        assert not counts or sum(found.values()) >= 2 * counts
    return found


def each_step(kills: Kills, act: Callable[[Store], None]) -> Iterator[tuple[Store, bool]]:
    """Yield an output for each step at which `act` was killed in it, and one in which it wasn't."""
    for step in itertools.count():
        with memory_objects():
            store = Store("memory://bucket/out")
            yield store, False
            kills.die_at(step)
            with suppress(KilledError):
                act(store)
            died = kills.revive()
            yield store, True
            if not died:
                return


def test_slices_of_a_run(kills: Kills, make_story) -> None:
    items = stories(make_story, 3)
    steps = 0
    for store, acted in each_step(kills, lambda store: write_slices(store, items)):
        if acted:
            steps += 1
            assert set(texts(store)) <= {"More.", *(f"Text {n}." for n in range(3))}
            recover(store)
            assert not store.list("_staging")
            write_slices(store, items)  # as a run does that finds its rest, and what it has
            assert texts(store) == Counter({"More.": 3, "Text 0.": 1, "Text 1.": 1, "Text 2.": 1})
    assert steps > 15


def test_a_recovery(kills: Kills, make_story) -> None:
    items = stories(make_story, 2)
    for first in range(3, 9):

        def interrupted(store: Store, first: int = first) -> None:
            kills.die_at(first)
            with pytest.raises(KilledError):
                write_slices(store, items)
            kills.revive()

        for store, acted in each_step(kills, recover):
            if not acted:
                interrupted(store)
            else:
                recover(store)
                write_slices(store, items)
                assert sum(texts(store).values()) == 4


def test_the_commits_of_a_stream(kills: Kills, make_story) -> None:
    items = stories(make_story, 3)
    tables = [slice_tables(story_rows([each]).items) for each in items]
    attempts = (f"a{n}" for n in itertools.count())

    def write_all(store: Store, state: CommitState, begin: int) -> None:
        tokens = FencingTokens(lambda: next(attempts))
        for number, each in enumerate(tables[begin:], begin):
            _, state = write_commit(store, "stories", state, each, tokens)
            checkpoints[number + 1] = state

    steps = 0
    for back in (0, 1):  # an engine can go back to an earlier checkpoint
        checkpoints: dict[int, CommitState] = {}
        for store, acted in each_step(kills, lambda store: write_all(store, CommitState("epoch"), 0)):
            if acted:
                steps += 1
                begin = max(0, max(checkpoints, default=0) - back)
                write_all(store, checkpoints[begin] if begin else CommitState("epoch"), begin)
                assert texts(store) == Counter({"More.": 3, "Text 0.": 1, "Text 1.": 1, "Text 2.": 1})
                checkpoints = {}
    assert steps > 30


def test_a_compaction(kills: Kills, make_story, monkeypatch) -> None:
    for name in ("acquire", "verify", "release"):  # the lease has tests of its own
        monkeypatch.setattr(Lease, name, lambda self: None)
    items = stories(make_story, 3)
    expected = Counter({"More.": 3, "Text 0.": 1, "Text 1.": 1, "Text 2.": 1})
    steps = 0
    for store, acted in each_step(kills, lambda store: _compact(store)):
        if not acted:
            write_slices(store, items)
            continue
        steps += 1
        seen = texts(store)
        assert seen.keys() == expected.keys()
        assert all(seen[text] >= count for text, count in expected.items())
        _compact(store)
        assert texts(store) == expected
        assert len(store.list("paragraphs")) == 1
        assert not store.list("_compaction")
    assert steps > 10


def _compact(store: Store) -> None:
    compact(store, TOMORROW, grace_s=0)
