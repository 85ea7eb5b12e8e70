"""Reads the members of a tar, and a file or a tar compressed with gzip, bzip2, xz or zstd."""

import bz2
import lzma
import re
import tarfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import PurePosixPath
from typing import Any, BinaryIO, Self

from backports import zstd

from newsbeam.transforms.read.codings import STREAM_BYTES, CodingError, decode
from newsbeam.transforms.read.drops import is_excluded
from newsbeam.transforms.read.failures import ArchiveError
from newsbeam.transforms.read.members import MALFORMED, MEMBER_BYTES, PIECE_BYTES, Budget, Member, read_body, reason

HEAD_BYTES = 512  # a tar has its magic at byte 257, and a checksum over 512
HEADER_BYTES = 1_000_000  # of a tar's extended headers, which hold names

_STEP_BYTES = 1 << 10
_CHECKSUM_BYTES = 8  # and the length, at the end of a gzip member
_SUFFIXES = {".gz", ".bz2", ".xz", ".zst"}
_XZ_MEMORY = 256_000_000  # four times what `xz -9` needs; a header may demand gigabytes
_DECOMPRESSORS: dict[str, Callable[[], Any]] = {
    "bzip2": bz2.BZ2Decompressor,
    "xz": lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY),
    "zstd": zstd.ZstdDecompressor,
}
_EXTENDED = (
    *(tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE),
    *(tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK),
)
_RECORD = re.compile(rb"([0-9]{1,7}) ([^=\n]{1,255})=")


def is_tar(head: bytes) -> bool:
    """Return whether `head` is the first header of a tar, by its checksum."""
    # The cheap test first: the fields of a header are padded with NUL, so no text is one.
    if b"\0" not in head:
        return False
    try:
        return bool(tarfile.TarInfo.frombuf(head[:HEAD_BYTES], "utf-8", "surrogateescape").name)
    except (tarfile.HeaderError, ValueError):
        return False


def stream_members(kind: str, file: BinaryIO, name: str, budget: Budget) -> Iterator[Member]:
    """Yield the files in a tar, in a compressed tar, or the one file in a compressed file.

    Args:
        kind: "tar", "gzip", "bzip2", "xz" or "zstd".
        file: The archive, at its beginning.
        name: Its name, which a compressed file's only member has without `.gz`.
        budget: The archive's.

    Raises:
        ArchiveError, or one of `MALFORMED`: It can't be read.
        BodyTooLongError: The budget is spent.
    """
    if kind == "tar":
        yield from _tarred(_Pieces(iter(lambda: file.read(PIECE_BYTES), b"")), budget)
        return
    stream = _Pieces(_decompressed(kind, _steps(file), budget))
    if is_tar(stream.peek(HEAD_BYTES)):
        yield from _tarred(stream, budget)
    else:
        yield Member(_name_within(name), *read_body(stream.read, budget.member_bytes))


class _Pieces:
    """Reads from an iterator of bytes as from a file. An error is raised after all bytes before it have been read."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._buffer = b""
        self._error: ArchiveError | None = None

    def peek(self, size: int) -> bytes:
        """Return the next `size` bytes, fewer at the end."""
        try:
            while len(self._buffer) < size and (piece := next(self._pieces, None)) is not None:
                self._buffer += piece
        except ArchiveError as error:
            self._error = error
        return self._buffer[:size]

    def read(self, size: int) -> bytes:
        """Consume the next `size` bytes, fewer before the end or an error."""
        head = self.peek(size)
        if not head and self._error:
            raise self._error
        self._buffer = self._buffer[len(head) :]
        return head


class _Header(tarfile.TarInfo):
    """The header of a tar's member. A malformed one is an error and does not silently end the archive."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        try:
            info = super().frombuf(buf, encoding, errors)
        except tarfile.HeaderError as error:
            if any(buf):
                raise ArchiveError(f"not a tar header: {error}") from error
            if not buf:
                raise ArchiveError("cut off: the end of the tar is missing") from error
            raise
        if info.size < 0 or (info.type in _EXTENDED and info.size > HEADER_BYTES):
            raise ArchiveError(f"a tar header that claims {info.size} bytes")
        return info

    def _proc_pax(self, tar: Any) -> tarfile.TarInfo:
        """Return the member of an extended header (POSIX.1-2008, pax), with the size and the name from that header.

        `tarfile` would keep every key of global headers for all members, need quadratic time for some headers before
        Python 3.11.10 and 3.12.6 (CVE-2024-6232), and read the map of a sparse file without a bound.
        """
        records = _records(tar.fileobj.read(_whole_blocks(self.size))[: self.size])
        try:
            member = self.fromtarfile(tar)
        except tarfile.HeaderError as error:
            raise ArchiveError("a pax header without a member") from error
        if self.type == tarfile.XGLTYPE:
            return member
        name = records.get(b"GNU.sparse.name") or records.get(b"path")
        if name:
            member.name = name.decode("utf-8", "surrogateescape").rstrip("/")
        if any(key.startswith(b"GNU.sparse.") for key in records):
            # Not None, so that `issparse` is true and the member is refused.
            member.sparse = b""
        if records.get(b"size", b"").isdigit():
            member.size = int(records[b"size"][:20])
            if member.isreg() or member.type not in tarfile.SUPPORTED_TYPES:
                tar.offset = member.offset_data + _whole_blocks(member.size)
        return member

    def _proc_sparse(self, tar: Any) -> tarfile.TarInfo:
        """Return the sparse file (GNU) of this header, without its map, which may be as long as the archive."""
        _, extended, size = self._sparse_structs  # type: ignore[attr-defined]
        del self._sparse_structs  # type: ignore[attr-defined]
        while extended:
            extended = tar.fileobj.read(HEAD_BYTES)[504]
        self.sparse = b""
        self.offset_data = tar.fileobj.tell()
        tar.offset = self.offset_data + _whole_blocks(self.size)
        self.size = size
        return self


