"""Archives read through, member by member: zip, tar, and what gzip, bzip2, xz or zstd made of one file or of a tar.

    unpack(file, name, max_bytes) -> Member, Member, ...    what is broken is a Member with an error, the rest goes on

An archive is known by its first bytes, whatever its name. Nothing is written to disk: a member's name is only a name.
Memory is bounded by one member's size, whatever the ratio of compression and the length of the archive.
"""

import bz2
import contextlib
import hashlib
import io
import lzma
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any, BinaryIO, Self

from backports import zstd

from newsbeam.transforms.ids import FINGERPRINT_BYTES
from newsbeam.transforms.read.codings import CodingError, decode
from newsbeam.transforms.read.drops import is_unfinished
from newsbeam.transforms.read.failures import ArchiveError, BodyTooLongError, SourceError

HEAD_BYTES = 512  # a tar shows what it is at its 257th byte, and proves it with a checksum of 512
PIECE_BYTES = 1 << 16

# What an archive may hold altogether: so many times the limit of one document, or of its own size. Text shrinks to a
# fifth, seldom to a fiftieth; deflate can do a thousandth, bzip2 a millionth.
BODIES_MAX = 20
RATIO_MAX = 100
TABLE_BYTES = 32_000_000  # of a zip's directory: some 300,000 members, which take as many kilobytes
TAR_HEADER_BYTES = 1_000_000  # of a tar's extended headers: names

_ZIP_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1
_LOCAL_HEADER = struct.Struct("<26xHH")  # the lengths of two fields that follow it
_STEP_BYTES = 1 << 10
_CHECKSUM_BYTES = 8  # and the length, in the end of what gzip makes
_SUFFIXES = {".gz", ".bz2", ".xz", ".zst"}

