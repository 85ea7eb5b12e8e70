"""What is taken out of a feed, or written anew, before feedparser reads it."""

from datetime import UTC, datetime

import pytest

from newsbeam.transforms.parse.document import parse_document
from newsbeam.transforms.parse.feed_tree import FeedTree, extract_parts
from newsbeam.transforms.records import Document, Entry, Place

URI = "https://harbour.example/rss"
SPACES = (
    'xmlns:media="http://search.yahoo.com/mrss/" xmlns:content="http://purl.org/rss/1.0/modules/content/" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" '
    'xmlns:atom="http://www.w3.org/2005/Atom" xmlns:georss="http://www.georss.org/georss" '
    'xmlns:creativeCommons="http://backend.userland.com/creativeCommonsRssModule"'
)
CAPTION = '<media:content url="/a.jpg"><media:title>Quay</media:title><media:description>A quay.</media:description>'
FILM = '<media:group><media:content url="/a.mp4" type="video/mp4"/><media:description>The launch.</media:description>'


def read(text: str) -> Entry:
    (entry,) = parse_document(Document(URI, text.encode(), datetime(2026, 11, 20, tzinfo=UTC), "Harbour", URI)).entries
    return entry


def rss(item: str, channel: str = "") -> Entry:
    return read(f'<rss version="2.0" {SPACES}><channel>{channel}<item>{item}</item></channel></rss>')


def atom(entry: str, feed: str = "", attributes: str = "") -> Entry:
    spaces = f'xmlns="http://www.w3.org/2005/Atom" {SPACES} {attributes}'
    return read(f"<feed {spaces}><title>Harbour</title>{feed}<entry>{entry}</entry></feed>")


@pytest.mark.parametrize("order", [0, 1, 2])
def test_a_caption_is_its_pictures_wherever_it_stands(order: int) -> None:
    parts = [
        "<title>Ferry</title><description>The ferry is back.</description>",
        "<content:encoded>&lt;p&gt;All of it.&lt;/p&gt;</content:encoded>",
    ]
    parts.insert(order, f"{CAPTION}</media:content>")
    entry = rss("".join(parts))
    assert (entry.title, entry.summary, entry.content) == ("Ferry", "The ferry is back.", "<p>All of it.</p>")
    assert [(m.title, m.caption) for m in entry.media] == [("Quay", "A quay.")]


def test_a_videos_description_is_text_and_a_caption_is_not() -> None:
    assert rss(f"<title>Quay</title>{CAPTION}</media:content>").content == ""
    assert atom(f"<title>Launch</title>{FILM}</media:group>").content == "The launch."
    both = atom(f"<title>Launch</title><summary>Words.</summary>{FILM}</media:group>")
    assert (both.content, both.summary) == ("Words.", "Words.")


def test_a_description_of_no_media_is_the_items() -> None:
    assert rss("<title>a</title><media:description>Words.</media:description>").content == "Words."


def test_an_item_without_a_title_has_that_of_its_media() -> None:
    assert rss(f"{CAPTION}</media:content>").title == "Quay"


@pytest.mark.parametrize(
    "first", ["<itunes:summary>Notes.</itunes:summary>", "<dc:description>Notes.</dc:description>"]
)
def test_a_second_description_does_not_push_out_the_body(first: str) -> None:
    body = "<content:encoded>&lt;p&gt;All of it.&lt;/p&gt;</content:encoded>"
    entry = rss(f"<title>a</title>{first}<description>The ferry is back.</description>{body}")
    assert (entry.summary, entry.content) == ("The ferry is back.", "<p>All of it.</p>")
    assert rss(f"<title>a</title>{first}<description/>{body}").summary == "Notes."


def test_a_description_that_is_the_body_gives_way_to_another_text() -> None:
    body = "<content:encoded>&lt;p&gt;All of it.&lt;/p&gt;</content:encoded>"
    entry = rss(f"<title>a</title><description>All of it.</description>{body}<itunes:summary>Short.</itunes:summary>")
    assert (entry.summary, entry.content) == ("Short.", "<p>All of it.</p>")


