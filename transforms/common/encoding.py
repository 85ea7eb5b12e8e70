"""Decodes the bytes of a document, also where its declarations are wrong.

Order of precedence: a byte order mark, bytes that are valid UTF-8, the XML declaration, the charset of the
Content-Type, and a guess. UTF-8 or ASCII with a few other bytes is decoded as such, and only those bytes become
windows-1252 or U+FFFD. A declared encoding is used if the bytes are plausible text in it.
"""

import codecs
import re
from dataclasses import dataclass, replace
from functools import cache

from newsbeam.transforms.common.guess_encoding import DEFAULT, guess, is_of_other_script, is_plausible
from newsbeam.transforms.common.plurals import counted
from newsbeam.transforms.common.stray_bytes import Mixture, are_marks, are_rare, as_mixture, read_stray

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

# Python codecs that no document uses, and that are slow or don't decode characters.
_NOT_CHARSETS = {"idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined", "mbcs", "oem"}
# Seven-bit encodings: their bytes are always valid UTF-8, so only the declaration tells them.
_SEVEN_BIT = {"iso2022_jp", "iso2022_jp_1", "iso2022_jp_2", "iso2022_jp_3", "iso2022_kr", "hz", "utf-7"}
# The encodings that labels stand for in the WHATWG Encoding standard, 4.2: supersets.
_SUPERSETS = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "big5": "big5hkscs",
    "euc_jp": "euc_jis_2004",
    "tis-620": "cp874",
    "iso8859-11": "cp874",
}
# Labels of that standard that Python doesn't know; "x-" is left out before.
_LABELS = {
    **dict.fromkeys(("unicode-1-1-utf-8", "unicode11utf8", "unicode20utf8"), "utf-8"),
    **dict.fromkeys(("iso-8859-8-i", "iso-8859-8-e", "logical", "visual"), "iso8859-8"),
    **dict.fromkeys(("iso-8859-6-i", "iso-8859-6-e"), "iso8859-6"),
    **dict.fromkeys(("windows-874", "dos-874"), "cp874"),
    **dict.fromkeys(("koi", "koi8"), "koi8-r"),
    **{"koi8-ru": "koi8-u", "mac": "mac-roman", "mac-ukrainian": "mac-cyrillic", "cn-big5": "big5", "x-big5": "big5"},
    **{"windows-31j": "cp932", "windows-949": "cp949", "gb_2312": "gb2312", "gb_2312-80": "gb2312"},
}
_MULTIBYTE = {"gb2312", "gbk", "gb18030", "hz", "big5", "big5hkscs", "cp950", "shift_jis", "cp932", "euc_jp"} | {
    *("shift_jis_2004", "shift_jisx0213", "euc_jis_2004", "euc_jisx0213", "euc_kr", "cp949", "johab")
}
_LATIN = {"ascii", "iso8859-1", "iso8859-15", "cp1252"}
_ASCII = bytes(range(0x20, 0x7F)).translate(None, b"\\~$#@[]^`{|}")  # other characters have national variants
# One wrong character in 20 is an error in the document; more mean a wrong declaration.
_FEW = 20


