"""`newsbeam run` as one job writes the very same rows as in slices."""

import dataclasses
from collections.abc import Callable
from datetime import date
from pathlib import Path

import apache_beam as beam
import pytest
from apache_beam.portability.api import beam_runner_api_pb2
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from apache_beam.transforms import resources

from newsbeam.pipeline import job_graph
from newsbeam.pipeline.batch.job import JobOutput, run_job
from newsbeam.pipeline.batch.run import run
from newsbeam.pipeline.batch.summary import Summary
from newsbeam.pipeline.config.load import load_config
from newsbeam.pipeline.config.model import Config
from newsbeam.pipeline.runners.runners import WORKER_CACHE_MS, batch_engine
from newsbeam.transforms.common.progress import Progress
from newsbeam.transforms.runtime import set_aside
from newsbeam.transforms.runtime.workers import worker_pool
from newsbeam.transforms.write import commit_job
from newsbeam.transforms.write.commit import recover
from newsbeam.transforms.write.store import Store
from tests.pipeline.job_inputs import write_job_input, write_large_job_input, write_next_edition
from tests.pipeline.test_crawls import capture, write_crawl
from tests.support.measured_groups import LARGEST, MeasuredGroupByKey
from tests.support.outputs import json_feed, rows
from tests.support.same_rows import assert_same_output

OLD = {"1": ("2020-01-19T08:00:00Z", "<p>The harbour of Quay was closed after a fire on the ferry Anna Maria.</p>")}
Run = Callable[[Path, Path], Summary]


def as_one_job(config: Path, output: Path) -> Summary:
    """Run the job's graph on the in-process runner."""
    loaded = load_config(config).with_output(str(output))
    engine = dataclasses.replace(batch_engine(["--direct_num_workers=1"]), one_job=True)
    return run_job(loaded, engine, Store(str(output)), Progress(), now=False)


def in_slices(config: Path, output: Path) -> Summary:
    return run(load_config(config).with_output(str(output)), ["--direct_num_workers=1"])


@pytest.mark.slow
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


def test_a_run_in_one_slice_knows_as_much_as_a_job(tmp_path: Path) -> None:
    config = write_job_input(tmp_path)
    config.write_text(config.read_text().replace("slice: 24", "slice: 1000"))
    job, slices = tmp_path / "job", tmp_path / "slices"
    with worker_pool(1, lambda: None):
        as_one_job(config, job)
        in_slices(config, slices)
    assert_same_output(job, slices, one_slice=True)
    copied = "SELECT count(*) > 5, count(DISTINCT agency) FROM paragraphs WHERE copy_kind IS NOT NULL AND agency <> ''"
    assert rows(job, copied) == [(True, 1)]


