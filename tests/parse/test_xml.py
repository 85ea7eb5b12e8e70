"""XML of wires: read securely, and repaired with a dead letter."""

from datetime import UTC, datetime

import pytest

from newsbeam.transforms.errors import NotAFeedError, ParseError, UnsafeXmlError
from newsbeam.transforms.parse.xml import attribute, child, children, descendants, local_name, read_xml, text_of
from newsbeam.transforms.records import Document


def document(body: str | bytes) -> Document:
    data = body if isinstance(body, bytes) else body.encode()
    return Document("drop/a.xml", data, datetime(2026, 11, 24, tzinfo=UTC), "Wire", "drop/a.xml")


def test_namespaces_and_comments_do_not_matter() -> None:
    root = read_xml(
        document(
            '<?xml version="1.0"?><!--x--><n:a xmlns:n="u" n:id=" 1 "><b><!--c--><c>one</c><c> two\n</c></b></n:a>'
        )
    ).root
    assert local_name(root) == "a"
    assert [text_of(c) for c in children(root, "b", "c")] == ["one", "two"]
    assert (text_of(child(root, "b", "c")), child(root, "c"), text_of(None)) == ("one", None, "")
    assert [local_name(each) for each in descendants(root, "c", "b")] == ["b", "c", "c"]
    assert (attribute(root, "id"), attribute(root, "other"), attribute(None, "id")) == ("1", "", "")


def test_a_document_type_is_not_read() -> None:
    doctype = '<!DOCTYPE nitf SYSTEM "http://127.0.0.1:9/nitf.dtd">'
    assert text_of(read_xml(document(f"{doctype}<nitf>&nbsp;text</nitf>")).root) == "text"


@pytest.mark.parametrize(
    "body",
    [
        '<!DOCTYPE a [<!ENTITY x "<b>y</b>">]><a>&x;</a>',
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
    ],
)
def test_entities_that_are_more_than_characters_are_refused(body: str) -> None:
    with pytest.raises(UnsafeXmlError):
        read_xml(document(body))


def test_entities_that_are_characters_need_no_repair() -> None:
    xml = read_xml(document('<!DOCTYPE a [<!ENTITY x "y">]><a b="&eacute;">&x;&nbsp;&amp;amp; <![CDATA[&x;]]></a>'))
    assert (text_of(xml.root), attribute(xml.root, "b"), xml.dead_letters) == ("y &amp; &x;", "é", ())


@pytest.mark.parametrize(
    ("body", "text", "message"),
    [
        ("<a>AT&T <b>rose</b></a>", "AT&T rose", "not well-formed"),
        ("<a>one\x07<b>two</b></a>", "onetwo", "1 control character removed"),
        ("<a><newsItem>one</newsItem><newsItem>two", "one", "truncated"),
        ("<a><b>one</a>", "one", "not well-formed"),
        ('<?xml version="1.0" encoding="utf-8"?><a>caf\xe9</a>'.encode("latin-1"), "café", "encod"),
    ],
)
def test_a_repair_is_a_dead_letter(body: str | bytes, text: str, message: str) -> None:
    xml = read_xml(document(body))
    assert text_of(xml.root) == text
    assert any(message in letter.message for letter in xml.dead_letters), xml.dead_letters
    assert [letter.repaired for letter in xml.dead_letters] == [message != "truncated"]


@pytest.mark.parametrize(
    "body", ["no element", "<>", "<a" * 9, "<nitf><p>half a story", "<a>" * 100_000, "<a>" * 300 + "</a>" * 300]
)
def test_what_can_not_be_read_is_a_parse_error(body: str) -> None:
    with pytest.raises(ParseError):
        read_xml(document(body))


def test_text_without_an_element_is_not_a_feed() -> None:
    with pytest.raises(NotAFeedError):
        read_xml(document("words"))


def test_names_that_are_none_are_read_all_the_same() -> None:
    root = read_xml(document('<a><b:2013 x:y="1">one</b:2013></a>')).root
    assert [text_of(each) for each in root] == ["one"]
    assert all(local_name(each) and attribute(each, "y") in ("", "1") for each in root)
