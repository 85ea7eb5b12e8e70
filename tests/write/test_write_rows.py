"""WriteRows; run as a program, the worker that is killed: `python -m tests.write.test_write_rows FOLDER`."""

import os
import pickle
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import apache_beam as beam
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from newsbeam.transforms.records import DeadLetter, Poll, Story
from newsbeam.transforms.write import write_rows
from newsbeam.transforms.write.commit import STAGING, commit, recover, stage
from newsbeam.transforms.write.ownership import OWNERS, QUARANTINE, FencedError, FencingTokens, decode_commit
from newsbeam.transforms.write.rows import (
    POLL_KEYS,
    ROW_KEYS,
    WriteUnit,
    encode_unit,
    keyed_dead_letter_rows,
    keyed_poll_rows,
    keyed_story_rows,
    slice_tables,
)
from newsbeam.transforms.write.schema import SCHEMAS
from newsbeam.transforms.write.store import Store
from newsbeam.transforms.write.write_rows import FlushSettings, WriteRows, Written, _WriteFn
from testing.fake_state import FakeValue, through_state
from tests.support.prism import on_prism, timeline
from tests.write.test_commit import _assert_no_entry_without_its_paragraphs, _die_at_every_step

ROOT = Path(__file__).parents[2]
BEFORE_MIDNIGHT = datetime(2026, 11, 24, 23, 59, tzinfo=UTC)
MIDNIGHT = datetime(2026, 11, 25, 0, 0, tzinfo=UTC)


numbers = count(1)
"""Attempt ids, in the order in which they are drawn."""


class Worker:
    """A worker that writes one pane after another; the states of its keys are the checkpoint."""

    def __init__(
        self,
        store: Store,
        epoch: str = "e1",
        states: dict[str, Any] | None = None,
        process: str = "p",
        **settings: Any,
    ):
        tokens = FencingTokens(lambda: f"{process}{next(numbers)}")
        self._fn = _WriteFn(store, epoch, FlushSettings(**settings), tokens)
        self.states = dict(states or {})

    def write(self, *together: WriteUnit, key: str = "stories") -> list[str]:
        """Write a pane as a bundle does: the state is kept only if the bundle succeeds."""
        return [name for written in self.write_parts(*together, key=key) for name in written.names]

    def write_parts(self, *together: WriteUnit, key: str = "stories") -> list[Written]:
        state = FakeValue(self.states.get(key))
        units = [through_state(encode_unit(each)) for each in together]
        written = list(self._fn.process((key, units), state))
        self.states[key] = state.value
        return written


def _next_number(worker: "Worker") -> int:
    return decode_commit(worker.states["stories"]).number


def rows_of(*stories: Story) -> WriteUnit:
    (keyed,) = keyed_story_rows(stories).items
    return keyed[1]


def files(store: Store) -> list[str]:
    """Return the names of visible files and of staged files."""
    return [name for name in store.list() if not name.startswith((f"{OWNERS}/", f"{QUARANTINE}/"))]


def titles(store: Store, table: str = "entries") -> list[str]:
    """Return the title of each row of a table that readers count."""
    files = [store.path(name) for name in store.list(table)]
    return sorted(ds.dataset(files, format="parquet").to_table()["title"].to_pylist()) if files else []


@pytest.fixture(autouse=True)
def no_fsync(monkeypatch: pytest.MonkeyPatch) -> None:
    """Don't wait for the disk: what a killed process has written, the kernel keeps."""
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)


@pytest.fixture(autouse=True)
def lineages_from_1(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules[__name__], "numbers", count(1))


@pytest.fixture
def story(make_story: Callable[..., Story]) -> Callable[..., Story]:
    def make(name: str, fetched_at: datetime = MIDNIGHT, **fields: Any) -> Story:
        return make_story(name, title=name, fetched_at=fetched_at, **fields)

    return make


def test_panes_are_numbered_files_a_table_and_day(any_store: Store, story) -> None:
    worker = Worker(any_store)
    first = worker.write(rows_of(story("a", BEFORE_MIDNIGHT)), rows_of(story("b")))
    tables = "paragraphs", "entries"
    assert first == [
        f"{table}/date=2026-11-{day}/stories-e1-00000000-p1.parquet" for table in tables for day in (24, 25)
    ]
    second = worker.write(rows_of(story("c")))
    assert second == [f"{table}/date=2026-11-25/stories-e1-00000001-p1.parquet" for table in tables]
    assert files(any_store) == sorted(first + second)


