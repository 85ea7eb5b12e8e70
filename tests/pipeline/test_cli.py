import importlib
import logging
import os
import subprocess
import sys
import warnings
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

from newsbeam.pipeline.batch.summary import Summary
from newsbeam.pipeline.cli import main
from newsbeam.pipeline.reports.views import views_sql
from newsbeam.pipeline.streaming.stream import StreamOptions
from newsbeam.transforms.write.compaction.swap import compaction_lock
from newsbeam.transforms.write.store import Store

FEED = """<?xml version="1.0"?><rss version="2.0"><channel><title>A</title>
<item><guid>1</guid><title>One</title><description>Some text of a story.</description></item></channel></rss>"""


@pytest.fixture(autouse=True)
def clean_logging():
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    with warnings.catch_warnings():
        yield
    logging.captureWarnings(False)
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture
def config(tmp_path, monkeypatch):
    """Write a config and what it reads; work in another folder."""
    (tmp_path / "conf/wire").mkdir(parents=True)
    (tmp_path / "conf/feed.xml").write_text(FEED)
    (tmp_path / "conf/wire/b.txt").write_text("Title\n\nText.\n")
    (tmp_path / "conf/list.opml").write_text(
        '<opml version="2.0"><body><outline text="F"><outline type="rss" text="O" xmlUrl="https://o.example/rss"/>'
        '<outline text="nothing"/></outline></body></opml>'
    )
    path = tmp_path / "conf/c.yaml"
    path.write_text(
        "output: out\n"
        "feeds:\n"
        "  - {path: feed.xml, source: Example, language: en, poll: 1h30m}\n"
        "  - {opml: list.opml}\n"
        "  - {path: 'none/*.xml'}\n"
        "wires: [{path: 'wire/*.txt', source: dpa}]\n"
        "entities: {models: {}}\n"
    )
    monkeypatch.chdir(tmp_path)
    return "conf/c.yaml"


@pytest.fixture
def run_with(monkeypatch):
    """Replace the run with a function, and record its arguments."""
    calls = []

    def run_with(outcome):
        def run(config, beam_args, progress, *, now, strict):
            calls.append((config, beam_args))
            progress.note("a note")
            if isinstance(outcome, BaseException):
                raise outcome
            return outcome

        monkeypatch.setattr(importlib.import_module("newsbeam.pipeline.batch.run"), "run", run)
        return calls

    return run_with


def test_a_run_prints_a_summary(config, run_with, capsys):
    calls = run_with(Summary(output="out", sources=2, dead_letters={"ParseError": 3}))
    assert main(["run", config]) == 0
    out, err = capsys.readouterr()
    assert "Dead letters  3: ParseError 3" in out
    assert err.splitlines() == ["a note"]
    ((called, beam_args),) = calls
    assert (called.output, beam_args) == ("out", [])


def test_quiet_prints_nothing(config, run_with, capsys):
    run_with(Summary(output="out"))
    assert main(["run", config, "--quiet"]) == 0
    assert capsys.readouterr() == ("", "")


def test_output_is_ours_and_the_rest_is_beams(config, run_with):
    calls = run_with(Summary(output="x"))
    beam = ["--runner=PrismRunner", "--direct_num_workers", "2", "--experiments=a", "--experiments=b"]
    assert main(["run", config, *beam[:1], "--output", "x", *beam[1:], "-q"]) == 0
    ((called, beam_args),) = calls
    assert called.output == "x"
    assert beam_args == beam


class OwnError(Exception):
    """Stands for an error class of ours."""


OwnError.__module__ = "newsbeam.transforms.write.lock"
FROM_A_WORKER = RuntimeError("bundle failed: Traceback\nTraceback (most recent call last):\n  File x\nKeyError: 'a'\n")


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (ValueError("boom [while running 'X']\nand more"), "ValueError: boom [while running 'X']"),
        (OwnError("another run is writing to out"), "another run is writing to out"),
        (FROM_A_WORKER, "KeyError: 'a'"),
        (KeyError(), "KeyError"),
    ],
)
def test_a_failed_run_is_one_line(config, run_with, capsys, error, message):
    run_with(error)
    assert main(["run", config, "-q"]) == 1
    assert capsys.readouterr() == ("", f"Error: the run failed: {message}\n")


def test_verbose_shows_the_traceback(config, run_with, capsys):
    run_with(ValueError("boom"))
    assert main(["run", config, "-v"]) == 1
    assert "Traceback (most recent call last)" in capsys.readouterr().err


