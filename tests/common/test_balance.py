"""Malformed XML is repaired where it is malformed, and the rest stays the same."""

from time import process_time
from xml.etree import ElementTree

import pytest

from newsbeam.transforms.common.balance import balance

GOOD = '<item a = "1&amp;2"\n><title>One &amp; <b>two</b></title><guid>x?a=1&amp;b=2</guid><![CDATA[a < b]]></item>'
FIRST, LAST = "<item><title>First</title></item>", "<item><title>Last</title></item>"


def rss(inner: str) -> str:
    return f"<rss><channel>{inner}</channel></rss>"


@pytest.mark.parametrize(
    ("inner", "expected"),
    [
        ("<title>Less < more</title>", "<title>Less &lt; more</title>"),
        ("<title>I <3 <b and</title>", "<title>I &lt;3 &lt;b and</title>"),
        ("<title>a]]>b</title>", "<title>a]]&gt;b</title>"),
        ("<item><enclosure url=http://a.example/1.mp3 length=5></item>", None),
        (
            "<item><enclosure url=http://a.example/1 length='5'/><guid>1</guid></item>",
            '<item><enclosure url="http://a.example/1" length="5"/><guid>1</guid></item>',
        ),
        ('<item a="1" b="2" a="3"></item>', '<item a="1" b="2"></item>'),
        ("<item a='say \"x\"' a='2'></item>", '<item a="say &quot;x&quot;"></item>'),
        ("<title>A<link>b</link><guid>c</guid>", "<title>A</title><link>b</link><guid>c</guid>"),
        ("<item><title>A<b>B<i>C<link>d</link></item>", "<item><title>A<b>B<i>C</i></b></title><link>d</link></item>"),
        ("<item><title>A</title><dc:creator>B<dc:date>C</dc:date></item>", None),
        ("<item><description><p>a<br>b<img src='c'>d<p>e</description></item>", None),
        ("<title>A</b></title>", "<title>A</title>"),
        ("<title><b>A<i>B</b>C</i></title>", "<title><b>A<i>B</i></b>C</title>"),
        ("<item><title>A</title</item>", "<item><title>A</title></item>"),
        (
            "<title>Ann <ann@a.example> <http://a.example/></title>",
            "Ann &lt;ann@a.example> &lt;http://a.example/></title>",
        ),
        ("<Title>A</title>", "<Title>A</Title>"),
        ("<item><title>A</title><item><title>B</title></item>", None),
        ("<item><title>A</item><item><title>B</title></item>", None),
        (f"{FIRST}<title>A</title><guid>1</guid></item>{LAST}", None),
        ("<!DOCTYPE x><?xml version='1.0'?><title>A</title><!-- b -- c -->", "<title>A</title>"),
        ("<item><title><![CDATA[never ended</title></item>", "<title><![CDATA[never ended]]></title>"),
        ("<item>A</title><guid>1</guid></item>", "<item><title>A</title><guid>1</guid></item>"),
        ("<item><guid>1</guid><![CDATA[<b>]]></title></item>", "</guid><title><![CDATA[<b>]]></title></item>"),
        ("<item></title><guid>1</guid></item>", "<item><guid>1</guid></item>"),
        ("<title><!-- never ended</title>", "<title> never ended</title>"),
    ],
)
def test_malformed_parts_are_repaired(inner: str, expected: str | None) -> None:
    text, lost = balance(rss(f"{GOOD}{inner}{GOOD}"))
    assert lost == 0
    ElementTree.fromstring(text.replace("dc:", "dc-"))
    assert text.startswith(f"<rss><channel>{GOOD}")
    assert GOOD in text[len(GOOD) :]
    assert expected is None or expected in text


def test_an_item_without_a_start_begins_after_the_one_before() -> None:
    text, _ = balance(rss(f"<title>News</title>{FIRST}<title>A</title><guid>1</guid></item>{LAST}"))
    assert f"{FIRST}<item><title>A</title><guid>1</guid></item>{LAST}" in text


def test_the_first_item_without_a_start_begins_with_the_second_title() -> None:
    text, _ = balance(rss(f"<title>News</title><link>x</link><title>A</title><guid>1</guid></item>{LAST}"))
    assert f"<link>x</link><item><title>A</title><guid>1</guid></item>{LAST}" in text


def test_an_item_whose_start_can_not_be_found_is_lost() -> None:
    text, lost = balance(rss(f"<title>News</title><guid>1</guid></item>{LAST}"))
    assert (lost, LAST in text) == (1, True)


def test_an_item_without_an_end_ends_where_the_next_begins() -> None:
    text, _ = balance(rss(f"<item><title>A</title><guid>1</guid>{LAST}"))
    assert text == rss(f"<item><title>A</title><guid>1</guid></item>{LAST}")


def test_a_section_without_an_end_ends_with_its_element() -> None:
    text, _ = balance(rss(f"{FIRST}<item><title><![CDATA[A & B</title></item>"))
    assert "<title><![CDATA[A & B]]></title></item>" in text


def test_two_documents_are_one() -> None:
    text, _ = balance(rss(FIRST) + '<?xml version="1.0"?>' + rss(LAST))
    root = ElementTree.fromstring(text)
    assert [title.text for title in root.iter("title")] == ["First", "Last"]


@pytest.mark.parametrize(
    "text",
    [
        *("<a>" * 100_000, "<a>" * 400 + "</b>" * 100_000, "<" * 300_000, "<a b='" * 50_000, "<a b " * 50_000),
        *("<![CDATA[" * 50_000, "<!--" * 50_000, "</item>" * 50_000, "<item>" * 50_000, "<title><item>" * 50_000),
        "<![CDATA[</item>" * 30_000 + "]]>",
    ],
)
def test_hostile_text_takes_no_time(text: str) -> None:
    start = process_time()
    balance(f"<rss>{text}</rss>")
    assert process_time() - start < 5


def test_an_end_tag_too_many_makes_no_second_field() -> None:
    text, _ = balance(rss("<item><description>A</description> stray words</description></item>"))
    assert text.count("<description>") == 1
