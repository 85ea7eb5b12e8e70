"""Changes that make a new version of a story, and changes around it that do not."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from newsbeam.transforms.records import Entry
from newsbeam.transforms.text.counters import without_counters
from newsbeam.transforms.text.story_hash import story_hash

FERRY = "<p>The ferry is back in the harbour after a week.</p>"


def story(content: str, summary: str = "", content_type: str = "text/html") -> Entry:
    now = datetime(2026, 11, 20, tzinfo=UTC)
    return Entry("", "H", "f", "rss20", now, title="Ferry", summary=summary, content=content, content_type=content_type)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("<p>Points: 10</p><p># Comments: 1</p>", "<p>Points: 14</p><p># Comments: 3</p>"),
        ("<p>3 min read</p>", "<p>4 min read</p>"),
        ("<div>By Ada Moor · 2 hours ago · 14 comments</div>", "<div>By Ada Moor · 3 hours ago · 15 comments</div>"),
        ("<p>Share 12</p><p>Tweet 3</p>", "<p>Share 15</p><p>Tweet 4</p>"),
        ("<p>14 points | 3 comments</p>", "<p>15 points | 4 comments</p>"),
        ("<p>Vor 5 Minuten</p>", "<p>vor 2 Stunden</p>"),
        ("<p>il y a 3 heures</p>", ""),
        ("<p>Related: <a href='/1'>A new crane</a></p>", "<p>Related: <a href='/2'>Storm hits the coast</a></p>"),
        ("<p>2 часа назад</p>", "<p>5 часов назад</p>"),
        ("<p>för 2 timmar sedan · 3 visningar</p>", "<p>för 3 timmar sedan · 9 visningar</p>"),
        ("<p>3 saat önce</p>", "<p>4 saat önce</p>"),
        ("<p>3時間前</p><p>12件のコメント</p>", "<p>4時間前</p><p>13件のコメント</p>"),
        ("<p>3 комментария</p>", "<p>5 комментариев</p>"),
        ("<p>14 points by ann | 3 comments</p>", "<p>15 points by ann | 4 comments</p>"),
        ("<p>1.204 Kommentare</p>", "<p>Kommentare (1.310)</p>"),
        ("<p>Lesezeit: 3 Min.</p>", "<p>Lesezeit: 4 Min.</p>"),
        ("<p class='a'>&nbsp;</p>", "<!-- 14:03 -->"),
    ],
)
def test_boilerplate_makes_no_version(before, after):
    assert story_hash(story(FERRY + before)) == story_hash(story(FERRY + after))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("<p>It carried 300 people.</p>", "<p>It carried 400 people.</p>"),
        ("<p>The post got 300 comments.</p>", "<p>The post got 400 comments.</p>"),
        ("<li>Harbour FC – 3 points</li>", "<li>Harbour FC – 4 points</li>"),
        ("<p>102 points</p>", "<p>104 points</p>"),
        ("<p>3 points</p><p>It won.</p><p>3 comments</p>", "<p>4 points</p><p>It won.</p><p>4 comments</p>"),
        ("<p>Smith | 1,203 votes</p>", "<p>Smith | 1,204 votes</p>"),
        ("<p>3年前に始まった。</p>", "<p>4年前に始まった。</p>"),
        ("<p>14 points by Lund</p>", "<p>15 points by Lund</p>"),
        ("<h2>Five days ago</h2><p>It sank.</p>", "<h2>Six days before</h2><p>It sank.</p>"),
        ("", "<p>It sank.</p>"),
    ],
)
def test_text_that_readers_see_makes_a_version(before, after):
    assert story_hash(story(FERRY + before)) != story_hash(story(FERRY + after))


def test_status_and_title_make_a_version():
    first = story(FERRY)
    others = [replace(first, title="F"), replace(first, status="canceled"), replace(first, signals=("correction",))]
    assert len({story_hash(each) for each in (first, *others)}) == 4


def test_a_summary_equal_to_the_body_counts_once():
    body = "<p>Article URL: <a href='https://x.example/'>https://x.example/</a></p><p>Points: {}</p>"
    line = "Article URL: https://x.example/ Points: {}"
    hashes = {story_hash(story(body.format(n), line.format(n))) for n in (10, 14)}
    assert len(hashes) == 1
    assert story_hash(story(FERRY, "A teaser.")) != story_hash(story(FERRY, "Another teaser."))


def test_plain_text():
    text = "The ferry is back.\n\n12 comments\n"
    assert story_hash(story(text, content_type="text/plain")) == story_hash(
        story("The ferry is back.\n", content_type="text/plain")
    )


@pytest.mark.parametrize("line", ["9" * 119, "1 " * 59, "by " * 39, "| " * 59, "a · " * 29, "1.1" * 39 + " comments"])
def test_hostile_lines_take_linear_time(line):
    assert without_counters([line]) == [line]
