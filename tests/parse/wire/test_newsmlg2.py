"""NewsML-G2: news items, package items and messages, of every power and profile."""

import base64
import json
import shutil
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest

from newsbeam.transforms.errors import NotAFeedError, ParseError
from newsbeam.transforms.parse.result import Parsed, ParseLimits
from newsbeam.transforms.parse.wire.fields import without_by
from newsbeam.transforms.parse.wire.newsmlg2 import parse_newsmlg2
from newsbeam.transforms.parse.wire.subjects import subject_codes
from newsbeam.transforms.records import Document, Entry, Media, Place, Related
from newsbeam.transforms.text.split import split_entry
from testing.wire_bodies import body_text_kept

NO_LIMITS = ParseLimits()
NAR = "http://iptc.org/std/nar/2006-10-01/"
XHTML = "http://www.w3.org/1999/xhtml"


def parse(body: bytes | str, limits: ParseLimits = NO_LIMITS) -> Parsed:
    body = body.encode() if isinstance(body, str) else body
    fetched_at = datetime(2026, 11, 20, tzinfo=UTC)
    return parse_newsmlg2(Document("/wire/a.xml", body, fetched_at, "Harbour", "/wire/*.xml"), limits)


def item(meta: str = "", content: str = "", body: str = "", attributes: str = 'xml:lang="en"', top: str = "") -> str:
    return (
        f'<newsItem xmlns="{NAR}" guid="g" version="1" standard="NewsML-G2" standardversion="2.35" {attributes}>{top}'
        f"<itemMeta><versionCreated>2026-10-05T10:00:00Z</versionCreated>{meta}</itemMeta>"
        f"<contentMeta>{content}</contentMeta><contentSet>{body}</contentSet></newsItem>"
    )


def one(meta: str = "", content: str = "", body: str = "", attributes: str = 'xml:lang="en"', top: str = "") -> Entry:
    (entry,) = parse(item(meta, content, body, attributes, top)).entries
    return entry


def rows(entry: Entry) -> list[str]:
    return [paragraph.text for paragraph in split_entry(entry).story.paragraphs]


def test_fields_of_a_power_item(data: Path) -> None:
    (entry,) = parse((data / "wire/newsml-g2/power_xhtml_in_message.xml").read_bytes()).entries
    assert (entry.format, entry.guid, entry.provider_version) == (
        "newsml-g2",
        "urn:newsml:harbour.example:20261005:ferry",
        3,
    )
    assert (entry.title, entry.subtitle) == ("Ferry returns to North Harbour", "Nine berths, not seven")
    assert entry.summary == "The ferry is back after a year."
    assert (entry.authors, entry.byline) == (("Ann Berg", "Bo Lind"), "Ann Berg and Bo Lind")
    assert (entry.language, entry.dateline_place, entry.urgency) == ("en-GB", "North Harbour", 3)
    assert (entry.updated, entry.updated_raw) == (
        datetime(2026, 10, 5, 8, 30, tzinfo=UTC),
        "2026-10-05T10:30:00+02:00",
    )
    assert entry.published == datetime(2026, 10, 5, 6, tzinfo=UTC)
    assert (entry.slugline, entry.copyright) == ("HARBOUR-FERRY", "Copyright 2026 Harbour News")
    assert (entry.categories, entry.genres, entry.provider) == (
        ("ferry", "timetable"),
        ("genre:Current",),
        "Harbour News",
    )
    assert entry.subjects == subject_codes(["medtop:20000001", "The old quay"])
    assert entry.status == "usable"
    assert entry.related == (
        Related("irel:seeAlso", "https://harbour.example/ferry"),
        Related("irel:derivedFrom", "urn:newsml:harbour.example:20261004:plan", 2),
    )


def test_notes_for_readers_only(data: Path) -> None:
    (entry,) = parse((data / "wire/newsml-g2/power_xhtml_in_message.xml").read_bytes()).entries
    assert entry.ednote == "Corrects the number of berths in paragraph two.; Adds quotes. A picture follows."


