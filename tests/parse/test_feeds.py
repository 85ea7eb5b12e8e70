"""Feeds in XML: each format, and each quirk that feedparser needs help with."""

import base64
from datetime import UTC, datetime
from pathlib import Path

import pytest

from newsbeam.transforms.parse.document import Parsed, ParseLimits, parse_document
from newsbeam.transforms.records import Document

FETCHED_AT = datetime(2026, 11, 20, 12, tzinfo=UTC)


NO_LIMITS = ParseLimits()
URI = "https://harbour.example/rss"


def parse(body: bytes | str, uri: str = URI, limits: ParseLimits = NO_LIMITS, language: str = "") -> Parsed:
    body = body.encode() if isinstance(body, str) else body
    return parse_document(Document(uri, body, FETCHED_AT, "Harbour", uri, language=language), limits)


def rss(item: str, channel: str = "") -> str:
    return f'<rss version="2.0"><channel>{channel}<item>{item}</item></channel></rss>'


def test_rss20(data: Path) -> None:
    ferry, fog = parse((data / "feeds/rss20.xml").read_bytes()).entries
    assert (ferry.format, ferry.source, ferry.feed_url) == ("rss20", "Harbour", URI)
    assert (ferry.guid, ferry.url, ferry.title) == (
        "harbour-7",
        "https://harbour.example/ferry?id=7",
        "Ferry & crew return",
    )
    assert (ferry.summary, ferry.content_type) == ("The ferry is back.", "text/html")
    assert ferry.content == "<p>The ferry is back.</p><p>Its crew is well&nbsp;rested.</p>"
    assert (ferry.published, ferry.published_raw) == (
        datetime(2026, 10, 1, 8, tzinfo=UTC),
        "Thu, 01 Oct 2026 10:00:00 +0200",
    )
    assert (ferry.updated, ferry.authors, ferry.categories) == (None, ("Ann Berg",), ("Sea", "Town"))
    assert (ferry.language, ferry.copyright, ferry.link_is_identity) == ("en-US", "Harbour News", True)
    assert (fog.url, fog.authors) == ("https://harbour.example/fog", ("Bo Lind", "Cy Holm"))
    assert fog.published == fog.updated == datetime(2026, 10, 1, 6, 30, tzinfo=UTC)
    assert (fog.summary, fog.content) == ("Fog until noon. Then sun.", "<p>Fog until noon.</p><p>Then sun.</p>")


def test_atom10(data: Path) -> None:
    ferry, hands = parse((data / "feeds/atom10.xml").read_bytes()).entries
    assert (ferry.format, ferry.title, ferry.language) == ("atom10", "Fähre fährt wieder", "de")
    assert ferry.url == "https://leuchtturm.example/blatt/2026/faehre"
    assert (ferry.authors, ferry.categories, ferry.copyright) == (("Redaktion",), ("See & Hafen",), "Frei")
    assert (ferry.summary, ferry.content) == ("Kurz gesagt.", "<p>Erster Absatz.</p><p>Zweiter.</p>")
    assert (ferry.published, ferry.updated) == (
        datetime(2026, 10, 2, 5, tzinfo=UTC),
        datetime(2026, 10, 2, 8, tzinfo=UTC),
    )
    assert (hands.published, hands.language, hands.authors) == (None, "en", ("Ann Berg", "Bo Lind"))
    assert (hands.content, hands.content_type, hands.summary) == ("5 < 6", "text/plain", "")


def test_rss10(data: Path) -> None:
    (entry,) = parse((data / "feeds/rss10.xml").read_bytes()).entries
    assert (entry.format, entry.guid, entry.categories) == ("rss10", "https://pier.example/1", ("Town",))
    assert entry.published == datetime(2026, 10, 1, tzinfo=UTC)


def test_a_feed_after_a_comment_and_before_junk_is_read(data: Path) -> None:
    parsed = parse((data / "feeds/comment_before_root.xml").read_bytes())
    assert [e.title for e in parsed.entries] == ["Ferry returns"]
    assert parsed.dead_letters == ()


def test_undeclared_prefixes_and_html_entities_are_no_dead_letters(data: Path) -> None:
    parsed = parse((data / "feeds/undeclared_prefixes.xml").read_bytes())
    (entry,) = parsed.entries
    assert (entry.title, entry.url) == ("Salt & pepper & more", "https://harbour.example/?a=1&b=2")
    assert (entry.authors, parsed.dead_letters) == (("Ann Berg",), ())