@pytest.mark.slow
def test_no_element_is_large_whatever_the_sources_have(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = write_large_job_input(tmp_path)
    job, slices = tmp_path / "job", tmp_path / "slices"
    LARGEST.clear()
    with worker_pool(1, lambda: None):
        in_slices(config, slices)
        # A thirtieth of the bound, and a thirtieth of what would be too large on a cluster.
        monkeypatch.setattr(set_aside, "INLINE_BYTES", 2_000)
        monkeypatch.setattr(beam, "GroupByKey", MeasuredGroupByKey)
        as_one_job(config, job)
        assert_same_output(job, slices, one_slice=True)
        write_next_edition(tmp_path)
        as_one_job(config, job)  # with the rows of the first
    assert len(LARGEST) == 20
    assert {step: size for step, size in LARGEST.items() if size > 2_500} == {}
    assert not [name for name in Store(str(job)).list() if name.startswith("_")]


@pytest.mark.parametrize("decide", [as_one_job, in_slices])
def test_a_crawl_of_years_ago_is_compared_with_what_there_was_then(tmp_path: Path, decide: Run) -> None:
    site, copy = (
        capture(0, f"https://{name}.test/feed", json_feed(OLD, name)).replace(b"2026-11-20", day)
        for name, day in (("first", b"2020-01-20"), ("other", b"2020-01-22"))
    )
    broken = capture(1, "https://broken.test/feed", json_feed(OLD)[:-30]).replace(b"2026-11-20", b"2020-01-20")
    with worker_pool(1, lambda: None):
        for crawl in ((site, broken), (copy, broken)):
            decide(write_crawl(tmp_path, *crawl), tmp_path / "output")
    copies = "SELECT feed_url, date::VARCHAR, duplicate_kind FROM paragraphs WHERE text LIKE 'The harbour%' ORDER BY 1"
    assert rows(tmp_path / "output", copies) == [
        ("https://first.test/feed", "2020-01-20", None),
        ("https://other.test/feed", "2020-01-22", "exact"),
    ]
    related = "SELECT count(DISTINCT story_id), count(*) FROM entries"
    assert rows(tmp_path / "output", related) == [(1, 2)]
    assert rows(tmp_path / "output", "SELECT count(*) FROM dead_letters") == [(1,)]


def test_flink_keeps_the_workers_of_a_job_unless_told_otherwise() -> None:
    kept = f"--environment_cache_millis={WORKER_CACHE_MS}"
    assert batch_engine(["--runner=FlinkRunner"]).beam_args == ("--runner=FlinkRunner", kept)
    told = ("--runner=PortableRunner", "--environment_cache_millis=0")
    assert batch_engine(told).beam_args == told
    assert batch_engine(["--runner=DataflowRunner"]).beam_args == ("--runner=DataflowRunner",)


@pytest.fixture(scope="module")
def components() -> beam_runner_api_pb2.Components:
    """The graph as a cluster gets it."""
    config = Config.model_validate({"output": "output", "feeds": [{"url": "https://example.org/feed"}]})
    pipeline = beam.Pipeline(runner=FnApiRunner())
    job_graph.run_job(pipeline, config, JobOutput(Store("output"), "job", date(2026, 11, 24)))
    return pipeline.to_runner_api().components


@pytest.mark.parametrize("min_ram", [None, "8GB"])
def test_the_model_step_alone_hints_at_its_memory(min_ram: str | None) -> None:
    feeds = [{"url": "https://example.org/feed"}]
    config = Config.model_validate({"output": "output", "feeds": feeds, "entities": {"min_ram": min_ram}})
    pipeline = beam.Pipeline(runner=FnApiRunner())
    job_graph.run_job(pipeline, config, JobOutput(Store("output"), "job", date(2026, 11, 24)))
    found = pipeline.to_runner_api().components
    hints = {
        each.unique_name: dict(found.environments[each.environment_id].resource_hints)
        for each in found.transforms.values()
        if each.environment_id and found.environments[each.environment_id].resource_hints
    }
    assert {"/".join(name.split("/")[:2]) for name in hints} == ({"TagEntities/Tag"} if min_ram else set())
    assert all(hint == {resources.MinRamHint.urn: b"8000000000"} for hint in hints.values())


def test_no_step_has_state_timers_or_side_inputs(components: beam_runner_api_pb2.Components) -> None:
    for transform in components.transforms.values():
        if transform.spec.urn == "beam:transform:pardo:v1":
            payload = beam_runner_api_pb2.ParDoPayload.FromString(transform.spec.payload)
            assert [payload.state_specs, payload.timer_family_specs, payload.side_inputs] == [{}, {}, {}]


def test_keys_are_text_whose_encoding_is_deterministic(components: beam_runner_api_pb2.Components) -> None:
    groups = [each for each in components.transforms.values() if each.spec.urn == "beam:transform:group_by_key:v1"]
    ours = [each for each in groups if "/Spread" not in each.unique_name]  # Reshuffle's own
    assert len(ours) == 20
    for transform in ours:
        (collection,) = transform.inputs.values()
        coder = components.coders[components.pcollections[collection].coder_id]
        key = components.coders[coder.component_coder_ids[0]].spec.urn
        assert key == "beam:coder:string_utf8:v1", transform.unique_name


def test_a_job_that_fails_leaves_nothing_visible(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config, output = write_job_input(tmp_path), tmp_path / "job"

    def fail(*_: object) -> None:
        raise OSError("the disk is full")

    with worker_pool(1, lambda: None):
        monkeypatch.setattr(commit_job, "list_job", fail)
        with pytest.raises(Exception, match="the disk is full"):
            as_one_job(config, output)
        store = Store(str(output))
        assert store.list()
        assert not [name for name in store.list() if not name.startswith(("_", "raw/"))]
        monkeypatch.undo()
        recover(store)
        as_one_job(config, output)
    assert rows(output, "SELECT count(*) FROM entries") == [(31,)]
