"""`newsbeam evaluate` through the command line."""

import json
from pathlib import Path
from typing import Any

import pytest

from newsbeam.pipeline.cli import main
from newsbeam.pipeline.exit_status import USAGE
from newsbeam.transforms.enrich.packages import missing_models

needs_model = pytest.mark.skipif(
    bool(missing_models({"en": "en_core_web_sm"})), reason="needs the model en_core_web_sm (the extra `en`)"
)


def write(path: Path, *rows: dict[str, Any]) -> str:
    path.write_text("\n".join(map(json.dumps, rows)) + "\n", encoding="utf-8")
    return str(path)


@needs_model
def test_entities(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = "Angela Merkel flew from Oslo to Paris."
    spans = [(0, 13, "PER"), (24, 28, "LOC"), (32, 37, "ORG")]
    labels = [{"start": start, "end": end, "label": label} for start, end, label in spans]
    assert main(["evaluate", "entities", write(tmp_path / "rows.jsonl", {"text": text, "entities": labels})]) == 0
    printed = capsys.readouterr().out
    assert "alone" in printed
    assert "ORG -> LOC: gela Merkel flew from Oslo to [Paris]." in printed


@needs_model
def test_quotes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    row = {"text": '"It is open," Angela Merkel said.', "quotes": [{"start": 1, "end": 12, "speaker": "Angela Merkel"}]}
    assert main(["evaluate", "quotes", write(tmp_path / "rows.jsonl", row)]) == 0
    assert "1.000" in capsys.readouterr().out


@needs_model
def test_a_byte_order_mark_and_a_line_separator_within_a_text(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    label = {"start": 0, "end": 4, "label": "LOC"}
    row = json.dumps({"text": "Oslo is\u2028cold.", "entities": [label]}, ensure_ascii=False)
    path.write_text(row, encoding="utf-8-sig")
    assert main(["evaluate", "entities", str(path)]) == 0


@needs_model
@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", ":1: is not JSON"),
        ("[]", ":1: should be an object with a text"),
        ('{"text": "a"}', "no row has 'entities'"),
        ('{"text": "a", "entities": [{"start": 0}]}', ":1: entities should be a list of objects"),
        ('{"text": "a", "entities": [{"start": 0, "end": 9, "label": "X"}]}', "outside of the text"),
    ],
)
def test_files_that_cannot_be_used(tmp_path: Path, capsys: pytest.CaptureFixture[str], line: str, message: str) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text(line)
    assert main(["evaluate", "entities", str(path)]) == USAGE
    assert message in capsys.readouterr().err


def test_a_missing_model(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path / "rows.jsonl", {"text": "a", "entities": []})
    assert main(["evaluate", "entities", path, "--model", "xx=xx_no_such_model"]) == USAGE
    assert capsys.readouterr().err.startswith("--model xx: the spaCy model")
