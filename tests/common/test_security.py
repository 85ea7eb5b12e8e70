"""The prolog of XML: where the root is, and which entities are characters."""

import pytest

from newsbeam.transforms.common.security import find_root, from_root
from newsbeam.transforms.errors import NotAFeedError, UnsafeXmlError


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("<rss>", "rss"),
        ('<?xml version="1.0"?>\n<feed xmlns="x">', "feed"),
        ("<!-- <rss> --><rdf:RDF>", "rdf:RDF"),
        ('<!DOCTYPE rss PUBLIC "-//x//DTD > RSS" "http://x/rss.dtd"><rss>', "rss"),
        ("<!DOCTYPE rss [<!ELEMENT rss (a|b)> <!-- ' --> ]><rss>", "rss"),
        ("<?xml?xml ??>junk < & <rss>", "rss"),
    ],
)
def test_the_root_is_found(text: str, name: str) -> None:
    root = find_root(text)
    assert root.name == name
    assert text[root.start :].startswith(f"<{name}")


@pytest.mark.parametrize(
    ("declarations", "text", "expected"),
    [
        ('<!ENTITY nbsp "&#160;">', "a&nbsp;b", "a\xa0b"),
        ('<!ENTITY nbsp "&#38;#160;"><!ENTITY lt "&#38;#60;">', "a&nbsp;b &lt;", "a\xa0b &lt;"),
        ("<!ENTITY firm 'Tar & Sons \"Ltd\"'>", "&firm;", "Tar &amp; Sons &quot;Ltd&quot;"),
        ('<!ENTITY a "first"><!ENTITY a "second">', "&a;", "first"),
        ("<!-- <!ENTITY a 'x'> ' ]> --><?p ]> ?><!ENTITY a 'y'>", "&a;", "y"),
        ('<!ENTITY % nitf SYSTEM "nitf.dtd">\n%nitf;', "AT&T &eacute; &nosuch;", "AT&T é &nosuch;"),
        ("<!ENTITY % p \"<!ENTITY x 'boom'>\"> %p;", "&x;", "&x;"),
        ('<!ENTITY eacute SYSTEM "iso.ent">', "&eacute;", "é"),
        ('<!ENTITY x SYSTEM "file:///etc/passwd">', "<![CDATA[&x;]]><!-- &x; -->", "<![CDATA[&x;]]><!-- &x; -->"),
        ('<!ENTITY a "b">', '<p q="&a;&LT;">&a;</p>', '<p q="b&lt;">b</p>'),
        ("<!ELEMENT a ANY>" * 10_000 + '<!ENTITY a "b">', "&a;", "b"),
    ],
)
def test_entities_are_the_characters_they_are_declared_as(declarations: str, text: str, expected: str) -> None:
    document = f"<!DOCTYPE rss [{declarations}]><rss>{text}</rss>"
    assert from_root(document, find_root(document)) == f"<rss>{expected}</rss>"


@pytest.mark.parametrize(
    "declarations",
    [
        '<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">',
        '<!entity a "ha"><!entity b "&a;&a;&a;">',
        '<!ENTITY b SYSTEM "file:///etc/passwd">',
        '<!ENTITY b PUBLIC "-//x//y" "http://127.0.0.1/x">',
        '<!ENTITY b "<script/>">',
        '<!ENTITY b "&#60;script>">',
        '<!ENTITY b "&#38;#60;script>">',
        '<!ENTITY b "%p;">',
        f'<!ENTITY b "{"ha" * 60_000}">',
        "<!-- ] --> <!ENTITY b SYSTEM 'y'>",
    ],
)
def test_text_is_refused_if_it_uses_entities_that_are_more(declarations: str) -> None:
    document = f"<?xml version='1.0'?><!-- c --><!DOCTYPE x [{declarations}]><rss>&b;</rss>"
    root = find_root(document)
    with pytest.raises(UnsafeXmlError):
        from_root(document, root)
    assert find_root(document.replace("&b;", "")).name == "rss"


@pytest.mark.parametrize(
    "prolog", ['<!DOCTYPE rss PUBLIC "-//x//DTD RSS//EN" "x.dtd>', "<!ENTITY x 'y'>", "<!DOCTYPE rss [<!ENTITY a 'b'>"]
)
def test_malformed_declarations_are_skipped(prolog: str) -> None:
    document = f'{prolog}<rss version="2.0">&a;</rss>'
    assert from_root(document, find_root(document)) == '<rss version="2.0">&a;</rss>'


@pytest.mark.parametrize(
    "text", ["", "plain", "<!-- <rss>", "<? <rss>", "< <1 <<", "<!--" * 100_000, "<" * 100_000, "<!DOCTYPE [>" * 50_000]
)
def test_a_text_without_an_element_is_not_a_feed(text: str) -> None:
    with pytest.raises(NotAFeedError):
        find_root(text)
