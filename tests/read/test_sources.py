import os
from pathlib import Path

import pytest

from newsbeam.transforms.errors import NotAFeedError
from newsbeam.transforms.read import failures
from newsbeam.transforms.read.opml import Skipped
from newsbeam.transforms.read.sources import expand_feed, expand_opml, expand_wire, unique_sources
from newsbeam.transforms.records import Source


@pytest.fixture
def base(tmp_path: Path) -> Path:
    for name in ("feeds/b.xml", "feeds/a.xml", "drops/dpa/1.xml", "drops/afp/2.xml"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return tmp_path


@pytest.mark.parametrize(
    ("url", "location", "name"),
    [
        ("https://www.aurora.example/rss.xml", "https://www.aurora.example/rss.xml", "aurora.example"),
        ("HTTP://Feeds.Example:8080/x y", "http://feeds.example:8080/x%20y", "feeds.example"),
        (" feed://a.example/x", "http://a.example/x", "a.example"),
        ("https://[broken/", "https://[broken/", "https://[broken/"),
    ],
)
def test_a_url_is_one_source(url, location, name):
    assert expand_feed(url) == [Source(location, name, url.strip())]
    assert expand_feed(url, "Ours", "de", "rss20", 60.0) == [
        Source(location, "Ours", url.strip(), False, "rss20", "de", 60.0)
    ]


def test_paths_and_patterns_are_one_source_a_file(base):
    a, b = (Source(str(base / "feeds" / name), "feeds", f"feeds/{name}") for name in ("a.xml", "b.xml"))
    assert expand_feed("feeds/a.xml", base=base) == [a]
    assert expand_feed("feeds/*.xml", base=base) == [a, b]
    assert expand_feed("file:feeds/a.xml", base=base) == [a]
    path = str(base / "feeds/a.xml")
    assert expand_feed(path, base=base) == expand_feed(Path(path).as_uri(), base=base) == [Source(path, "feeds", path)]


def test_a_file_that_is_missing_is_a_source_and_a_pattern_without_files_is_none(base):
    assert expand_feed("feeds/c.xml", base=base) == [Source(str(base / "feeds/c.xml"), "feeds", "feeds/c.xml")]
    assert expand_feed("feeds/*.json", base=base) == expand_wire("feeds/*.json", base=base) == []


def test_feed_urls_do_not_depend_on_where_we_were_started(base, monkeypatch):
    monkeypatch.chdir(base / "feeds")
    (source,) = expand_wire("../drops/dpa/*.xml", base=Path("../feeds"))
    assert source.feed_url == "../drops/dpa/1.xml"
    assert Path(source.location).read_text() == "drops/dpa/1.xml"
    assert source.name == "dpa"


def test_a_wire_is_one_source_a_file(base):
    assert expand_wire("drops/**/*.xml", base=base, format="nitf", language="en") == [
        Source(str(base / "drops/afp/2.xml"), "afp", "drops/afp/2.xml", True, "nitf", "en"),
        Source(str(base / "drops/dpa/1.xml"), "dpa", "drops/dpa/1.xml", True, "nitf", "en"),
    ]
    assert {source.name for source in expand_wire("drops/**/*.xml", "wire", base=base)} == {"wire"}


def test_names_of_files_that_are_no_utf_8_can_be_written(base):
    name = os.fsdecode(b"caf\xe9.xml")
    (base / "drops" / name).write_text("x")
    (source,) = expand_wire("drops/caf*", base=base)
    assert source.feed_url == "drops/caf\ufffd.xml"
    assert Path(source.location).read_text() == "x"


OPML = """<opml><body>
<outline text="News" xmlUrl="https://www.aurora.example/rss"/>
<outline text="News" xmlUrl="https://boreal.example/rss" language="fr"/>
<outline text="Boreal" xmlUrl="https://boreal.example/sport"/>
<outline text="Boreal" xmlUrl="HTTPS://Boreal.example/art"/>
<outline xmlUrl="https://www.boreal.example/culture"/>
<outline text="Again" xmlUrl="https://BOREAL.example/sport"/>
<outline text="Disk" xmlUrl="feeds/*.xml"/>
<outline text="Bucket" xmlUrl="ftp://a.example/x"/>
<outline text="Other" xmlUrl="file://server/x"/>
<outline text="Nothing" type="rss"/>
</body></opml>"""
WEB = [
    ("https://www.aurora.example/rss", "News (aurora.example)", "en"),
    ("https://boreal.example/rss", "News (boreal.example)", "fr"),
    ("https://boreal.example/sport", "Boreal", "en"),
    ("https://boreal.example/art", "Boreal", "en"),
    ("https://www.boreal.example/culture", "boreal.example", "en"),
]
NOTHING = Skipped("Nothing", "no xmlUrl, type 'rss'")
BUCKET = Skipped("Bucket", "not an http(s) URL: ftp://a.example/x")


def rows(sources):
    return [(source.location, source.name, source.language) for source in sources]


def test_a_list_on_disk_may_name_files(base, client):
    (base / "my.opml").write_text(OPML)
    for location in ("my.opml", str(base / "my.opml"), "file:my.opml"):
        read = expand_opml(location, client, language="en", poll_interval_s=60, base=base)
        disk = [(str(base / "feeds" / name), "Disk", "en") for name in ("a.xml", "b.xml")]
        assert rows(read.sources) == WEB + disk
        assert read.skipped == (NOTHING, BUCKET, Skipped("Other", "a file: URL of another host (server)"))
        assert {source.poll_interval_s for source in read.sources} == {60}
        assert {source.wire for source in read.sources} == {False}


def test_a_list_from_the_web_may_not(base, client, serve, respond):
    server = serve(respond(OPML.encode(), content_type="text/x-opml"))
    read = expand_opml(server.url("/my.opml"), client, language="en", base=base)
    assert rows(read.sources) == WEB
    assert read.skipped == (
        NOTHING,
        Skipped("Disk", "not an http(s) URL: feeds/*.xml"),
        BUCKET,
        Skipped("Other", "not an http(s) URL: file://server/x"),
    )


def test_a_list_that_can_not_be_had_is_an_error(base, client, serve, respond):
    with pytest.raises(failures.UnreadableFileError, match="No such file"):
        expand_opml("missing.opml", client, base=base)
    with pytest.raises(failures.HttpStatusError, match="HTTP 404"):
        expand_opml(serve(respond(status="404 Not Found")).url(), client, base=base)
    with pytest.raises(NotAFeedError):
        expand_opml(serve(respond(b"<html/>")).url(), client, base=base)


def test_unique_sources(base, monkeypatch):
    monkeypatch.chdir(base)
    sources = [
        *expand_feed("https://a.example", "first"),
        *expand_feed("HTTPS://A.example/#top", "second"),
        *expand_feed("https://a.example/?page=2"),
        *expand_feed("feeds/*.xml", base=base),
        *expand_feed("feeds/a.xml"),
    ]
    assert [source.name for source in unique_sources(sources)] == ["first", "a.example", "feeds", "feeds"]
