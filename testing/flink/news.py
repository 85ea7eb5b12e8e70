"""`newsbeam stream` on a Flink cluster, with a feed server and a newswire as sources, and processes that are killed.

run = NewsRun(cluster, folder)
with run.publishing():
    run.submit()
    run.kill("task manager")
    report = run.settle()    what the output misses or has twice, by the log of what was served

or all of that together: report = run.survive("task manager", 5, 2)
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path

from testing.feed_server import Control, feed_server_process, write_config
from testing.flink.cluster import FlinkCluster, FlinkError, wait
from testing.stream_checks import Report, missing_and_doubled

NEWSBEAM = Path(sys.executable).with_name("newsbeam")
KILLS = ("workers", "task manager", "frozen task manager", "job", "job manager")
STREAM = "stream: {flush: 2s, tick: 1s}\n"
LONGEST = 1.25
"""The ratio of the longest to the shortest time for which a version is the current one."""

FROZEN_S = 5.0
"""How long a frozen task manager stays frozen after the restart: more than `flush`, so that its successor writes."""


class NewsRun:
    """A stream with its own sources and output.

    Args:
        cluster: The cluster to run on.
        folder: The folder of the config, the output and the log of what was served.
        more: Additional lines of the config.
        window: `dedup.window` of the config.
        environment: Additional environment variables of the `newsbeam` command.

    Attributes:
        output: The output.
        log: The log of what was served.
        config: The config of the stream; `publishing` writes it.
        job: Flink's id of the running job.
    """

    def __init__(
        self,
        cluster: FlinkCluster,
        folder: Path,
        more: str = STREAM,
        *,
        window: timedelta = timedelta(days=30),
        environment: Mapping[str, str] | None = None,
    ):
        folder.mkdir(parents=True, exist_ok=True)
        self.cluster = cluster
        self.folder = folder
        self.output = folder / "output"
        self.log = folder / "served.jsonl"
        self.config = folder / "config.yaml"
        self.job = ""
        self._more = f"{more}dedup: {{window: {int(window.total_seconds())}s}}\n"
        self._window = window
        self._environment = os.environ | (environment or {})
        self._commands = 0

    @contextmanager
    def publishing(
        self, *, feeds: int = 8, per_second: float = 4.0, drop_per_second: float = 0.5, shown_s: float = 5
    ) -> Iterator[Control]:
        """Run the feed server, and the newswire unless `drop_per_second` is 0.

        A feed shows each version of an entry for at least `shown_s` seconds, less than a restart takes: what a killed
        worker had fetched is in the raw log only.
        """
        drop = self.folder / "drop" if drop_per_second else None
        options = {
            "--feeds": feeds,
            "--rate": per_second,
            # An entry has at most three versions; entries are distributed over feeds at random.
            "--window": max(10, int(1.2 * (2 * LONGEST + 1) * shown_s * per_second / feeds)),
            **({"--drop": drop, "--drop-rate": drop_per_second} if drop else {}),
        }
        words = [str(word) for option in options.items() for word in option]
        updates = ["--update-after", str(shown_s), str(LONGEST * shown_s)]
        with feed_server_process(self.log, *words, *updates) as server:
            self.config = write_config(self.folder, server.urls, drop, more=self._more)
            yield server

    def submit(self, *options: str, timeout_s: float = 90) -> None:
        """Submit the stream with the command line, and wait until all its tasks are running.

        Raises:
            FlinkError: The command failed, or the tasks don't run within `timeout_s` seconds.
        """
        before = self.cluster.jobs()
        command = [NEWSBEAM, "stream", self.config, "--output", self.output, *self.cluster.arguments()]
        self._commands += 1
        log = self.folder / f"command-{self._commands}.log"
        with log.open("wb") as printed:
            process = subprocess.Popen(
                [*command, "--parallelism=2", *options],
                stdout=printed,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env=self._environment,
            )

        def check() -> None:
            if process.poll():
                raise FlinkError(f"newsbeam stream failed:\n{log.read_text()[-3000:]}")

        try:
            new = wait(lambda: [job for job in self.cluster.jobs() if job not in before], "the job", timeout_s, check)
            self.job = new[0]
            self.cluster.wait_running(self.job, timeout_s=timeout_s)
        finally:
            process.kill()  # the job continues without it
            process.wait()

    def kill(self, what: str) -> None:
        """Kill one of `KILLS`, and continue the stream: by Flink's restart, or from the last checkpoint."""
        cluster = self.cluster
        if what in ("job", "job manager"):
            if what == "job":
                cluster.cancel(self.job)
            else:
                cluster.kill_job_manager()
            checkpoint = cluster.last_checkpoint(self.job)
            self.submit(f"--savepoint_path={checkpoint}" if checkpoint else "--warm-start")
            return
        before, frozen = cluster.last_restart(self.job), ""
        if what == "workers":
            cluster.kill_workers()
        else:
            if what == "task manager":
                cluster.kill_task_manager()
            else:  # as after a network fault; its workers keep running
                frozen = cluster.freeze_task_manager()
            cluster.start_task_manager()
        cluster.wait_restarted(self.job, before)
        if frozen:
            time.sleep(FROZEN_S)
            cluster.thaw_task_manager(frozen)
            cluster.wait_running(self.job)

    def upgrade(self) -> None:
        """Stop the job with a savepoint and submit another from it."""
        self.submit(f"--savepoint_path={self.cluster.stop_with_savepoint(self.job)}")

    def survive(self, what: str, kill_after_s: float, upgrade_after_s: float) -> Report:
        """Start, kill one of `KILLS`, stop with a savepoint, continue from it; return the final report."""
        with self.publishing():
            self.submit()
            time.sleep(kill_after_s)
            self.kill(what)
            time.sleep(upgrade_after_s)
            self.upgrade()
            time.sleep(5)
            return self.settle()

    @contextmanager
    def refusing(self) -> Iterator[None]:
        """Make all writes to the output fail within the block; then wait until all tasks are running again."""
        staging = self.output / "_staging"
        with suppress(FileNotFoundError):
            staging.rename(self.folder / f"staging-{time.time()}")
        staging.touch()
        yield
        staging.unlink()
        self.cluster.wait_running(self.job)

    def settle(self, timeout_s: float = 90) -> Report:
        """Wait until everything that has been served by now is written exactly once; return the last report."""
        now, deadline = time.time(), time.monotonic() + timeout_s
        while not (report := self.report(now)).clean and time.monotonic() < deadline:
            time.sleep(1)
        return report

    def report(self, until: float = float("inf")) -> Report:
        """Compare the output with the log of what was served."""
        return missing_and_doubled(self.output, self.log, until, self._window, kills=True)

    def end(self) -> None:
        """Cancel the job if it is running."""
        if self.job and self.cluster.job_status(self.job) not in ("FINISHED", "CANCELED", "FAILED"):
            self.cluster.cancel(self.job)