def test_a_replay_writes_the_same_rows_to_other_files(any_store: Store, story) -> None:
    worker = Worker(any_store)
    panes = [(rows_of(story("a", BEFORE_MIDNIGHT)), rows_of(story("b"))), (rows_of(story("c")),)]
    for pane in panes:
        worker.write(*pane)
    before = files(any_store)
    again = Worker(any_store)
    for pane in panes:
        again.write(*pane)
    assert files(any_store) == [name.replace("-p1.", "-p2.") for name in before]
    assert any_store.list(QUARANTINE) == [f"{QUARANTINE}/{name}" for name in before]
    assert _titles(any_store) == ["a", "b", "c"]


@pytest.mark.parametrize("same_worker", [True, False])
@pytest.mark.parametrize("back_to", [0, 1, 2])
def test_after_a_rollback_each_row_is_there_once(any_store: Store, story, back_to: int, same_worker: bool) -> None:
    """The forgotten attempt got further, and had rows of other days."""
    worker, checkpoints = Worker(any_store), []
    days = [BEFORE_MIDNIGHT, MIDNIGHT, BEFORE_MIDNIGHT, MIDNIGHT + timedelta(days=1)]
    for number, day in enumerate(days):
        checkpoints.append(dict(worker.states))
        worker.write(rows_of(story(f"s{number}", day)))
    stage(any_store, "stories-e1-00000004-x1", slice_tables(rows_of(story("s4")).rows))
    if same_worker:
        worker.states = checkpoints[back_to]
    else:
        # The engine's restart, or a new submission from a savepoint.
        worker = Worker(any_store, "e2" if back_to else "e1", checkpoints[back_to])
    left = [f"s{number}" for number in range(back_to, 5)]
    worker.write(*[rows_of(story(name)) for name in left[:2]])
    kept = [f"s{number}" for number in range(back_to)]
    assert _titles(any_store) == sorted(kept + left[:2])
    assert not any_store.list(STAGING)
    worker.write(*[rows_of(story(name)) for name in left[2:]])
    assert _titles(any_store) == sorted(kept + left)
    assert {name.rpartition("/")[2].split("-")[1] for name in files(any_store)} == {"e1"}


def _titles(store: Store) -> list[str]:
    """As `titles`, of any store."""
    found = []
    for name in store.list("entries"):
        with store.open_read(name) as file:
            found += pq.read_table(file, columns=["title"])["title"].to_pylist()
    return sorted(found)


def test_a_key_that_comes_back_to_a_worker_finds_what_another_wrote_meanwhile(store: Store, story) -> None:
    """One checkpoint, three attempts: first here, then there, where it came further, then here again."""
    here = Worker(store)
    here.write(rows_of(story("a")))
    checkpoint = dict(here.states)
    there = Worker(store, states=checkpoint)
    there.write(rows_of(story("b", BEFORE_MIDNIGHT)))
    there.write(rows_of(story("c")))
    here.states = checkpoint
    with pytest.raises(FencedError):
        here.write(rows_of(story("c")))
    here.write(rows_of(story("c")))  # its engine means it
    assert titles(store) == ["a", "c"]
    here.write(rows_of(story("b")))
    assert titles(store) == ["a", "b", "c"]


def test_a_zombie_worker_writes_nothing(any_store: Store, story, monkeypatch) -> None:
    """It stops with staged files; its successor writes the same pane and more; then it continues."""
    zombie = Worker(any_store, process="a")
    zombie.write(rows_of(story("s0")))
    successor = Worker(any_store, states=zombie.states, process="b")

    def stage_and_stop(*args: Any) -> Any:
        staged = stage(*args)
        monkeypatch.setattr(write_rows, "stage", stage)
        successor.write(rows_of(story("s1")))
        successor.write(rows_of(story("s2")))
        return staged

    monkeypatch.setattr(write_rows, "stage", stage_and_stop)
    with pytest.raises(FencedError, match="another process writes stories in "):
        zombie.write(rows_of(story("s1")), rows_of(story("s2")))
    assert _titles(any_store) == ["s0", "s1", "s2"]
    assert not any_store.list(STAGING)
    # An engine that gives the key back tries the bundle again.
    zombie.states = dict(successor.states)
    zombie.write(rows_of(story("s3")))
    with pytest.raises(FencedError):
        successor.write(rows_of(story("s3")))
    assert _titles(any_store) == ["s0", "s1", "s2", "s3"]


