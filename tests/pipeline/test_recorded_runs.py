"""The rows of runs in `runs/`, by the commands that they are of."""

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from newsbeam.pipeline.cli import main
from newsbeam.pipeline.config.load import load_config
from newsbeam.pipeline.recorded_run import config_json, recorded
from newsbeam.transforms.write.lock import output_lock
from newsbeam.transforms.write.schema import versions_of
from newsbeam.transforms.write.store import Store
from tests.support.outputs import rows, write_config, write_feeds


def run(config: Path, *options: str) -> int:
    return main(["run", str(config), "-q", "--direct_num_workers=1", *options])


def test_a_run_says_what_it_did_and_with_what(tmp_path: Path) -> None:
    write_feeds(tmp_path, feeds=2, entries=2)
    (tmp_path / "feeds/broken.json").write_text("{")
    config = write_config(tmp_path)
    assert run(config, "--strict") == 5
    assert run(config) == 0
    output = tmp_path / "output"
    first, second = rows(output, "SELECT * EXCLUDE (began_at, ended_at, date) FROM runs ORDER BY began_at")
    names = [name for (name, *_) in rows(output, "DESCRIBE SELECT * EXCLUDE (began_at, ended_at, date) FROM runs")]
    one, two = dict(zip(names, first, strict=True)), dict(zip(names, second, strict=True))
    assert (one["outcome"], one["exit_status"], two["outcome"], two["exit_status"]) == ("incomplete", 5, "done", 0)
    assert (one["sources"], one["sources_failed"], one["documents"], two["sources_unchanged"]) == (3, 1, 2, 2)
    assert (one["entries_new"], two["entries_new"], one["dead_letters"]) == (4, 0, 1)
    assert one["paragraphs_new"] + one["paragraphs_exact"] + one["paragraphs_near"] == len(
        rows(output, "SELECT * FROM paragraphs")
    )
    assert one["failed"][0]["feed_url"].endswith("broken.json")
    assert sum(each["dead_letters"] for each in one["errors"]) == 1
    assert [each["name"] for each in one["lists"]] == ["topics"]
    assert one["config_hash"] == two["config_hash"]
    assert one["run_id"] < two["run_id"]
    assert rows(output, "SELECT count(*) FROM runs WHERE ended_at > began_at") == [(2,)]


def test_what_a_stream_has_forgotten_is_in_its_row_and_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_feeds(tmp_path, feeds=1, entries=1)
    config = write_config(tmp_path)
    assert run(config) == 0
    output = tmp_path / "output"
    main(["inspect", str(output)])
    assert "forgot" not in capsys.readouterr().out
    with recorded(Store(str(output)), load_config(config), "stream") as row:
        row.count(load_config(config), Counter({"paragraphs_forgotten:age": 1234, "paragraphs_forgotten:memory": 5}))
    main(["inspect", str(output)])
    shown = capsys.readouterr().out.split("Streams that forgot paragraphs")[1]
    assert "1,234" in shown
    assert rows(
        output, "SELECT paragraphs_out_of_window, paragraphs_out_of_memory FROM runs WHERE command = 'stream'"
    ) == [(1234, 5)]


def test_files_name_the_versions_that_made_them(tmp_path: Path) -> None:
    write_feeds(tmp_path, feeds=1, entries=1)
    run(write_config(tmp_path))
    ((lists,),) = rows(tmp_path / "output", "SELECT lists FROM runs")
    for table in ("paragraphs", "entries", "polls", "runs"):
        (file,) = (tmp_path / "output" / table).rglob("*.parquet")
        versions = versions_of(pq.read_schema(file))
        with_topics = table in ("paragraphs", "entries")
        assert set(versions) == ({"newsbeam", "topics"} if with_topics else {"newsbeam"})
        if with_topics:
            assert versions["topics"] == [lists[0]["version"]]


