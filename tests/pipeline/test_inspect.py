import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from rich.console import Console

from newsbeam.pipeline.reports.inspect_output import InspectError, inspect_output
from newsbeam.transforms.records import DeadLetter, Poll, Related
from tests.support.written import NOW, repeat, story, write

QUIET = "Feeds that fail, or had nothing new for a day"


def report(output: Path, limit: int = 10) -> str:
    console = Console(file=io.StringIO(), width=80)
    inspect_output(str(output), console, limit, NOW)
    return console.file.getvalue()


def section(text: str, title: str) -> list[list[str]]:
    """Return the cells of the rows of one section, without its header and rule."""
    lines = text.split(f"\n{title}\n", 1)[1].split("\n\n")[0].splitlines()
    rule = next(number for number, line in enumerate(lines) if line.startswith("───"))
    return [[cell.strip() for cell in line.split("  ") if cell.strip()] for line in lines[rule + 1 :]]


@pytest.fixture
def output(tmp_path):
    """An output in a folder whose name is awkward in SQL and in patterns."""
    output = tmp_path / "it's [a] *test*"
    first = story(1, "Wire", ["Lavrov spoke in Tokyo.", "Japan answered.", "Japan answered."])
    first = repeat(first, 2, first, 1)
    copy = story(2, "Post", ["A HEADING", "Lavrov spoke in Tokyo.", "Own words of the Post."], age=timedelta(days=1))
    copy = repeat(copy, 1, first, 0)
    copy = repeat(copy, 2, first, 1, "near")
    old = story(3, "Post", ["An older text."], language="fr", topics=())
    update = story(3, "Post", ["An older text, updated."], version=2, language="fr", topics=())
    polls = [
        Poll("https://wire.example/rss", "u", "Wire", NOW - timedelta(minutes=5), "ok", 200),
        Poll("https://post.example/rss", "u", "Post", NOW - timedelta(days=1), "ok", 200),
        Poll("https://post.example/rss", "u", "Post", NOW - timedelta(hours=3), "error", error="timed out after 30 s"),
        Poll("https://gone.example/rss", "u", "Gone", NOW - timedelta(hours=4), "error", 404),
    ]
    letters = [
        DeadLetter("parse", "ParseError", "cut \x1b[31mhere", "Wire", "https://wire.example/b", NOW, b"<"),
        DeadLetter("parse", "DateError", "year 9999", "Wire", "https://wire.example/c", NOW, b"9", repaired=True),
    ]
    write(output, [first, copy, old, update], polls, letters)
    return output


def test_rows_and_days(output):
    text = report(output)
    assert section(text, "Rows") == [
        ["paragraphs", "8", "2", "2026-03-13", "2026-03-14"],
        ["entries", "4", "2", "2026-03-13", "2026-03-14"],
        ["polls", "4", "2", "2026-03-13", "2026-03-14"],
        ["dead_letters", "2", "1", "2026-03-14", "2026-03-14"],
    ]
    assert section(text, "Days") == [
        ["2026-03-14", "3", "2", "2", "3", "1", "5"],
        ["2026-03-13", "1", "0", "1", "1", "0", "3"],
    ]


def test_sources_show_their_last_news_and_last_poll(output):
    text = report(output)
    assert section(text, "Sources") == [
        ["Post", "2", "5", "40.0%", "just now", "3 h ago", "error"],
        ["Wire", "1", "3", "33.3%", "just now", "5 min ago", "ok"],
        ["Gone", "0", "0", "never", "4 h ago", "error"],
    ]
    assert section(text, QUIET) == [
        ["https://gone.example/rss", "never", "4 h ago", "HTTP 404"],
        ["https://post.example/rss", "just now", "3 h ago", "timed out after 30 s"],
    ]


def test_quiet_feeds_but_not_quiet_files(tmp_path):
    ages = {"Fresh": timedelta(hours=23), "Quiet": timedelta(days=2), "File": timedelta(days=3)}
    stories = [story(number, name, ["Text."], age=age) for number, (name, age) in enumerate(ages.items())]
    stories[2] = replace(stories[2], entry=replace(stories[2].entry, feed_url="feeds/file.xml"))
    polls = [Poll(s.entry.feed_url, "u", s.entry.source, NOW, "not_modified") for s in stories]
    write(tmp_path, stories, polls)
    assert section(report(tmp_path), QUIET) == [["https://quiet.example/rss", "2 d ago", "just now", "not_modified"]]


def test_languages_duplicates_entities_topics(output):
    text = report(output)
    assert section(text, "Languages") == [["en", "6", "75.0%", "2"], ["fr", "2", "25.0%", "1"]]
    assert section(text, "Duplicate paragraphs, by where the first copy is") == [
        ["exact", "1", "0", "1", "2", "25.0%"],
        ["near", "0", "0", "1", "1", "12.5%"],
    ]
    assert section(text, "Top entities") == [["Sergei Lavrov", "PERSON", "1", "1"]]  # in two copies of one paragraph
    assert section(text, "Top topics") == [["politics and government", "medtop:11000000", "2"]]


def test_stories_are_the_latest_versions_and_begin_with_text(output):
    latest = report(output).split("Latest stories\n")[1].split("\n\n")[0]
    assert [line.rstrip() for line in latest.splitlines()] == [
        "Story 1",
        "  Wire | 2026-03-14 11:59 | en | politics and government",
        "  Lavrov spoke in Tokyo.",
        "Story 3",
        "  Post | 2026-03-14 11:57 | fr",
        "  An older text, updated.",
        "Story 2",
        "  Post | 2026-03-13 11:58 | en | politics and government",
        "  Lavrov spoke in Tokyo.",
    ]


