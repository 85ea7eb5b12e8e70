"""Commits; and, run as a program, the run that is killed: `python -m tests.write.test_commit FOLDER`."""

import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.dataset as ds
import pytest

from newsbeam.transforms.records import DeadLetter, Poll, Story
from newsbeam.transforms.write import schema
from newsbeam.transforms.write.commit import RecoveryReport, Tables, commit, recover, slice_id, stage
from newsbeam.transforms.write.lookup.lookups import known_entries
from newsbeam.transforms.write.store import Store
from tests.write.kills import die_at, fork

ROOT = Path(__file__).parents[2]
BEFORE_MIDNIGHT = datetime(2026, 11, 24, 23, 59, tzinfo=UTC)
MIDNIGHT = datetime(2026, 11, 25, 0, 0, tzinfo=UTC)
POLL = Poll("https://example.org/rss.xml", "u", "Example", MIDNIGHT, "ok")
LETTER = DeadLetter("parse", "ParseError", "no root", "Example", "u", MIDNIGHT, b"<")
# More steps than a run of this program has on the file system, but few enough for a fast test.
STEPS = range(60)

Work = Sequence[tuple[list[Story], list[Poll], list[DeadLetter]]]


def _tables(stories: list[Story], polls: list[Poll], dead_letters: list[DeadLetter]) -> Tables:
    tables = {
        "paragraphs": schema.paragraph_table(stories),
        "entries": schema.entry_table(stories),
        "polls": schema.poll_table(polls),
        "dead_letters": schema.dead_letter_table(dead_letters),
    }
    return {
        (name, day): part
        for name, table in tables.items()
        for day, part in schema.split_by_day(table, schema.DAY_OF[name]).items()
    }


def _write(store: Store, stories: list[Story], polls: list[Poll] = [], dead_letters: list[DeadLetter] = []) -> None:  # noqa: B006
    name = slice_id([story.entry for story in stories], polls, dead_letters)
    commit(store, stage(store, name, _tables(stories, polls, dead_letters)))


def _run(store: Store, work: Work) -> None:
    """Write, slice by slice, the entries that the output doesn't have: what `newsbeam run` does."""
    recover(store)
    for stories, polls, dead_letters in work:
        known = {entry.entry_id for entry in known_entries(store, [story.entry.entry_id for story in stories])}
        new = [story for story in stories if story.entry.entry_id not in known]
        if new or polls:
            _write(store, new, polls, dead_letters)


def _rows(store: Store) -> dict[str, list[str]]:
    """Return all rows as a reader sees them, sorted."""
    rows = {}
    for table in schema.SCHEMAS:
        files = [store.path(name) for name in store.list(table)]
        found = ds.dataset(files, format="parquet").to_table().to_pylist() if files else []
        rows[table] = sorted(map(repr, found))
    return rows


@pytest.fixture
def work(make_story) -> Work:
    """Two slices of entries, the first over midnight, and one with nothing but a poll."""
    first = [make_story("a", fetched_at=BEFORE_MIDNIGHT), make_story("b", fetched_at=MIDNIGHT)]
    return [(first, [], []), ([make_story("c", fetched_at=MIDNIGHT)], [], [LETTER]), ([], [POLL], [])]


def test_a_slice_appears_under_names_from_its_content(any_store: Store, make_story) -> None:
    stories = [make_story("a", fetched_at=BEFORE_MIDNIGHT), make_story("b", fetched_at=MIDNIGHT)]
    staged = stage(any_store, "ab12", _tables(stories, [POLL], [LETTER]))
    assert all(name.startswith("_staging/ab12-") for name in any_store.list())
    commit(any_store, staged)
    assert any_store.list() == [
        "dead_letters/date=2026-11-25/ab12.parquet",
        "entries/date=2026-11-24/ab12.parquet",
        "entries/date=2026-11-25/ab12.parquet",
        "paragraphs/date=2026-11-24/ab12.parquet",
        "paragraphs/date=2026-11-25/ab12.parquet",
        "polls/date=2026-11-25/ab12.parquet",
    ]


def test_entries_appear_last(store: Store, work: Work) -> None:
    staged = stage(store, "ab12", _tables(*work[0]))
    assert [name.split("/")[0] for name in staged.names] == ["paragraphs", "paragraphs", "entries", "entries"]


def test_an_empty_table_gets_no_file(store: Store) -> None:
    day = MIDNIGHT.date()
    staged = stage(store, "ab12", {("polls", day): schema.poll_table([POLL]), ("entries", day): schema.entry_table([])})
    assert staged.names == ("polls/date=2026-11-25/ab12.parquet",)


def test_the_same_slice_twice_doubles_nothing(store: Store, work: Work) -> None:
    _write(store, *work[0])
    once = _rows(store)
    _write(store, *work[0])
    assert _rows(store) == once
    assert {name: len(rows) for name, rows in once.items()} == {
        "alerts": 0,
        "runs": 0,
        "dead_letters": 0,
        "story_merges": 0,
        "paragraphs": 4,
        "polls": 0,
        "entries": 2,
    }


def test_recovery_removes_what_was_never_committed(any_store: Store, work: Work) -> None:
    staged = stage(any_store, "ab12", _tables(*work[0]))
    report = recover(any_store)
    assert report == RecoveryReport(removed=tuple(sorted(f"{staged.folder}/{name}" for name in staged.names)))
    assert any_store.list() == []


