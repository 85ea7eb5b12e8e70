"""NITF: its markup as HTML, its head as the fields of an entry."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from lxml import etree

from newsbeam.transforms.errors import NotAFeedError, ParseError, UnsafeXmlError
from newsbeam.transforms.parse.result import Parsed, ParseLimits
from newsbeam.transforms.parse.wire.fields import names_of, place_of, urgency, whole_number, without_by
from newsbeam.transforms.parse.wire.nitf import parse_nitf
from newsbeam.transforms.parse.wire.nitf_markup import nitf_body
from newsbeam.transforms.records import Document, Entry, Media, Place, Related
from newsbeam.transforms.text.html import to_blocks
from newsbeam.transforms.text.split import split_entry

FETCHED = datetime(2024, 3, 6, tzinfo=UTC)


def parse(body: bytes, limits: ParseLimits = ParseLimits()) -> Parsed:  # noqa: B008  frozen
    return parse_nitf(Document("drop/a.xml", body, FETCHED, "Example", "drop/*.xml"), limits)


def one(body: str | bytes) -> Entry:
    (entry,) = parse(body.encode() if isinstance(body, str) else body).entries
    return entry


def read(markup: str) -> list[tuple[str, str]]:
    """Return the kinds and texts of the paragraphs in NITF markup."""
    return [(block.kind, block.text) for block in to_blocks(nitf_body(etree.fromstring(markup)))]


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("<p>One.</p><p>Two.</p>", [("paragraph", "One."), ("paragraph", "Two.")]),
        ("<hl1>Head</hl1><hl2>Sub</hl2><p>T</p>", [("heading", "Head"), ("heading", "Sub"), ("paragraph", "T")]),
        ("<bq><block><p>Words.</p></block><credit>A. Poet</credit></bq>", [("quote", "Words."), ("quote", "A. Poet")]),
        ("<ul><li>a</li><li><p>b</p></li></ul>", [("list_item", "a"), ("list_item", "b")]),
        ("<ol><li>a <em>b</em></li></ol>", [("list_item", "a b")]),
        ("<dl><dt>Term</dt><dd><block><p>Sense</p></block></dd></dl>", [("list_item", "Term"), ("list_item", "Sense")]),
        (
            "<table><caption>Scores</caption><tr><th>A</th><th>B</th></tr><tr><td>1</td><td><p>2</p></td></tr></table>",
            [("paragraph", "Scores"), ("table", "A | B\n1 | 2")],
        ),
        (
            "<nitf-table><nitf-table-metadata><nitf-table-summary><p>for editors</p></nitf-table-summary>"
            "</nitf-table-metadata><table><tr><td>1</td><td>2</td></tr><tr><td>3</td><td>4</td></tr></table></nitf-table>",
            [("table", "1 | 2\n3 | 4")],
        ),
        (
            "<nitf-table><custom-table><t xmlns='urn:x'><r><a>1</a><b>2</b></r><r><a>3</a><b>4</b></r></t>"
            "</custom-table></nitf-table>",
            [("table", "1 | 2\n3 | 4")],
        ),
        ("<nitf-table><custom-table>in words</custom-table></nitf-table>", [("paragraph", "in words")]),
        ("<p>one<br/>line</p>", [("paragraph", "one line")]),
        ("<p>one\n \n\ntwo</p>", [("paragraph", "one"), ("paragraph", "two")]),
        ("<p>a &lt; b &amp; c</p>", [("paragraph", "a < b & c")]),
        ("<note><body.content><p>For all.</p></body.content></note>", [("paragraph", "For all.")]),
        ("<note type='npa'><body.content><p>For editors.</p></body.content></note><p>x</p>", [("paragraph", "x")]),
        ("<block><p>a</p><datasource>Office</datasource></block>", [("paragraph", "a"), ("paragraph", "Office")]),
        ("<block><byline>By A B</byline><p>x</p></block>", [("paragraph", "By A B"), ("paragraph", "x")]),
        ("<para>a</para><para>b <x>c</x></para>", [("paragraph", "a"), ("paragraph", "b c")]),
        ("<sect><para>a</para><para>b</para></sect>", [("paragraph", "a"), ("paragraph", "b")]),
        ("<![CDATA[<p>a &amp; b</p><p>c</p>]]>", [("paragraph", "a & b"), ("paragraph", "c")]),
        ("Bare text\n\nof two paragraphs", [("paragraph", "Bare text"), ("paragraph", "of two paragraphs")]),
        ("<block><tobject/><key-list><keyword key='k'/></key-list><p>x</p></block>", [("paragraph", "x")]),
        ("<div><span>a</span> <strong>b</strong></div>", [("paragraph", "a b")]),
    ],
)  # fmt: skip
def test_blocks(markup: str, expected: list[tuple[str, str]]) -> None:
    assert read(f"<body.content>{markup}</body.content>") == expected


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<person><name.given>Ana</name.given><name.family>Costa</name.family></person>", "Ana Costa"),
        ("<person>Ana Costa</person>, <function>mayor</function>", "Ana Costa, mayor"),
        ("<location><city>Lisbon</city>, <country>Portugal</country></location>", "Lisbon, Portugal"),
        ("<location><city>Lisbon</city><country>Portugal</country></location>", "Lisbon Portugal"),
        ("<num>5<frac><numer>1</numer><frac-sep>/</frac-sep><denom>2</denom></frac></num> km", "5 1/2 km"),
        ("<frac><numer>3</numer><denom>4</denom></frac>", "3/4"),
        ("CO<sub>2</sub> and m<sup>2</sup>", "CO2 and m²"),
        ("<money unit='USD'>$5</money> on <chron norm='20240305'>Tuesday</chron>", "$5 on Tuesday"),
        ("<org>Port<alt-code idsrc='x' value='P'>PRT</alt-code></org>'s", "Port's"),
        ("<q>Yes</q>, <pronounce guide='a-NA'>Ana</pronounce> said", '"Yes", Ana said'),
        ("see <a href='http://e.org/?a=1&amp;b=2'>here</a> or <virtloc>e.org</virtloc>", "see here or e.org"),
        ("<lang>déjà</lang>-<em>vu</em>", "déjà-vu"),
        ("<copyrite><copyrite.year>2024</copyrite.year><copyrite.holder>EP</copyrite.holder></copyrite>", "2024 EP"),
        ("<postaddr><addressee>A</addressee><delivery.point>1 Road</delivery.point></postaddr>", "A 1 Road"),
    ],
)  # fmt: skip
def test_words_are_neither_glued_nor_cut(markup: str, text: str) -> None:
    assert read(f"<body.content><p>{markup}</p></body.content>") == [("paragraph", text)]


def test_pre_keeps_its_lines() -> None:
    assert (
        nitf_body(etree.fromstring("<body.content><pre>a  1\n\nb  2</pre></body.content>")) == "<pre>a  1\n\nb  2</pre>"
    )


def test_deep_nesting_is_read() -> None:
    depth = 250
    assert read(f"{'<block>' * depth}<p>x</p>{'</block>' * depth}") == [("paragraph", "x")]


def test_prefixes_don_t_matter() -> None:
    assert read('<n:body.content xmlns:n="urn:n"><n:hl2>a</n:hl2><n:p>b</n:p></n:body.content>') == [
        ("heading", "a"),
        ("paragraph", "b"),
    ]


def test_xhtml_is_read_as_it_is() -> None:
    page = (
        '<html xmlns="http://www.w3.org/1999/xhtml"><head><title>t</title></head><body><h3>a</h3><p>b</p></body></html>'
    )
    assert read(page) == [("heading", "a"), ("paragraph", "b")]


def test_captions_and_footnotes_come_after_the_story(data: Path) -> None:
    entry = one((data / "wire/nitf/photo-before-the-lead.xml").read_bytes())
    story = split_entry(entry).story
    assert [paragraph.text for paragraph in story.paragraphs] == [
        "Ferries sail again.",
        "Crews had walked out on Monday.",
        "Passengers wait on the pier. Example Press/Jo Poe",
        "As of noon.",
    ]
    assert story.entry.dateline_place == "OSLO"


def test_every_part_of_the_head_has_its_field(data: Path) -> None:
    parsed = parse((data / "wire/nitf/everything-in-its-head.xml").read_bytes())
    (entry,) = parsed.entries
    made = datetime(2024, 3, 5, 19, 30, tzinfo=UTC)
    assert parsed.dead_letters == ()
    assert (entry.format, entry.guid, entry.provider_version) == ("nitf", "EX:D1002", 2001)
    assert (entry.title, entry.subtitle) == ("Harbour bridge opens early", "Tolls start in May")
    assert entry.summary == "The bridge opened. A month early."
    assert (entry.byline, entry.authors) == ("Jane Doe, Example Press Writer", ("Jane Doe",))
    assert (entry.dateline_place, entry.dateline_date) == ("PORTLAND, Ore.", date(2024, 3, 5))
    assert (entry.published, entry.updated, entry.updated_raw) == (made, made, "20240305T143000-0500")
    assert (entry.status, entry.embargo_until) == ("usable", None)
    assert (entry.slugline, entry.urgency, entry.language) == ("BC-Harbour-Bridge", 3, "en-US")
    assert entry.ednote == "Photos will follow.; Adds quotes in 4th paragraph.; Call the desk with questions."
    assert entry.copyright == "© 2024 Example Press; Example Press No archive use"
    assert entry.provider == "Example Press"
    assert entry.categories == (
        *("harbour", "bridge", "City Notes", "Bridges", "Pacific Northwest"),
        *("Ana Costa", "Port Authority", "Metro", "Front"),
    )
    assert len(entry.subjects) == 2
    assert entry.genres == ("analysis",)
    assert entry.related == (Related("updates", "EX:D1001"),)
    assert entry.url == "https://example.com/harbour"
    texts = [paragraph.text for paragraph in split_entry(entry).story.paragraphs if paragraph.kind == "paragraph"]
    assert texts == ["The harbour bridge opened on Tuesday."]


def test_a_kill_names_what_it_kills(data: Path) -> None:
    entry = one((data / "wire/nitf/kill-by-doc-idref.xml").read_bytes())
    assert entry.status == "canceled"
    assert Related("kills", "EX:D1002") in entry.related
    assert entry.ednote == "Mandatory kill: the bridge did not open."


def story(docdata: str, attributes: str = "", body: str = "<p>x</p>") -> str:
    return (
        f"<nitf><head><docdata {attributes}>{docdata}</docdata></head>"
        f"<body><body.content>{body}</body.content></body></nitf>"
    )


HELD = 'management-status="embargoed"'
ISSUE = '<date.issue norm="20240305T100000Z"/>'


@pytest.mark.parametrize(
    ("docdata", "attributes", "until"),
    [
        ('<date.release norm="20240307T060000+0100"/>', HELD, datetime(2024, 3, 7, 5, tzinfo=UTC)),
        (f'{ISSUE}<date.release norm="20240307T060000Z"/>', "", datetime(2024, 3, 7, 6, tzinfo=UTC)),
        (f'{ISSUE}<date.release norm="20240305T100000Z"/>', "", None),
        (f'{ISSUE}<date.release norm="20240304"/>', 'management-status="usable"', None),
        ('<date.release norm="20240307T060000Z"/>', "", None),
        (ISSUE, HELD, None),
    ],
)  # fmt: skip
def test_embargo(docdata: str, attributes: str, until: datetime | None) -> None:
    assert one(story(docdata, attributes)).embargo_until == until


@pytest.mark.parametrize(
    ("docdata", "guid", "version"),
    [
        ('<doc-id id-string="D1"/>', "D1", None),
        ('<doc-id regsrc="AP" id-string="D1"/><du-key version="4" key="k"/>', "AP:D1", 4),
        ('<doc-id regsrc="AP" id-string="urn:newsml:ap.org:1:2"/>', "urn:newsml:ap.org:1:2", None),
        ('<doc-id regsrc="AP" id-string="D1"/><du-key generation="3" version="2" key="k"/>', "AP:D1", 3002),
        ('<doc-id regsrc="AP" id-string="D1"/><du-key generation="3" key="k"/>', "AP:D1", 3),
        (f'{ISSUE}<du-key version="x" key="BC-Bridge"/>', "BC-Bridge:20240305", None),
        ('<date.issue norm="2024-03-05T10:15:00Z"/><du-key key="BC-Bridge"/>', "BC-Bridge:20240305", None),
        ('<du-key key="BC-Bridge"/>', "", None),
    ],
)
def test_identity(docdata: str, guid: str, version: int | None) -> None:
    entry = one(story(docdata))
    assert (entry.guid, entry.provider_version) == (guid, version)


@pytest.mark.parametrize(
    ("norm", "expected"),
    [
        ("20240305T100000-0500", datetime(2024, 3, 5, 15, tzinfo=UTC)),
        ("20240305000000-0500", datetime(2024, 3, 5, 5, tzinfo=UTC)),
        ("20240305T100000Z", datetime(2024, 3, 5, 10, tzinfo=UTC)),
        ("20240305T1000", datetime(2024, 3, 5, 10, tzinfo=UTC)),
        ("20240305", datetime(2024, 3, 5, tzinfo=UTC)),
        ("20240305+0100", datetime(2024, 3, 4, 23, tzinfo=UTC)),
        ("20240305100000", datetime(2024, 3, 5, 10, tzinfo=UTC)),
        ("2024-03-05T10:00:00+01:00", datetime(2024, 3, 5, 9, tzinfo=UTC)),
    ],
)
def test_dates(norm: str, expected: datetime) -> None:
    assert one(story(f'<date.issue norm="{norm}"/>')).updated == expected


def test_an_invalid_date_is_a_dead_letter() -> None:
    parsed = parse(story('<date.issue norm="yesterday"/>').encode())
    assert parsed.entries[0].updated is None
    assert [letter.payload for letter in parsed.dead_letters] == [b"yesterday"]


@pytest.mark.parametrize(
    ("byline", "expected"),
    [
        ("By DopingWatch", ("DopingWatch", ("DopingWatch",))),
        ("By A DOE and B ROE<byttl>EP Writers</byttl>", ("A DOE and B ROE, EP Writers", ("A DOE", "B ROE"))),
        ("By Jane Doe, Example Press Writer", ("Jane Doe, Example Press Writer", ())),
        ("By Jane Doe and A ROE, dpa", ("Jane Doe and A ROE, dpa", ("Jane Doe", "A ROE"))),
        ("<byttl>Sports Network</byttl>", ("Sports Network", ())),
        ("Von <person>Max Muster</person>, dpa", ("Max Muster, dpa", ("Max Muster",))),
        ("von der Leyen", ("von der Leyen", ("von der Leyen",))),
        ("", ("", ())),
    ],
)  # fmt: skip
def test_bylines(byline: str, expected: tuple[str, tuple[str, ...]]) -> None:
    entry = one(
        f"<nitf><body><body.head><hedline><hl1>t</hl1></hedline><byline>{byline}</byline></body.head></body></nitf>"
    )
    assert (entry.byline, entry.authors) == expected


@pytest.mark.parametrize(
    ("dateline", "place"),
    [
        ("ST. LOUIS, Mo., Jan. 16 (AP) -", "ST. LOUIS, Mo."),
        ("LONDON, March 3 (Reuters) \u2014", "LONDON"),
        ("Berlin/Paris (dpa) -", "Berlin/Paris"),
        ("16 de enero", ""),
        ("", ""),
    ],
)
def test_places(dateline: str, place: str) -> None:
    assert place_of(dateline) == place


@pytest.mark.parametrize(("raw", "expected"), [("1", 1), ("9", 9), ("0", None), ("10", None), ("", None), ("²", None)])
def test_urgency(raw: str, expected: int | None) -> None:
    assert urgency(raw) == expected


def test_invalid_numbers() -> None:
    assert [whole_number(raw) for raw in ("7", "-1", "1" * 5000, "٣")] == [7, None, None, None]


def test_names() -> None:
    assert names_of(without_by("Par Jean Dupont et Anne Martin")) == ("Jean Dupont", "Anne Martin")


def test_a_correction_says_so() -> None:
    entry = one(story('<doc-id regsrc="AP" id-string="D2"/><correction info="Corrects the year." id-string="D1"/>'))
    assert "correction" in entry.signals
    assert entry.ednote == "Corrects the year."
    assert entry.related == (Related("corrects", "AP:D1"),)


def test_a_wrapper_of_stories() -> None:
    first, second = (story(f'<doc-id id-string="{name}"/>') for name in "ab")
    stories = f"<feed>{first}{second}</feed>".encode()
    assert [entry.guid for entry in parse(stories).entries] == ["a", "b"]
    limited = parse(stories, ParseLimits(entries=1))
    assert [entry.guid for entry in limited.entries] == ["a"]
    assert [letter.message for letter in limited.dead_letters] == ["1 of 2 entries left out: the limit is 1"]


def test_a_repeated_headline_is_not_a_subtitle() -> None:
    heads = '<hl1 id="headline">A</hl1><hl2 id="originalHeadline">A</hl2><hl2>B</hl2>'
    entry = one(f"<nitf><body><body.head><hedline>{heads}</hedline></body.head></body></nitf>")
    assert (entry.title, entry.subtitle) == ("A", "B")


def test_a_headline_within_the_content() -> None:
    entry = one("<nitf><body><body.content><hl1>Only here</hl1><p>x</p></body.content></body></nitf>")
    assert entry.title == "Only here"
    assert [paragraph.text for paragraph in split_entry(entry).story.paragraphs] == ["x"]


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"<rss/>", NotAFeedError),
        (b"<nitf><head/><body/></nitf>", ParseError),
        (b"<nitf", ParseError),
        (b'<!DOCTYPE nitf [<!ENTITY a SYSTEM "b">]><nitf><body><p>&a;</p></body></nitf>', UnsafeXmlError),
    ],
)
def test_no_story(body: bytes, error: type[ParseError]) -> None:
    with pytest.raises(error):
        parse(body)


def test_iptc_listing(shared_data: Path) -> None:
    folder = shared_data / "newswire/iptc-newsml-g2/releases/2.35/examples"
    tree = etree.parse(folder / "LISTING_22_Sports_story_in_NewsML-G2NITF.xml")
    (nitf,) = tree.iter("{*}nitf")
    entry = one(etree.tostring(nitf))
    assert (entry.byline, entry.title[:20]) == ("Sports Network", "Arizona Diamondbacks")
    kinds = [paragraph.kind for paragraph in split_entry(entry).story.paragraphs]
    assert kinds.count("paragraph") == 6


@pytest.mark.parametrize(
    "byline", ["By<person>Ann Berg</person>", "ByAnn Berg", "Von <person>Ann Berg</person>", "Ann Berg"]
)
def test_by_is_not_part_of_a_name(byline: str) -> None:
    entry = one(
        f"<nitf><body><body.head><byline>{byline}</byline></body.head><body.content>x</body.content></body></nitf>"
    )
    assert (entry.byline, entry.authors) == ("Ann Berg", ("Ann Berg",))


def test_media_places_terms_and_days() -> None:
    reference = '<media-reference source="7.jpg" mime-type="image/jpeg" width="4" height="99999999999"/>'
    media = f'<media media-type="image">{reference}<media-caption>The mill.</media-caption></media>'
    rights = "<rights><rights.owner>Wire</rights.owner><rights.limitations>No archives</rights.limitations></rights>"
    location = '<location location-code="c:1"><city>Ystad</city><country iso-cc="SE">Sweden</country></location>'
    dateline = f"<dateline>{location} <story.date>Jan. 2</story.date></dateline>"
    docdata = '<docdata><date.issue norm="20240103"/><evloc iso-cc="NO" city="Oslo"/></docdata>'
    entry = one(
        f"<nitf><head>{docdata}</head><body><body.head>{rights}{dateline}</body.head>"
        f"<body.content><p>It burned.</p>{media}</body.content></body></nitf>"
    )
    assert entry.media == (Media("7.jpg", "image", "image/jpeg", caption="The mill.", width=4),)
    assert entry.places == (Place("Ystad Sweden", "dateline", "c:1", "SE"), Place("Oslo", "subject", "", "NO"))
    assert (entry.rights, entry.dateline_date) == ("Wire No archives", date(2024, 1, 2))


def test_versions_of_a_key_fit_their_column() -> None:
    head = '<head><docdata><du-key key="k" version="1542761538"/></docdata></head><body>x</body>'
    assert one(f"<nitf>{head}</nitf>").provider_version == 1542761538
    more = head.replace("/></docdata>", ' generation="999999999999999999"/></docdata>')
    assert one(f"<nitf>{more}</nitf>").provider_version == 1542761538


def test_the_language_of_a_block() -> None:
    markup = nitf_body(etree.fromstring('<body.content><block xml:lang="sv"><p>Brann.</p></block></body.content>'))
    assert '<div lang="sv">' in markup


def test_an_empty_story_in_a_wrapper_is_a_dead_letter() -> None:
    full = story('<doc-id id-string="a"/>')
    parsed = parse(f"<feed>{full}<nitf><head><meta name='x'/></head><body/></nitf></feed>".encode())
    assert [entry.guid for entry in parsed.entries] == ["a"]
    (letter,) = parsed.dead_letters
    assert (letter.message, letter.repaired) == ("left out: an nitf without headline, text and id", False)
    assert letter.payload.startswith(b"<nitf><head><meta")


def test_the_date_of_a_dateline_is_read_in_words_too() -> None:
    dateline = "<dateline><location>Oslo</location><story.date>20 November 2026</story.date></dateline>"
    entry = one(f"<nitf><body><body.head>{dateline}</body.head><body.content><p>x</p></body.content></body></nitf>")
    assert (entry.dateline_place, entry.dateline_date) == ("Oslo", date(2026, 11, 20))
