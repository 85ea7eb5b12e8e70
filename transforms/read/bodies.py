"""The bytes of an answer, unpacked: as its Content-Encoding says, or as they are themselves where it is wrong.

Servers name a coding that they have not applied, apply one that they don't name, name it twice or apply it twice. Two
bytes tell what is gzip (RFC 1952 2.3.1), four what is zstd (RFC 8878 3.1.1); text is told from what is packed by being
text. Of a stream that is cut off the beginning is kept.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from io import BytesIO

from newsbeam.transforms.read.codings import CodingError, codings, decode

MOST_LAYERS = 5  # as urllib3 and curl
PIECE_BYTES = 1 << 16
_GZIP = b"\x1f\x8b"
_ZSTD = (b"\x28\xb5\x2f\xfd", *(b"%c\x2a\x4d\x18" % number for number in range(0x50, 0x60)))  # or a skippable frame
_MAGIC = {"gzip": (_GZIP,), "x-gzip": (_GZIP,), "zstd": _ZSTD}
_TEXT_BYTES = 512


@dataclass(frozen=True)
class Body:
    """What was in a body.

    Attributes:
        data: As far as it could be unpacked.
        problem: Why not all of it could, or "".
        too_long: It is longer than the limit, to which it is cut.
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
    if buffer.write(piece[: limit - buffer.tell()]) < len(piece):
        raise LimitError


def unpack(raw: bytes, content_encoding: str, limit: int) -> Body:
    """Return what `raw` holds, at most `limit` bytes of it."""
    names = codings(",".join(name for name in content_encoding.split(",") if name.strip().lower() != "identity"))
    if len(names) > MOST_LAYERS:
        return Body(b"", f"{len(names)} codings one on another")
    body, problem = Body(raw), ""
    for name in (*reversed(names), *["gzip"] * MOST_LAYERS):
        body = _without(name, body.data, limit)
        problem = problem or body.problem
        if body.too_long:
            break
    return replace(body, problem=problem)


def _without(name: str, data: bytes, limit: int) -> Body:
    """Return `data` without one coding; as it is if the coding was not applied."""
    if name in _MAGIC and not data.startswith(_MAGIC[name]):
        return Body(data)
    unpacked = BytesIO()
    try:
        for piece in decode(name, _pieces(data)):
            keep(piece, unpacked, limit)
    except LimitError:
        return Body(unpacked.getvalue(), too_long=True)
    except CodingError as error:
        return Body(data) if _is_text(data) else Body(unpacked.getvalue(), str(error))
    return Body(unpacked.getvalue())


def _pieces(data: bytes) -> Iterator[bytes]:
    for start in range(0, len(data), PIECE_BYTES):
        yield data[start : start + PIECE_BYTES]


def _is_text(data: bytes) -> bool:
    """Return whether bytes begin as markup, JSON or other text does."""
    head = data[:_TEXT_BYTES].removeprefix(b"\xef\xbb\xbf")
    if head.lstrip()[:1] in (b"<", b"{", b"["):
        return True
    try:
        text = head.decode()
    except UnicodeDecodeError as error:
        if error.start < len(head) - 4:  # else a character that is cut
            return False
        text = head[: error.start].decode()
    return bool(text) and all(character.isprintable() or character.isspace() for character in text)
