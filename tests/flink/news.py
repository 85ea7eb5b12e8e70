"""`newsbeam stream` on the cluster, reading what a feed server publishes, killed in every way there is.

run = NewsRun(cluster, folder)
with run.publishing(entries=100): run.submit(); run.kill("task manager") ...; run.settle()
run.report()    what the output misses and what it has twice, by the feed server's own log
"""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.feed_server import Control, feed_server_process, write_config
from tests.flink.cluster import FlinkCluster, FlinkError, wait
from tests.stream_checks import Report, missing_and_doubled

NEWSBEAM = Path(sys.executable).with_name("newsbeam")
FEEDS = 8
KILLS = ("workers", "task manager", "job", "job manager")
SETTLE_S = 120.0


class NewsRun:
    """A stream of a feed server's feeds into an output of its own.

    Args:
        cluster: Where to run.
        folder: For the config, the output and the log of the server.
        more: Lines of the config.

    Attributes:
        job: Flink's id of the job that runs now.
    """

    def __init__(self, cluster: FlinkCluster, folder: Path, more: str = "stream: {flush: 2s, tick: 1s}\n"):
        self.cluster = cluster
        self.folder = folder
        self.output = folder / "output"
        self.log = folder / "served.jsonl"
        self.job = ""
        self._more = more
        self._commands = 0

    @contextmanager
    def publishing(self, *, entries: int, per_second: float = 4.0, feeds: int = FEEDS) -> Iterator[Control]:
        """Run the feed server. A feed shows an entry for longer than a restart takes, and a version as well."""
        window = max(10, int(60 * per_second / feeds))
        options = ["--feeds", feeds, "--rate", per_second, "--entries", entries, "--window", window]
        options += ["--update-after", 45, 60]
        with feed_server_process(self.log, *map(str, options)) as server:
            self.config = write_config(self.folder, server.urls, more=self._more)
            yield server

    def submit(self, *options: str, timeout_s: float = 90) -> None:
        """Submit the stream as a user does, and wait until all of it runs."""
        before = self.cluster.jobs()
        command = [NEWSBEAM, "stream", self.config, *self.cluster.arguments(), "--parallelism=2", *options]
        self._commands += 1
        log = self.folder / f"command-{self._commands}.log"
        with log.open("wb") as printed:
            process = subprocess.Popen(command, stdout=printed, stderr=subprocess.STDOUT, start_new_session=True)

        def check() -> None:
            if process.poll():
                raise FlinkError(f"newsbeam stream failed:\n{log.read_text()[-3000:]}")

        try:
            new = wait(lambda: [job for job in self.cluster.jobs() if job not in before], "the job", timeout_s, check)
            self.job = new[0]
            self.cluster.wait_running(self.job, timeout_s=timeout_s)
        finally:
            process.kill()  # the job goes on without it
            process.wait()

    def kill(self, what: str) -> None:
        """Kill something, and see to it that the stream goes on: as Flink does, or as its operator would."""
        cluster = self.cluster
        if what in ("workers", "task manager"):
            restored = cluster.checkpoints(self.job).restored
            if what == "workers":
                cluster.kill_workers()
            else:
                cluster.kill_task_manager()
                cluster.start_task_manager()
            wait(lambda: cluster.checkpoints(self.job).restored > restored, f"a restart after killing {what}", 90)
            cluster.wait_running(self.job, timeout_s=90)
            return
        if what == "job":
            cluster.cancel(self.job)
        else:
            cluster.kill_job_manager()
        self.submit(f"--savepoint_path={cluster.last_checkpoint(self.job)}")

    def upgrade(self) -> None:
        """Stop with a savepoint, and submit again from it."""
        self.submit(f"--savepoint_path={self.cluster.stop_with_savepoint(self.job)}")

    def report(self, until: float = float("inf")) -> Report:
        """Compare the output with what was served."""
        return missing_and_doubled(self.output, self.log, until)

    def settle(self, timeout_s: float = SETTLE_S, done: Callable[[Report], bool] = lambda _: True) -> Report:
        """Wait until the output has all that was served and nothing twice, or until it is too late; return which."""
        deadline = time.monotonic() + timeout_s
        while not ((report := self.report()).clean and done(report)) and time.monotonic() < deadline:
            time.sleep(1)
        return report
