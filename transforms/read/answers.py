"""The head of an HTTP answer as servers send it, which is not always as http.client wants it.

http.client gives up at 100 header lines, takes an interim answer other than 100 for the final one, and takes a line
that is not a header for the end of all headers. Here it gets only the lines that a feed's reader has a use for.
"""

import http.client
from typing import Any

MOST_LINES = 1_000
MOST_BYTES = 1 << 20
MOST_COOKIES = 50
MOST_INTERIM = 16
_LINE_BYTES = 65_536  # as http.client

_WANTED = {
    b"cache-control",
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
    """An answer whose interim answers are passed over (RFC 9110 15.2), and whose header lines are sifted."""

    def begin(self) -> None:
        """Read the head."""
        super().begin()
        self._unwrap()

    def _read_status(self) -> tuple[Any, int, str]:
        for _ in range(MOST_INTERIM):
            self._unwrap()
            version, status, reason = super()._read_status()  # type: ignore[misc]
            self.fp: Any = _Head(_sifted(self.fp), self.fp)
            if not 101 < status < 200:  # 100 is for http.client; 101 is the last one of HTTP on a connection
                return version, status, reason
        raise http.client.HTTPException(f"more than {MOST_INTERIM} interim answers")

    def _unwrap(self) -> None:
        if isinstance(self.fp, _Head):
            self.fp = self.fp.rest


class _Head:
    """Lines that have been read already, then the rest of a stream."""

    def __init__(self, lines: list[bytes], rest: Any) -> None:
        self._lines = lines[::-1]
        self.rest = rest

    def readline(self, limit: int = -1) -> bytes:
        return self._lines.pop() if self._lines else self.rest.readline(limit)

    def flush(self) -> None:
        self.rest.flush()

    def close(self) -> None:
        self.rest.close()


def _sifted(stream: Any) -> list[bytes]:
    """Return the header lines that are wanted, and the blank one that ends them.

    Raises:
        http.client.HTTPException: They don't end.
    """
    lines: list[bytes] = []
    wanted, size, cookies = False, 0, 0
    for _ in range(MOST_LINES):
        line: bytes = stream.readline(_LINE_BYTES + 1)
        size += len(line)
        if len(line) > _LINE_BYTES or size > MOST_BYTES:
            raise http.client.LineTooLong("header line")
        if line in (b"\r\n", b"\n", b""):
            return [*lines, line]
        if line[:1] not in b" \t":  # else a folded line (RFC 9112 5.2), which belongs to the one before
            name, colon, value = line.partition(b":")
            name = name.rstrip().lower()  # a space before the colon is not allowed (RFC 9112 5.1), and occurs
            cookies += name == b"set-cookie"
            wanted = bool(colon) and name in _WANTED and (name != b"set-cookie" or cookies <= MOST_COOKIES)
            line = name + b":" + value
        if wanted:
            lines.append(line)
    raise http.client.HTTPException(f"more than {MOST_LINES} header lines")
