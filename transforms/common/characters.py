"""Removes invisible characters from text."""

import re
from unicodedata import is_normalized, normalize

# Windows-1252 bytes that were decoded as Latin-1 arrive as C1 controls; HTML maps &#145; the same way
# (HTML Standard, 13.2.5.80 "numeric character reference end state").
_C1 = {n: bytes([n]).decode("cp1252", "ignore") for n in range(0x80, 0xA0) if n != 0x85}
_JUNK = (
    "\x00-\x08\x0e-\x1b\x7f"  # C0 controls except white space
    "\x80-\x84\x86-\x9f"
    "\u00ad\u200b\u2060\ufeff"  # soft hyphen, zero-width space, word joiner, byte-order mark
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # bidi marks
    "\ud800-\udfff\ufffe\uffff"  # not valid in UTF-8, so not in a row
)
_FIND_JUNK = re.compile(f"[{_JUNK}]")
# The joiners U+200C and U+200D have a meaning between Arabic or Indic letters and between emoji; next to ASCII, or at
# the ends of a text, they are residue of a web page.
_STRAY_JOINER = re.compile("(?:^|(?<=[\x00-\x7f]))[\u200c\u200d]+|[\u200c\u200d]+(?=[\x00-\x7f]|$)")
_CONTROL = re.compile("[\x00-\x08\x0e-\x1b\x7f]")


def _junk(match: re.Match[str]) -> str:
    return _C1.get(ord(match[0]), "")


def clean(text: str) -> str:
    """Return `text` in NFC without control, zero-width and other invisible characters.

    C1 controls become the Windows-1252 characters of the same number. Line breaks and spaces stay.
    """
    if text.isprintable():  # so it has none of them; most paragraphs
        return text if is_normalized("NFC", text) else normalize("NFC", text)
    if text.isascii():
        return _CONTROL.sub("", text)
    # Joiners last: a joiner beside what is removed is beside something else by then.
    text = _STRAY_JOINER.sub("", _FIND_JUNK.sub(_junk, text))
    return text if is_normalized("NFC", text) else normalize("NFC", text)
