"""Fields of all wire formats: numbers, datelines, bylines; media, places and drafts made of them."""

from datetime import UTC, date, datetime

import pytest

from newsbeam.transforms.parse.wire.drafts import cleaned, draft_entry
from newsbeam.transforms.parse.wire.fields import (
    INT32,
    authors_of,
    day_in,
    decimal,
    has_other_dateline,
    is_not_for_publication,
    names_of,
    place_of,
    whole_number,
    without_by,
)
from newsbeam.transforms.parse.wire.media import country_code, media_kind, media_of, place_named
from newsbeam.transforms.parse.wire.values import objects_of, word_in, words_in
from newsbeam.transforms.records import Document, Media, Place

DOCUMENT = Document("drop/a", b"", datetime(2026, 11, 20, tzinfo=UTC), "Harbour", "drop/*")


@pytest.mark.parametrize(
    ("raw", "number"),
    [("7", 7), ("+7", 7), ("007", 7), ("3.0", 3), ("20250103100000", 20250103100000), ("9" * 18, 10**18 - 1)],
)
def test_whole_numbers(raw: str, number: int) -> None:
    assert whole_number(raw) == number


@pytest.mark.parametrize("raw", ["", "-1", "3.5", "9" * 19, "0" * 99 + "1", "1e3", "x", "٣", "nan"])
def test_invalid_whole_numbers(raw: str) -> None:
    assert whole_number(raw) is None


def test_numbers_within_bounds() -> None:
    assert [whole_number(str(number), INT32) for number in (2**31 - 1, 2**31)] == [2**31 - 1, None]
    assert [decimal(raw, -90, 90) for raw in ("55.5", "-90", "1e1", "91", "nan", "inf", "", "1_0", "1e999")] == [
        *(55.5, -90.0, 10.0),
        *[None] * 6,
    ]


@pytest.mark.parametrize(
    ("dateline", "place", "day"),
    [
        ("YSTAD, Jan. 2, 2024 (Wire) -", "YSTAD", date(2024, 1, 2)),
        ("YSTAD, Sweden, Dec. 31 (Wire) -", "YSTAD, Sweden", date(2025, 12, 31)),
        ("YSTAD Dec. 31 (Wire) -", "YSTAD", date(2025, 12, 31)),
        ("PARIS, 2 janv. 2024 (Wire)", "PARIS", date(2024, 1, 2)),
        ("Madrid, 1 de enero de 2024", "Madrid", date(2024, 1, 1)),
        ("Berlin, 3. Januar", "Berlin", date(2026, 1, 3)),
        ("OSLO 2024-01-02 (Wire)", "", date(2024, 1, 2)),
        ("YSTAD, Feb. 30, 2024", "YSTAD", None),
        ("YSTAD, 01/02", "YSTAD", None),
        ("ROUTE 66, Utah", "Utah", None),
        ("SAID TO BE DECEMBER 31, 2015", "", date(2015, 12, 31)),
        ("", "", None),
    ],
)
def test_datelines(dateline: str, place: str, day: date | None) -> None:
    assert (place_of(dateline), day_in(dateline, date(2026, 1, 3))) == (place, day)


@pytest.mark.parametrize(
    ("place", "line", "other"),
    [
        ("Oslo", "YSTAD (Wire) - A mill burned.", True),
        ("Oslo", "GREEN BAY, Wis. (AP) _ A mill burned.", True),
        ("Malmö", "MALMO (Wire) - A mill burned.", False),
        ("NEW YORK, N.Y.", "NEW YORK (AP) — A mill burned.", False),
        ("Oslo", "A mill (the old one) burned.", False),
        ("Oslo", "A mill burned.", False),
    ],
)
def test_a_text_has_a_dateline_of_its_own(place: str, line: str, other: bool) -> None:
    assert has_other_dateline(place, line) == other
    entry = draft_entry(DOCUMENT, "nitf", dateline_place=place, content=f"<p>{line}</p>")
    assert cleaned(entry).dateline_place == ("" if other else place)


@pytest.mark.parametrize(
    ("byline", "bare"),
    [
        ("By Ann Berg", "Ann Berg"),
        ("ByAnn Berg", "Ann Berg"),
        ("BY ANN BERG", "ANN BERG"),
        ("By: Ann Berg", "Ann Berg"),
        ("Door Ann Berg", "Ann Berg"),
        ("Di Anna Berg", "Anna Berg"),
        ("Di Maio", "Di Maio"),
        ("Byron Lind", "Byron Lind"),
        ("BYRON LIND", "BYRON LIND"),
        ("von der Berg", "von der Berg"),
        ("by the desk", "by the desk"),
    ],
)
def test_bylines(byline: str, bare: str) -> None:
    assert without_by(byline) == bare
    assert names_of(bare) == (bare,)


