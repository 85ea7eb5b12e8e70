"""NewsML 1.0 to 1.2: every item an entry, every text once."""

import base64
import html
import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from newsbeam.transforms.errors import NotAFeedError, ParseError, UnsafeXmlError
from newsbeam.transforms.parse.result import Parsed, ParseLimits
from newsbeam.transforms.parse.wire.newsml1 import identified, parse_newsml1
from newsbeam.transforms.records import Document, Entry, Media, Place, Related
from newsbeam.transforms.text.split import split_entry

FETCHED = datetime(2024, 3, 6, tzinfo=UTC)


def parse(body: str | bytes, limits: ParseLimits = ParseLimits(), language: str = "") -> Parsed:  # noqa: B008  frozen
    raw = body.encode() if isinstance(body, str) else body
    return parse_newsml1(Document("drop/a.xml", raw, FETCHED, "Example", "drop/*.xml", language=language), limits)


def one(body: str | bytes) -> Entry:
    (entry,) = parse(body).entries
    return entry


def texts(entry: Entry) -> list[str]:
    return [paragraph.text for paragraph in split_entry(entry).story.paragraphs]


def item(component: str = "", management: str = "", identity: str = "<NewsItemId>x</NewsItemId>") -> str:
    """Return an envelope of one item."""
    return (
        f"<NewsML><NewsItem><Identification><NewsIdentifier>{identity}</NewsIdentifier></Identification>"
        f"<NewsManagement>{management}</NewsManagement>{component}</NewsItem></NewsML>"
    )


def component(content: str, attributes: str = "", role: str = "", rest: str = "") -> str:
    named = f'<Role FormalName="{role}"/>' if role else ""
    return f"<NewsComponent {attributes}>{named}{rest}{content}</NewsComponent>"


def content(data: str, kinds: str = '<MediaType FormalName="Text"/>') -> str:
    return f"<ContentItem>{kinds}<DataContent>{data}</DataContent></ContentItem>"


def test_every_field(data: Path) -> None:
    parsed = parse((data / "wire/newsml-1/text-with-photo.xml").read_bytes())
    (entry,) = parsed.entries
    assert parsed.dead_letters == ()
    assert (entry.format, entry.guid) == ("newsml-1", "urn:newsml:example.com:2024:20240304:bridge")
    assert entry.provider_version == 2
    assert entry.published == datetime(2024, 3, 4, 8, tzinfo=UTC)
    assert entry.updated == datetime(2024, 3, 5, 14, 30, tzinfo=UTC)
    assert entry.updated_raw == "20240305T143000Z"
    assert (entry.title, entry.subtitle, entry.summary) == (
        "Harbour bridge opens early",
        "Tolls start in May",
        "It opened.",
    )
    assert (entry.byline, entry.authors) == ("Jane Doe and John Roe", ("Jane Doe",))
    assert (entry.dateline_place, entry.dateline_date) == ("PORTLAND, Ore.", date(2024, 3, 5))
    assert (entry.slugline, entry.urgency, entry.language) == ("HARBOUR-BRIDGE", 4, "en")
    assert entry.ednote == "Adds quotes.; Photos will follow."
    assert (entry.copyright, entry.rights) == ("(c) Example Press 2024", "No archive use")
    assert entry.categories == ("harbour", "bridge", "tolls", "Bridges", "Port Authority")
    assert len(entry.subjects) == 2
    assert (entry.genres, entry.provider, entry.status) == (("Analysis",), "EP", "usable")
    assert entry.related == (
        Related("derivedFrom", "urn:newsml:example.com:2024:20240301:plans", 3),
        Related("associatedWith", "urn:newsml:example.com:20240302:ferry"),
    )


def test_the_story_comes_first_then_what_is_beside_it_then_captions(data: Path) -> None:
    entry = one((data / "wire/newsml-1/text-with-photo.xml").read_bytes())
    assert texts(entry) == [
        "It opened.",
        "The bridge opened on Tuesday.",
        "Cars came.",
        "Facts on the bridge",
        "It is 400 m long.",
        "The bridge at dawn",
        "A ship passes the bridge.",
    ]


