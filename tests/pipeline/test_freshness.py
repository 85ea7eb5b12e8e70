"""How fresh sources are: what is expected of them, what they gave, and why there are no rows of yesterday."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from newsbeam.pipeline.cli import main
from newsbeam.pipeline.config.load import load_config
from newsbeam.pipeline.expectations import expectations
from newsbeam.pipeline.reports.freshness import freshness_of
from newsbeam.transforms.records import DeadLetter, Poll
from newsbeam.transforms.write.run_record import Expected
from newsbeam.transforms.write.runs import begin_run, end_run
from newsbeam.transforms.write.store import Store
from tests.support.outputs import json_feed
from tests.support.runs import a_run
from tests.support.written import NOW, story, write

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def poll(name: str, age: timedelta, status="ok", **fields) -> Poll:
    url = f"https://{name.lower()}.example/rss"
    return Poll(url, url, name, NOW - age, status, source_id=url, **fields)


def expect(name: str, every_s: int | None = None, entries: int | None = None, per_s: int | None = None) -> Expected:
    url = f"https://{name.lower()}.example/rss"
    return Expected(name, url, url, every_s, entries, per_s)


def write_run(output: Path, age: timedelta, *expected: Expected, inputs: str = "a") -> None:
    began = NOW - age
    config = json.dumps({"feeds": [{"url": inputs}]})
    known = {"config": config, "config_hash": f"{expected}{inputs}", "expected": expected}
    run = a_run(f"{began:%Y%m%dT%H%M%S}{inputs}00000", began, **known, outcome="done", ended_at=began)
    begin_run(Store(str(output)), run, locked=True)
    end_run(Store(str(output)), run)


def by_source(output: Path) -> dict[str, dict]:
    return {row["source"]: row for row in freshness_of(str(output), NOW).rows}


def test_what_is_expected_and_what_came(tmp_path: Path) -> None:
    hourly = [story(n, "Hourly", [f"Text {n}."], age=n * HOUR) for n in range(1, 30)]
    seldom = [story(100, "Seldom", ["A."], age=9 * HOUR), story(101, "Free", ["B."], age=9 * HOUR)]
    polls = [poll(name, 2 * DAY) for name in ("Hourly", "Seldom", "Free", "New")]
    polls += [poll(name, HOUR, "not_modified") for name in ("Hourly", "Seldom", "Free")]
    write(tmp_path, [*hourly, *seldom], polls)
    six_hours = 6 * 3600
    write_run(
        tmp_path, 8 * HOUR, expect("Hourly", six_hours, 24, 86_400), expect("Seldom", six_hours),
        expect("Missing", 3600), expect("New", None, 1, 3 * 86_400),
    )  # fmt: skip
    rows = by_source(tmp_path)
    assert {name: row["broken"] for name, row in rows.items()} == {
        "Hourly": True,  # 23 in the last day: the one of exactly 24 hours ago is outside
        "Seldom": True,
        "Missing": True,
        "New": False,  # it has been known for two days of three
        "Free": False,
    }
    assert (rows["Hourly"]["recent"], rows["Seldom"]["quiet_s"], rows["Missing"]["quiet_s"]) == (23, 9 * 3600, 8 * 3600)
    assert (rows["Missing"]["asked"], rows["Missing"]["no_rows_yesterday"]) == (None, "not asked")
    assert rows["Hourly"]["usual_s"] == 3600


def test_silence_by_its_own_rhythm_is_shown(tmp_path: Path) -> None:
    write(
        tmp_path, [story(n, "Hourly", [f"Text {n}."], age=(10 + n) * HOUR) for n in range(30)], [poll("Hourly", HOUR)]
    )
    assert by_source(tmp_path)["Hourly"]["silent"]
    assert not by_source(tmp_path)["Hourly"]["broken"]


def test_the_files_that_a_run_reads_are_one_arrival(tmp_path: Path) -> None:
    files = [story(n, "Wire", [f"Text {n}."], age=DAY + timedelta(milliseconds=n)) for n in range(20)]
    write(tmp_path, files, [poll("Wire", HOUR)])
    assert not by_source(tmp_path)["Wire"]["silent"]


def test_why_there_are_no_rows_of_yesterday(tmp_path: Path) -> None:
    yesterday = DAY - 2 * HOUR
    letters = [
        DeadLetter("parse", "ParseError", "cut off", "Broken", "https://broken.example/rss", NOW - yesterday, b"<")
    ]
    polls = [
        poll("Refused", yesterday, "error", error="HTTP 403 Forbidden"), poll("Same", yesterday, "not_modified"),
        poll("Broken", yesterday, "error", error="cut off"), poll("Fine", yesterday), poll("Forgotten", 3 * DAY),
        Poll("drop/a.xml", "drop/a.xml", "Wire", NOW - 3 * DAY, "ok", source_id="drop"),
    ]  # fmt: skip
    write(tmp_path, [story(1, "Fine", ["A."], age=yesterday)], polls, letters)
    write_run(tmp_path, yesterday)
    assert {name: (row["no_rows_yesterday"], row["error"]) for name, row in by_source(tmp_path).items()} == {
        "Refused": ("refused", "HTTP 403 Forbidden"),
        "Same": ("unchanged", None),
        "Broken": ("only dead letters", "cut off"),
        "Fine": (None, None),
        "Forgotten": ("not asked", None),
        "Wire": ("no new file", None),
    }


def test_the_latest_config_counts_and_another_config_of_the_output_too(tmp_path: Path) -> None:
    write(tmp_path, [], [poll("A", DAY), poll("B", DAY)])
    write_run(tmp_path, DAY, expect("A", 3600))
    write_run(tmp_path, DAY, expect("B", 3600), inputs="b")
    assert [name for name, row in by_source(tmp_path).items() if row["broken"]] == ["A", "B"]
    write_run(tmp_path, 2 * HOUR)  # A is no longer expected
    assert [name for name, row in by_source(tmp_path).items() if row["broken"]] == ["B"]


def test_sources_of_lists_and_patterns_are_expected_each(tmp_path: Path) -> None:
    for folder in ("feeds", "drop/a", "drop/b", "empty"):
        (tmp_path / folder).mkdir(parents=True)
    for name in ("feeds/1.xml", "feeds/2.xml", "drop/a/1.txt", "drop/b/1.txt", "drop/b/2.txt"):
        (tmp_path / name).write_text("x")
    (tmp_path / "list.opml").write_text(
        '<opml version="2.0"><body><outline title="One" xmlUrl="https://one.example/rss"/>'
        '<outline title="Two" xmlUrl="https://u:secret@two.example/rss"/></body></opml>'
    )
    (tmp_path / "c.yaml").write_text(
        "output: out\nfeeds:\n  - {opml: list.opml, expect: {every: 1h}}\n"
        "  - {path: 'feeds/*.xml', expect: {every: 2h}}\n  - {path: 'none/*.xml', expect: {every: 3h}}\n"
        "  - {url: 'https://one.example/rss', expect: {every: 9h}}\n  - {url: 'https://free.example/'}\n"
        "wires:\n  - {path: 'drop/*/*.txt', expect: {every: 4h}}\n  - {path: empty, expect: {every: 5h}}\n"
    )
    found = expectations(load_config(tmp_path / "c.yaml"))
    assert [(each.source, each.source_id, each.every_s) for each in found] == [
        ("One", "one.example/rss", 3600),  # the first in the config counts, as for its polls
        ("Two", "two.example/rss", 3600),
        ("1.xml", "feeds/1.xml", 7200),
        ("2.xml", "feeds/2.xml", 7200),
        ("none", "none/", 10_800),  # a folder that is not there
        ("a", "drop/a", 14_400),
        ("b", "drop/b", 14_400),
        ("empty", "empty", 18_000),
    ]
    assert "secret" not in str(found)


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A config whose run has a source that was silent for years."""
    folder = tmp_path_factory.mktemp("ran")
    (folder / "a.json").write_text(json_feed({"1": ("2026-11-01T00:00:00Z", "<p>A text of some words.</p>")}))
    (folder / "drop").mkdir()
    (folder / "config.yaml").write_text(
        f"output: {folder / 'out'}\nentities: {{models: {{}}}}\ntopics: {{max: 0}}\n"
        "feeds: [{path: a.json, source: A, expect: {entries: 5/1s}}]\n"
        "wires: [{path: drop, source: Drop, expect: {every: 1h}}]\n"
    )
    assert main(["run", str(folder / "config.yaml"), "-q", "--direct_num_workers=1"]) == 0
    return folder


