"""Each test runs on S3, Cloud Storage and Azure, in a prefix of its own."""

import os
from collections.abc import Iterator

import pytest

from newsbeam.transforms.common.object_clients import object_client
from newsbeam.transforms.common.objects import Objects
from tests.support.object_servers import ObjectServer, object_server


@pytest.fixture(scope="session", params=["s3", "gs", "az"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectServer]:
    with object_server(request.param, tmp_path_factory.mktemp(request.param)) as server:
        yield server


@pytest.fixture
def place(server: ObjectServer, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Objects]:
    """An empty prefix of the server, which this process can use."""
    for name in os.environ.keys() - server.environment.keys():
        monkeypatch.delenv(name)
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    object_client.cache_clear()
    yield Objects.at(f"{server.url}/{request.node.originalname}")
    object_client.cache_clear()
