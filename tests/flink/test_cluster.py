"""The cluster itself, with a small pipeline: what `newsbeam stream` builds on there."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import apache_beam as beam
import pytest

from tests.flink import demo
from tests.flink.cluster import FlinkCluster, MissingToolsError, prepare

pytestmark = [pytest.mark.slow, pytest.mark.flink]

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def jars() -> Path:
    try:
        return prepare()
    except MissingToolsError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module", params=["hashmap", "rocksdb"])
def cluster(request: pytest.FixtureRequest, jars: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with FlinkCluster(tmp_path_factory.mktemp("flink"), jars, state_backend=request.param) as running:
        yield running


class Copying:
    """A job of the demo pipeline with its input and output."""

    def __init__(self, cluster: FlinkCluster, folder: Path):
        self.cluster = cluster
        self.source = folder / "source"
        self.source.touch()
        self.output = folder / "output"
        self.output.mkdir()
        self.written = 0

    def submit(self, epoch: str, *options: str) -> str:
        pipeline = beam.Pipeline(options=self.cluster.pipeline_options(*options))
        demo.build(pipeline, self.source, self.output, epoch=epoch)
        return self.cluster.submit(pipeline)

    def write(self, lines: int) -> None:
        with self.source.open("a") as file:
            file.write("".join(f"line {self.written + number}\n" for number in range(lines)))
        self.written += lines

    def copied(self) -> Counter[str]:
        files = [path for path in self.output.iterdir() if not path.name.startswith(".")]
        return Counter(line for path in files for line in path.read_text().splitlines())

    def epochs(self) -> set[str]:
        return {path.name.split(".")[0] for path in self.output.iterdir() if not path.name.startswith(".")}

    def feed_until(self, done: Callable[[], bool], timeout_s: float = 60) -> None:
        """Write lines, as time passes, until something has come true."""
        deadline = time.monotonic() + timeout_s
        while not done():
            assert time.monotonic() < deadline
            self.write(5)
            time.sleep(0.05)

    def wait_copied(self, timeout_s: float = 60) -> None:
        deadline = time.monotonic() + timeout_s
        while len(self.copied()) < self.written and time.monotonic() < deadline:
            time.sleep(0.1)


@pytest.fixture
def copying(cluster: FlinkCluster, tmp_path: Path) -> Iterator[Copying]:
    yield Copying(cluster, tmp_path)
    for job, status in cluster.jobs().items():
        if status not in ("FINISHED", "CANCELED", "FAILED"):
            cluster.cancel(job)


def test_kills_and_a_savepoint_lose_nothing_and_double_nothing(copying: Copying) -> None:
    cluster = copying.cluster
    first = copying.submit("first")
    copying.feed_until(lambda: len(copying.copied()) > 50)

    assert cluster.kill_workers() == 1
    copying.feed_until(lambda: cluster.checkpoints(first).restored == 1 and cluster.is_running(first))
    cluster.kill_task_manager()
    cluster.start_task_manager()
    copying.feed_until(lambda: cluster.checkpoints(first).restored == 2 and cluster.is_running(first))
    # A repeated pane replaces itself, so the job has to pass where it was before the kill.
    passed = copying.written
    copying.feed_until(lambda: f"line {passed}" in copying.copied())

    savepoint = cluster.stop_with_savepoint(first)
    assert cluster.job_status(first) == "FINISHED"
    copying.write(100)
    copying.submit("second", f"--savepoint_path={savepoint}")
    copying.feed_until(lambda: f"line {passed + 200}" in copying.copied())
    copying.wait_copied()

    assert copying.copied() == Counter(f"line {number}" for number in range(copying.written))
    assert copying.epochs() == {"first"}


def test_a_job_goes_on_from_the_last_checkpoint_of_a_cancelled_one(copying: Copying) -> None:
    cluster = copying.cluster
    first = copying.submit("first")
    copying.feed_until(lambda: cluster.checkpoints(first).completed > 2)
    cluster.cancel(first)
    passed = copying.written
    copying.submit("second", f"--savepoint_path={cluster.last_checkpoint(first)}")
    copying.feed_until(lambda: f"line {passed + 100}" in copying.copied())
    copying.wait_copied()
    assert copying.copied() == Counter(f"line {number}" for number in range(copying.written))
    assert copying.epochs() == {"first"}


def test_checkpoints_stay_small(copying: Copying) -> None:
    job = copying.submit("only")
    copying.feed_until(lambda: copying.cluster.checkpoints(job).completed >= 12)
    sizes = copying.cluster.checkpoints(job).sizes
    assert max(sizes[8:]) <= 1.3 * max(sizes[3:8])


def test_nothing_is_left_when_the_process_is_killed(jars: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.flink.cluster", str(tmp_path)]
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
    """Return the living processes that work in a folder."""
    found = []
    for link in Path("/proc").glob("[0-9]*/cwd"):
        try:
            if link.readlink() == folder:
                found.append(int(link.parent.name))
        except OSError:
            continue
    return found
