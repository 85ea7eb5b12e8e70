"""Bytes -> text, whatever the declarations say.

Order of belief: a byte order mark, bytes that are valid UTF-8 (no other encoding in use produces them by accident),
the XML declaration, the charset of the Content-Type, and last a guess by charset-normalizer. RFC 7303 8 puts the
Content-Type before the XML declaration; servers that add a default charset made everybody reverse that
(feedparser#81, miniflux reader/encoding).
"""

import codecs
import re
from dataclasses import dataclass
from itertools import islice

from charset_normalizer import from_bytes

# UTF-32 first: its little-endian mark begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# The first bytes of "<x" or "{x" without a mark (XML 1.0 appendix F.1, RFC 4627 3), and of "<?xm" in EBCDIC.
_OPENINGS = (
    (re.compile(rb"[<{\[]\0\0\0[^\0]\0\0\0", re.DOTALL), "utf-32-le"),
    (re.compile(rb"\0\0\0[<{\[]\0\0\0[^\0]", re.DOTALL), "utf-32-be"),
    (re.compile(rb"[<{\[]\0[^\0]\0", re.DOTALL), "utf-16-le"),
    (re.compile(rb"\0[<{\[]\0[^\0]", re.DOTALL), "utf-16-be"),
)
_EBCDIC_OPENING = b"\x4c\x6f\xa7\x94"
_XML_ENCODING = re.compile(rb"\s*<\?xml[^>]*?\bencoding\s*=\s*[\"']\s*([A-Za-z0-9._:\-]+)\s*[\"']")
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([^\s;\"']+)", re.IGNORECASE)

# Python codecs that no document is written in, and that can be slow or do something else than decode characters.
_NOT_CHARSETS = {"idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined", "mbcs", "oem"}
# Seven-bit encodings: their bytes are always valid UTF-8, so only the declaration can tell.
_SEVEN_BIT = {"iso2022_jp", "iso2022_jp_1", "iso2022_jp_2", "iso2022_jp_3", "iso2022_kr", "hz", "utf-7"}
# What the labels mean in practice: the supersets of the WHATWG Encoding standard, 4.2.
_SUPERSETS = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "tis-620": "cp874",
    "iso8859-11": "cp874",
}
# Words with bytes beyond ASCII; what no encoding of text has within a word ends one.
_FOREIGN_WORD = re.compile(rb"[^\s<>\"'=/]{0,40}[\x80-\xff][^\s<>\"'=/]{0,80}")
_SAMPLE_WORDS = 1_000
_LATIN = ["cp1252", "cp1250", "cp1254", "cp1257", "mac_roman"]
_SAME_CHAOS = 0.02


@dataclass(frozen=True)
class Decoded:
    """The text of a body, without byte order mark.

    Attributes:
        encoding: Python's name of the encoding that was used.
        repair: What was wrong with the declaration or the bytes, or "".
    """

    text: str
    encoding: str
    repair: str = ""


def decode(body: bytes, media_type: str = "") -> Decoded:
    """Return the text of `body`; never fails.

    Args:
        body: The bytes of a document.
        media_type: The Content-Type header with its parameters, or "".
    """
    return _decode_wide(body) or _decode_bytes(body, _declared(body), _charset(media_type))


def _decode_wide(body: bytes) -> Decoded | None:
    """Decode what says by its first bytes that it is UTF-16, UTF-32 or marked UTF-8."""
    for mark, name in _MARKS:
        if body.startswith(mark):
            return _lenient(body, name) if name != "utf-8-sig" else _decode_bytes(body[len(mark) :], "utf-8", "")
    for pattern, name in _OPENINGS:
        if pattern.match(body):
            return _lenient(body, name)
    return None


def _lenient(body: bytes, name: str) -> Decoded:
    try:
        return Decoded(body.decode(name), name)
    except UnicodeDecodeError as error:
        return Decoded(body.decode(name, "replace"), name, f"wrong encoding: bytes that are no {name} ({error.reason})")