def test_paragraphs_of_xhtml(data: Path) -> None:
    (entry,) = parse((data / "wire/newsml-g2/power_xhtml_in_message.xml").read_bytes()).entries
    assert [(p.kind, p.text) for p in split_entry(entry).story.paragraphs] == [
        ("paragraph", "What only the header says stays."),
        ("paragraph", "The ferry is back after a year."),
        ("paragraph", "It has nine berths & a bar <open late>, said the harbour office."),
        ("heading", "What it costs"),
        ("list_item", "Adults four crowns"),
        ("list_item", "Children two crowns"),
        ("table", "Day | Boats\nMonday | 12"),
        ("paragraph", "One line and its other half."),
        ("quote", "We are glad."),
        ("paragraph", "A tail behind the quote."),
        ("paragraph", "The end."),
    ]


def test_the_header_of_a_page_keeps_what_is_news() -> None:
    page = (
        "<header><time>1 May</time><h1>A headline</h1><p>It was <b>A headline</b> at <time>noon</time>,<br/>or so.</p>"
    )
    entry = one(
        content="<headline>A headline</headline>", body=f"<inlineXML><body>{page}</header>And on.</body></inlineXML>"
    )
    assert rows(entry) == ["It was A headline at noon, or so.", "And on."]


def test_nitf_body_and_what_its_head_says(data: Path) -> None:
    (entry,) = parse((data / "wire/newsml-g2/core_nitf.xml").read_bytes()).entries
    assert (entry.title, entry.byline, entry.authors) == ("Fog holds up boats", "Ann Berg", ("Ann Berg",))
    assert (entry.summary, entry.dateline_place) == ("No boats this morning.", "NORTH HARBOUR")
    assert (entry.provider_version, entry.provider) == (1, "http://harbour.example/about/")
    assert entry.published == entry.updated == datetime(2026, 10, 6, 7, tzinfo=UTC)
    assert rows(entry)[-2:] == ["Fog held up all boats this morning.", "It is to lift at noon."]


def test_nitf_of_a_head_only() -> None:
    head = "<body.head><hedline><hl1>Fog</hl1></hedline><abstract>No boats.</abstract></body.head>"
    entry = one(body=f"<inlineXML><nitf><body>{head}</body></nitf></inlineXML>")
    assert (entry.title, entry.summary, rows(entry)) == ("Fog", "No boats.", ["No boats."])


def test_renditions_of_one_text_are_one(data: Path) -> None:
    (entry,) = parse((data / "wire/newsml-g2/three_renditions_of_one_text.xml").read_bytes()).entries
    assert rows(entry) == ["The crane was painted on Monday.", "It is blue now."]
    assert (entry.content_type, "<b>painted</b>" in entry.content) == ("text/html", True)
    assert entry.url == "https://harbour.example/crane.html"


def test_package_and_its_items(data: Path) -> None:
    parsed = parse((data / "wire/newsml-g2/package_with_its_items.xml").read_bytes())
    package, fog = parsed.entries
    assert package.related == (
        Related("group:all", "tag:harbour.example,2026:fog", 1),
        Related("group:sidebar", "https://harbour.example/map.pdf"),
    )
    assert rows(package) == ["Fog holds up boats & people", "Until noon.", "More"]
    assert (fog.guid, rows(fog)) == ("tag:harbour.example,2026:fog", ["Fog held up all boats."])
    (letter,) = parsed.dead_letters
    assert (letter.message, letter.repaired) == ("left out: a conceptItem carries no news", False)
    assert letter.payload.startswith(b"<conceptItem")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        # Two parts that differ are two parts of one text.
        ("<inlineXML><p>First part.</p></inlineXML><inlineXML><p>Second part.</p></inlineXML>", ["First", "Second"]),
        # A part that another one has whole (a teaser) is not doubled.
        ("<inlineXML><p>One.</p></inlineXML><inlineXML><p>One.</p><p>Two.</p></inlineXML>", ["One.", "Two."]),
        # The richer rendition is only a teaser; the text is in the other.
        (
            f'<inlineXML><html xmlns="{XHTML}"><body><p>One.</p></body></html></inlineXML>'
            "<inlineData>One.\n\nTwo, and much more of it.</inlineData>",
            ["One.", "Two, and"],
        ),
        # HTML that is sent as text (ANSA), and a text with line breaks in one <p> (ANSA too).
        ('<inlineData contenttype="text/plain">&lt;p&gt;One.&lt;/p&gt;&lt;p&gt;Two.&lt;/p&gt;</inlineData>', ["One."]),
        (
            '<inlineData contenttype="text/plain"><![CDATA[<p>\n   One, on a line that is\nlonger than others.\n'
            "   Two.\n</p>]]></inlineData>",
            ["One, on a line that is longer than others.", "Two."],
        ),
        ('<inlineData contenttype="text/html"><![CDATA[<p>Sun &amp; fog</p>]]></inlineData>', ["Sun & fog"]),
        ("<inlineXML><![CDATA[<p>One.</p>]]></inlineXML>", ["One."]),
        ("<inlineXML>Words alone &amp; no element.</inlineXML>", ["Words alone & no element."]),
        ("<inlineXML><html><head><title>t</title></head><body>5 &lt; 7</body></html></inlineXML>", ["5 < 7"]),
        ("<inlineXML><html><p>No body.</p></html></inlineXML>", ["No body."]),
        # In the namespace of the item (STT), and with a prefix.
        ('<inlineXML contenttype="html"><html><body><h2>Alpha</h2><p>Beta</p></body></html></inlineXML>', ["Alpha"]),
        (f'<inlineXML><x:html xmlns:x="{XHTML}"><x:p>Red</x:p><x:p>Blue</x:p></x:html></inlineXML>', ["Red", "Blue"]),
        # Prose that is wrapped in data.
        ("<inlineXML><sports-content><article><nitf><body><body.content><p>A match.</p></body.content></body></nitf>"
         "</article></sports-content></inlineXML>", ["A match."]),
    ],
)  # fmt: skip
def test_inline_text(body: str, expected: list[str]) -> None:
    texts = rows(one(body=body))
    assert [text[: len(start)] for text, start in zip(texts, expected, strict=False)] == expected
    assert len(texts) == len(set(texts))


