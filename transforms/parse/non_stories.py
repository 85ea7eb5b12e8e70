"""Recognises files in a drop that are not stories: pictures, checksums, tables, logs, e-mails. In doubt it is a story.

The first bytes decide, whatever the name and the config say; for plain text also the file name and the shape of the
lines.
"""

import csv
import re
from collections.abc import Callable, Sequence
from pathlib import PurePosixPath

from newsbeam.transforms.common.urls import is_http
from newsbeam.transforms.errors import NotAFeedError
from newsbeam.transforms.records import Document

# Our own list: `filetype` and `puremagic` know the magic numbers of hundreds of formats, some of them two letters that
# stories begin with too, and no shapes of lines.
_MAGIC: tuple[tuple[re.Pattern[bytes], str], ...] = tuple(
    (re.compile(pattern, re.DOTALL), name)
    for pattern, name in (
        (rb"%PDF-", "a PDF"),
        (rb"%!|\xc5\xd0\xd3\xc6", "PostScript"),
        (rb"GIF8[79]a", "a GIF picture"),
        (rb"\x89PNG\r\n\x1a\n", "a PNG picture"),
        (rb"\xff\xd8\xff", "a JPEG picture"),
        (rb"II\*\0|MM\0\*", "a TIFF picture"),
        (rb"RIFF.{4}WEBP", "a WebP picture"),
        (rb"RIFF.{4}(?:WAVE|AVI )|\0\0\0.ftyp|OggS\0|fLaC\0|ID3[\x02-\x04]|\x1a\x45\xdf\xa3", "sound or video"),
        (
            rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1|PK\x03\x04.{26}(?:mimetypeapplication/|\[Content_Types\])",
            "an Office document",
        ),
        (rb"\{\\rtf", "an RTF document"),
        (rb"7z\xbc\xaf\x27\x1c|Rar!\x1a\x07|\x1f\x9d", "an archive of a kind that is not unpacked"),
        (rb"\x7fELF|MZ.\0|#!\s?/", "a program"),
        (rb"SQLite format 3\0", "a database"),
        (rb"-----BEGIN PGP SIGNATURE-----", "a signature"),
        (rb"-----BEGIN [A-Z ]{1,40}-----", "a key or certificate"),
        (rb"BEGIN:V(?:CARD|CALENDAR)\r?\n", "a card or calendar"),
    )
)

_NAMES = {"readme", "read_me", "read-me", "liesmich", "lisezmoi", "leeme", "leggimi", "thumbs.db", "desktop.ini"}
# "LICENSE", "LICENSE-MIT", "COPYING.LESSER" of data sets and tools, which are copied into drops with their files.
_LICENCE = re.compile(
    r"(?:licen[sc]e|copying|lizenz|copyright)(?:[-_.](?:mit|apache|bsd|isc|l?gpl\w{0,4}|lesser|cc0|cc[-_]by[\w.-]{0,10}"
    r"|unicode|ofl|mpl|[\d.]{1,5})){0,2}(?:\.(?:txt|md|rst|html?))?",
    re.IGNORECASE,
)
_SUFFIXES = {
    **dict.fromkeys(
        (".md5", ".sha1", ".sha224", ".sha256", ".sha384", ".sha512", ".sfv", ".crc"), "a list of checksums"
    ),
    **dict.fromkeys((".csv", ".tsv"), "a table (CSV)"),
    **dict.fromkeys((".sig", ".asc"), "a signature"),
    **dict.fromkeys((".eml", ".mbox"), "an e-mail"),
    **dict.fromkeys((".ps", ".eps"), "PostScript"),
    ".log": "a log",
}

_LINES = 200  # of a text are looked at
_LINE_CHARS = 2_000

_DIGEST = "(?:[0-9a-fA-F]{32}|[0-9a-fA-F]{40}|[0-9a-fA-F]{56}|[0-9a-fA-F]{64}|[0-9a-fA-F]{96}|[0-9a-fA-F]{128})"
_CHECKSUM = re.compile(
    rf"{_DIGEST}(?:[ \t]{{1,4}}\*?\S.*)?|[A-Z][A-Za-z0-9/-]{{1,15}} ?\(.{{1,255}}\) ?= ?{_DIGEST}"
    r"|\S{1,255} [0-9A-F]{8}|;.*"
)
_TIME = r"\d\d:\d\d:\d\d"
_LOG = re.compile(
    rf"\[?\d{{4}}[-/.]\d\d[-/.]\d\d[T ]{_TIME}|\[?\d\d[-/.]\d\d[-/.]\d{{4}} {_TIME}|[A-Z][a-z]{{2}} [ \d]\d {_TIME} "
    rf"|\S{{1,64}} \S{{1,64}} \S{{1,64}} \[\d\d/[A-Z][a-z]{{2}}/\d{{4}}:{_TIME}"
    r"|\[?(?:DEBUG|INFO|WARN|WARNING|ERROR)\]?[ :]"
)
_HEADER = re.compile(r"([A-Za-z][A-Za-z0-9-]{1,63}):[ \t]?(.*)")
_TRANSPORT = {"received", "message-id", "return-path", "delivered-to", "mime-version", "dkim-signature"}
_NUMBER = re.compile(r"[-+(]?[^\w\s]?\d[\d.,:/%\- ]*\D?")
_SENTENCE = (".", "!", "?", ":", "”", "…")


