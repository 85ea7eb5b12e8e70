"""Credentials of requests to a source: user name and password, headers, cookies.

These are secrets. They are sent to the origin of the source's URL only, not to the target of a redirect to another
host, and are not written to rows, logs or error messages.
"""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

_USERINFO = re.compile(r"^((?:feed:)?[a-z][a-z0-9+.-]{0,30}://)([^/?#\\]*)@", re.IGNORECASE)
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}")  # a token (RFC 9110 5.6.2)
_VALUE = re.compile(r"[^\x00-\x08\x0a-\x1f\x7f]*")
_COOKIE_VALUE = re.compile(r"[^\x00-\x20\x7f;,\\]*")
_DEFAULT_PORTS = {"http": 80, "https": 443}

# Headers that the client sets; another value would break the request or the reading of its response.
_RESERVED = {"host", "content-length", "transfer-encoding", "connection", "accept-encoding", "cookie"}
_RESERVED |= {"if-none-match", "if-modified-since"}


@dataclass(frozen=True)
class Access:
    """Header lines for the requests to one source. `repr` hides them."""

    # A tuple and not a dict, since the frozen source that holds it has to be hashable.
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)

    @classmethod
    def of(
        cls,
        user: str | None = None,
        password: str = "",
        headers: Mapping[str, str] | None = None,
        cookies: Mapping[str, str] | None = None,
    ) -> "Access":
        """Return the header lines for a user name and a password (RFC 7617), headers and cookies (RFC 6265).

        Raises:
            ValueError: One of them can't be sent. The message contains its name and not its value.
        """
        lines = [_header(name, value) for name, value in (headers or {}).items()]
        if user is not None:
            lines.append(_basic(user, password))
        if cookies:
            lines.append(("Cookie", "; ".join(_cookie(name, value) for name, value in cookies.items())))
        names = [name.lower() for name, _ in lines]
        # Two lines of one name: servers differ in which of them they take.
        if len(set(names)) < len(names):
            raise ValueError("a header is given twice; auth sets the header Authorization")
        return cls(tuple(lines))

    def for_url(self, url: str, source_url: str) -> dict[str, str]:
        """Return the headers for `url`, to which a source may have been redirected; none if it is another origin.

        An upgrade to HTTPS on the same host, both at their default ports, counts as the same origin.
        """
        asked, own = _origin(url), _origin(source_url)
        # Most sites redirect http to https, and the secrets would otherwise never arrive. The other direction would
        # send them in clear text.
        upgraded = own[0] == "http" and asked == ("https", own[1], 443) and own[2] == 80
        return dict(self.headers) if asked == own or upgraded else {}


NO_ACCESS = Access()


def split_userinfo(url: str) -> tuple[str, str | None, str]:
    """Return a URL without user name and password, the user name (None without one) and the password."""
    match = _USERINFO.match(url.strip())
    if not match:
        return url, None, ""
    user, _, password = match[2].partition(":")
    # Percent-encoded in a URL (RFC 3986 3.2.1), and plain in the header.
    return match[1] + url.strip()[match.end() :], unquote(user), unquote(password)


def _basic(user: str, password: str) -> tuple[str, str]:
    if ":" in user:
        raise ValueError('a user name can\'t contain ":" (RFC 7617)')
    return "Authorization", "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def _header(name: str, value: str) -> tuple[str, str]:
    if not _NAME.fullmatch(name):
        raise ValueError(f"not a valid header name: {name!r}")
    if name.lower() in _RESERVED:
        raise ValueError(f"the header {name} can't be set here" + ("; use cookies" if name.lower() == "cookie" else ""))
    if not _VALUE.fullmatch(value):
        raise ValueError(f"the value of the header {name} contains control characters")
    return name, _encoded(value.strip())


def _cookie(name: str, value: str) -> str:
    if not _NAME.fullmatch(name) or not _COOKIE_VALUE.fullmatch(value):
        raise ValueError(f"the cookie {name!r} has characters that a cookie can't have")
    return f"{name}={_encoded(value)}"


def _encoded(value: str) -> str:
    return value.encode().decode("latin-1")  # http.client writes headers as latin-1


def _origin(url: str) -> tuple[str, str, int | None]:
    parts = urlsplit(url)
    # A trailing dot is the same host (RFC 1034 3.1).
    return parts.scheme, (parts.hostname or "").rstrip("."), parts.port or _DEFAULT_PORTS.get(parts.scheme)
