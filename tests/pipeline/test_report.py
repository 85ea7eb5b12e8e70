"""The page of `newsbeam report`: what it says, and that it is safe whatever the news say."""

import re
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from newsbeam.pipeline.cli import main
from newsbeam.pipeline.reports.html_text import clip, language, link, span
from newsbeam.pipeline.reports.periods import Period, make_period, parse_moment
from newsbeam.pipeline.reports.reading import view_database
from newsbeam.pipeline.reports.report_data import collect, set_period
from newsbeam.pipeline.reports.report_queries import QUERIES
from newsbeam.transforms.write.schema import SCHEMAS
from tests.support.hostile_news import HOSTILE_URLS, hostile_output
from tests.support.news_day import TEXTS, write_day
from tests.support.written import NOW, story, write

DAY = ["--since", "24h", "--until", NOW.isoformat()]


def page(output: Path, *options: str) -> str:
    file = output.parent / "report.html"
    assert main(["report", str(output), "-o", str(file), *(options or DAY)]) == 0
    return file.read_text(encoding="utf-8")


def part(html: str, section: str) -> str:
    """Return the words of one section, without markup."""
    found = re.search(rf'<section[^>]*id="{section}".*?</section>', html, re.DOTALL)
    assert found, section
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", found[0]))


@pytest.fixture(scope="module")
def output(tmp_path_factory):
    return write_day(tmp_path_factory.mktemp("it's [a]") / "out")


@pytest.fixture(scope="module")
def html(output):
    return page(output)


def test_what_needs_attention(html):
    text = part(html, "attention")
    for said in (
        "1 story not to be used", "Story 4", "KILL: wrong", "1 story corrected", "Story 5", "1 story under embargo",
        "1 source that can&#39;t be read", "2 polls failed", "timed out",
        "1 source with less than the config expects", "Echo · nothing new for 3 h; expected: an entry every 2 h",
        "Hourly · nothing new for 10 h; usually at most 1 h",
        "more than 9 entries", "2 payloads not read", "the end is missing",
        "1 run that did not end well", "disk full",
    ):  # fmt: skip
        assert said.replace("&#39;", "'") in text.replace("&#39;", "'"), said
    assert "secret" not in html


def test_who_had_it_first(html):
    text = part(html, "events")
    assert "Wire first" in text
    assert "3 sources, 3 stories, 2 with paragraphs of others" in text
    assert "Then Echo after" in text or "Then Post after 59 min, Echo after 1 h 58 min" in text
    assert TEXTS[0] in text
    assert "had it first" in html


def test_stories_with_one_story_id_are_one_event(tmp_path):
    """Also where they share no paragraph, and after a merge of stories."""
    stories = [
        story(1, "Wire", ["A quake shook the coast."], story_id="a"),
        story(2, "Post", ["Houses fell on Tuesday."], story_id="b"),
        story(3, "Echo", ["A quake."], story_id="a"),
    ]
    write(tmp_path / "out", stories)
    assert "2 sources, 2 stories" in part(page(tmp_path / "out"), "events")
    merges = tmp_path / "out" / "story_merges" / f"date={NOW.date()}" / "part.parquet"
    merges.parent.mkdir(parents=True)
    row = {"story_id": "b", "into": "a", "merged_at": NOW, "entry_id": "x", "entry_version": 1}
    pq.write_table(pa.Table.from_pylist([row], SCHEMAS["story_merges"]), merges)
    assert "3 sources, 3 stories" in part(page(tmp_path / "out"), "events")


def test_copies_places_and_quotes(html):
    assert "Printed by Wire Post" in part(html, "copies")
    assert "Oslo: 2 stories" in part(html, "places")
    assert "Ann Lee" in part(html, "quotes")


def test_each_figure_names_a_query_that_is_there(html, output):
    named = set(re.findall(r'href="#query-(\w+)"', html))
    assert named <= set(re.findall(r'id="query-(\w+)"', html))
    assert {query.name for query in QUERIES} - named <= {"latest"}  # where nothing was polled


