import codecs

import pytest

from newsbeam.transforms.errors import NotAFeedError, ParseError, UnsafeXmlError
from newsbeam.transforms.read.opml import OpmlFeed, OpmlFeeds, Skipped, read_opml

A = OpmlFeed("Aurora Daily", "https://aurora.example/rss")
B = OpmlFeed("Boreal Post", "https://boreal.example/atom.xml")


def opml(outlines: str, head: str = '<?xml version="1.0" encoding="UTF-8"?>') -> str:
    return f'{head}\n<opml version="2.0"><head><title>Mine</title></head><body>{outlines}</body></opml>'


def outline(feed: OpmlFeed, **attributes: str) -> str:
    more = "".join(f' {name}="{value}"' for name, value in attributes.items())
    return f'<outline text="{feed.title}" xmlUrl="{feed.xml_url}"{more}/>'


@pytest.mark.parametrize(
    "outlines",
    [
        outline(A) + outline(B),
        f'<outline text="North">{outline(A)}<outline text="Far">{outline(B)}</outline></outline>',
        f'<outline text="North" type="folder">{outline(A, type="rss")}</outline>{outline(B, type="link")}',
        outline(A, type="RSS") + outline(B, type="atom", category="/North/Far,/World"),
        outline(A) + outline(B) + outline(A, type="rss"),
        f'<outline text="Aurora Daily" xmlUrl="{A.xml_url}">{outline(B)}</outline>',
        f'<OUTLINE TEXT="Aurora  Daily" XMLURL=" {A.xml_url} "/><Outline Title="Boreal Post" xmlurl="{B.xml_url}"/>',
        outline(A, language="unknown") + "<!-- " + outline(A) + " -->" + outline(B),
    ],
    ids=["flat", "nested", "types", "category", "twice", "feed with children", "names", "comment"],
)
def test_feeds_are_found_wherever_and_however_they_are_named(outlines):
    assert read_opml(opml(outlines).encode()) == OpmlFeeds((A, B))


def test_folders_may_be_a_hundred_deep():
    assert read_opml(opml("<outline text='in'>" * 100 + outline(A) + "</outline>" * 100).encode()).feeds == (A,)


def test_an_outline_may_say_its_language():
    assert read_opml(opml(outline(A, language="de-AT")).encode()).feeds[0].language == "de-AT"


@pytest.mark.parametrize(
    ("bad", "skipped"),
    [
        ('<outline text="Cobalt" type="rss"/>', Skipped("Cobalt", "no xmlUrl, type 'rss'")),
        ('<outline text="Cobalt" xmlUrl=" "/>', Skipped("Cobalt", "its xmlUrl is empty")),
        (
            '<outline text="Cobalt" type="rss" htmlUrl="https://c.example/"/>',
            Skipped("Cobalt", "no xmlUrl, type 'rss', only htmlurl https://c.example/"),
        ),
        (
            '<outline text="Cobalt" type="include" url="https://c.example/more.opml"/>',
            Skipped("Cobalt", "no xmlUrl, type 'include', only url https://c.example/more.opml"),
        ),
        ('<outline text="An empty folder"/>', Skipped("An empty folder", "no xmlUrl")),
        ("<outline/>", Skipped("outline at line 2", "no xmlUrl")),
        (outline(A, isComment="true"), Skipped("Aurora Daily", "commented out (isComment)")),
    ],
)
def test_outlines_that_are_not_feeds_are_reported(bad, skipped):
    assert read_opml(opml(outline(A) + bad + outline(B)).encode()) == OpmlFeeds((A, B), (skipped,))


def test_outlines_in_comments_are_reported():
    read = read_opml(opml(f'<outline text="Old" isComment="TRUE">{outline(A)}</outline>').encode())
    assert read.feeds == ()
    assert [skipped.what for skipped in read.skipped] == ["Old", "Aurora Daily"]


