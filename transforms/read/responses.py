"""Reads the head of an HTTP response more tolerantly than http.client.

http.client fails at 100 header lines, takes an interim response other than 100 for the final one, and takes a line that
is not a header for the end of the headers. TolerantResponse passes on only the headers that a feed reader needs.
"""

import http.client
from typing import Any

MAX_LINES = 1_000
MAX_BYTES = 1 << 20
MAX_COOKIES = 50
MAX_INTERIM = 16
_LINE_BYTES = 65_536  # as in http.client

_KEPT = {
    b"connection",
    b"content-encoding",
    b"content-length",
    b"content-type",
    b"date",
    b"etag",
    b"keep-alive",
    b"last-modified",
    b"location",
    b"proxy-connection",
    b"retry-after",
    b"set-cookie",
    b"transfer-encoding",
}


class TolerantResponse(http.client.HTTPResponse):
    """A response without interim responses (RFC 9110 15.2) and without headers that are not needed."""

    def begin(self) -> None:
        """Read the head."""
        super().begin()
        self._unwrap()

    def _read_status(self) -> tuple[Any, int, str]:
        for _ in range(MAX_INTERIM):
            self._unwrap()
            version, status, reason = super()._read_status()  # type: ignore[misc]
            self.fp: Any = _Head(_kept_lines(self.fp), self.fp)
            if not 101 < status < 200:  # http.client skips 100; 101 ends HTTP on a connection
                return version, status, reason
        raise http.client.HTTPException(f"more than {MAX_INTERIM} interim responses")

    def _unwrap(self) -> None:
        if isinstance(self.fp, _Head):
            self.fp = self.fp.rest


class _Head:
    """Yields lines that have been read already, then the rest of a stream."""

    def __init__(self, lines: list[bytes], rest: Any) -> None:
        # Reversed, so that each line is taken from the end in constant time.
        self._lines = lines[::-1]
        self.rest = rest

    def readline(self, limit: int = -1) -> bytes:
        return self._lines.pop() if self._lines else self.rest.readline(limit)

    def flush(self) -> None:
        self.rest.flush()

    def close(self) -> None:
        self.rest.close()


def _kept_lines(stream: Any) -> list[bytes]:
    """Return the header lines to keep, and the blank line that ends the headers.

    Raises:
        http.client.HTTPException: A line is too long, or there are too many.
    """
    lines: list[bytes] = []
    kept, size, cookies = False, 0, 0
    for _ in range(MAX_LINES):
        line: bytes = stream.readline(_LINE_BYTES + 1)
        size += len(line)
        if len(line) > _LINE_BYTES or size > MAX_BYTES:
            raise http.client.LineTooLong("header line")
        if line in (b"\r\n", b"\n", b""):
            return [*lines, line]
        if line[:1] not in b" \t":  # else a folded line (RFC 9112 5.2), which continues the one before
            name, colon, value = line.partition(b":")
            name = name.rstrip().lower()  # a space before the colon is not allowed (RFC 9112 5.1), and occurs
            cookies += name == b"set-cookie"
            # Dropped lines don't count towards the 100 that http.client allows.
            kept = bool(colon) and name in _KEPT and (name != b"set-cookie" or cookies <= MAX_COOKIES)
            line = name + b":" + value
        if kept:
            lines.append(line)
    raise http.client.HTTPException(f"more than {MAX_LINES} header lines")
