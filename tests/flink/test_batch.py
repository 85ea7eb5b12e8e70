"""`newsbeam run` as one bounded job on a Flink cluster and on Prism: the rows of a local run, also after kills."""

import random
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from benchmarks.row_digests import inputs
from testing.flink.cluster import FlinkCluster, wait
from tests.pipeline.job_inputs import write_job_input, write_next_edition
from tests.pipeline.test_stream import PRISM
from tests.support.same_rows import TABLES, assert_same_output

pytestmark = [pytest.mark.slow, pytest.mark.flink]

NEWSBEAM = [sys.executable, "-m", "newsbeam"]
RESTARTS = 2


@pytest.fixture(scope="module")
def batch_cluster(jars: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlinkCluster]:
    """A cluster on which a job that fails ends after some restarts."""
    with FlinkCluster(tmp_path_factory.mktemp("flink"), jars, restarts=RESTARTS) as running:
        yield running


@pytest.fixture(params=["prism", "flink"])
def options(request: pytest.FixtureRequest) -> Sequence[str]:
    """Beam's options of each engine that runs one job."""
    if request.param == "flink":
        cluster: FlinkCluster = request.getfixturevalue("batch_cluster")
        return cluster.batch_arguments()
    if not PRISM.exists():
        pytest.skip("needs Prism: make prism (needs Go)")
    return ["--runner=PrismRunner"]


def run(config: Path, output: Path, *options: str) -> int:
    command = [*NEWSBEAM, "run", str(config), f"--output={output}", "--quiet", *options]
    return subprocess.run(command, check=False).returncode


def test_three_runs(options: Sequence[str], tmp_path: Path) -> None:
    config = write_job_input(tmp_path)
    for edition in range(3):
        if edition == 2:
            write_next_edition(tmp_path)
        assert run(config, tmp_path / "job", *options) == 0
        assert run(config, tmp_path / "local") == 0
        assert_same_output(tmp_path / "job", tmp_path / "local")


@pytest.mark.nightly
def test_sample_newswire_and_reuters(options: Sequence[str], tmp_path: Path) -> None:
    for name, config in inputs(tmp_path):
        job, local = tmp_path / f"{name}-job", tmp_path / f"{name}-local"
        for edition in range(2):
            if edition and name == "reuters":
                _edit(tmp_path / "reuters" / "drop")
            assert run(config, job, *options) == 0
            assert run(config, local) == 0
            assert_same_output(job, local)


def _edit(drop: Path) -> None:
    """Change the end of some stories, and send others again under another name."""
    for number, path in enumerate(sorted(drop.iterdir())):
        if number % 50 == 0:
            path.write_text(f"{path.read_text()}\n\nThe exchange confirmed this in the evening.\n")
        if number % 70 == 1:
            shutil.copy(path, drop / f"again-{path.name}")


@pytest.mark.nightly
@pytest.mark.parametrize("kill", ["workers", "workers late", "task manager"])
def test_a_job_that_is_killed_and_run_again(batch_cluster: FlinkCluster, tmp_path: Path, kill: str) -> None:
    config = write_job_input(tmp_path)
    assert run(config, tmp_path / "local") == 0
    done = threading.Event()

    def strike() -> None:
        # Not before: the runner waits without end for a worker that dies before it has connected.
        wait(lambda: done.is_set() or batch_cluster.has_worked(), "a step to end", 180)
        done.wait(random.uniform(0, 15) + (15 if kill == "workers late" else 0))
        if kill != "task manager":
            batch_cluster.kill_workers()
        else:
            batch_cluster.kill_task_manager()
            batch_cluster.start_task_manager()

    killer = threading.Thread(target=strike)
    killer.start()
    status = run(config, tmp_path / "job", *batch_cluster.batch_arguments())
    done.set()
    killer.join()
    if status:  # the restarts were not enough; what the job has committed is unchanged for the next one, with new polls
        assert run(config, tmp_path / "job", *batch_cluster.batch_arguments()) == 0
    assert_same_output(tmp_path / "job", tmp_path / "local", TABLES[:-1] if status else TABLES)
