"""Clusters for tests."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flink.cluster import FlinkCluster, MissingToolsError, prepare
from tests.published import POISON

ROOT = Path(__file__).parents[2]

DEADLY_MODEL = f"""
import os
import spacy
from spacy.language import Language


@Language.component("deadly")
def deadly(doc):
    if {POISON!r} in doc.text:
        os._exit(9)
    return doc


def load(**_):
    nlp = spacy.blank("en")
    nlp.add_pipe("deadly")
    return nlp
"""


@pytest.fixture(scope="session")
def jars() -> Path:
    try:
        return prepare()
    except MissingToolsError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def code(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the code that workers and commands get, for a test that changes it."""
    folder = tmp_path_factory.mktemp("code")
    for package in ("pipeline", "transforms"):
        shutil.copytree(ROOT / package, folder / "newsbeam" / package, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


@pytest.fixture(scope="module")
def python_path(code: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Where Python finds the code, the tests, and `deadly_model`: a spaCy model that POISON crashes."""
    models = tmp_path_factory.mktemp("models")
    (models / "deadly_model").mkdir()
    (models / "deadly_model/__init__.py").write_text(DEADLY_MODEL)
    (models / "deadly_model-1.0.dist-info").mkdir()
    (models / "deadly_model-1.0.dist-info/METADATA").write_text("Metadata-Version: 2.1\nName: deadly_model\n")
    return os.pathsep.join(map(str, (code, ROOT, models)))


@pytest.fixture(scope="module", params=["hashmap"])
def cluster(
    request: pytest.FixtureRequest, jars: Path, python_path: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[FlinkCluster]:
    """A cluster; the parameter is its state backend."""
    folder, environment = tmp_path_factory.mktemp("flink"), {"PYTHONPATH": python_path}
    with FlinkCluster(folder, jars, state_backend=request.param, environment=environment) as running:
        yield running