def test_shared_guids_are_no_identity(data: Path) -> None:
    entries = parse((data / "feeds/shared_guids.xml").read_bytes()).entries
    assert len({e.entry_id for e in entries}) == 4
    assert [e.link_is_identity for e in entries] == [True, True, False, False]


def test_limits_take_the_first_entries(data: Path) -> None:
    parsed = parse((data / "feeds/shared_guids.xml").read_bytes(), limits=ParseLimits(entries=2))
    entries = parsed.entries
    assert "left out: the limit is 2" in parsed.dead_letters[-1].message
    assert [e.title for e in entries] == ["Ferry returns", "Fog ahead"]


@pytest.mark.parametrize(
    ("item", "field", "expected"),
    [
        ("<guid>abc</guid>", "url", ""),
        ("<guid>https://harbour.example/7</guid>", "url", "https://harbour.example/7"),
        ("<link>/7</link>", "url", "https://harbour.example/7"),
        ("<author>ann@harbour.industries (Ann Berg)</author>", "authors", ("Ann Berg",)),
        ("<author>Ann Berg &lt;ann@harbour.example&gt;</author>", "authors", ("Ann Berg",)),
        ("<author>Ann Berg (mailto:ann@harbour.example)</author>", "authors", ("Ann Berg",)),
        ("<author>ann@harbour.example</author>", "authors", ("ann@harbour.example",)),
        ("<title>AT&amp;amp;T &amp;lt;up&amp;gt;</title>", "title", "AT&T <up>"),
        ("<title>&lt;b&gt;Bold&lt;/b&gt; move</title>", "title", "Bold move"),
        ("<title>Use of &lt;b&gt;</title>", "title", "Use of <b>"),
        ("<description>&amp;lt;p&amp;gt;a&amp;lt;/p&amp;gt;</description>", "content", "<p>a</p>"),
        ("<title>a\x00b&#1;c</title>", "title", "abc"),
        ("<title>&#x200f;a&#173;b&#8203;c &#65279;d&#x202c;</title>", "title", "abc d"),
        ("<title>&lt;![CDATA[Hello]]&gt;</title>", "title", "Hello"),
        ("<title><![CDATA[&lt;![CDATA[Hello]]&gt;]]></title>", "title", "Hello"),
        ("<description>&lt;![CDATA[&lt;p&gt;a&lt;/p&gt;]]&gt;</description>", "content", "<p>a</p>"),
        ("<description><![CDATA[<![CDATA[<p>a</p>]]]]><![CDATA[>]]></description>", "content", "<p>a</p>"),
        ("<description>x[y[0]]&gt; z</description>", "content", "x[y[0]]> z"),
        ("<title>&#X41;&eacute;</title>", "title", "Aé"),
    ],
)
def test_quirks_of_items(item: str, field: str, expected: object) -> None:
    (entry,) = parse(rss(item), uri="https://harbour.example/feeds/rss").entries
    assert getattr(entry, field) == expected


def test_the_link_is_the_target_of_a_redirecting_service() -> None:
    item = '<link>http://proxy.example/~r/1</link><f:origLink xmlns:f="http://rssnamespace.org/feedburner/ext/1.0">https://harbour.example/1</f:origLink>'
    assert parse(rss(item)).entries[0].url == "https://harbour.example/1"


def test_the_channels_link_is_the_base_of_relative_links() -> None:
    parsed = parse(rss("<link>a/1</link>", "<link>https://pier.example/news/</link>"))
    assert parsed.entries[0].url == "https://pier.example/news/a/1"


def test_an_rss_entry_does_not_inherit_an_author() -> None:
    assert parse(rss("<title>a</title>", "<managingEditor>e@x.example (Ed)</managingEditor>")).entries[0].authors == ()


def test_the_language_of_the_config_goes_before_the_feeds() -> None:
    parsed = parse(rss("<title>a</title>", "<language>en</language>"), language="pt_br")
    assert parsed.entries[0].language == "pt-BR"


