"""HTTP GET for feeds on urllib3: conditional, bounded in time and size, with its own handling of redirects.

Both bounds need urllib3, and not requests or httpx: it gives the received bytes before decoding, and accepts our own
sockets. This module does not know XML, robots.txt or schedules.
"""

import contextlib
import http.client
import io
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.cookiejar import CookieJar
from types import TracebackType
from typing import NoReturn, Self
from urllib.parse import urljoin
from urllib.request import Request

from urllib3 import BaseHTTPResponse, Timeout
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    LocationParseError,
    NewConnectionError,
    ProtocolError,
    ReadTimeoutError,
)
from urllib3.util import make_headers, parse_url

from newsbeam.transforms.common.plurals import counted
from newsbeam.transforms.common.version import newsbeam_version
from newsbeam.transforms.read.access import NO_ACCESS, Access, split_userinfo
from newsbeam.transforms.read.addresses import Network
from newsbeam.transforms.read.bodies import LimitError, keep, unpack
from newsbeam.transforms.read.connections import ForbiddenAddressError, Pools, deadline, time_left
from newsbeam.transforms.read.failures import (
    AddressError,
    BadUrlError,
    BodyTooLongError,
    BrokenBodyError,
    HttpStatusError,
    RedirectError,
    SourceError,
    TimedOutError,
    UnreachableError,
)
from newsbeam.transforms.records import Document

# Feeds first, but anything at all: a server may answer 406 to a list that lacks its type (RFC 9110 15.5.7).
ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9, "
    "application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, */*;q=0.5"
)
USER_AGENT = f"newsbeam/{newsbeam_version()}"
CHUNK_BYTES = 1 << 16

_SUCCESS = (200, 203)  # a 203 is a 200 that a proxy has changed (RFC 9110 15.3.4)
_REDIRECTS = (301, 302, 303, 307, 308)
_PERMANENT = (301, 308)


@dataclass(frozen=True)
class FetchSettings:
    """Limits and headers of requests.

    Attributes:
        user_agent: The User-Agent; give one with an address at which webmasters reach you.
        connect_timeout_s: Seconds for a connection, TLS included.
        read_timeout_s: Seconds that a server may be silent.
        total_timeout_s: Seconds from the first request to the last byte, redirects included.
        max_bytes: Bytes of a body, decompressed.
        unpacked: How many times the bytes of an archive its content may have.
        max_redirects: Redirects that are followed, at most.
        allow_networks: Networks that are allowed besides the public internet.
        access: Secret headers of the requests to a source, by its feed_url.
        precheck: Returns why a feed's document can't be read completely, or "", without parsing it.
        recognise: Returns whether a response in a WARC file is a feed or a story of a wire, and not a page.
        crawls: Whether WARC files are read.
    """

    user_agent: str = USER_AGENT
    connect_timeout_s: float = 10.0
    read_timeout_s: float = 30.0
    total_timeout_s: float = 120.0
    max_bytes: int = 64 * 1024 * 1024
    unpacked: int = 100
    max_redirects: int = 10
    allow_networks: tuple[Network, ...] = ()
    access: Mapping[str, Access] = field(default_factory=dict, repr=False)
    precheck: Callable[[Document], str] | None = None
    recognise: Callable[[Document], bool] | None = None
    crawls: bool = True


@dataclass(frozen=True)
class HttpResponse:
    """A 200 with its decompressed body, or a 304 without one. Absent headers are "".

    Attributes:
        url: The URL of the response, after redirects.
        status: None for a file.
        media_type: Content-Type with its parameters.
        duration_s: Seconds from the first request to the last byte.
        moved_to: Where the first redirects lead if they are permanent (301, 308); "" otherwise.
    """

    url: str
    status: int | None
    media_type: str = ""
    etag: str = ""
    last_modified: str = ""
    retry_after: str = ""
    body: bytes = b""
    duration_s: float = 0.0
    moved_to: str = ""


