"""What comes out of an archive, and how much of it there may be: shared by the readers of its kinds."""

import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import BinaryIO

from backports import zstd

from newsbeam.transforms.read.failures import ArchiveError, BodyTooLongError, SourceError

PIECE_BYTES = 1 << 16
MEMBER_BYTES = 8_000
"""What a member costs beside its bytes: the work that a document makes, however short it is."""

# What may come out of an archive, or of a member: so many times its size, or some more of what is small. Text shrinks
# to a fifth, seldom to a fiftieth; deflate can do a thousandth, bzip2 a millionth.
RATIO_MAX = 100
FREE_BYTES = 32_000_000

NAME_CHARS = 4_096  # PATH_MAX of Linux; formats allow megabytes

# What the standard library's readers raise for bytes that are not what they should be.
BROKEN = (
    *(zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, zstd.ZstdError, struct.error),
    *(OSError, EOFError, ValueError, OverflowError, RuntimeError, IndexError),
)


@dataclass(frozen=True)
class Member:
    """One file of an archive.

    Attributes:
        name: As the archive has it, below the names of the archives that it is in ("inner.zip!story.xml"); "" for the
            archive itself.
        body: Its bytes; with an error, those there are.
        error: Why `body` is not all of it.
    """

    name: str
    body: bytes = field(repr=False)
    error: SourceError | None = None


@dataclass
class Budget:
    """How much may still come out of an archive, in bytes: those of members and of every decoder on the way to them.

    Attributes:
        member_bytes: The most bytes of one member.
        left: The rest for all together.
    """

    member_bytes: int
    left: int

    def spend(self, size: int) -> None:
        """Take `size` bytes.

        Raises:
            BodyTooLongError: There are not as many left.
        """
        self.left -= size
        if self.left < 0:
            raise BodyTooLongError(
                "more in it than an archive of this size may hold; the rest was left out: "
                "unpack it into the drop to have it read"
            )


def most_from(size: int) -> int:
    """Return how much may come out of `size` bytes of an archive."""
    return max(FREE_BYTES, RATIO_MAX * size)


def read_body(read: Callable[[int], bytes], max_bytes: int) -> tuple[bytes, SourceError | None]:
    """Return what can be read, and why that is not all."""
    pieces: list[bytes] = []
    size = 0
    try:
        while piece := read(PIECE_BYTES):
            pieces.append(piece)
            size += len(piece)
            if size > max_bytes:
                return b"".join(pieces)[:max_bytes], BodyTooLongError(f"longer than {max_bytes} bytes")
    except BROKEN as error:
        return b"".join(pieces), ArchiveError(reason(error))
    except ArchiveError as error:
        return b"".join(pieces), error
    return b"".join(pieces), None


def read_raw(file: BinaryIO, start: int, size: int) -> bytes:
    """Return bytes of `file` as they are, none where they can't be read."""
    try:
        file.seek(start)
        return file.read(size)
    except (OSError, ValueError):
        return b""


def reason(error: Exception) -> str:
    """Return what an error says, in one line."""
    return " ".join(str(error).split()) or type(error).__name__
