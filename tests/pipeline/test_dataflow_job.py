"""The Dataflow job of the real command line, received by a server on loopback."""

import base64
import bz2
import json
import os
import pickletools
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from apache_beam.portability.api import beam_runner_api_pb2

if TYPE_CHECKING:
    from tests.support.google_cloud import GoogleCloud

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / "configs" / "dataflow.yaml"
IMAGE = "region-docker.pkg.dev/project/repository/newsbeam-worker:0.1.0"
STATES = {
    "PollSources/Poll/Poll": 1,
    "DropWrittenDeadLetters/Drop/Drop": 5,
    "VersionEntries/Decide/Decide": 6,
    "DeduplicateParagraphs/Number": 1,
    "DeduplicateParagraphs/Search": 18,
    "DeduplicateParagraphs/Decide": 3,
    "RelateStories/Decide": 5,
    "WriteRows/Write": 1,
    "CommitPolls/Settle": 1,
    "WritePolls/Write": 1,
}
"""Stateful steps, with the number of their states."""


@dataclass(frozen=True)
class Asked:
    """A job as Dataflow gets it."""

    job: Any
    pipeline: beam_runner_api_pb2.Pipeline
    objects: frozenset[str]

    @property
    def transforms(self) -> dict[str, beam_runner_api_pb2.PTransform]:
        return {each.unique_name: each for each in self.pipeline.components.transforms.values()}

    @property
    def pardos(self) -> dict[str, beam_runner_api_pb2.ParDoPayload]:
        return {
            name: beam_runner_api_pb2.ParDoPayload.FromString(each.spec.payload)
            for name, each in self.transforms.items()
            if each.spec.urn == "beam:transform:pardo:v1"
        }


