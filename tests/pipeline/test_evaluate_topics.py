"""`newsbeam evaluate topics`: a table, calibration and errors; a file that can't be used is one line."""

import json
from pathlib import Path

import pytest

from newsbeam.pipeline.cli import main
from newsbeam.pipeline.exit_status import USAGE

MATCH = "The striker scored twice and the goalkeeper saved a penalty as the hosts won the cup final."
ELECTION = "The opposition won the election and its candidate will be the next prime minister, the commission said."


def test_topics_of_labelled_rows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [
        {"topics": ["medtop:20000822"], "title": "Cup final", "text": MATCH, "language": "en"},
        {"topics": "medtop:11000000|medtop:16000000", "title": "Vote", "text": ELECTION},
        {"topics": "medtop:17000000", "title": "Vote", "text": ELECTION},
    ]
    path = tmp_path / "rows.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    assert main(["evaluate", "topics", str(path)]) == 0
    printed = capsys.readouterr().out
    assert "3 stories: the best topic of the first level is right for 66.7%" in printed
    assert "Calibration: an error of 0." in printed
    assert any(set("#|") <= set(line) for line in printed.splitlines())
    assert [line.split() for line in printed.splitlines()][-1] == ["weather", "politics", "and", "government", "1"]


@pytest.mark.parametrize(("name", "separator"), [("rows.csv", ","), ("rows.tsv", "\t")])
def test_tables(tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, separator: str) -> None:
    path = tmp_path / name
    rows = [("topics", "title", "text"), ("medtop:15000000", "Final", f'"{MATCH}\nAnd so on."')]
    path.write_text("\n".join(separator.join(row) for row in rows), encoding="utf-8")
    assert main(["evaluate", "topics", str(path)]) == 0
    assert "right for 100.0%" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no rows"),
        ("{", "rows.jsonl:1: is not JSON"),
        ("[]", "rows.jsonl:1: not an object"),
        ('{"topics": "sport", "title": "x"}', 'rows.jsonl:1: "sport" is not a Media Topic in use'),
        ('{"title": "x"}', 'rows.jsonl:1: "" is not a Media Topic in use'),
    ],
)
def test_files_that_cannot_be_used(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, message: str) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text(text, encoding="utf-8")
    assert main(["evaluate", "topics", str(path)]) == USAGE
    assert message in capsys.readouterr().err.replace("\n", " ")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert main(["evaluate", "topics", str(tmp_path / "rows.csv")]) == USAGE
