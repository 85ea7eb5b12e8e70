"""What can't be read is one clear line and exit status 2, and nothing is written: every command on every bad output."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from newsbeam.pipeline.cli import main
from tests.support.news import FERRY, Output, item

COMMANDS = {
    "inspect": ["inspect", "{output}"],
    "inspect --freshness": ["inspect", "{output}", "--freshness"],
    "alert": ["alert", "{target}/../config.yaml", "--output", "{output}"],
    "views": ["views", "{output}"],
    "views --dialect": ["views", "{output}", "--dialect", "polars"],
    "views --materialize": ["views", "{output}", "--materialize", "{target}/views"],
    "sql": ["sql", "{output}", "FROM entries_now"],
    "sql --parquet": ["sql", "{output}", "FROM entries_now", "--parquet", "{target}/rows.parquet"],
    "show": ["show", "{output}", "a"],
    "show -o": ["show", "{output}", "a", "-o", "{target}/a.html"],
    "export": ["export", "{output}", "entries_now", "-o", "{target}/rows.csv"],
    "export --feed": ["export", "{output}", "entries_now", "-o", "{target}/feed.rss", "--feed", "rss"],
    "report": ["report", "{output}", "-o", "{target}/report.html"],
    "search": ["search", "{output}", "ferry"],
    "plot": ["plot", "{output}", "hours", "--since", "2024-01-01", "-o", "{target}/plot.svg"],
    "compact": ["compact", "{output}"],
    "enrich": ["enrich", "{output}"],
    "reprocess": ["reprocess", "{output}"],
}


ALERTS = """
output: elsewhere
feeds: [{url: "https://a.example/rss"}]
alerts: [{name: a, about: [kill, silence, dead_letter], names: [Bern], command: {run: ["true"]}}]
"""


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("good") / "out"
    Output(folder).run(item("a", 8, [FERRY, "Second."]))
    return folder


def nothing(good: Path, output: Path) -> None:
    """Leave out the folder."""


def empty(good: Path, output: Path) -> None:
    output.mkdir()


def file(good: Path, output: Path) -> None:
    output.write_text("not a folder")


def others(good: Path, output: Path) -> None:
    (output / "entries").mkdir(parents=True)
    (output / "entries" / "readme.txt").write_text("not Parquet")
    (output / "letters.parquet").write_bytes(b"PAR1")


def half_written(good: Path, output: Path) -> None:
    """Only what a run that died has staged."""
    shutil.copytree(good / "entries", output / "_staging" / "entries")


def cut_off(good: Path, output: Path) -> None:
    shutil.copytree(good, output)
    for path in output.rglob("*.parquet"):
        path.write_bytes(path.read_bytes()[:-100])


BAD = (nothing, empty, file, others, half_written, cut_off)


def state(folder: Path) -> dict[str, bytes | None]:
    every = [folder, *folder.rglob("*")] if folder.exists() else []
    return {str(path): path.read_bytes() if path.is_file() else None for path in every}


def call(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = main(list(arguments))
    return status, *capsys.readouterr()


def read_no_rows(command: str, bad: Callable[[Path, Path], None]) -> bool:
    """Return whether the output is none of the command's business, or it names the file that it skips."""
    if command == "alert" and bad is file:  # the line says that the option can't be used
        return True
    return bad is cut_off and command in ("views", "views --dialect", "compact", "enrich")


CASES = [(command, bad) for command in COMMANDS for bad in BAD if not read_no_rows(command, bad)]


@pytest.mark.parametrize(("command", "bad"), CASES, ids=lambda case: getattr(case, "__name__", case))
def test_a_bad_output(good, tmp_path, capsys, monkeypatch, command, bad):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    output, target = tmp_path / "out", tmp_path / "target"
    target.mkdir()
    (tmp_path / "config.yaml").write_text(ALERTS)
    bad(good, output)
    before = state(output)
    arguments = [each.format(output=output, target=target) for each in COMMANDS[command]]
    status, out, err = call(capsys, *arguments)
    assert (status, out) == (2, "")
    assert len(err.splitlines()) == 1
    assert err.startswith(str(output))
    assert state(output) == before
    assert not list(target.iterdir())


def older(good: Path, output: Path) -> None:
    """Of a version that had fewer columns, and fields in them."""
    shutil.copytree(good, output)
    for path in output.rglob("*.parquet"):
        table = pq.read_table(path, partitioning=None)
        newer = ["story_id", "media", "agency", "origin_paragraph", "quotes", "furniture", "places", "agency_share"]
        pq.write_table(table.drop_columns([name for name in newer if name in table.column_names]), path)


@pytest.mark.parametrize("command", [name for name in COMMANDS if name not in ("enrich", "reprocess")])
def test_an_output_of_an_older_schema(good, tmp_path, capsys, command):
    output, target = tmp_path / "out", tmp_path / "target"
    target.mkdir()
    (tmp_path / "config.yaml").write_text(ALERTS)
    older(good, output)
    rows = state(output)
    arguments = [each.format(output=output, target=target) for each in COMMANDS[command]]
    status, _, err = call(capsys, *arguments)
    assert status == 0, err
    assert state(output).items() >= rows.items()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["sql", "{output}", "FROM entrys_now"], "entries_now"),
        (["sql", "{output}", "SELECT titel FROM entries_now"], "title"),
        (["sql", "{output}", "SELEC 1"], "syntax error"),
        (["sql", "{output}", "DROP VIEW entries_now"], "only queries"),
        (["sql", "{output}", "SELECT 1; SELECT 2"], "only one query"),
        (["sql", "{output}", ""], "only one query"),
        (["sql", "{output}", "FROM read_csv('/etc/passwd')"], "file system operations are disabled"),
        (["sql", "{output}", "SELECT error('no')", "--parquet", "{target}/x.parquet"], "no"),
        (["export", "{output}", "entrys_now", "-o", "{target}/x.csv"], "entries_now"),
        (["export", "{output}", "SELECT titel FROM entries_now", "-o", "{target}/x.csv", "--feed", "rss"], "title"),
        (["export", "{output}", "entries_now", "-o", "{target}/none/x.csv"], "No such file"),
        (["export", "{output}", "entries_now", "-o", "{output}/x.csv"], "reports never change"),
        (["report", "{output}", "-o", "{output}/x.html"], "reports never change"),
        (["report", "{output}", "--since", "soon", "-o", "{target}/x.html"], "soon"),
        (["plot", "{output}", "hours", "--since", "2024-01-01", "-o", "{output}/x.svg"], "reports never change"),
        (["plot", "{output}", "nope", "-o", "{target}/x.svg"], "no such plot"),
        (["plot", "{output}", "topics", "-o", "{target}/x.gif"], ".svg, .png or .html"),
        (["show", "{output}", "nope"], "nope"),
        (["show", "{output}", "nope", "-o", "{target}/x.html"], "nope"),
        (["search", "{output}", "-ferry"], "no word to search for"),
        (["search", "{output}", '"ferry'], "quotation mark"),
        (["search", "{output}", "ferry", "--since", "soon"], "soon"),
        (["views", "{output}", "--materialize", "{output}/views"], "reports never change"),
    ],
)
def test_a_mistake(good, tmp_path, capsys, arguments, message):
    before = state(good)
    status, out, err = call(capsys, *(each.format(output=good, target=tmp_path) for each in arguments))
    assert (status, out) == (2, "")
    assert len(err.splitlines()) == 1
    assert message in err
    assert state(good) == before
    assert not list(tmp_path.iterdir())
