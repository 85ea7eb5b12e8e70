"""`newsbeam run`: one pass over the sources of a config.

On a cluster, and on Prism, it is one job (`job.py`). On this machine:

    lock the output, recover the commits of an interrupted run
    collect   read and parse all sources into a spool on local disk
    for each slice of entries, the earliest published first:
        decide    find what is new and which paragraphs repeat others, written ones or those of earlier slices
        publish   tag, write and commit, while the next slice is decided
    commit the polls, so that the next run skips bodies that are unchanged
    delete what is older than `raw.keep` in the raw log

A run that dies has committed some slices and no poll. The next one reads every source again, finds the entries of these
slices unchanged, continues with the rest in the same order, and ends with the same rows.
"""

import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

from newsbeam.pipeline.batch.summary import Summary
from newsbeam.pipeline.config.model import Config
from newsbeam.pipeline.display import status_of
from newsbeam.pipeline.recorded_run import RecordedRun, recorded, shown_options
from newsbeam.pipeline.runners.runners import Engine, batch_engine
from newsbeam.transforms.common.progress import Progress
from newsbeam.transforms.enrich.tag_batches import load_models
from newsbeam.transforms.runtime.workers import raised_gc_threshold, worker_pool
from newsbeam.transforms.write.commit import recover
from newsbeam.transforms.write.lock import output_lock
from newsbeam.transforms.write.store import Store

WORK = "_work"


def run(
    config: Config,
    beam_args: Sequence[str] = (),
    progress: Progress | None = None,
    *,
    now: bool = False,
    strict: bool = False,
) -> Summary:
    """Read each source that is due, or with `now` every source, and write what is new.

    Args:
        config: What to read, and where to write.
        beam_args: Beam's options.
        progress: What shows how far the run is; None to show nothing.
        now: Whether to poll sources that are not due as well.
        strict: Whether a source that failed or a dead letter makes the run incomplete, for its row in `runs/`.

    Raises:
        EngineError: The options ask for something that a bounded job can't do.
        JobError: The job failed or was canceled.
        PrismError: The runner is Prism, and it can't be started.
        OutputLockedError: Another run is writing to the output.
    """
    engine = batch_engine(beam_args)
    store = Store(config.output)
    progress = progress or Progress()
    with writing("run", config, engine, store) as row:
        engine = engine.showing(shown_options(row.row, config.output))
        if engine.one_job:
            from newsbeam.pipeline.batch.job import run_job

            try:
                summary = run_job(config, engine, store.absolute(), progress, now=now)
            except KeyboardInterrupt:
                # A cluster's job goes on without this process.
                row.goes_on = not engine.local
                raise
        else:
            summary = _run_in_slices(config, engine, store, progress, now)
        # After everything is written: what a failed run has fetched stays for `reprocess`.
        _sweep(config, store, progress)
        row.finish(summary, status_of(summary, strict))
    return summary


def _sweep(config: Config, store: Store, progress: Progress) -> None:
    from newsbeam.pipeline.settings import raw_log  # not before the processes have started: it loads parsers

    try:
        if log := raw_log(config, store):
            log.sweep()
    except OSError as error:  # all rows are written
        progress.note(f"warning: raw/ can't be swept: {error}")


@contextmanager
def writing(command: str, config: Config, engine: Engine, store: Store) -> Iterator[RecordedRun]:
    """Lock an output, recover it, and start worker processes for the block if the engine is on this machine.

    Yields:
        The row of the command in `runs/`.

    Raises:
        OutputLockedError: Another run is writing to the output.
    """
    with ExitStack() as stack:
        stack.enter_context(output_lock(store, f"newsbeam {command}", config.lock_lease.total_seconds()))
        # With the lock: the staged files of a run that is still writing would be deleted.
        recover(store)
        row = stack.enter_context(recorded(store, config, command, engine.name, submitted=not engine.local))
        stack.enter_context(raised_gc_threshold())
        if engine.local:
            prepare = partial(load_models, dict(config.entities.models))
            # Start the processes immediately for a first run only: a later one may find nothing new.
            first = not store.list("polls")
            stack.enter_context(worker_pool(engine.processes, prepare, start_now=first))
        yield row


def _run_in_slices(config: Config, engine: Engine, store: Store, progress: Progress, now: bool) -> Summary:
    started = time.monotonic()
    # Imported here, so that the processes load their models while this one loads Beam.
    from newsbeam.pipeline.batch.one_pass import OnePass
    from newsbeam.transforms.runtime.counters import listening

    with work_folder(store) as folder:
        one_pass = OnePass(config, engine, store, folder, progress, now)
        with listening(one_pass.show):
            one_pass.collect()
            one_pass.write_slices()
            one_pass.commit_polls()
        return one_pass.summary(time.monotonic() - started)


@contextmanager
def work_folder(store: Store) -> Iterator[Path]:
    """Yield an empty folder for the spools of a run, and remove it at the end."""
    # In the output there is room for them, and the next run removes what a killed one left.
    folder = Path(store.path(WORK)) if store.local else Path(tempfile.mkdtemp(prefix="newsbeam-"))
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
