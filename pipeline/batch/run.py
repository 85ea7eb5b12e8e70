"""`newsbeam run`: one pass over everything that a config names.

    lock the output, recover what an interrupted run left
    collect   read and parse all sources into a spool on local disk
    for each slice of entries, the earliest published first:
        decide    what is new, which paragraphs repeat which; on what is written and what is about to be
        publish   tag, write, commit; while the next slice is being decided
    commit the polls: only now will the next run take these bodies for read

A run that dies has committed some slices and no poll. The next one reads everything again, finds the entries of these
slices unchanged, and goes on with the rest, in the same order, to the same rows.
"""

import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

from newsbeam.pipeline.batch.progress import Progress, Summary
from newsbeam.pipeline.config import Config
from newsbeam.pipeline.runners.runners import batch_engine
from newsbeam.transforms.enrich.tag_batches import load_models
from newsbeam.transforms.runtime.workers import raised_gc_threshold, worker_pool
from newsbeam.transforms.write.commit import recover
from newsbeam.transforms.write.lock import output_lock
from newsbeam.transforms.write.store import Store

WORK = "_work"


def run(
    config: Config, beam_args: Sequence[str] = (), progress: Progress | None = None, *, now: bool = False
) -> Summary:
    """Read every source that is due once, and write what is new; with `now` every source.

    Args:
        config: What to read, and where to write.
        beam_args: Beam's options.
        progress: What shows how far the run is; None to show nothing.
        now: Whether to poll sources that are not due as well.

    Raises:
        EngineError: The options name a runner that `run` doesn't work with.
        OutputLockedError: Another run is writing to the output.
    """
    started = time.monotonic()
    engine = batch_engine(beam_args)
    store = Store(config.output)
    with ExitStack() as stack:
        stack.enter_context(output_lock(store, "newsbeam run"))
        recover(store)
        folder = stack.enter_context(_work_folder(store))
        stack.enter_context(raised_gc_threshold())
        prepare = partial(load_models, dict(config.entities.models))
        # A first run has something for the processes to do; a later one may find nothing new.
        first = not store.list("polls")
        stack.enter_context(worker_pool(engine.processes, prepare, start_now=first))
        # Only now, so that the processes load their models while this one loads Beam.
        from newsbeam.pipeline.batch.one_pass import OnePass
        from newsbeam.transforms.runtime.counters import listening

        one_pass = OnePass(config, engine, store, folder, progress or Progress(), now)
        stack.enter_context(listening(one_pass.show))
        one_pass.collect()
        one_pass.write_slices()
        one_pass.commit_polls()
        return one_pass.summary(time.monotonic() - started)


@contextmanager
def _work_folder(store: Store) -> Iterator[Path]:
    """Yield an empty folder for what a run sets aside, and remove it in the end.

    It is in the output, which has the room and where the next run finds what a killed one left; for an output in an
    object store it is where temporary files go.
    """
    folder = Path(store.path(WORK)) if store.local else Path(tempfile.mkdtemp(prefix="newsbeam-"))
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