def test_every_item_of_an_envelope(data: Path) -> None:
    parsed = parse((data / "wire/newsml-1/items-within-items.xml").read_bytes())
    package, inner, old = parsed.entries
    assert (package.title, package.content) == ("Stories of the day", "")
    assert package.related == (
        Related("Top", "urn:newsml:example.com:20240305:inner", 4),
        Related("Also", "urn:newsml:example.com:20240305:elsewhere", 7),
    )
    assert (inner.title, inner.content, inner.content_type) == ("The inner story", "Inner text.", "text/plain")
    assert (old.guid, old.status, old.provider_version) == ("urn:newsml:example.com:20240304:old", "canceled", 2)
    assert [letter.message for letter in parsed.dead_letters] == [
        "left out: an item without a text: urn:newsml:example.com:20240304:part 2"
    ]


def test_no_more_items_than_allowed(data: Path) -> None:
    parsed = parse((data / "wire/newsml-1/items-within-items.xml").read_bytes(), ParseLimits(entries=2))
    assert [entry.title for entry in parsed.entries] == ["Stories of the day", "The inner story"]
    assert [letter.message for letter in parsed.dead_letters] == ["2 of 4 entries left out: the limit is 2"]


NITF = "<nitf><head><title>t</title></head><body><body.content><p>One.</p><p>Two.</p></body.content></body></nitf>"
XHTML = (
    '<html xmlns="http://www.w3.org/1999/xhtml"><head><title>t</title></head><body><p>One.</p><p>Two.</p></body></html>'
)
PREFIXED = '<h:html xmlns:h="http://www.w3.org/1999/xhtml"><h:body><h:p>One.</h:p><h:p>Two.</h:p></h:body></h:html>'


QUOTED = "<DataContent>One=2E\n\nTwo.</DataContent>"
DATA = "<DataContent>{}</DataContent>"


def encoded(text: str, notation: str = "Base64", kinds: str = "") -> str:
    data = base64.b64encode(text.encode()).decode()
    return f'<ContentItem>{kinds}<Encoding Notation="{notation}">{DATA.format(data)}</Encoding></ContentItem>'


@pytest.mark.parametrize(
    "markup",
    [
        content(NITF),
        content("<body.content><p>One.</p><p>Two.</p></body.content>"),
        content("<p>One.</p><p>Two.</p>"),
        content(XHTML, '<Format FormalName="XHTML"/><MimeType FormalName="text/xhtml"/>'),
        content(PREFIXED),
        content(html.escape(NITF)),
        content(html.escape(f'<?xml version="1.0"?>\n<!DOCTYPE nitf SYSTEM "nitf.dtd">\n{NITF}')),
        content(f"<![CDATA[{XHTML}]]>"),
        content("<![CDATA[<p>One.<p>Two.]]>"),
        content("<![CDATA[<body><p>One.</p><p>Two.]]>"),
        content("\n      One.\n\n      Two.\n    "),
        encoded("One.\n\nTwo."),
        encoded(XHTML, kinds='<MimeType FormalName="text/html"/>'),
        f'<ContentItem><Encoding Notation="quoted-printable">{QUOTED}</Encoding></ContentItem>',
        component(component(content(NITF))),
    ],
)  # fmt: skip
def test_forms_of_a_text(markup: str) -> None:
    parsed = parse(item(component(markup)))
    assert texts(parsed.entries[0]) == ["One.", "Two."]
    assert parsed.dead_letters == ()


@pytest.mark.parametrize(
    "markup",
    [
        '<ContentItem Href="a.jpg"><MediaType FormalName="Photo"/></ContentItem>',
        '<ContentItem Href="a.html"><MediaType FormalName="Text"/></ContentItem>',
        content(".a {color: red}", '<MimeType FormalName="text/css"/>'),
        encoded("GIF89a", kinds='<MimeType FormalName="image/gif"/>'),
        content("", ""),
        content("a {b: c}", '<Format FormalName="CSS"/>'),
    ],
)
def test_what_is_not_text(markup: str) -> None:
    assert one(item(component(markup))).content == ""


