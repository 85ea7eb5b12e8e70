"""UTF-8, or ASCII, with a few bytes that are something else: those bytes alone are read otherwise.

They come from texts that were pasted in windows-1252, from strings that were cut by bytes, and from software that
writes a character beyond U+FFFF as two surrogates (CESU-8, Unicode Technical Report 26).
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

_SURROGATES = re.compile(rb"\xed([\xa0-\xaf])([\x80-\xbf])\xed([\xb0-\xbf])([\x80-\xbf])")
_STRAY = re.compile("[\udc80-\udcff]+")
# What is left in windows-1252 of a mark of punctuation (E2 80 9C), a sign beyond U+FFFF, or a surrogate in UTF-8.
_CUT = re.compile(rb"\xe2[\x80-\x84]|[\x80-\x84][\x90-\xaf\xba]|\xf0[\x90-\x9f][\x80-\xbf]?|\xed[\xa0-\xbf][\x80-\xbf]")
_BEYOND_ASCII = re.compile("[\x80-\xff]+")
_REPLACEMENT = "\ufffd"
_LATIN_END = "\u024f"
_TAG = re.compile(rb"<[^<>]*>")
_WORD = re.compile(rb"[^\s<>\"'=/]+")
# In so large a document one word more or less says nothing of the encoding.
_RARE = 50
# Marks of windows-1252 that stand between two letters: apostrophe, dashes, no-break space, middle dot, soft hyphen.
_BETWEEN_LETTERS = frozenset(b"\x92\x96\x97\xa0\xb7\xad")
_LONGEST_MARK = 3  # bytes: more than a dash between quotation marks is a word


@dataclass(frozen=True)
class Mixture:
    """Bytes as UTF-8.

    Attributes:
        text: The text, with each byte that is no UTF-8 as a surrogate (PEP 383).
        valid: How many characters beyond ASCII are in UTF-8.
        stray: How many bytes are not.
    """

    text: str
    valid: int
    stray: int


def as_mixture(body: bytes) -> Mixture:
    """Return bytes as UTF-8 with what is no UTF-8."""
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
    """Return the text with its stray bytes as windows-1252; as U+FFFD what is rather left of a character."""
    return _STRAY.sub(lambda match: _meant(match[0], *_neighbours(match)), mixture.text)


@lru_cache(4096)
def _meant(stray: str, before: str, after: str) -> str:
    run = stray.encode("utf-8", "surrogateescape")
    text = run.decode("cp1252", "replace")
    if _CUT.fullmatch(run) or _is_of_other_script(before) or _is_of_other_script(after):
        return _REPLACEMENT
    if len(run) == 1 and text.isupper() and before.islower():
        return _REPLACEMENT  # "caf\xc3" is the first half of an "é"
    return text


def _is_of_other_script(character: str) -> bool:
    return character > _LATIN_END and unicodedata.category(character)[0] in "LM"


def are_rare(body: bytes) -> bool:
    """Return whether the bytes beyond ASCII are too few, in a document of this size, to tell an encoding by."""
    words = _WORD.findall(_TAG.sub(b" ", body))
    return sum(not word.isascii() for word in words) * _RARE <= len(words)


def are_marks(body: bytes) -> bool:
    """Return whether all bytes beyond ASCII are signs as windows-1252 (dashes, quotes, currencies), and no letters."""
    return all(_is_mark(match[0], *_neighbours(match)) for match in _BEYOND_ASCII.finditer(body.decode("latin-1")))


@lru_cache(4096)
def _is_mark(signs: str, before: str, after: str) -> bool:
    run = signs.encode("latin-1")
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