def test_encoded_without_a_prefix_is_the_body() -> None:
    entry = rss("<title>a</title><encoded>&lt;p&gt;All of it.&lt;/p&gt;</encoded><description>Short.</description>")
    assert (entry.summary, entry.content) == ("Short.", "<p>All of it.</p>")


@pytest.mark.parametrize(
    "body",
    [
        '<yandex:full-text xmlns:yandex="http://news.yandex.ru">All of it.</yandex:full-text>',
        '<t:content xmlns:t="http://turbo.yandex.ru"><![CDATA[<p>All of it.</p>]]></t:content>',
        "<fullText>All of it.</fullText>",
        "<story>All of it.</story><text>All of it.</text>",
        "<text>Another</text><content:encoded>All of it.</content:encoded>",
    ],
)
def test_an_element_for_the_whole_story_is_the_body(body: str) -> None:
    entry = rss(f"<title>a</title><description>Short.</description>{body}")
    assert (entry.summary, entry.content.removeprefix("<p>").removesuffix("</p>")) == ("Short.", "All of it.")


def test_a_picture_in_the_text_is_relative_to_the_texts_own_base() -> None:
    text = '<content type="html" xml:base="text/">&lt;img src="a.jpg">&lt;p>A quay.&lt;/p></content>'
    entry = atom(f"<id>a</id><title>a</title>{text}", attributes='xml:base="https://b.example/x/"')
    assert [media.url for media in entry.media] == ["https://b.example/x/text/a.jpg"]


@pytest.mark.parametrize(
    ("item", "authors"),
    [
        ("<author>ann@harbour.industries (Ann Berg)</author><dc:creator>Bo Lind</dc:creator>", ("Ann Berg", "Bo Lind")),
        ("<dc:creator>Ann Berg and Bo Lind</dc:creator>", ("Ann Berg", "Bo Lind")),
        ("<author>ann@a.example (Ann Berg), bo@a.example (Bo Lind)</author>", ("Ann Berg", "Bo Lind")),
        ("<author>(hidden)</author><itunes:author>Bo Lind</itunes:author>", ("Bo Lind",)),
        (
            "<atom:author><atom:name>Ann Berg</atom:name><atom:email>a@a.example</atom:email></atom:author>",
            ("Ann Berg",),
        ),
        ("<author><name>Ann Berg</name><name>Bo Lind</name></author>", ("Ann Berg", "Bo Lind")),
        ("<dc:creator><ul><li>Ann Berg</li><li>Bo Lind</li></ul></dc:creator>", ("Ann Berg", "Bo Lind")),
        ("<dc:creator>\n  Ann Berg\n  Bo Lind\n</dc:creator>", ("Ann Berg", "Bo Lind")),
        ("<dc:creator>\n  Ann\n  Berg\n</dc:creator>", ("Ann Berg",)),
        ("<author>&amp;lt;b&amp;gt; Berg</author>", ("<b> Berg",)),
    ],
)
def test_people(item: str, authors: tuple[str, ...]) -> None:
    assert rss(f"<title>a</title>{item}").authors == authors


def test_an_entry_of_atom_has_the_people_of_its_source_or_of_the_feed() -> None:
    feed = "<author><name>Ann Berg; Bo Lind</name></author>"
    assert atom("<title>a</title>", feed).authors == ("Ann Berg", "Bo Lind")
    assert atom("<title>a</title><source><author><name>Cy Holm</name></author></source>", feed).authors == ("Cy Holm",)