@pytest.mark.parametrize(
    ("inside", "attributes"),
    [
        (content("One. Two.", '<Format FormalName="Text"/>') + content(NITF), 'EquivalentsList="yes"'),
        (component(content("In short.")) + component(content(NITF)), 'EquivalentsList="yes"'),
        (content(XHTML) + content(NITF), ""),
        (content(NITF) + content(html.escape(XHTML)) + content("One.\n\nTwo."), ""),
        ("<BasisForChoice>./ContentItem/Format</BasisForChoice>" + content(NITF) + content("In short."), ""),
        (component(content(NITF)) + component(content(NITF)), ""),
    ],
)
def test_equivalents_are_read_once(inside: str, attributes: str) -> None:
    assert texts(one(item(component(inside, attributes)))) == ["One.", "Two."]


def test_a_choice_by_role_is_not_between_equivalents() -> None:
    inside = (
        "<BasisForChoice>./NewsComponent/Role</BasisForChoice>" + component(content("A.")) + component(content("B."))
    )
    assert texts(one(item(component(inside)))) == ["A.", "B."]


LANGUAGES = "".join(
    component(content(text), rest=f'<DescriptiveMetadata><Language FormalName="{code}"/></DescriptiveMetadata>')
    for code, text in (("fr", "Le pont."), ("en", "The bridge."))
)


@pytest.mark.parametrize(
    ("wanted", "text", "left_out"), [("", "Le pont.", "en"), ("en", "The bridge.", "fr"), ("de", "Le pont.", "en")]
)
def test_equivalents_in_several_languages(wanted: str, text: str, left_out: str) -> None:
    basis = "<BasisForChoice>./NewsComponent/DescriptiveMetadata/Language</BasisForChoice>"
    parsed = parse(item(component(basis + LANGUAGES)), language=wanted)
    assert texts(parsed.entries[0]) == [text]
    assert [letter.message for letter in parsed.dead_letters] == [
        f"left out: the equivalent in another language: {left_out}"
    ]


@pytest.mark.parametrize("role", ["HeadLine", "SubHeadLine", "Abstract", "StyleSheet"])
def test_roles_that_are_fields(role: str) -> None:
    entry = one(
        item(component(component(content("<p>Said.</p>"), role=role) + component(content("Body."), role="Body")))
    )
    fields = {"HeadLine": entry.title, "SubHeadLine": entry.subtitle, "Abstract": entry.summary}
    assert fields.get(role, "Said.") == "Said."
    assert entry.content == "Body."


@pytest.mark.parametrize(
    ("management", "status", "until"),
    [
        ('<Status FormalName="Usable"/>', "usable", None),
        ('<Status FormalName="Withheld"/>', "withheld", None),
        ('<Status FormalName="Canceled"/>', "canceled", None),
        (
            '<Status FormalName="Embargoed"/><StatusWillChange><FutureStatus FormalName="Usable"/>'
            "<DateAndTime>20240308T060000+0100</DateAndTime></StatusWillChange>",
            None,
            datetime(2024, 3, 8, 5, tzinfo=UTC),
        ),
        (
            '<Status FormalName="Usable"/><StatusWillChange><FutureStatus FormalName="Canceled"/>'
            "<DateAndTime>20240308T060000Z</DateAndTime></StatusWillChange>",
            "usable",
            None,
        ),
    ],
)
def test_status_and_embargo(management: str, status: str | None, until: datetime | None) -> None:
    entry = one(item(component(content("x")), management))
    assert entry.embargo_until == until
    assert status in (None, entry.status)


REVISION = "<RevisionId>3</RevisionId>"
ITEM = "<ProviderId>a.com</ProviderId><DateId>20240924</DateId><NewsItemId>17</NewsItemId>"
OWN = "urn:newsml:a.com:20240924:17"