def as_beam_raises_it() -> RuntimeError:
    """Return what Beam's runner makes of a Ctrl-C in a step."""
    try:
        try:
            raise KeyboardInterrupt
        except KeyboardInterrupt:
            raise RuntimeError("KeyboardInterrupt [while running 'ParseDocuments']")  # noqa: B904 - as Beam does
    except RuntimeError as error:
        return error


@pytest.mark.parametrize("error", [KeyboardInterrupt(), as_beam_raises_it()])
def test_ctrl_c(config, run_with, capsys, error):
    run_with(error)
    assert main(["run", config, "-q"]) == 130
    assert capsys.readouterr().err.strip() == "stopped; run the command again to continue"


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["run"], "Missing argument 'CONFIG'"),
        (["run", "nope.yaml"], "nope.yaml: can't be read: No such file or directory\n"),
        (
            ["run", "--runner=PrismRunner", "conf/c.yaml"],
            "CONFIG comes first, then Beam's options, but the first argument is --runner=",
        ),
        (["run", "conf/c.yaml", "other.yaml"], "unexpected argument: other.yaml"),
        (["run", "conf/c.yaml", "--ouput=x"], "no such option: --ouput (did you mean --output?)"),
        (["run", "conf/c.yaml", "--direct_num_workers=x"], "argument --direct_num_workers: invalid int value: 'x'\n"),
        (["run", "conf/c.yaml", "--runner=FlinkRunner", "--streaming"], "run ends, so it can't be --streaming"),
        (["check", "nope.yaml"], "nope.yaml: can't be read"),
        (["check", "conf/c.yaml", "--runner=x"], "No such option"),
        (["stream"], "Missing argument 'CONFIG'"),
        (["stream", "nope.yaml"], "nope.yaml: can't be read: No such file or directory\n"),
        (
            ["stream", "--runner=PrismRunner", "conf/c.yaml"],
            "CONFIG comes first, then Beam's options, but the first argument is --runner=",
        ),
        (["stream", "conf/c.yaml", "--ouput=x"], "no such option: --ouput (did you mean --output?)"),
        (["stream", "conf/c.yaml", "--stop-after", "0"], "Invalid value for '--stop-after'"),
        (["inspect", "nope"], "nope: no such folder\n"),
        (["inspect", "conf"], "conf: newsbeam has written nothing there yet\n"),
        (["inspect", "conf", "--limit", "0"], "Invalid value for '--limit'"),
        (["compact", "nope"], "nope: no such folder\n"),
        (["compact", "conf"], "conf: newsbeam has written nothing there yet\n"),
        (["compact", "conf", "--target-size", "0"], "'0' is not a size; write 128MB or 1GB"),
        (["compact", "conf", "--target-size", "2 parsecs"], "'2 parsecs' is not a size"),
        (["compact", "conf", "--before", "yesterday"], "Invalid value for '--before'"),
    ],
)
def test_usage_errors_exit_with_2_before_anything_runs(config, argv, message, capsys):
    assert main(argv) == 2
    assert message in capsys.readouterr().err
    assert not Path("out").exists()


def test_every_error_in_a_config_is_a_line(config, capsys):
    Path(config).write_text("ouput: x\nfeeds: [{url: a.xml, sourc: A}]\n")
    for command in ("run", "check"):
        assert main([command, config]) == 2
        assert [line.split(": ")[:3] for line in capsys.readouterr().err.splitlines()] == [
            ["conf/c.yaml:1:1", "ouput", 'unknown key "ouput"; allowed'],
            ["conf/c.yaml:1:1", "output", "is missing"],
            ["conf/c.yaml:2:22", "feeds[0].sourc", 'unknown key "sourc"; allowed'],
        ]


def test_a_model_that_is_not_installed(config, capsys):
    text = Path(config).read_text()
    Path(config).write_text(text.replace("{models: {}}", "{models: {xx: xx_no_such_model}}"))
    for command in ("run", "check"):
        assert main([command, config]) == 2
        assert "entities.models.xx: the spaCy model 'xx_no_such_model' is not installed" in capsys.readouterr().err


@pytest.fixture
def stream_with(monkeypatch):
    """Replace the stream with a function, and record its arguments."""
    calls = []

    def stream_with(outcome=None):
        def stream(config, beam_args, note, options):
            calls.append((config, beam_args, options))
            note("[a] note")
            if outcome is not None:
                raise outcome

        monkeypatch.setattr(importlib.import_module("newsbeam.pipeline.streaming.stream"), "stream", stream)
        return calls

    return stream_with