def test_the_queries_give_the_same_on_the_views_alone(output):
    """The report reads some views into memory first; an analyst doesn't."""
    period = Period(NOW - timedelta(days=1), NOW)
    found = collect(str(output), period)
    with view_database(str(output)) as database:
        set_period(database, period)
        for query in QUERIES:
            if "getvariable('e" in query.sql:  # needs what another one found
                continue
            rows = database.execute(query.sql).fetchall()
            assert sorted(map(repr, rows)) == sorted(repr(tuple(row.values())) for row in found[query.name])


class Tags(HTMLParser):
    """Collects what a browser would run or fetch."""

    def __init__(self):
        super().__init__()
        self.bad, self.links = [], []

    def handle_starttag(self, tag, attributes):
        for name, value in attributes:
            if name.startswith("on") or (name in ("src", "srcset", "action", "data", "poster")):
                self.bad.append((tag, name, value))
            if name == "href" and not value.startswith("#"):
                self.links.append(value)
        if tag in ("script", "iframe", "object", "embed", "link", "img", "base", "form", "audio", "video"):
            self.bad.append((tag, attributes))


def test_hostile_news_stay_text(tmp_path):
    html = page(hostile_output(tmp_path / "out"))
    tags = Tags()
    tags.feed(html)
    assert tags.bad == []
    assert all(link.startswith(("http://", "https://")) for link in tags.links)
    assert not {"\x00", "\x1b", "\x08"} & set(html)
    assert len(html) < 2_000_000


@pytest.mark.parametrize("url", HOSTILE_URLS)
def test_only_links_to_the_web(url):
    assert link(url) == ""


def test_an_output_that_is_not_there(tmp_path, capsys):
    (tmp_path / "empty").mkdir()
    broken = tmp_path / "broken" / "entries" / "date=2026-03-14"
    broken.mkdir(parents=True)
    (broken / "part.parquet").write_bytes(b"PAR1 cut off")
    for name, said in (("none", "no such folder"), ("empty", "written nothing"), ("broken", "can't be read")):
        assert main(["report", str(tmp_path / name), "-o", str(tmp_path / "x.html")]) == 2
        error = capsys.readouterr().err
        assert said in error
        assert error.count("\n") == 1
    assert not list(tmp_path.glob("*.html"))


@pytest.mark.parametrize(
    "options", [["--since", "5x"], ["--since", "2999-01-01"], ["-o", "no/such/x.html"], ["--since", "0h"]]
)
def test_options_that_cannot_be_used(output, options, capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert main(["report", str(output), *options]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_an_older_schema(output, tmp_path):
    """Columns that were added since version 0.1.0 are missing."""
    for file in output.rglob("*.parquet"):
        table = pq.read_table(file, partitioning=None)
        old = table.drop_columns(
            [n for n in ("quotes", "update_of", "source_id", "media", "revision", "related") if n in table.column_names]
        )
        target = tmp_path / "old" / file.relative_to(output)
        target.parent.mkdir(parents=True)
        pq.write_table(old, target)
    assert "Wire" in page(tmp_path / "old")


def test_a_period_without_a_poll(output):
    html = page(output, "--since", "2026-03-20", "--until", "2026-03-21")
    assert "No source was asked in this period" in html
    assert "Nothing was read in this period" in html


def test_the_output_stays_as_it_is(output):
    before = {file: file.stat().st_mtime_ns for file in output.rglob("*")}
    page(output)
    assert before == {file: file.stat().st_mtime_ns for file in output.rglob("*")}


def test_moments():
    assert parse_moment("1h30m", NOW) == NOW - timedelta(minutes=90)
    assert parse_moment("2026-03-01T01:00+01:00", NOW).isoformat() == "2026-03-01T00:00:00+00:00"
    assert make_period("24h", "2026-03-02", NOW).before.isoformat() == "2026-02-28T00:00:00+00:00"


def test_texts():
    assert [span(seconds) for seconds in (0, 59, 3660, 90_000, 40_000_000)] == [
        "0 s",
        "59 s",
        "1 h 1 min",
        "1 d 1 h",
        "1 y 97 d",
    ]
    assert clip("abc\x00def", 5) == "abc…"
    assert [language(tag) for tag in ("pt-BR", "xx", 'en" onload="', None)] == ["pt-BR", "", "", ""]