def test_dead_letters_show_no_control_characters(output):
    text = report(output)
    assert section(text, "Dead letters") == [
        ["DateError", "1", "1", "year 9999", "https://wire.example/c"],
        ["ParseError", "1", "0", "cut", "[31mhere", "https://wire.example/b"],
    ]
    assert "\x1b" not in text


def test_limit(output):
    text = report(output, limit=1)
    assert len(section(text, "Sources")) == len(section(text, "Days")) == 1
    assert text.count("Story ") == 1


def test_stories_without_a_date_come_last(tmp_path):
    undated = story(1, "Wire", ["Undated."], published=None)
    write(tmp_path, [undated, story(2, "Post", ["Dated."], age=timedelta(days=9))])
    text = report(tmp_path)
    assert text.index("Dated.") < text.index("Undated.")


def test_stories_that_may_not_be_used_are_not_shown(tmp_path):
    stories = [
        story(1, "Wire", ["Lavrov, killed by its own version."], status="canceled"),
        story(2, "Wire", ["Held."], status="withheld"),
        story(3, "Wire", ["Under embargo."], embargo_until=datetime.now(UTC) + timedelta(days=1)),
        story(4, "Wire", ["Killed by another item."], guid="urn:4"),
        story(5, "Wire", ["Kill."], status="canceled", related=(Related("kills", "urn:4"),)),
    ]
    write(tmp_path, stories)
    text = report(tmp_path)
    assert "\nLatest stories\nNo entries yet." in text
    assert "\nTop topics\nNone." in text
    assert "\nTop entities\nNone." in text
    assert "Story 3" not in text


def test_corrections_and_kills(tmp_path):
    stories = [
        story(1, "Wire", ["Wrong."], guid="urn:1", signals=("correction",), age=timedelta(hours=2)),
        story(2, "Wire", ["Kill."], status="canceled", signals=("kill",), related=(Related("kills", "urn:1"),)),
        story(3, "Post", ["Two, not ten."], signals=("update", "correction"), age=timedelta(hours=1)),
        story(4, "Post", ["Held."], status="withheld", title="", slugline="BC-US--Ferry", age=timedelta(hours=3)),
        story(5, "Post", ["As it was."], signals=("update",)),
        story(6, "Post", ["Wrong."], signals=("correction",)),
        story(6, "Post", ["Killed."], version=2, status="canceled", age=timedelta(days=1)),
        story(7, "Post", ["Later."], signals=("correction",), embargo_until=datetime.now(UTC) + timedelta(days=1)),
    ]
    write(tmp_path, stories)
    assert section(report(tmp_path), "Corrections and kills") == [
        ["Story 2", "Wire", "canceled", "kill", "2026-03-14 11:58"],
        ["Story 3", "Post", "usable", "update, correction", "2026-03-14 10:57"],
        ["Story 1", "Wire", "canceled", "correction", "2026-03-14 09:59"],
        ["BC-US--Ferry", "Post", "withheld", "2026-03-14 08:56"],
        ["Story 6", "Post", "canceled", "2026-03-13 11:54"],
    ]
    assert len(section(report(tmp_path, limit=2), "Corrections and kills")) == 2


def test_without_corrections_and_kills_there_is_no_such_list(output):
    assert "Corrections" not in report(output)


def test_tables_that_are_missing_are_empty(tmp_path):
    write(tmp_path, polls=[Poll("https://a.example/", "u", "A", NOW, "not_modified", 304)])
    text = report(tmp_path)
    assert section(text, "Rows")[0][:3] == ["paragraphs", "0", "0"]
    assert section(text, "Sources") == [["A", "0", "0", "never", "just now", "not_modified"]]
    assert "No entries yet." in text
    assert "\nDead letters\nNone." in text
    assert section(text, QUIET) == [["https://a.example/", "never", "just now", "not_modified"]]


def test_fits_80_columns(output):
    assert max(len(line) for line in report(output).splitlines()) <= 80


@pytest.mark.parametrize(
    ("prepare", "message"),
    [
        (lambda folder: folder.rmdir(), "no such folder"),
        (lambda folder: None, "newsbeam has written nothing there yet"),
        (
            lambda folder: (folder / "entries/date=2026-03-14").mkdir(parents=True),
            "newsbeam has written nothing there yet",
        ),
    ],
)
def test_nothing_to_show(tmp_path, prepare, message):
    folder = tmp_path / "out"
    folder.mkdir()
    prepare(folder)
    with pytest.raises(InspectError, match=f"out: {message}$"):
        report(folder)


def test_a_file_that_is_not_parquet(tmp_path):
    folder = tmp_path / "entries/date=2026-03-14"
    folder.mkdir(parents=True)
    (folder / "x.parquet").write_bytes(b"not parquet, but long enough to look at")
    with pytest.raises(InspectError, match=r"can't be read: .*x\.parquet"):
        report(tmp_path)


@pytest.mark.parametrize(("url", "why"), [("ftp://host/out", "unknown scheme"), ("s3:///out", "has no bucket")])
def test_object_stores_that_can_not_be_read(url, why):
    with pytest.raises(InspectError, match=why):
        inspect_output(url, Console(file=io.StringIO()))