def test_a_zombie_worker_removes_nothing(any_store: Store, story) -> None:
    """It stops before a pane; when it continues, its successor's file looks like one of a forgotten attempt."""
    zombie = Worker(any_store, process="a")
    zombie.write(rows_of(story("s0")))
    successor = Worker(any_store, states=zombie.states, process="b")
    successor.write(rows_of(story("s1")))
    successor.write(rows_of(story("s2")))
    with pytest.raises(FencedError):
        zombie.write(rows_of(story("s1")))
    assert _titles(any_store) == ["s0", "s1", "s2"]


@pytest.mark.parametrize("wrote_before", [True, False])
def test_files_that_a_zombie_worker_quarantines_come_back(any_store: Store, story, wrote_before) -> None:
    """When it continues it looks like a successor, and writes rows of another day."""
    zombie = Worker(any_store, process="a")
    if wrote_before:
        zombie.write(rows_of(story("s0")))
    successor = Worker(any_store, states=zombie.states, process="b")
    for name in ("s1", "s2", "s3"):
        successor.write(rows_of(story(name, BEFORE_MIDNIGHT)))
    checkpoint = dict(successor.states)
    if wrote_before:
        with pytest.raises(FencedError):
            zombie.write(rows_of(story("s1")))
    zombie.write(rows_of(story("s1")), rows_of(story("s2", BEFORE_MIDNIGHT)))
    zombie.write(rows_of(story("x")))
    with pytest.raises(FencedError):
        successor.write(rows_of(story("s4")))
    # Its engine goes back to its last checkpoint, there or elsewhere.
    again = Worker(any_store, states=checkpoint, process="c")
    again.write(rows_of(story("s4")))
    assert _titles(any_store) == [*["s0"] * wrote_before, "s1", "s2", "s3", "s4"]
    assert not any_store.list(STAGING)
    with pytest.raises(FencedError):
        zombie.write(rows_of(story("y")))
    assert len(_titles(any_store)) == 4 + wrote_before


def test_a_key_has_its_epoch_before_it_has_a_row(store: Store, story) -> None:
    worker = Worker(store)
    assert worker.write(WriteUnit()) == []
    assert Worker(store, "e2", worker.states).write(rows_of(story("a")))[-1].endswith("/stories-e1-00000000-p1.parquet")


def test_a_rollback_removes_nothing_of_others(store: Store, story) -> None:
    others = [
        Worker(store).write(rows_of(story("of another key")), key="stories2"),
        Worker(store).write(rows_of(story("of a longer key")), key="more-stories"),
        Worker(store, "e10").write(rows_of(story("of a longer epoch"))),
        Worker(store, "e").write(rows_of(story("of a shorter epoch"))),
        Worker(store).write(keyed_poll_rows([Poll("f", "u", "Example", MIDNIGHT, "ok")])[1], key="polls"),
    ]
    slice_of_a_run = stage(store, "ab12", slice_tables(rows_of(story("of a run")).rows))
    commit(store, slice_of_a_run)
    staged = [
        stage(store, stem, slice_tables(rows_of(story("x")).rows)) for stem in ("cd34", "stories-e10-00000001-x1")
    ]
    worker = Worker(store)
    worker.write(rows_of(story("a")))
    worker.states.clear()
    worker.write(rows_of(story("b")))
    there = set(store.list())
    assert there >= {name for names in others for name in names} | set(slice_of_a_run.names)
    assert there >= {f"{each.folder}/{name}" for each in staged for name in each.names}
    assert "a" not in titles(store)


def test_a_recovery_finishes_nothing_of_a_forgotten_attempt(store: Store, story, monkeypatch) -> None:
    """A commit is interrupted and forgotten, and the worker that would remove it is stopped, too."""
    worker = Worker(store)
    with _refusing(monkeypatch, "rename", after=3), pytest.raises(OSError, match="disk full"):
        worker.write(rows_of(story("a", BEFORE_MIDNIGHT), story("b")))
    with _refusing(monkeypatch, "delete", after=1), pytest.raises(OSError, match="disk full"):
        worker.write(rows_of(story("c")))
    assert recover(store).finished == ()
    worker.write(rows_of(story("c")))
    assert titles(store) == ["c"]
    assert titles(store, "paragraphs") == ["c", "c"]


@contextmanager
def _refusing(monkeypatch: pytest.MonkeyPatch, method: str, after: int = 0, times: int = 10**9) -> Iterator[list[int]]:
    """Make a method of all stores fail `times` times from call number `after` on; yield the calls."""
    calls, before = [0], getattr(Store, method)

    def refuse(self: Store, *args: Any) -> Any:
        calls[0] += 1
        if after < calls[0] <= after + times:
            raise OSError(28, "disk full")
        return before(self, *args)

    with monkeypatch.context() as patch:
        patch.setattr(Store, method, refuse)
        yield calls


