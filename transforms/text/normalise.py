"""Normalises text for rows.

`characters.clean` is for a whole body (it keeps line breaks), `tidy` for one paragraph (it doesn't). Both keep quotes
and dashes as published: those are left out of the fingerprint only (`common/wording.py`).
"""

import html
import re

from newsbeam.transforms.common.characters import clean

_NOT_LETTERS = re.compile(r"[\W_]+")
_REFERENCE = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")


def decode_entities(text: str) -> str:
    """Return `text` with its complete character references (`&amp;`, `&#8217;`) decoded once.

    "AT&T" and "&copy" without a semicolon stay: in text they are usually meant literally.
    """
    return _REFERENCE.sub(lambda match: html.unescape(match[0]), text) if "&" in text else text


def squeeze(text: str) -> str:
    """Return `text` on one line: each run of white space (also no-break and wide spaces) becomes one space."""
    return " ".join(text.split())


def tidy(text: str) -> str:
    """Return one paragraph as it goes into a row: references decoded, `clean`, on one line."""
    return squeeze(clean(decode_entities(text)))


def letters_and_digits(text: str) -> str:
    """Return `text` without white space and punctuation, for comparing."""
    return _NOT_LETTERS.sub("", text)