@pytest.mark.parametrize(
    "attributes",
    [
        'encoding="encd:b64" contenttype="text/plain; charset=utf-8"',
        'encoding="encd:b64"',
        'encodinguri="http://cv.iptc.org/newscodes/encoding/b64" contenttype="text/plain"',
    ],
)
def test_text_in_base64(attributes: str) -> None:
    text = base64.encodebytes("Fähre im Hafen.\n\nSie fährt.".encode()).decode()
    assert rows(one(body=f"<inlineData {attributes}>{text}</inlineData>")) == ["Fähre im Hafen.", "Sie fährt."]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("<inlineXML><events><event>An event</event></events></inlineXML>", "<events> in inlineXML is data, not text"),
        ('<inlineData contenttype="image/jpeg" encoding="encd:b64">/9j/</inlineData>', "of the type image/jpeg is not"),
        ('<inlineData encoding="encd:b64">/9j/</inlineData>', "not text in base64"),
        ('<inlineData encoding="encd:b64">x</inlineData>', "not text in base64"),
        ('<inlineData encoding="encd:gzip">x</inlineData>', "in the encoding gzip can't be read"),
    ],
)
def test_what_is_not_text_is_a_dead_letter(body: str, message: str) -> None:
    parsed = parse(item(body=body))
    (letter,) = parsed.dead_letters
    assert message in letter.message
    assert (letter.repaired, parsed.entries[0].content) == (False, "")
    assert b"<inline" in letter.payload


def test_a_picture_has_its_caption_and_a_film_its_script() -> None:
    caption = '<description role="drol:caption">A crane.</description>'
    remote = '<remoteContent contenttype="image/jpeg" href="https://harbour.example/crane.jpg"/>'
    picture = one(content=caption, body=remote)
    assert (picture.summary, rows(picture), picture.url) == (
        "A crane.",
        ["A crane."],
        "https://harbour.example/crane.jpg",
    )
    film = one(content=f'{caption}<description role="drol:script">\n  One.<br/>\n  - Two.<br/></description>')
    assert (film.summary, rows(film)) == ("A crane.", ["A crane.", "One.", "- Two."])


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ('<subject qcode="medtop:20000001"/>', ["medtop:20000001"]),
        ('<subject uri="http://cv.iptc.org/newscodes/mediatopic/20000001"/>', ["medtop:20000001"]),
        ('<subject qcode="x:1" uri="http://other.example/1"/>', ["x:1"]),
        ('<subject uri="http://other.example/1"><name>Other</name></subject>', ["http://other.example/1"]),
        ('<subject literal="poi1"/>', ["poi1"]),
        ("<subject><name xml:lang='de'>Hafen</name><name xml:lang='en'>Harbour</name></subject>", ["Harbour"]),
        ('<subject><mainConcept qcode="medtop:20000001"/><facetConcept qcode="f:1"/></subject>', ["medtop:20000001"]),
        ('<subject qcode="topics:20000001"/>', ["medtop:20000001"]),
        ('<subject qcode="own:1"/><subject/>', ["own:1"]),
    ],
)
def test_forms_of_a_concept(content: str, expected: list[str]) -> None:
    catalog = (
        '<catalog><scheme alias="topics" uri="http://cv.iptc.org/newscodes/mediatopic/"/>'
        '<scheme alias="own" uri="http://harbour.example/own/"/></catalog>'
    )
    assert one(content=content, top=catalog).subjects == subject_codes(expected)


