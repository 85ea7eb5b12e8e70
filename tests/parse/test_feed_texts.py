"""Which content is the body, and what its type means."""

import base64

import pytest

from newsbeam.transforms.parse.feed_texts import Content, as_meant, choose_body

LATIN = base64.b64encode("Die Fähre fährt wieder nach Süden.".encode("latin-1")).decode()
FILM = base64.b64encode(bytes(range(256))).decode()


@pytest.mark.parametrize(
    ("contents", "content", "content_type"),
    [
        ([], "", "text/html"),
        ([("text/plain", "5 < 6"), ("text/html", "<p>5 &lt; 6</p>")], "<p>5 &lt; 6</p>", "text/html"),
        ([("text/plain", "5 < 6")], "5 < 6", "text/plain"),
        ([("application/xml", "<doc><p>A</p><p>B</p></doc>")], "<doc><p>A</p><p>B</p></doc>", "text/html"),
        (
            [("text/xml", "<doc><para>One <em>and</em> a half.</para><para>Two &amp; three.</para></doc>")],
            "<p>One and a half.</p><p>Two &amp; three.</p>",
            "text/html",
        ),
        ([("application/news+xml", "Only words")], "Only words", "text/html"),
        ([("application/xml", "&lt;p&gt;Escaped.&lt;/p&gt;")], "<p>Escaped.</p>", "text/html"),
        ([("text/html", LATIN)], LATIN, "text/html"),
        ([("application/octet-stream", LATIN)], "Die Fähre fährt wieder nach Süden.", "text/html"),
        ([("image/svg+xml", "<svg/>"), ("text/html", "Words")], "Words", "text/html"),
        ([("text/html", "<![CDATA[<p>A</p>]]>")], "<p>A</p>", "text/html"),
    ],
)
def test_the_body_is_the_text(contents: list[tuple[str, str]], content: str, content_type: str) -> None:
    body = choose_body([Content(*each) for each in contents])
    assert (body.content, body.content_type, body.unread) == (content, content_type, ())


@pytest.mark.parametrize("media_type", ["video/mp4", "application/msword", "image/png", ""])
def test_content_that_is_not_text_is_not_read(media_type: str) -> None:
    assert choose_body([Content(media_type, FILM)]).unread == (Content(media_type, FILM),)


@pytest.mark.parametrize(
    ("media_type", "value", "content"),
    [
        ("text/plain", "R&D and &amp; &#38; &x", "R&D and &amp;amp; &amp;#38; &x"),
        ("application/xhtml+xml", "<p>&amp;amp; &amp; &lt;b&gt;</p>", "<p>&amp;amp;amp; &amp; &lt;b&gt;</p>"),
        ("text/html", "<p>&amp;amp;</p>", "<p>&amp;amp;</p>"),
    ],
)
def test_a_type_of_atom_says_what_is_meant(media_type: str, value: str, content: str) -> None:
    assert as_meant(choose_body([Content(media_type, value)])) == content
