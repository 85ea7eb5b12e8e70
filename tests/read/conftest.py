"""A real HTTP server on loopback, which answers with the very bytes that a test gives it; an object store in memory."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterable, Iterator, MutableMapping
from dataclasses import dataclass, field
from ipaddress import ip_network

import pytest

from newsbeam.transforms.read.http import FetchSettings, HttpClient
from tests.support.objects import Bucket, memory_objects

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


@pytest.fixture
def bucket() -> Iterator[MutableMapping[str, bytes]]:
    """Return the objects of a store in memory: "memory://bucket/name" -> bytes."""
    with memory_objects():
        yield Bucket()


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