@pytest.mark.parametrize(
    ("encoding", "declared", "bom"),
    [
        ("utf-8", "UTF-8", b""),
        ("utf-8", "UTF-8", codecs.BOM_UTF8),
        ("utf-8", "ISO-8859-1", b""),  # valid UTF-8 is UTF-8, whatever is declared
        ("latin-1", "ISO-8859-1", b""),
        ("cp1252", "UTF-8", b""),
        ("cp1252", "no-such-thing", b""),
        ("cp1252", "base64", b""),
        ("utf-16-le", "UTF-16", codecs.BOM_UTF16_LE),
        ("utf-16-be", "UTF-16", codecs.BOM_UTF16_BE),
        ("utf-16-le", "UTF-16", b""),
        ("utf-16-be", "utf-8", b""),
    ],
)
def test_encodings_are_found_out(encoding, declared, bom):
    feed = OpmlFeed("Übersee", "https://a.example/ü")
    text = opml(outline(feed), f'<?xml version="1.0" encoding="{declared}"?>')
    assert read_opml(bom + text.encode(encoding)).feeds == (feed,)


def test_bytes_without_declaration_that_are_not_utf_8_are_windows_1252():
    feed = OpmlFeed("Küste €", A.xml_url)
    assert read_opml(opml(outline(feed), head="").encode("cp1252")).feeds == (feed,)


def test_entities_and_references_in_titles_and_urls():
    text = opml(outline(OpmlFeed("Caf&#233; &amp; Bar", "https://a.example/?a=1&amp;copy=2")))
    assert read_opml(text.encode()) == OpmlFeeds((OpmlFeed("Café & Bar", "https://a.example/?a=1&copy=2"),))


@pytest.mark.parametrize(
    ("text", "feeds"),
    [
        (
            opml(outline(OpmlFeed("Caf&eacute; R&D", "https://a.example/?a=1&b=2&copy=3")) + outline(B)),
            (OpmlFeed("Café R&D", "https://a.example/?a=1&b=2&copy=3"), B),
        ),
        (opml(outline(A) + outline(B) + "<outline text='cut").removesuffix("</body></opml>"), (A, B)),
        (opml(outline(A) + "</outline>" + outline(B)), (A, B)),
    ],
    ids=["bare ampersands", "truncated", "one end too many"],
)
def test_lists_that_are_not_well_formed_are_read_and_reported(text, feeds):
    read = read_opml(text.encode())
    assert read.feeds == feeds
    assert read.skipped[0].what == "the list"
    assert read.skipped[0].why.startswith("not well-formed, read as far as possible: ")


def test_control_characters_are_taken_out():
    assert read_opml(opml("\x00\x0b" + outline(A)).encode()) == OpmlFeeds((A,))


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))


@pytest.mark.parametrize(
    "doctype",
    [
        f'<!DOCTYPE opml [<!ENTITY l0 "ha">{LAUGHS}]>',
        '<!DOCTYPE opml [<!ENTITY l9 SYSTEM "file:///etc/passwd">]>',
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-7"])
def test_entities_that_are_more_than_characters_are_refused(doctype, encoding):
    text = opml(outline(OpmlFeed("&l9;", A.xml_url)), f'<?xml version="1.0" encoding="{encoding}"?>{doctype}')
    body = text.encode(encoding)
    with pytest.raises((UnsafeXmlError, NotAFeedError, ParseError)) as caught:
        read_opml(body)
    assert encoding == "utf-7" or caught.type is UnsafeXmlError


def test_a_doctype_is_not_fetched():
    more = '[<!ENTITY % more SYSTEM "http://127.0.0.1:1/x.dtd"> %more; <!ENTITY nbsp "&#160;">]'
    text = opml(outline(A), f'<?xml version="1.0"?><!DOCTYPE opml SYSTEM "http://127.0.0.1:1/opml.dtd" {more}>')
    assert read_opml(text.encode()) == OpmlFeeds((A,))


@pytest.mark.parametrize("body", [b"<html><body><p>Sign in</p></body></html>", b"<rss><channel/></rss>"])
def test_something_else_is_refused(body):
    with pytest.raises(NotAFeedError, match="not OPML"):
        read_opml(body)


@pytest.mark.parametrize("body", [b"", b"   \n", b"feeds: none", b"\x89PNG\r\n\x1a\n\x00\x00", b"{}"])
def test_a_list_that_is_not_xml_is_an_error(body):
    with pytest.raises(ParseError):
        read_opml(body)
