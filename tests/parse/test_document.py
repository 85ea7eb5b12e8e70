"""Formats, bad input, and that `parse_document` raises nothing but ParseError."""

import random
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from newsbeam.transforms.errors import NotAFeedError, ParseError, UnsafeXmlError
from newsbeam.transforms.parse.document import Parsed, ParseLimits, parse_document
from newsbeam.transforms.parse.format import Format
from newsbeam.transforms.parse.sniff import sniff
from newsbeam.transforms.records import Document, Entry

FEED = "https://harbour.example/rss"
ITEM = "<item><title>Zürich ist über alles möglich</title></item>"


def document(body: bytes | str, uri: str = FEED, **claims: str) -> Document:
    body = body.encode() if isinstance(body, str) else body
    return Document(uri, body, datetime(2026, 11, 20, tzinfo=UTC), "Harbour", uri, **claims)


def parse(body: bytes | str, uri: str = FEED, **claims: str) -> Parsed:
    return parse_document(document(body, uri, **claims))


@pytest.mark.parametrize(
    ("body", "uri", "claim", "expected"),
    [
        ("<rss/>", FEED, "auto", "feed"),
        ("\ufeff \n<feed/>", FEED, "auto", "feed"),
        ("junk <rss/>", FEED, "auto", "feed"),
        ("<rss/>".encode("utf-16"), FEED, "auto", "feed"),
        ("<rss/>".encode("utf-16-be"), FEED, "auto", "feed"),
        (' {"items": []}', FEED, "auto", "jsonfeed"),
        ("Title\nBody", "drops/a.txt", "auto", "text"),
        ("[Update] Title\nBody", "drops/a", "auto", "text"),
        ("<ACME CORP> 4TH QTR NET\nBody", "drops/a", "auto", "text"),
        ("<nitf", "drops/a", "auto", "nitf"),
        ("Title <b>\nBody", "file:///drops/a.txt", "auto", "text"),
        ("Title\nBody", "https://harbour.example/a.txt?x=1", "auto", "text"),
        ("junk <rss/>", "drops/a.xml", "auto", "feed"),
        ("Title", FEED, "text", "text"),
        ("x", FEED, "rss20", "feed"),
        ("x", FEED, "atom10", "feed"),
        ("x", FEED, "jsonfeed11", "jsonfeed"),
        ("x", FEED, "nitf", "nitf"),
        ('<?xml version="1.0"?><!-- <rss/> --><newsItem xmlns="u"/>', "drops/a.xml", "auto", "newsml-g2"),
        ('<n:newsMessage xmlns:n="u"/>', "drops/a", "auto", "newsml-g2"),
        ("<conceptItem/>", "drops/a.xml", "auto", "newsml-g2"),
        ('<NewsML Version="1.2"/>', "drops/a.xml", "auto", "newsml-1"),
        ('<!DOCTYPE nitf SYSTEM "nitf-3-6.dtd"><nitf/>', "drops/a.txt", "auto", "nitf"),
        (f"<!--{'x' * 5_000}--><nitf/>", "drops/a", "auto", "nitf"),
        ('{"uri": "urn:x"}', "drops/a.json", "auto", "ninjs"),
        ('[{"uri": "urn:x"}]', "drops/a", "auto", "ninjs"),
        ('{"format": "digitalwires@0.9.1"}', "drops/a", "auto", "digitalwires"),
        ("\x01abc0217 4 vm 96  abc 0217\r\n\r\nFerry/\r\n\x02Text", "drops/a.txt", "auto", "iptc7901"),
        ("\x16\x16\x01a0123\x1f-----\r\nr a\x13\x11BC-Ferry 11-22 0416\r\n\x02Text", "drops/a.txt", "auto", "anpa"),
    ],
)
def test_sniff(body: bytes | str, uri: str, claim: str, expected: str) -> None:
    assert sniff(document(body, uri, format=claim)).name == expected


def test_a_story_as_text(data: Path) -> None:
    body = (data / "stories/ferry.txt").read_bytes()
    (entry,) = parse(body, "drops/ferry.txt", language="en").entries
    assert (entry.title, entry.format, entry.content_type) == ("Ferry returns to the harbour", "text", "text/plain")
    assert entry.content.startswith("HARBOUR TOWN - The ferry is back after a week of repairs.\nIts crew")
    assert (entry.language, entry.url, entry.guid, entry.link_is_identity) == ("en", "", "", False)
    changed = parse(body.replace(b"week", b"day"), "drops/ferry.txt").entries[0]
    assert changed.entry_id == entry.entry_id
    assert changed.content_hash != entry.content_hash
    assert parse(body, "drops/other.txt").entries[0].entry_id != entry.entry_id


