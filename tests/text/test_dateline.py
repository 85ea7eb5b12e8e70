"""Datelines, lines that only look like one, and the day of a dateline."""

import html
import re
import tarfile
from datetime import date
from pathlib import Path

import pytest

from newsbeam.transforms.text import dateline, plain_text
from newsbeam.transforms.text.dateline import Dateline
from newsbeam.transforms.text.own_datelines import own_form

REST = "The council said it would wait."


@pytest.mark.parametrize(
    ("head", "place", "month", "day"),
    [
        # a place alone: in capitals, known, and a new sentence after it
        ("NAGOYA - ", "NAGOYA", 0, 0),
        ("WASHINGTON — ", "WASHINGTON", 0, 0),
        ("WASHINGTON—", "WASHINGTON", 0, 0),
        ("NEW YORK -- ", "NEW YORK", 0, 0),
        ("ROME – ", "ROME", 0, 0),
        ("BRUSSELS/PARIS - ", "BRUSSELS/PARIS", 0, 0),
        ("SAN JOSE, Costa Rica — ", "SAN JOSE, Costa Rica", 0, 0),
        ("ST. LOUIS, Mo. — ", "ST. LOUIS, Mo.", 0, 0),
        ("PITTSFIELD, Mass. — ", "PITTSFIELD, Mass.", 0, 0),
        ("MÜNCHEN - ", "MÜNCHEN", 0, 0),
        # an agency
        ("WASHINGTON (AP) — ", "WASHINGTON", 0, 0),
        ("KYIV, Ukraine (AP) — ", "KYIV, Ukraine", 0, 0),
        ("LA CROSSE, Wis. (AP) — ", "LA CROSSE, Wis.", 0, 0),
        ("LONDON (Reuters) - ", "LONDON", 0, 0),
        ("LONDON/NEW YORK (Reuters) -", "LONDON/NEW YORK", 0, 0),
        ("Berlin (dpa) - ", "Berlin", 0, 0),
        ("Frankfurt/Main (dpa-AFX) - ", "Frankfurt/Main", 0, 0),
        ("Waghäusel (dpa/lsw) - ", "Waghäusel", 0, 0),
        ("Rio de Janeiro (AFP) - ", "Rio de Janeiro", 0, 0),
        ("Berlin (epd). ", "Berlin", 0, 0),
        ("SAN FRANCISCO--(BUSINESS WIRE)--", "SAN FRANCISCO", 0, 0),
        # a day
        ("LONDON, March 3 (Reuters) - ", "LONDON", 3, 3),
        ("LONDON, 3rd March (Reuters) - ", "LONDON", 3, 3),
        ("PARIS, 12 Jan. (AFP) - ", "PARIS", 1, 12),
        ("NEW YORK, March 18 - ", "NEW YORK", 3, 18),
        ("New York, Sept 18 - ", "New York", 9, 18),
        ("BRUSSELS/PARIS, Feb 26 -", "BRUSSELS/PARIS", 2, 26),
        ("PORTLAND, Ore., Feb 26 - ", "PORTLAND, Ore.", 2, 26),
        ("RICHMOND, Va. Feb 26 - ", "RICHMOND, Va.", 2, 26),
        ("PARIS,March 16 - ", "PARIS", 3, 16),
        ("THE HAGUE, June 19 - ", "THE HAGUE", 6, 19),
        ("CHICAGO, April 8 -", "CHICAGO", 4, 8),
        ("WASHINGTON, Oct 20, Reuter - ", "WASHINGTON", 10, 20),
        ("****ANTWERP, June 18 - ", "ANTWERP", 6, 18),
        ("BEIJING, March 3 (Xinhua) -- ", "BEIJING", 3, 3),
        ("PARIS, Friday, March 4 (AFP) - ", "PARIS", 3, 4),
        ("PARIS, le 3 mars (AFP) - ", "PARIS", 3, 3),
        ("Madrid, 7 ago (EFE).- ", "Madrid", 8, 7),
        ("(ANSA) - ROMA, 03 MAR - ", "ROMA", 3, 3),
        ("MOSCOW, March 3. /TASS/. ", "MOSCOW", 3, 3),
        ("МОСКВА, 3 мар - РИА Новости. ", "МОСКВА", 3, 3),
        ("新华社北京4月24日电 ", "北京", 4, 24),
        # other separators, or none
        ("GREEN BAY, Wis. (AP) _ ", "GREEN BAY, Wis.", 0, 0),
        ("NEW DELHI: ", "NEW DELHI", 0, 0),
        ("LONDON : ", "LONDON", 0, 0),
        ("LAGOS, Jan. 3: ", "LAGOS", 1, 3),
        ("BRUSSEL 16/01 (BELGA) = ", "BRUSSEL", 1, 16),
        ("New Delhi, Jan 3 (PTI) ", "New Delhi", 1, 3),
        ("New Delhi [India], January 3 (ANI): ", "New Delhi [India]", 1, 3),
        ("NEUSTADTLEIN, 3 SET (ANSA) - ", "NEUSTADTLEIN", 9, 3),
        ("LONDON [Reuters] - ", "LONDON", 0, 0),
        ("Bonn (KNA) ", "Bonn", 0, 0),
        ("OSAKA, Japan, Dec. 9 Kyodo - ", "OSAKA, Japan", 12, 9),
        ("HANOI, Nov 26 AFP - ", "HANOI", 11, 26),
        ("Toronto, Ontario--(Newsfile Corp. - January 3, 2025) - ", "Toronto, Ontario", 1, 3),
        ("SAN FRANCISCO--(BUSINESS WIRE)--Jan 3, 2025-- ", "SAN FRANCISCO", 1, 3),
        ("TORONTO, ON / ACCESSWIRE / January 3, 2025 / ", "TORONTO, ON", 1, 3),
        # other languages
        ("GENÈVE, le 3 janvier (ATS) - ", "GENÈVE", 1, 3),
        ("Paris, jeudi 3 janvier (AFP) - ", "Paris", 1, 3),
        ("Ciudad de México, 3 de enero de 2025 (EFE).- ", "Ciudad de México", 1, 3),
        ("MADRID 3 Ene. (EUROPA PRESS) - ", "MADRID", 1, 3),
        ("Roma, 3 gen. - (Adnkronos) - ", "Roma", 1, 3),
        ("RIO DE JANEIRO, RJ (FOLHAPRESS) - ", "RIO DE JANEIRO, RJ", 0, 0),
        ("Lisboa, 03 jan 2025 (Lusa) – ", "Lisboa", 1, 3),
        ("St Joseph, April 7 - ", "St Joseph", 4, 7),
        # an agency alone
        ("(Reuters) - ", "", 0, 0),
        ("(AP) — ", "", 0, 0),
        ("Jan 3 (Reuters) - ", "", 1, 3),
    ],
)
def test_datelines(head: str, place: str, month: int, day: int) -> None:
    found = dateline.extract_dateline(head + REST)
    assert found is not None
    assert (found.place, found.month, found.day, found.text) == (place, month, day, REST)


