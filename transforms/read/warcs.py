"""Reads the responses in a WARC file (ISO 28500), plain or with each record in a gzip member of its own.

warcio parses headers and chunks. What it takes for granted is done here: lines and records have a bounded size, and
after a malformed record the next one is read.
"""

import io
import re
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, BinaryIO

from warcio.bufferedreaders import ChunkedDataReader
from warcio.exceptions import ArchiveLoadFailed
from warcio.limitreader import LimitReader
from warcio.recordloader import ArcWarcRecordLoader
from warcio.statusandheaders import StatusAndHeadersParserException

from newsbeam.transforms.read.codings import STREAM_BYTES, CodingError, decode
from newsbeam.transforms.read.failures import ArchiveError, BodyTooLongError, SourceError
from newsbeam.transforms.read.members import MEMBER_BYTES, PIECE_BYTES, Budget, Capture, Member, read_raw, reason

HEAD = b"WARC/"
LINE_BYTES = 65_536
HEADER_BYTES = 1_000_000
"""Of all header lines of a record."""

_BLOCK_BYTES, _OVERLAP = 1 << 20, 4_096
_NEXT = re.compile(rb"\nWARC/[01]\.[0-9]{1,2}\r?\n")
_GZIP = b"\x1f\x8b\x08"
_PAGE = re.compile(rb"\s{0,100}(?:<!doctype\s{1,9}html|<html)[\s>]", re.IGNORECASE)
_SKIPPED_TYPES = ("image/", "video/", "audio/", "font/", "text/css", "text/javascript", "application/javascript")
# What warcio raises for malformed headers; a response without WARC-Target-URI gives an AttributeError.
_MALFORMED = (ArchiveLoadFailed, StatusAndHeadersParserException, EOFError, ValueError, TypeError, AttributeError)


def is_warc(head: bytes) -> bool:
    """Return whether a file that begins with `head` is a WARC file."""
    return head.startswith(HEAD)


def is_zipped_warc(file: BinaryIO) -> bool:
    """Return whether a gzip file, at its beginning, is a WARC file; it is at its beginning again then."""
    block = file.read(PIECE_BYTES)
    file.seek(0)
    return _zipped_record(block[:PIECE_BYTES]) == 0


def warc_members(file: BinaryIO, zipped: bool, budget: Budget) -> Iterator[Member]:
    """Yield the bodies of successful responses, without transfer and content codings, and of resources.

    Of pages and pictures the body is empty: they are only counted.

    Args:
        file: The WARC file, seekable.
        zipped: Whether it is compressed with gzip.
        budget: The archive's.

    Yields:
        Members; a malformed record has an error and its bytes as far as they can be read.

    Raises:
        BodyTooLongError: The budget is spent.
    """
    start = 0
    while start >= 0:
        stream = _Stream(_unzipped(file, start, budget) if zipped else _plain(file, start))
        start = -1
        while stream.next_record():
            place = stream.place if zipped else stream.place - stream.buffered
            budget.spend(MEMBER_BYTES)
            try:
                if member := _member(stream, budget):
                    yield member
            except ArchiveError as error:
                yield Member("", stream.head or read_raw(file, place, min(budget.member_bytes, HEADER_BYTES)), error)
                start = _find(file, place + 1, _zipped_record) if zipped else _find(file, place, _record)
                break


def _member(stream: "_Stream", budget: Budget) -> Member | None:
    """Read a record to its end; return its member, or None for one that is not a response.

    Raises:
        ArchiveError: It is malformed or cut off.
    """
    try:
        record = ArcWarcRecordLoader(verify_http=False).parse_record_stream(stream, known_format="warc")
        length = int(record.rec_headers.get_header("Content-Length"))
    except _MALFORMED as error:
        raise ArchiveError(f"not a WARC record: {reason(error)}") from error
    # The body may have lines of any length; only those of headers are bounded.
    stream.counts = False
    member = _of_response(record, budget) if _is_response(record) else None
    # To the record's end, where the next one begins.
    while record.raw_stream.read(PIECE_BYTES):
        pass
    if record.raw_stream.limit:
        raise ArchiveError(f"cut off: a WARC record is shorter than the {length} bytes that its header says")
    return member


