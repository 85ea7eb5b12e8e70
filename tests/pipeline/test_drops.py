"""Drops of a newswire: in any order of arrival, the current stories are finally the same."""

import random
import shutil
from collections.abc import Sequence
from pathlib import Path

import duckdb
import pytest

from newsbeam.pipeline.cli import main
from newsbeam.pipeline.reports.views import views_sql

SAMPLES = Path(__file__).parents[2] / "configs" / "sample" / "drop"
# Not of the content: when and from where it came, and numbers given to versions that an agency numbered alike.
CURRENT = """
    SELECT entry_id, position, text, kind, language, fingerprint, entities, topics, source, url, title, published,
           copies, sources
    FROM current_paragraphs ORDER BY ALL
"""
# The paragraphs of current stories with their copies. Which of two nearly equal ones is the copy, and so is not in
# `current_paragraphs`, depends on which was written by an earlier run.
WITH_COPIES = """
    SELECT entry_id, p.position, p.text, p.kind, p.language, p.fingerprint, p.topics, p.source, p.url, p.title,
           p.published
    FROM paragraphs AS p JOIN current_entries AS e USING (entry_id) WHERE p.entry_version = e.version ORDER BY ALL
"""


def run(config: Path) -> None:
    assert main(["run", str(config), "--quiet", "--direct_num_workers=1"]) == 0


def query(output: Path, sql: str) -> list[tuple]:
    with duckdb.connect() as database:
        database.execute(views_sql(str(output)))
        return database.execute(sql).fetchall()


def write_config(folder: Path) -> Path:
    (folder / "drop").mkdir(parents=True)
    config = folder / "config.yaml"
    config.write_text(
        f"output: {folder / 'output'}\nwires:\n  - {{path: drop, source: Wire, settle: 0s}}\n"
        "entities: {models: {}}\n"
    )
    return config


def drop(files: Sequence[tuple[str, bytes]], folder: Path) -> None:
    for name, body in files:
        (folder / name).write_bytes(body)


def dropped_over(runs: int, files: list[tuple[str, bytes]], folder: Path, seed: int, sql: str = CURRENT) -> list[tuple]:
    """Drop files in random order over several runs; return the current stories after the last one."""
    config = write_config(folder)
    shuffled = random.Random(seed).sample(files, len(files))
    for number in range(runs):
        drop(shuffled[number::runs], folder / "drop")
        run(config)
    return query(folder / "output", sql)


@pytest.mark.slow
def test_the_samples_in_any_order(tmp_path):
    files = [(path.name, path.read_bytes()) for path in sorted(SAMPLES.iterdir())]
    at_once = dropped_over(1, files, tmp_path / "once", 0)
    assert at_once
    for seed in range(2):
        assert dropped_over(4, files, tmp_path / str(seed), seed) == at_once


@pytest.mark.slow
def test_every_sample_over_ten_runs_in_any_order(tmp_path, shared_data):
    paths = [
        path for path in sorted((shared_data / "newswire").rglob("*")) if path.suffix in (".xml", ".json", ".iptc")
    ]
    files = [(f"{number:03}-{path.name}", path.read_bytes()) for number, path in enumerate(paths)]
    outcomes = [dropped_over(10, files, tmp_path / str(seed), seed, WITH_COPIES) for seed in range(3)]
    assert len(outcomes[0]) > 200
    assert outcomes[1] == outcomes[0]
    assert outcomes[2] == outcomes[0]


@pytest.mark.slow
def test_moved_and_sent_twice_and_changed(tmp_path):
    config = write_config(tmp_path)
    folder = tmp_path / "drop"
    for name in ("cable-car-1.xml", "faehre.iptc", "hurling.anpa"):
        shutil.copy(SAMPLES / name, folder / name)
    (folder / "note.txt").write_text("A title\n\nA paragraph of a plain text that is long enough to be one.\n")
    run(config)
    everything = "SELECT entry_id, version FROM entries ORDER BY ALL"
    first = query(tmp_path / "output", everything)
    assert len(first) == 4
    (folder / "sub").mkdir()
    for path in sorted(folder.glob("*.*")):
        shutil.copy(path, folder / "sub" / f"again-{path.name}")
        path.rename(folder / "sub" / path.name)
    run(config)
    assert query(tmp_path / "output", everything) == first
    (folder / "note.txt").write_text(
        "A title\n\nA paragraph of a plain text that was changed after it had been read.\n"
    )
    run(config)
    assert len(query(tmp_path / "output", everything)) == 5
    assert query(tmp_path / "output", "SELECT version FROM current_entries WHERE format = 'text'") == [(2,)]


def test_story_update_correction_kill(tmp_path):
    """The example of docs/views.md: what is current after each of four files."""
    config = write_config(tmp_path)
    output = tmp_path / "output"
    current = "SELECT entry_version, left(text, 25) FROM current_paragraphs ORDER BY position"
    story = [(1, "Rescuers brought 31 passen"[:25]), (1, "The cabin came to a halt "[:25])]
    update = [(2, text) for _, text in story] + [
        (2, '"Nobody was hurt, but some'[:25]),
        (2, "The line will stay closed"[:25]),
    ]
    corrected = [(3, "Rescuers brought 13 passe"), *((3, text) for _, text in update[1:])]
    for number, expected in enumerate((story, update, corrected, []), 1):
        shutil.copy(SAMPLES / f"cable-car-{number}.xml", tmp_path / "drop")
        run(config)
        assert query(output, current) == expected
    assert query(output, "SELECT version, status, signals FROM entries ORDER BY version") == [
        (1, "usable", []),
        (2, "usable", ["update"]),
        (3, "usable", ["correction"]),
        (4, "canceled", ["kill", "withhold"]),
    ]
    assert query(output, "SELECT count(*) FROM paragraphs") == [(10,)]  # what was written stays


def test_an_embargo_ends_by_itself(tmp_path):
    config = write_config(tmp_path)
    story = (SAMPLES / "cable-car-1.xml").read_text()
    for name, embargo in (("a", "2026-01-01T00:00:00Z"), ("b", "2035-01-01T00:00:00Z"), ("c", "")):
        text = story.replace(":cable-car", f":{name}").replace(
            '<pubStatus qcode="stat:usable"/>', f'<embargoed>{embargo}</embargoed><pubStatus qcode="stat:usable"/>'
        )
        (tmp_path / "drop" / f"{name}.xml").write_text(text.replace("31 passengers", f"{name} passengers"))
    run(config)
    states = query(tmp_path / "output", "SELECT right(guid, 1), state FROM latest_entries ORDER BY 1")
    assert states == [("a", "usable"), ("b", "embargoed"), ("c", "withheld")]