def test_recovery_finishes_an_interrupted_commit(any_store: Store, work: Work, monkeypatch) -> None:
    staged = stage(any_store, "ab12", _tables(*work[0]))
    rename = Store.rename

    def full_disk(self: Store, source: str, target: str) -> None:
        if target.startswith("entries"):
            raise OSError("disk full")
        rename(self, source, target)

    monkeypatch.setattr(Store, "rename", full_disk)
    with pytest.raises(OSError, match="disk full"):
        commit(any_store, staged)
    assert any_store.list("entries") == []
    monkeypatch.undo()
    assert recover(any_store) == RecoveryReport(finished=staged.names[2:])
    assert sorted(any_store.list()) == sorted(staged.names)


def test_recovery_leaves_partitions_alone(store: Store, work: Work) -> None:
    """Files that a user has deleted or a compaction has renamed are not part of an unfinished commit."""
    _write(store, *work[0])
    store.delete("entries/date=2026-11-24")
    store.rename(store.list("entries")[0], "entries/date=2026-11-25/compacted.parquet")
    files = store.list()
    assert recover(store) == RecoveryReport()
    assert store.list() == files


def test_recovery_of_nothing(any_store: Store) -> None:
    assert recover(any_store) == RecoveryReport()


def test_slice_id_depends_on_content_not_on_order_or_time(make_story) -> None:
    a, b = make_story("a").entry, make_story("b").entry
    assert slice_id([a, b]) == slice_id([b, a])
    assert slice_id([a]) == slice_id([make_story("a", fetched_at=MIDNIGHT).entry])
    ids = {slice_id([]), slice_id([a]), slice_id([a, b]), slice_id([], [POLL]), slice_id([], [], [LETTER])}
    ids |= {slice_id([make_story("a", version=2).entry]), slice_id([make_story("a", content_hash="x").entry])}
    assert len(ids) == 7


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Work, str], Path]:
    """Run this file as a program that dies at each of its steps; return the folder with an output a step."""

    def die(work: Work, command: str, folder: Path | None = None) -> Path:
        folder = folder or tmp_path_factory.mktemp("killed")
        (folder / "work").write_bytes(pickle.dumps(work))
        program = [sys.executable, "-m", "tests.write.test_commit", command, str(folder)]
        subprocess.run(program, check=True, timeout=120, cwd=ROOT)
        return folder

    return die


@pytest.fixture
def no_fsync(monkeypatch: pytest.MonkeyPatch) -> None:
    """Don't wait for the disk: what a killed process has written, the kernel keeps."""
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)


@pytest.mark.usefixtures("no_fsync")
@pytest.mark.slow
def test_a_run_killed_at_any_step_and_started_again_gives_the_same_rows(killed, work: Work, store: Store) -> None:
    _run(store, work)
    undisturbed = _rows(store)
    outputs = sorted(killed(work, "run").glob("[0-9]*"))
    assert len(outputs) > 30  # it died that often
    for output in outputs:
        survivor = Store(str(output))
        _assert_no_entry_without_its_paragraphs(survivor)
        _run(survivor, work)
        assert _rows(survivor) == undisturbed, output.name
        assert not survivor.list("_staging")


@pytest.mark.usefixtures("no_fsync")
@pytest.mark.slow
def test_a_recovery_killed_at_any_step_and_started_again_gives_the_same_rows(killed, work: Work, store: Store) -> None:
    _run(store, work)
    undisturbed = _rows(store)
    outputs = sorted(killed(work, "recover").glob("[0-9]*"))
    assert len(outputs) > 5
    for output in outputs:
        survivor = Store(str(output))
        _assert_no_entry_without_its_paragraphs(survivor)
        _run(survivor, work)
        assert _rows(survivor) == undisturbed, output.name


def _assert_no_entry_without_its_paragraphs(store: Store) -> None:
    rows = {}
    for table in ("entries", "paragraphs"):
        files = [store.path(name) for name in store.list(table)]
        rows[table] = set(ds.dataset(files).to_table()["entry_id"].to_pylist()) if files else set()
    assert rows["entries"] <= rows["paragraphs"]


def _die_at_every_step(action: Callable[[Store], None], folder: Path, start: Callable[[Store], None]) -> None:
    """For n = 0, 1, ...: in a process of its own, do `action` in an output of its own, and be killed at step n."""
    for step in STEPS:
        store = Store(str(folder / f"{step:02}"))
        if fork(lambda store=store: start(store)) not in (0, -signal.SIGKILL):
            sys.exit("could not start")
        if fork(lambda store=store, step=step: (_die_at(step), action(store))) == 0:
            return
    sys.exit("it takes more steps than STEPS")


def _die_at(step: int) -> None:
    """Make this process kill itself at its `step`-th step: before or after a change of names, or half-way in a file."""
    tick = die_at(step)

    def dying(method: Callable[..., None]) -> Callable[..., None]:
        def wrapped(self: Store, *names: str) -> None:
            tick()
            method(self, *names)
            tick()

        return wrapped

    Store.rename, Store.delete = dying(Store.rename), dying(Store.delete)  # type: ignore


def _program(command: str, folder: Path) -> None:
    os.fsync = lambda descriptor: None  # as in the test
    work: Work = pickle.loads((folder / "work").read_bytes())
    if command == "run":
        _die_at_every_step(lambda store: _run(store, work), folder, lambda store: None)
        return

    def interrupted(store: Store) -> None:
        """Die with one slice staged, and another half committed."""
        stage(store, "ab12", _tables(*work[2]))
        staged = stage(store, slice_id([story.entry for story in work[0][0]]), _tables(*work[0]))
        _die_at(5)  # the list is written (1 step) and renamed (2), one file is (2)
        commit(store, staged)

    _die_at_every_step(lambda store: recover(store) and None, folder, interrupted)


if __name__ == "__main__":
    _program(sys.argv[1], Path(sys.argv[2]))