@pytest.mark.parametrize(
    "meta",
    [
        '<pubStatus qcode="stat:canceled"/>',
        '<pubStatus uri="http://cv.iptc.org/newscodes/pubstatusg2/canceled"/>',
        '<pubStatus literal="canceled"/>',
        '<pubStatus qcode="stat:canceled"/><embargoed/>',
    ],
)
def test_a_kill(meta: str) -> None:
    assert one(meta).status == "canceled"


def test_embargo() -> None:
    assert one("<embargoed>2027-01-05T06:00:00Z</embargoed>").embargo_until == datetime(2027, 1, 5, 6, tzinfo=UTC)
    assert one().embargo_until is None
    open_end = one("<embargoed/>")
    assert open_end.embargo_until is None
    assert (open_end.status, *open_end.signals) != (one().status, *one().signals)


def test_an_embargo_that_can_not_be_read_is_one() -> None:
    parsed = parse(item("<embargoed>until noon</embargoed>"))
    (entry,) = parsed.entries
    assert (entry.status, *entry.signals) == (one("<embargoed/>").status, *one("<embargoed/>").signals)
    assert [letter.payload for letter in parsed.dead_letters] == [b"until noon"]


@pytest.mark.parametrize(
    ("content", "title", "subtitle"),
    [
        ("<headline>A</headline>", "A", ""),
        ("<headline>A</headline><headline>A</headline>", "A", ""),
        ('<headline role="hld:subHeadline">B</headline><headline>A</headline>', "A", "B"),
        ('<headline rank="3">Kicker</headline><headline rank="1">A</headline>', "A", "Kicker"),
        ('<headline>A</headline><headline role="hld:mobile">Short</headline>', "A", ""),
        ('<headline xml:lang="de">D</headline><headline xml:lang="en">E</headline>', "E", ""),
        ('<headline xml:lang="fr">F</headline>', "F", ""),
        ("<headline>One<br/>line</headline>", "One line", ""),
        ("", "Managed", ""),
    ],
)
def test_headlines(content: str, title: str, subtitle: str) -> None:
    entry = one("<title>Managed</title>", content)
    assert (entry.title, entry.subtitle) == (title, subtitle)


@pytest.mark.parametrize(
    ("content", "place"),
    [
        ("<dateline>Berlin (dpa) - </dateline>", "Berlin"),
        ("<dateline>ST. LOUIS, Mo., March 3 (AP) —</dateline>", "ST. LOUIS, Mo."),
        ("<dateline>SAID TO BE DECEMBER 31</dateline>", ""),
        ('<located literal="DERAA, SYRIA"/><dateline>Damascus</dateline>', "DERAA, SYRIA"),
        ('<located qcode="geo:1"/><dateline>Helsinki</dateline>', "Helsinki"),
    ],
)
def test_datelines(content: str, place: str) -> None:
    assert one(content=content).dateline_place == place


@pytest.mark.parametrize(
    ("attributes", "version"),
    [("", 1), ('version="12"', 12), ('version="x"', None), ('version="99999999999999999999"', None)],
)
def test_version(attributes: str, version: int | None) -> None:
    (entry,) = parse(f'<newsItem xmlns="{NAR}" guid="g" {attributes}/>').entries
    assert entry.provider_version == version


