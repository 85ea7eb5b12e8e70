import json
from datetime import UTC, datetime
from io import StringIO

import pytest
from rich.console import Console

from benchmarks.feeds import facts_files, json_files
from benchmarks.feeds.checks import (
    Expectation,
    Feed,
    check_feed,
    person_name,
    same_link,
    same_text,
    to_instant,
)
from benchmarks.feeds.feedparser_files import read_expression, read_feeds
from benchmarks.feeds.kinds import KINDS, UNEXPLAINED, kind_of
from benchmarks.feeds.report import TARGETS, Result, print_disagreements, print_results, run_suites

RSS = """<rss version="2.0"><channel><title>Harbour News</title><link>https://harbour.example/</link>
<item><title>Ferry &amp;amp; tug collide</title><link>/a?utm_source=rss</link><guid isPermaLink="false">a-1</guid>
<pubDate>Tue, 06 Feb 2024 07:00:00 +0100</pubDate><author>desk@harbour.example (Ann Vik)</author>
<category>Ferries</category><category>Harbour</category><description>Two &lt;b&gt;ships&lt;/b&gt;.</description></item>
</channel></rss>"""
URI = "https://harbour.example/feed.xml"


def feed(*expectations: Expectation, body: str = RSS) -> Feed:
    return Feed("gofeed", "harbour.xml", body.encode(), URI, expectations)


@pytest.mark.parametrize(
    ("field", "expected", "agrees"),
    [
        ("title", "Ferry & tug collide", True),
        ("title", "Ferry and tug collide", False),
        ("summary", "<p>Two ships.</p>", True),
        ("content", "Two ships", False),
        ("link", "https://harbour.example/a", True),
        ("link", "a?utm_medium=x", True),
        ("link", "https://harbour.example/b", False),
        ("id", "a-1", True),
        ("published", datetime(2024, 2, 6, 6, tzinfo=UTC), True),
        ("published", "2024-02-06T06:00:00Z", True),
        ("published", datetime(2024, 2, 6, 7, tzinfo=UTC), False),
        ("date", "Tue, 06 Feb 2024 07:00:00 +0100", True),
        ("updated", "2024-02-06T06:00:00Z", False),
        ("authors", ("Ann Vik <ann@harbour.example>",), True),
        ("authors", ("Ann Vik", "Bo Ek"), False),
        ("categories", ("Harbour", "Ferries"), True),
        ("categories", (("ferry", "Ferries"), ("Harbour",)), True),
        ("categories", ("Ferries",), False),
        ("count", 1, True),
        ("count", 2, False),
    ],
)
def test_check_compares_each_field_in_its_own_way(field, expected, agrees):
    (outcome,) = check_feed(feed(Expectation(0, field, expected)))

    assert outcome.agrees is agrees, outcome


@pytest.mark.parametrize(("index", "name", "agrees"), [(0, "Ferries", True), (1, "Ferries", False), (2, "Sea", False)])
def test_check_of_one_of_several(index, name, agrees):
    (outcome,) = check_feed(feed(Expectation(0, "categories", (name,), index)))

    assert outcome.agrees is agrees


def test_check_of_an_entry_that_is_not_there():
    (outcome,) = check_feed(feed(Expectation(1, "title", "Second")))

    assert (outcome.agrees, outcome.got) == (False, "only 1 entries")


def test_a_feed_that_cannot_be_parsed_has_no_entries():
    outcomes = check_feed(feed(Expectation(0, "count", 0), Expectation(0, "title", "x"), body="<html><p>no</html>"))

    assert [outcome.agrees for outcome in outcomes] == [True, False]
    assert "NotAFeedError" in outcomes[1].got


@pytest.mark.parametrize(
    ("expected", "got", "same"),
    [
        ("<b>Ferry</b> late", "Ferry late", True),
        ("Ferry\n late ", "Ferry late", True),
        ("Cafe\u0301", "Caf\u00e9", True),
        ("&lt;b&gt; is a tag", "<b> is a tag", True),
        ("<p>a</p><script>evil()</script>", "a", True),
        ("Ferry", "Ferry late", False),
        ("Ferry", "", False),
        ("", "", True),
    ],
)
def test_same_text(expected, got, same):
    assert same_text(expected, got) is same