def test_the_seed_story(shared_data: Path) -> None:
    (path,) = (shared_data / "seed").glob("*.txt")
    parsed = parse(path.read_bytes(), str(path), format="text")
    (entry,) = parsed.entries
    assert entry.title == "Lavrov Says Japan Promised Russia to Address Concerns Over Its Military Alliance With US"
    assert parsed.dead_letters == ()


@pytest.mark.parametrize(
    ("body", "error", "reason"),
    [
        (b"", ParseError, "the document is empty: it has 0 bytes"),
        (b" \n", ParseError, "only white space"),
        ("<!DOCTYPE html><html><body><p>Not found</p></body></html>", NotAFeedError, "HTML page"),
        ("<html><rss></rss></html>", NotAFeedError, "HTML page"),
        ('<img src="x"/><p>Words</p>', NotAFeedError, "<img>"),
        ("Not found", NotAFeedError, "neither XML nor JSON"),
        ("<urlset><url><loc>x</loc></url></urlset>", NotAFeedError, "<urlset>"),
        (b"\x89PNG\r\n\x1a\n\x00<\x00", NotAFeedError, "a PNG picture"),
        (
            '<!DOCTYPE r [<!ENTITY a SYSTEM "b">]><rss><channel><item><title>&a;</title></item></channel></rss>',
            UnsafeXmlError,
            "entity a",
        ),
        (f"<rss><channel>{ITEM[:-9]}", ParseError, "truncated"),
    ],
)
def test_bad_input_is_an_error_with_a_reason(body: bytes | str, error: type[ParseError], reason: str) -> None:
    with pytest.raises(error, match=reason) as caught:
        parse(body)
    assert type(caught.value) is error


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (f"<rss><channel>{ITEM}</channel>", "truncated"),
        (f'<?xml version="1.0" encoding="iso-8859-1"?><rss><channel>{ITEM}</channel></rss>', "wrong encoding"),
        (
            f'<?xml version="1.0" encoding="utf-8"?><rss><channel>{ITEM}</channel></rss>'.encode("latin-1"),
            "wrong encoding",
        ),
        (f"<rss><channel>\x0b{ITEM}</channel></rss>", "1 control character removed"),
        (f"<rss><channel>{ITEM}<b></channel></rss>", "not well-formed"),
    ],
)
def test_a_repaired_document_gives_entries_and_a_dead_letter(body: bytes | str, reason: str) -> None:
    parsed = parse(body)
    assert [e.title for e in parsed.entries] == ["Zürich ist über alles möglich"]
    (letter,) = parsed.dead_letters
    assert reason in letter.message
    assert (letter.repaired, letter.stage, letter.uri, letter.source) == (True, "parse", FEED, "Harbour")
    assert letter.payload == (body.encode() if isinstance(body, str) else body)


def test_entries_after_a_cut_are_lost_with_a_dead_letter() -> None:
    parsed = parse(f"<rss><channel>{ITEM}<item><title>cut o")
    assert [e.title for e in parsed.entries] == ["Zürich ist über alles möglich"]
    assert [(letter.message, letter.repaired) for letter in parsed.dead_letters] == [
        ("truncated: the entries after the cut are missing", False)
    ]


def test_a_text_is_the_same_wherever_the_run_was_started() -> None:
    body = b"Title\n\nText of a story.\n"
    now = datetime(2026, 11, 20, tzinfo=UTC)
    ids = [
        parse_document(Document(uri, body, now, "Wire", "drops/a.zip")).entries[0].entry_id
        for uri in ("drops/a.zip!b.txt", "/home/drops/a.zip!b.txt", "drops/a.zip!c.txt", "drops/a.zip")
    ]
    assert ids[0] == ids[1]
    assert len(set(ids)) == 3


def test_what_an_agency_writes_counts_in_text_too() -> None:
    (kill,) = parse("KILL: Ferry Sinks\n\nDo not use the story on the ferry.\n", "drops/kill.txt").entries
    assert (kill.status, "kill" in kill.signals) == ("canceled", True)
    (held,) = parse("Ferry Sinks\n\nEMBARGOED until 2035-01-01 00:01 GMT\n\nText.\n", "drops/held.txt").entries
    assert (held.status, held.embargo_until) == ("usable", datetime(2035, 1, 1, 0, 1, tzinfo=UTC))


def test_the_first_line_of_a_text_keeps_its_indentation() -> None:
    """What all lines are indented by says nothing, so a first line without it would make paragraphs of the others."""
    (entry,) = parse("Title\n \n\n   One line of a text\n   that goes on.\n", "drops/a.txt").entries
    assert entry.content == "   One line of a text\n   that goes on."