@pytest.mark.parametrize(
    ("head", "year"), [("TORONTO, March 3, 2024 (GLOBE NEWSWIRE) -- ", 2024), ("LIMA, 3 March 1987 - ", 1987)]
)
def test_year(head: str, year: int) -> None:
    found = dateline.extract_dateline(head + REST)
    assert found is not None
    assert dateline.resolve(found, None, date(2026, 3, 4)) == date(year, 3, 3)


@pytest.mark.parametrize(
    "text",
    [
        "IBM - the company that made typewriters - is back.",
        "IBM - The company is back.",
        "NASA — The agency said so.",
        "WASHINGTON - the man who crossed the river - slept here.",
        "FOOTBALL - Northholm won again.",
        "UPDATE 1 - The council said so.",
        "BREAKING — The bridge is shut.",
        "WATCH: The bridge is shut.",
        "COPPER GRADE A - Steadier at the close.",
        "Apple Inc (AAPL) - The company said so.",
        "Anna Berg - The painter was born in 1950.",
        "Paris - The city of light.",
        "On Wednesday, March 3 - The day of the vote - it rained.",
        "In March - The month of the vote - it rained.",
        "The ferry (and its crew) - The pride of the town - sails again.",
        "Peter Black (Labour) - The member for Northholm - agreed.",
        "The plan, agreed on March 3 - a Tuesday - failed.",
        "2010-2012 - The years of drought.",
        "- The council said so.",
        # a range of days, and a day beside what is no place
        "World Cup, June 11 - July 19: the schedule of all matches.",
        "London Fair, July 8 - 10, at the lakeside stage.",
        "Born April 3, 1932 — Died in Lund.",
        "Party Conference, Sept. 28 — Delegates vote.",
        # letters in brackets beside what is no place
        "Alder Metals (AA) – The maker beat estimates.",
        "NORTHHOLM PAPER (NTB) – The maker beat estimates.",
        "President Berg (AP) — The president spoke.",
        "Chancellor Berg (dpa) - Sie sprach.",
        "(AA) – The maker beat estimates.",
        "Phoenix (Beta) - The program is new.",
        "PARIS: 12 degrees, rain.",
        "Paris: The city of light.",
        "OPINION: The bridge is shut.",
        "Tokyo has promised to wait.",
        "",
    ],
)
def test_what_only_looks_like_one(text: str) -> None:
    assert dateline.extract_dateline(text) is None


def test_dateline_alone() -> None:
    assert dateline.extract_dateline("OSLO, Oct 20 -") == Dateline("OSLO", 10, 20, 0, "")


