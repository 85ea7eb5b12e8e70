"""Judgements of labels that were read by eye are ids and verdicts, without text."""

import csv
from pathlib import Path

import pytest

_FOLDER = Path(__file__).parents[1] / "data" / "readings"
_KINDS = {"", "kind", "part", "term", "product", "other"}


@pytest.mark.parametrize("path", sorted(_FOLDER.glob("*.tsv")), ids=lambda path: path.stem)
def test_a_judgement_has_a_verdict_and_a_kind_that_are_known(path: Path) -> None:
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    assert rows
    assert {row["verdict"] for row in rows} <= {"right", "wrong", "open", "missed"}
    assert all(len(row["digest"]) == 8 and int(row["start"]) <= int(row["end"]) for row in rows)
    assert path.stem != "stories" or {row["kind"] for row in rows} <= _KINDS


def test_whole_stories_were_read_the_simplest_way_and_as_they_are_now() -> None:
    with (_FOLDER / "stories.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    stories = {run: {row["story"] for row in rows if row["run"] == run} for run in ("before", "now")}
    assert stories["before"] == stories["now"]
    assert len(stories["now"]) == 200
