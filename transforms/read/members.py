"""The members of an archive and the bounds on them, shared by the readers of zips and tars."""

import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import BinaryIO

from backports import zstd

from newsbeam.transforms.read.failures import ArchiveError, BodyTooLongError, SourceError

PIECE_BYTES = 1 << 16
MEMBER_BYTES = 8_000
"""The cost of a member besides its bytes: the work on a document, however short."""

# An archive, or a member, may unpack to this many times its size, or to FREE_BYTES if that is more. Text compresses to
# a fifth, rarely to a fiftieth; deflate reaches a thousandth, bzip2 a millionth.
RATIO = 100
FREE_BYTES = 32_000_000

NAME_CHARS = 4_096  # PATH_MAX of Linux; formats allow megabytes

# Exceptions that the standard library's readers raise for malformed bytes.
MALFORMED = (
    *(zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, zstd.ZstdError, struct.error),
    *(OSError, EOFError, ValueError, OverflowError, RuntimeError, IndexError),
)


@dataclass(frozen=True)
class Capture:
    """What a crawler noted of a response.

    Attributes:
        url: The URL that was asked.
        at: When; None if that can't be read.
        media_type: The Content-Type header, or "".
    """

    url: str
    at: datetime | None
    media_type: str = ""


@dataclass(frozen=True)
class Member:
    """One file of an archive.

    Attributes:
        name: As in the archive, after the names of the inner archives that it is in ("inner.zip!story.xml"); "" for
            the archive itself.
        body: Its bytes; with an error, those that could be read.
        error: Why `body` is incomplete.
        capture: Of a response in a WARC file; a page's has an empty `body`.
    """

    name: str
    body: bytes = field(repr=False)
    error: SourceError | None = None
    capture: Capture | None = None


@dataclass
class Budget:
    """The bytes that may still be unpacked from an archive: those of members and of each decoder.

    Attributes:
        member_bytes: Bytes of one member, at most.
        left: Bytes that are left for all members together.
        ratio: How many times its size an archive may unpack to.
    """

    member_bytes: int
    left: int
    ratio: int = RATIO

    def spend(self, size: int) -> None:
        """Take `size` bytes.

        Raises:
            BodyTooLongError: Fewer are left.
        """
        # Charged before the check, so that it stays spent: each further member fails as well.
        self.left -= size
        if self.left < 0:
            raise BodyTooLongError(
                "unpacks to more than an archive of this size may; the rest was skipped. "
                "To read it, raise limits.unpacked, or unpack the archive into the drop"
            )


def max_unpacked(size: int, ratio: int) -> int:
    """Return how many bytes `size` bytes of an archive may unpack to."""
    return max(FREE_BYTES, ratio * size)


def read_body(read: Callable[[int], bytes], max_bytes: int) -> tuple[bytes, SourceError | None]:
    """Return the bytes that can be read, and the error that ends them."""
    pieces: list[bytes] = []
    size = 0
    try:
        while piece := read(PIECE_BYTES):
            pieces.append(piece)
            size += len(piece)
            if size > max_bytes:
                return b"".join(pieces)[:max_bytes], BodyTooLongError(f"longer than {max_bytes} bytes")
    except MALFORMED as error:
        return b"".join(pieces), ArchiveError(reason(error))
    except ArchiveError as error:
        return b"".join(pieces), error
    return b"".join(pieces), None


def read_raw(file: BinaryIO, start: int, size: int) -> bytes:
    """Return bytes of `file` without decoding them; none where they can't be read."""
    try:
        file.seek(start)
        return file.read(size)
    except (OSError, ValueError):
        return b""


def reason(error: Exception) -> str:
    """Return the message of an error in one line."""
    return " ".join(str(error).split()) or type(error).__name__