@pytest.mark.parametrize(("expected", "same"), [("<i>Ferry</i>", True), ("Late", False), ("", False)])
def test_same_text_by_its_beginning(expected, same):
    assert same_text(expected, "Ferry late again", beginning=True) is same


@pytest.mark.parametrize(
    ("expected", "got", "same"),
    [
        ("HTTPS://Harbour.example/a", "https://harbour.example/a", True),
        ("../b/c", "https://harbour.example/b/c", True),
        ("/c", "https://harbour.example/b/c", False),
        ("", "", True),
        ("javascript:alert(1)", "", False),
        ("", "https://harbour.example/a", False),
    ],
)
def test_same_link(expected, got, same):
    assert same_link(expected, got) is same


@pytest.mark.parametrize(
    "text", ["Ann Vik", "ann@x.example (Ann Vik)", "Ann Vik <ann@x.example>", "Ann  Vik (ann@x.example)"]
)
def test_person_name(text):
    assert person_name(text) == "Ann Vik"


def test_a_date_without_a_zone_is_utc():
    assert to_instant("2024-02-06 06:00") == datetime(2024, 2, 6, 6, tzinfo=UTC)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("not bozo and entries[0]['title'] == 'Ferry'", [Expectation(0, "title", "Ferry")]),
        ("entries[1].summary_detail.value == 'A' + 'B'", [Expectation(1, "summary", "AB")]),
        ("entries[0]['id'] == entries[1]['id'] == 'x'", [Expectation(0, "id", "x"), Expectation(1, "id", "x")]),
        ("(entries[0].tags[1].term == 'sea')", [Expectation(0, "categories", ("sea",), 1)]),
        ("entries[0]['author'] == 'Ann'", [Expectation(0, "authors", ("Ann",), 0)]),
        ("ord(entries[0]['description']) == 8230", [Expectation(0, "summary", "\u2026")]),
        ("feed.title == 'x' and len(entries) == 2", [Expectation(0, "count", 2)]),
        ("not entries[0].has_key('link')", [Expectation(0, "link", "")]),
        (
            "entries[0]['published_parsed'] == (2024, 2, 6, 6, 0, 0, 1, 37, 0)",
            [Expectation(0, "published", datetime(2024, 2, 6, 6, tzinfo=UTC))],
        ),
        ("entries[0]['title_detail']['base'] == 'http://x.example/'", []),
        ("entries[0]['source']['title'] == 'x'", []),
        ("feed['title'] == 'x' or entries[0]['title'] == 'x'", []),
        ("entries[0]['links'][0]['href'] == 'http://x.example/'", [Expectation(0, "link", "http://x.example/")]),
        ("entries[0]['links'][0]['rel'] == 'via' and entries[0]['links'][0]['href'] == 'http://x.example/'", []),
    ],
)
def test_read_expression(expression, expected):
    assert list(read_expression(expression)) == expected


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-be", "utf-32-le", "cp037"])
def test_read_feeds_reads_the_comment_in_any_encoding(tmp_path, encoding):
    (tmp_path / "tests").mkdir()
    comment = "<!--\nHeader: Content-type: text/xml\nDescription: quirk\nExpect: entries[0].title == 'Ferry'\n-->"
    (tmp_path / "tests" / "quirk.xml").write_bytes(f"{comment}<rss/>".encode(encoding))

    (found,) = read_feeds(tmp_path)

    assert found.file == "quirk.xml"
    assert found.media_type == "text/xml"
    assert found.expectations == (Expectation(0, "title", "Ferry"),)