@pytest.mark.parametrize(
    ("identity", "guid", "version"),
    [
        ("<PublicIdentifier>urn:newsml:a.com:1:b:3A</PublicIdentifier>", "urn:newsml:a.com:1:b", None),
        (f"{REVISION}<PublicIdentifier>urn:newsml:a.com:1:b:3</PublicIdentifier>", "urn:newsml:a.com:1:b", 3),
        (f"{REVISION}<PublicIdentifier>urn:newsml:a.com:1:b</PublicIdentifier>", "urn:newsml:a.com:1:b", 3),
        ("<ProviderId>a.com</ProviderId><DateId>1</DateId><NewsItemId>b</NewsItemId>", "urn:newsml:a.com:1:b", None),
        ("<NewsItemId>b</NewsItemId><RevisionId>x</RevisionId>", "b", None),
        # An id that all items of an agency or of a day share does not identify an item.
        (f"{ITEM}{REVISION}<PublicIdentifier>urn:newsml:www.a.com</PublicIdentifier>", OWN, 3),
        (f"{ITEM}{REVISION}<PublicIdentifier>urn:newsml:a.com:20240924:3</PublicIdentifier>", OWN, 3),
        (f"{ITEM}{REVISION}<PublicIdentifier>urn:x:2024-09-24:17:3U</PublicIdentifier>", "urn:x:2024-09-24:17", 3),
        (f"{ITEM}<PublicIdentifier>urn:newsml:a.com:17</PublicIdentifier>", OWN, None),
        (f"{ITEM}<PublicIdentifier>urn:newsml:a.com:20240924:1703</PublicIdentifier>", OWN, None),
        ("<NewsItemId>17</NewsItemId><PublicIdentifier>urn:a.com</PublicIdentifier>", "17", None),
        (f"{REVISION}<PublicIdentifier>urn:newsml:a.com:20240924::3N</PublicIdentifier>", "", 3),
        ("<NewsItemId/><PublicIdentifier>urn:newsml:a.com:20240924</PublicIdentifier>", "", None),
        ("", "", None),
    ],
)  # fmt: skip
def test_identity(identity: str, guid: str, version: int | None) -> None:
    entry = one(item(component(content("x")), identity=identity))
    assert (entry.guid, entry.provider_version) == (guid, version)


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("urn:newsml:a.com:20240305:b:3", ("urn:newsml:a.com:20240305:b", 3)),
        ("urn:newsml:a.com:20240305:20240001", ("urn:newsml:a.com:20240305:20240001", None)),
        ("urn:newsml:a.com:2024:PH:DV:b:12N", ("urn:newsml:a.com:2024:PH:DV:b", 12)),
        ("a.com:20240305:1001", ("urn:newsml:a.com:20240305:1001", None)),
        ("a.com:20240305:b:2", ("urn:newsml:a.com:20240305:b", 2)),
        ("#N2", ("#N2", None)),
    ],
)
def test_references(reference: str, expected: tuple[str, int | None]) -> None:
    assert identified(reference) == expected


@pytest.mark.parametrize("payload", ["A", "A===", "\u00e9"])
def test_undecodable_content_is_a_dead_letter(payload: str) -> None:
    unread = f'<ContentItem><Encoding Notation="gzip"><DataContent>{payload}</DataContent></Encoding></ContentItem>'
    unread += f'<ContentItem><Encoding Notation="Base64"><DataContent>{payload}</DataContent></Encoding></ContentItem>'
    parsed = parse(item(component(unread + content("x"))))
    assert texts(parsed.entries[0]) == ["x"]
    assert "left out: a content item: unknown encoding 'gzip'" in [
        letter.message for letter in parsed.dead_letters if not letter.repaired
    ]


def test_an_impossible_date_is_a_dead_letter() -> None:
    parsed = parse(item(component(content("x")), "<FirstCreated>20240231T000000Z</FirstCreated>"))
    assert parsed.entries[0].published is None
    assert [letter.payload for letter in parsed.dead_letters] == [b"20240231T000000Z"]


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ("<NewsML><NewsEnvelope/></NewsML>", ParseError),
        ("<NewsML><NewsItem><TopicSet/></NewsItem></NewsML>", ParseError),
        ("<nitf/>", NotAFeedError),
        ("<newsItem/>", NotAFeedError),
        ('<!DOCTYPE NewsML [<!ENTITY a SYSTEM "b">]><NewsML>&a;</NewsML>', UnsafeXmlError),
        (item(management='<Status FormalName="Usable"/>'), ParseError),
    ],
)
def test_no_item(body: str, error: type[ParseError]) -> None:
    with pytest.raises(error):
        parse(body)


