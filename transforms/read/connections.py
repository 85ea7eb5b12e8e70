"""Connections for urllib3 with verified TLS, a check of the address, and a deadline for all reads together.

The check is on the address of the connected socket, before anything is sent. The timeout of each read of the socket is
what is left of the deadline.
"""

import contextlib
import io
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Sequence
from contextvars import ContextVar
from typing import Any
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

import certifi
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager, ProxyManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.util import create_urllib3_context, make_headers, parse_url

from newsbeam.transforms.read.addresses import Network, is_address, may_reach
from newsbeam.transforms.read.responses import TolerantResponse

HOSTS_KEPT = 64  # pools; the least recently used one is closed first
CONNECTIONS_KEPT = 16  # for each host: one for each thread that may ask it

# One thread makes a request and reads its response, so a context variable takes the deadline to the socket.
_DEADLINE: ContextVar[float] = ContextVar("deadline")
_ALLOWED: ContextVar[Sequence[Network]] = ContextVar("allowed", default=())


class ForbiddenAddressError(Exception):
    """A connection to an address that may not be reached; nothing was sent to it."""


@contextlib.contextmanager
def deadline(seconds: float, allowed: Sequence[Network] = ()) -> Iterator[None]:
    """Set the deadline of all reads in this block on the connections of `Pools`.

    Args:
        seconds: Seconds from now.
        allowed: Networks that are allowed besides the public internet.
    """
    token, networks = _DEADLINE.set(time.monotonic() + seconds), _ALLOWED.set(allowed)
    try:
        yield
    finally:
        _DEADLINE.reset(token)
        _ALLOWED.reset(networks)


def time_left() -> float:
    """Return the seconds until the deadline, negative after it."""
    return _DEADLINE.get() - time.monotonic()


class Pools:
    """Pools of direct and proxied connections, shared by threads; requests are made inside `deadline`.

    Proxies are those of HTTP_PROXY and HTTPS_PROXY, except for the hosts in NO_PROXY, as in curl and urllib.
    """

    def __init__(self) -> None:
        self._proxies = getproxies()
        self._pools: dict[str, PoolManager] = {}
        self._lock = threading.Lock()

    def of(self, url: str) -> PoolManager:
        """Return the pool for a URL.

        Raises:
            urllib3.exceptions.HTTPError: The proxy's URL can't be used.
        """
        proxy = self._proxies.get(urlsplit(url).scheme, "")
        if proxy and proxy_bypass(parse_url(url).netloc or ""):
            proxy = ""
        with self._lock:
            if proxy not in self._pools:
                self._pools[proxy] = _new_pool(proxy)
            return self._pools[proxy]

    def close(self) -> None:
        """Close all connections."""
        for pool in self._pools.values():
            pool.clear()


def _new_pool(proxy: str) -> PoolManager:
    options: dict[str, Any] = {
        "num_pools": HOSTS_KEPT,
        "maxsize": CONNECTIONS_KEPT,
        "ssl_context": _tls_context(),
    }
    if proxy:
        url = parse_url(proxy if "://" in proxy else f"http://{proxy}")
        headers = make_headers(proxy_basic_auth=unquote(url.auth)) if url.auth else None
        pool: PoolManager = ProxyManager(url._replace(auth=None).url, proxy_headers=headers, **options)
    else:
        pool = PoolManager(**options)
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
    """Reads a socket until the deadline, also in headers and chunk sizes."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket) -> None:
        super().__init__()
        self._raw = raw
        self._sock = sock
        # urllib3 has set the read timeout on the socket by then; it bounds silence, the deadline bounds all.
        self._read_timeout_s = sock.gettimeout()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        # urllib3's `Timeout(total=)` starts anew with each read: a server that sends one byte at a time, in a header, a
        # chunk size or the body, never exceeds it.
        left = time_left()
        if left <= 0:
            raise TimeoutError("deadline")
        self._sock.settimeout(left if self._read_timeout_s is None else min(left, self._read_timeout_s))
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _DeadlineResponse(TolerantResponse):
    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        # Here and not on the socket: http.client reads from `fp` alone, and TLS sockets take no wrapper.
        self.fp = io.BufferedReader(_DeadlineReader(self.fp.detach(), sock))


class _Checked(HTTPConnection):
    """Connects to allowed addresses only. A proxy is trusted, and resolves the host itself."""

    def _new_conn(self) -> socket.socket:
        # An address in the URL is refused without a connection, which alone would tell that something listens there.
        if not self.proxy and is_address(self._dns_host):
            _check(self._dns_host.strip("[]"))
        sock = super()._new_conn()
        if not self.proxy:
            # The address of the socket: a name that is resolved again can have another one (DNS rebinding).
            try:
                _check(sock.getpeername()[0])
            # Also KeyboardInterrupt: a socket that isn't returned is closed by no pool.
            except BaseException:
                sock.close()
                raise
        return sock


class _Connection(_Checked):
    response_class = _DeadlineResponse


class _TlsConnection(_Checked, HTTPSConnection):
    response_class = _DeadlineResponse


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


def _check(address: str) -> None:
    if not may_reach(address, _ALLOWED.get()):
        raise ForbiddenAddressError(address)