def _is_response(record: Any) -> bool:
    if record.rec_type == "resource":
        return True
    status = record.http_headers.get_statuscode() if record.http_headers else ""
    return record.rec_type == "response" and status.startswith("2")


def _of_response(record: Any, budget: Budget) -> Member:
    headers = record.http_headers or record.rec_headers
    media_type = headers.get_header("Content-Type") or ""
    url = record.rec_headers.get_header("WARC-Target-URI") or ""
    capture = Capture(url, _time(record.rec_headers.get_header("WARC-Date")), media_type)
    if media_type.lower().startswith(_SKIPPED_TYPES):
        return Member(url, b"", capture=capture)
    # A piece more than the bound, so that a longer body is seen to be longer.
    raw = LimitReader(record.raw_stream, min(record.raw_stream.limit, budget.member_bytes + PIECE_BYTES))
    chunked = (headers.get_header("Transfer-Encoding") or "").lower() == "chunked"
    pieces = _pieces(ChunkedDataReader(raw) if chunked else raw)
    body, error = _decoded(headers.get_header("Content-Encoding") or "", pieces, budget)
    if not body and not error:
        return Member(url, b"", capture=capture)
    return Member(url, body, error, capture)


def _pieces(stream: Any) -> Iterator[bytes]:
    while piece := stream.read(PIECE_BYTES):
        yield piece


def _decoded(coding: str, pieces: Iterator[bytes], budget: Budget) -> tuple[bytes, SourceError | None]:
    """Return a body, empty for a page; crawlers also keep the header of a coding that they have undone."""
    first = next(pieces, b"")
    if coding and _is_plain(first, coding):
        coding = ""
    body = io.BytesIO()
    chunks = _and_rest(first, pieces)
    try:
        for piece in decode(coding, chunks, budget.spend) if coding else chunks:
            body.write(piece)
            # Only at the first piece: a crawl is mostly pages, which need not be decompressed to their end.
            if body.tell() == len(piece) and _PAGE.match(piece):
                return b"", None
            if body.tell() > budget.member_bytes:
                return body.getvalue()[: budget.member_bytes], BodyTooLongError(
                    f"longer than {budget.member_bytes} bytes"
                )
    except CodingError as error:
        return body.getvalue() or first, ArchiveError(str(error))
    return body.getvalue(), None


def _is_plain(first: bytes, coding: str) -> bool:
    """Return whether bytes are text, whatever coding their header names."""
    return first.lstrip()[:1] in (b"<", b"{", b"[") and coding.strip().lower() != "identity"


