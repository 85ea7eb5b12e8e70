"""A run that is killed at any moment and started again writes the rows of one undisturbed run."""

import random
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from newsbeam.pipeline.cli import main
from newsbeam.pipeline.exit_status import LOCKED
from newsbeam.transforms.write.lock import output_lock
from newsbeam.transforms.write.store import Store
from tests.support.outputs import ALL_ENTRIES, ALL_ROWS, rows, write_config, write_feeds

TABLES = ("paragraphs", "entries", "polls", "dead_letters", "runs")
NEWSBEAM = str(Path(sys.executable).with_name("newsbeam"))


def command(config: Path, processes: int = 1) -> list[str]:
    return [NEWSBEAM, "run", str(config), "--quiet", f"--direct_num_workers={processes}"]


def kill_after(seconds: float, config: Path) -> bool:
    """Start a run and kill it after some seconds; return whether it was still running."""
    process = subprocess.Popen(command(config), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return True
    return False


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_killed_and_started_again(tmp_path, seed):
    undisturbed, disturbed = tmp_path / "undisturbed", tmp_path / "disturbed"
    for folder in (undisturbed, disturbed):
        write_feeds(folder, feeds=5)
    assert main(command(write_config(undisturbed, "slice: 2\n"))[1:]) == 0
    config = write_config(disturbed, "slice: 2\n")
    chance = random.Random(seed)
    kills = sum(kill_after(chance.uniform(1.0, 4.0), config) for _ in range(5))
    assert main(command(config)[1:]) == 0
    for query in (ALL_ROWS, ALL_ENTRIES, "SELECT feed_url, entries FROM polls WHERE status = 'ok' ORDER BY 1"):
        assert rows(disturbed / "output", query) == rows(undisturbed / "output", query), f"after {kills} kills"
    folders = {path.name for path in (disturbed / "output").iterdir() if path.is_dir()}
    assert folders <= {*TABLES, "raw", "_staging", "_runs"}
    assert not Store(str(disturbed / "output")).list("_staging")


@pytest.mark.slow
def test_worker_processes_end_with_a_killed_run(tmp_path):
    write_feeds(tmp_path)
    config = write_config(tmp_path, "slice: 2\n", entities="{en: en_core_web_sm}")
    process = subprocess.Popen(command(config, 2), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    children: list[psutil.Process] = []
    while len(children) < 2 and process.poll() is None:
        children = psutil.Process(process.pid).children(recursive=True)
    process.kill()
    process.wait()
    assert not psutil.wait_procs(children, timeout=20)[1], "worker processes outlived the run that was killed"
    assert main(command(config)[1:]) == 0


def test_two_runs_at_once_never_mix(tmp_path, capsys):
    write_feeds(tmp_path)
    config = write_config(tmp_path)
    with output_lock(Store(str(tmp_path / "output")), "the first run"):
        assert main(command(config)[1:]) == LOCKED
    assert "is writing to" in capsys.readouterr().err
    assert not (tmp_path / "output" / "entries").exists()
    assert main(command(config)[1:]) == 0
