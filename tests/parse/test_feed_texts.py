"""Which content is the body, and what its type means."""

import base64

import pytest

from newsbeam.transforms.parse.feed_texts import Body, Content, choose_body

LATIN = base64.b64encode("Die Fähre fährt wieder nach Süden.".encode("latin-1")).decode()
FILM = base64.b64encode(bytes(range(256))).decode()


@pytest.mark.parametrize(
    ("contents", "body"),
    [
        ([], Body("")),
        ([("text/plain", "5 < 6"), ("text/html", "<p>5 &lt; 6</p>")], Body("<p>5 &lt; 6</p>")),
        ([("text/plain", "5 < 6")], Body("5 < 6", "text/plain")),
        ([("application/xml", "<doc><p>A</p><p>B</p></doc>")], Body("<doc><p>A</p><p>B</p></doc>")),
        (
            [("text/xml", "<doc><para>One <em>and</em> a half.</para><para>Two &amp; three.</para></doc>")],
            Body("<p>One and a half.</p><p>Two &amp; three.</p>"),
        ),
        ([("application/news+xml", "Only words")], Body("Only words")),
        ([("application/xml", "&lt;p&gt;Escaped.&lt;/p&gt;")], Body("<p>Escaped.</p>")),
        ([("text/html", LATIN)], Body(LATIN)),
        ([("application/xhtml", LATIN)], Body("Die Fähre fährt wieder nach Süden.")),
        ([("video/mp4", FILM)], Body("", unread=(Content("video/mp4", FILM),))),
        ([("application/msword", FILM)], Body("", unread=(Content("application/msword", FILM),))),
        ([("image/svg+xml", "<svg/>"), ("text/html", "Words")], Body("Words")),
        ([("text/html", "<![CDATA[<p>A</p>]]>")], Body("<p>A</p>")),
    ],
)
def test_the_body_is_the_text(contents: list[tuple[str, str]], body: Body) -> None:
    assert choose_body([Content(*each) for each in contents], is_atom=False) == body


@pytest.mark.parametrize(
    ("media_type", "value", "content"),
    [
        ("text/plain", "R&D and &amp; &#38; &x", "R&D and &amp;amp; &amp;#38; &x"),
        ("application/xhtml+xml", "<p>&amp;amp; &amp; &lt;b&gt;</p>", "<p>&amp;amp;amp; &amp; &lt;b&gt;</p>"),
        ("text/html", "<p>&amp;amp;</p>", "<p>&amp;amp;</p>"),
    ],
)
def test_a_type_of_atom_says_what_is_meant(media_type: str, value: str, content: str) -> None:
    assert choose_body([Content(media_type, value)], is_atom=True).content == content
