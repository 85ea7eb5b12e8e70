"""Exit statuses, the JSON of a run, logs as JSON, the first config, small files, and the examples for schedulers."""

import configparser
import importlib
import importlib.util
import io
import json
import logging
import re
import shlex
import shutil
import subprocess
from datetime import date, datetime, timedelta
from pathlib import Path

import click
import pytest
import yaml

from newsbeam.pipeline import cli
from newsbeam.pipeline.batch.summary import Summary
from newsbeam.pipeline.cli import main
from newsbeam.pipeline.json_lines import JsonHandler, JsonLines, JsonProgress
from newsbeam.pipeline.reports import small_files
from newsbeam.pipeline.reports.run_report import OUTCOMES
from newsbeam.pipeline.reports.small_files import MANY_FILES, compaction_hint
from newsbeam.transforms.write.lock import OutputLockedError
from newsbeam.transforms.write.run_record import FailedSource
from newsbeam.transforms.write.store import Store

ROOT = Path(__file__).parents[2]
OPERATING = (ROOT / "docs/operating.md").read_text()
FAILED = (FailedSource("Post", "https://a.example/rss", "HTTP 404"),)


@pytest.fixture(autouse=True)
def clean_logging():
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    logging.captureWarnings(False)
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Return a function that calls `newsbeam run` with a given outcome: its status, stdout and lines of stderr."""
    config = tmp_path / "c.yaml"
    config.write_text("output: out\nfeeds: [{path: a.xml}]\nentities: {models: {}}\n")
    (tmp_path / "a.xml").touch()
    monkeypatch.chdir(tmp_path)

    def run(outcome, *options):
        def fake(config, beam_args, progress, *, now, strict):
            progress.note("warning: a note")
            if isinstance(outcome, BaseException):
                raise outcome
            return outcome

        monkeypatch.setattr(importlib.import_module("newsbeam.pipeline.batch.run"), "run", fake)
        status = main(["run", str(config), *options])
        out, err = capsys.readouterr()
        return status, out, err.splitlines()

    return run


# Exit status


@pytest.mark.parametrize(
    ("outcome", "options", "status"),
    [
        (Summary("out", sources=1), (), 0),
        (Summary("out", sources=2, failed=FAILED, dead_letters={"ParseError": 1}), (), 0),
        (ValueError("boom"), (), 1),
        (click.UsageError("no such runner"), (), 2),
        (Summary("out", sources=1, failed=FAILED, nothing_received=True), ("--strict",), 3),
        (OutputLockedError("another run is writing"), (), 4),
        (Summary("out", sources=2, failed=FAILED), ("--strict",), 5),
        (Summary("out", sources=2, dead_letters={"ParseError": 1}), ("--strict",), 5),
        (Summary("out", sources=2, repaired=3), ("--strict",), 0),
        (KeyboardInterrupt(), (), 130),
    ],
)
def test_each_outcome_has_its_status_and_is_in_the_report(run, tmp_path, outcome, options, status):
    report = tmp_path / "report.json"
    assert run(outcome, *options, "--summary", str(report))[0] == status
    written = json.loads(report.read_text())
    assert (written["exit_status"], written["outcome"]) == (status, OUTCOMES[status])
    assert not list(tmp_path.glob("*.tmp*"))


def test_the_table_of_the_documentation_has_these_statuses():
    section = (ROOT / "docs/commands.md").read_text().partition("## Exit status")[2]
    rows = re.findall(r"^\| (\d+) \| ([a-z ]+) \|", section, re.MULTILINE)
    assert {int(status): outcome for status, outcome in rows} == OUTCOMES


# The report


def test_the_report_is_the_only_thing_on_stdout_and_names_all_sources_that_failed(run):
    failed = tuple(FailedSource(f"S{number}", f"https://a.example/{number}", "HTTP 404") for number in range(9))
    status, out, err = run(Summary("out", sources=9, failed=failed, entries_new=2), "--summary", "-")
    report = json.loads(out)
    assert (status, report["entries_new"], report["error"]) == (0, 2, None)
    assert report["failed"][8] == {"source": "S8", "feed_url": "https://a.example/8", "error": "HTTP 404"}
    assert datetime.fromisoformat(report["begun"]) <= datetime.fromisoformat(report["ended"])
    assert err == ["warning: a note"]


def test_every_key_of_the_report_is_documented(run):
    section = (ROOT / "docs/commands.md").read_text().partition("`--summary` names all of them")[2].partition("## ")[0]
    documented = {name for row in section.splitlines() if row.startswith("| `") for name in re.findall(r"`(\w+)`", row)}
    assert set(json.loads(run(Summary("out"), "--summary", "-")[1])) <= documented


def test_a_report_that_can_not_be_written_is_an_error(run):
    status, _, err = run(Summary("out"), "--summary", "no/folder.json")
    assert (status, err[-1]) == (1, "Error: the summary was not written: no/folder.json: No such file or directory")


# Logs


def test_every_line_of_a_run_is_json(run):
    status, out, lines = run(Summary("out", sources=2, failed=FAILED), "--log-format", "json", "--strict")
    logged = [json.loads(line) for line in lines]
    assert (status, out) == (5, "")
    assert [(each["level"], each["message"].partition(":")[0]) for each in logged] == [
        ("warning", "a note"),
        ("info", "done"),
        ("error", "sources failed, or something is a dead letter (--strict)"),
    ]
    assert "Post (https://a.example/rss)" in logged[2]["message"]


def test_a_quiet_run_still_says_why_it_failed(run):
    summary = Summary("out", sources=1, failed=FAILED, nothing_received=True)
    (line,) = run(summary, "--log-format=json", "--quiet")[2]
    assert json.loads(line)["message"].startswith("no source could be read:\nPost (")
    assert run(summary, "--quiet")[2] == ["error: no source could be read:", "Post (https://a.example/rss): HTTP 404"]


def test_the_traceback_of_a_crash_is_json_as_well(run):
    first, *_, last = map(json.loads, run(ValueError("boom"), "--log-format=json", "--quiet", "--verbose")[2])
    assert "ValueError: boom" in first["traceback"]
    assert (last["message"], last["exit_status"]) == ("the run failed: ValueError: boom", 1)


@pytest.mark.parametrize("option", [["--log-format=json"], ["--log-format", "json"]])
def test_errors_that_come_before_the_log_is_set_up_are_json_as_well(capsys, option):
    assert main(["run", "nowhere.yaml", *option]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert json.loads(line).items() >= {"level": "error", "exit_status": 2}.items()


def test_records_and_tracebacks():
    stream = io.StringIO()
    handler = JsonHandler(JsonLines(stream), verbose=False)
    logger = logging.Logger("newsbeam.x")
    logger.addHandler(handler)
    try:
        raise ValueError("b\u00f6se")
    except ValueError:
        logger.exception("%s failed\nat a line", "it")
    JsonProgress(JsonLines(stream)).note("odd: no level")
    first, second = map(json.loads, stream.getvalue().splitlines())
    assert (first["level"], first["logger"], first["message"]) == ("error", "newsbeam.x", "it failed\nat a line")
    assert "ValueError: b\u00f6se" in first["traceback"]
    assert (second["level"], second["message"]) == ("info", "odd: no level")


# The first config


def test_init_writes_a_config_that_check_accepts_and_replaces_none(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["init"]) == 0
    assert main(["check", "newsbeam.yaml"]) == 0
    assert main(["init"]) == 2
    assert "newsbeam.yaml: File exists" in capsys.readouterr().err


def test_what_is_commented_out_is_accepted_as_well(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["init", "-"]) == 0
    text = re.sub(r"^(\s*)# (?=- |\w+:(?: \{|$)|  )", r"\1", capsys.readouterr().out, flags=re.MULTILINE)
    Path("all.yaml").write_text(text.replace("  newsbeam ", "# newsbeam "))
    assert set(yaml.safe_load(Path("all.yaml").read_text())) >= {
        "output",
        "feeds",
        "wires",
        "entities",
        "dedup",
        "fetch",
    }
    Path("feeds.opml").write_text("<opml version='2.0'><body/></opml>")
    Path("drops/agency").mkdir(parents=True)
    assert (main(["check", "all.yaml"]), capsys.readouterr().err) == (0, "")


# Small files


def test_compaction_is_advised_when_it_would_save_many_files(tmp_path, monkeypatch):
    monkeypatch.setattr(small_files, "MANY_FILES", 4)
    today, store = date(2026, 11, 30), Store(str(tmp_path))

    def add(day: date, *names: str) -> None:
        folder = tmp_path / f"entries/date={day}"
        folder.mkdir(parents=True, exist_ok=True)
        for name in names:
            (folder / f"{name}.parquet").touch()

    add(today, *"abcdefgh")  # not compacted yet
    add(today - timedelta(days=1), "a", "b", "c")
    add(today - timedelta(days=2), "a", "compacted-b", "compacted-c")  # one more changes little
    assert compaction_hint(store, today) == ""
    add(today - timedelta(days=1), "d", "e")
    hint = compaction_hint(store, today)
    assert hint.startswith("warning: 6 small files of past days make a run ")
    assert hint.endswith(f"`newsbeam compact {tmp_path}` merges them")


def test_a_run_says_so(run, tmp_path):
    folder = tmp_path / "out/entries/date=2026-11-01"
    folder.mkdir(parents=True)
    for number in range(MANY_FILES + 1):
        (folder / f"{number}.parquet").touch()
    assert f"{MANY_FILES + 1:,} small files" in " ".join(run(Summary("out"))[2])
    assert run(Summary("out"), "--quiet")[2] == []


# Examples


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", OPERATING, re.DOTALL | re.MULTILINE)


def assert_command(words: list[str]) -> None:
    """Parse a command of newsbeam with its own options."""
    assert Path(words[0]).name == "newsbeam"
    command = cli.newsbeam.commands[words[1]]
    group = click.Context(cli.newsbeam, **cli.newsbeam.context_settings)
    context = command.make_context(words[1], words[2:], group)
    assert not context.params.get("beam_options")


def test_cron():
    fields = r"(?:[\d*/,-]+ ){5}"
    lines = [line for block in blocks("cron") for line in block.splitlines() if not re.match(r"\w+=", line)]
    assert len(lines) == 4
    for line in lines:
        time = re.match(fields, line)
        assert time, line
        assert_command(shlex.split(line[time.end() :].partition(" > ")[0]))


def test_systemd(tmp_path):
    units = {re.match(r"# (\S+)", block)[1]: block for block in blocks("systemd")}
    assert [Path(name).suffix for name in units] == [".service", ".timer", ".service", ".service"]
    for name, block in units.items():
        parsed = configparser.ConfigParser(strict=True, interpolation=None)
        parsed.optionxform = str
        parsed.read_string(block)
        if name.endswith(".service"):
            assert_command(shlex.split(parsed["Service"]["ExecStart"]))
        verify = shutil.which("systemd-analyze")
        if verify:
            path = tmp_path / Path(name).name
            unit = re.sub(r"^(?:User|WorkingDirectory)=.*\n", "", block, flags=re.MULTILINE)  # not of this machine
            path.write_text(re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", unit, flags=re.MULTILINE))
            subprocess.run([verify, "verify", str(path)], check=True)


@pytest.mark.parametrize("package", ["airflow", "dagster"])
def test_python(package):
    (block,) = [each for each in blocks("python") if re.search(rf"^(?:import|from) {package}", each, re.MULTILINE)]
    code = compile(block, package, "exec")
    commands = re.findall(r'bash_command="([^"]+)"', block)
    listed = re.findall(r"command = (\[.+\])", block)
    for words in (*map(shlex.split, commands), *map(json.loads, listed)):
        assert_command(words)
    assert commands or listed
    if importlib.util.find_spec(package):
        exec(code, {"__name__": "example"})
