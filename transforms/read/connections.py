"""Connections below urllib3: verified TLS, and a deadline that no read outlives.

urllib3's own `Timeout(total=)` starts anew with each read, so that a server which drips one byte at a time, in a
header, a chunk size or the body, is never late. Here each read of the socket gets what is left of the deadline.
"""

import contextlib
import http.client
import io
import socket
import ssl
import time
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any

import certifi
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.util import create_urllib3_context

HOSTS_KEPT = 64  # pools, the least recently used goes first
CONNECTIONS_KEPT = 16  # a host: one for each of the threads that may ask it

# A request is made and read by one thread, which is how its deadline gets past urllib3 to the socket.
_DEADLINE: ContextVar[float] = ContextVar("deadline")


@contextlib.contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Let no read in this block, on the connections of `new_pool`, end later than `seconds` from now."""
    token = _DEADLINE.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _DEADLINE.reset(token)


def time_left() -> float:
    """Return the seconds until the deadline, negative after it."""
    return _DEADLINE.get() - time.monotonic()


def new_pool() -> PoolManager:
    """Return a pool, for any number of threads, whose requests are made inside `deadline`."""
    pool = PoolManager(num_pools=HOSTS_KEPT, maxsize=CONNECTIONS_KEPT, ssl_context=_tls_context())
    pool.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}
    return pool


def _tls_context() -> ssl.SSLContext:
    """Return a verifying context with the system's certificates, or certifi's where the system has none."""
    context = create_urllib3_context()
    context.load_default_certs()
    if not context.cert_store_stats()["x509_ca"]:
        context.load_verify_locations(certifi.where())
    return context


class _DeadlineReader(io.RawIOBase):
    """A socket's bytes until the deadline: no read may wait beyond it, in headers and chunk sizes neither."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket) -> None:
        super().__init__()
        self._raw = raw
        self._sock = sock
        self._silence_s = sock.gettimeout()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = time_left()
        if left <= 0:
            raise TimeoutError("deadline")
        self._sock.settimeout(left if self._silence_s is None else min(left, self._silence_s))
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _DeadlineResponse(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp = io.BufferedReader(_DeadlineReader(self.fp.detach(), sock))


class _Connection(HTTPConnection):
    response_class = _DeadlineResponse


class _TlsConnection(HTTPSConnection):
    response_class = _DeadlineResponse


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection
