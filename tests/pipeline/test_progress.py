import io
import logging
import threading
import warnings

import pytest
from rich.console import Console

from newsbeam.pipeline.batch.progress import (
    BarProgress,
    LineProgress,
    Progress,
    Summary,
    make_progress,
    print_summary,
    set_up_logging,
)


class Clock:
    def __init__(self):
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def console():
    return Console(file=io.StringIO(), width=80)


@pytest.fixture
def clean_logging():
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    with warnings.catch_warnings():
        yield
    logging.captureWarnings(False)
    root.handlers[:] = handlers
    root.setLevel(level)


def printed(console: Console) -> list[str]:
    return console.file.getvalue().splitlines()


def test_lines_come_at_most_every_ten_seconds(console):
    clock = Clock()
    with LineProgress(console, clock) as progress:
        progress.phase("Reading", sources=400)
        for _ in range(100):
            clock.now += 0.125
            progress.advance(sources=1)
        clock.now = 1020
        progress.phase("Writing")
        progress.slice(2, 5)
        clock.now = 1030
        progress.advance(paragraphs=3410)
        progress.advance(paragraphs=1)
    assert printed(console) == [
        "Reading, 80 of 400 sources (8/s)",
        "Writing",
        "Writing, slice 2 of 5, 3,410 paragraphs (341/s)",
    ]


def test_notes_are_printed_as_they_are(console):
    note = "warning: [red]feeds[0][/red]: " + "a long line " * 20
    LineProgress(console).note(note)
    assert printed(console) == [note]


def test_quiet_prints_nothing(console):
    with make_progress(console, quiet=True) as progress:
        progress.phase("Reading", sources=3)
        progress.slice(1)
        progress.advance(sources=3, paragraphs=2)
        progress.note("warning: something")
    assert type(progress) is Progress
    assert printed(console) == []


def test_a_terminal_gets_a_bar():
    console = Console(file=io.StringIO(), width=100, force_terminal=True)
    with make_progress(console) as progress:
        assert isinstance(progress, BarProgress)
        progress.phase("Reading", sources=4)
        progress.advance(sources=1, paragraphs=7)
        progress.note("warning: [b]one[/b]")
        progress.phase("Writing")
        progress.slice(1, 2)
        progress.advance(paragraphs=5)
    shown = console.file.getvalue()
    assert "warning: [b]one[/b]" in shown
    assert "Writing, slice 1 of 2" in shown
    assert "5 paragraphs" in shown


def test_no_terminal_gets_lines(console):
    assert isinstance(make_progress(console), LineProgress)


def test_threads_may_count(console):
    clock = Clock()
    progress = LineProgress(console, clock)
    progress.phase("Reading", sources=4000)

    def work():
        for _ in range(1000):
            progress.advance(sources=1)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    clock.now += 10
    progress.advance()
    assert printed(console) == ["Reading, 4,000 of 4,000 sources (400/s)"]


def test_summary(console):
    summary = Summary(
        output="output/[x]",
        sources=12,
        sources_unchanged=3,
        sources_not_due=2,
        failed=["Harbour (https://a.example/rss): HTTP 404 Not Found"],
        entries_new=1_234,
        entries_updated=5,
        entries_unchanged=6,
        paragraphs_new=900,
        paragraphs_exact=80,
        paragraphs_near=15,
        paragraphs_contained=5,
        entities=4_321,
        without_model={"fr": 9, "de": 12, "": 1},
        dead_letters={"ParseError": 1, "FetchError": 2},
        repaired=4,
        seconds=61.25,
    )
    print_summary(summary, console)
    assert [line.rstrip() for line in printed(console)] == [
        "Sources       12: 3 unchanged, 1 failed, 2 not due",
        "Failed        Harbour (https://a.example/rss): HTTP 404 Not Found",
        "Entries       1,234 new, 5 updated, 6 unchanged",
        "Paragraphs    900 new, 80 exact, 15 near, 5 contained copies (10.0% of 1,000)",
        "Entities      4,321; no model for 22 paragraphs: de 12, fr 9, unknown language 1",
        "Dead letters  3: FetchError 2, ParseError 1; 4 payloads repaired",
        "Time          61.2 s",
        "Output        output/[x]",
    ]


def test_some_of_many_sources_that_failed_are_named(console):
    print_summary(Summary(output="o", sources=7, failed=[f"Feed {number}: why" for number in range(7)]), console)
    lines = [line.strip() for line in printed(console)]
    assert lines[1:7] == ["Failed        Feed 0: why", *(f"Feed {number}: why" for number in range(1, 5)), "and 2 more"]


def test_summary_of_a_run_without_news(console):
    print_summary(Summary(output="o", sources=1, sources_unchanged=1, seconds=0.04), console)
    assert [line.rstrip() for line in printed(console)] == [
        "Sources       1: 1 unchanged, 0 failed",
        "Entries       0 new, 0 updated, 0 unchanged",
        "Paragraphs    0 new, 0 exact, 0 near, 0 contained copies",
        "Entities      0",
        "Dead letters  none",
        "Time          0.0 s",
        "Output        o",
    ]


def test_libraries_are_silent_and_our_own_warnings_are_one_line(console, clean_logging):
    set_up_logging(console)
    logging.getLogger("apache_beam.runners").error("noise")
    logging.warning("noise of the root logger")
    logging.getLogger("newsbeam.pipeline.batch.run").info("too much")
    logging.getLogger("newsbeam.pipeline.batch.run").warning("two\nlines of %s", "[b]text[/b]")
    warnings.warn("noise", UserWarning, stacklevel=1)
    assert printed(console) == ["warning: two lines of [b]text[/b]"]


def test_verbose_shows_everything(console, clean_logging):
    set_up_logging(console, verbose=True)
    logging.getLogger("apache_beam.runners").info("started")
    logging.getLogger("newsbeam.x").warning("careful")
    warnings.warn("old", UserWarning, stacklevel=1)
    shown = printed(console)
    assert shown[:2] == ["info: apache_beam.runners: started", "warning: careful"]
    assert "UserWarning: old" in shown[2]
