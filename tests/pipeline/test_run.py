"""The whole run, through the real command line, on inputs written by the test."""

import json
import random
import shutil
from pathlib import Path

import pytest

from newsbeam.pipeline.cli import main
from tests.support.outputs import ALL_ENTRIES, ALL_ROWS, SHARED_BY_ALL, json_feed, rows, write_config, write_feeds


def run(config: Path, *arguments: str) -> int:
    return main(["run", str(config), "--quiet", "--direct_num_workers=1", *arguments])


def test_a_second_run_adds_no_row(tmp_path):
    write_feeds(tmp_path)
    config = write_config(tmp_path)
    assert run(config) == 0
    first = rows(tmp_path / "output", ALL_ROWS)
    assert len(first) == 4 * (3 * 2 + 3 * 4)
    assert run(config) == 0
    assert rows(tmp_path / "output", ALL_ROWS) == first
    # Touched, but with the same entries: read again, and nothing is new.
    feed = tmp_path / "feeds" / "feed1.json"
    feed.write_text(feed.read_text() + "\n")
    assert run(config) == 0
    assert rows(tmp_path / "output", ALL_ROWS) == first
    assert rows(tmp_path / "output", "SELECT status, count(*) FROM polls GROUP BY 1 ORDER BY 1") == [
        ("ok", 5),
        ("unchanged", 7),
    ]


@pytest.mark.slow
def test_the_earliest_paragraph_is_canonical_whatever_the_slices_and_names(tmp_path):
    outputs = []
    for number, size in enumerate((3, 5, 2000)):
        folder = tmp_path / str(number)
        write_feeds(folder)
        if number == 1:  # read in another order: the names of the files turned round
            for feed in range(4):
                (folder / "feeds" / f"feed{feed}.json").rename(folder / "feeds" / f"x{9 - feed}.json")
        config = write_config(folder, f"slice: {size}\n")
        config.write_text(config.read_text().replace("language: en", "language: en, id: feeds, source: Feeds"))
        assert run(config) == 0
        outputs.append(rows(folder / "output", ALL_ROWS.replace("feed_url, ", "")))
    # The ids hold the source's id and guids, which are URIs: so they don't depend on the files' names.
    assert outputs[0] == outputs[1] == outputs[2]
    canonical = rows(
        tmp_path / "0" / "output",
        "SELECT published FROM paragraphs WHERE duplicate_of IS NULL AND fingerprint IN "
        f"(SELECT fingerprint FROM paragraphs WHERE text = '{SHARED_BY_ALL}')",
    )
    earliest = rows(tmp_path / "0" / "output", f"SELECT min(published) FROM paragraphs WHERE text = '{SHARED_BY_ALL}'")
    assert canonical == earliest


@pytest.mark.slow
def test_duplicates_always_name_a_canonical_row(tmp_path):
    write_feeds(tmp_path)
    assert run(write_config(tmp_path, "slice: 3\n")) == 0
    dangling = """
        SELECT count(*) FROM paragraphs d LEFT JOIN paragraphs c ON d.duplicate_of = c.paragraph_id
        WHERE d.duplicate_of IS NOT NULL AND (c.paragraph_id IS NULL OR c.duplicate_of IS NOT NULL)
    """
    assert rows(tmp_path / "output", dangling) == [(0,)]


def test_an_update_is_a_version_whose_old_paragraphs_are_repeats(tmp_path):
    config = write_config(tmp_path)
    (tmp_path / "feeds").mkdir()
    feed = tmp_path / "feeds" / "a.json"
    feed.write_text(json_feed({"1": ("2026-11-20T08:00:00Z", f"<p>{SHARED_BY_ALL}</p>")}))
    assert run(config) == 0
    feed.write_text(json_feed({"1": ("2026-11-20T08:00:00Z", f"<p>{SHARED_BY_ALL}</p><p>And then it was Friday.</p>")}))
    assert run(config) == 0
    assert rows(tmp_path / "output", "SELECT version, paragraph_count FROM entries ORDER BY version") == [
        (1, 1),
        (2, 2),
    ]
    query = "SELECT entry_version, position, duplicate_kind FROM paragraphs ORDER BY 1, 2"
    assert rows(tmp_path / "output", query) == [(1, 0, None), (2, 0, "exact"), (2, 1, None)]
    assert rows(tmp_path / "output", "SELECT entries, entries_new FROM polls ORDER BY fetched_at") == [(1, 1), (1, 0)]