def _whole_blocks(size: int) -> int:
    return -(-size // tarfile.BLOCKSIZE) * tarfile.BLOCKSIZE


def _records(header: bytes) -> dict[bytes, bytes]:
    """Return the records of a pax header ("LENGTH KEY=VALUE" and a line feed), up to a malformed one."""
    records: dict[bytes, bytes] = {}
    position = 0
    while match := _RECORD.match(header, position):
        end = position + int(match[1])
        if not match.end() < end <= len(header):
            break
        records[match[2]] = header[match.end() : end - 1]
        position = end
    return records


def _tarred(stream: _Pieces, budget: Budget) -> Iterator[Member]:
    options: Any = {"tarinfo": _Header, "bufsize": PIECE_BYTES, "errors": "surrogateescape"}
    # "r|" reads forward only, so that a compressed tar is decompressed once and needs no disk.
    with tarfile.open(fileobj=stream, mode="r|", **options) as archive:  # type: ignore[call-overload]
        for info in _headers(archive):
            # Before the member is looked at: folders and links cost a header each as well.
            budget.spend(MEMBER_BYTES)
            if not info.isreg() or is_excluded(info.name):
                continue
            if info.issparse():  # its header may claim gigabytes of zeros
                yield Member(info.name, b"", ArchiveError("sparse files are not read"))
                continue
            yield Member(info.name, *read_body(archive.extractfile(info).read, budget.member_bytes))
        # Read to the end, where a compressed stream has its checksum.
        while rest := archive.fileobj.read(PIECE_BYTES):
            if rest.strip(b"\0"):
                raise ArchiveError("bytes after the end of the tar")


def _headers(archive: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    """Yield the members' headers, and skip to the next one.

    `tarfile` does not notice that a file ends before the member does.

    Raises:
        ArchiveError: A member is shorter than its header says.
    """
    stream: Any = archive.fileobj
    while info := archive.next():
        archive.members.clear()  # type: ignore[attr-defined]  # else `tarfile` keeps every header
        yield info
        # One byte less: `tarfile` itself reads the last one when it seeks to the next header.
        while (missing := archive.offset - 1 - stream.tell()) > 0:
            if not stream.read(min(missing, PIECE_BYTES)):
                raise ArchiveError("cut off: a member is shorter than its header says")


def _steps(file: BinaryIO) -> Iterator[bytes]:
    """Yield a file in small steps, with the checksum at its end apart: an error loses the output of its step."""
    while chunk := file.read(PIECE_BYTES):
        body, end = chunk[:-_CHECKSUM_BYTES], chunk[-_CHECKSUM_BYTES:]
        for start in range(0, len(body), _STEP_BYTES):
            yield body[start : start + _STEP_BYTES]
        yield end


def _decompressed(kind: str, chunks: Iterator[bytes], budget: Budget) -> Iterator[bytes]:
    pieces = decode("gzip", chunks, budget.spend) if kind == "gzip" else _decompress_streams(kind, chunks, budget)
    try:
        yield from pieces
    except CodingError as error:
        raise ArchiveError(str(error)) from error
    except MALFORMED as error:
        raise ArchiveError(f"{kind}: {reason(error)}") from error


def _decompress_streams(kind: str, chunks: Iterable[bytes], budget: Budget) -> Iterator[bytes]:
    """Decompress concatenated streams of bzip2, xz or zstd; xz pads them with zeros."""
    new = _DECOMPRESSORS[kind]
    stream = new()
    for chunk in chunks:
        while chunk or not (stream.needs_input or stream.eof):
            if stream.eof:
                chunk = chunk.lstrip(b"\0") if kind == "xz" else chunk
                if not chunk:
                    break
                stream = new()
                budget.spend(STREAM_BYTES)
            piece = stream.decompress(chunk, PIECE_BYTES)
            budget.spend(len(piece))
            yield piece
            chunk = stream.unused_data
    if not stream.eof:
        raise ArchiveError(f"{kind}: the stream is cut off")


def _name_within(name: str) -> str:
    """Return the name of the file in a compressed file: "story.xml" for "in/story.xml.gz"."""
    path = PurePosixPath(name)
    return path.stem if path.suffix.lower() in _SUFFIXES else path.name
