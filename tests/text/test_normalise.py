"""Normalised text."""

import pytest

from newsbeam.transforms.common.characters import clean
from newsbeam.transforms.text.normalise import decode_entities, tidy


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  one \t two\n\nthree ", "one two three"),
        ("one\u00a0two\u2009three\u3000four\u2028five", "one two three four five"),
        ("cafe\u0301", "café"),
        ("zero\u200bwidth soft\u00adhyphen \ufeffmark word\u2060joiner", "zerowidth softhyphen mark wordjoiner"),
        ("\u202aleft\u202c \u2068iso\u2069 \u200fmark", "left iso mark"),
        ("می\u200cخواهم 👩\u200d🚀", "می\u200cخواهم 👩\u200d🚀"),  # joiners that carry meaning
        ("the army \u200cat least \u200dx\u200c", "the army at least x"),  # and such as do not
        ("bell\x07 nul\x00 del\x7f", "bell nul del"),
        ("it\x92s \x93so\x94 \x96 \x85 \x81", "it’s “so” –"),  # Windows-1252 read as Latin-1; U+0085 is a line break
        ("bad \ud800\ufffe\uffff end", "bad end"),
        ("AT&amp;T &#8217;s &#x2014; &eacute; &nosuch; &copy AT&T", "AT&T ’s — é &nosuch; &copy AT&T"),
        ("“quotes” – and ‘dashes’ — stay…", "“quotes” – and ‘dashes’ — stay…"),
        ("plain", "plain"),
        ("", ""),
    ],
)
def test_tidy(text: str, expected: str) -> None:
    assert tidy(text) == expected
    assert tidy(expected) == expected or "&" in expected


def test_clean_keeps_lines() -> None:
    assert clean("one\n  two\u200b\r\n\tthree") == "one\n  two\r\n\tthree"


@pytest.mark.parametrize("text", ["a & b", "AT&T; or &#;", "R&D", "&copy 2024", "&#99999999999;"])
def test_other_ampersands_stay(text: str) -> None:
    assert decode_entities(text) == text