def test_dates_that_can_not_be_believed() -> None:
    parsed = parse(item().replace("2026-10-05T10:00:00Z", "yesterday"))
    assert (parsed.entries[0].updated, parsed.entries[0].updated_raw) == (None, "yesterday")
    assert [letter.payload for letter in parsed.dead_letters] == [b"yesterday"]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (f'<conceptItem xmlns="{NAR}"/>', "a conceptItem carries no news"),
        (f'<planningItem xmlns="{NAR}"/>', "a planningItem carries no news"),
        ("<contentMeta/>", "the root element <contentMeta> is not a news item"),
        ("<html/>", "the root element <html> is not a news item"),
        (f'<newsMessage xmlns="{NAR}"><itemSet><knowledgeItem/></itemSet></newsMessage>', "of knowledgeItem carries"),
    ],
)
def test_what_carries_no_news(body: str, message: str) -> None:
    with pytest.raises(NotAFeedError, match=message):
        parse(body)


@pytest.mark.parametrize(
    "body",
    [f'<newsMessage xmlns="{NAR}"><itemSet/></newsMessage>', f'<newsMessage xmlns="{NAR}"/>', "no markup", "<newsItem"],
)
def test_nothing_to_read(body: str) -> None:
    with pytest.raises(ParseError):
        parse(body)


def test_malformed_samples_give_entries_or_parse_errors(data: Path) -> None:
    samples = [path.read_bytes() for path in sorted((data / "wire/newsml-g2").iterdir())]
    dice = Random(4)
    pieces = (b"<", b">", b"&", b"&x;", b"]]>", b"<html>", b"<o:p>", b' y:z="1"', b"\0", b"\xff", b"<header>", b"</p>")
    for _ in range(1000):
        body = bytearray(dice.choice(samples))
        for _ in range(dice.randint(1, 4)):
            place = dice.randrange(len(body))
            body[place : place + dice.choice((0, 1, 50))] = dice.choice(pieces)
        try:
            parse(bytes(body[: dice.choice((len(body), dice.randrange(len(body))))]))
        except ParseError:
            continue


def test_limit(data: Path) -> None:
    body = (data / "wire/newsml-g2/package_with_its_items.xml").read_bytes()
    parsed = parse(body, ParseLimits(entries=1))
    assert [entry.guid for entry in parsed.entries] == ["tag:harbour.example,2026:top"]
    assert "1 of 2 entries left out: the limit is 1" in [letter.message for letter in parsed.dead_letters]


def test_our_samples_keep_their_text(data: Path, tmp_path: Path) -> None:
    shutil.copytree(data / "wire/newsml-g2", tmp_path / "newswire")
    found = body_text_kept(tmp_path)
    assert (found.stories, found.lost, found.glued, found.doubled) == (4, (), (), ())


def test_all_public_samples_keep_their_text(shared_data: Path) -> None:
    found = body_text_kept(shared_data)
    assert found.stories >= 12
    assert found.kept / found.characters >= 0.999, found.lost
    assert (found.glued, found.doubled) == ((), ())


def test_the_suite_of_iptc(shared_data: Path) -> None:
    read = 0
    for path in sorted((shared_data / "newswire").rglob("*.xml")):
        body = path.read_bytes()
        if NAR.encode() not in body:
            continue
        carries_news = b"<newsItem" in body or b"<packageItem" in body
        try:
            assert parse(body).entries, path
            read += 1
        except ParseError:
            assert "should_fail" in path.parts or not carries_news, path
    assert read >= 147


@pytest.mark.parametrize("name", ["dw-1", "eil", "lesestuecke"])
def test_dpa_says_the_same_in_json(shared_data: Path, name: str) -> None:
    (entry,) = parse((shared_data / f"newswire/dpa/{name}.xml").read_bytes()).entries
    wire = json.loads((shared_data / f"newswire/dpa/{name}.json").read_bytes())
    assert (entry.guid, entry.provider_version) == (wire["urn"], wire["version"])
    assert (entry.title, entry.urgency, entry.language) == (wire["headline"], wire["urgency"], wire["language"])
    assert (entry.subtitle, entry.summary) == (wire["kicker"] or "", wire["teaser"] or "")
    assert (entry.byline, entry.copyright) == (without_by(wire["byline"] or ""), wire["copyrightnotice"])
    assert entry.rights == " ".join(wire["usageterms"].split())
    assert entry.updated == datetime.fromisoformat(wire["version_created"])
    assert entry.dateline_place == (wire["dateline"] or "").partition(" (")[0]
    notes = [note for note in wire["ednotes"] if note["is_publishable"] and not note["role"].endswith("closingline")]
    assert entry.ednote == "; ".join(note["ednote"] for note in notes)
    codes = {c["type"]: [x["qcode"] for x in wire["categories"] if x["type"] == c["type"]] for c in wire["categories"]}
    assert entry.genres == tuple(codes["dnltype:genre"])
    assert set(entry.subjects) >= set(subject_codes(codes["dnltype:dpasubject"] + codes["dnltype:geosubject"]))
    assert list(entry.categories) == wire["keyword_names"]
    page = Entry("", "s", "f", "json", entry.fetched_at, summary=entry.summary, content=wire["article_html"])
    ours, theirs = (split_entry(each).story.paragraphs for each in (entry, page))
    assert [(p.kind, p.text) for p in ours] == [(p.kind, p.text) for p in theirs]


