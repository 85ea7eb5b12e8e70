"""Decompresses the body of a response by its Content-Encoding, or by its first bytes where the header is wrong.

Servers name a coding that they have not applied, apply one that they don't name, name it twice or apply it twice. A
body that is text is not compressed. The beginning of a stream that is cut off is kept.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from io import BytesIO

from newsbeam.transforms.read.codings import MAX_LAYERS, CodingError, codings, decode

PIECE_BYTES = 1 << 16
# Two bytes identify gzip (RFC 1952 2.3.1), four zstd (RFC 8878 3.1.1).
_GZIP = b"\x1f\x8b"
_ZSTD = (b"\x28\xb5\x2f\xfd", *(b"%c\x2a\x4d\x18" % number for number in range(0x50, 0x60)))  # or a skippable frame
_MAGIC = {"gzip": (_GZIP,), "x-gzip": (_GZIP,), "zstd": _ZSTD}
_TEXT_BYTES = 512
_CHECKSUM_BYTES = 8  # of gzip, with the length (RFC 1952 2.3.1)


@dataclass(frozen=True)
class Body:
    """The decompressed body of a response.

    Attributes:
        data: What could be decompressed.
        problem: Why the rest could not, or "".
        too_long: It was longer than the limit, to which it is cut.
    """

    data: bytes
    problem: str = ""
    too_long: bool = False


class LimitError(Exception):
    """More bytes than the limit."""


def keep(piece: bytes, buffer: BytesIO, limit: int) -> None:
    """Append `piece` to `buffer`.

    Raises:
        LimitError: Not all of it fits below `limit`; the rest is not appended.
    """
    # The part that fits is kept, for the dead letter.
    if buffer.write(piece[: limit - buffer.tell()]) < len(piece):
        raise LimitError


def unpack(raw: bytes, content_encoding: str, limit: int) -> Body:
    """Decompress `raw`, to at most `limit` bytes."""
    # "identity" is not a coding that is applied (RFC 9110 8.4.1), and is sent all the same.
    names = codings(",".join(name for name in content_encoding.split(",") if name.strip().lower() != "identity"))
    if len(names) > MAX_LAYERS:
        return Body(b"", f"{len(names)} content codings; at most {MAX_LAYERS} are decoded")
    body, problem = Body(raw), ""
    # After the codings that are named, gzip as often as its magic number is there: servers apply it unnamed, or twice.
    for name in (*reversed(names), *["gzip"] * MAX_LAYERS):
        body = _undo(name, body.data, limit)
        problem = problem or body.problem
        if body.too_long:
            break
    return replace(body, problem=problem)


def _undo(name: str, data: bytes, limit: int) -> Body:
    """Undo one coding; return `data` unchanged if the coding was not applied."""
    if name in _MAGIC and not data.startswith(_MAGIC[name]):
        return Body(data)
    unpacked = BytesIO()
    try:
        for piece in decode(name, _pieces(data)):
            keep(piece, unpacked, limit)
    except LimitError:
        return Body(unpacked.getvalue(), too_long=True)
    except CodingError as error:
        # A named coding that was never applied: deflate and br have no magic number, so only the failure shows it.
        is_other = _is_text(data) or (name not in _MAGIC and data.startswith(_GZIP))
        return Body(data) if is_other else Body(unpacked.getvalue(), str(error))
    return Body(unpacked.getvalue())


def _pieces(data: bytes) -> Iterator[bytes]:
    # The checksum at the end by itself: a decoder returns nothing of the piece in which it finds an error.
    end = max(0, len(data) - _CHECKSUM_BYTES)
    for start in range(0, end, PIECE_BYTES):
        yield data[start : min(start + PIECE_BYTES, end)]
    if data:
        yield data[end:]


def _is_text(data: bytes) -> bool:
    """Return whether the first bytes are markup, JSON or other text."""
    head = data[:_TEXT_BYTES].removeprefix(b"\xef\xbb\xbf")
    if head.lstrip()[:1] in (b"<", b"{", b"["):
        return True
    try:
        text = head.decode()
    except UnicodeDecodeError as error:
        if error.start < len(head) - 4:  # else a character is cut off at the end
            return False
        text = head[: error.start].decode()
    return bool(text) and all(character.isprintable() or character.isspace() for character in text)
