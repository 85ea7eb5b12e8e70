from io import StringIO

import pytest
from rich.console import Console

from benchmarks.lib.figures import Figure, is_timing, print_figures, scaled


@pytest.mark.parametrize(
    ("value", "target", "met"), [(0.99, ">= 0.99", True), (1.4, "<= 1.35", False), (3.0, "> 2", True), (3.0, "", None)]
)
def test_figure_met(value, target, met):
    assert Figure("x", value, target).met is met


@pytest.mark.parametrize("target", ["0.99", ">=0.99", "about 3", ">= much"])
def test_figure_refuses_a_target_that_it_cannot_read(target):
    with pytest.raises(ValueError, match=r"target|convert"):
        Figure("x", 1.0, target)


@pytest.mark.parametrize(("scale", "size"), [(1.0, 365), (0.5, 182), (0.01, 7)])
def test_sizes_are_never_less_than_what_makes_sense(scale, size):
    assert scaled(365, scale, 7) == size


@pytest.mark.parametrize(
    ("unit", "is_one"),
    [("s", True), ("us", True), ("tokens/s", True), ("x", True), ("share", False), ("", False), ("B", False)],
)
def test_what_a_busy_machine_changes(unit, is_one):
    assert is_timing(unit) is is_one


def test_print_figures():
    console = Console(width=100, file=StringIO())

    print_figures([Figure("a.b", 0.98765, ">= 0.99", "share", "9 of 10"), Figure("c", 12_000.0, unit="s")], console)

    text = console.file.getvalue()
    assert "0.9877 " in text
    assert "no" in text
    assert "12,000 s" in text