def test_a_date_that_cannot_be_believed_is_a_dead_letter_with_what_was_published() -> None:
    raw = "Fri, 31 Dec 9999 23:59:59 GMT"
    parsed = parse(rss(f"<title>a</title><pubDate>{raw}</pubDate>"))
    (entry,), (letter,) = parsed.entries, parsed.dead_letters
    assert (entry.published, entry.published_raw) == (None, raw)
    assert (letter.stage, letter.repaired, letter.payload) == ("parse", True, raw.encode())


@pytest.mark.parametrize(
    "element",
    [
        '<psc:chapters xmlns:psc="http://podlove.org/simple-chapters"><psc:chapter title="Intro"/></psc:chapters>',
        '<gml:pos xmlns:gml="http://www.opengis.net/gml">x y</gml:pos>',
        "<textInput><name>q</name></textInput>",
        "<width>x</width>",
        "<item></item>",
        "<item/>",
    ],
)
def test_an_element_in_an_odd_place_does_not_stop_the_feed(element: str) -> None:
    parsed = parse(rss(f"<title>One</title>{element}<description>Text</description></item><item><title>Two</title>"))
    assert [(e.title, e.content) for e in parsed.entries] == [("One", "Text"), ("Two", "")]
    assert all(letter.repaired for letter in parsed.dead_letters)


def test_one_broken_item_changes_no_other() -> None:
    items = [
        "<guid>https://harbour.example/?a=1&amp;b=2</guid><title>A &amp;amp; B &amp;lt;C&amp;gt;</title>",
        "<guid isPermaLink='false'>id&lt;7&gt; &#038; more</guid><link>https://harbour.example/7?a=1&amp;copy=2</link>",
        "<title><![CDATA[R&D]]></title><description>a &lt; b &amp;&amp; c</description><category>a&amp;b</category>",
        "<guid>g4</guid><title>Ferry</title><description><p>One <b>two</b></p></description>",
    ]
    good = parse(rss("</item><item>".join(items))).entries
    for broken in ("<title>5 < 6</title>", "<title>never ended<link>x</link>", "<guid a=b>9</guid>", "<b></i>"):
        parsed = parse(rss("</item><item>".join([*items, broken])))
        assert parsed.entries[: len(good)] == good
        assert len(parsed.dead_letters) == 1


def test_an_unclosed_title_loses_nothing() -> None:
    first = "<title>Strike called off<link>https://harbour.example/2</link><guid>t-2</guid><description>Agreed.</description>"
    (entry, other) = parse(rss(f"{first}</item><item><title>Other</title>")).entries
    assert (entry.title, entry.guid, entry.content) == ("Strike called off", "t-2", "Agreed.")
    assert other.title == "Other"


def test_an_item_that_can_not_be_saved_is_lost_and_said_so() -> None:
    parsed = parse(
        f'<rss version="2.0"><channel><title>News</title><guid>1</guid></item>{rss("<title>a</title>")[28:]}'
    )
    assert [e.title for e in parsed.entries] == ["a"]
    assert [letter.repaired for letter in parsed.dead_letters] == [False]
    assert "1 item without a start" in parsed.dead_letters[0].message


def test_content_that_is_not_text_is_a_dead_letter() -> None:
    entry = (
        '<entry><id>urn:1</id><title>Film</title><content type="video/mp4">AAAAHGZ0eXBtcDQyAAAAAQ==</content></entry>'
    )
    parsed = parse(f'<feed xmlns="http://www.w3.org/2005/Atom">{entry}</feed>')
    assert [(e.title, e.content) for e in parsed.entries] == [("Film", "")]
    (letter,) = parsed.dead_letters
    assert (letter.message, letter.repaired) == ("content of the type video/mp4 was left out: it is not text", False)
    assert letter.payload == base64.b64decode("AAAAHGZ0eXBtcDQyAAAAAQ==")


def test_content_in_xml_is_read() -> None:
    xml = '<content type="application/xml"><doc xmlns=""><para>One.</para><para>Two.</para></doc></content>'
    entry = f"<entry><id>urn:1</id><title>Story</title>{xml}</entry>"
    (found,) = parse(f'<feed xmlns="http://www.w3.org/2005/Atom">{entry}</feed>').entries
    assert (found.content, found.summary) == ("<p>One.</p><p>Two.</p>", "")


def test_an_empty_item_is_not_an_entry() -> None:
    assert [e.title for e in parse(rss("<title>a</title><item/>")).entries] == ["a"]


