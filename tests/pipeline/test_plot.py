"""`newsbeam plot`: each plot in each format, also of hostile news."""

import re
from xml.etree import ElementTree

import pytest

from newsbeam.pipeline.cli import main
from newsbeam.pipeline.reports.plot_queries import PLOTS
from tests.support.hostile_news import hostile_output
from tests.support.news_day import write_day
from tests.support.written import NOW

UNTIL = ["--until", NOW.isoformat()]


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    return hostile_output(tmp_path_factory.mktemp("hostile") / "out")


@pytest.fixture(scope="module")
def output(tmp_path_factory):
    return write_day(tmp_path_factory.mktemp("day") / "out")


@pytest.mark.parametrize("name", sorted(PLOTS))
def test_each_plot_of_hostile_news_is_a_page(hostile, name, tmp_path):
    file = tmp_path / "plot.html"
    assert main(["plot", str(hostile), name, "-o", str(file), *UNTIL]) == 0
    html = file.read_text(encoding="utf-8")
    assert not re.search(r"<script|<img|<iframe|<meta http-equiv=.?refresh|<b>", html)
    assert "var(--series-" in html
    ElementTree.fromstring(html[html.index("<svg") : html.index("</svg>") + 6])


def test_an_svg_and_a_png(output, tmp_path):
    for ending, begin in (("svg", b"<?xml"), ("png", b"\x89PNG")):
        file = tmp_path / f"plot.{ending}"
        assert main(["plot", str(output), "lag", "-o", str(file), *UNTIL]) == 0
        assert file.read_bytes().startswith(begin)
    assert "Wire → Post" in (tmp_path / "plot.svg").read_text(encoding="utf-8")


def test_the_same_rows_give_the_same_file(output, tmp_path):
    files = [tmp_path / "first.svg", tmp_path / "second.svg"]
    for file in files:
        assert main(["plot", str(output), "names", "-o", str(file), *UNTIL]) in (0, 2)
        assert main(["plot", str(output), "hours", "-o", str(file), *UNTIL]) == 0
    assert files[0].read_bytes() == files[1].read_bytes()


def test_the_list(capsys):
    assert main(["plot", "--list"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == list(PLOTS)


@pytest.mark.parametrize(
    "arguments",
    [
        ["OUTPUT", "lagg", "-o", "x.svg"],
        ["OUTPUT", "lag", "-o", "x.gif"],
        ["OUTPUT", "lag"],
        ["OUTPUT"],
        ["OUTPUT", "lag", "-o", "x.svg", "--since", "2020-01-01", "--until", "2020-01-02"],
        ["no-such-folder", "lag", "-o", "x.svg"],
        ["OUTPUT", "lag", "-o", "no/such/x.svg", *UNTIL],
    ],
)
def test_what_cannot_be_plotted_is_one_line(output, arguments, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["plot", *(str(output) if each == "OUTPUT" else each for each in arguments)]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert not list(tmp_path.iterdir())