@pytest.mark.parametrize(
    ("month", "day", "published", "fetched", "expected"),
    [
        (3, 18, date(1987, 3, 18), date(2026, 1, 1), date(1987, 3, 18)),
        (12, 31, date(2024, 1, 2), date(2026, 1, 1), date(2023, 12, 31)),
        (1, 1, date(2023, 12, 31), date(2026, 1, 1), date(2024, 1, 1)),
        (2, 29, date(2025, 2, 28), date(2026, 1, 1), date(2024, 2, 29)),
        (2, 30, date(2025, 2, 28), date(2026, 1, 1), None),
        (0, 0, date(2025, 2, 28), date(2026, 1, 1), None),
        (12, 30, None, date(2026, 1, 2), date(2025, 12, 30)),  # a live wire without a date
        (6, 30, None, date(2026, 1, 2), None),  # an archive: any year could be meant
    ],
)
def test_resolve(month: int, day: int, published: date | None, fetched: date, expected: date | None) -> None:
    assert dateline.resolve(Dateline("OSLO", month, day, 0, ""), published, fetched) == expected


def test_of_reuters_own_tags(reuters: list[tuple[str, str]]) -> None:
    """Nearly all of Reuters' datelines are extracted as tagged, and nothing from a body that has none."""
    right = wrong = invented = 0
    for tag, body in reuters:
        place = re.sub(r"[ ,]+[A-Za-z]+\.? ?\d+ *-?$", "", " ".join(tag.split()).strip(" -"))
        found = dateline.extract_dateline(plain_text.to_blocks(tag + body)[0].text)
        right += found is not None and found.place == place
        wrong += found is not None and found.place != place
        invented += bool((bare := plain_text.to_blocks(body)) and dateline.extract_dateline(bare[0].text))
    assert len(reuters) > 900
    assert right / len(reuters) > 0.97
    assert wrong / len(reuters) < 0.01
    assert invented == 0


@pytest.fixture
def reuters(shared_data: Path) -> list[tuple[str, str]]:
    """Return (dateline, body) of the first thousand stories of Reuters-21578."""
    with tarfile.open(shared_data / "reuters21578" / "reuters21578-sgm.tar.xz") as archive:
        member = archive.extractfile("data/0.sgm")
        assert member is not None
        text = html.unescape(member.read().decode("latin-1"))
    return re.findall(r"<DATELINE>(.*?)</DATELINE><BODY>(.*?)\x03?</BODY>", text, re.DOTALL)


@pytest.mark.parametrize(
    ("head", "place", "month", "day", "agency"),
    [
        ("新华社上海10月1日电 ", "上海", 10, 1, "新华社"),
        ("中新社北京10月1日电 ", "北京", 10, 1, "中新社"),
        ("【パリ共同】", "パリ", 0, 0, "共同"),
        ("【ニューヨーク＝時事】", "ニューヨーク", 0, 0, "時事"),
        ("［ロンドン　1日　ロイター］ － ", "ロンドン", 0, 1, "ロイター"),
        ("【10月1日 AFP】", "", 10, 1, "AFP"),
        ("(부산=연합뉴스) ", "부산", 0, 0, "연합뉴스"),
        ("القاهرة (رويترز) - ", "القاهرة", 0, 0, "رويترز"),
        ("بيروت 1 أكتوبر (أ ف ب) - ", "بيروت", 10, 1, "أ ف ب"),
    ],
)
def test_agencies_with_forms_of_their_own(head: str, place: str, month: int, day: int, agency: str) -> None:
    assert dateline.extract_dateline(head + REST) == Dateline(place, month, day, 0, REST, agency=agency)


@pytest.mark.parametrize(
    "text",
    ["【速報】港が閉鎖", "(서울=서울) 항구", "ميناء بيروت (المرفأ) - مغلق", "[東京 1日 晴れ] 港", "عن رويترز - خبر"],
)
def test_brackets_without_an_agency_stay(text: str) -> None:
    assert dateline.extract_dateline(text) is None


def test_a_day_without_a_month_is_the_last_one() -> None:
    found = Dateline("ロンドン", 0, 30, 0, REST, agency="ロイター")
    assert dateline.resolve(found, date(2026, 10, 1), date(2026, 11, 20)) == date(2026, 9, 30)
    assert dateline.resolve(found._replace(day=2), None, date(2026, 10, 1)) == date(2026, 10, 2)
    assert dateline.resolve(found._replace(day=99), None, date(2026, 10, 1)) is None


@pytest.mark.parametrize("near", [date.min, date.max])
def test_a_day_alone_near_the_end_of_the_calendar(near: date) -> None:
    dateline.resolve(Dateline("x", 0, 24, 0, "t"), near, near)


@pytest.mark.parametrize(
    "text",
    [
        "【99月99日 AFP】本文",
        "新华社北京13月45日电 正文",
        "ونقلت الوكالة عن مسؤول (واس) - ان",
    ],
)
def test_what_can_not_be_a_dateline_stays(text: str) -> None:
    assert own_form(text) is None
