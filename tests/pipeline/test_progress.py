import io
import json
import logging
import threading
import warnings

import pytest
from rich.console import Console

from newsbeam.pipeline.batch.summary import Summary, print_summary, set_up_logging
from newsbeam.pipeline.json_lines import JsonLines, JsonProgress
from newsbeam.pipeline.progress import BarProgress, LineProgress, duration, make_progress
from newsbeam.transforms.common.progress import Progress, followed


class Clock:
    def __init__(self):
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def shown_after():
    """As it is."""


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


def test_lines_come_after_two_seconds_and_then_every_ten(console):
    clock = Clock()
    with LineProgress(console, clock) as progress:
        progress.phase("Reading", 400, "sources")
        for _ in range(128):
            clock.now += 0.125
            progress.advance(1)
        clock.now = 1022
        progress.phase("Writing", 1000, "entries")
        progress.part(2, 5)
        for _ in range(5):
            clock.now += 2
            progress.advance(50.1, paragraphs=682)
        progress.advance(paragraphs=1)
    assert printed(console) == [
        "Reading, 16 of 400 sources (8/s), about 50 s left",
        "Reading, 96 of 400 sources (8/s), about 40 s left",
        "Writing, 0 of 1,000 entries",
        "Writing, slice 2 of 5, 250 of 1,000 entries (25/s), 3,410 paragraphs, about 30 s left",
    ]


def test_what_ends_within_two_seconds_shows_nothing(console):
    clock = Clock()
    terminal = Console(file=io.StringIO(), width=100, force_terminal=True)
    for progress in (LineProgress(console, clock), BarProgress(terminal, clock)):
        with progress:
            progress.phase("Reading", 4, "sources")
            for _ in range(4):
                clock.now += 0.499
                progress.advance(1)
            progress.tick()
    assert (printed(console), printed(terminal)) == ([], [])


def test_work_that_tells_nothing_is_shown_with_its_time(console):
    clock = Clock()
    progress = LineProgress(console, clock)
    progress.phase("Running the job")
    for _ in range(40):
        clock.now += 0.5
        progress.tick()
    assert printed(console) == ["Running the job, 2 s", "Running the job, 12 s"]


def test_estimates_follow_the_speed_of_the_last_half_minute(console):
    clock = Clock()
    progress = LineProgress(console, clock)
    progress.phase("Reading", 1000, "files")
    for _ in range(100):  # starting up
        clock.now += 1
        progress.tick()
    assert "left" not in console.file.getvalue()
    for _ in range(50):
        clock.now += 1
        progress.advance(10)
    assert printed(console)[-1] == "Reading, 420 of 1,000 files (10/s), about 1 min left"
    for _ in range(40):
        clock.now += 1
        progress.advance(1)
    assert printed(console)[-1] == "Reading, 532 of 1,000 files (1/s), about 8 min left"


def test_one_step_is_no_estimate(console):
    clock = Clock()
    progress = LineProgress(console, clock)
    progress.phase("Writing", 437, "entries")
    progress.advance(1)
    for _ in range(30):
        clock.now += 1
        progress.tick()
    assert printed(console) == ["Writing, 1 of 437 entries"] * 3


def test_a_count_without_a_total_has_no_estimate(console):
    clock = Clock()
    progress = LineProgress(console, clock)
    progress.phase("Writing mentions", None, "rows")
    clock.now += 4
    progress.advance(80_000)
    assert printed(console) == ["Writing mentions, 80,000 rows (20,000/s)"]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.2, "5 s"), (12, "10 s"), (52, "50 s"), (58, "1 min"), (1500, "25 min"), (3400, "0.9 h"), (36000, "10 h")],
)
def test_durations_are_as_precise_as_estimates(seconds, text):
    assert duration(seconds) == text


def test_notes_are_printed_as_they_are(console):
    note = "warning: [red]feeds[0][/red]: " + "a long line " * 20
    LineProgress(console).note(note)
    assert printed(console) == [note]


def test_quiet_prints_nothing(console):
    with make_progress(console, quiet=True) as progress:
        progress.phase("Reading", 3, "sources")
        progress.part(1, 2)
        progress.advance(3, paragraphs=2)
        progress.note("warning: something")
        with progress.aside():
            pass
    assert type(progress) is Progress
    assert printed(console) == []


def test_a_terminal_gets_a_bar():
    clock = Clock()
    console = Console(file=io.StringIO(), width=100, force_terminal=True)
    assert isinstance(make_progress(console), BarProgress)
    with BarProgress(console, clock) as progress:
        progress.phase("Reading [b]x[/b]\x1b]0;", 4, "sources")
        clock.now += 3
        for _ in range(5):
            clock.now += 1
            progress.advance(0.2, paragraphs=7)
        progress.note("warning: [b]one[/b]")
        progress.phase("Writing", 9, "entries")
        progress.part(1, 2)
        progress.advance(paragraphs=5)
    shown = console.file.getvalue()
    assert "warning: [b]one[/b]" in shown
    assert "Reading [b]x[/b] ]0;" in shown
    assert "paragraphs" in shown
    assert "\x1b]0;" not in shown
    assert "Writing, slice 1 of 2" in shown
    assert shown.endswith("\x1b[2K")  # the bar is gone


def test_lines_on_stdout_have_the_terminal_for_themselves():
    clock = Clock()
    console = Console(file=io.StringIO(), width=100, force_terminal=True)
    with BarProgress(console, clock) as progress:
        progress.phase("Merging", 4, "rows")
        clock.now += 3
        progress.advance(1)
        with progress.aside():
            before = console.file.getvalue()
            progress.advance(1)
            assert console.file.getvalue() == before
        progress.advance(1)
        assert console.file.getvalue() != before


def test_no_terminal_gets_lines(console):
    assert isinstance(make_progress(console), LineProgress)


def test_lines_of_json_have_the_values():
    clock, stream = Clock(), io.StringIO()
    progress = JsonProgress(JsonLines(stream), clock)
    progress.phase("Writing", 1000, "entries")
    progress.part(2, 5)
    for _ in range(6):
        clock.now += 0.5
        progress.advance(25.1, paragraphs=75)
    clock.now += 9
    progress.advance()
    _, line = map(json.loads, stream.getvalue().splitlines())
    assert line["message"] == "Writing, slice 2 of 5, 150 of 1,000 entries (13/s), 450 paragraphs, about 1 min left"
    assert line["progress"] == {
        "phase": "Writing, slice 2 of 5",
        "done": 150,
        "total": 1000,
        "unit": "entries",
        "paragraphs": 450,
        "seconds_left": 68,
    }


def test_threads_may_count(console):
    clock = Clock()
    progress = LineProgress(console, clock)
    progress.phase("Reading", 4000, "sources")

    def work():
        for _ in range(1000):
            progress.advance(1)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    clock.now += 10
    progress.advance()
    assert printed(console) == ["Reading, 4,000 of 4,000 sources (400/s)"]


def test_items_are_counted_a_thousand_at_a_time():
    told = []

    class Told(Progress):
        def advance(self, done=0, **others):
            told.append(done)

    assert list(followed(range(2500), Told())) == list(range(2500))
    assert told == [1000, 1000, 500]


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