def test_what_is_not_for_publication() -> None:
    names = ("nonpublic", "non-public", "contacts", "dpaContacts", "notepad", "private", "text", "public", "", "main")
    assert [name for name in names if is_not_for_publication(name)] == list(names[:6])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[USN:L8N1 TEXT:"full story"]', "full story"),
        ("[USN:L8N1 TEXT:&quot;full story&quot;]", "full story"),
        ("[ID:nL8 TEXT:“full story”]", "full story"),
        ('[USN:L8N1 TEXT:""]', ""),
        ("[USN:L8N1]", "[USN:L8N1]"),
        ('[He said] TEXT:"x"', '[He said] TEXT:"x"'),
    ],
)
def test_link_marks(text: str, expected: str) -> None:
    entry = cleaned(draft_entry(DOCUMENT, "nitf", title=f"See {text}", content=f"<p>{text}</p>"))
    assert (entry.title, entry.content) == (f"See {expected}", f"<p>{expected}</p>")


@pytest.mark.parametrize(
    ("raw", "unit", "seconds"),
    [
        ("90", "", 90.0),
        ("90.5", "timeunit:seconds", 90.5),
        ("1500", "timeunit:milliseconds", 1.5),
        ("0:01:30", "timeunit:normalPlayTime", 90.0),
        ("PT1M30S", "", 90.0),
        ("250", "timeunit:frames", None),
        ("x", "", None),
        ("-1", "", None),
        ("9" * 30, "", None),
    ],
)
def test_durations(raw: str, unit: str, seconds: float | None) -> None:
    assert media_of("u", duration=raw, duration_unit=unit).duration_s == seconds


def test_kinds_and_sizes_of_files() -> None:
    assert media_of(" u ", "ninat:picture", media_type="Image/JPEG", width="4", bytes=str(2**63)) == Media(
        "u", "image", "image/jpeg", width=4
    )
    kinds = ("picture", "graphic", "video/mp4", "sound", "text", "", "application/pdf")
    assert [media_kind(kind) for kind in kinds] == ["image", "image", "video", "audio", "other", "other", "other"]
    assert media_of("u", "video", media_type="text/xml").kind == "other"


def test_places() -> None:
    assert place_named("", "subject") is None
    assert place_named("", "subject", "geo:1") == Place("geo:1", "subject", "geo:1")
    assert place_named("Ystad", "dateline", position=("55.4", "13.8")) == Place(
        "Ystad", "dateline", latitude=55.4, longitude=13.8
    )
    assert place_named("Ystad", "dateline", position=("55.4", "")) == Place("Ystad", "dateline")


@pytest.mark.parametrize(
    ("code", "country"),
    [
        *(("SE", "SE"), ("iso3166-1a2:SE", "SE"), ("iso3166-1a2:US-NV", "US"), ("se", ""), ("SWE", ""), ("", "")),
        *(
            ("http://cvx.iptc.org/iso3166-1a2/se", "SE"),
            ("iso3166-1a3:SWE", ""),
            ("cntry:SE", ""),
            ("dpacountry:1", ""),
        ),
    ],
)
def test_countries(code: str, country: str) -> None:
    assert country_code(code) == country


def test_values_of_several_shapes() -> None:
    fields = {"a": " x\ny ", "b": ["p", {"name": "q"}, [{"literal": 7}], None], "c": {"Value": "v"}, "d": True}
    assert words_in(fields, "a", "b", "c", "d", "e") == ("x y", "p", "q", "7", "v")
    assert (word_in(fields, "e", "d", "b"), word_in(fields, "e")) == ("p", "")
    assert list(objects_of({"main": {"URI": "u"}, "more": [{"uri": "v"}, 7]})) == [
        ("main", {"uri": "u"}),
        ("more", {"uri": "v"}),
    ]
    assert list(objects_of({"uri": "u"})) == [("", {"uri": "u"})]
    assert list(objects_of(None)) == list(objects_of("x")) == []


def test_logins_give_way_to_the_names_in_the_byline() -> None:
    assert authors_of(("berg.ann", "lind.bo-erik"), ("Ann Berg",)) == ("Ann Berg",)
    assert authors_of(("berg.ann",), ()) == ("berg.ann",)
    assert authors_of(("Cher", "berg.ann"), ("Ann Berg",)) == ("Cher", "berg.ann")
    assert authors_of((), ("Ann Berg",)) == ("Ann Berg",)