def test_a_term_may_be_given_by_its_label(tmp_path):
    (tmp_path / "tests").mkdir()
    text = "<!-- Description: q Expect: entries[0].tags[0].term == 'sea' --><category term='sea' label='At sea'/>"
    (tmp_path / "tests" / "label.xml").write_text(text)

    (found,) = read_feeds(tmp_path)

    assert found.expectations == (Expectation(0, "categories", (("sea", "At sea"),), 0),)


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ({"title": "t", "description": "d"}, {"title": "t", "summary": "d"}),
        ({"guid": {"value": "g"}, "categories": [{"value": "c"}]}, {"id": "g", "categories": (("c",),)}),
        ({"links": [{"href": "e", "rel": "enclosure"}, {"href": "a"}]}, {"link": "a"}),
        ({"authors": [{"name": "Ann"}, {"email": "b@x.example"}]}, {"authors": ("Ann", "b@x.example")}),
        ({"publishedParsed": "2024-02-06T06:00:00Z"}, {"published": datetime(2024, 2, 6, 6, tzinfo=UTC)}),
        ({"contributors": [{"name": "Bo"}]}, {}),
    ],
)
def test_gofeed_entries(tmp_path, entry, expected):
    (tmp_path / "testdata").mkdir()
    (tmp_path / "testdata" / "x.xml").write_text("<rss>g</rss>")
    (tmp_path / "testdata" / "x.json").write_text(json.dumps({"items": [entry]}))

    found = [e for feed in json_files.read_gofeed(tmp_path) for e in feed.expectations if e.field != "count"]

    assert {e.field: e.expected for e in found} == expected


def test_feed_rs_entry_without_an_id_of_its_own(tmp_path):
    folder = tmp_path / "feed-rs" / "fixture"
    folder.mkdir(parents=True)
    empty = {"title": None, "summary": None, "content": None, "links": [], "authors": [], "categories": []}
    dates = {"published": "2024-02-06T06:00:00Z", "updated": "2024-02-06T06:00:00Z"}
    (folder / "x.xml").write_text("<rss/>")
    (folder / "x.serde.json").write_text(json.dumps({"entries": [{"id": "0f3e", **empty, **dates}]}))

    (found,) = json_files.read_feed_rs(tmp_path)

    assert [e.field for e in found.expectations] == ["count", "published"]


def test_facts_by_beginning_and_by_file(tmp_path, monkeypatch):
    (tmp_path / "test" / "input").mkdir(parents=True)
    (tmp_path / "test" / "input" / "x.rss").write_text("<rss/>")
    (tmp_path / "test" / "input" / "body.html").write_text("<p>Long</p>")
    facts = {"rss-parser": {"x.rss": {"count": 1, 0: {"title": {"begins": "Fer"}, "content": {"file": "body.html"}}}}}
    monkeypatch.setattr(facts_files, "_facts", lambda: facts)

    (found,) = facts_files.read_facts("rss-parser", tmp_path)

    assert found.expectations == (
        Expectation(0, "count", 1),
        Expectation(0, "title", "Fer", beginning=True),
        Expectation(0, "content", "<p>Long</p>"),
    )


def test_tables_show_what_differs():
    result = Result("gofeed", check_feed(feed(Expectation(0, "title", "Ferry [late]"), Expectation(0, "id", "a-1"))))
    console = Console(width=120, file=StringIO())

    print_results([result], console)
    print_disagreements(result, console)

    text = console.file.getvalue()
    assert "50.00%" in text
    assert "harbour.xml 0 title" in text
    assert "'Ferry [late]'" in text
    assert kind_of(result.outcomes[0]) is UNEXPLAINED


def test_suites_without_test_data(tmp_path, capsys):
    assert list(run_suites(tmp_path)) == []
    assert "feed suite gofeed: no test data" in capsys.readouterr().err


@pytest.fixture(scope="module")
def results(shared_data):
    return list(run_suites(shared_data))


@pytest.mark.slow
def test_suites_meet_their_targets(results):
    assert [result.suite for result in results] == list(TARGETS)
    assert {result.suite: result.figure.value for result in results if not result.figure.met} == {}


def test_every_disagreement_has_a_kind_and_every_kind_a_disagreement(results):
    found = [(kind_of(outcome), outcome) for result in results for outcome in result.disagreements]

    assert [outcome for kind, outcome in found if kind is UNEXPLAINED] == []
    assert {kind.name for kind in KINDS} == {kind.name for kind, _ in found}