@pytest.mark.parametrize(
    ("item", "url"),
    [
        ('<link>/a</link><atom:link rel="alternate" href="/amp/a"/>', "https://harbour.example/a"),
        ('<atom:link href="/amp/a"/><link>/a</link>', "https://harbour.example/a"),
        ('<atom:link href="/a"/><link> </link>', "https://harbour.example/a"),
        ('<guid isPermaLink="TRUE">https://harbour.example/a</guid>', "https://harbour.example/a"),
        ('<guid ispermalink=" True ">https://harbour.example/a</guid>', "https://harbour.example/a"),
        ('<guid isPermaLink="FALSE">https://harbour.example/a</guid>', ""),
        ("<link>www.harbour.example/a</link>", "https://www.harbour.example/a"),
        ("<link>harbour.example/a</link>", "https://harbour.example/a"),
    ],
)
def test_the_address_of_an_item_of_rss(item: str, url: str) -> None:
    assert rss(f"<title>a</title>{item}", "<link>https://harbour.example/</link>").url == url


@pytest.mark.parametrize(
    ("entry", "guid", "url"),
    [
        ("<id>4711</id>", "4711", ""),
        ('<id>a/4711</id><link href="b"/>', "a/4711", "https://harbour.example/x/b"),
        ("<id>https://harbour.example/./a</id>", "https://harbour.example/./a", "https://harbour.example/./a"),
        (
            '<id>1</id><link rel="http://www.iana.org/assignments/relation/self" href="/s"/>'
            '<link rel="http://www.iana.org/assignments/relation/alternate" href="/a"/>',
            "1",
            "https://harbour.example/a",
        ),
    ],
)
def test_an_id_of_atom_stays_as_it_is(entry: str, guid: str, url: str) -> None:
    read = atom(f"<title>a</title>{entry}", attributes='xml:base="https://harbour.example/x/"')
    assert (read.guid, read.url) == (guid, url)


def test_what_else_a_feed_gives() -> None:
    entry = rss(
        "<title>a</title><georss:point>54.5 -7.25</georss:point>"
        '<atom:link rel="license" href="https://rights.example/by"/><media:copyright>Coast Wire</media:copyright>',
        "<title>Harbour &amp;amp; sea</title><media:title>Banner</media:title>"
        "<creativeCommons:license>https://rights.example/all</creativeCommons:license>",
    )
    assert (entry.feed_title, entry.places) == ("Harbour & sea", (Place("", latitude=54.5, longitude=-7.25),))
    assert (entry.rights, entry.copyright) == ("https://rights.example/by", "Coast Wire")
    assert atom("<title>a</title>", "<link rel='license' href='https://r.example/'/>").rights == "https://r.example/"


def test_a_date_within_html_is_read() -> None:
    item = '<title>a</title><pubDate><time datetime="2026-10-01T10:00:00Z">Thursday</time></pubDate>'
    assert rss(item).published == datetime(2026, 10, 1, 10, tzinfo=UTC)


def test_another_element_gives_the_date_if_the_first_is_not_one() -> None:
    entry = rss("<title>a</title><pubDate>soon</pubDate><dc:date>2026-10-01T10:00:00Z</dc:date>")
    assert (entry.published, entry.published_raw) == (datetime(2026, 10, 1, 10, tzinfo=UTC), "soon")


def test_what_is_not_well_formed_stays_as_it_is() -> None:
    assert extract_parts("<rss><item></rss>") == FeedTree("<rss><item></rss>")
    deep = "<a>" * 300 + "</a>" * 300
    assert extract_parts(deep) == FeedTree(deep)


def test_cdata_and_the_feeds_own_marks_do_no_harm() -> None:
    item = "<title><![CDATA[a & b]]></title><x:part xmlns:x='urn:newsbeam'>99999999999999999999</x:part>"
    assert rss(f"{CAPTION}</media:content>{item}").title == "a & b"


@pytest.mark.parametrize("other", ["<story>12345</story>", "<text>yes</text>", "<story>http://e.example/1</story>"])
def test_a_short_element_of_that_name_is_not_the_body(other: str) -> None:
    entry = rss(f"<title>a</title><description>A text of more words than the other one has.</description>{other}")
    assert "more words" in entry.summary + entry.content
    assert not any(part in entry.content for part in ("12345", "yes", "e.example"))
