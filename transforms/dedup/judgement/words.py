"""The words of a paragraph, as the judgement compares them.

A word is a run of letters or digits; in scripts without spaces (Chinese, Japanese, Thai) it is a character. Each has a
key: equal keys are the same word to a reader. Numbers have their value as key ("1,500" and "1500", "five" and "5"),
units and scales one spelling ("dlrs" and "dollars", "mln" and "million"), and a currency's sign stands after its
number.
"""

import re
from functools import lru_cache
from typing import NamedTuple

from newsbeam.transforms.common.wording import wording
from newsbeam.transforms.newsroom.meanings import CANONICAL, CURRENCY_SIGNS

MIN_WORDS = 8
"""A shorter paragraph has exact duplicates only: one word is too much of it."""
MIN_CHARACTERS = 16
"""The same, in a script without spaces."""

_WIDE = "\u0e01-\u0e5b\u3005-\u3007\u3041-\u30fa\u30fc-\u30ff\u3400-\u9fff\uf900-\ufaff"
_WORD = re.compile(
    rf"([{_WIDE}]|-?\d+(?:[.,:/^]\d+)*"
    rf"|[^\W\d_{_WIDE}](?:[^\W_{_WIDE}]|['.&@](?=[^\W_{_WIDE}]))*|[%$€£¥₽₹&])"
)
_WIDE_WORD = re.compile(f"[{_WIDE}]").match
_GROUPED = re.compile(r"(-?[1-9]\d{0,2})((?:[,.]\d{3})+)")
_SHORT_SCALES = {"k": "scale thousand", "m": "scale million", "b": "scale billion"}
_BREAKS = dict.fromkeys(",;()[]、，；：،؛/", ",") | dict.fromkeys(".!?。？！؟:", ".")


class Words(NamedTuple):
    """The words of a paragraph.

    Attributes:
        keys: What is compared.
        forms: The words as written.
        breaks: Whether punctuation follows each word: "." the end of a sentence, "," another mark, "" none.
        is_wide: Whether most words are characters of a script without spaces.
        is_capitals: Whether it is written in capitals, so that these don't tell names.
        text: The wording.
    """

    keys: tuple[str, ...]
    forms: tuple[str, ...]
    breaks: tuple[str, ...]
    is_wide: bool
    is_capitals: bool
    text: str

    @property
    def is_short(self) -> bool:
        """Whether the paragraph is too short for anything but exact duplicates."""
        return len(self.keys) < (MIN_CHARACTERS if self.is_wide else MIN_WORDS)


def words_of(text: str) -> Words:
    """Return the words of a paragraph as it was written."""
    text = wording(text)
    parts = _WORD.split(text)  # what is between words, and the words, in turn
    forms = parts[1::2]
    breaks = [_BREAKS.get(between[:1], "") for between in parts[2::2]]
    wide = 0 if text.isascii() else sum(map(bool, map(_WIDE_WORD, forms)))
    keys = list(map(_key, forms))
    if not CURRENCY_SIGNS.isdisjoint(forms):
        _move_signs(keys, forms, breaks)
    return Words(tuple(keys), tuple(forms), tuple(breaks), 2 * wide > len(forms), text[1:].isupper(), text)


def is_number(key: str) -> bool:
    """Return whether a key is of a number or a scale (million)."""
    return key.startswith(("#", "scale "))


def is_quantity(key: str) -> bool:
    """Return whether a key is of a number, a scale or a unit."""
    return key.startswith(("#", "unit ", "scale "))


@lru_cache(maxsize=100_000)
def _key(form: str) -> str:
    if form[-1].isdigit() and form.lstrip("-")[0].isdigit():
        return "#" + _value(form)
    folded = form.casefold().replace("'s", "") if form.endswith("'s") else form.casefold()
    # As "U.S." is written, and not as the pronoun.
    if form in ("US", "UK", "EU", "UN", "EC", "USA"):
        return form.casefold() if len(form) > 2 else f"{form[0]}.{form[1]}".casefold()
    return CANONICAL.get(folded, folded)


def _value(form: str) -> str:
    """Return a number without the separators of thousands, which are "," or "." before three digits."""
    grouped = _GROUPED.fullmatch(form)
    if grouped:
        return grouped[1] + grouped[2].replace(",", "").replace(".", "")
    form = form.replace(",", ".")
    return form.rstrip("0").rstrip(".") if form.count(".") == 1 and "/" not in form and ":" not in form else form


def _move_signs(keys: list[str], forms: list[str], breaks: list[str]) -> None:
    """Put each currency's sign after its number and scale: "$5 million" as "5 million dollars"."""
    for at, form in enumerate(forms):
        if form not in CURRENCY_SIGNS or at + 1 >= len(keys) or not is_number(keys[at + 1]):
            continue
        last = at + 1
        if last + 1 < len(keys) and (keys[last + 1].startswith("scale ") or forms[last + 1] in _SHORT_SCALES):
            last += 1
            keys[last] = _SHORT_SCALES.get(forms[last], keys[last])
        if at and forms[at - 1] in ("US", "A", "C", "HK", "NZ") and form == "$":
            continue  # "US$5" stays in order with "US dollars 5"; another dollar is another unit
        for each in (keys, forms, breaks):
            each[at : last + 1] = [*each[at + 1 : last + 1], each[at]]
        breaks[last - 1], breaks[last] = "", breaks[last - 1]
