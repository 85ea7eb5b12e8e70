"""Decodes UTF-8 or ASCII with a few stray bytes of another encoding.

They come from texts that were pasted in windows-1252, from strings that were cut in the middle of a character, and from
software that writes a character above U+FFFF as two surrogates (CESU-8, Unicode Technical Report 26).
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

_SURROGATES = re.compile(rb"\xed([\xa0-\xaf])([\x80-\xbf])\xed([\xb0-\xbf])([\x80-\xbf])")
_STRAY = re.compile("[\udc80-\udcff]+")
# The rest of a punctuation mark (E2 80 9C), of a character above U+FFFF, or of a surrogate in UTF-8.
_CUT = re.compile(rb"\xe2[\x80-\x84]|[\x80-\x84][\x90-\xaf\xba]|\xf0[\x90-\x9f][\x80-\xbf]?|\xed[\xa0-\xbf][\x80-\xbf]")
_BEYOND_ASCII = re.compile("[\x80-\xff]+")
_REPLACEMENT = "\ufffd"
_LATIN_END = "\u024f"
_TAG = re.compile(rb"<[^<>]*>")
_WORD = re.compile(rb"[^\s<>\"'=/]+")
_RARE = 50  # one non-ASCII word in 50 does not identify an encoding
# Marks of windows-1252 between two letters: apostrophe, dashes, no-break space, middle dot, soft hyphen.
_BETWEEN_LETTERS = frozenset(b"\x92\x96\x97\xa0\xb7\xad")
_LONGEST_MARK = 3  # bytes, a dash between quotation marks; longer runs are words


@dataclass(frozen=True)
class Mixture:
    """Bytes decoded as UTF-8.

    Attributes:
        text: The text, with each stray byte as a surrogate (PEP 383).
        valid: The number of non-ASCII characters in UTF-8.
        stray: The number of bytes that are not UTF-8.
    """

    text: str
    valid: int
    stray: int


def as_mixture(body: bytes) -> Mixture:
    """Decode bytes as UTF-8, and keep the stray ones as surrogates."""
    text = _SURROGATES.sub(_join, body).decode("utf-8", "surrogateescape")
    beyond = sum(c > "\x7f" for c in text)
    stray = sum(map(len, _STRAY.findall(text)))
    return Mixture(text, beyond - stray, stray)


def _join(match: re.Match[bytes]) -> bytes:
    """Return a character that is written as two surrogates, each in three bytes, as four bytes."""
    high = (match[1][0] & 0x0F) << 6 | match[2][0] & 0x3F
    low = (match[3][0] & 0x0F) << 6 | match[4][0] & 0x3F
    return chr(0x10000 + (high << 10) + low).encode()


def read_stray(mixture: Mixture) -> str:
    """Return the text with stray bytes as windows-1252, or U+FFFD where they are the rest of a character."""
    return _STRAY.sub(lambda match: _meant(match[0], *_neighbours(match)), mixture.text)


@lru_cache(4096)
def _meant(stray: str, before: str, after: str) -> str:
    run = stray.encode("utf-8", "surrogateescape")
    text = run.decode("cp1252", "replace")
    # Windows-1252 is a pasted Western text: beside letters of another script a byte is the rest of one of those.
    if _CUT.fullmatch(run) or _is_of_other_script(before) or _is_of_other_script(after):
        return _REPLACEMENT
    if len(run) == 1 and text.isupper() and before.islower():
        return _REPLACEMENT  # "caf\xc3" is the first half of an "é"
    return text


def _is_of_other_script(character: str) -> bool:
    return character > _LATIN_END and unicodedata.category(character)[0] in "LM"


def are_rare(body: bytes) -> bool:
    """Return whether a document of this size has too few non-ASCII bytes to identify an encoding."""
    words = _WORD.findall(_TAG.sub(b" ", body))
    return sum(not word.isascii() for word in words) * _RARE <= len(words)


def are_marks(body: bytes) -> bool:
    """Return whether all non-ASCII bytes are symbols in windows-1252 (dashes, quotes, currencies), not letters."""
    return all(_is_mark(match[0], *_neighbours(match)) for match in _BEYOND_ASCII.finditer(body.decode("latin-1")))


@lru_cache(4096)
def _is_mark(symbols: str, before: str, after: str) -> bool:
    run = symbols.encode("latin-1")
    if _CUT.fullmatch(run):
        return True
    text = run.decode("cp1252", "replace")
    if len(run) > _LONGEST_MARK or any(c.isalpha() or c == _REPLACEMENT for c in text):
        return False
    return not (before.isalpha() and after.isalpha()) or _BETWEEN_LETTERS.issuperset(run)


def _neighbours(match: re.Match[str]) -> tuple[str, str]:
    """Return the characters before and after a match, "" at the ends."""
    start, end = match.span()
    return match.string[max(start - 1, 0) : start], match.string[end : end + 1]
