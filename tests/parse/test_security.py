"""The prolog of XML: entity declarations are refused, wherever they hide."""

import pytest

from newsbeam.transforms.errors import NotAFeedError, UnsafeXmlError
from newsbeam.transforms.parse.security import find_root

LAUGHS = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>'


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
    "prolog",
    [
        LAUGHS,
        LAUGHS.lower(),
        f"<?xml version='1.0'?><!-- c -->{LAUGHS}",
        '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE r [<!ENTITY % p SYSTEM "http://127.0.0.1/x.dtd"> %p;]>',
        "<!DOCTYPE r [ <!-- ] --> <!ENTITY x 'y'>]>",
        "<!ENTITY x 'y'>",
        "<!DOCTYPE r [" + "<!ELEMENT a ANY>" * 10_000,
    ],
)
def test_entities_are_refused(prolog: str) -> None:
    with pytest.raises(UnsafeXmlError):
        find_root(f"{prolog}<rss>&b;</rss>")


@pytest.mark.parametrize("text", ["", "plain", "<!-- <rss>", "<? <rss>", "< <1 <<", "<!--" * 100_000, "<" * 100_000])
def test_without_an_element_it_is_no_feed(text: str) -> None:
    with pytest.raises(NotAFeedError):
        find_root(text)