def test_a_stream_and_its_options(config, stream_with, capsys):
    calls = stream_with()
    assert main(["stream", config]) == 0
    beam = ["--runner=FlinkRunner", "--flink_version=1.19"]
    ours = ["--output", "x", "--warm-start", "--stop-after=1.5", "-q"]
    assert main(["stream", config, *beam[:1], *ours, *beam[1:]]) == 0
    assert [(called.output, args, options) for called, args, options in calls] == [
        ("out", [], StreamOptions()),
        ("x", beam, StreamOptions(warm_start=True, stop_after=1.5)),
    ]
    assert capsys.readouterr() == ("", "[a] note\n")


@pytest.mark.parametrize(
    ("error", "status", "message"),
    [
        (ValueError("boom\nand more"), 1, "Error: the stream failed: ValueError: boom"),
        (OwnError("another run is writing to out"), 1, "Error: the stream failed: another run is writing to out"),
        (FROM_A_WORKER, 1, "Error: the stream failed: KeyError: 'a'"),
        (KeyboardInterrupt(), 130, "stopped; run the command again to continue"),
        (as_beam_raises_it(), 130, "stopped; run the command again to continue"),
    ],
)
def test_a_stream_that_ends(config, stream_with, capsys, error, status, message):
    stream_with(error)
    assert main(["stream", config, "-q"]) == status
    assert capsys.readouterr().err.strip() == message


def test_check_shows_what_would_be_read(config, capsys):
    assert main(["check", config]) == 0
    out, err = capsys.readouterr()
    rows = [line.split() for line in out.splitlines()[2:6]]
    assert rows == [
        ["Example", "feed", "auto", "en", "1h30m", "feed.xml"],
        ["O", "feed", "auto", "detect", "15m", "https://o.example/rss"],
        ["none", "feed", "auto", "detect", "15m", "none/"],
        ["dpa", "wire", "auto", "detect", "wire/b.txt"],
    ]
    assert "4 sources: 3 feeds, 1 wire file" in out
    assert "entities: off; topics: 3" in out
    assert "error: none/: this folder can't be listed" in out
    assert "skipped nothing: " in out
    assert err == ""
    assert not Path("out").exists()


@pytest.mark.slow
def test_views_prints_sql_and_nothing_else(config, capsys):
    text = Path(config).read_text()
    Path(config).write_text(text.replace("  - {opml: list.opml}\n  - {path: 'none/*.xml'}\n", ""))
    assert main(["run", config, "-q"]) == 0
    capsys.readouterr()
    assert main(["views", "out"]) == 0
    out, err = capsys.readouterr()
    assert (out, err) == (views_sql("out"), "")
    with duckdb.connect() as database:
        database.execute(out)
        assert database.execute("SELECT title, source FROM current_entries ORDER BY ALL").fetchall() == [
            ("One", "Example"),
            ("Title", "dpa"),
        ]


@pytest.mark.parametrize(
    ("output", "message"), [("nope", "nope: no such folder"), ("conf", "conf: newsbeam has written nothing there yet")]
)
def test_views_of_a_folder_that_is_not_an_output(config, capsys, output, message):
    assert main(["views", output]) == 2
    assert capsys.readouterr() == ("", f"{message}\n")


@pytest.mark.slow
def test_compact(config, capsys):
    Path(config).write_text(Path(config).read_text().replace("  - {opml: list.opml}\n  - {path: 'none/*.xml'}\n", ""))
    for name, text in (("one", FEED), ("two", FEED.replace("One", "Two").replace("guid>1", "guid>2"))):
        Path("conf/feed.xml").write_text(text)
        Path(f"conf/wire/{name}.txt").write_text(f"Title {name}\n\nText {name}.\n")
        assert main(["run", config, "-q"]) == 0
    (day,) = {path.name for path in Path("out/entries").iterdir()}
    Path("out/entries", day, f"{0:032x}.parquet").write_bytes(b"PAR1")
    after = (date.fromisoformat(day.removeprefix("date=")) + timedelta(days=1)).isoformat()
    capsys.readouterr()
    assert main(["compact", "out", "--before", day.removeprefix("date=")]) == 0
    assert capsys.readouterr() == (f"nothing to compact in out before {day.removeprefix('date=')}\n", "")
    assert main(["compact", "out", "--before", after, "--target-size", "1.5 GB"]) == 0
    out, err = capsys.readouterr()
    lines = out.splitlines()
    assert [line.partition(" rows, ")[0] for line in lines[:-1]] == [
        f"runs/{day}: 2 files to 1, 2",
        f"paragraphs/{day}: 2 files to 1, 5",
        f"polls/{day}: 2 files to 1, 5",
        f"entries/{day}: 2 files to 1, 5",
    ]
    assert lines[-1] == "merged 8 files of 4 partitions into 4; no row changed"
    (note,) = [line for line in err.splitlines() if not line.startswith("Waiting")]  # progress, after two seconds
    assert note.startswith(f"skipped: entries/{day}/{0:032x}.parquet: can't be read as Parquet")
    Path("out/entries", day, f"{0:032x}.parquet").unlink()
    assert main(["run", config, "-q"]) == 0  # and finds everything known
    with duckdb.connect() as database:
        query = "SELECT count(*), max(version) FROM read_parquet('out/entries/*/*.parquet')"
        assert database.execute(query).fetchall() == [(5, 1)]


