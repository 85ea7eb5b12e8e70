"""HTML and text to one line of plain text."""

import pytest

from newsbeam.transforms.parse.plain import html_text, one_line, unescape_markup


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("plain", "plain"),
        (" a \n\t b\u00a0c ", "a b c"),
        ("AT&amp;T &lt;b&gt; &eacute; &#8364;", "AT&T <b> é €"),
        ("<p>One.</p><p>Two.</p>", "One. Two."),
        ("One<br/>two<br>three", "One two three"),
        ("un<b>break</b>able", "unbreakable"),
        ("<script>x()</script>a<style>p{}</style>b<!-- c -->", "ab"),
        ("<td>1</td><td>2</td>", "1 2"),
        ('<?xml version="1.0" encoding="utf-16"?><p>a</p>', "a"),
        ("e\u0301", "é"),
        ("a\x00b\x0bc\ud83d", "abc\ufffd"),
        ("<p>" + "<div>" * 500 + "deep", "deep"),
        ("<", "<"),
        ("", ""),
        ("<!-- -->", ""),
        ("5 < 6 & 7 > 2", "5 < 6 & 7 > 2"),
    ],
)
def test_html_becomes_one_line_of_text(markup: str, expected: str) -> None:
    assert html_text(markup) == expected


def test_text_keeps_what_looks_like_markup() -> None:
    assert one_line(" <b> &amp;\n ") == "<b> &amp;"


def test_a_paragraph_of_ten_million_characters_is_read() -> None:
    assert len(html_text("<p>" + "word " * 2_100_000 + "</p>")) > 10_000_000


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("&lt;p&gt;a &amp;amp; b&lt;/p&gt;", "<p>a &amp; b</p>"),
        ("&lt;a href=&quot;x&quot;&gt;a&lt;/a&gt;", '<a href="x">a</a>'),
        ("5 &lt; 6 &gt; 4", "5 &lt; 6 &gt; 4"),
        ("<p>&lt;p&gt; begins a paragraph</p>", "<p>&lt;p&gt; begins a paragraph</p>"),
    ],
)
def test_html_that_was_escaped_twice_is_unescaped_once(markup: str, expected: str) -> None:
    assert unescape_markup(markup) == expected
