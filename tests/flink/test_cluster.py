"""The cluster's processes and tools."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from testing.flink.cluster import MissingToolsError, prepare

pytestmark = [pytest.mark.slow, pytest.mark.flink]

ROOT = Path(__file__).parents[2]


@pytest.mark.usefixtures("jars")
def test_nothing_is_left_when_the_process_is_killed(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "testing.flink.cluster", str(tmp_path)]
    cluster = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert cluster.stdout is not None
    with cluster, cluster.stdout:
        assert "dashboard" in cluster.stdout.readline()
        started = _processes_of(tmp_path)
        assert len(started) >= 4
        os.kill(cluster.pid, signal.SIGKILL)
    deadline = time.monotonic() + 20
    while _processes_of(tmp_path) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert _processes_of(tmp_path) == []


def test_missing_tools_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(
        MissingToolsError, match="needs java and mvn on PATH: apt-get install default-jre-headless maven"
    ):
        prepare(tmp_path)


def _processes_of(folder: Path) -> list[int]:
    """Return the running processes whose working directory is a folder."""
    found = []
    for link in Path("/proc").glob("[0-9]*/cwd"):
        try:
            if link.readlink() == folder:
                found.append(int(link.parent.name))
        except OSError:
            continue
    return found