@dataclass(frozen=True)
class Decoded:
    """The text of a body, without its byte order mark.

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
    """Decode a body that is UTF-16, UTF-32 or marked UTF-8 by its first bytes."""
    for mark, name in _MARKS:
        if body.startswith(mark):
            # A UTF-8 mark is also written before bytes that are not UTF-8, which are then looked at as any others.
            return _lenient(body, name) if name != "utf-8-sig" else _decode_bytes(body[len(mark) :], "utf-8", "")
    for pattern, name in _OPENINGS:
        if pattern.match(body):
            return _lenient(body, name)
    return None


def _lenient(body: bytes, name: str) -> Decoded:
    try:
        return Decoded(body.decode(name), name)
    except UnicodeDecodeError as error:
        return Decoded(body.decode(name, "replace"), name, f"wrong encoding: bytes not in {name} ({error.reason})")


def _decode_bytes(body: bytes, declared: str, charset: str) -> Decoded:
    if declared in _SEVEN_BIT or (declared and body.startswith(_EBCDIC_OPENING)):
        text = _strict(body, declared)
        if text is not None:
            return Decoded(text, declared)
    # Whatever is declared: no other encoding in use produces valid UTF-8 by accident.
    text = _strict(body, "utf-8")
    if text is not None:
        # ASCII is right in any of them, so nothing is wrong with the declaration.
        wrong = declared not in ("", "utf-8") and not body.isascii()
        return Decoded(text, "utf-8", f"wrong encoding: declared {declared}, is utf-8" if wrong else "")
    # RFC 7303 8 puts the Content-Type before the XML declaration; feed readers reverse that, since servers add a
    # default charset (feedparser#81, miniflux reader/encoding).
    return _decode_legacy(body, (declared, charset))


def _decode_legacy(body: bytes, declarations: tuple[str, ...]) -> Decoded:
    """Decode bytes that are not UTF-8: as declared if that is text, else as UTF-8 with stray bytes, or by a guess."""
    mixture = as_mixture(body)
    # One that is not a superset of ASCII can't be that of a document with tags or words in ASCII.
    names = [name for name in declarations if name not in ("", "utf-8") and _keeps_ascii(name)]
    readings = [reading for name in names if (reading := _as_declared(body, name, mixture))]
    sound = (each for each in readings if _is_sound(each, body))
    if found := next(sound, None):
        return found
    if mixture.valid >= mixture.stray or are_marks(body) or are_rare(body):
        return _without_strays(mixture)
    name = guess(body)
    guessed = Decoded(body.decode(name, "replace"), name)
    # A guess that is as implausible as the declaration has no right against it.
    if readings and not is_plausible(guessed.text):
        return readings[0]
    if name == DEFAULT:
        return _without_strays(mixture)
    declared = next((f"declared {name}" for name in declarations if name), "none declared")
    return replace(guessed, repair=f"wrong encoding: {declared}, read as {name}")


def _is_sound(reading: Decoded, body: bytes) -> bool:
    return is_plausible(reading.text) and not (reading.encoding in _LATIN and is_of_other_script(body))


def _without_strays(mixture: Mixture) -> Decoded:
    """Decode as UTF-8 or ASCII, and stray bytes as windows-1252, or U+FFFD for the rest of a character."""
    strays = f"{counted(mixture.stray, 'byte')} not in utf-8, read as windows-1252"
    repair = f"wrong encoding: {strays if mixture.stray else 'surrogates in utf-8'}"
    return Decoded(read_stray(mixture), "utf-8" if mixture.valid else DEFAULT, repair)


def _as_declared(body: bytes, name: str, mixture: Mixture) -> Decoded | None:
    """Return the text in a declared superset of ASCII; None if the bytes are more likely something else."""
    text, wrong = _few_replaced(body, name)
    # A third of all pairs of bytes are valid UTF-8 by accident, so that UTF-8 is certain only if nearly all are.
    fits = mixture.valid < mixture.stray * (_FEW if name in _MULTIBYTE else 1)
    if not fits or wrong * _FEW > len(text) - len(text.encode("ascii", "ignore")):
        return None
    return Decoded(text, name, f"wrong encoding: {counted(wrong, 'character')} not in {name}" if wrong else "")


def _few_replaced(body: bytes, name: str) -> tuple[str, int]:
    """Return the text with U+FFFD for each error, and the number of errors."""
    text = _strict(body, name)
    if text is not None:
        return text, 0
    text = body.decode(_SUPERSETS.get(name, name), "replace")
    return text, text.count("\ufffd")


@cache
def _keeps_ascii(name: str) -> bool:
    return _strict(_ASCII, name) == _ASCII.decode()


def _strict(body: bytes, name: str) -> str | None:
    try:
        return body.decode(_SUPERSETS.get(name, name))
    except UnicodeError:
        # cp1252 leaves five bytes undefined, which are control characters in latin-1.
        return body.decode("latin-1") if name == "iso8859-1" else None


def _declared(body: bytes) -> str:
    # The declaration has to be at the very beginning (XML 1.0 4.3.3).
    head = body[:1024]
    if head.startswith(_EBCDIC_OPENING):
        head = head.decode("cp037").encode("ascii", "replace")
    match = _XML_ENCODING.match(head.lstrip(codecs.BOM_UTF8))
    return _known(match[1].decode("ascii")) if match else ""


def _charset(media_type: str) -> str:
    match = _CHARSET.search(media_type)
    return _known(match[1]) if match else ""


def _known(name: str) -> str:
    """Return Python's name of an encoding, or "" if it is not one."""
    label = name.lower().removeprefix("x-")
    name = _LABELS.get(label, label)
    try:
        info = codecs.lookup(name)
        "".encode(name)  # fails for codecs that don't convert text to bytes (hex, rot13, zlib)
    except (LookupError, ValueError):
        return ""
    return "" if info.name in _NOT_CHARSETS else info.name