def test_a_name_of_half_a_million_letters_takes_no_time() -> None:
    (entry,) = parse(rss(f"<title>a</title><author>{'a' * 500_000}</author>")).entries
    assert len(entry.authors[0]) < 1_000


def test_an_element_with_thousands_of_attributes_takes_no_time() -> None:
    attributes = "".join(f' a{i}="b"' for i in range(50_000))
    assert [e.title for e in parse(rss(f"<x{attributes}/><title>a</title>")).entries] == ["a"]


@pytest.mark.slow
def test_ten_thousand_entries_are_read() -> None:
    items = "".join(f"<item><guid>https://harbour.example/{i}</guid><title>{i}</title></item>" for i in range(10_000))
    entries = parse(f'<rss version="2.0"><channel>{items}</channel></rss>').entries
    assert len({e.entry_id for e in entries}) == 10_000


def test_real_feeds_are_read_whole(shared_data: Path) -> None:
    for path in sorted((shared_data / "feeds/real").glob("*.xml")):
        body = path.read_bytes()
        entries = parse(body).entries
        tags = (
            body.count(b"</item>")
            + body.count(b"</entry>")
            + body.count(b"</rss:item>")
            + body.count(b'"content_html"')
        )
        assert len(entries) == tags
        assert all(e.title and e.url and e.published and e.content for e in entries), path


@pytest.mark.parametrize(
    "before", ["<!-><item><title>Lost</title></item>", '<!DOCTYPE rss PUBLIC "<item>x</item>" "y">']
)
def test_entries_before_the_root_element_are_a_dead_letter(before):
    parsed = parse(f"{before}<rss version='2.0'><channel><item><title>Ferry</title></item></channel></rss>")
    assert [entry.title for entry in parsed.entries] == ["Ferry"]
    (dead_letter,) = parsed.dead_letters
    assert dead_letter.message == "1 entry before the root element skipped"
    assert not dead_letter.repaired


def test_entries_in_a_comment_before_the_root_element_are_a_comment():
    parsed = parse(
        "<!-- <item>x</item> --><rss version='2.0'><channel><item><title>Ferry</title></item></channel></rss>"
    )
    assert parsed.dead_letters == ()


def test_entries_after_the_end_of_a_feed_without_any_are_a_dead_letter():
    parsed = parse("<rss version='2.0'><channel></channel></rss> <item><title>Ferry")
    assert parsed.entries == ()
    assert "1 entry after the feed's end skipped" in [each.message for each in parsed.dead_letters]


def test_an_entry_before_the_root_element_that_does_not_end_is_a_dead_letter():
    parsed = parse("<entry><summary>Ferry <rss version='2.0'><channel><title>A</title></channel></rss>")
    assert "1 entry before the root element skipped" in [each.message for each in parsed.dead_letters]


def test_an_item_that_is_not_read_is_a_dead_letter():
    parsed = parse(rss("<fullitem>1 &lt; 2<rss><channel><title>Another</title></channel></rss></fullitem>"))
    assert parsed.entries == ()
    assert [dead_letter.message for dead_letter in parsed.dead_letters] == ["1 entry could not be read"]


def test_items_around_a_feed_within_one_of_them_are_a_dead_letter():
    """feedparser begins anew at each `<rss>`, and gives one entry without anything."""
    inner = "<rss version='2.0'><channel><item><description>&lt;img src=x> fog</description></item></channel></rss>"
    parsed = parse(f"<feed xmlns='http://www.w3.org/2005/Atom'><entry><title>A{inner}ferry</title></entry></feed>")
    assert parsed.entries or [dead_letter.message for dead_letter in parsed.dead_letters]
    parsed = parse(rss("<description>fog <rss><channel><item><body>ferry</body></item></channel></rss></description>"))
    assert parsed.entries or [dead_letter.message for dead_letter in parsed.dead_letters]


def test_an_empty_item_is_not_missed():
    parsed = parse(rss(""))
    assert (parsed.entries, parsed.dead_letters) == ((), ())


def test_an_element_with_hundreds_of_attributes_keeps_the_first_ones() -> None:
    attributes = "".join(f' a{i}="b"' for i in range(300))
    link = f'<link rel="alternate" href="https://harbour.example/a"{attributes}/>'
    feed = f'<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>a</title>{link}</entry></feed>'
    assert [entry.url for entry in parse(feed).entries] == ["https://harbour.example/a"]