def test_entities_after_the_prolog_are_not_expanded() -> None:
    doctype = '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/hostname"><!ENTITY y "yy">]>'
    body = f"<rss>{doctype}{ITEM}<item><title>&x;&y;</title></item></rss>"
    assert [e.title for e in parse(body).entries][1:] == ["&x;&y;"]


def test_an_unknown_format_is_an_error() -> None:
    with pytest.raises(ParseError, match='unknown format "morse"; known formats: '):
        parse("-- --- .-. ... .", format="morse")


@pytest.mark.parametrize(
    "body", ["<!--" * 200_000, "<" * 500_000, "<rss>" + "<![CDATA[" * 100_000, "<rss>" + "</item " * 100_000]
)
def test_junk_takes_no_time(body: str) -> None:
    with pytest.raises(ParseError):
        parse(body)


def _damage(body: bytes, rng: random.Random) -> bytes:
    junk = (
        b"<",
        b"&",
        b"]]>",
        b"<![CDATA[",
        b"\x00",
        b"\xff",
        b"<!--",
        b"&#xd800;",
        b"</item>",
        b"{",
        b"<!DOCTYPE x [",
        b"\\ud83d",
    )
    position = rng.randrange(len(body))
    match rng.randrange(4):
        case 0:
            return body[:position]
        case 1:
            return body[:position] + bytes([rng.randrange(256)]) + body[position + 1 :]
        case 2:
            return body[:position] + rng.choice(junk) + body[position:]
        case _:
            encoding = rng.choice(("utf-16", "utf-32", "cp1251", "gb18030", "shift_jis", "cp037", "utf-7"))
            return body.decode("utf-8", "replace").encode(encoding, "replace")


def test_whatever_is_damaged_gives_entries_or_a_parse_error(data: Path) -> None:
    rng = random.Random(3)
    bodies = [path.read_bytes() for folder in ("feeds", "stories") for path in sorted((data / folder).iterdir())]
    for _ in range(1_500):
        body = rng.choice(bodies)
        for _ in range(rng.randint(1, 4)):
            body = _damage(body, rng) or b"<"
        try:
            parsed = parse(
                body, rng.choice((FEED, "drops/a.txt")), format=rng.choice(("auto", "auto", "feed", "text", "jsonfeed"))
            )
        except ParseError:
            continue
        for entry in parsed.entries:
            assert len(entry.entry_id) == 24
            "".join((entry.title, entry.url, entry.guid, entry.content, *entry.authors)).encode("utf-8")
        assert not [each for each in parsed.dead_letters if each.repaired and "left out" in each.message]


@pytest.mark.parametrize(
    ("title", "named", "expected"),
    [
        (" The Harbour\n Post ", False, "The Harbour Post"),
        ("The Harbour Post", True, "Ours"),
        ("", False, "Ours"),
        ("T" * 5000, False, "T" * 200),
    ],
)
def test_a_feed_without_a_name_is_called_what_it_calls_itself(
    monkeypatch: pytest.MonkeyPatch, title: str, named: bool, expected: str
) -> None:
    entry = Entry("id", "Ours", FEED, "rss20", datetime(2026, 11, 20, tzinfo=UTC), feed_title=title)
    fake = Format("fake", lambda _: True, lambda *_: Parsed((entry,)))
    monkeypatch.setattr("newsbeam.transforms.parse.document.sniff", lambda _: fake)
    (found,) = parse_document(replace(document("<rss/>"), source="Ours", named=named)).entries
    assert found.source == expected


def test_ids_of_entries_are_made_of_the_sources_id_and_not_of_its_name() -> None:
    feed = "<rss version='2.0'><channel><item><guid>urn:x:1</guid></item><item><guid>2</guid></item></channel></rss>"
    ours = replace(document(feed), source_id="harbour.example/rss")
    for body in (ours, replace(ours, body=b"Title\n\nText", uri="a.txt", format="text")):
        first, renamed = parse_document(body).entries, parse_document(replace(body, source="Renamed")).entries
        assert [each.entry_id for each in first] == [each.entry_id for each in renamed]
        assert {(each.source, each.source_id) for each in renamed} == {("Renamed", "harbour.example/rss")}
        other = parse_document(replace(body, source_id="other")).entries
        assert not {each.entry_id for each in first} & {each.entry_id for each in other}
    broken = parse_document(replace(ours, body=b"<rss><channel><item><guid>1</guid></item>"))
    assert {letter.source for letter in broken.dead_letters} == {"Harbour"}


def test_the_limits_decide_what_is_a_change() -> None:
    feed = "<rss version='2.0'><channel><item><guid>1</guid><title>a</title></item></channel></rss>"
    (entry,) = parse_document(document(feed), ParseLimits(content_hash=lambda entry: f"hash of {entry.title}")).entries
    assert entry.content_hash == "hash of a"