def test_the_config_of_a_row_has_no_secrets(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text(
        "output: out\nfeeds:\n"
        "  - {url: 'https://ann:hidden1@a.example/rss'}\n"
        "  - {url: 'https://b.example/rss', headers: {Authorization: 'Bearer hidden2'}, cookies: {id: hidden3}}\n"
        "  - {opml: 'https://c.example/list', auth: {user: hidden4, password: hidden5}}\n"
    )
    text = config_json(load_config(path))
    assert "hidden" not in text
    assert "ann" not in text
    found = json.loads(text)
    assert [feed.get("url", feed.get("opml")) for feed in found["feeds"]] == [
        "https://a.example/rss",
        "https://b.example/rss",
        "https://c.example/list",
    ]
    assert set(found) == {"output", "feeds"}


def test_a_run_that_is_refused_has_no_row(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_feeds(tmp_path, feeds=1, entries=1)
    config = write_config(tmp_path)
    with output_lock(Store(str(tmp_path / "output"))):
        assert run(config) == 4
    assert not (tmp_path / "output/runs").exists()


@pytest.mark.parametrize(
    ("error", "outcome", "status"), [(OSError("full"), "failed", 1), (KeyboardInterrupt(), "interrupted", 130)]
)
def test_how_a_command_failed(tmp_path: Path, error: BaseException, outcome: str, status: int) -> None:
    write_feeds(tmp_path, feeds=1, entries=1)
    config, store = load_config(write_config(tmp_path)), Store(str(tmp_path / "output"))
    with pytest.raises(type(error)), recorded(store, config, "run"):
        raise error
    message = "OSError: full" if status == 1 else None
    found = rows(tmp_path / "output", "SELECT outcome, exit_status, error, ended_at IS NULL FROM runs")
    assert found == [(outcome, status, message, False)]


def test_a_job_that_goes_on_has_no_end(tmp_path: Path) -> None:
    write_feeds(tmp_path, feeds=1, entries=1)
    config, store = load_config(write_config(tmp_path)), Store(str(tmp_path / "output"))
    with recorded(store, config, "run", "FlinkRunner", submitted=True) as row:
        row.goes_on = True
    found = rows(tmp_path / "output", "SELECT runner, outcome, exit_status, ended_at FROM runs")
    assert found == [("FlinkRunner", "submitted", None, None)]
    assert not store.list("_runs")


def test_a_submission_that_cannot_reach_the_output_goes_on_without_a_row(tmp_path: Path) -> None:
    write_feeds(tmp_path, feeds=1, entries=1)
    config = load_config(write_config(tmp_path))
    (tmp_path / "output").write_text("not a folder")
    with recorded(Store(config.output), config, "stream", "FlinkRunner", submitted=True, locked=False) as row:
        assert row.row.run_id
    assert (tmp_path / "output").read_text() == "not a folder"


@pytest.mark.slow
def test_a_killed_run_is_running_until_the_next_one_finds_that_it_died(tmp_path: Path) -> None:
    write_feeds(tmp_path, feeds=1, entries=1)
    config, output = write_config(tmp_path), tmp_path / "output"
    begin = (
        "import sys, time; from newsbeam.pipeline.config.load import load_config\n"
        "from newsbeam.pipeline.recorded_run import recorded\n"
        "from newsbeam.transforms.write.lock import output_lock; from newsbeam.transforms.write.store import Store\n"
        "config = load_config(sys.argv[1]); store = Store(config.output)\n"
        "with output_lock(store), recorded(store, config, 'run'):\n    print('begun', flush=True); time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", begin, str(config)], stdout=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stdout.readline()
        os.kill(process.pid, signal.SIGKILL)
    assert rows(output, "SELECT outcome, ended_at FROM runs") == [("running", None)]
    assert run(config) == 0
    found = rows(output, "SELECT outcome, ended_at IS NULL, entries_new FROM runs ORDER BY began_at")
    assert found == [("died", True, None), ("done", False, 1)]