NAMES = ["20130515006361", "20130605006126", "20130612006110", "20130731006140"]


@pytest.mark.parametrize("name", NAMES)
def test_business_wire_agrees_with_its_ninjs(shared_data: Path, name: str) -> None:
    folder = shared_data / "newswire/iptc-newsinjson/examples"
    ninjs = json.loads((folder / f"1.4/businesswire-newsml-{name}.json").read_text())
    entry = one((folder / f"NewsML/businesswire-newsml-{name}.xml").read_bytes())
    assert entry.title == ninjs["headline"]
    assert entry.language == ninjs["language"]
    assert entry.provider_version == int(ninjs["version"])
    assert entry.updated == datetime.fromisoformat(ninjs["versioncreated"])
    assert set(entry.categories) == {subject["name"] for subject in ninjs["subject"]}
    assert len(texts(entry)) == len(set(texts(entry)))


@pytest.mark.parametrize(
    ("name", "version", "start"), [("AFP_751HA", 1, "Relatives mourn"), ("DV2209430", 2, "Tottenham Hotspur's Belgian")]
)
def test_a_photo_is_its_caption(shared_data: Path, name: str, version: int, start: str) -> None:
    entry = one((shared_data / f"newswire/gextech/src/test/resources/{name}.xml").read_bytes())
    assert texts(entry)[0].startswith(start)
    assert (entry.provider, entry.provider_version, entry.urgency) == ("AFP", version, 5)
    assert entry.guid.rpartition(":")[2] in ("doc-751ha", "DV2209430")


def lines(text: str) -> str:
    return f"<NewsLines>{text}</NewsLines>"


def test_a_lead_comes_before_the_body() -> None:
    parts = component(content("Second."), role="Body") + component(content("First."), role="Lead")
    assert texts(one(item(component(parts)))) == ["First.", "Second."]


def test_the_title_of_the_document_inside() -> None:
    nitf = "<nitf><head><title>Mill</title></head><body><body.content><p>It burned.</p></body.content></body></nitf>"
    page = "<html><head><title>Mill</title></head><body><p>It burned.</p></body></html>"
    for data in (nitf, page, html.escape(page)):
        entry = one(item(component(content(data), rest=lines("<HeadLine/>"))))
        assert (entry.title, texts(entry)) == ("Mill", ["It burned."])
    assert one(item(component(content(nitf), rest=lines("<HeadLine>Fire</HeadLine>")))).title == "Fire"


def test_later_headlines_are_headings_of_their_text() -> None:
    parts = (
        *(component(content("Fire"), role="HeadLine"), component(content("It burned."), role="Body")),
        *(component(content("More"), role="Title"), component(content("Ten crews came."), role="Body")),
        component(component(content("Built in 1871."), role="Box"), rest=lines("<HeadLine>Facts</HeadLine>")),
    )
    entry = one(item(component("".join(parts))))
    assert entry.title == "Fire"
    assert texts(entry) == ["It burned.", "More", "Ten crews came.", "Facts", "Built in 1871."]
    two = one(item(component(content("It burned."), rest=lines("<HeadLine>Fire</HeadLine><HeadLine>Mill</HeadLine>"))))
    assert (two.title, two.subtitle) == ("Fire", "Mill")


def test_a_part_in_another_language() -> None:
    parts = component(content("It burned."), 'xml:lang="en"', "Body") + component(content("Brann."), 'xml:lang="sv"')
    entry = one(item(component(parts)).replace("<NewsItem>", '<NewsItem xml:lang="en">'))
    assert (entry.language, texts(entry)) == ("en", ["It burned.", "Brann."])
    assert '<div lang="sv">' in entry.content
    assert "lang=" not in one(item(component(content("<p>Brann.</p>"), 'xml:lang="sv"'))).content