def test_renditions_are_compared_one_by_one() -> None:
    story = "<p>The mill burned all night on Friday.</p><p>Ten crews came from the villages around.</p>"
    text = "The mill burned all night\non Friday.\n\nTen crews came from the vil-\nlages around."
    page = f'<inlineXML><html xmlns="{XHTML}"><body>{story}</body></html></inlineXML>'
    contacts = "Reporting by: Ann, +46 40 1, &lt;ann@x.example&gt;"
    body = (
        f'{page}<inlineData rendition="own:headline">The mill burns\n(Photo)</inlineData>'
        f"<inlineData>{text}</inlineData>"
        f'<inlineData rendition="own:contacts">{contacts}</inlineData>'
        f"<inlineData># Notebook\n\n## Note to editors\n- Adds crews\n\n* * * *\nThe following information is not "
        f"intended for publication\n\n{contacts}</inlineData><inlineData>A table of mills.</inlineData>"
    )
    entry = one(body=body)
    assert rows(entry) == [
        "The mill burned all night on Friday.",
        "Ten crews came from the villages around.",
        "A table of mills.",
    ]
    assert (entry.title, entry.ednote) == ("The mill burns", "Adds crews")


def test_a_rendition_of_the_teaser_is_the_text_where_there_is_no_other() -> None:
    teaser = '<inlineData rendition="own:teaser">A mill burned.</inlineData>'
    assert (one(body=teaser).summary, rows(one(body=teaser))) == ("A mill burned.", ["A mill burned."])
    both = one(body=f"{teaser}<inlineXML><body><p>Long story.</p></body></inlineXML>")
    assert (both.summary, rows(both)) == ("A mill burned.", ["A mill burned.", "Long story."])


def test_stars_and_number_signs_are_text() -> None:
    assert rows(one(body="<inlineData>One.\n\n* * * *\n\n# 2 is out.</inlineData>"))[-1] == "# 2 is out."


def test_the_genre_above_a_headline() -> None:
    page = '<header><p class="genre own-7">Extra</p><p>Special</p><h1>Fog</h1></header><p>No boats.</p>'
    body = f"<inlineXML><body>{page}</body></inlineXML>"
    entry = one(content='<headline>Fog</headline><genre qcode="own:7"><name>Special</name></genre>', body=body)
    assert (rows(entry), entry.genres) == (["No boats."], ("own:7",))
    assert one(body=body).genres == ("Extra",)


@pytest.mark.parametrize(
    "head", ["<nitf><head><title>Fog</title></head><body><body.content>", "<html><head><title>Fog</title></head><body>"]
)
def test_the_title_of_the_document_inside(head: str) -> None:
    names = [part.split(">")[0] for part in head.split("<") if part and not part.startswith(("/", "title", "head"))]
    end = "".join(f"</{name}>" for name in reversed(names))
    body = f"<inlineXML>{head}<p>No boats.</p>{end}</inlineXML>"
    assert one(body=body).title == "Fog"
    assert one(content="<headline>Other</headline>", body=body).title == "Other"


def test_renditions_in_several_languages() -> None:
    body = '<inlineXML xml:lang="en"><p>Fog.</p></inlineXML><inlineXML xml:lang="de"><p>Nebel.</p></inlineXML>'
    parsed = parse(item(body=body))
    assert rows(parsed.entries[0]) == ["Fog."]
    assert [letter.message for letter in parsed.dead_letters] == ["left out: a rendition in another language: de"]
    both = one(content='<language tag="en"/><language tag="de"/>', body=body)
    assert rows(both) == ["Fog.", "Nebel."]
    assert '<div lang="de">' in both.content


