"""`newsbeam evaluate duplicates` through the command line."""

import json
from pathlib import Path

import pytest

from newsbeam.pipeline.cli import main
from newsbeam.pipeline.exit_status import USAGE

OLD = "The ferry to Calais left the port of Dover on Monday with two hundred passengers on board after the storm."
PAIRS = (
    (OLD, OLD.replace("Dover", "\u201cDover\u201d"), "exact"),
    (OLD, OLD.replace("left", "had left"), "near"),
    (OLD, OLD.replace("two hundred", "three hundred"), "update"),
    (OLD, OLD.replace("two hundred", "four hundred"), "near"),
    (OLD, "Farmers in the valley expect a good harvest of apples this year, the union said in a letter.", None),
)


def write(path: Path, *rows: object) -> str:
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return str(path)


def test_kinds_of_pairs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [{"older": older, "newer": newer, "kind": kind} for older, newer, kind in PAIRS]
    assert main(["evaluate", "duplicates", write(tmp_path / "pairs.jsonl", *rows), "--errors", "1"]) == 0
    printed = capsys.readouterr().out
    cells = {line.split()[1]: line.split()[3::2] for line in printed.splitlines() if line.count("\u2502") > 6}
    assert cells["exact"] == ["1", "1", "1", "1.000", "1.000", "1.000"]
    assert cells["near"] == ["2", "1", "1", "1.000", "0.500", "0.667"]
    assert cells["update"] == ["1", "2", "1", "0.500", "1.000", "0.667"]
    assert "0 pairs of 5 alike and not compared" in printed
    assert f"near -> update: [{OLD} -> " in printed


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"older": "a"}, ":1: should be an object with older, newer and kind"),
        ({"older": "a", "newer": "b", "kind": "copy"}, ":1: kind should be exact, near, contained, update or null"),
    ],
)
def test_unusable_rows(tmp_path: Path, capsys: pytest.CaptureFixture[str], row: dict[str, str], message: str) -> None:
    assert main(["evaluate", "duplicates", write(tmp_path / "pairs.jsonl", row)]) == USAGE
    assert message in capsys.readouterr().err


def test_no_rows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", "duplicates", write(tmp_path / "pairs.jsonl")]) == USAGE
    assert "no rows; each needs older, newer and kind" in capsys.readouterr().err


def test_a_lone_surrogate_is_printed_escaped(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    row = {"older": "a \ud800 b", "newer": "c", "kind": "near"}
    assert main(["evaluate", "duplicates", write(tmp_path / "pairs.jsonl", row)]) == 0
    assert "\\ud800" in capsys.readouterr().out