def test_the_window_bounds_what_is_compared(tmp_path):
    """Rows outside `dedup.window` are not looked at, but their entries are remembered."""
    write_feeds(tmp_path, feeds=1)
    config = write_config(tmp_path)
    assert run(config) == 0
    output = tmp_path / "output"
    for table in ("paragraphs", "entries", "polls"):
        (day,) = (output / table).iterdir()
        shutil.move(day, output / table / "date=2020-01-01")
    write_feeds(tmp_path, feeds=2)
    assert run(config) == 0
    query = "SELECT count(*) FROM paragraphs WHERE date > '2021-01-01' AND duplicate_of IS NULL"
    assert rows(output, f"{query} AND text = '{SHARED_BY_ALL}'") == [(1,)]
    counted = rows(output, "SELECT source_id, count(*) FROM entries GROUP BY 1 ORDER BY 1")
    assert counted == [("feeds/feed0.json", 6), ("feeds/feed1.json", 6)]


@pytest.mark.parametrize("workers", [2])
@pytest.mark.slow
def test_worker_processes_give_the_same_rows(tmp_path, workers):
    results = []
    for processes in (1, workers):
        folder = tmp_path / str(processes)
        write_feeds(folder)
        config = write_config(folder, "slice: 7\n", entities="{en: en_core_web_sm}")
        assert run(config, f"--direct_num_workers={processes}") == 0
        results.append((rows(folder / "output", ALL_ROWS), rows(folder / "output", ALL_ENTRIES)))
    assert results[0] == results[1]
    assert any(row[9] for row in results[0][0])


def test_the_seed_story(tmp_path, shared_data):
    (seed,) = (shared_data / "seed").glob("*.txt")
    (tmp_path / "drop").mkdir()
    shutil.copy(seed, tmp_path / "drop")
    config = tmp_path / "config.yaml"
    config.write_text(f"output: {tmp_path / 'output'}\nwires:\n  - {{path: 'drop/*.txt', source: Seed}}\n")
    assert run(config) == 0
    output = tmp_path / "output"
    title = "Lavrov Says Japan Promised Russia to Address Concerns Over Its Military Alliance With US"
    assert rows(output, "SELECT title, dateline_place, paragraph_count FROM entries") == [(title, "NAGOYA", 13)]
    kinds = "SELECT duplicate_kind, count(*) FROM paragraphs GROUP BY 1 ORDER BY 1"
    assert rows(output, kinds) == [("exact", 6), (None, 7)]
    texts = [text for (text,) in rows(output, "SELECT text FROM paragraphs ORDER BY position")]
    assert texts[0].startswith("Tokyo has promised")
    assert not any(text == "A" or "(esn)" in text or "NAGOYA" in text for text in texts)
    entities = rows(output, "SELECT DISTINCT e.name, e.label FROM (SELECT unnest(entities) AS e FROM paragraphs)")
    names = {name for name, _ in entities}
    assert {"Japan", "South Korea", "Russia"} <= names
    assert {"Nagoya", "NAGOYA"} & names
    assert ("Sergei Lavrov", "PERSON") in entities
    assert not any("Lavrov" in name and label == "ORG" for name, label in entities)
    topics = [code for (code,) in rows(output, "SELECT unnest(topics).qcode FROM entries")]
    assert any(_top(code) in ("medtop:11000000", "medtop:16000000") for code in topics), topics


def _top(qcode: str) -> str:
    data = Path(__file__).parents[2] / "transforms" / "enrich" / "data" / "mediatopics.json"
    concepts = {concept["qcode"]: concept for concept in json.loads(data.read_text())}
    while concepts[qcode]["broader"]:
        qcode = concepts[qcode]["broader"]
    return qcode


@pytest.mark.slow
def test_rows_do_not_depend_on_the_order_of_entries_in_a_feed(tmp_path):
    results = []
    for seed in range(3):
        folder = tmp_path / str(seed)
        write_feeds(folder, feeds=2)
        for path in (folder / "feeds").glob("*.json"):
            feed = json.loads(path.read_text())
            random.Random(seed).shuffle(feed["items"])
            path.write_text(json.dumps(feed))
        assert run(write_config(folder, "slice: 4\n")) == 0
        results.append(rows(folder / "output", ALL_ROWS))
    assert results[0] == results[1] == results[2]
