import pytest
from rich.console import Console
from rich.text import Text

from newsbeam.pipeline.batch.summary import Summary, print_summary
from newsbeam.pipeline.progress import BarProgress, LineProgress
from newsbeam.pipeline.terminal import Column, print_table, printable, shown

HOSTILE = "a\x1b[31mb\x1b]0;title\x07c\x9b2Jd\u202ee\u2066f\u200fg\rh\x00i\u2028j\ud800k"
"""Colours, a title, a cleared screen, marks that turn the writing round, a carriage return, a lone surrogate."""

COLUMNS = [Column("name"), Column("rows", number=True), Column("what it said")]
ROWS = [[Text("Harbour Post"), Text("1,234"), Text("can't read it, since the server said nothing at all")]]


def test_nothing_that_a_terminal_obeys_is_printed():
    assert printable(HOSTILE) == "a [31mb ]0;title c 2Jd e f g h i j k"
    assert printable("two\nlines [bold] é 漢 👍") == "two\nlines [bold] é 漢 👍"
    assert shown(None).plain == ""


@pytest.mark.parametrize("make", [LineProgress, BarProgress])
def test_notes_and_summaries_are_clean(make, capsys):
    console = Console(force_terminal=False, width=200)
    make(console).note(f"warning: {HOSTILE}")
    print_summary(Summary(HOSTILE), console)
    out = capsys.readouterr().out
    assert out.count("a [31mb ]0;title c 2Jd e f g h i j k") == 2


def printed(width: int, capsys) -> list[str]:
    print_table(Console(width=width), COLUMNS, ROWS)
    return [line.rstrip() for line in capsys.readouterr().out.splitlines()]


def test_a_table_that_fits(capsys):
    assert printed(100, capsys)[0].split("  ")[0] == "name"
    assert printed(60, capsys)[2].startswith("Harbour Post   1,234   can't read it")


def test_a_table_that_does_not_fit_is_a_list(capsys):
    assert printed(30, capsys) == [
        "Harbour Post",
        "  rows 1,234, what it said",
        "  can't read it, since the",
        "  server said nothing at all",
    ]
