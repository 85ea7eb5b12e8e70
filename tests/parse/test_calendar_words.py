"""Months and days of the week in the languages of news."""

import pytest

from newsbeam.transforms.parse.calendar_words import fold, is_calendar_word, month_of, weekdays_of


@pytest.mark.parametrize(
    ("word", "month"),
    [("Sept.", 9), ("août", 8), ("Şub", 2), ("Kasım", 11), ("ΝΟΕΜΒΡΊΟΥ", 11), ("жовтня", 10), ("desember", 12)],
)
def test_a_month_is_known_by_its_folded_name(word: str, month: int) -> None:
    assert month_of(fold(word)) == month


@pytest.mark.parametrize(
    ("day", "language", "month"),
    [("", "", 0), ("", "hr", 10), ("", "pl", 11), ("", "cs-CZ", 11), ("pt", "", 11), ("pet", "", 10), ("pon", "", 0)],
)
def test_a_month_of_two_languages_needs_a_language_or_a_day(day: str, language: str, month: int) -> None:
    assert month_of("lis", day, language) == month


def test_days_of_the_week() -> None:
    assert weekdays_of(fold("Thurs.")) == (3,)
    assert set(weekdays_of("so")) == {5, 6}  # Saturday in Czech, Sunday in German
    assert weekdays_of("harbour") == ()


def test_other_words_are_none() -> None:
    assert is_calendar_word("lis")
    assert not is_calendar_word("today")