def refuse(what: str, document: Document, hint: str) -> None:
    """Raise NotAFeedError for a document that is not a story.

    Args:
        what: What the document is; "" if it may be a story.
        document: The document.
        hint: What the user can do about it, if the document is a file.
    """
    if what:
        raise NotAFeedError(f"this is {what}, not a story" + ("" if is_http(document.uri) else f"; {hint}"))


def what_by_magic(body: bytes) -> str:
    """Return what a document is by its first bytes, if that is known and not a story, else ""."""
    # Two letters prove nothing ("BMW recalls cars"); with the length of the file after them (BITMAPFILEHEADER) they do.
    if body[:2] == b"BM" and int.from_bytes(body[2:6], "little") == len(body):
        return "a BMP picture"
    return next((name for pattern, name in _MAGIC if pattern.match(body)), "")


def what_by_name(uri: str) -> str:
    """Return what a text is by the name of its file, or of the member of an archive, if it is not a story, else ""."""
    # The name after "!" is the member's: the archive's own name says nothing about its files.
    path = PurePosixPath(uri.rpartition("!")[2])
    if path.name.lower() in _NAMES or path.stem.lower() in _NAMES:
        return "a file about the drop (README)"
    if _LICENCE.fullmatch(path.name):
        return "a licence"
    return _SUFFIXES.get(path.suffix.lower(), "")


def what_by_shape(text: str) -> str:
    """Return what a text is by its lines, if it is not a story, else ""."""
    # The slice before the split, so that a document of many megabytes isn't split only to look at its first lines.
    lines = [line.rstrip(" \r") for line in text[: _LINES * _LINE_CHARS].split("\n")[:_LINES]]
    # Prose in one line: the rules below are about lines of tables and logs, and would search all of it.
    if any(len(line) > _LINE_CHARS for line in lines):
        return ""
    filled = [line for line in lines if line.strip()]
    return next((what for what, fits in _SHAPES.items() if filled and fits(lines, filled)), "")


def _are_checksums(_: Sequence[str], filled: Sequence[str]) -> bool:
    # In .sfv files ";" begins a comment; a text that has nothing else can be anything.
    return all(map(_CHECKSUM.fullmatch, filled)) and not all(line.startswith(";") for line in filled)


def _is_log(_: Sequence[str], filled: Sequence[str]) -> bool:
    """Return whether most lines, and the first one, begin with a time in seconds or a log level."""
    stamped = sum(bool(_LOG.match(line)) for line in filled)
    # Tracebacks and wrapped lines between the stamped ones have no time; a ticker that quotes times begins with a
    # headline.
    return bool(_LOG.match(filled[0])) and stamped >= max(2, 0.6 * len(filled))


def _is_mail(lines: Sequence[str], _: Sequence[str]) -> bool:
    """Return whether headers (RFC 5322) come first: those that mail servers write, or an address and a subject.

    Press releases also have From, To and Date, but few have addresses there.
    """
    # The separator of mbox files (RFC 4155), which no headline has: an address and a time of day.
    if re.match(r"From \S{1,254}@\S{1,254} .{0,64}\d\d:\d\d", lines[0]):
        return True
    found: dict[str, str] = {}
    for line in lines:
        header = _HEADER.fullmatch(line)
        if header:
            found.setdefault(header[1].lower(), header[2])
        # A folded header goes on in an indented line (RFC 5322 2.2.3).
        elif not (found and line[:1] in (" ", "\t") and line.strip()):
            break
    if found.keys() & _TRANSPORT and len(found) > 1:
        return True
    return "@" in found.get("from", "") and "subject" in found and bool({"to", "date"} & found.keys())


def _is_table(lines: Sequence[str], filled: Sequence[str]) -> bool:
    """Return whether all lines have the same number of short cells, without blank lines and sentences between them."""
    body = "\n".join(lines).strip("\n").split("\n")
    # A story's paragraphs are separated by blank lines or end as sentences do.
    if len(body) != len(filled) or len(filled) < 2 or any(line.endswith(_SENTENCE) for line in filled):
        return False
    return any(_is_table_by(delimiter, filled) for delimiter in "\t;,|")


def _is_table_by(delimiter: str, lines: Sequence[str]) -> bool:
    try:
        rows = list(csv.reader(lines, delimiter=delimiter, strict=True))
    except csv.Error:
        return False
    columns = {len(row) for row in rows}
    # Fewer than eight cells prove nothing: two lines with one comma each are a headline and a byline.
    if len(columns) != 1 or len(rows) * min(columns) < 8 or max(len(cell) for row in rows for cell in row) > 100:
        return False
    # One column of numbers below its heading is what verse, lists of names and addresses don't have.
    return min(columns) > 1 and any(
        all(not cell or _NUMBER.fullmatch(cell.strip()) for cell in column) and any(column)
        for column in zip(*rows[1:], strict=True)
    )


_SHAPES: dict[str, Callable[[Sequence[str], Sequence[str]], bool]] = {
    "a list of checksums": _are_checksums,
    "an e-mail": _is_mail,
    "a log": _is_log,
    "a table (CSV)": _is_table,
}
