"""XML that is almost well-formed, and where truncated XML is whole."""

import pytest

from newsbeam.transforms.common.repair import (
    declare_prefixes,
    escape_ampersands,
    first_entries,
    repair_xml,
    strip_controls,
)
from newsbeam.transforms.errors import ParseError


@pytest.mark.parametrize(
    ("text", "expected", "count"),
    [
        ("a\tb\nc\r", "a\tb\nc\r", 0),
        ("a\x00b\x0bc\x1f", "abc", 3),
        ("a&#0;b&#x1;c&#11;d&#10;", "abcd&#10;", 3),
        ("&#55357;&#56832;", "😀", 0),
        ("&#xD83D;&#xDE00;", "😀", 0),
        ("&#xD83D;x", "x", 1),
        ("&#99999999;", "", 1),
        ("&#8364; &#x20AC;", "&#8364; &#x20AC;", 0),
    ],
)
def test_forbidden_characters_go(text: str, expected: str, count: int) -> None:
    assert strip_controls(text) == (expected, count)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a &amp; b &lt; &#38; &#x26;", "a &amp; b &lt; &#38; &#x26;"),
        ("AT&T & co", "AT&amp;T &amp; co"),
        ("?a=1&b=2&copy=3", "?a=1&amp;b=2&amp;copy=3"),
        ("&nosuch; &#x; &#12345678;", "&amp;nosuch; &amp;#x; &amp;#12345678;"),
        ("&a <![CDATA[&b &eacute;]]> &c", "&amp;a <![CDATA[&b &eacute;]]> &amp;c"),
        ("&a <!-- &b --> &c <![CDATA[ &d", "&amp;a <!-- &b --> &amp;c <![CDATA[ &d"),
    ],
)
def test_ampersands_are_escaped_outside_of_cdata(text: str, expected: str) -> None:
    assert escape_ampersands(text) == expected


def test_undeclared_prefixes_are_declared_at_the_root() -> None:
    text = declare_prefixes('<rss xmlns:a="urn:a"><a:x/><dc:creator/><odd:y/><z odd2:k="1"/></rss>', "rss")
    assert text.startswith(
        '<rss xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:odd="urn:undeclared:odd" xmlns:odd2='
    )
    assert "xmlns:a=" in text


def test_a_namespace_has_no_blanks() -> None:
    repaired = repair_xml('<rss xmlns:a=" urn:a\n" b=" c "><a:x/></rss>', "rss")
    assert (repaired.text, repaired.problem) == ('<rss xmlns:a="urn:a" b=" c "><a:x/></rss>', "")


def test_well_formed_xml_stays_as_it_is_up_to_its_end() -> None:
    repaired = repair_xml("<rss><item>a</item></rss ><!-- junk --><script>1 < 2", "rss")
    assert (repaired.text, repaired.truncated, repaired.problem) == (
        "<rss><item>a</item></rss >",
        False,
        "",
    )


@pytest.mark.parametrize(
    ("text", "root", "expected"),
    [
        (
            "<rss><channel><item>a</item><item>b</item><item>c",
            "rss",
            "<rss><channel><item>a</item><item>b</item></channel></rss>",
        ),
        ("<feed><entry>a</entry><entry><link hr", "feed", "<feed><entry>a</entry></feed>"),
        ("<rss><channel><item>a</item></channel></rs", "rss", "<rss><channel><item>a</item></channel></rss>"),
        ("<r:RDF xmlns:r='x'><item>a</item><item>&", "r:RDF", "<r:RDF xmlns:r='x'><item>a</item></r:RDF>"),
    ],
)
def test_truncated_xml_ends_with_its_last_complete_entry(text: str, root: str, expected: str) -> None:
    repaired = repair_xml(text, root)
    assert (repaired.text, repaired.truncated, repaired.problem) == (expected, True, "")


def test_without_a_complete_entry_nothing_can_be_had() -> None:
    with pytest.raises(ParseError, match="truncated"):
        repair_xml("<rss><channel><item>a", "rss")


def test_xml_that_can_not_be_repaired_is_an_error() -> None:
    assert "mismatched tag" in repair_xml("<rss><item>a<b></item></rss>", "rss").problem


@pytest.mark.parametrize(("most", "end"), [(None, 3), (3, 3), (4, 3), (2, 2), (1, 1)])
def test_the_first_entries_of_a_feed(most: int | None, end: int) -> None:
    entries = ["<item>1</item>", "<item>2</ITEM >", "<x:entry>3</x:entry>"]
    feed = "<rss>" + "".join(entries)
    assert first_entries(feed + "</rss>", most) == ("<rss>" + "".join(entries[:end]) + "</rss>" * (end == 3), 3)


def test_skipped_entries_after_the_end_of_the_document_are_reported():
    repaired = repair_xml("<feed><title>Ferry</title></feed> <rss><item><title>Pier</title></item></rss>", "feed")
    assert repaired.lost
    assert "after the end" in repaired.problem
    assert not repair_xml("<feed><title>Ferry</title></feed> <!-- cached -->", "feed").lost
