"""The examples run, and use only what `import newsbeam` exports."""

import ast
import json
import runpy
from pathlib import Path

import duckdb
import pytest

import newsbeam

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
SAMPLE = ROOT / "configs" / "sample"
TABLES = ("entries", "paragraphs")


def run_example(name: str, *arguments: Path) -> None:
    runpy.run_path(str(EXAMPLES / name))["main"]([str(argument) for argument in arguments])


def test_paragraphs_of_a_feed(capsys: pytest.CaptureFixture[str]) -> None:
    run_example("paragraphs_of_a_feed.py", SAMPLE / "feeds" / "harbour-post.xml", Path("missing.xml"))
    printed = capsys.readouterr()
    assert "\nGrimsby win late to stay top of the league\n  paragraph  A header by substitute" in printed.out
    assert "missing.xml: " in printed.err


def test_a_truncated_feed_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    run_example("paragraphs_of_a_feed.py", SAMPLE / "feeds" / "valley-telegraph.xml")
    printed = capsys.readouterr()
    assert "Library in Corvallis lends out telescopes" in printed.out
    assert "parse: truncated" in printed.err


@pytest.mark.slow
def test_entities_of_stories(capsys: pytest.CaptureFixture[str]) -> None:
    run_example("entities_of_stories.py", *sorted((SAMPLE / "wire").glob("*.txt")))
    rows = [line.split(maxsplit=2) for line in capsys.readouterr().out.splitlines()]
    assert {("GPE", "Antofagasta"), ("GPE", "Chile")} <= {(label, name) for _, label, name in rows}
    assert all(int(count) > 0 for count, *_ in rows)


def test_stories_of_another_system_are_written_once(tmp_path: Path) -> None:
    story = {"site": "Bay Weekly", "fetched_at": "2026-11-24T08:00:00+01:00", "paragraphs": ["One.", "Two."]}
    lines = [json.dumps({**story, "id": str(number), "title": f"Story {number}"}) for number in range(3)]
    (tmp_path / "own.jsonl").write_text("\n".join(lines))
    for _ in range(2):
        run_example("write_own_stories.py", tmp_path / "output", tmp_path / "own.jsonl")
        tables = {table: f"read_parquet('{tmp_path}/output/{table}/date=*/*.parquet') AS {table}" for table in TABLES}
        query = f"SELECT title, list(text ORDER BY position) FROM {tables['entries']} JOIN {tables['paragraphs']} "
        rows = duckdb.sql(query + "USING (entry_id, title) GROUP BY title ORDER BY title").fetchall()
        assert rows == [(f"Story {number}", ["One.", "Two."]) for number in range(3)]


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.py")), ids=lambda path: path.name)
def test_only_public_names_in_at_most_60_lines(path: Path) -> None:
    imports = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ImportFrom)]
    ours = [node for node in imports if (node.module or "").partition(".")[0] == "newsbeam"]
    assert {node.module for node in ours} == {"newsbeam"}
    assert {name.name for node in ours for name in node.names} <= set(newsbeam.__all__)
    assert len(path.read_text().splitlines()) <= 60