def _decode_bytes(body: bytes, declared: str, charset: str) -> Decoded:
    if declared in _SEVEN_BIT or (declared and body.startswith(_EBCDIC_OPENING)):
        text = _strict(body, declared)
        if text is not None:
            return Decoded(text, declared)
    text = _strict(body, "utf-8")
    if text is not None:
        wrong = declared not in ("", "utf-8") and not body.isascii()
        return Decoded(text, "utf-8", f"wrong encoding: declared {declared}, is utf-8" if wrong else "")
    return _decode_legacy(body, declared, charset)


def _decode_legacy(body: bytes, declared: str, charset: str) -> Decoded:
    """Decode bytes that are not UTF-8: as declared where that works, else by a guess."""
    mended = _mend_utf8(body)
    if mended is not None:
        return mended
    for name in (declared, charset):
        text = _strict(body, name) if name not in ("", "utf-8") else None
        if text is not None:
            return Decoded(text, name)
    name = _guess(body)
    claim = f"declared {declared or charset}" if declared or charset else "none declared"
    return Decoded(body.decode(name, "replace"), name, f"wrong encoding: {claim}, read as {name}")


def _mend_utf8(body: bytes) -> Decoded | None:
    """Decode UTF-8 with a few foreign bytes, each of which is read as windows-1252.

    None if the wrong bytes are not the exception: UTF-8 that is longer than a byte rarely comes about by accident.
    """
    text = body.decode("utf-8", "surrogateescape")
    beyond = [c for c in text if c > "\x7f"]
    foreign = sum("\udc80" <= c <= "\udcff" for c in beyond)
    if foreign * 2 > len(beyond):
        return None
    fixed = re.sub("[\udc80-\udcff]", lambda m: bytes([ord(m[0]) - 0xDC00]).decode("cp1252", "replace"), text)
    return Decoded(fixed, "utf-8", f"wrong encoding: {foreign} bytes that are no utf-8, read as windows-1252")


def _strict(body: bytes, name: str) -> str | None:
    try:
        return body.decode(_SUPERSETS.get(name, name))
    except UnicodeError:
        # cp1252 leaves five bytes undefined, which latin-1 reads as the control characters that they are there.
        return body.decode("latin-1") if name == "iso8859-1" else None


def _guess(body: bytes) -> str:
    """Return what charset-normalizer finds; windows-1252, WHATWG's default, where that is as good a guess."""
    words = b" ".join(match[0] for match in islice(_FOREIGN_WORD.finditer(body), _SAMPLE_WORDS))
    letters = len(re.findall(rb"[A-Za-z]", words))
    # Words in Latin script are mostly ASCII, so the encoding is none of Asia's, whose guesses win on short texts.
    latin = letters > len(re.findall(rb"[\x80-\xff]", words))
    matches = from_bytes(words, cp_isolation=_LATIN if latin else None)
    best = matches.best()
    if best is None or any(m.encoding == "cp1252" and m.chaos <= best.chaos + _SAME_CHAOS for m in matches):
        return "cp1252"
    return _known(best.encoding) or "cp1252"


def _declared(body: bytes) -> str:
    head = body[:1024]
    if head.startswith(_EBCDIC_OPENING):
        head = head.decode("cp037").encode("ascii", "replace")
    match = _XML_ENCODING.match(head.lstrip(codecs.BOM_UTF8))
    return _known(match[1].decode("ascii")) if match else ""


def _charset(media_type: str) -> str:
    match = _CHARSET.search(media_type)
    return _known(match[1]) if match else ""


def _known(name: str) -> str:
    """Return Python's name of an encoding, or "" for what is none."""
    try:
        info = codecs.lookup(name)
        "".encode(name)  # refuses the codecs that don't go from text to bytes (hex, rot13, zlib)
    except (LookupError, ValueError):
        return ""
    return "" if info.name in _NOT_CHARSETS else info.name
