"""What a run of the benchmarks keeps, and the page that is written from it."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from benchmarks.__main__ import main
from benchmarks.lib import machine
from benchmarks.lib.figures import Figure
from benchmarks.lib.machine import ROOT
from benchmarks.lib.measure import measure
from benchmarks.lib.page import page
from benchmarks.lib.record import Row, read_rows
from benchmarks.subjects import Subject

NEAR = Subject("near", "Near duplicates", "Pairs that are found.", "benchmarks.near:figures", corpus="two stories")


class FakeSubject(Subject):
    """A subject that yields what it was given, and raises what is an exception."""

    def measure(self, scale: float) -> Iterator[Figure]:
        for step in STEPS[self.name]:
            if isinstance(step, Exception):
                raise step
            yield step


STEPS: dict[str, list[Figure | Exception]] = {}


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "_LOOK_S", None)


@pytest.fixture
def record(tmp_path: Path) -> Path:
    return tmp_path / "output" / "bench.json"


def run(record: Path, name: str, *steps: Figure | Exception, scale: float = 1.0) -> list[Row]:
    STEPS[name] = list(steps)
    return measure(FakeSubject(name, "T", "A", "none:none", corpus="two stories"), scale, record)


def values(record: Path) -> dict[tuple[str, float], float | str | None]:
    return {row.key: row.failed or row.value for row in read_rows(record)}


def test_a_figure_is_kept_with_all_that_it_depends_on(record: Path) -> None:
    (row,) = run(record, "near", Figure("near.recall", 0.5, ">= 0.9", "share", "1 of 2"))
    assert read_rows(record) == [row]
    assert (row.value, row.target, row.met, row.unit, row.note) == (0.5, ">= 0.9", False, "share", "1 of 2")
    assert (row.command, row.corpus, row.scale) == ("python -m benchmarks near", "two stories", 1.0)
    assert row.date.endswith("+00:00")
    assert row.machine.cores >= 1
    assert row.machine.memory_gb > 0
    assert row.machine.python.startswith("3.")


def test_a_figure_is_written_before_the_next_is_measured(record: Path) -> None:
    class Reader(Subject):
        def measure(self, scale: float) -> Iterator[Figure]:
            yield Figure("first", 1)
            assert ("first", 1.0) in values(record)
            yield Figure("second", 2)

    assert [row.name for row in measure(Reader("near", "T", "A", ""), 1.0, record)] == ["first", "second"]


def test_a_subject_that_raises_is_a_row_and_keeps_what_it_measured(record: Path) -> None:
    run(record, "near", Figure("near.a", 1), Figure("near.b", 2))
    run(record, "near", Figure("near.a", 3), OSError("no space\nleft"))
    assert values(record) == {("near.a", 1.0): 3, ("near.b", 1.0): 2, ("near", 1.0): "OSError: no space left"}


def test_a_whole_run_replaces_its_own_rows_and_no_others(record: Path) -> None:
    run(record, "wire", Figure("wire.a", 9))
    run(record, "near", Figure("near.a", 1), Figure("near.old", 2), scale=0.01)
    run(record, "near", Figure("near.a", 1), Figure("near.old", 2))
    run(record, "near", ValueError("x"))
    run(record, "near", Figure("near.a", 5))
    assert values(record) == {
        ("wire.a", 1.0): 9,
        ("near.a", 0.01): 1,
        ("near.old", 0.01): 2,
        ("near.a", 1.0): 5,
    }


def test_a_run_that_measures_nothing_takes_nothing_away(record: Path) -> None:
    run(record, "near", Figure("near.a", 1))
    run(record, "near")
    assert values(record) == {("near.a", 1.0): 1}


def test_feeds_without_the_public_test_data_are_not_measured(
    record: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEWSBEAM_SHARED_DATA", str(tmp_path / "none"))
    done = CliRunner().invoke(main, ["feeds", "--record", str(record)])
    assert done.exit_code == 0
    assert "feeds: nothing measured" in done.stdout
    assert values(record) == {}


def test_two_figures_of_one_name_are_a_failure(record: Path) -> None:
    rows = run(record, "near", Figure("near.a", 1), Figure("near.a", 2))
    assert rows[-1].failed == "ValueError: two figures are named 'near.a': rename one"
    assert values(record)["near.a", 1.0] == 1


def test_a_subject_that_cannot_be_imported_fails_alone(record: Path) -> None:
    (row,) = measure(Subject("near", "T", "A", "benchmarks.none:figures", corpus="x"), 1.0, record)
    assert row.failed.startswith("ModuleNotFoundError")


def test_the_page_has_what_was_measured_at_full_size_on_a_quiet_machine(record: Path) -> None:
    run(record, "near", Figure("near.small", 1), scale=0.01)
    quiet, busy = (
        replace(row, machine=replace(row.machine, busy=share))
        for row in run(record, "near", Figure("near.recall", 0.9951, ">= 0.99", "share", "a | b"))
        for share in (0.0, 0.9)
    )
    timing = replace(quiet, name="near.seconds", unit="s", target="<= 0.5", met=False)
    text = page([*read_rows(record), busy, timing, replace(timing, name="near.busy", machine=busy.machine)])
    assert "| `near.recall` | 0.9951 | >= 0.99 | yes | `python -m benchmarks near` |" in text
    assert "- `near.recall`: a \\| b" in text
    assert "| `near.seconds` | 0.9951 s | <= 0.5 | **no** |" in text
    assert "near.busy" not in text
    assert "near.small" not in text
    assert "Measured with two stories on " in text


def test_the_page_says_what_failed(record: Path) -> None:
    run(record, "near", OSError("no space left"))
    assert "| `near` | failed: OSError: no space left |" in page(read_rows(record))


def test_the_command_writes_the_page(record: Path, tmp_path: Path) -> None:
    run(record, "near", Figure("near.recall", 1.0))
    docs = tmp_path / "figures.md"
    done = CliRunner().invoke(main, ["--write-docs", "--record", str(record), "--docs", str(docs)])
    assert (done.exit_code, done.output) == (0, "")
    assert docs.read_text().startswith("# Figures\n")


def test_the_exit_status_is_1_if_a_subject_fails_and_the_others_go_on(
    record: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    STEPS.update({"near": [ValueError("x")], "wire": [Figure("wire.a", 1)]})
    fakes = tuple(FakeSubject(name, "T", "A", "") for name in ("near", "wire"))
    monkeypatch.setattr("benchmarks.__main__.SUBJECTS", fakes)
    done = CliRunner().invoke(main, ["--record", str(record)])
    assert done.exit_code == 1
    assert "near failed: ValueError: x" in done.stderr
    assert values(record) == {("near", 1.0): "ValueError: x", ("wire.a", 1.0): 1}


def test_an_unknown_subject_is_refused(record: Path) -> None:
    done = CliRunner().invoke(main, ["far", "--record", str(record)])
    assert done.exit_code == 2
    assert "'far' is not one of 'entities'" in done.stderr


def test_the_page_of_this_repository_is_the_commands() -> None:
    assert (ROOT / "docs" / "figures.md").read_text().startswith(page([]))
