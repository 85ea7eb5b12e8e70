"""Reads the members of a zip."""

import contextlib
import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from newsbeam.transforms.read.drops import is_excluded
from newsbeam.transforms.read.failures import ArchiveError, BodyTooLongError, SourceError
from newsbeam.transforms.read.members import (
    MALFORMED,
    MEMBER_BYTES,
    Budget,
    Member,
    max_unpacked,
    read_body,
    read_raw,
    reason,
)

TABLE_BYTES = 32_000_000  # of a zip's directory: some 300,000 members, which take 300 MB of memory

_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1
_LOCAL_HEADER = struct.Struct("<26xHH")  # the lengths of the two fields that follow it
_STEP_BYTES = 1 << 10


class _BoundedReads:
    """A file with bounded reads: `zipfile` reads a directory into memory at once, whatever size the archive claims."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.seek = file.seek
        self.tell = file.tell
        self.seekable = file.seekable

    def read(self, size: int = -1) -> bytes:
        if size > TABLE_BYTES:
            raise ArchiveError(f"the directory of the zip is longer than {TABLE_BYTES} bytes")
        return self._file.read(TABLE_BYTES if size < 0 else size)


def zip_members(file: BinaryIO, budget: Budget) -> Iterator[Member]:
    """Yield the files in a zip.

    Raises:
        ArchiveError, or one of `MALFORMED`: It can't be read.
        BodyTooLongError: The budget is spent.
    """
    size = file.seek(0, io.SEEK_END)
    with zipfile.ZipFile(_BoundedReads(file)) as archive:
        for info in archive.infolist():
            kind = stat.S_IFMT(info.external_attr >> 16)
            # 0 where the zip was made on a system without file modes.
            if info.is_dir() or kind not in (0, stat.S_IFREG) or is_excluded(info.filename):
                continue
            # Several members may claim the same bytes of the file, and unpack to nothing.
            budget.spend(MEMBER_BYTES + min(info.compress_size, size))
            body, error = _read_member(archive, info, budget)
            if error and not body:
                body = _read_without_zipfile(file, info, budget)
            budget.spend(len(body))
            yield Member(info.filename, body, error)


def _read_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, budget: Budget) -> tuple[bytes, SourceError | None]:
    if info.flag_bits & _ENCRYPTED:
        return b"", ArchiveError("encrypted")
    if info.compress_type not in _METHODS:  # zipfile's pieces of bzip2 and LZMA are unbounded
        return b"", ArchiveError(f"compressed with method {info.compress_type}, which is not supported")
    try:
        with archive.open(info) as member:
            body, error = read_body(
                member.read, min(budget.member_bytes, max_unpacked(info.compress_size, budget.ratio))
            )
    except MALFORMED as failure:
        return b"", ArchiveError(reason(failure))
    if isinstance(error, BodyTooLongError) and len(body) < budget.member_bytes:
        error = BodyTooLongError(f"{error}, which is more than {info.compress_size} compressed bytes of text unpack to")
    return body, error


def _read_without_zipfile(file: BinaryIO, info: zipfile.ZipInfo, budget: Budget) -> bytes:
    """Return the bytes of a member that `zipfile` can't read: decompressed if possible, else as they are stored."""
    header = read_raw(file, info.header_offset, _LOCAL_HEADER.size)
    if len(header) < _LOCAL_HEADER.size:
        return header
    start = info.header_offset + len(header) + sum(_LOCAL_HEADER.unpack(header))
    packed = read_raw(file, start, min(info.compress_size, budget.member_bytes))
    if info.flag_bits & _ENCRYPTED or info.compress_type != zipfile.ZIP_DEFLATED:
        return packed
    return _inflated(packed, budget.member_bytes) or packed


def _inflated(packed: bytes, max_bytes: int) -> bytes:
    """Return the bytes before the first error."""
    stream = zlib.decompressobj(wbits=-15)
    body = io.BytesIO()
    with contextlib.suppress(zlib.error):
        # In small steps, since an error loses the output of its step.
        for start in range(0, len(packed), _STEP_BYTES):
            body.write(stream.decompress(packed[start : start + _STEP_BYTES]))
            if body.tell() > max_bytes:
                break
    return body.getvalue()[:max_bytes]
