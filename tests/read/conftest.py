"""A real HTTP server on loopback, which answers with the very bytes that a test gives it; an object store in memory."""

import contextlib
import io
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from ipaddress import ip_network

import pytest
from apache_beam.io.filesystem import BeamIOError, FileMetadata, FileSystem

from newsbeam.transforms.read.http import FetchSettings, HttpClient

LOOPBACK = (ip_network("127.0.0.0/8"),)


@dataclass(frozen=True)
class Request:
    path: str
    headers: dict[str, str]
    connection: int


Answer = Callable[[Request], bytes | Iterable[bytes]]


@dataclass
class Server:
    """Answers each request with `answer(request)`: all its bytes, then the connection ends unless `keep_alive`."""

    answer: Answer
    keep_alive: bool = False
    wrap: Callable[[socket.socket], socket.socket] = lambda connection: connection
    requests: list[Request] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def url(self, path: str = "/feed", scheme: str = "http", host: str = "127.0.0.1") -> str:
        return f"{scheme}://{host}:{self.port}{path}"

    def stop(self) -> None:
        self.stopped.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(5)

    def _accept(self) -> None:
        number = 0
        while not self.stopped.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            connection.settimeout(5)
            number += 1
            thread = threading.Thread(target=self._talk, args=(connection, number))
            self._threads.append(thread)
            thread.start()

    def _talk(self, connection: socket.socket, number: int) -> None:
        with contextlib.suppress(OSError), contextlib.closing(connection), self.wrap(connection) as stream:
            while head := _head(stream):
                request = _request(head, number)
                self.requests.append(request)
                answer = self.answer(request)
                for piece in [answer] if isinstance(answer, bytes) else answer:
                    stream.sendall(piece)
                if not self.keep_alive:
                    return


def _head(stream: socket.socket) -> bytes:
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        byte = stream.recv(1)
        if not byte:
            return b""
        head += byte
    return head


def _request(head: bytes, number: int) -> Request:
    first, *lines = head.decode("latin-1").strip().split("\r\n")
    headers = {name.lower(): value.strip() for name, value in (line.split(":", 1) for line in lines)}
    return Request(first.split(" ")[1], headers, number)


def response(body: bytes = b"", status: str = "200 OK", version: str = "HTTP/1.1", length: bool = True, **headers: str):
    """Return the bytes of an answer; `etag="x"` becomes the header `etag: x`, `last_modified` has a hyphen."""
    lines = [f"{version} {status}", *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items())]
    if length:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode("utf-8") + body


class _MemoryFileSystem(FileSystem):
    """An object store for `mem://`, which Beam finds because it exists."""

    files: dict[str, bytes] = {}  # noqa: RUF012 - set by the fixture

    @classmethod
    def scheme(cls):
        return "mem"

    def has_dirs(self):
        return False

    def _list(self, prefix):
        if "broken" in prefix:
            raise BeamIOError("no access\nto the bucket")
        return [FileMetadata(path, len(body), 0) for path, body in self.files.items() if path.startswith(prefix)]

    def exists(self, path):
        return path in self.files

    def metadata(self, path):
        return FileMetadata(path, len(self.files[path]), 0)

    def open(self, path, mime_type="", compression_type=""):
        if path.endswith("forbidden"):
            raise RuntimeError("403: no")  # as each store's library does, with an exception of its own
        if path not in self.files:
            raise FileNotFoundError(2, "No such file", path)
        return _Stream(io.BytesIO(self.files[path]))

    def join(self, basepath, *paths):
        return "/".join([basepath, *paths])

    def split(self, path):
        return path.rsplit("/", 1)


class _Stream(io.BufferedReader):
    """Bytes that come once."""

    def seek(self, *args):
        raise io.UnsupportedOperation("seek")


_DONE = {"scheme", "has_dirs", "_list", "exists", "metadata", "open", "join", "split"}
for _name in FileSystem.__abstractmethods__ - _DONE:
    setattr(_MemoryFileSystem, _name, None)
_MemoryFileSystem.__abstractmethods__ = frozenset()


@pytest.fixture
def bucket(monkeypatch) -> dict[str, bytes]:
    """Return the objects of a store in memory: "mem://bucket/name" -> bytes."""
    files: dict[str, bytes] = {}
    monkeypatch.setattr(_MemoryFileSystem, "files", files)
    return files


@pytest.fixture
def respond():
    return response


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    servers: list[Server] = []

    def start(answer: Answer | bytes, **options) -> Server:
        servers.append(Server(answer if callable(answer) else lambda request: answer, **options))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


@pytest.fixture
def client() -> Iterator[HttpClient]:
    """Return a client that loses its patience soon."""
    settings = FetchSettings(
        connect_timeout_s=2, read_timeout_s=2, total_timeout_s=5, max_bytes=1_000_000, allow_networks=LOOPBACK
    )
    with HttpClient(settings) as client:
        yield client
