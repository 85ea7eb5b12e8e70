"""The commit of a job: nothing before everything is staged, everything after that, whatever dies or runs twice."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from newsbeam.transforms.write.commit import StagedFileError, finish_job, job_folder, list_job, recover
from newsbeam.transforms.write.rows import Rows, poll_rows, story_rows
from newsbeam.transforms.write.stage_rows import stage_rows
from newsbeam.transforms.write.store import Store
from tests.write.kills import die_at, fork
from tests.write.test_commit import POLL

JOB = "0123"
STEPS = range(60)  # more than a commit has, few enough for a fast test


@pytest.fixture
def rows(make_story) -> list[Rows]:
    return [*story_rows([make_story("a"), make_story("b")]).items, poll_rows([POLL])]


def _visible(store: Store) -> list[str]:
    return [name for name in store.list() if not name.startswith("_")]


def test_staged_files_appear_with_the_commit(any_store: Store, rows: list[Rows]) -> None:
    names = list(stage_rows(any_store, JOB, rows))
    assert not _visible(any_store)
    assert list_job(any_store, JOB, names) == 3
    assert not _visible(any_store)
    finish_job(any_store, JOB)
    assert [name.split("/")[0] for name in any_store.list()] == ["entries", "paragraphs", "polls"]


def test_names_depend_on_rows_alone(store: Store, rows: list[Rows]) -> None:
    once, again = (sorted(name.partition("/")[2] for name in stage_rows(store, JOB, rows)) for _ in range(2))
    assert once == again


def test_rows_of_a_bundle_that_ran_twice_appear_once(any_store: Store, rows: list[Rows]) -> None:
    names = [name for _ in range(2) for name in stage_rows(any_store, JOB, rows)]
    assert list_job(any_store, JOB, names) == 3
    finish_job(any_store, JOB)
    assert len(any_store.list()) == 3  # and the files of the other attempt are gone


def test_the_first_list_counts(any_store: Store, rows: list[Rows]) -> None:
    names = list(stage_rows(any_store, JOB, rows))
    list_job(any_store, JOB, names)
    late = list(stage_rows(any_store, JOB, rows[:1]))
    assert list_job(any_store, JOB, late) == 3
    for _ in range(2):  # the engine may finish twice
        finish_job(any_store, JOB)
    assert len(any_store.list()) == 3


def test_a_job_without_rows_leaves_nothing(any_store: Store) -> None:
    assert list_job(any_store, JOB, []) == 0
    finish_job(any_store, JOB)
    assert any_store.list() == []


def test_a_staged_file_that_has_gone_is_an_error(any_store: Store, rows: list[Rows]) -> None:
    names = list(stage_rows(any_store, JOB, rows))
    recover(any_store)  # another run, which holds the lock
    with pytest.raises(StagedFileError, match=r"one of 3 staged files, is missing; run again"):
        list_job(any_store, JOB, names)
    assert not _visible(any_store)


def test_recovery_removes_what_is_not_listed_and_finishes_what_is(any_store: Store, rows: list[Rows]) -> None:
    list(stage_rows(any_store, "other", rows))
    names = list(stage_rows(any_store, JOB, rows))
    list_job(any_store, JOB, names)
    report = recover(any_store)
    assert sorted(report.finished) == any_store.list()
    assert len(report.removed) == 3


def test_killed_at_any_step(tmp_path: Path, rows: list[Rows]) -> None:
    for step in STEPS:
        store = Store(str(tmp_path / f"{step:02}"))
        names = list(stage_rows(store, JOB, rows))
        done = fork(lambda store=store, names=names, step=step: _commit_and_die(store, names, step)) == 0
        listed = store.exists(f"{job_folder(JOB)}/commit.json") or bool(_visible(store))
        recover(store)
        assert len(store.list()) == (3 if listed else 0)
        if done:
            assert listed
            return
    pytest.fail("it takes more steps than STEPS")


def _commit_and_die(store: Store, names: list[str], step: int) -> None:
    tick = die_at(step)
    rename = Store.rename

    def dying(method: Callable[..., None]) -> Callable[..., None]:
        def wrapped(*arguments: object) -> None:
            tick()
            method(*arguments)
            tick()

        return wrapped

    Store.rename = dying(rename)  # type: ignore
    list_job(store, JOB, names)
    finish_job(store, JOB)
    os._exit(0)
