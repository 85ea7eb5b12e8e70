"""The names of months and days of the week in the languages of news.

dateparser is not used: it fills in what is missing, reads "2 hours ago", and guesses the language and the order of
numbers.
"""

import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from newsbeam.transforms.newsroom.months import MONTHS

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
# Short forms that occur in feeds and not in CLDR; the names that have several words in CLDR, of which tokens have one.
_EXTRA_DAYS = {
    **{"tues": 1, "weds": 2, "thur": 3, "thurs": 3},
    **{"segunda-feira": 0, "terca-feira": 1, "quarta-feira": 2, "quinta-feira": 3, "sexta-feira": 4},
    **{"שני": 0, "שלישי": 1, "רביעי": 2, "חמישי": 3, "שישי": 4, "ראשון": 6},
}
# WordPress abbreviates Ukrainian months to three letters. The Levant, the Maghreb and Morocco have Arabic names of
# their own; those of two words are one here (`worded_dates` joins them).
_EXTRA_MONTHS = (
    "كانون-الثاني جانفي",
    "شباط فيفري",
    "اذار",
    "кві نيسان افريل",
    "тра ايار ماي",
    "чер حزيران جوان",
    "تموز جويلية يوليوز",
    "сер اب اوت غشت",
    "ايلول شتنبر",
    "жов تشرين-الاول",
    "лис تشرين-الثاني نونبر",
    "гру كانون-الاول دجنبر",
)
# The dotless i of Turkish, and the apostrophes that keyboards have for the letter of Ukrainian.
_NO_MARKS = dict.fromkeys(map(ord, ".\u200e\u200f"), "") | str.maketrans("\u0131'\u2019", "i\u02bc\u02bc")


def fold(word: str) -> str:
    """Return a word as the table has it: lower case, without accents and full stops."""
    # The words of the file are folded by these rules: after a change here the table has to be made anew.
    text = unicodedata.normalize("NFKD", word.casefold()).translate(_NO_MARKS)
    return text if text.isascii() else "".join(c for c in text if not unicodedata.combining(c))


def month_of(word: str, day_word: str = "", language: str = "") -> int:
    """Return the month that a folded word names, 1 to 12; 0 for none.

    Croatian has old Slavic names that are other months in Polish and Czech (listopad is October or November). The
    language decides between them, else the day of the week in the date; else the word is not a month.

    Args:
        word: The folded word.
        day_word: The folded day of the week in the same date, or "".
        language: BCP 47, from the feed or the config, or "".
    """
    # Most months have one meaning in all languages, so dates of feeds that declare a wrong language, or none, are read
    # too.
    months = _table()[0].get(word, ())
    if len(months) < 2:
        return months[0] if months else 0
    primary = language[:2].lower()
    if primary in _MONTHS_APART:
        return _MONTHS_APART[primary].get(word, 0)
    # Without a language that decides, the day of the week tells which language it is: "pon" may be two, "sroda" is one.
    found = {_MONTHS_APART[lang].get(word, 0) for lang, days in _DAYS_APART.items() if day_word in days.split()} - {0}
    # Two months are possible: no date is better than one that is a month off.
    return found.pop() if len(found) == 1 else 0


def is_calendar_word(word: str) -> bool:
    """Return whether a folded word is a month or a day of the week in some language."""
    months, days = _table()
    return word in months or word in days


def weekdays_of(word: str) -> tuple[int, ...]:
    """Return the days that a folded word names, Monday = 0: several if languages differ, () for none."""
    return _table()[1].get(word, ())


_WEST_SLAVIC = {"srp": 8, "lis": 11, "listopad": 11, "listopada": 11, "lip": 7}
_CROATIAN = {"srp": 7, "lis": 10, "listopad": 10, "listopada": 10, "lip": 6}
_MONTHS_APART = {"hr": _CROATIAN, "pl": _WEST_SLAVIC, "cs": _WEST_SLAVIC}
_DAYS_APART = {
    "hr": "pon uto sri cet pet sub ned ponedjeljak utorak srijeda cetvrtak petak subota nedjelja",
    "pl": "pon wt sr czw pt sob niedz nd poniedziałek wtorek sroda czwartek piatek sobota niedziela",
    "cs": "po ut st ct pa so ne pondeli utery streda ctvrtek patek sobota nedele",
}


@lru_cache(maxsize=1)
def _table() -> tuple[dict[str, tuple[int, ...]], dict[str, tuple[int, ...]]]:
    """Return the months and the days of the week by their folded words."""
    months: dict[str, tuple[int, ...]] = {}
    days: dict[str, tuple[int, ...]] = {word: (day,) for word, day in _EXTRA_DAYS.items()}
    for line in _lines():
        name, _, words = line.partition("\t")
        numbers, number = (days, _DAYS.index(name)) if name in _DAYS else (months, int(name))
        for word in words.split():
            numbers[word] = (*numbers.get(word, ()), number)
    for number, words in enumerate(_EXTRA_MONTHS, 1):
        months |= dict.fromkeys(words.split(), (number,))
    # The house's own table of months wins over CLDR's, since datelines and embargoes are read with it.
    return months | {fold(word): (number,) for word, number in MONTHS.items()}, days


def _lines() -> Iterable[str]:
    # A file, though Babel has the same words: a published date must not change with a library's next release.
    path = Path(__file__).with_name("data") / "calendar.tsv"
    return (line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#"))
