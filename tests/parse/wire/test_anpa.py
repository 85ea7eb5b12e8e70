"""ANPA 1312: our own messages, one quirk in each file."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from newsbeam.transforms.errors import NotAFeedError, ParseError
from newsbeam.transforms.parse.result import Parsed, ParseLimits
from newsbeam.transforms.parse.wire.anpa import looks_like_anpa, parse_anpa
from newsbeam.transforms.parse.wire.iptc7901 import looks_like_iptc7901
from newsbeam.transforms.records import Document, Entry
from newsbeam.transforms.text.split import split_entry
from tests.parse.wire.mutants import mutants

NOW = datetime(2024, 11, 25, 12, tzinfo=UTC)


def parse(body: bytes, most: int | None = None) -> Parsed:
    return parse_anpa(Document("drops/a.anpa", body, NOW, "Wire", "drops/*", language="en"), ParseLimits(most))


def texts(entry: Entry) -> list[tuple[str, str]]:
    return [(paragraph.kind, paragraph.text) for paragraph in split_entry(entry).story.paragraphs]


@pytest.fixture
def drops(data: Path) -> Path:
    return data / "wire" / "anpa"


def read(drops: Path, name: str) -> Entry:
    body = (drops / f"{name}.anpa").read_bytes()
    assert looks_like_anpa(body)
    assert not looks_like_iptc7901(body)
    parsed = parse(body)
    assert not parsed.dead_letters
    (entry,) = parsed.entries
    return entry


def test_a_story(drops: Path) -> None:
    entry = read(drops, "story")
    assert entry.title == "Ferry returns to the harbor after five weeks in dock"
    assert (entry.guid, entry.provider_version) == ("a/bc-us--ferry/2024-11-22", 1)
    assert (entry.slugline, entry.provider, entry.urgency) == ("BC-US--Ferry", "AP", 4)
    assert entry.byline == "ANN BERG and BO QUIST, Associated Press"
    assert entry.authors == ("ANN BERG", "BO QUIST")
    assert entry.ednote == "AP Photo NH101, NH102; A new story. With AP Photos."
    assert entry.categories == ("domestic",)
    assert entry.published == datetime(2024, 11, 22, 19, 5, tzinfo=UTC)
    assert entry.published_raw == "AP-WX-11-22-24 1405EST"
    extracted = split_entry(entry).story.entry
    assert extracted.dateline_place == "NORTHHAVEN, Maine"
    assert extracted.byline == "ANN BERG and BO QUIST, Associated Press; AP writer Cy Doe contributed to this report"
    assert texts(entry) == [
        ("paragraph", "The ferry is back after five weeks in dock, and its captain said “all is well” on Friday."),
        ("paragraph", "It has 2½ decks."),
    ]


def test_leads_and_kills_are_versions_of_the_story(drops: Path) -> None:
    story, lead, kill = (read(drops, name) for name in ("story", "second_lead", "kill"))
    assert story.entry_id == lead.entry_id == kill.entry_id
    assert [entry.provider_version for entry in (story, lead, kill)] == [1, 3, None]
    assert story.revision < lead.revision < kill.revision
    assert [entry.status for entry in (story, lead, kill)] == ["usable", "usable", "canceled"]
    assert {"lead", "writethru"} <= set(lead.signals)
    assert kill.slugline == story.slugline
    assert [item.id for item in kill.related if item.rel == "kills"] == ["slug:bc-us--ferry"]


def test_adds_and_advances_are_items_of_their_own(drops: Path) -> None:
    story, add, advance = (read(drops, name) for name in ("story", "add", "advance"))
    assert len({entry.entry_id for entry in (story, add, advance)}) == 3
    assert "add" in add.signals
    assert (add.slugline, add.title, add.ednote) == ("BC-US--Ferry, 1st Add", "", "NORTHHAVEN: this report.")
    assert advance.title == "A life on the ferry"
    assert {"advance", "embargo"} <= set(advance.signals)
    assert advance.embargo_until == datetime(2024, 11, 24, 5, 0, tzinfo=UTC)
    assert advance.subjects == ("medtop:10000000",)


@pytest.mark.parametrize(
    ("slug", "version", "story"),
    [
        ("BC-US--Budget,0250", 1, "BC-US--Budget"),
        ("BC-US--Budget, 1st Ld-Writethru,0250", 2, "BC-US--Budget"),
        ("BC-US--Budget,1st Ld - Writethru", 2, "BC-US--Budget"),
        ("BC-US--Budget, 2nd Ld,0250", 3, "BC-US--Budget"),
        ("BC-US--Budget 12thLd-Writethru", 13, "BC-US--Budget"),
        ("Dollar-Markets, 7th Writethru", 8, "Dollar-Markets"),
        ("BC-US--Budget, Writethru", 2, "BC-US--Budget"),
        ("BC-US--Budget, 1st Ld-1st Add,0250", 2, "BC-US--Budget, 1st Add"),
        ("BC-US--Budget, Take 2,0250", 1, "BC-US--Budget, Take 2"),
        ("BC-US--Budget, Adv15,0250", 1, "BC-US--Budget, Adv15"),
        ("BC-US--Budget, BULLETIN KILL", None, "BC-US--Budget"),
        ("BC-US--Budget, WITHHOLD", None, "BC-US--Budget"),
        ("BC-AS--China-Daring Escape-ABRIDGED, 3rd Ld-Writethru,827", 4, "BC-AS--China-Daring Escape-ABRIDGED"),
    ],
)
def test_slugs(drops: Path, slug: str, version: int | None, story: str) -> None:
    body = (drops / "story.anpa").read_bytes().replace(b"BC-US--Ferry, 0060", slug.encode())
    (entry,) = parse(body).entries
    assert (entry.provider_version, entry.slugline) == (version, story)
    assert entry.guid == f"a/{story.lower()}/2024-11-22"


def test_tab_lines_and_results(drops: Path) -> None:
    entry = read(drops, "tab_lines")
    assert (entry.title, entry.subtitle, entry.byline) == ("Rowing Glance", "All Times EST", "The Associated Press")
    assert entry.authors == ()
    assert entry.subjects == ("medtop:15000000",)
    assert texts(entry) == [
        ("heading", "HARBOR LEAGUE"),
        ("table", "W | L | Pct\nNorthhaven | 7 | 1 | .875\nSands | 3 | 5 | .375\nElse | 1 | 7 | .125"),
        ("heading", "Saturday's Games"),
        ("table", "Northhaven 6 | Sands 5\nElse 4 | St. Ann 3 | 13 innings"),
        ("heading", "Sunday's Games"),
        ("table", "Sands at N.H. Else | 7:05 p.m.\nNorthhaven at St. Ann | ppd. | 2nd game"),
    ]
    body = (drops / "tab_lines.anpa").read_bytes().replace(b"\x12", b"\x11").replace(b"\x08", b"")
    assert texts(parse(body).entries[0])[1:] == texts(entry)[1:]


def test_headlines_without_a_text(drops: Path) -> None:
    entry = read(drops, "headlines_only")
    assert entry.title == "AP Top Ferry News at 11:23 p.m. EST"
    assert texts(entry) == [
        ("paragraph", "Captain's cat found on the bridge"),
        ("paragraph", "Harbor paints its lighthouse"),
    ]
    assert entry.guid == "v/ap-top-ferry-headlines/2024-11-22"  # the day on which it was filed, not that in Greenwich


def test_canadian_press(drops: Path) -> None:
    entry = read(drops, "canadian_press")
    assert entry.title == "Ferry shares advance as the Bank of Northhaven seeks to fire up its No. 3 harbour"
    assert entry.byline == "Ann Berg, THE CANADIAN PRESS"
    assert entry.categories == ("b", "Economy", "Shipping")
    assert (entry.provider, entry.provider_version, entry.ednote) == ("CP", 8, "ADDS details")
    assert entry.published == datetime(2024, 11, 22, 21, 35, tzinfo=UTC)
    assert entry.guid == "b/ferry-shares/2024-11-22"
    assert texts(entry) == [
        ("paragraph", "NORTHHAVEN — Shares in the ferry ran ahead sharply Friday on hopes for the harbour.")
    ]


def test_prose_under_the_mark_for_tables_is_prose() -> None:
    story = (
        "BC-Cup\r\nLund win the cup+\r\n     YSTAD, Sweden (AP) - Lund won, after a week, 1-0 at the \r\n"
        "old ground.\r\n     It rained, Dahl said.\r\nLund 2, Ystad 1\r\nVisby 3, Malmo 0\r\n"
    )
    header = "\x16\x16\x01a0123\x1f---\r\nr s\x13\x12 BC-Cup 11-22 0064\r\n"
    (entry,) = parse(f"{header}\x02{story}\x03AP-WX-11-22-24 1405EST\x04".encode()).entries
    assert (entry.title, entry.slugline) == ("Lund win the cup", "BC-Cup")
    assert texts(entry) == [
        ("paragraph", "Lund won, after a week, 1-0 at the old ground."),
        ("paragraph", "It rained, Dahl said."),
        ("table", "Lund 2 | Ystad 1\nVisby 3 | Malmo 0"),
    ]


def test_a_space_band_in_a_name_is_a_space(drops: Path) -> None:
    body = (drops / "tab_lines.anpa").read_bytes()
    start, end = body.index(b"\x02") + 1, body.index(b"\x03")
    table = (
        b"^Table=\r\n\x08New\x10 Harbour\x1f\x1e 73\x1f 52\r\n\x08Lund\x1f\x1e 71\x1f 50\r\n\x08Old\x10Town\x1080\r\n"
    )
    (entry,) = parse(body[:start] + table + body[end:]).entries
    assert texts(entry) == [("table", "New Harbour | 73 | 52\nLund | 71 | 50\nOld | Town | 80")]


def test_an_alert_has_no_headline(drops: Path) -> None:
    entry = read(drops, "alert")
    assert (entry.title, entry.urgency, entry.slugline) == ("", 2, "BC-US--APNewsAlert")
    assert texts(entry) == [("paragraph", "The ferry is back.")]


def test_several_messages(drops: Path) -> None:
    body = (drops / "several_in_one_file.anpa").read_bytes()
    assert [entry.slugline for entry in parse(body).entries] == ["BC-US--Ferry", "BC-US--Dock"]
    cut = parse(body, most=1)
    assert [letter.message for letter in cut.dead_letters] == ["1 of 2 entries left out: the limit is 1"]


def test_a_message_without_end(drops: Path) -> None:
    parsed = parse((drops / "truncated.anpa").read_bytes())
    assert [letter.message for letter in parsed.dead_letters] == ["a0123 -----: truncated: no end of text (ETX)"]
    assert not parsed.dead_letters[0].repaired
    (entry,) = parsed.entries
    assert (entry.guid, entry.published) == ("a/bc-us--ferry/2024-11-22", None)


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        ("AP-WX-11-22-24 1405EST", datetime(2024, 11, 22, 19, 5, tzinfo=UTC)),
        ("AP-WF-11-22-24 0005GMT", datetime(2024, 11, 22, 0, 5, tzinfo=UTC)),
        ("AAP-NA-11-22-24 1405AEDT", datetime(2024, 11, 22, 3, 5, tzinfo=UTC)),
        ("09:05 11-22-24", datetime(2024, 11, 22, 9, 5, tzinfo=UTC)),
        ("NW-09:05-11-22-24", datetime(2024, 11, 22, 9, 5, tzinfo=UTC)),
        ("AP-WX-13-42-24 1405EST", None),
        ("AP-WX-11-22-24 1405XYZ", None),
        ("later", None),
    ],
)
def test_dates(drops: Path, end: str, expected: datetime | None) -> None:
    parsed = parse((drops / "story.anpa").read_bytes().replace(b"AP-WX-11-22-24 1405EST", end.encode()))
    assert parsed.entries[0].published == expected
    assert bool(parsed.dead_letters) == (expected is None)
    assert parsed.entries[0].guid == "a/bc-us--ferry/2024-11-22"


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"No message at all", NotAFeedError),
        (b"\x16\x16\x01\x02\x03", NotAFeedError),
        (b"\x16\x16\x01a0123\x1f---\r\nr a\x13\x11 BC-X 11-22 0001\r\n\x02\r\n\x03", ParseError),
    ],
)
def test_no_message(body: bytes, error: type[ParseError]) -> None:
    with pytest.raises(error):
        parse(body)


def test_nothing_but_a_record_error_on_any_bytes(drops: Path) -> None:
    for body in mutants(drops, 1312):
        try:
            parse(body)
        except ParseError:
            continue
