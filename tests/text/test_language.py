"""Languages: from the text where it is long enough, else what is declared."""

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest

from newsbeam.transforms.text import language

CASES = Path(__file__).parents[1] / "data" / "languages.tsv"

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
    assert language.detect(text)[0] == code


@pytest.mark.parametrize(
    ("declared", "texts", "tag", "tags"),
    [
        ("en", (GERMAN,), "de", ["de"]),  # a declaration is a prior, not the truth
        ("de-AT", (GERMAN, "Kurz."), "de-AT", ["de-AT", "de-AT"]),  # its region is kept
        ("en", (ENGLISH, GERMAN, "Short.", ENGLISH), "en", ["en", "de", "en", "en"]),
        ("", (ENGLISH, GERMAN, GERMAN), "de", ["en", "de", "de"]),  # the language of most characters
        ("en", ("Ja.", "Nein."), "en", ["en", "en"]),  # too short to say
        ("", ("12.4", ENGLISH), "en", ["en", "en"]),
        ("de", ("1. Bergmann 12.4", "2. Weiss 12.9", "3. Adeyemi 13.0"), "de", ["de", "de", "de"]),
        ("", ("Anna Berg, Bo Lind, Carla Moreno, Dov Levi, Emeka Obi, Fatou Diop, Gwen Jones",), "", [""]),
        ("rm", ("Il cussegl grond ha decidi mesemna da sustegnair il nov museum en la citad veglia.",), "rm", ["rm"]),
        (
            "nb-NO",
            ("Veien blir stengt minst til fredag, opplyser vegvesenet, og ingen ble skadet.",),
            "nb-NO",
            ["nb-NO"],
        ),
        ("", (), "", []),
    ],
)
def test_languages(declared: str, texts: tuple[str, ...], tag: str, tags: list[str]) -> None:
    assert language.languages("", texts, declared) == (tag, tags)


def test_an_english_title_decides_for_a_table() -> None:
    table = ["1. Bergmann 12.4", "2. Weiss 12.9"]
    assert language.languages("Results of the women's downhill race on Sunday", table, "") == ("en", ["en", "en"])


def test_no_pidgin_or_dead_language_unless_declared() -> None:
    texts = [
        "Di goment don tok say dem go build new road for di village before di year finish, and pipol dey happy well."
    ]
    assert language.languages("", texts, "pcm")[0] == "pcm"
    assert language.languages("", texts, "")[0] not in ("pcm", "la")


def test_language_of_marked_up_parts() -> None:
    assert language.of_part("Kort.", "sv", "en") == "sv"
    assert language.of_part(ENGLISH, "sv", "en-GB") == "en-GB"


def test_200_texts_in_20_languages() -> None:
    """An entry counts if its tag and those of all its paragraphs are right; 60 are declared wrongly, 30 are mixed."""
    wrong = [title for title, is_right in read_cases() if not is_right]
    assert len(wrong) <= 6, wrong


def read_cases() -> Iterator[tuple[str, bool]]:
    """Yield (title, whether all is right) of each text: language, declared, title and paragraphs, tab-separated."""
    for line in CASES.read_text(encoding="utf-8").splitlines():
        code, declared, title, *paragraphs = line.split("\t")
        texts = [text[5:] if text.startswith("[") else text for text in paragraphs]
        own = [text[1:3] if text.startswith("[") else code for text in paragraphs]
        tag, tags = language.languages(title, texts, declared)
        keeps_region = tag == declared or language.primary(declared) != code
        yield title, keeps_region and list(map(language.primary, (tag, *tags))) == [code, *own]


@pytest.mark.parametrize(("file", "code"), [("eng", "en"), ("fra", "fr")])
def test_of_news(shared_data: Path, file: str, code: str) -> None:
    with (shared_data / "topics" / f"masakhanews_{file}_dev.tsv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t"))[:200]
    headlines = [found for row in rows if (found := language.detect(row["headline"])[0])]
    stories = [language.detect(f"{row['headline']} {row['text']}")[0] for row in rows]
    assert len(headlines) > 0.75 * len(rows)
    assert headlines.count(code) > 0.97 * len(headlines)
    assert stories.count(code) > 0.99 * len(stories)