def _and_rest(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _time(text: str | None) -> datetime | None:
    try:
        time = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


class _Stream:
    """A stream of records, for warcio: with bounded lines.

    Args:
        pieces: Parts of the file, each with its place.

    Attributes:
        place: That of the last piece that was taken.
        head: The first bytes of the record that have been read.
        counts: Whether the lines that are read are those of a header.
    """

    def __init__(self, pieces: Iterator[tuple[int, bytes]]):
        self._pieces = pieces
        self._buffer = b""
        self._error: ArchiveError | None = None
        self._left = 0
        self.place = 0
        self.head = b""
        self.counts = True

    @property
    def buffered(self) -> int:
        """Bytes that are taken from the pieces and not read yet."""
        return len(self._buffer)

    def next_record(self) -> bool:
        """Skip the blank lines between records; return whether there is another one, or an error in its place."""
        self.counts, self._left, self.head = True, HEADER_BYTES, b""
        while self._fill(1) and not (rest := self._buffer.lstrip(b"\r\n")):
            self._buffer = rest
        self._buffer = self._buffer.lstrip(b"\r\n")
        return bool(self._buffer or self._error)

    def readline(self, length: int | None = None) -> bytes:
        """Return a line, or `length` bytes of it.

        Raises:
            ArchiveError: It is too long, or all lines of the header are.
        """
        most = min(length or LINE_BYTES, LINE_BYTES)
        while not (end := self._buffer.find(b"\n", 0, most) + 1) and len(self._buffer) < most:
            if not self._fill(len(self._buffer) + 1):
                break
        line = self._take(end or min(most, len(self._buffer)))
        if self.counts:
            self._left -= len(line)
            if self._left < 0 or len(line) == LINE_BYTES:
                raise ArchiveError("not a WARC record: its header is too long")
        return line

    def read(self, size: int) -> bytes:
        """Return up to `size` bytes; none at the end.

        Raises:
            ArchiveError: The source is malformed here.
        """
        self._fill(1)
        return self._take(min(size, len(self._buffer)))

    def _take(self, size: int) -> bytes:
        if not size and self._error:
            raise self._error
        taken, self._buffer = self._buffer[:size], self._buffer[size:]
        if len(self.head) < HEADER_BYTES:
            self.head += taken
        return taken

    def _fill(self, size: int) -> bool:
        try:
            while len(self._buffer) < size:
                self.place, piece = next(self._pieces)
                self._buffer += piece
        except StopIteration:
            return False
        except ArchiveError as error:
            self._error = error
            return False
        return True


def _plain(file: BinaryIO, start: int) -> Iterator[tuple[int, bytes]]:
    """Yield a file from `start` on, each piece with the position of its end."""
    while True:
        file.seek(start)
        piece = file.read(PIECE_BYTES)
        if not piece:
            return
        start += len(piece)
        yield start, piece


def _unzipped(file: BinaryIO, start: int, budget: Budget) -> Iterator[tuple[int, bytes]]:
    """Yield the members of a gzip file from `start` on decompressed, each piece with the position of its member.

    Raises:
        ArchiveError: A member is malformed or cut off.
    """
    place, stream, chunk = start, zlib.decompressobj(wbits=31), b""
    file.seek(start)
    yield place, b""
    while chunk := chunk or file.read(PIECE_BYTES):
        try:
            piece = stream.decompress(chunk, PIECE_BYTES)
        except zlib.error as error:
            raise ArchiveError(f"gzip: {error}") from error
        budget.spend(len(piece))
        yield place, piece
        chunk = stream.unconsumed_tail
        if stream.eof:
            budget.spend(STREAM_BYTES)
            chunk = stream.unused_data.lstrip(b"\0") or file.read(PIECE_BYTES).lstrip(b"\0")
            place, stream = file.tell() - len(chunk), zlib.decompressobj(wbits=31)
            if not chunk:
                return
            yield place, b""
    raise ArchiveError("gzip: the data is cut off")


def _record(block: bytes) -> int:
    """Return where in a block the first line of a record starts; -1 for nowhere."""
    found = _NEXT.search(block)
    return found.start() + 1 if found else -1


def _zipped_record(block: bytes) -> int:
    """Return where in a block a gzip member starts that begins with a record; -1 for nowhere."""
    at = block.find(_GZIP)
    while at >= 0:
        with suppress(zlib.error):  # bytes that are not a member's beginning
            # Three bytes are found by chance in any compressed data, so the beginning is decompressed.
            if zlib.decompressobj(wbits=31).decompress(block[at : at + _OVERLAP], len(HEAD)) == HEAD:
                return at
        at = block.find(_GZIP, at + 1)
    return -1


def _find(file: BinaryIO, start: int, place: Callable[[bytes], int]) -> int:
    """Return the position at which `place` finds something from `start` on, or -1."""
    while True:
        file.seek(start)
        block = file.read(_BLOCK_BYTES)
        if (at := place(block)) >= 0:
            return start + at
        if len(block) < _BLOCK_BYTES:
            return -1
        # A mark may lie across the border of two blocks.
        start += len(block) - _OVERLAP