class HttpClient:
    """Gets URLs through one pool of connections. Threads may share it; pickling keeps the settings, not the pool."""

    def __init__(self, settings: FetchSettings | None = None) -> None:
        self.settings = settings or FetchSettings()
        self._pools = Pools()

    def __reduce__(self) -> tuple[type["HttpClient"], tuple[FetchSettings]]:
        return HttpClient, (self.settings,)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._pools.close()

    def get(self, url: str, etag: str = "", last_modified: str = "", access: Access = NO_ACCESS) -> HttpResponse:
        """Get `url` and follow redirects; with validators, as a conditional request (RFC 9110 13.1).

        Args:
            url: An http(s) URL; non-ASCII hosts and characters are encoded; credentials in it are not sent.
            etag: The ETag of the last response, or "".
            last_modified: The Last-Modified of the last response, as it was sent, or "".
            access: Secret headers, sent to the origin of `url` only.

        Raises:
            SourceError: One of its subclasses, with the bytes that had arrived and the HTTP status.
        """
        # Not the clock of the day, which may be set during the request.
        started = time.monotonic()
        with deadline(self.settings.total_timeout_s, self.settings.allow_networks):
            response, url, moved_to = self._follow(normalise_url(url), self._headers(etag, last_modified), access)
            with contextlib.closing(response):
                body = self._body(response, url, conditional=bool(etag or last_modified))
        return HttpResponse(
            url=url,
            status=response.status,
            media_type=_header(response, "Content-Type"),
            etag=_header(response, "ETag"),
            last_modified=_header(response, "Last-Modified"),
            retry_after=_header(response, "Retry-After"),
            body=body,
            duration_s=time.monotonic() - started,
            moved_to=moved_to,
        )

    def _headers(self, etag: str, last_modified: str) -> dict[str, str]:
        headers = make_headers(accept_encoding=True, user_agent=self.settings.user_agent)
        headers["Accept"] = ACCEPT
        if etag:
            headers["If-None-Match"] = etag
        if last_modified:
            headers["If-Modified-Since"] = last_modified
        return headers

    def _follow(self, url: str, headers: dict[str, str], access: Access) -> tuple[BaseHTTPResponse, str, str]:
        """Return the first response that is not a redirect, with its body unread, its URL, and the permanent one.

        Cookies are kept during the redirects: some sites redirect until their cookie comes back.
        """
        source_url, cookies = url, CookieJar()
        permanent = url  # after a temporary redirect, a permanent one is that of another resource (RFC 9110 15.4)
        for _ in range(self.settings.max_redirects + 1):
            # The standard library's cookie jar decides by host, path and expiry which cookies go along; it takes its
            # own Request.
            asked = Request(url)  # noqa: S310 - for the cookies only
            response = self._open(url, {**headers, **_with_cookies(access.for_url(url, source_url), cookies, asked)})
            location = _header(response, "Location")
            if response.status not in _REDIRECTS or not location:
                return response, url, permanent if permanent != source_url else ""
            cookies.extract_cookies(response, asked)  # type: ignore[arg-type]  # only `info()` is needed
            # Not drained: a redirect's body can be as long as the server likes, and the connection is cheap.
            response.close()
            is_next = permanent == url and response.status in _PERMANENT
            url = _redirected(url, location, response.status)
            permanent = url if is_next else permanent
        message = f"more than {counted(self.settings.max_redirects, 'redirect')}"
        raise RedirectError(message, uri=url, http_status=response.status)

    def _open(self, url: str, headers: dict[str, str]) -> BaseHTTPResponse:
        try:
            with contextlib.suppress(ProtocolError):
                return self._request(url, headers)
            # A kept connection that the server or a NAT has dropped fails so; a second request gets a new one.
            return self._request(url, headers)
        except ForbiddenAddressError as error:
            message = (
                f"{error} is not an address of the public internet; allow it with fetch.allow_networks in the config"
            )
            raise AddressError(message, uri=url) from None
        except (HTTPError, http.client.HTTPException, OSError, UnicodeError) as error:
            self._raise(error, url)

    def _request(self, url: str, headers: dict[str, str]) -> BaseHTTPResponse:
        # urllib3 refuses a timeout of zero; the deadline ends the request at its next read.
        left = max(time_left(), 0.001)
        timeout = Timeout(
            connect=min(self.settings.connect_timeout_s, left), read=min(self.settings.read_timeout_s, left)
        )
        # Neither redirects nor retries of urllib3: it would send credentials on, and repeat a request that the server
        # counts.
        return self._pools.of(url).urlopen(
            "GET", url, redirect=False, retries=False, headers=headers, timeout=timeout, preload_content=False
        )

    def _body(self, response: BaseHTTPResponse, url: str, *, conditional: bool) -> bytes:
        status = response.status
        if status == 304 and conditional:
            if "Transfer-Encoding" not in response.headers:  # a 304 has no body (RFC 9110 15.4.5)
                response.drain_conn()  # so that the connection is kept
            return b""
        if status not in _SUCCESS:
            # The reason phrase of the standard, since the server's may be any text.
            message = f"HTTP {status} {http.client.responses.get(status, '')}".rstrip()
            raise HttpStatusError(message, uri=url, http_status=status, retry_after=_header(response, "Retry-After"))
        return self._read(response, url)

    def _read(self, response: BaseHTTPResponse, url: str) -> bytes:
        status, limit = response.status, self.settings.max_bytes
        media_type = _header(response, "Content-Type")
        raw, error = _received(response, limit)
        body = unpack(raw, response.headers.get("Content-Encoding", ""), limit)
        # Before other errors: where the limit ended the reading, the body is also cut off.
        if isinstance(error, LimitError) or body.too_long:
            raise BodyTooLongError(f"longer than {limit} bytes", uri=url, http_status=status, body=body.data or raw)
        if error:
            self._raise(error, url, status, body.data or raw, body.data, media_type)
        if body.problem:
            message = f"can't be decompressed: {body.problem}"
            raise BrokenBodyError(message, url, status, raw, readable=body.data, media_type=media_type)
        return body.data

    def _raise(
        self,
        error: Exception,
        url: str,
        status: int | None = None,
        body: bytes = b"",
        readable: bytes = b"",
        media_type: str = "",
    ) -> NoReturn:
        """Raise a SourceError for an exception of urllib3 or the socket; one that the deadline caused is a timeout."""
        kind: type[SourceError] = BrokenBodyError
        message = f"cut off after {counted(len(body), 'byte')}: {_cause(error)}"
        # First: a read that the deadline ends looks like any of the other errors.
        if time_left() <= 0:
            kind, message = TimedOutError, f"took longer than {self.settings.total_timeout_s:g} s in total"
        elif isinstance(error, (ConnectTimeoutError, ReadTimeoutError)) and not isinstance(error, NewConnectionError):
            kind, message = TimedOutError, f"timed out: {_cause(error)}"
        elif status is None:
            kind, message = UnreachableError, f"no response: {_cause(error)}"
        raise kind(message, url, status, body, readable=readable, media_type=media_type) from error