def test_a_second_compaction_at_once(config, capsys):
    Path("out/entries/date=2026-11-24").mkdir(parents=True)
    Path("out/entries/date=2026-11-24/one.parquet").touch()
    with compaction_lock(Store("out")):
        assert main(["compact", "out"]) == 4
    message = "Error: the compaction failed: another compaction is running on out; wait until it has ended\n"
    assert capsys.readouterr() == ("", message)


@pytest.mark.parametrize(
    "argv",
    [
        ["--help"],
        ["run", "--help"],
        ["stream", "--help"],
        ["check", "-h"],
        ["inspect", "--help"],
        ["views", "--help"],
        ["report", "--help"],
        ["search", "--help"],
        ["plot", "--help"],
        ["compact", "-h"],
        ["--version"],
    ],
)
def test_help(argv, capsys):
    assert main(argv) == 0
    assert capsys.readouterr().out.startswith(("Usage: newsbeam", "newsbeam 0."))


def loaded_after(code: str, *arguments: str) -> set[str]:
    """Return the names of the modules that a new process has loaded after `code`."""
    program = f"import sys\n{code}\nprint(*sys.modules, sep='\\n', file=sys.stderr)"
    command = [sys.executable, "-c", program, *arguments]
    return set(subprocess.run(command, check=True, capture_output=True, text=True).stderr.splitlines())


def test_a_bad_config_is_found_without_beam(config):
    Path(config).write_text("output: 3\n")
    code = "from newsbeam.pipeline.cli import main\nassert main(['check', sys.argv[1]]) == 2"
    assert not {"apache_beam", "spacy", "duckdb", "lxml", "pyarrow"} & loaded_after(code, config)


@pytest.mark.parametrize("code", ["", "assert main(['--help']) == 0", "assert main(['run', '--help']) == 0"])
def test_help_loads_little(code):
    loaded = loaded_after(f"from newsbeam.pipeline.cli import main\n{code}")
    assert not {"apache_beam", "spacy", "pyarrow", "feedparser", "lxml", "duckdb", "pydantic", "rich"} & loaded
    assert not [name for name in loaded if name.startswith("newsbeam.transforms.parse")]


@pytest.mark.parametrize(("command", "encoding"), [("check", "ascii"), ("run", "latin-1"), ("inspect", "cp1252")])
@pytest.mark.slow
def test_an_encoding_that_lacks_characters(config, command, encoding, tmp_path):
    """In a process of its own, whose standard output is what the test says."""
    text = Path(config).read_text().replace("source: dpa", "source: 'Агентство'")
    Path(config).write_text(text)
    (tmp_path / "conf/wire/b.txt").write_text("Заголовок\n\nТекст новости.\n")
    if command == "inspect":
        assert main(["run", config, "-q"]) == 0
    arguments = [command, "out" if command == "inspect" else config]
    environment = {**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
    program = [sys.executable, "-c", "import sys; from newsbeam.pipeline.cli import main; sys.exit(main())", *arguments]
    done = subprocess.run(program, env=environment, cwd=tmp_path, capture_output=True, check=False)
    assert (done.returncode, b"Traceback" in done.stderr) == (0, False), done.stderr.decode()
    if command != "run":
        assert rb"\u0410" in done.stdout


@pytest.mark.slow
def test_views_are_utf8_whatever_the_encoding(config, tmp_path):
    assert main(["run", config, "-q"]) == 0
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    program = [
        sys.executable,
        "-c",
        "import sys; from newsbeam.pipeline.cli import main; sys.exit(main())",
        "views",
        "out",
    ]
    done = subprocess.run(program, env=environment, cwd=tmp_path, capture_output=True, check=True)
    assert done.stdout.decode() == views_sql("out")
