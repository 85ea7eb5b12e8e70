"""`newsbeam run` as one job writes the very same rows as in slices."""

import dataclasses
from pathlib import Path

from newsbeam.pipeline.batch.job import run_job
from newsbeam.pipeline.batch.progress import Progress, Summary
from newsbeam.pipeline.batch.run import run
from newsbeam.pipeline.config import load_config
from newsbeam.pipeline.runners.runners import batch_engine
from newsbeam.transforms.runtime.workers import worker_pool
from newsbeam.transforms.write.store import Store
from tests.pipeline.job_inputs import write_job_input, write_next_edition
from tests.support.outputs import rows
from tests.support.same_rows import assert_same_output


def as_one_job(config: Path, output: Path) -> Summary:
    """Run the job's graph on the in-process runner."""
    loaded = load_config(config).with_output(str(output))
    engine = dataclasses.replace(batch_engine(["--direct_num_workers=1"]), one_job=True)
    return run_job(loaded, engine, Store(str(output)), Progress(), now=False)


def in_slices(config: Path, output: Path) -> Summary:
    return run(load_config(config).with_output(str(output)), ["--direct_num_workers=1"])


def test_three_runs_write_the_same_rows_as_in_slices(tmp_path: Path) -> None:
    config = write_job_input(tmp_path)
    job, slices = tmp_path / "job", tmp_path / "slices"
    with worker_pool(1, lambda: None):
        for step in (lambda: None, lambda: None, lambda: write_next_edition(tmp_path)):
            step()
            summaries = as_one_job(config, job), in_slices(config, slices)
            assert_same_output(job, slices)
            found, expected = (dataclasses.replace(each, output="", seconds=0.0) for each in summaries)
            assert found == expected
    assert not [name for name in Store(str(job)).list() if name.startswith("_")]
    versions = "SELECT max(version), count(*) FROM entries"
    assert rows(job, versions) == [(2, 36)]