def normalise_url(url: str) -> str:
    """Return `url` as it is sent: host in lower case and IDNA, the rest percent-encoded, no fragment.

    A user name and password in it are removed (RFC 9110 4.2.4), and so is `feed:`, which some readers export.

    Raises:
        BadUrlError: `url` is not an http(s) URL.
    """
    stripped = split_userinfo(url)[0].strip()
    if stripped[:5].lower() == "feed:":
        stripped = stripped[5:] if "//" not in stripped[5:7] else "http:" + stripped[5:]
    try:
        # As the request is sent by urllib3, so that what is checked is what is asked: parsers differ on odd URLs.
        parsed = parse_url(stripped)
    except LocationParseError as error:
        raise BadUrlError(f"not a URL: {stripped!r}", uri=stripped) from error
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise BadUrlError(f"not an http(s) URL: {stripped!r}", uri=stripped)
    return parsed._replace(path=parsed.path or "/", fragment=None, auth=None).url


def _redirected(url: str, location: str, status: int) -> str:
    with contextlib.suppress(UnicodeError):  # http.client reads headers as latin-1; most that are not ASCII are UTF-8
        location = location.encode("latin-1").decode("utf-8")
    try:
        return normalise_url(urljoin(url, location))
    except (BadUrlError, ValueError) as error:
        message = f"redirected to {split_userinfo(location)[0]!r}, which is not an http(s) URL"
        raise RedirectError(message, uri=url, http_status=status) from error


def _header(response: BaseHTTPResponse, name: str) -> str:
    # http.client keeps the line breaks of folded headers (RFC 9112 5.2), and refuses to send them back.
    return " ".join(response.headers.get(name, "").split())


def _cause(error: BaseException) -> str:
    """Return the innermost cause of an exception of urllib3 in one line, without object addresses."""
    # The outer ones hold object addresses, which would make each error a new one in reports.
    while inner := error.__cause__:
        error = inner
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _with_cookies(headers: dict[str, str], cookies: CookieJar, asked: Request) -> dict[str, str]:
    """Return `headers` with the cookies of the redirects."""
    cookies.add_cookie_header(asked)
    ours, theirs = headers.get("Cookie"), asked.get_header("Cookie")
    return {**headers, "Cookie": "; ".join(filter(None, (ours, theirs)))} if theirs else headers


def _received(response: BaseHTTPResponse, limit: int) -> tuple[bytes, Exception | None]:
    """Return the received bytes, not decoded, and the error that ended them."""
    raw = io.BytesIO()  # getvalue() does not copy
    try:
        # Not decoded on the way, as by httpx, which decompresses each network chunk at once: that admits gzip bombs.
        # read1, since read() waits for the full amount, for hours if the server sends one byte at a time.
        while chunk := response.read1(CHUNK_BYTES, decode_content=False):
            keep(chunk, raw, limit)
    except (LimitError, HTTPError, http.client.HTTPException, OSError) as error:
        return raw.getvalue(), error
    return raw.getvalue(), None
