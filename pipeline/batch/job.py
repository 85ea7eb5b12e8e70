"""`newsbeam run` as one bounded job of a cluster, which continues without the command that submitted it.

    lock the output, recover the commits of an interrupted run
    submit    one graph: list, read, parse, version, split, deduplicate, tag, stage, commit (`job_graph.py`)
    wait      then print the job's metrics, and the polls that it committed

The workers list and read the sources, and look up what earlier runs wrote. Nothing is visible before the job's last
steps; a job that dies leaves staged files, which the next run deletes, or a commit, which it finishes.
"""

import secrets
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from newsbeam.pipeline.batch.counts import count_results, counted_rows, named_counts
from newsbeam.pipeline.batch.summary import Summary
from newsbeam.pipeline.config.model import Config
from newsbeam.pipeline.runners.runners import Engine
from newsbeam.transforms.common.progress import Progress
from newsbeam.transforms.runtime import metrics
from newsbeam.transforms.write.lookup.lookups import failed_polls
from newsbeam.transforms.write.parquet import list_files
from newsbeam.transforms.write.run_record import FailedSource
from newsbeam.transforms.write.store import Store


class JobError(Exception):
    """A job ended without success. Nothing of it is visible, or the next run finishes its commit."""


@dataclass(frozen=True)
class JobOutput:
    """Where a job writes.

    Attributes:
        store: The output.
        job: The id of this submission, for the names of what it stages.
        since: The first day of the window.
        now: Ask every source, whether it is due or not.
    """

    store: Store
    job: str
    since: date
    now: bool = False


def run_job(config: Config, engine: Engine, store: Store, progress: Progress, *, now: bool) -> Summary:
    """Submit a job, wait for its end, and return its results; the caller holds the output's lock.

    Raises:
        JobError: The job failed or was canceled.
    """
    # Here, since the graph takes `JobOutput` from this module.
    from newsbeam.pipeline import job_graph

    started, today = time.monotonic(), datetime.now(UTC)
    to = JobOutput(store, secrets.token_hex(8), (today - config.dedup.window).date(), now)
    # The job's own polls are those that are new at its end. From today on, since it may end after midnight.
    before = set(list_files(store, "polls", today.date()))
    pipeline = engine.pipeline()
    # Absolute, since the workers have other current folders.
    job_graph.run_job(pipeline, config.with_absolute_folder(), to)
    progress.phase("Running the job")
    result = pipeline.run()
    try:
        state = result.wait_until_finish()
    except KeyboardInterrupt:
        if not engine.local:
            progress.note("the job continues; stop it with its runner's own tools, and let it end before the next run")
        raise
    # A job that is canceled elsewhere ends without an exception.
    if state != "DONE":
        raise JobError(f"the job ended as {state}; its runner has the reason")
    new = [name for name in list_files(store, "polls", today.date()) if name not in before]
    failed = [FailedSource(poll.source, poll.feed_url, poll.error) for poll in failed_polls(store, new)]
    return summary(config, count_results(result), failed, time.monotonic() - started)


def summary(config: Config, counts: Counter[str], failed: Sequence[FailedSource], seconds: float) -> Summary:
    """Return the results of a job from its counters.

    Args:
        config: For its output and models.
        counts: The job's counters, by name.
        failed: The sources whose polls failed.
        seconds: From the submission to the end.
    """
    polls = named_counts(counts, metrics.POLLS)
    asked, unchanged = sum(polls.values()), polls.get("unchanged", 0) + polls.get("not_modified", 0)
    rows = counted_rows(config, counts)
    return Summary(
        output=config.output,
        sources=counts[metrics.SOURCES],
        sources_unchanged=unchanged,
        sources_not_due=max(0, counts[metrics.SOURCES] - asked),
        failed=failed,
        nothing_received=asked > 0 and asked == polls.get("error", 0) and not rows["dead_letters"],
        seconds=seconds,
        **rows,
    )