def test_empty_items_are_dead_letters() -> None:
    message = (
        f'<newsMessage xmlns="{NAR}"><itemSet><packageItem><itemRef residref="x"/></packageItem>{item()}</itemSet>'
    )
    parsed = parse(f"{message}</newsMessage>")
    assert [entry.guid for entry in parsed.entries] == ["g"]
    assert [letter.message for letter in parsed.dead_letters] == [
        "left out: a packageItem without id, headline and text"
    ]


def test_the_date_of_the_content_is_the_last_resort() -> None:
    content = "<contentCreated>2013-02-16T17:36:20+02:00</contentCreated>"
    only = parse(item(content=content).replace("<versionCreated>2026-10-05T10:00:00Z</versionCreated>", "")).entries[0]
    assert only.published == only.updated == datetime(2013, 2, 16, 15, 36, 20, tzinfo=UTC)
    assert one(content=content).published == datetime(2026, 10, 5, 10, tzinfo=UTC)
    content += "<contentModified>2013-02-17T10:00:00Z</contentModified>"
    both = parse(item(content=content).replace("<versionCreated>2026-10-05T10:00:00Z</versionCreated>", "")).entries[0]
    assert both.published == only.published
    assert both.updated == datetime(2013, 2, 17, 10, tzinfo=UTC)


def test_dates_of_datelines_and_places_of_texts() -> None:
    assert str(one(content="<dateline>YSTAD, Sweden, Oct. 3 (Wire) -</dateline>").dateline_date) == "2026-10-03"
    assert str(one(content="<dateline>YSTAD, Oct. 7 (Wire) -</dateline>").dateline_date) == "2025-10-07"
    body = "<inlineXML><p>YSTAD (Wire) - A mill burned.</p></inlineXML>"
    assert one(content='<located literal="Oslo"/>', body=body).dateline_place == ""
    assert one(content='<located literal="Ystad, Sweden"/>', body=body).dateline_place == "Ystad, Sweden"


def test_media_places_and_terms() -> None:
    sizes = 'size="7" width="4" height="9999999999"'
    remote = f'<remoteContent contenttype="image/jpeg" href="https://x.example/1.jpg" {sizes}/>'
    located = '<located qcode="geo:1"><name>Ystad</name><broader qcode="iso3166-1a2:SE"/></located>'
    subject = '<subject type="cpnat:geoArea" qcode="geo:2"><name>Oslo</name></subject><subject qcode="medtop:1"/>'
    asserted = '<geoAreaDetails><position latitude="59.9" longitude="10.7"/></geoAreaDetails>'
    (entry,) = parse(
        item(
            '<itemClass qcode="ninat:picture"/>',
            f"<headline>Mill</headline><by>By Ann Berg</by>{located}{subject}",
            f"{remote}<remoteContent contenttype='video/mp4' duration='90' durationunit='timeunit:seconds' href='v'/>",
        )
        .replace("</newsItem>", f'<assert qcode="geo:2">{asserted}</assert></newsItem>')
        .replace("<itemMeta>", "<rightsInfo><usageTerms>Not in Norway.</usageTerms></rightsInfo><itemMeta>")
    ).entries
    metadata = {"title": "Mill", "credit": "Ann Berg"}
    assert entry.media == (
        Media("https://x.example/1.jpg", "image", "image/jpeg", **metadata, width=4, bytes=7),
        Media("v", "video", "video/mp4", **metadata, duration_s=90.0),
    )
    assert entry.places == (
        Place("Ystad", "dateline", "geo:1", "SE"),
        Place("Oslo", "subject", "geo:2", "", 59.9, 10.7),
    )
    assert (entry.rights, entry.byline, entry.authors) == ("Not in Norway.", "Ann Berg", ("Ann Berg",))


def test_marks_of_links_that_were_not_resolved() -> None:
    body = '<inlineXML><p>No boats, see [USN:L8N1 TEXT:"full story"].</p></inlineXML>'
    assert rows(one(body=body)) == ["No boats, see full story."]
    assert rows(one(body='<inlineData>See [USN:L8N1 TEXT:"full story"], [AB] and more.</inlineData>')) == [
        "See full story, [AB] and more."
    ]
