"""Pictures, sound and films of feeds."""

import pytest
from lxml import etree

from newsbeam.transforms.parse.feed_tree import name_of
from newsbeam.transforms.parse.media import kind_of, media_of_body, media_of_item, pixels, size, unique_media
from newsbeam.transforms.records import Media

BASE = "https://harbour.example/news/"


def media(item: str) -> tuple[Media, ...]:
    """Return the media of an item of RSS."""
    spaces = (
        'xmlns:media="http://search.yahoo.com/mrss/" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" '
        'xmlns:atom="http://www.w3.org/2005/Atom"'
    )
    return unique_media(media_of_item(etree.fromstring(f"<item {spaces}>{item}</item>"), name_of), BASE)


def body(markup: str) -> tuple[Media, ...]:
    """Return the media of an HTML body."""
    return unique_media(media_of_body(markup), BASE)


def test_elements_in_a_media_object_describe_it() -> None:
    item = (
        '<media:content url="/ferry.jpg" medium="image" type="image/JPEG" width="640" height="480px" fileSize="9000">'
        '<media:title>Ferry</media:title><media:description type="html">The &lt;b>new&lt;/b> ferry.</media:description>'
        '<media:credit role="photographer">Ann Berg</media:credit><media:credit>Coast Wire</media:credit>'
        "</media:content>"
        "<media:description>Of all.</media:description>"
    )
    assert media(item) == (
        Media(
            "https://harbour.example/ferry.jpg",
            "image",
            "image/jpeg",
            "Ferry",
            "The new ferry.",
            "Ann Berg, Coast Wire",
            640,
            480,
            None,
            9000,
        ),
    )


def test_elements_of_a_group_describe_each_rendition_and_no_thumbnail() -> None:
    high, low, still = media(
        '<media:group><media:content url="a.mp4" medium="video" duration="61.5"/><media:content url="b.mp4"/>'
        '<media:thumbnail url="c.jpg" width="10"/><media:description>Launch.</media:description></media:group>'
    )
    assert (high.url, high.kind, high.caption, high.duration_s) == (f"{BASE}a.mp4", "video", "Launch.", 61.5)
    assert (low.kind, low.caption) == ("video", "Launch.")
    assert (still.kind, still.caption, still.width) == ("image", "", 10)


def test_a_thumbnail_alone_has_the_caption() -> None:
    (still,) = media('<media:thumbnail url="c.jpg"/><media:text>Fog.</media:text>')
    assert (still.url, still.caption) == (f"{BASE}c.jpg", "Fog.")


def test_one_address_is_one_row_with_all_its_descriptions() -> None:
    sound, cover = media(
        '<enclosure url="https://harbour.example/1.mp3?utm_source=rss" length="0" type="audio/mpeg"/>'
        '<media:content url="https://harbour.example/1.mp3" fileSize="77"/><itunes:image href="/1.png"/>'
        "<itunes:duration>1:02:03</itunes:duration>"
    )
    assert (sound.url, sound.kind, sound.bytes) == ("https://harbour.example/1.mp3", "audio", 77)
    assert (sound.duration_s, cover.kind, cover.duration_s) == (3723.0, "image", None)


@pytest.mark.parametrize(
    "item",
    [
        '<media:content url="https://count.example/a.gif" width="1" height="1"/>',
        '<media:content medium="image"/>',
        '<enclosure url="javascript:alert(1)"/>',
        '<enclosure url=""/>',
        '<atom:link rel="alternate" href="https://harbour.example/a.jpg"/>',
        "<image><title>Ferry</title></image>",
        "<image>ferry</image>",
    ],
)
def test_elements_that_are_not_media_objects(item: str) -> None:
    assert media(item) == ()


def test_other_places_of_addresses() -> None:
    found = media(
        "<image><url>https://harbour.example/1.jpg</url><title>Ferry</title></image>"
        '<atom:link rel="enclosure" href="https://harbour.example/2.pdf" type="application/pdf" title="Timetable"/>'
        '<media:player url="https://harbour.example/play?3"/>'
    )
    assert [(m.kind, m.title) for m in found] == [("image", ""), ("other", "Timetable"), ("video", "")]


def test_pictures_of_a_body() -> None:
    first, second = body(
        '<figure><img src="/1.jpg" alt="Ferry" width="640" height="480"><figcaption>The <i>new</i> ferry</figcaption>'
        '</figure><p><img src="data:image/gif;base64,AA" data-src="2.jpg" alt="Fog"></p>'
    )
    assert (first.url, first.caption, first.width) == ("https://harbour.example/1.jpg", "The new ferry", 640)
    assert (second.url, second.caption) == (f"{BASE}2.jpg", "Fog")


def test_a_line_that_credits_a_picture_is_its_credit() -> None:
    first, second, third = body(
        '<p>(Photo by No One)</p><img src="/1.jpg"><p>(Image credit: <i>Ann Berg</i>)</p><p>(Photo by Jo March)</p>'
        '<figure><img src="/2.jpg"><figcaption>The quay<small>Credit: Coast Wire</small></figcaption></figure>'
        '<img src="/3.jpg"><p>A credit: money (Foto: x)</p>'
    )
    assert [first.credit, second.credit, third.credit] == ["Ann Berg", "Coast Wire", ""]


@pytest.mark.parametrize(
    "image",
    [
        '<img src="https://a.example/b.gif" width="1" height="1">',
        '<img src="https://a.example/b.gif" width="0" height="0px">',
        '<img src="https://a.example/b.gif" style="width: 1px; height: 1px">',
        '<img src="https://a.example/b.gif" style="display:none">',
        '<img src="https://a.example/s.png" class="wp-smiley">',
        '<img src="https://a.example/images/tracking/feed-pixel.png?story=7">',
        '<img src="undefined" alt="Ferry">',
        '<img src="data:image/gif;base64,AA">',
        "<img>",
        "no picture",
    ],
)
def test_counters_buttons_and_smileys_are_no_pictures(image: str) -> None:
    assert body(image) == ()


@pytest.mark.parametrize(
    ("media_type", "url", "medium", "kind"),
    [
        ("", "https://a.example/b.JPG?x=1", "", "image"),
        ("audio/mpeg", "https://a.example/b", "", "audio"),
        ("application/x-shockwave-flash", "https://a.example/b", "", "video"),
        ("image/png", "https://a.example/b", "Video", "video"),
        ("", "https://a.example/b.jpg", "document", "other"),
        ("application/pdf", "https://a.example/b.pdf", "", "other"),
        ("", "https://[::1/b.jpg", "", "other"),
    ],
)
def test_kind_of(media_type: str, url: str, medium: str, kind: str) -> None:
    assert kind_of(media_type, url, medium) == kind


def test_numbers() -> None:
    assert [pixels(raw) for raw in ("640", " 640.0px ", "0", "50%", "", "9" * 50)] == [640, 640, None, None, None, None]
    assert [size(raw) for raw in ("12", "0", "-1", "1.5", "9" * 50)] == [12, None, None, None, None]


@pytest.mark.parametrize(("base", "url"), [("https://harbour.example/", "http://[x"), ("http://[x", "a.jpg")])
def test_an_address_that_is_not_a_url_harms_no_other(base: str, url: str) -> None:
    """A base, or an address, with brackets that are not an IPv6 address."""
    found = media(f'<media:content xml:base="{base}" url="{url}"/><media:thumbnail url="b.jpg"/>')
    assert f"{BASE}b.jpg" in [each.url for each in found]
