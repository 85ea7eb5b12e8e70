"""IPTC 7901: our own messages, one quirk in each file, and dpa's, which exist as JSON as well."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from newsbeam.transforms.errors import NotAFeedError, ParseError
from newsbeam.transforms.parse.result import Parsed, ParseLimits
from newsbeam.transforms.parse.wire.anpa import looks_like_anpa
from newsbeam.transforms.parse.wire.fields import without_by
from newsbeam.transforms.parse.wire.iptc7901 import looks_like_iptc7901, parse_iptc7901
from newsbeam.transforms.records import Document, Entry
from newsbeam.transforms.text.split import split_entry
from tests.parse.wire.mutants import mutants

NOW = datetime(2024, 11, 25, 12, tzinfo=UTC)
STORY = (
    "Die Fähre über den großen Sund fährt wieder. Nach fünf Wochen in der Werft seien alle Mängel behoben, sagte "
    "Kapitän Björn Krüger am Freitag.",
    "Die Überfahrt dauert künftig eine Viertelstunde länger.",
)


def parse(body: bytes | str, fetched_at: datetime = NOW, most: int | None = None) -> Parsed:
    body = body.encode() if isinstance(body, str) else body
    document = Document("drops/a.iptc", body, fetched_at, "Wire", "drops/*", language="de")
    return parse_iptc7901(document, ParseLimits(most))


def texts(entry: Entry) -> list[tuple[str, str]]:
    return [(paragraph.kind, paragraph.text) for paragraph in split_entry(entry).story.paragraphs]


@pytest.fixture
def drops(data: Path) -> Path:
    return data / "wire" / "iptc7901"


@pytest.mark.parametrize(
    ("name", "number", "problems"),
    [
        ("utf8", "101", []),
        ("latin1", "102", []),
        ("code_page_850", "103", []),
        ("iso646_german", "104", []),
        ("iso646_designated", "105", []),
        ("no_start_of_text", "109", ["no start of text (STX)"]),
        ("teleprinter", "110", []),
        ("double_line_feeds", "111", []),
    ],
)
def test_one_story_in_many_shapes(drops: Path, name: str, number: str, problems: list[str]) -> None:
    body = (drops / f"{name}.iptc").read_bytes()
    assert looks_like_iptc7901(body)
    assert not looks_like_anpa(body)
    parsed = parse(body)
    (entry,) = parsed.entries
    assert [letter.message.partition(": ")[2] for letter in parsed.dead_letters] == problems
    assert all(letter.repaired and letter.payload for letter in parsed.dead_letters)
    assert entry.title == "Fähre fährt nach der Überholung wieder"
    assert entry.guid == f"abc0{number}/2024-11-22"
    assert entry.slugline == "Fähre/Hafen/Nordland"
    assert entry.categories == ("Fähre", "Hafen", "Nordland")
    assert (entry.urgency, entry.provider, entry.subjects) == (3, "dpa", ("dpacat:pl",))
    assert entry.published == entry.updated == datetime(2024, 11, 22, 13, 5, tzinfo=UTC)
    assert entry.published_raw == "221405 Nov 24"
    assert texts(entry) == [("paragraph", text) for text in STORY]
    assert split_entry(entry).story.entry.dateline_place == "Nordhafen"


def test_several_messages(drops: Path) -> None:
    body = (drops / "several_in_one_file.iptc").read_bytes()
    assert [entry.guid for entry in parse(body).entries] == ["abc0106/2024-11-22", "abc0107/2024-11-22"]
    cut = parse(b"Line noise\r\n" + body, most=1)
    assert [entry.guid for entry in cut.entries] == ["abc0106/2024-11-22"]
    between = parse(body.replace(b"\x04", b"\x04\r\nlost words\r\n", 1))
    assert [entry.guid for entry in between.entries] == ["abc0106/2024-11-22", "abc0107/2024-11-22"]
    (letter,) = between.dead_letters
    assert letter.message.endswith("left out: text after the end of the message (EOT)")
    assert not letter.repaired
    assert [letter.message for letter in cut.dead_letters] == [
        "left out: text before the first message",
        "1 of 2 entries left out: the limit is 1",
    ]


@pytest.mark.parametrize("after", [b"\x04 NNNN\r\n", b"\x04\r\n\x00 12 34\r\n"])
def test_what_a_teleprinter_sends_after_a_message_is_not_text(drops: Path, after: bytes) -> None:
    body = (drops / "several_in_one_file.iptc").read_bytes()
    assert not parse(body.replace(b"\x04", after, 1)).dead_letters


def test_a_message_without_end(drops: Path) -> None:
    parsed = parse((drops / "truncated.iptc").read_bytes())
    (entry,) = parsed.entries
    assert [letter.message for letter in parsed.dead_letters] == [
        "abc0108 3 pl 64 vvvvb dpa 0412: truncated: no end of text (ETX)"
    ]
    assert type(parsed.dead_letters[0].message) is str, "what polls and states hold"
    assert (entry.guid, entry.published) == ("", None)
    assert texts(entry)[0] == ("paragraph", STORY[0])


def test_notes_and_notepad(drops: Path) -> None:
    (entry,) = parse((drops / "notepad.iptc").read_bytes()).entries
    assert entry.title == "Zwölf Fahrgäste nach Havarie der Fähre gerettet"
    assert entry.byline == "Ann Berg und Bo Quist, dpa"
    assert entry.summary == "Die Fähre lief am Morgen auf Grund. Verletzt wurde niemand."
    assert entry.genres == ("KORR-Bericht",)
    assert entry.ednote.split("; ") == [
        "Im ersten Absatz wurde die Zahl der Fahrgäste korrigiert: zwölf statt zwanzig.",
        "mit Video",
        "Foto - Archiv",
        "Aktualisierte Fassung nach der Pressekonferenz des Hafens am Mittag",
        "Die nächste folgt um 18.00 Uhr",
    ]
    assert "correction" in entry.signals
    assert [text for kind, text in texts(entry) if kind == "paragraph"] == [
        "Zwölf Fahrgäste sind am Freitag von der Fähre gerettet worden.",
        "Ein Riff ohne Namen",
        "Das Schiff war auf ein Riff gelaufen, das auf keiner Karte steht.",
    ]


def test_tables(drops: Path) -> None:
    (entry,) = parse((drops / "tables.iptc").read_bytes()).entries
    assert [text for kind, text in texts(entry) if kind == "table"] == [
        "Freitag:\nNordhafen | - | Sandheim | 2:1 (1:0)\nWestholm | - | Osterode | 0:0 (0:0)",
        "Berg | 4\nQuist | 2",
        "Nordhafen 2 Sandheim 1\nWestholm 0 Osterode 0",
    ]


def test_typesetting_codes(drops: Path) -> None:
    (entry,) = parse((drops / "typesetting.iptc").read_bytes()).entries
    assert entry.title == "Museum für Knoten"
    assert texts(entry) == [("paragraph", "Das Museum für Knoten zeigt 1 200 Stücke. Es kostet nichts.")]


def test_other_agencies(drops: Path) -> None:
    (belga,) = parse((drops / "belga.iptc").read_bytes()).entries
    assert (belga.provider, belga.guid, belga.slugline) == ("BELGA", "spf001/2024-11-22", "AVIRON")
    assert (belga.dateline_place, belga.dateline_date) == ("PORT-NORD", date(2024, 11, 22))
    assert belga.published == datetime(2024, 11, 22, 23, 1, tzinfo=UTC)
    assert texts(belga)[2] == ("table", "Port-Nord - Sables | 0-1 | 0-3\nIle-Neuve - Pierre | 2-2 | 1-0")
    (kna,) = parse((drops / "kna.iptc").read_bytes()).entries
    assert (kna.provider, kna.title, kna.dateline_place) == ("KNA", "Orgel in Nordhafen klingt wieder", "Nordhafen")
    assert texts(kna) == [("paragraph", "Die Orgel der Kirche am Hafen klingt nach einem Jahr wieder.")]
    (english,) = parse((drops / "english_lead.iptc").read_bytes()).entries
    assert (english.title, english.byline) == ("Ferry returns after five weeks in dock", "By dpa correspondents")
    assert english.published == datetime(2024, 11, 22, 23, 22, tzinfo=UTC)
    assert {"lead", "refile"} <= set(english.signals)


def test_a_kill_names_the_message_and_keeps_the_slugline(drops: Path) -> None:
    (story,) = parse((drops / "utf8.iptc").read_bytes()).entries
    (kill,) = parse((drops / "kill.iptc").read_bytes()).entries
    assert kill.status == "canceled"
    assert kill.slugline == story.slugline
    assert story.guid in [item.id for item in kill.related if item.rel == "kills"]


@pytest.mark.parametrize(
    ("group", "fetched_at", "expected"),
    [
        ("221405 Nov 24", NOW, datetime(2024, 11, 22, 13, 5, tzinfo=UTC)),
        ("221405 GMT Nov 24", NOW, datetime(2024, 11, 22, 14, 5, tzinfo=UTC)),
        ("221405 MESZ Aug. 2024", NOW, datetime(2024, 8, 22, 12, 5, tzinfo=UTC)),
        ("22 1405 Mär 24", NOW, datetime(2024, 3, 22, 13, 5, tzinfo=UTC)),
        ("310001 JUL 97", NOW, datetime(1997, 7, 30, 22, 1, tzinfo=UTC)),
        # a missing month or year: the last such day before the fetch, never a later one
        ("221405 Nov", NOW, datetime(2024, 11, 22, 13, 5, tzinfo=UTC)),
        ("221405 Dez", NOW, datetime(2023, 12, 22, 13, 5, tzinfo=UTC)),
        ("221405", NOW, datetime(2024, 11, 22, 13, 5, tzinfo=UTC)),
        ("281405", NOW, datetime(2024, 10, 28, 13, 5, tzinfo=UTC)),
        ("311405", NOW, datetime(2024, 10, 31, 13, 5, tzinfo=UTC)),
        ("291405 Feb", datetime(2027, 1, 5, tzinfo=UTC), datetime(2024, 2, 29, 13, 5, tzinfo=UTC)),
        ("010005", datetime(2024, 12, 31, 23, 30, tzinfo=UTC), datetime(2024, 12, 31, 23, 5, tzinfo=UTC)),
        ("", NOW, None),
        ("321405 Nov 24", NOW, None),
        ("300005 Feb 24", NOW, None),
        ("soon", NOW, None),
    ],
)
def test_dates(drops: Path, group: str, fetched_at: datetime, expected: datetime | None) -> None:
    body = (drops / "utf8.iptc").read_bytes().replace(b"221405 Nov 24", group.encode())
    parsed = parse(body, fetched_at)
    assert parsed.entries[0].published == expected
    assert bool(parsed.dead_letters) == (bool(group) and expected is None)
    assert bool(parsed.entries[0].guid) == (expected is not None)


def test_the_number_of_a_converter_is_not_an_id(drops: Path) -> None:
    body = (drops / "utf8.iptc").read_bytes()
    assert parse(body.replace(b"abc0101", b"abc0000")).entries[0].guid == ""


@pytest.mark.parametrize("language", ["", "sv"])
def test_brackets_stay_brackets(language: str) -> None:
    text = "\x01abc0001 3 fi 9  x 1\n\x02Notes [sic] on {sets} =\n\nSee [1] | [2] ~ x@y.example {a}.\n\x03221405 Nov 24"
    (entry,) = parse_iptc7901(Document("a", text.encode(), NOW, "Wire", "a", language=language), ParseLimits()).entries
    assert entry.title == "Notes [sic] on {sets}"
    assert entry.content == "See [1] | [2] ~ x@y.example {a}."


@pytest.mark.parametrize(
    ("seven_bit", "expected"),
    [
        ("F{rjan g}r p} l|rdag. Den {r bl}.", "Färjan går på lördag. Den är blå."),
        (
            "F{hren m}ssen f}r gro~e Fracht zahlen, a.b@hafen.example",
            "Fähren müssen für große Fracht zahlen, a.b@hafen.example",
        ),
        ("Le pr{sident a d{j@ {t{ l@ apr}s l'hiver.", "Le président a déjà été là après l'hiver."),
    ],
)
def test_national_variants(seven_bit: str, expected: str) -> None:
    body = f"\x01abc0001 3 pl 9  xyz 1\nA/\n\x02Title =\n\n{seven_bit}\n\x03221405 Nov 24"
    assert parse_iptc7901(Document("a", body.encode(), NOW, "Wire", "a"), ParseLimits()).entries[0].content == expected


@pytest.mark.parametrize("encoding", ["cp1252", "cp850", "mac_roman", "cp1250"])
def test_eight_bits(encoding: str) -> None:
    word = (
        "Łódź i Gdańsk: później będzie więcej, też jaśniej"
        if encoding == "cp1250"
        else "Größe für Björn, später, Übung"
    )
    body = f"\x01abc0001 3 pl 9  xyz 1\nA/\n\x02{word} =\n\nText.\n\x03221405 Nov 24".encode(encoding)
    language = "pl" if encoding == "cp1250" else "de"
    (entry,) = parse_iptc7901(Document("a", body, NOW, "Wire", "a", language=language), ParseLimits()).entries
    assert entry.title == word


def test_punctuation_of_windows_is_not_a_letter_of_dos() -> None:
    text = "The city—once ‘small’—isn’t: “now…big” – café"
    body = f"\x01abc0001 3 pl 9  xyz 1\nA/\n\x02Title =\n\n{text}\n\x03221405 Nov 24".encode("cp1252")
    assert parse(body).entries[0].content == text


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"No message at all", NotAFeedError),
        (b"\x01\x02\x03", NotAFeedError),
        (b"\xff\xfe\x01\x00", NotAFeedError),
        (b"\x01abc0001 3 pl 9  xyz 1\r\nA/\r\n\x02\r\n\x03221405 Nov 24", ParseError),
    ],
)
def test_no_message(body: bytes, error: type[ParseError]) -> None:
    with pytest.raises(error):
        parse(body)


def test_a_file_without_control_characters_is_known_by_its_header(drops: Path) -> None:
    body = (drops / "belga.iptc").read_bytes().translate(None, b"\x01\x02\x03\x04")
    assert looks_like_iptc7901(body)
    assert parse(body).entries[0].guid == "spf001/2024-11-22"


def test_contacts_of_a_file_without_control_characters_are_not_text() -> None:
    contacts = "* * * *\nThe following information is not intended for publication\n- Ann, +46 40 1\n\n221405 Nov 24\n"
    first = f"hnw0012 3 i 60  hn 1003\n\n/mills/\nMill burns =\n\nIt burned.\n\n{contacts}"
    body = f"{first}\nhnw0013 3 i 60  hn 1004\n\n/mills/\nMill rebuilt =\n\nIt stands.\n\n{contacts}".encode()
    assert looks_like_iptc7901(body)
    entries = parse(body).entries
    assert [(entry.title, texts(entry)) for entry in entries] == [
        ("Mill burns", [("paragraph", "It burned.")]),
        ("Mill rebuilt", [("paragraph", "It stands.")]),
    ]
    assert len(parse(body, most=1).entries) == 1


@pytest.mark.parametrize(
    "text",
    [
        "Flight 370 1 200 people on board\nA line =\n",
        "Bus1234 5 12 people died\n\nIt was on Friday.\n",
        "A 5 12 =\n/a/\n",
    ],
)
def test_sentences_with_numbers_are_not_a_header(text: str) -> None:
    assert not looks_like_iptc7901(text.encode())


@pytest.mark.parametrize(
    ("above", "genres"), [("EXTRA", ()), ("2ND LEAD", ()), ("ANALYSIS", ("ANALYSIS",)), ("(Bericht)", ("Bericht",))]
)
def test_what_stands_above_a_headline(above: str, genres: tuple[str, ...]) -> None:
    header = "\x01abc0012 3 i 60  hn 1003\r\nmills/\r\n"
    body = f"{header}\x02{above}\r\nMill burns =\r\n\r\nIt burned.\r\n\x03221405 Nov 24\x04"
    (entry,) = parse(body.encode()).entries
    assert (entry.title, entry.genres) == ("Mill burns", genres)


@pytest.mark.parametrize(
    "body", [b"", b"Title\nText", b"<nitf/>", b'{"a": 1}', b"abc0101 3 pl 64", b"\x01\x02", b"\x01Title"]
)
def test_what_looks_like_nothing(body: bytes) -> None:
    assert not looks_like_iptc7901(body)
    assert not looks_like_anpa(body)


def test_nothing_but_a_record_error_on_any_bytes(drops: Path) -> None:
    for body in mutants(drops, 7901):
        try:
            parse(body)
        except ParseError:
            continue


# The three stories that dpa publishes as JSON ("digitalwires") and, by its own converter, as IPTC 7901. What differs:
# `id`, `version`, `kicker`, seconds and rights are not in IPTC 7901; subheads are lines like others.
DPA = ("dw-1", "eil", "lesestuecke")


@pytest.mark.parametrize("name", DPA)
def test_dpa_agrees_with_its_json(shared_data: Path, name: str) -> None:
    folder = shared_data / "newswire" / "dpa"
    (entry,) = parse((folder / f"{name}.iptc").read_bytes()).entries
    story = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    body = (story["dateline"] or "") + story["article_html"].replace("<h2>", "<p>").replace("</h2>", "</p>")
    html = replace(entry, content=body.replace('<section class="main">', ""), content_type="text/html")
    assert texts(entry) == texts(html)
    assert len(texts(entry)) == {"dw-1": 20, "eil": 1, "lesestuecke": 8}[name]

    names = {
        kind: [part["name"] for part in story["categories"] if part["type"] == f"dnltype:{kind}"]
        for kind in ("dpasubject", "keyword", "geosubject", "genre", "desk", "provider")
    }
    made = datetime.fromisoformat(story["version_created"])
    public = [note for note in story["ednotes"] if note["is_publishable"] and "closingline" not in note["role"]]
    assert entry.title == story["headline"]
    assert entry.summary == (story["teaser"] or "")
    assert entry.byline == without_by(story["byline"] or "")
    assert entry.urgency == story["urgency"]
    assert entry.published == made.astimezone(UTC).replace(second=0)
    assert set(entry.categories) == {*names["dpasubject"], *names["keyword"], *names["geosubject"]}
    assert entry.subjects == tuple(f"dpacat:{desk}" for desk in names["desk"])
    assert entry.provider == names["provider"][0]
    assert entry.genres in (tuple(names["genre"]), ())  # "Meldung", the plain one, isn't written above a headline
    assert set(entry.ednote.split("; ")) == {note["ednote"].replace("„", '"').replace("“", '"') for note in public} - {
        ""
    }
    assert ("correction" in entry.signals) == (story["signal"] == "sig:correction")


def test_what_dpa_keeps_from_publication_is_nowhere(shared_data: Path) -> None:
    (entry,) = parse((shared_data / "newswire" / "dpa" / "dw-1.iptc").read_bytes()).entries
    for private in ("+49", "@dpa.com", "Ansprechpartner", "kre/su", "Notizblock", "Kalckreuth"):
        assert private not in repr(entry)


@pytest.mark.parametrize("is_first", [True, False])
def test_a_bare_message_without_a_text_stops_no_other(is_first: bool) -> None:
    full = "abc0106 3 vm 31  dpa 0412\nHafen/\nNebel im Hafen =\nNordhafen (dpa) - Nichts ging mehr.\n221405 Nov 24\n"
    empty = "abc0105 3 vm 0  dpa 0411\nHafen/\n221404 Nov 24\n"
    parsed = parse(empty + full if is_first else full + empty)
    assert [entry.guid for entry in parsed.entries] == ["abc0106/2024-11-22"]
    (letter,) = parsed.dead_letters
    assert (letter.message, letter.payload, letter.repaired) == (
        "left out: no message has a text",
        empty.encode(),
        False,
    )


@pytest.mark.parametrize(
    ("category", "topic"), [("EVN", "06"), ("ENV", "06"), ("FIN", "04"), ("EBF", "04"), ("SPO", "15")]
)
def test_category_codes_are_subjects(category: str, topic: str) -> None:
    message = f"abc0106 3 {category} 31  xyz 0412\nHarbour/\nFog =\nText.\n221405 Nov 24\n"
    (entry,) = parse(message).entries
    assert (entry.subjects, entry.categories) == ((f"medtop:{topic}000000",), ("Harbour",))


def test_a_byte_order_mark_before_several_bare_messages() -> None:
    story = (
        "abc010{0} 3 vm 31  dpa 041{0}\nHafen/\nNebel im Hafen =\nNordhafen (dpa) - Nichts ging mehr.\n221405 Nov 24\n"
    )
    parsed = parse("\ufeff" + story.format(6) + story.format(7))
    assert [entry.guid for entry in parsed.entries] == ["abc0106/2024-11-22", "abc0107/2024-11-22"]
    assert parsed.dead_letters == ()


def test_a_stray_byte_leaves_the_other_letters_of_a_message() -> None:
    story = (
        "abc0106 3 vm 31  dpa 0412\nFähre/\nFähre fährt wieder =\nNordhafen (dpa) - Größe, Länge, Höhe: {} genügt.\n"
    )
    body = (story + "221405 Nov 24\n").encode().replace(b"{}", "Ä".encode("cp1252"))
    parsed = parse(body)
    (entry,) = parsed.entries
    assert (entry.title, "Größe, Länge, Höhe: Ä genügt." in entry.content) == ("Fähre fährt wieder", True)
    (letter,) = parsed.dead_letters
    assert "1 byte not in utf-8, read as windows-1252" in letter.message
