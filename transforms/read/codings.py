"""Undoes content codings (RFC 9110 8.4.1) in bounded pieces, whatever the compression ratio."""

import zlib
from collections.abc import Callable, Iterable, Iterator
from itertools import chain

import brotli
from backports import zstd

PIECE_BYTES = 1 << 16
STREAM_BYTES = 4_096
"""The cost of starting a stream, besides the bytes it decompresses to: as many are inflated in the same time."""

# What decoding a body may cost, in bytes that all codings of a chain put out: RATIO_MAX times the input, or WORK_BYTES,
# about a second, if that is more. Text compresses to a fifth, rarely to a fiftieth. A limit of the final output does
# not bound the work: a gzip of many empty gzips is small and has no output.
RATIO_MAX = 100
WORK_BYTES = 256_000_000

MAX_LAYERS = 5  # as in urllib3 and curl

# RFC 9659: a decoder of the content coding needs a window of at most 8 MB; zstd itself allows 128 MB.
_ZSTD_OPTIONS: dict[int, int] = {zstd.DecompressionParameter.window_log_max: 23}


class CodingError(Exception):
    """Bytes that are malformed in their content coding, or end too early."""


Spend = Callable[[int], None]
"""Called with the cost of each step of decoding; raises to stop it."""


class _Work:
    """The cost of decoding one body, with a bound that grows with its input."""

    def __init__(self) -> None:
        self._received = self._cost = 0

    def counted(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        for chunk in chunks:
            self._received += len(chunk)
            yield chunk

    def spend(self, size: int) -> None:
        self._cost += size
        if self._cost > max(WORK_BYTES, RATIO_MAX * self._received):
            raise CodingError(
                f"its {self._received:,} bytes unpack to more than {RATIO_MAX} times as many; decoding was stopped"
            )


def decode(content_encoding: str, chunks: Iterable[bytes], spend: Spend | None = None) -> Iterator[bytes]:
    """Undo the codings of a Content-Encoding header; return pieces of at most about PIECE_BYTES.

    A header that names anything but codings ("utf-8" occurs) is ignored, as in browsers.

    Args:
        content_encoding: The header.
        chunks: The body as it was received.
        spend: Called with the cost: bytes that each coding puts out, and STREAM_BYTES for each stream that starts. By
            default 100 times the input are allowed, or 256 MB if that is more.

    Raises:
        CodingError: While iterating: `chunks` are malformed, end too early, or cost too much.
    """
    names = codings(content_encoding)
    if len(names) > MAX_LAYERS:
        raise CodingError(f"{len(names)} content codings; at most {MAX_LAYERS} are decoded")
    pieces = iter(chunks)
    if spend is None:
        work = _Work()
        pieces, spend = work.counted(pieces), work.spend
    for name in reversed(names):
        pieces = _with_coding_errors(name, _DECODERS[name](pieces, spend), spend)
    return pieces


def codings(content_encoding: str) -> list[str]:
    """Return the codings of a Content-Encoding header in the order of their application; none if one is unknown."""
    names = [name.strip() for name in content_encoding.lower().split(",")]
    return names if all(name in _DECODERS for name in names) else []


def _with_coding_errors(name: str, pieces: Iterator[bytes], spend: Spend) -> Iterator[bytes]:
    try:
        for piece in pieces:
            spend(len(piece))
            yield piece
    except (zlib.error, brotli.error, zstd.ZstdError) as error:
        raise CodingError(f"{name}: {error}") from error


def _gzip(chunks: Iterator[bytes], spend: Spend) -> Iterator[bytes]:
    """Undo concatenated members (RFC 1952 2.2); other bytes after them are padding, as in gzip(1)."""
    stream = zlib.decompressobj(wbits=31)
    started, whole_members = False, 0
    for chunk in chunks:
        while chunk:
            try:
                piece = stream.decompress(chunk, PIECE_BYTES)
            except zlib.error:
                # Padding only after a whole member: before it, the bytes are malformed.
                if whole_members and not started:
                    return
                raise
            yield piece
            # An empty piece can still be a header that has been read; the first member counts as started at once.
            started = started or bool(piece) or not whole_members
            chunk = stream.unconsumed_tail
            if stream.eof:
                chunk = stream.unused_data
                stream = zlib.decompressobj(wbits=31)
                spend(STREAM_BYTES)
                started, whole_members = False, whole_members + 1
    _finish("gzip", whole=not started)


def _deflate(chunks: Iterator[bytes], _: Spend) -> Iterator[bytes]:
    """Undo the zlib format (RFC 1950), or the raw deflate format (RFC 1951) that some servers send instead."""
    head = b""
    for chunk in chunks:
        head += chunk
        if len(head) > 1:
            break
    # RFC 1950 2.2: the method is 8, and both bytes together are a multiple of 31.
    has_header = head[:1] != b"" and head[0] & 15 == 8 and int.from_bytes(head[:2], "big") % 31 == 0
    stream = zlib.decompressobj(wbits=15 if has_header else -15)
    for chunk in chain([head], chunks):
        while chunk and not stream.eof:
            yield stream.decompress(chunk, PIECE_BYTES)
            chunk = stream.unconsumed_tail
    yield stream.flush()  # the rest of the last byte
    _finish("deflate", whole=stream.eof or not head)


def _brotli(chunks: Iterator[bytes], _: Spend) -> Iterator[bytes]:
    stream = brotli.Decompressor()
    started = False
    for chunk in chunks:
        started = True
        piece = stream.process(chunk, output_buffer_limit=PIECE_BYTES)
        # brotli keeps the rest of its output, and gives it for no input.
        while piece:
            yield piece
            piece = stream.process(b"", output_buffer_limit=PIECE_BYTES)
    _finish("br", whole=stream.is_finished() or not started)


def _zstd(chunks: Iterator[bytes], spend: Spend) -> Iterator[bytes]:
    """Undo concatenated frames (RFC 8878 3)."""
    stream = zstd.ZstdDecompressor(options=_ZSTD_OPTIONS)
    started = False
    for chunk in chunks:
        started = True
        # Also without input, as long as the decoder holds output beyond the piece.
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


# Not urllib3's decoders: they take a stream that was cut off for a complete one, and drop the bytes of a malformed one,
# which a dead letter must show.
_DECODERS: dict[str, Callable[[Iterator[bytes], Spend], Iterator[bytes]]] = {
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
    "br": _brotli,
    "zstd": _zstd,
}
