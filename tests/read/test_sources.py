import os
import time
from pathlib import Path

import pytest

from newsbeam.transforms.common.file_stat import FileStat
from newsbeam.transforms.errors import NotAFeedError
from newsbeam.transforms.read import failures
from newsbeam.transforms.read.access import Access
from newsbeam.transforms.read.opml import Skipped
from newsbeam.transforms.read.quiet_files import wait_for_quiet_files
from newsbeam.transforms.read.source_spec import SourceSpec
from newsbeam.transforms.read.sources import (
    WebFeed,
    WireFile,
    access_of,
    expand_feed,
    expand_opml,
    expand_wire,
    unique_sources,
    without_access,
)
from newsbeam.transforms.records import Source


@pytest.fixture
def base(tmp_path: Path) -> Path:
    for name in ("feeds/b.xml", "feeds/a.xml", "drops/dpa/1.xml", "drops/afp/2.xml"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return tmp_path


@pytest.mark.parametrize(
    ("url", "location", "name", "source_id"),
    [
        (
            "https://www.aurora.example/rss.xml",
            "https://www.aurora.example/rss.xml",
            "aurora.example",
            "aurora.example/rss.xml",
        ),
        (
            "HTTP://Feeds.Example:8080/x y",
            "http://feeds.example:8080/x%20y",
            "feeds.example",
            "feeds.example:8080/x%20y",
        ),
        (" feed://a.example/x", "http://a.example/x", "a.example", "a.example/x"),
        ("https://[broken/", "https://[broken/", "https://[broken/", "[broken"),
    ],
)
def test_a_url_is_one_source(url, location, name, source_id):
    assert expand_feed(SourceSpec(url)) == [WebFeed(location, name, url.strip(), source_id=source_id, named=False)]
    assert expand_feed(SourceSpec(url, "Ours", language="de", format="rss20", poll_interval_s=60.0)) == [
        WebFeed(location, "Ours", url.strip(), False, "rss20", "de", 60.0, source_id=source_id)
    ]
    assert [source.source_id for source in expand_feed(SourceSpec(url, source_id="ours"))] == ["ours"]


def test_an_id_depends_neither_on_a_name_nor_on_how_a_feed_is_asked_for():
    urls = ("http://a.example/x", "https://www.a.example/x/", "https://me:secret@a.example:443/x")
    assert {expand_feed(SourceSpec(url, name))[0].source_id for url in urls for name in ("", "A", "B")} == {
        "a.example/x"
    }
    assert expand_feed(SourceSpec("https://a.example/x?y"))[0].source_id == "a.example/x?y"


def test_paths_and_patterns_are_one_source_a_file(base):
    a, b = (
        Source(str(base / "feeds" / name), name, f"feeds/{name}", source_id=f"feeds/{name}", named=False)
        for name in ("a.xml", "b.xml")
    )
    assert expand_feed(SourceSpec("feeds/a.xml", base=base)) == [a]
    assert expand_feed(SourceSpec("feeds/*.xml", base=base)) == [a, b]
    assert expand_feed(SourceSpec("file:feeds/a.xml", base=base)) == [a]
    path = str(base / "feeds/a.xml")
    assert expand_feed(SourceSpec(path, base=base)) == expand_feed(SourceSpec(Path(path).as_uri(), base=base))
    assert expand_feed(SourceSpec(path, base=base)) == [Source(path, "a.xml", path, source_id=path, named=False)]


def test_a_file_that_is_missing_is_a_source_and_a_pattern_without_files_is_none(base):
    assert expand_feed(SourceSpec("feeds/c.xml", base=base)) == [
        Source(str(base / "feeds/c.xml"), "c.xml", "feeds/c.xml", source_id="feeds/c.xml", named=False)
    ]
    assert (
        expand_feed(SourceSpec("feeds/*.json", base=base)) == expand_wire(SourceSpec("feeds/*.json", base=base)) == []
    )


def test_feed_urls_do_not_depend_on_where_we_were_started(base, monkeypatch):
    monkeypatch.chdir(base / "feeds")
    (source,) = expand_wire(SourceSpec("../drops/dpa/*.xml", base=Path("../feeds")))
    assert source.feed_url == "../drops/dpa/1.xml"
    assert Path(source.location).read_text() == "drops/dpa/1.xml"
    assert source.name == "dpa"


def file_stat(path: Path) -> FileStat:
    return FileStat(path.stat().st_size, path.stat().st_mtime_ns)


def test_a_wire_is_one_source_a_file(base):
    afp, dpa = base / "drops/afp/2.xml", base / "drops/dpa/1.xml"
    options = {"format": "nitf", "language": "en", "quiet_period_s": 2.0, "base": base}
    assert expand_wire(SourceSpec("drops/**/*.xml", **options)) == [
        WireFile(
            str(afp),
            "afp",
            "drops/afp/2.xml",
            True,
            "nitf",
            "en",
            source_id="drops/afp",
            stat=file_stat(afp),
            quiet_period_s=2.0,
        ),
        WireFile(
            str(dpa),
            "dpa",
            "drops/dpa/1.xml",
            True,
            "nitf",
            "en",
            source_id="drops/dpa",
            stat=file_stat(dpa),
            quiet_period_s=2.0,
        ),
    ]
    assert {(each.name, each.source_id) for each in expand_wire(SourceSpec("drops/**/*.xml", "wire", base=base))} == {
        ("wire", "drops")
    }


@pytest.mark.parametrize(
    ("location", "source_id"),
    [
        ("drops/dpa", "drops/dpa"),
        ("./drops/dpa/", "drops/dpa"),
        ("drops/dpa/1.xml", "drops/dpa"),
        ("drops/dpa/*.xml", "drops/dpa"),
        ("drops/d*/1.xml", "drops/dpa"),
        ("**/dpa/*.xml", "drops/dpa"),
    ],
)
def test_a_wire_is_identified_by_its_folder_however_it_is_listed(base, location, source_id):
    assert [source.source_id for source in expand_wire(SourceSpec(location, base=base))] == [source_id]
    assert [source.source_id for source in expand_wire(SourceSpec(location, source_id="dpa", base=base))] == ["dpa"]


def test_a_wire_with_a_name_is_one_source_in_all_its_folders(base):
    for pattern, source_id in (("drops/*/*.xml", "drops"), ("drops/**", "drops"), ("**/*.xml", ".")):
        assert {source.source_id for source in expand_wire(SourceSpec(pattern, "Agency", base=base))} == {source_id}
    assert {source.source_id for source in expand_wire(SourceSpec("drops/*/*.xml", base=base))} == {
        "drops/afp",
        "drops/dpa",
    }


@pytest.mark.parametrize(
    ("location", "name", "feed_urls"),
    [
        ("drops", "drops", ["drops/afp/2.xml", "drops/dpa/1.xml"]),
        ("drops/", "drops", ["drops/afp/2.xml", "drops/dpa/1.xml"]),
        ("./drops/dpa", "dpa", ["drops/dpa/1.xml"]),
        ("file:drops/dpa", "dpa", ["drops/dpa/1.xml"]),
        ("drops/dpa/1.xml", "dpa", ["drops/dpa/1.xml"]),
    ],
)
def test_a_drop_has_one_name_so_that_files_may_move_in_it(base, location, name, feed_urls):
    sources = expand_wire(SourceSpec(location, base=base))
    assert [source.feed_url for source in sources] == feed_urls
    assert {source.name for source in sources} == {name}
    assert [source.name for source in expand_wire(SourceSpec(location, "dpa", base=base))] == ["dpa"] * len(feed_urls)


def test_an_absolute_drop_and_the_current_folder(base, monkeypatch):
    (dpa,) = expand_wire(SourceSpec(str(base / "drops/dpa"), base=base / "elsewhere"))
    assert (dpa.feed_url, dpa.name) == (str(base / "drops/dpa/1.xml"), "dpa")
    monkeypatch.chdir(base / "drops/dpa")
    (here,) = expand_wire(SourceSpec("."))
    assert (here.location, here.feed_url, here.name) == ("1.xml", "1.xml", "dpa")


def test_a_drop_in_an_object_store(bucket):
    bucket.update({f"memory://bucket/drop/{name}": b"x" for name in ("1.xml", "sub/2.xml", "3.tmp", ".4", "5~/5")})
    bucket["memory://bucket/dropped.xml"] = b"x"
    for prefix in ("memory://bucket/drop/", "memory://bucket/drop"):
        found = expand_wire(SourceSpec(prefix, quiet_period_s=2.0))
        assert [source.location for source in found] == [
            "memory://bucket/drop/1.xml",
            "memory://bucket/drop/sub/2.xml",
        ]
        assert {(source.name, source.source_id) for source in found} == {("drop", "memory://bucket/drop")}
        assert all(source.stat.size == 1 and source.stat.etag for source in found)
    names = [(source.location, source.name) for source in expand_wire(SourceSpec("memory://bucket/drop/**.xml"))]
    assert names == [("memory://bucket/drop/1.xml", "drop"), ("memory://bucket/drop/sub/2.xml", "sub")]
    assert [source.location for source in expand_wire(SourceSpec("memory://bucket/dropped.xml"))] == [
        "memory://bucket/dropped.xml"
    ]
    assert expand_wire(SourceSpec("memory://bucket/empty/")) == []
    with pytest.raises(failures.UnreadableFileError, match="no access to the bucket"):
        expand_wire(SourceSpec("memory://broken/drop/"))


def written(path: Path, age_s: float) -> None:
    path.write_text("x")
    os.utime(path, (time.time() - age_s,) * 2)


def waited(base: Path, quiet_period_s: float, meanwhile=lambda: None) -> tuple[list[str], list[str], float]:
    """Return the names of finished and unfinished files, and the seconds that took; something happens to them first."""
    sources = expand_wire(SourceSpec("drop", quiet_period_s=quiet_period_s, base=base))
    meanwhile()
    started = time.monotonic()
    finished, unfinished = wait_for_quiet_files([*expand_feed(SourceSpec("https://a.example", "feed")), *sources])
    seconds = time.monotonic() - started
    assert finished.pop(0).name == "feed"
    return *([Path(source.location).name for source in part] for part in (finished, unfinished)), seconds


@pytest.fixture
def drop(tmp_path: Path) -> Path:
    (tmp_path / "drop").mkdir()
    return tmp_path / "drop"


def test_files_that_stay_the_same_are_finished(drop):
    written(drop / "old", 60)
    finished, unfinished, seconds = waited(drop.parent, quiet_period_s=0.2)
    assert (finished, unfinished) == (["old"], [])
    assert seconds < 0.2
    for number in range(9):
        written(drop / f"{number}", 0)
    finished, unfinished, seconds = waited(drop.parent, quiet_period_s=0.2)
    assert (len(finished), unfinished) == (10, [])
    assert seconds < 1, "one wait for all"
    assert waited(drop.parent, quiet_period_s=0)[2] < 0.2


def test_files_that_change_or_go_away_are_for_the_next_run(drop):
    for name in ("grown", "gone", "touched", "done"):
        written(drop / name, -60)

    def meanwhile():
        (drop / "grown").write_text("xyz")
        (drop / "gone").unlink()
        os.utime(drop / "touched", (1, 1))

    assert waited(drop.parent, 0.2, meanwhile)[:2] == (["done"], ["gone", "grown", "touched"])


def test_times_in_the_future_are_waited_for_once(drop):
    written(drop / "ahead", -3600)
    finished, unfinished, seconds = waited(drop.parent, quiet_period_s=0.1)
    assert (finished, unfinished) == (["ahead"], [])
    assert 0.1 <= seconds < 1


def test_names_of_files_that_are_not_utf_8_can_be_written(base):
    for name in (b"caf\xe9.xml", b"caf\xe8.xml"):
        (base / "drops" / os.fsdecode(name)).write_text("x")
    sources = expand_wire(SourceSpec("drops/caf*", base=base))
    assert [source.feed_url for source in sources] == [r"drops/caf\xe8.xml", r"drops/caf\xe9.xml"]
    assert Path(sources[0].location).read_text() == "x"


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
    ("https://www.aurora.example/rss", "News", "en"),
    ("https://boreal.example/rss", "News", "fr"),
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
        read = expand_opml(SourceSpec(location, language="en", poll_interval_s=60, base=base), client)
        disk = [(str(base / "feeds" / name), "Disk", "en") for name in ("a.xml", "b.xml")]
        assert rows(read.sources) == WEB + disk
        assert read.skipped == (NOTHING, BUCKET, Skipped("Other", "a file: URL of another host (server)"))
        assert {source.poll_interval_s for source in read.sources} == {60}
        assert {source.wire for source in read.sources} == {False}


def test_a_list_from_the_web_may_not(base, client, serve, respond):
    server = serve(respond(OPML.encode(), content_type="text/x-opml"))
    read = expand_opml(SourceSpec(server.url("/my.opml"), language="en", base=base), client)
    assert rows(read.sources) == WEB
    assert read.skipped == (
        NOTHING,
        Skipped("Disk", "not an http(s) URL: feeds/*.xml"),
        BUCKET,
        Skipped("Other", "not an http(s) URL: file://server/x"),
    )


def test_a_list_names_no_file_outside_its_folder_unless_allowed(base, client):
    (base / "lists").mkdir()
    (base / "lists" / "link").symlink_to(base / "feeds")
    names = ["../feeds/a.xml", str(base / "feeds" / "a.xml"), "../**/*.xml", "link/a.xml", "in.xml"]
    outlines = "".join(f'<outline text="{name}" xmlUrl="{name}"/>' for name in names)
    (base / "lists" / "my.opml").write_text(f"<opml><body>{outlines}</body></opml>")
    (base / "lists" / "in.xml").write_text("x")
    read = expand_opml(SourceSpec("lists/my.opml", base=base), client)
    assert [source.name for source in read.sources] == ["in.xml"]
    reason = "{} is outside the list's folder; set allow_outside in the config to read it"
    assert list(read.skipped) == [Skipped(name, reason.format(name)) for name in names[:4]]
    read = expand_opml(SourceSpec("lists/my.opml", base=base, allow_outside=True), client)
    assert (len(read.sources) > 2, read.skipped) == (True, ())


def test_a_name_and_a_password_of_a_list_are_sent_and_shown_nowhere(base, client):
    url = "https://u:s3cret@a.example/rss"
    (base / "my.opml").write_text(
        f'<opml><body><outline xmlUrl="{url}"/><outline xmlUrl="ftp:{url[6:]}"/></body></opml>'
    )
    read = expand_opml(SourceSpec("my.opml", base=base), client)
    (feed,) = read.sources
    assert (feed.location, feed.feed_url) == ("https://a.example/rss", "https://a.example/rss")
    assert access_of([feed]) == {feed.feed_url: Access.of("u", "s3cret")}
    assert access_of([without_access(feed)]) == {}
    assert "s3cret" not in repr(read)


def test_a_list_that_can_not_be_read_is_an_error(base, client, serve, respond):
    with pytest.raises(failures.UnreadableFileError, match="No such file"):
        expand_opml(SourceSpec("missing.opml", base=base), client)
    with pytest.raises(failures.HttpStatusError, match="HTTP 404"):
        expand_opml(SourceSpec(serve(respond(status="404 Not Found")).url(), base=base), client)
    with pytest.raises(NotAFeedError):
        expand_opml(SourceSpec(serve(respond(b"<html/>")).url(), base=base), client)


def test_unique_sources(base, monkeypatch):
    monkeypatch.chdir(base)
    sources = [
        *expand_feed(SourceSpec("https://a.example", "first")),
        *expand_feed(SourceSpec("HTTPS://A.example/#top", "second")),
        *expand_feed(SourceSpec("https://a.example/?page=2")),
        *expand_feed(SourceSpec("feeds/*.xml", base=base)),
        *expand_feed(SourceSpec("feeds/a.xml")),
    ]
    assert [source.name for source in unique_sources(sources)] == ["first", "a.example", "a.xml", "b.xml"]


@pytest.mark.parametrize(
    ("location", "why"),
    [
        ("file://[x/a.xml", "not a file: URL: Invalid IPv6 URL"),
        ("file:a%00b.xml", "not a file: URL: no path has a NUL"),
        ("*.rss", "no file matches this pattern"),
        (f"{'a' * 5_000}*.xml", "no file matches this pattern"),
    ],
)
def test_a_feed_of_a_list_that_names_no_file_is_skipped_and_the_others_are_read(client, tmp_path, location, why):
    feeds = "".join(
        f'<outline text="{name}" xmlUrl="{url}"/>' for name, url in (("a", location), ("b", "https://b.example/"))
    )
    (tmp_path / "my.opml").write_text(f"<opml><body>{feeds}</body></opml>")
    read = expand_opml(SourceSpec("my.opml", base=tmp_path), client)
    assert [source.location for source in read.sources] == ["https://b.example/"]
    assert [(each.what, each.why) for each in read.skipped] == [("a", why)]


def test_a_name_that_is_too_long_is_a_source_whose_poll_fails(tmp_path):
    (source,) = expand_feed(SourceSpec("a" * 5_000, base=tmp_path))
    assert source.location.endswith("a" * 5_000)