@pytest.mark.parametrize("method", ["write", "rename", "delete", "list"])
@pytest.mark.parametrize("after", range(6))
def test_an_output_that_refuses_fails_the_bundle_and_a_retry_writes_everything_once(
    store: Store, story, monkeypatch, method: str, after: int
) -> None:
    worker = Worker(store)
    worker.write(rows_of(story("a", BEFORE_MIDNIGHT)))
    pane = rows_of(story("b", BEFORE_MIDNIGHT)), rows_of(story("c"))
    with _refusing(monkeypatch, method, after):
        for _ in range(3):
            try:
                worker.write(*pane)
                break
            except OSError:
                assert _next_number(worker) == 1
    if _next_number(worker) == 1:
        worker.write(*pane)
    assert titles(store) == ["a", "b", "c"]
    assert titles(store, "paragraphs") == ["a", "a", "b", "b", "c", "c"]
    assert not store.list(STAGING)


def test_a_commit_is_retried_for_max_wait(store: Store, story, monkeypatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr(time, "sleep", waits.append)
    worker = Worker(store, max_wait_s=60.0)
    with _refusing(monkeypatch, "write", after=1, times=6):
        worker.write(rows_of(story("a")))
    assert titles(store) == ["a"]
    assert waits == [1.0, 2.0, 4.0, 8.0, 15.0, 15.0]
    assert not store.list(STAGING)


def test_retries_end(store: Store, story, monkeypatch) -> None:
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    monkeypatch.setattr(time, "sleep", lambda seconds: now.__setitem__(0, now[0] + seconds))
    worker = Worker(store, max_wait_s=60.0)
    with _refusing(monkeypatch, "write"), pytest.raises(OSError, match="disk full"):
        worker.write(rows_of(story("a")))
    assert 40 <= now[0] <= 60
    assert worker.states == {}


def test_a_file_that_has_the_path_is_not_retried(store: Store, story) -> None:
    Path(store.root).mkdir()
    Path(store.path("paragraphs")).touch()
    with pytest.raises(NotADirectoryError):
        Worker(store, max_wait_s=60.0).write(rows_of(story("a")))


def test_no_file_has_more_elements_than_the_settings_say(store: Store, story) -> None:
    worker = Worker(store, elements=4)
    worker.write(*(rows_of(story(f"{number:02}")) for number in range(10)))
    sizes = [pq.read_metadata(store.path(name)).num_rows for name in store.list("entries")]
    assert sizes == [4, 4, 2]
    assert _next_number(worker) == 3
    assert titles(store) == [f"{number:02}" for number in range(10)]


def test_a_pane_tells_how_many_rows_of_each_poll_it_has(store: Store, story) -> None:
    worker = Worker(store, elements=2)
    poll = Poll("f", "u", "Example", MIDNIGHT, "ok")
    letter = replace(DeadLetter("parse", "ParseError", "no root", "Example", "u", MIDNIGHT, b"<"), poll=poll.key)
    a, b, c = (story(name, feed_url="f") for name in "abc")
    other = story("other", BEFORE_MIDNIGHT, feed_url="f")
    parts = worker.write_parts(rows_of(a, b), rows_of(other), rows_of(c))
    assert [part.polls for part in parts] == [{poll.key: 2, ("f", BEFORE_MIDNIGHT): 1}, {poll.key: 1}]
    letters = [keyed_dead_letter_rows(each)[1] for each in (letter, replace(letter, poll=None))]
    assert [part.polls for part in worker.write_parts(*letters, key="letters")] == [{poll.key: 1}]


def test_elements_without_rows_take_no_number(store: Store, story) -> None:
    worker = Worker(store)
    assert worker.write(rows_of()) == []
    assert worker.write(rows_of(story("a"))) == [
        "paragraphs/date=2026-11-25/stories-e1-00000000-p1.parquet",
        "entries/date=2026-11-25/stories-e1-00000000-p1.parquet",
    ]
    worker.write(rows_of(), WriteUnit())
    assert _next_number(worker) == 1


def test_a_big_output_is_looked_through_once(store: Store, story, monkeypatch) -> None:
    """Files of earlier days and of other panes cost nothing, whatever their number."""
    listed: list[str] = []
    before = Store.list
    monkeypatch.setattr(Store, "list", lambda self, folder="": listed.append(folder) or before(self, folder))
    worker = Worker(store)
    worker.write(rows_of(story("a")))
    assert listed == [STAGING, *SCHEMAS, QUARANTINE]
    listed.clear()
    for number in range(3):
        worker.write(rows_of(story(f"b{number}", MIDNIGHT + timedelta(days=40 * number))))
    assert listed == []
    checkpoint = dict(worker.states)
    worker.write(rows_of(story("c", MIDNIGHT + timedelta(days=81))))
    listed.clear()
    Worker(store, states=checkpoint).write(rows_of(story("d", MIDNIGHT + timedelta(days=81))))
    assert {*listed} - {STAGING, QUARANTINE} == {
        f"{table}/date={MIDNIGHT.date() + timedelta(days=days)}" for table in SCHEMAS for days in (79, 80, 81, 82)
    }
    assert "c" not in titles(store)


@pytest.mark.slow
@pytest.mark.parametrize("command", ["attempt", "replay"])
def test_a_worker_killed_at_any_step_and_its_successor_write_each_row_once(command: str, tmp_path: Path, story) -> None:
    panes = [
        [rows_of(story("a", BEFORE_MIDNIGHT)), rows_of(story("b"))],
        [rows_of(story("c"))],
        [rows_of(story("d", BEFORE_MIDNIGHT)), rows_of(story("e"))],
    ]
    (tmp_path / "panes").write_bytes(pickle.dumps(panes))
    program = [sys.executable, "-m", "tests.write.test_write_rows", command, str(tmp_path)]
    subprocess.run(program, check=True, timeout=120, cwd=ROOT)
    outputs = sorted(tmp_path.glob("[0-9]*"))
    assert len(outputs) > 25  # it died that often
    for output in outputs:
        survivor = Store(str(output))
        _assert_no_entry_without_its_paragraphs(survivor)
        assert not [name for name, times in Counter(titles(survivor)).items() if times > 1], output.name
        _replay(survivor, panes)
        assert titles(survivor) == ["a", "b", "c", "d", "e"], output.name
        assert titles(survivor, "paragraphs") == sorted(2 * ["a", "b", "c", "d", "e"]), output.name
        assert not survivor.list(STAGING)


def _attempt(store: Store, panes: Sequence[Sequence[WriteUnit]]) -> None:
    worker = Worker(store)
    for pane in panes:
        worker.write(*pane)


def _replay(store: Store, panes: Sequence[Sequence[WriteUnit]]) -> None:
    """Begin anew, with other elements in each pane."""
    worker = Worker(store)
    first, second, third = panes
    for pane in ([*second, first[1]], [first[0], *third]):
        worker.write(*pane)


def _program(command: str, folder: Path) -> None:
    os.fsync = lambda descriptor: None  # as in the test
    panes = pickle.loads((folder / "panes").read_bytes())
    if command == "attempt":
        _die_at_every_step(lambda store: _attempt(store, panes), folder, lambda store: None)
        return

    def begin(store: Store) -> None:
        _attempt(store, panes)
        stage(store, "stories-e1-00000003-x1", slice_tables(panes[0][0].rows))

    _die_at_every_step(lambda store: _replay(store, panes), folder, begin)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::ResourceWarning")  # Beam's own sockets to Prism
def test_panes_are_fired_by_count_and_by_time(store: Store, story, tmp_path: Path) -> None:
    first, second = (keyed_poll_rows([Poll("f", "u", "Example", MIDNIGHT, "ok", bytes=size)]) for size in (1, 2))
    letter = DeadLetter("parse", "ParseError", "no root", "Example", "u", MIDNIGHT, b"<")
    arrivals = timeline(
        (1, [first, *(("stories", rows_of(story(f"{number:02}"))) for number in range(10))]),
        (29, [keyed_dead_letter_rows(letter)]),
        (2, [second]),  # the first poll is 31 seconds old, the dead letter 2
    )
    with on_prism() as pipeline:
        _ = (
            pipeline
            | arrivals
            | WriteRows(store, "e1", (*ROW_KEYS, *POLL_KEYS), FlushSettings(elements=4, seconds=30.0))
            | beam.FlatMap(lambda written: written.names)
            | beam.Map(_note, str(tmp_path / "written"))
        )
    names = (tmp_path / "written").read_text().split()
    assert sorted(names) == files(store)
    assert titles(store) == [f"{number:02}" for number in range(10)]
    assert max(pq.read_metadata(store.path(name)).num_rows for name in store.list("entries")) <= 4
    sizes = [pq.read_table(store.path(name))["bytes"].to_pylist() for name in names if name.startswith("polls/")]
    assert sizes == [[1], [2]]  # not one file, since the first one was due before the second came


def _note(name: str, path: str) -> None:
    with open(path, "a") as file:
        file.write(f"{name}\n")


if __name__ == "__main__":
    _program(sys.argv[1], Path(sys.argv[2]))