# What the standard library's readers raise for bytes that are not what they should be.
_BROKEN = (
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
class _Budget:
    """How many bytes may still come out of an archive."""

    member_bytes: int
    left: int

    def spend(self, size: int) -> None:
        self.left -= size
        if self.left < 0:
            raise BodyTooLongError("more in it than an archive of this size may hold; the rest was left out")


def is_archive(head: bytes) -> bool:
    """Return whether a file that begins with `head` (HEAD_BYTES of it) is an archive or compressed."""
    return _kind(head) is not None


def archive_hash(file: BinaryIO) -> str:
    """Return the hash of all bytes of `file`, which may be larger than memory."""
    file.seek(0)
    state = hashlib.blake2b(digest_size=FINGERPRINT_BYTES)
    while piece := file.read(1 << 20):
        state.update(piece)
    return state.hexdigest()


def unpack(file: BinaryIO, name: str, max_bytes: int) -> Iterator[Member]:
    """Yield the files in an archive, in its order: no folders, links, devices, hidden or unfinished ones.

    Archives in it are unpacked, too; archives in these are members with an error.

    Args:
        file: The archive, open and seekable.
        name: Its name, which a compressed file's only member has without `.gz`.
        max_bytes: The most bytes of one member. All together may have 20 times as many, or 100 times the bytes of the
            archive itself if that is more.

    Yields:
        Members. One that is broken, encrypted or too long has an error. Where the archive itself is broken or too
        large, the last one is the archive: its bytes up to `max_bytes`, and why there is no more.
    """
    size = file.seek(0, io.SEEK_END)
    budget = _Budget(max_bytes, max(BODIES_MAX * max_bytes, RATIO_MAX * size))
    try:
        yield from _members(file, name, budget, nested=False)
    except (ArchiveError, BodyTooLongError) as error:
        yield Member("", _raw(file, 0, max_bytes), error)


def _members(file: BinaryIO, name: str, budget: _Budget, *, nested: bool) -> Iterator[Member]:
    """Yield the members; with `nested`, those that are archives are errors.

    Raises:
        ArchiveError: The archive is broken.
        BodyTooLongError: The budget is spent.
    """
    file.seek(0)
    kind = _kind(file.read(HEAD_BYTES)) or "no archive"
    file.seek(0)
    unpacked = _zipped(file, budget) if kind == "zip" else _streamed(kind, file, name, budget)
    for member in _with_reasons(kind, unpacked):
        if member.error or not is_archive(member.body[:HEAD_BYTES]):
            yield member
        elif nested:
            yield Member(member.name, member.body, ArchiveError("an archive in an archive in an archive"))
        else:
            yield from _inner(member, budget)


def _inner(archive: Member, budget: _Budget) -> Iterator[Member]:
    try:
        for member in _members(io.BytesIO(archive.body), archive.name, budget, nested=True):
            yield Member(f"{archive.name}!{member.name}", member.body, member.error)
    except ArchiveError as error:
        yield Member(archive.name, archive.body, error)


def _with_reasons(kind: str, members: Iterator[Member]) -> Iterator[Member]:
    """Translate what the standard library raises."""
    try:
        yield from members
    except _BROKEN as error:
        raise ArchiveError(f"{kind}: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def _kind(head: bytes) -> str | None:
    if head.startswith(tuple(_MAGIC)):
        return next(kind for magic, kind in _MAGIC.items() if head.startswith(magic))
    return "tar" if _is_tar(head) else None


def _is_tar(head: bytes) -> bool:
    if b"\0" not in head:
        return False
    try:
        return bool(tarfile.TarInfo.frombuf(head[:HEAD_BYTES], "utf-8", "surrogateescape").name)
    except (tarfile.HeaderError, ValueError):
        return False


def _left_out(name: str) -> bool:
    return any(map(is_unfinished, name.split("/")))


def _read_body(read: Callable[[int], bytes], max_bytes: int) -> tuple[bytes, SourceError | None]:
    """Return what can be read, and why that is not all."""
    pieces: list[bytes] = []
    size = 0
    try:
        while piece := read(PIECE_BYTES):
            pieces.append(piece)
            size += len(piece)
            if size > max_bytes:
                return b"".join(pieces)[:max_bytes], BodyTooLongError(f"longer than {max_bytes} bytes")
    except _BROKEN as error:
        return b"".join(pieces), ArchiveError(_reason(error))
    except ArchiveError as error:
        return b"".join(pieces), error
    return b"".join(pieces), None


def _raw(file: BinaryIO, start: int, size: int) -> bytes:
    try:
        file.seek(start)
        return file.read(size)
    except (OSError, ValueError):
        return b""


# zip


class _BoundedReads:
    """A file as `zipfile` may read it: that takes a directory into memory whole, whatever size the archive claims."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.seek = file.seek
        self.tell = file.tell
        self.seekable = file.seekable

    def read(self, size: int = -1) -> bytes:
        if size > TABLE_BYTES:
            raise ArchiveError(f"a directory of more than {TABLE_BYTES} bytes")
        return self._file.read(TABLE_BYTES if size < 0 else size)


def _zipped(file: BinaryIO, budget: _Budget) -> Iterator[Member]:
    with zipfile.ZipFile(_BoundedReads(file)) as archive:
        for info in archive.infolist():
            kind = stat.S_IFMT(info.external_attr >> 16)
            if not info.is_dir() and kind in (0, stat.S_IFREG) and not _left_out(info.filename):
                body, error = _zip_member(archive, info, budget)
                yield Member(info.filename, body or (_salvaged(file, info, budget) if error else b""), error)


def _zip_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, budget: _Budget) -> tuple[bytes, SourceError | None]:
    if info.flag_bits & _ENCRYPTED:
        return b"", ArchiveError("encrypted")
    if info.compress_type not in _ZIP_METHODS:  # zipfile undoes bzip2 and LZMA in pieces without bound
        return b"", ArchiveError(f"compressed by method {info.compress_type}")
    try:
        with archive.open(info) as member:
            body, error = _read_body(member.read, budget.member_bytes)
    except _BROKEN as failure:
        return b"", ArchiveError(_reason(failure))
    budget.spend(len(body))
    return body, error


def _salvaged(file: BinaryIO, info: zipfile.ZipInfo, budget: _Budget) -> bytes:
    """Return what there is of a member that `zipfile` gives no byte of: unpacked if it can be, else as it is."""
    header = _raw(file, info.header_offset, _LOCAL_HEADER.size)
    if len(header) < _LOCAL_HEADER.size:
        return header
    start = info.header_offset + len(header) + sum(_LOCAL_HEADER.unpack(header))
    packed = _raw(file, start, min(info.compress_size, budget.member_bytes))
    if info.flag_bits & _ENCRYPTED or info.compress_type != zipfile.ZIP_DEFLATED:
        return packed
    return _inflated(packed, budget.member_bytes) or packed


def _inflated(packed: bytes, max_bytes: int) -> bytes:
    """Return what comes before the first error."""
    stream = zlib.decompressobj(wbits=-15)
    body = io.BytesIO()
    with contextlib.suppress(zlib.error):
        for step in _steps(io.BytesIO(packed)):
            body.write(stream.decompress(step))
            if body.tell() > max_bytes:
                break
    return body.getvalue()[:max_bytes]


# tar and compressed files


class _Pieces:
    """An iterator of bytes as a file to read from. An error comes when all bytes before it have been read."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._buffer = b""
        self._error: ArchiveError | None = None

    def peek(self, size: int) -> bytes:
        """Return the next `size` bytes, or what is left."""
        try:
            while len(self._buffer) < size and (piece := next(self._pieces, None)) is not None:
                self._buffer += piece
        except ArchiveError as error:
            self._error = error
        return self._buffer[:size]

    def read(self, size: int) -> bytes:
        """Return the next `size` bytes, fewer before the end or an error."""
        head = self.peek(size)
        if not head and self._error:
            raise self._error
        self._buffer = self._buffer[len(head) :]
        return head


class _Header(tarfile.TarInfo):
    """The header of a tar's member. One that is broken is an error, and not the silent end of the archive."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        try:
            info = super().frombuf(buf, encoding, errors)
        except tarfile.HeaderError as error:
            if any(buf):
                raise ArchiveError(f"not a tar header: {error}") from error
            if not buf:
                raise ArchiveError("cut off: a tar ends with zeros") from error
            raise
        if info.size < 0 or (info.type in _EXTENDED and info.size > TAR_HEADER_BYTES):
            raise ArchiveError(f"a tar header of {info.size} bytes")
        return info


_EXTENDED = (
    *(tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE),
    *(tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK),
)


def _streamed(kind: str, file: BinaryIO, name: str, budget: _Budget) -> Iterator[Member]:
    if kind == "tar":
        yield from _tarred(_Pieces(iter(lambda: file.read(PIECE_BYTES), b"")), budget)
        return
    stream = _Pieces(_decompressed(kind, _steps(file), budget))
    if _is_tar(stream.peek(HEAD_BYTES)):
        yield from _tarred(stream, budget)
    else:
        yield Member(_name_within(name), *_read_body(stream.read, budget.member_bytes))


def _tarred(stream: _Pieces, budget: _Budget) -> Iterator[Member]:
    options: Any = {"tarinfo": _Header, "bufsize": PIECE_BYTES, "errors": "surrogateescape"}
    with tarfile.open(fileobj=stream, mode="r|", **options) as archive:  # type: ignore[call-overload]
        while info := archive.next():
            archive.members.clear()  # else it keeps every header
            if not info.isreg() or _left_out(info.name):
                continue
            if info.issparse():  # a gigabyte of zeros in a header
                yield Member(info.name, b"", ArchiveError("a sparse file"))
                continue
            yield Member(info.name, *_read_body(archive.extractfile(info).read, budget.member_bytes))
        # To the end, where a compressed stream has its checksum.
        while rest := archive.fileobj.read(PIECE_BYTES):
            if rest.strip(b"\0"):
                raise ArchiveError("more bytes after the end of a tar")


def _steps(file: BinaryIO) -> Iterator[bytes]:
    """Yield a file in small steps, the checksum in its end apart: an error takes the output of its step with it."""
    while chunk := file.read(PIECE_BYTES):
        body, end = chunk[:-_CHECKSUM_BYTES], chunk[-_CHECKSUM_BYTES:]
        for start in range(0, len(body), _STEP_BYTES):
            yield body[start : start + _STEP_BYTES]
        yield end


def _decompressed(kind: str, chunks: Iterator[bytes], budget: _Budget) -> Iterator[bytes]:
    pieces = decode("gzip", chunks) if kind == "gzip" else _undone(kind, chunks)
    try:
        for piece in pieces:
            budget.spend(len(piece))
            yield piece
    except CodingError as error:
        raise ArchiveError(str(error)) from error
    except _BROKEN as error:
        raise ArchiveError(f"{kind}: {_reason(error)}") from error


def _undone(kind: str, chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Undo streams one after another, as bzip2, xz and zstd do; xz pads them with zeros."""
    new = _DECOMPRESSORS[kind]
    stream = new()
    for chunk in chunks:
        while chunk or not (stream.needs_input or stream.eof):
            if stream.eof:
                chunk = chunk.lstrip(b"\0") if kind == "xz" else chunk
                if not chunk:
                    break
                stream = new()
            yield stream.decompress(chunk, PIECE_BYTES)
            chunk = stream.unused_data
    if not stream.eof:
        raise ArchiveError(f"{kind}: the stream is cut off")


def _name_within(name: str) -> str:
    """Return the name of what is in a compressed file: "story.xml" for "in/story.xml.gz"."""
    path = PurePosixPath(name)
    return path.stem if path.suffix.lower() in _SUFFIXES else path.name


_XZ_MEMORY = 256_000_000  # four times what `xz -9` needs; a header may ask for gigabytes
_DECOMPRESSORS: dict[str, Callable[[], Any]] = {
    "bzip2": bz2.BZ2Decompressor,
    "xz": lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY),
    "zstd": zstd.ZstdDecompressor,
}
_MAGIC = {
    **{b"PK\3\4": "zip", b"PK\5\6": "zip", b"PK\7\10": "zip"},
    **{b"\x1f\x8b\x08": "gzip", b"\xfd7zXZ\0": "xz", b"\x28\xb5\x2f\xfd": "zstd"},
    **{b"BZh%d%s" % (level, block): "bzip2" for level in range(1, 10) for block in (b"1AY&SY", b"\x17rE8P\x90")},
}