def test_a_photographer_is_not_the_author_of_the_story() -> None:
    file = '<ContentItem Href="7.jpg"><MediaType FormalName="Photo"/><Format FormalName="image/jpeg"/></ContentItem>'
    byline_lines = f"{lines('<HeadLine>Ruins</HeadLine><ByLine>By Bo Lind</ByLine><DateLine>OSLO, May 1</DateLine>')}"
    creator = '<AdministrativeMetadata><Creator><Party FormalName="Bo Lind"/></Creator></AdministrativeMetadata>'
    photo = component(component(content("The mill."), role="Caption") + file, rest=byline_lines + creator)
    story = component(content("It burned."), rest=lines("<HeadLine>Fire</HeadLine><ByLine>By Ann Berg</ByLine>"))
    for parts in (photo + story, story + photo):
        entry = one(item(component(parts)))
        assert (entry.title, entry.byline, entry.authors) == ("Fire", "Ann Berg", ("Ann Berg",))
        assert (entry.dateline_place, texts(entry)) == ("", ["It burned.", "Ruins", "The mill."])
        assert entry.media == (Media("7.jpg", "image", "image/jpeg", "Ruins", "The mill.", "Bo Lind"),)
    alone = one(item(component(photo)))
    assert (alone.title, alone.byline, alone.authors) == ("Ruins", "Bo Lind", ("Bo Lind",))


def test_notes_dates_and_terms() -> None:
    line = '<NewsLine><NewsLineType FormalName="Product"/><NewsLineText>(Sketches + Video)</NewsLineText></NewsLine>'
    terms = "<UsageRights><UsageType>Print</UsageType><Limitations>No archives</Limitations></UsageRights>"
    rest = lines(f"<HeadLine>Fire</HeadLine><DateLine>YSTAD, Jan. 2, 2024 (Wire) -</DateLine>{line}")
    body = item(component(content("It burned."), rest=f"{rest}<RightsMetadata>{terms}</RightsMetadata>"))
    comments = '<Comment FormalName="OwnVersion">1.0.1</Comment><Comment FormalName="Note">Adds quotes</Comment>'
    sent = "<NewsEnvelope><DateAndTime>20240103T100000Z</DateAndTime></NewsEnvelope>"
    entry = one(body.replace("<NewsItem>", f"{sent}<NewsItem>{comments}", 1))
    assert (entry.ednote, entry.rights) == ("Adds quotes; (Sketches + Video)", "Print, No archives")
    assert (entry.dateline_place, entry.dateline_date) == ("YSTAD", date(2024, 1, 2))
    assert entry.published == entry.updated == datetime(2024, 1, 3, 10, tzinfo=UTC)


def test_long_revisions() -> None:
    identity = "<NewsItemId>x</NewsItemId><RevisionId>1542761538</RevisionId>"
    reference = '<NewsItemRef NewsItem="urn:newsml:x.example:2024:y:1542761538000"/>'
    entry = one(item(component(content("It burned.") + reference), identity=identity))
    assert entry.provider_version == 1542761538
    assert entry.related == (Related("newsItem", "urn:newsml:x.example:2024:y", None),)


def test_places() -> None:
    def at(how: str, **properties: str) -> str:
        values = "".join(f'<Property FormalName="{name}" Value="{value}"/>' for name, value in properties.items())
        return f'<Location HowPresent="{how}">{values}</Location>'

    origin, event = at("Origin", City="Ystad", Country="SE"), at("Event", Country="NOR", CountryName="Norway")
    rest = f"<DescriptiveMetadata>{origin}{event}</DescriptiveMetadata>"
    entry = one(item(component(content("It burned."), rest=rest)))
    assert entry.places == (Place("Ystad", "dateline", "", "SE"), Place("Norway", "subject"))


def test_short_lines_of_plain_text_are_not_code() -> None:
    parts = [component(content(text), role=f'<Role FormalName="{role}"/>') for role, text in (("Main", "The king."),)]
    (entry,) = parse(item("".join([*parts, component(content("<p>He has died.</p>"))]))).entries
    assert [paragraph.kind for paragraph in split_entry(entry).story.paragraphs] == ["paragraph", "paragraph"]
