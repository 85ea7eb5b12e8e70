"""Content codings (RFC 9110 8.4.1) undone piece by piece, each piece bounded, whatever the ratio of compression.

urllib3's own decoders are not used since they take a stream that was cut off for a whole one, and don't keep the bytes
of one that breaks: those that a dead letter must show.
"""

import zlib
from collections.abc import Callable, Iterable, Iterator
from itertools import chain

import brotli
from backports import zstd

PIECE_BYTES = 1 << 16
STREAM_BYTES = 4_096
"""What a stream costs beside the bytes that come out of it: as long as beginning one takes, so many are inflated."""

# What decoding a body may cost, in bytes that come out of any of a chain's codings: so many times what came in, or what
# takes a second if that is more. Text shrinks to a fifth, seldom to a fiftieth; a gzip of gzips of nothing is as small
# as it likes and gives nothing, so that no limit of what comes out ends it.
RATIO_MAX = 100
WORK_BYTES = 256_000_000

_CHAIN_MAX = 5  # as urllib3 and curl

# RFC 9659: a decoder need not keep more than 8 MB for the content coding; zstd itself would take 128 MB.
_ZSTD_OPTIONS: dict[int, int] = {zstd.DecompressionParameter.window_log_max: 23}


class CodingError(Exception):
    """Bytes that are not what their content coding says, or not all of it."""


Spend = Callable[[int], None]
"""Told what decoding costs, as it does; raises to end it."""


class _Work:
    """The cost of one body, which grows with what comes in."""

    def __init__(self) -> None:
        self._came = self._cost = 0

    def counted(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        for chunk in chunks:
            self._came += len(chunk)
            yield chunk

    def spend(self, size: int) -> None:
        self._cost += size
        if self._cost > max(WORK_BYTES, RATIO_MAX * self._came):
            raise CodingError(f"too much work: its {self._came} bytes unpack to more than {RATIO_MAX} times as many")


def decode(content_encoding: str, chunks: Iterable[bytes], spend: Spend | None = None) -> Iterator[bytes]:
    """Return the pieces, each of about PIECE_BYTES at most, that `chunks` hold below a Content-Encoding header.

    A header that names something else than codings ("utf-8" occurs) is ignored, as browsers do.

    Args:
        content_encoding: The header.
        chunks: What came.
        spend: Told the cost: bytes that come out of each coding, and STREAM_BYTES for each stream that one begins.
            By default it may be 100 times what came, or 256 MB if that is more.

    Raises:
        CodingError: While iterating: `chunks` are broken, end too early, or cost too much.
    """
    names = codings(content_encoding)
    if len(names) > _CHAIN_MAX:
        raise CodingError(f"{len(names)} codings one on another")
    pieces = iter(chunks)
    if spend is None:
        work = _Work()
        pieces, spend = work.counted(pieces), work.spend
    for name in reversed(names):
        pieces = _translated(name, _DECODERS[name](pieces, spend), spend)
    return pieces


def codings(content_encoding: str) -> list[str]:
    """Return the codings of a Content-Encoding header in the order they were applied; none if one is unknown."""
    names = [name.strip() for name in content_encoding.lower().split(",")]
    return names if all(name in _DECODERS for name in names) else []


def _translated(name: str, pieces: Iterator[bytes], spend: Spend) -> Iterator[bytes]:
    try:
        for piece in pieces:
            spend(len(piece))
            yield piece
    except (zlib.error, brotli.error, zstd.ZstdError) as error:
        raise CodingError(f"{name}: {error}") from error


def _gzip(chunks: Iterator[bytes], spend: Spend) -> Iterator[bytes]:
    """Undo members one after another (RFC 1952 2.2); what follows them and is none is padding, as for gzip(1)."""
    stream = zlib.decompressobj(wbits=31)
    started, whole_members = False, 0
    for chunk in chunks:
        while chunk:
            try:
                piece = stream.decompress(chunk, PIECE_BYTES)
            except zlib.error:
                if whole_members and not started:
                    return
                raise
            yield piece
            started = started or bool(piece) or not whole_members
            chunk = stream.unconsumed_tail
            if stream.eof:
                chunk = stream.unused_data
                stream = zlib.decompressobj(wbits=31)
                spend(STREAM_BYTES)
                started, whole_members = False, whole_members + 1
    _finish("gzip", whole=not started)


def _deflate(chunks: Iterator[bytes], _: Spend) -> Iterator[bytes]:
    """Undo the zlib format (RFC 1950), or the bare deflate format (RFC 1951) that some servers send under its name."""
    head = b""
    for chunk in chunks:
        head += chunk
        if len(head) > 1:
            break
    has_header = head[:1] != b"" and head[0] & 15 == 8 and int.from_bytes(head[:2], "big") % 31 == 0
    stream = zlib.decompressobj(wbits=15 if has_header else -15)
    for chunk in chain([head], chunks):
        while chunk and not stream.eof:
            yield stream.decompress(chunk, PIECE_BYTES)
            chunk = stream.unconsumed_tail
    yield stream.flush()  # bits of the last byte that did not fit into its piece
    _finish("deflate", whole=stream.eof or not head)


def _brotli(chunks: Iterator[bytes], _: Spend) -> Iterator[bytes]:
    stream = brotli.Decompressor()
    started = False
    for chunk in chunks:
        started = True
        piece = stream.process(chunk, output_buffer_limit=PIECE_BYTES)
        while piece:
            yield piece
            piece = stream.process(b"", output_buffer_limit=PIECE_BYTES)
    _finish("br", whole=stream.is_finished() or not started)


def _zstd(chunks: Iterator[bytes], spend: Spend) -> Iterator[bytes]:
    """Undo frames one after another (RFC 8878 3)."""
    stream = zstd.ZstdDecompressor(options=_ZSTD_OPTIONS)
    started = False
    for chunk in chunks:
        started = True
        while chunk or not (stream.needs_input or stream.eof):
            if stream.eof:
                stream = zstd.ZstdDecompressor(options=_ZSTD_OPTIONS)
                spend(STREAM_BYTES)
            yield stream.decompress(chunk, PIECE_BYTES)
            chunk = stream.unused_data
    _finish("zstd", whole=stream.eof or not started)


def _finish(name: str, *, whole: bool) -> None:
    if not whole:
        raise CodingError(f"{name}: the stream is cut off")


_DECODERS: dict[str, Callable[[Iterator[bytes], Spend], Iterator[bytes]]] = {
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
    "br": _brotli,
    "zstd": _zstd,
}