def submit(cloud: "GoogleCloud", *command: str) -> None:
    """Run a command whose requests go to the server."""
    environment = {**os.environ, **cloud.environment()}
    done = subprocess.run(
        [sys.executable, *command, f"--sdk_container_image={IMAGE}", *cloud.arguments()],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture
def cloud() -> Iterator["GoogleCloud"]:
    pytest.importorskip("google.cloud.dataflow", reason="needs newsbeam[gcp], which the lock has")
    from tests.support.google_cloud import GoogleCloud

    with GoogleCloud() as server:
        yield server


@pytest.fixture(scope="module")
def asked() -> Asked:
    pytest.importorskip("google.cloud.dataflow", reason="needs newsbeam[gcp], which the lock has")
    from tests.support.google_cloud import GoogleCloud

    with GoogleCloud() as server:
        submit(server, str(Path(sys.executable).with_name("newsbeam")), "stream", str(CONFIG))
        (job,) = server.jobs
        return Asked(job, server.pipeline(), frozenset(name.rpartition("/")[2] for name in server.objects))


def test_a_streaming_job_on_the_streaming_engine(asked: Asked) -> None:
    from google.cloud import dataflow

    assert asked.job["type"] == dataflow.JobType.JOB_TYPE_STREAMING
    environment = asked.job["environment"]
    assert environment["version"]["job_type"] == "FNAPI_STREAMING"
    assert environment["sdkPipelineOptions"]["options"]["streaming"] is True
    wanted = {"use_runner_v2", "use_portable_job_submission", "enable_streaming_engine", "enable_windmill_service"}
    assert wanted <= set(environment["experiments"])


def test_a_run_is_one_batch_job_without_state(cloud: "GoogleCloud", tmp_path: Path) -> None:
    from google.cloud import dataflow

    # The server keeps no objects, so it can't lock an output.
    submit(cloud, str(Path(sys.executable).with_name("newsbeam")), "run", str(CONFIG), f"--output={tmp_path}")
    (job,) = cloud.jobs
    assert job["type"] == dataflow.JobType.JOB_TYPE_BATCH
    run = Asked(job, cloud.pipeline(), frozenset())
    assert {"ListSources", "ReadDocuments", "WriteJob"} <= {name.partition("/")[0] for name in run.transforms}
    assert not [name for name, pardo in run.pardos.items() if pardo.state_specs or pardo.side_inputs]
    named = {text for pardo in run.pardos.values() for text in pickled(pardo.do_fn.payload)}
    assert not {text for text in named if text == "__main__" or text.startswith("tests")}


def test_every_step_runs_in_the_worker_image(asked: Asked) -> None:
    (pool,) = asked.job["environment"]["workerPools"]
    assert pool["workerHarnessContainerImage"] == IMAGE
    assert [image["containerImage"] for image in pool["sdkHarnessContainerImages"]] == [IMAGE]
    (environment,) = asked.pipeline.components.environments.values()
    assert environment.urn == "beam:env:docker:v1"
    assert beam_runner_api_pb2.DockerPayload.FromString(environment.payload).container_image == IMAGE


def test_nothing_has_to_be_installed_or_unpickled_when_a_worker_starts(asked: Asked) -> None:
    assert asked.job["environment"]["sdkPipelineOptions"]["options"]["save_main_session"] is False
    # The list of what is installed here is for the log only.
    staged = {name for name in asked.objects if not name.endswith(".json")}  # beside the row of the submission
    assert staged == {"pipeline.pb", "submission_environment_dependencies.txt"}


def test_the_steps(asked: Asked) -> None:
    top = {name.partition("/")[0] for name in asked.transforms if name}
    assert {"Ticks", "PollSources", "ParseDocuments", "TagEntities", "WriteRows"} <= top
    assert "FlinkStreamingImpulseSource" not in top
    assert asked.transforms["WriteRows/GroupByKey"].spec.urn == "beam:transform:group_by_key:v1"


def test_the_states(asked: Asked) -> None:
    states = {name: len(pardo.state_specs) for name, pardo in asked.pardos.items() if pardo.state_specs}
    assert {name.partition("/ParDo(")[0]: number for name, number in states.items()} == STATES


def test_keys_of_states_are_text(asked: Asked) -> None:
    coders = asked.pipeline.components.coders
    for name, pardo in asked.pardos.items():
        if pardo.state_specs:
            (collection,) = asked.transforms[name].inputs.values()
            coder = coders[asked.pipeline.components.pcollections[collection].coder_id]
            assert coder.spec.urn == "beam:coder:kv:v1"
            assert coders[coder.component_coder_ids[0]].spec.urn == "beam:coder:string_utf8:v1"


def pickled(payload: bytes) -> set[str]:
    """Return every text in a pickle, the names of modules among them."""
    operations = pickletools.genops(bz2.decompress(base64.b64decode(payload)))
    return {argument for _, argument, _ in operations if isinstance(argument, str)}


def test_pickled_functions_name_modules_that_workers_have(asked: Asked) -> None:
    named = {text for pardo in asked.pardos.values() for text in pickled(pardo.do_fn.payload)}
    assert "newsbeam.transforms.write.write_rows" in named
    local = {text for text in named if str(ROOT) in text and "site-packages" not in text}  # the environment may be here
    assert not local
    assert not {text for text in named if text == "__main__" or text.startswith("tests")}


def test_the_flex_template_makes_the_same_job(cloud: "GoogleCloud", asked: Asked) -> None:
    launch = str(ROOT / "configs" / "dataflow" / "launch.py")
    submit(cloud, launch, f"--config={CONFIG}", "--template_location=gs://newsbeam-test/template.json")
    assert not cloud.jobs  # Dataflow's launcher submits what lies there
    job = json.loads(cloud.objects["template.json"])
    assert job["type"] in (asked.job["type"], "JOB_TYPE_STREAMING")
    assert cloud.pipeline().components.transforms.keys() == asked.pipeline.components.transforms.keys()
    functions = Asked(job, cloud.pipeline(), frozenset()).pardos
    assert "__main__" not in {text for pardo in functions.values() for text in pickled(pardo.do_fn.payload)}
