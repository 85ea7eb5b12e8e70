"""Sign-offs are removed at the very end of a story only, and their credits returned."""

import pytest

from newsbeam.transforms.text import signoff
from newsbeam.transforms.text.block import Block

STORY = "The ferry sails again, the council said."


@pytest.mark.parametrize(
    ("sign_off", "agency"),
    [
        ("(esn)", ""),
        ("(abc/xyz)", ""),
        ("hh/ph/ts/hd", ""),
        ("/jha/DP/stw", ""),
        ("(dpa)", "dpa"),
        ("(AFP)", "AFP"),
        ("[Reuters]", "Reuters"),
        ("(AP/dpa)", "AP/dpa"),
        ("(ANSA).", "ANSA"),
        ("(END)", ""),
        ("(Ends)", ""),
        ("END", ""),
        ("ENDS", ""),
        ("-ENDS-", ""),
        ("- ENDS -", ""),
        ("-30-", ""),
        ("- 30 -", ""),
        ("###", ""),
        ("# # #", ""),
        ("***", ""),
        ("Enditem", ""),
        ("-- dpa", "dpa"),
        ("— AFP", "AFP"),
        ("- Bernama", "Bernama"),
        ("– Reuters", "Reuters"),
        ("--IANS abc/de", "IANS"),
        ("/dpa", "dpa"),
        ("/ritzau/", "ritzau"),
        ("Reuter", "Reuter"),
        ("REUTER", "REUTER"),
        ("(MORE)", ""),
        ("-- With agencies", "With agencies"),
        ("/fg/", ""),
        ("-- Dow Jones", "Dow Jones"),
        ("AAP XYZ", "AAP"),
        ("dpa ab cd efg", "dpa"),
        ("PTI AB CDE", "PTI"),
        ("AFP PHOTO / ANN BERG", "AFP PHOTO / ANN BERG"),
        ("/ AFP / JO MARCH", "AFP / JO MARCH"),
    ],
)
def test_sign_offs(sign_off: str, agency: str) -> None:
    for blocks in ([Block(STORY), Block(sign_off)], [Block(f"{STORY} {sign_off}")]):
        assert signoff.extract_sign_off(blocks) == ([Block(STORY)], agency, "")


@pytest.mark.parametrize(
    ("line", "agency"),
    [
        ("ends", ""),
        ("Ende", ""),
        ("abc/def", ""),
        ("bur-abc/def", ""),
        ("AFP", "AFP"),
        ("dpa/ab", "dpa/ab"),
        ("SOURCE Harbour Corp.", "SOURCE Harbour Corp."),
        ("View source version on wire.example: https://wire.example/1/en/", ""),
    ],
)
def test_lines_after_a_sentence(line: str, agency: str) -> None:
    assert signoff.extract_sign_off([Block(STORY), Block(line)]) == ([Block(STORY)], agency, "")
    assert signoff.extract_sign_off([Block(f"{STORY} {line}")]).blocks == [Block(f"{STORY} {line}")]


def test_the_last_name_of_a_list_stays() -> None:
    names = [Block("The agencies:"), Block("AFP"), Block("AP"), Block("Reuters")]
    assert signoff.extract_sign_off(names).blocks == names
    items = [Block("The agencies are these."), Block("AFP", "list_item"), Block("Reuters", "list_item")]
    assert signoff.extract_sign_off(items).blocks == items


def test_sign_off_without_a_space_before_it() -> None:
    assert signoff.extract_sign_off([Block(f"{STORY}(esn)")]).blocks == [Block(STORY)]
    assert signoff.extract_sign_off([Block(f"{STORY}(esn)"), Block("(END)"), Block("***")]).blocks == [Block(STORY)]


@pytest.mark.parametrize(
    ("last", "credit"),
    [
        ("(Reporting by Jo March; Editing by Beth Hale)", "Reporting by Jo March; Editing by Beth Hale"),
        ("Reporting by Jo March; Editing by Beth Hale", "Reporting by Jo March; Editing by Beth Hale"),
        ("Reporting by Jo March in Oslo; Writing by Amy Low", "Reporting by Jo March in Oslo; Writing by Amy Low"),
        ("(Additional reporting by Jo March)", "Additional reporting by Jo March"),
        ("(Edited by Beth Hale)", "Edited by Beth Hale"),
        ("Amy J. Low in Oslo contributed to this report.", "Amy J. Low in Oslo contributed to this report"),
        ("Harbour News writer Amy Low in Oslo contributed.", "Harbour News writer Amy Low in Oslo contributed"),
        ("Mit Material der dpa", "Mit Material der dpa"),
        ("(Avec AFP)", "Avec AFP"),
        ("With inputs from PTI", "With inputs from PTI"),
        ("(Rédigé par Jo March, édité par Beth Hale)", "Rédigé par Jo March, édité par Beth Hale"),
        ("(Reporte de Jo March; editado por Beth Hale)", "Reporte de Jo March; editado por Beth Hale"),
        ("(Bericht von Jo March, redigiert von Beth Hale)", "Bericht von Jo March, redigiert von Beth Hale"),
        ("(Por Jo March)", "Por Jo March"),
        ("Quelle: hafen.example, ab/dpa", "Quelle: hafen.example, ab/dpa"),
    ],
)
def test_credits_are_returned(last: str, credit: str) -> None:
    for blocks in ([Block(STORY), Block(last)], [Block(f"{STORY} {last}")]):
        assert signoff.extract_sign_off(blocks) == ([Block(STORY)], credit, "")


def test_several_credits_and_copyright() -> None:
    blocks = [
        Block(STORY),
        Block("Reporting by Jo March"),
        Block("Editing by Beth Hale"),
        Block("© 2026 Harbour News. All rights reserved."),
    ]
    ending = signoff.extract_sign_off(blocks)
    assert ending == (
        [Block(STORY)],
        "Reporting by Jo March; Editing by Beth Hale",
        "© 2026 Harbour News. All rights reserved.",
    )


@pytest.mark.parametrize(
    "last",
    [
        "It was a slip (sic)",
        "They called it the end.",
        "He works for Reuters",
        "The rise was 3% (year on year)",
        "Writing by hand helps the memory.",
        "Reported by the police on Monday.",
        "She has moved to the US (and stayed)",
        "He said no. (sic)",
        "It ended 2-1 (HT 1-0)",
        "Copyright is a right.",
        "So said the AP",
        "With files from the archive he proved it.",
        "(Reporting season ends on Friday.)",
        "Source: Eurostat",
        "and/or",
        "The rain contributed to this.",
        "The rain contributed to this report.",
        "Written by Jane Austen in 1813, it is still read.",
        "Reporting by Harbour News found that it was late.",
        "The best is Emma (written by Jane Austen).",
        "Photographs by Amy Low hang in the hall.",
    ],
)
def test_last_sentences_stay(last: str) -> None:
    for blocks in ([Block(STORY), Block(last)], [Block(f"{STORY} {last}")]):
        assert signoff.extract_sign_off(blocks).blocks == blocks
