"""Languages: detected if certain, or left empty."""

import csv
from pathlib import Path

import pytest

from newsbeam.transforms.text import language

ENGLISH = (
    "The ferry to the island sails again after a month of repairs, the council said on Monday. It had been laid up "
    "since the storm of January, and the people of the island had to wait for the mail boat with all of their shopping."
)
GERMAN = (
    "Die Fähre zur Insel fährt nach einem Monat in der Werft wieder, wie die Gemeinde am Montag mitteilte. Sie hatte "
    "seit dem Sturm im Januar im Hafen gelegen, und die Leute mussten mit allen Einkäufen auf das Postboot warten."
)
FRENCH = "Le bac de l'île reprend la mer après un mois de réparations, a annoncé lundi la mairie."


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (ENGLISH, "en"),
        (GERMAN, "de"),
        (FRENCH, "fr"),
        ("El transbordador de la isla vuelve a navegar tras un mes de reparaciones.", "es"),
        ("Паром на остров снова ходит после месяца ремонта, сообщила администрация.", "ru"),
        ("島へのフェリーは一か月の修理を終えて月曜日に運航を再開した。", "ja"),
        ("Ferry sails", ""),
        ("12.4 3.7 (100) - 2026", ""),
        ("", ""),
    ],
)
def test_detect(text: str, code: str) -> None:
    assert language.detect(text) == code


def test_paragraph_in_another_language() -> None:
    assert language.detect_paragraphs([ENGLISH, GERMAN, "Kurz.", ENGLISH], "en") == ["en", "de", "en", "en"]


def test_short_paragraphs_are_in_their_entrys_language() -> None:
    assert language.detect_paragraphs([FRENCH[:40], "Ja."], "en") == ["en", "en"]
    assert language.detect_paragraphs([], "en") == []


def test_long_paragraph_of_an_entry_without_language() -> None:
    assert language.detect_paragraphs(["12.4", ENGLISH], "") == ["", "en"]


@pytest.mark.parametrize(("file", "code"), [("eng", "en"), ("fra", "fr")])
def test_of_news(shared_data: Path, file: str, code: str) -> None:
    with (shared_data / "topics" / f"masakhanews_{file}_dev.tsv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t"))[:200]
    headlines = [found for row in rows if (found := language.detect(row["headline"]))]
    stories = [language.detect(f"{row['headline']} {row['text']}") for row in rows]
    assert len(headlines) > 0.75 * len(rows)
    assert headlines.count(code) > 0.97 * len(headlines)
    assert stories.count(code) > 0.99 * len(stories)
