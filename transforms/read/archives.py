"""Reads archives member by member: zip, tar, WARC, and a file or a tar compressed with gzip, bzip2, xz or zstd.

    unpack(file, name, max_bytes) -> Member, Member, ...    a malformed member has an error, the others are read

An archive is recognised by its first bytes, not by its name. Nothing is written to disk under a member's name. Memory
is bounded by the size of one member, whatever the compression ratio and the length of the archive. Work is bounded by
the size of the archive: it limits the bytes of all members and all layers together.
"""

import hashlib
import io
from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO

from newsbeam.transforms.ids import FINGERPRINT_BYTES
from newsbeam.transforms.read.failures import ArchiveError, BodyTooLongError
from newsbeam.transforms.read.members import (
    MALFORMED,
    NAME_CHARS,
    RATIO,
    Budget,
    Member,
    max_unpacked,
    read_raw,
    reason,
)
from newsbeam.transforms.read.tars import HEAD_BYTES, is_tar, stream_members
from newsbeam.transforms.read.warcs import is_warc, is_zipped_warc, warc_members
from newsbeam.transforms.read.zips import zip_members

__all__ = ["HEAD_BYTES", "Member", "archive_hash", "is_archive", "unpack"]

_MAGIC = {
    **{b"PK\3\4": "zip", b"PK\5\6": "zip", b"PK\7\10": "zip"},
    **{b"\x1f\x8b\x08": "gzip", b"\xfd7zXZ\0": "xz", b"\x28\xb5\x2f\xfd": "zstd"},
    # With the magic of the first block, since "BZh1" alone can begin a text.
    **{b"BZh%d%s" % (level, block): "bzip2" for level in range(1, 10) for block in (b"1AY&SY", b"\x17rE8P\x90")},
}
_OFFICE = (b"mimetypeapplication/", b"[Content_Types].xml")  # OpenDocument and EPUB; OOXML


def is_archive(head: bytes) -> bool:
    """Return whether a file that begins with `head` (HEAD_BYTES of it) is an archive or compressed.

    Office documents are zips, too, but each is one document, which the parser reports.
    """
    return _kind(head) is not None


def archive_hash(file: BinaryIO) -> str:
    """Return the hash of `file`, which may be larger than memory."""
    file.seek(0)
    state = hashlib.blake2b(digest_size=FINGERPRINT_BYTES)
    while piece := file.read(1 << 20):
        state.update(piece)
    return state.hexdigest()


def unpack(file: BinaryIO, name: str, max_bytes: int, ratio: int = RATIO) -> Iterator[Member]:
    """Yield the files in an archive, in its order, without folders, links, devices, hidden and unfinished files.

    Archives in it are unpacked, too; an archive in one of these is a member with an error.

    Args:
        file: The archive, open and seekable.
        name: Its name, which a compressed file's only member has without `.gz`.
        max_bytes: The bytes of one member, at most.
        ratio: How many times the bytes of the archive all members together may have, at most, or 32 MB if that is more;
            each counts as 8,000 bytes more than it has, and members of inner archives count as well.

    Yields:
        Members. A malformed, encrypted or too long one has an error. If the archive itself is malformed or too large,
        the last one is the archive, with its bytes up to `max_bytes` and the error.
    """
    size = file.seek(0, io.SEEK_END)
    budget = Budget(max_bytes, max_unpacked(size, ratio), ratio)
    try:
        for member in _members(file, name, budget, nested=False):
            yield replace(member, name=member.name[:NAME_CHARS])
    except (ArchiveError, BodyTooLongError) as error:
        yield Member("", read_raw(file, 0, max_bytes), error)


def _members(file: BinaryIO, name: str, budget: Budget, *, nested: bool) -> Iterator[Member]:
    """Yield the members; with `nested`, an archive among them is an error.

    Raises:
        ArchiveError: The archive is malformed.
        BodyTooLongError: The budget is spent.
    """
    file.seek(0)
    kind = _kind(file.read(HEAD_BYTES)) or "not an archive"
    file.seek(0)
    unpacked = _unpacked(kind, file, name, budget)
    for member in _with_archive_errors(kind, unpacked):
        # A capture is the body of a response: an archive in a crawl is a page's download.
        if member.error or member.capture or not is_archive(member.body[:HEAD_BYTES]):
            yield member
        elif nested:
            yield Member(member.name, member.body, ArchiveError("an archive in an archive in an archive is not read"))
        else:
            yield from _inner(member, budget)


def _unpacked(kind: str, file: BinaryIO, name: str, budget: Budget) -> Iterator[Member]:
    if kind == "warc" or (kind == "gzip" and is_zipped_warc(file)):
        return warc_members(file, kind == "gzip", budget)
    return zip_members(file, budget) if kind == "zip" else stream_members(kind, file, name, budget)


def _inner(archive: Member, budget: Budget) -> Iterator[Member]:
    try:
        for member in _members(io.BytesIO(archive.body), archive.name, budget, nested=True):
            yield replace(member, name=f"{archive.name}!{member.name}")
    # Not BodyTooLongError: the budget is that of the outer archive, which ends with it.
    except ArchiveError as error:
        yield Member(archive.name, archive.body, error)


def _with_archive_errors(kind: str, members: Iterator[Member]) -> Iterator[Member]:
    """Raise the errors of the standard library as ArchiveError."""
    try:
        yield from members
    except MALFORMED as error:
        raise ArchiveError(f"{kind}: {reason(error)}") from error


def _kind(head: bytes) -> str | None:
    # The name of the first member comes after its header of 30 bytes (APPNOTE 4.3.7).
    if head.startswith(b"PK\3\4") and head[30:].startswith(_OFFICE):
        return None
    if head.startswith(tuple(_MAGIC)):
        return next(kind for magic, kind in _MAGIC.items() if head.startswith(magic))
    if is_warc(head):
        return "warc"
    return "tar" if is_tar(head) else None