def test_a_run_records_what_is_expected(ran: Path) -> None:
    rows = {row["source"]: row for row in freshness_of(str(ran / "out"), datetime.now(UTC) + HOUR / 2).rows}
    assert (rows["A"]["entries"], rows["A"]["per_s"], rows["A"]["broken"]) == (5, 1, True)
    assert (rows["Drop"]["every_s"], rows["Drop"]["asked"], rows["Drop"]["broken"]) == (3600, None, False)
    assert [row["broken"] for row in freshness_of(str(ran / "out"), datetime.now(UTC) + 2 * HOUR).rows] == [True, True]


def test_the_command_has_a_status_for_schedulers(ran: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = str(ran / "out")
    assert main(["inspect", output, "--freshness", "--json"]) in (0, 5)  # 5 from a second after the run on
    rows = json.loads(capsys.readouterr().out)
    assert {row["source"] for row in rows} == {"A", "Drop"}
    assert main(["inspect", output, "--freshness"]) in (0, 5)
    assert "asked " in capsys.readouterr().out


def test_what_can_not_be_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inspect", str(tmp_path), "--freshness"]) == 2
    assert "newsbeam has written nothing there yet" in capsys.readouterr().err
    assert main(["inspect", str(tmp_path), "--json"]) == 2


def test_an_output_without_expectations(tmp_path: Path) -> None:
    write(tmp_path, [story(1, "A", ["Text."])], [poll("A", HOUR)])
    found = freshness_of(str(tmp_path), NOW)
    assert not found.has_expectations
    assert not found.broken
