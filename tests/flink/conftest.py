"""Clusters for tests."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from testing.flink.cluster import FlinkCluster, MissingToolsError, prepare
from testing.published import POISON
from tests.support.models import write_model

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def jars() -> Path:
    try:
        return prepare()
    except MissingToolsError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def code(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the code for workers and commands, for a test that changes it."""
    folder = tmp_path_factory.mktemp("code")
    for package in ("pipeline", "transforms"):
        shutil.copytree(ROOT / package, folder / "newsbeam" / package, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


@pytest.fixture(scope="module")
def python_path(code: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Where Python finds the code, the tests, and `deadly_model`: a spaCy model that POISON crashes."""
    models = tmp_path_factory.mktemp("models")
    write_model(models, "deadly_model", f"if {POISON!r} in doc.text: os._exit(9)")
    return os.pathsep.join(map(str, (code, ROOT, models)))


@pytest.fixture(scope="module", params=["hashmap"])
def cluster(
    request: pytest.FixtureRequest, jars: Path, python_path: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[FlinkCluster]:
    """A cluster; the parameter is its state backend."""
    folder, environment = tmp_path_factory.mktemp("flink"), {"PYTHONPATH": python_path}
    with FlinkCluster(folder, jars, state_backend=request.param, environment=environment) as running:
        yield running
