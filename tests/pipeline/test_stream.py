"""`newsbeam stream`: its sources, the rows of its graph in process, and Prism with kills, Ctrl-C and faults."""

import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import apache_beam as beam
import psutil
import pytest
from apache_beam.runners.portability.fn_api_runner import FnApiRunner

from newsbeam.pipeline import graph
from newsbeam.pipeline.cli import main
from newsbeam.pipeline.config.load import load_config
from newsbeam.pipeline.config.model import Config
from newsbeam.pipeline.recorded_run import new_run_id
from newsbeam.pipeline.runners.runners import stream_engine
from newsbeam.pipeline.settings import fetch_settings
from newsbeam.pipeline.sources import expand_feeds
from newsbeam.pipeline.streaming import bootstrap
from newsbeam.pipeline.streaming.status_lines import StatusLines
from newsbeam.pipeline.streaming.stream import note_feeds_not_due, source_groups
from newsbeam.transforms.parse import transforms
from newsbeam.transforms.read.http import HttpClient
from newsbeam.transforms.read.poll_sources import PollLimits, SourceGroup
from newsbeam.transforms.records import Poll, Source
from newsbeam.transforms.runtime.in_flight import backlog
from newsbeam.transforms.write.lock import output_lock
from newsbeam.transforms.write.store import Store
from testing.feed_server import FeedServer
from testing.stream_checks import missing_and_doubled, most_at_once
from tests.support import deadly
from tests.support.models import write_model
from tests.support.outputs import ALL_ENTRIES, ALL_ROWS, EDITED, SHARED_BY_ALL, json_feed, rows

PRISM = Path(sys.executable).with_name("prism")
NEWSBEAM = str(Path(sys.executable).with_name("newsbeam"))
SAMPLE = Path(__file__).parents[2] / "configs/sample.yaml"
LONG_AGO = (1, 1)


@pytest.fixture(autouse=True)
def loud(monkeypatch, capsys):
    """A stream on Prism quietens Beam for good."""
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    monkeypatch.setattr(sys, "stderr", sys.stderr)


@pytest.fixture
def prism(tmp_path) -> str:
    """Prism under a name that no other test's has."""
    if not PRISM.exists():
        pytest.skip("needs Prism: make prism (needs Go)")
    (tmp_path / "prism").symlink_to(PRISM)
    return str(tmp_path / "prism")


def write_input(folder: Path, feeds: int = 3, entries: int = 20, stories: int = 4, members: int = 130) -> Path:
    """Write feeds, a drop with an archive in it, and a config; return the config.

    Everything is of one source and in the order of its publication, as a batch run sorts it, so that the canonical
    paragraph is the same one however entries are put together.
    """
    (folder / "feeds").mkdir(parents=True)
    (folder / "drop").mkdir()
    first = datetime(2026, 11, 1, tzinfo=UTC)
    for feed in range(feeds):
        items = {}
        for number in range(feed * entries, (feed + 1) * entries):
            text = f"<p>{SHARED_BY_ALL}</p><p>Entry {number} was written by hand, of all {feeds * entries} entries.</p>"
            text += f"<p>{EDITED}</p><p>{SHARED_BY_ALL}</p>" if number % 2 else ""
            items[f"tag:test,2026:{number}"] = (first + timedelta(hours=number)).isoformat(), text
        (folder / f"feeds/{feed}.json").write_text(json_feed(items))
    (folder / "feeds/broken.json").write_text('{"version": "https://jsonfeed.org/version/1.1", "items": [')
    for number in range(stories):
        path = folder / f"drop/{number}.txt"
        path.write_text(
            f"Story {number} of the wire\n\n{number} ships left the harbour, which the agency had counted.\n"
        )
        os.utime(path, LONG_AGO)
    with zipfile.ZipFile(folder / "drop/more.zip", "w") as archive:
        for number in range(members):  # more than are decided at once; each tenth is a dead letter
            text = f"Story {number} of the archive\n\nThe agency had kept {number} drafts of it.\n"
            archive.writestr(f"{number}.txt", text if number % 10 else "")
    os.utime(folder / "drop/more.zip", LONG_AGO)
    config = folder / "config.yaml"
    config.write_text(
        f"output: {folder / 'output'}\n"
        "feeds: [{path: 'feeds/*.json', source: Feeds, language: en}]\n"
        "wires: [{path: drop, source: Wire, language: en}]\n"
        "entities: {models: {}}\n"
        "stream: {tick: 1s, flush: 1s, batches: 1}\n"
    )
    return config


def assert_same_rows(output: Path, expected: Path) -> None:
    in_any_order = ALL_ENTRIES.replace("(", "(story_id, story_keys, ")  # a story begins with the entry that comes first
    for query in (in_any_order, ALL_ROWS):
        assert rows(output, query) == rows(expected, query)
    assert rows(expected, ALL_ROWS)


def run(config: Path, output: Path) -> None:
    assert main(["run", str(config), "--output", str(output), "--quiet", "--direct_num_workers=1"]) == 0


def command(config: Path, *options: str) -> list[str]:
    return [NEWSBEAM, "stream", str(config), "--direct_num_workers=1", *options]


@contextmanager
def streaming(config: Path, *options: str) -> Iterator[subprocess.Popen[str]]:
    """Start a stream in a process group of its own, as a shell does."""
    with subprocess.Popen(
        command(config, *options), stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


# What is polled


def feed(location: str) -> Source:
    return Source(location, "A", location)


@pytest.mark.parametrize(
    ("locations", "hosts"),
    [
        (["https://a.example/1", "http://a.example:8080/2", "http://me:pw@a.example/3"], ["a.example"]),
        (["https://a.example/1", "https://b.a.example/1"], ["a.example", "b.a.example"]),
        (["feeds/1.xml", "/feeds/2.xml", "file:///feeds/3.xml"], ["files"]),
        (["http://[::1]/1", "http://[::1/2"], ["::1", "http://[::1/2"]),
    ],
)
def test_the_feeds_of_a_host_are_one_group(locations, hosts):
    groups = source_groups(map(feed, locations), (), Config(output="x", feeds=[{"url": "http://a.example"}]))
    assert [group.key for group in groups] == hosts
    assert [source.location for group in groups for source in group.feeds] == locations


def test_each_wire_is_a_group_and_one_that_is_named_twice_is_as_named_first(tmp_path):
    (tmp_path / "c.yaml").write_text(
        "output: x\n"
        "wires: [{path: 'a/*', source: A, settle: 5s}, {path: 'b/*', format: text}, {path: 'a/*', source: C}]\n"
    )
    config = load_config(tmp_path / "c.yaml")
    groups = source_groups((), config.wires, config)
    specs = [group.wire for group in groups if group.wire]
    assert [group.key for group in groups] == ["wire:a/*", "wire:b/*"]
    assert [(spec.name, spec.format, spec.quiet_period_s) for spec in specs] == [("A", "auto", 5.0), ("", "text", 2.0)]
    assert {spec.base for spec in specs} == {tmp_path}


# How it begins


@pytest.mark.parametrize(
    ("options", "state"),
    [
        (["--runner=PortableRunner"], "empty"),
        (["--runner=PortableRunner", "--savepoint_path=file:///savepoint-1"], "kept"),
        (["--runner=FlinkRunner", "--output_executable_path=job.jar"], "unknown"),
        (["--runner=DataflowRunner", "--update_compatibility_version=2.77"], "empty"),
        (["--runner=DataflowRunner", "--update"], "kept"),
        (["--runner=DataflowRunner", "--template_location=gs://b/t"], "unknown"),
    ],
)
def test_the_state_at_the_start_of_a_job(options, state):
    assert stream_engine(options).state == state


@pytest.mark.parametrize("runner", [["--runner", "FlinkRunner"], ["--runner=FlinkRunner"]])
def test_the_runner_in_two_words_leaves_no_argument(runner):
    args = stream_engine([*runner, "--parallelism=2"]).beam_args
    assert args[:3] == ("--parallelism=2", "--runner=FlinkRunner", "--streaming")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], "would write them again: start with --warm-start, or from a savepoint"),
        (
            ["--savepoint_path=file:///savepoint-1", "--warm-start"],
            "--warm-start needs an empty state: leave it out with a savepoint",
        ),
    ],
)
def test_a_job_that_would_write_rows_again_or_lose_some_is_not_submitted(tmp_path, capsys, options, message):
    config = write_input(tmp_path)
    run(config, tmp_path / "output")
    assert main(["stream", str(config), "--runner=PortableRunner", "--job_endpoint=localhost:1", *options]) == 1
    assert message in capsys.readouterr().err


# What is printed


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [
        ([], []),
        ([-5, None], []),
        ([0.5, None, -5], ["not due yet: 1 feed; the next one is due in 1 minute"]),
        ([9, 3.2, -5], ["not due yet: 2 feeds; the next one is due in 4 minutes"]),
    ],
)
def test_feeds_that_are_not_due_yet(minutes, expected):
    now = datetime(2026, 11, 1, tzinfo=UTC)
    due = [None if each is None else now + timedelta(minutes=each) for each in minutes]
    notes: list[str] = []
    note_feeds_not_due([Poll("f", "u", "A", now, "ok", next_poll_at=at) for at in due], now, notes.append)
    assert notes == expected


def test_a_status_line_is_shown_when_counts_change():
    shown: list[str] = []
    now = [0.0]
    lines = StatusLines(shown.append, lambda: now[0])
    lines.show()
    assert shown == []
    for name, number in {
        "polls:ok": 1200,
        "polls:error": 3,
        "entries_new": 14,
        "entries_updated": 2,
        "entries_unchanged": 9,
        "paragraphs_new": 80,
        "paragraphs_exact": 3,
        "dead_letters:parse:ParseError": 1,
        "dead_letters_repaired": 7,
        "rows_written:entries": 14,
        "rows_written:paragraphs": 83,
    }.items():
        lines.count(name, number)
    now[0] = 90.5
    lines.show()
    expected = (
        "0:01:30  1,203 polls (3 failed); entries: 14 new, 2 updated; paragraphs: 80 new, 3 exact, 0 near, "
        "0 contained; 1 dead letter; 97 rows written"
    )
    assert shown == [expected]
    for _ in range(25):
        lines.show()
    assert shown == [expected] * 2
    lines.count("state_full", 5)
    lines.show()
    assert shown[2] == f"{expected}; items that did not fit into state: 5"


def test_the_last_line_is_shown_at_the_end():
    shown: list[str] = []
    lines = StatusLines(shown.append)
    with lines.every(1000):
        lines.count("polls:ok", 2)
        assert shown == []
    assert len(shown) == 1
    assert "2 polls;" in shown[0]


# The graph in process


def stream_in_process(config_path: Path, output: Path, ticks: int = 2, **begin: bool) -> list[SourceGroup]:
    config = load_config(config_path).with_output(str(output))
    with HttpClient(fetch_settings(config)) as client:
        groups = source_groups(expand_feeds(config, client, print), config.wires, config)
    with beam.Pipeline(FnApiRunner()) as pipeline:
        impulses = pipeline | beam.Create(list(range(ticks)))
        graph.stream(
            impulses,
            config,
            groups,
            bootstrap.Output(
                Store(config.output),
                new_run_id(),
                datetime.now(UTC),
                limits=PollLimits(wait_s=30.0),
                bounded=True,
                **begin,
            ),
        )
    return groups


def test_the_rows_of_a_run_and_none_of_them_again_by_a_second_start(tmp_path):
    config = write_input(tmp_path)
    run(config, tmp_path / "expected")
    waiting = backlog.waiting
    stream_in_process(config, tmp_path / "output", bootstrap=True)
    assert backlog.waiting == waiting
    assert_same_rows(tmp_path / "output", tmp_path / "expected")
    for output in ("output", "expected"):
        polls = "SELECT feed_url, status, bytes, body_hash, entries, entries_new FROM polls ORDER BY ALL"
        assert rows(tmp_path / output, polls) == rows(tmp_path / "expected", polls)
        letters = "SELECT stage, error, uri, payload FROM dead_letters ORDER BY ALL"
        assert rows(tmp_path / output, letters) == rows(tmp_path / "expected", letters)
    assert rows(tmp_path / "output", "SELECT sum(entries), sum(entries_new) FROM polls") == [(181, 181)]
    # What is written needn't be read again: neither feeds before they are due nor files of the wire that are the same.
    stream_in_process(config, tmp_path / "output", bootstrap=True)
    assert_same_rows(tmp_path / "output", tmp_path / "expected")
    assert rows(tmp_path / "output", "SELECT sum(entries), sum(entries_new) FROM polls") == [(181, 181)]
    assert rows(tmp_path / "output", letters) == rows(tmp_path / "expected", letters)
    run(config, tmp_path / "output")
    assert_same_rows(tmp_path / "output", tmp_path / "expected")
    statuses = "SELECT status, count(*) FROM polls GROUP BY ALL ORDER BY ALL"
    assert rows(tmp_path / "output", statuses) == [("error", 3), ("ok", 7), ("unchanged", 3)]


def test_a_dead_letter_is_written_once_also_across_warm_starts(tmp_path, monkeypatch):
    monkeypatch.setattr(bootstrap, "polls_at_start", lambda *_: None)  # so that everything is read at each start
    config = write_input(tmp_path, feeds=1, entries=2, stories=1, members=11)
    for start in (1, 2):
        stream_in_process(config, tmp_path / "output", ticks=1, bootstrap=True)
        letters = "SELECT split_part(uri, '/', -1) FROM dead_letters ORDER BY ALL"
        assert rows(tmp_path / "output", letters) == [("broken.json",), ("more.zip!0.txt",), ("more.zip!10.txt",)]
        # The polls don't wait for the rows that are not written again.
        complete = "SELECT count(*) FROM polls WHERE body_hash IS NOT NULL"
        assert rows(tmp_path / "output", complete) == [(3 * start,)]


def test_a_shard_is_given_again_to_a_bundle_that_is_repeated(tmp_path):
    config = write_input(tmp_path)
    run(config, tmp_path / "output")
    to = bootstrap.Output(Store(str(tmp_path / "output")), "epoch", datetime.now(UTC), bootstrap=True, shards=3)
    since = bootstrap.DedupWindow(timedelta(days=30))
    shards = [bootstrap.bootstrap_entries(to, since, f"{shard}/3") for shard in range(3)]
    assert sum(map(len, shards)) == len(rows(tmp_path / "output", "FROM entries"))
    assert [bootstrap.bootstrap_entries(to, since, f"{shard}/3") for shard in range(3)] == shards


def test_a_shard_is_given_also_at_the_moment_in_which_the_rows_are_forgotten(tmp_path, monkeypatch):
    config = write_input(tmp_path)
    run(config, tmp_path / "output")
    to = bootstrap.Output(Store(str(tmp_path / "output")), "epoch", datetime.now(UTC), bootstrap=True)

    class Immediately(threading.Timer):
        def start(self) -> None:
            self.function(*self.args)

    monkeypatch.setattr(threading, "Timer", Immediately)
    found = bootstrap.bootstrap_entries(to, bootstrap.DedupWindow(timedelta(days=30)), "0/1")
    assert len(found) == len(rows(tmp_path / "output", "FROM entries"))


def test_a_job_that_starts_with_an_empty_state_although_the_output_has_entries_fails(tmp_path):
    """Whether a jar or a template gets a savepoint is not known when it is made."""
    config = write_input(tmp_path)
    run(config, tmp_path / "output")
    before = rows(tmp_path / "output", ALL_ENTRIES)
    with pytest.raises(
        bootstrap.StartError, match="output has entries, and a stream without state would write them again: "
    ):
        stream_in_process(config, tmp_path / "output", state_unknown=True)
    assert rows(tmp_path / "output", ALL_ENTRIES) == before


@pytest.mark.slow
def test_a_document_that_kills_its_process_is_a_dead_letter_and_its_poll_has_no_entries(tmp_path, monkeypatch):
    monkeypatch.setattr(transforms, "parse_polled_batch", deadly.parse)
    config = write_input(tmp_path, feeds=1, entries=2, stories=1, members=3)
    poison = tmp_path / "drop/poison.txt"
    poison.write_text("A title\n\nOf this poison a parser dies.\n")
    os.utime(poison, LONG_AGO)
    stream_in_process(config, tmp_path / "output", ticks=1, state_unknown=True)
    letters = "SELECT uri, payload FROM dead_letters WHERE error = 'WorkerCrashedError'"
    assert rows(tmp_path / "output", letters) == [(str(poison), poison.read_bytes())]
    polls = "SELECT split_part(feed_url, '/', -1) AS name, entries, entries_new FROM polls ORDER BY ALL"
    expected = [("0.json", 2, 2), ("0.txt", 1, 1), ("broken.json", 0, 0), ("more.zip", 2, 2), ("poison.txt", 0, 0)]
    assert rows(tmp_path / "output", polls) == expected


# On Prism


def test_two_streams_on_one_output(tmp_path, capsys):
    config = write_input(tmp_path)
    with output_lock(Store(str(tmp_path / "output")), "the first stream"):
        assert main(command(config)[1:]) == 4
    message = capsys.readouterr().err
    assert message.startswith("Error: the stream failed: another run (pid ")
    assert message.endswith(f": the first stream) is writing to {tmp_path / 'output'}\n")


def test_without_prism(tmp_path, capsys):
    config = write_input(tmp_path)
    options = ["--prism_location=/nowhere/prism", "--experiments=disable_prism_server_singleton", "--stop-after=1"]
    assert main([*command(config)[1:], *options]) == 1
    beginning, message = capsys.readouterr().err.splitlines()
    assert beginning == f"PrismRunner: 4 feeds, 1 wire, output {tmp_path / 'output'}, warm start; stop with Ctrl-C"
    assert message.startswith("Error: the stream failed: the Prism runner can't be started; `make prism` builds it")


@pytest.mark.slow
@pytest.mark.usefixtures("prism")
def test_the_sample_as_run_has_it(tmp_path):
    sample = SAMPLE.read_text().replace("path: sample", f"path: {SAMPLE.parent}/sample")
    config = tmp_path / "sample.yaml"
    config.write_text(sample.replace('path: "sample', f'path: "{SAMPLE.parent}/sample'))
    run(config, tmp_path / "expected")
    options = ["--output", str(tmp_path / "output"), "--stop-after=2"]
    polls = "SELECT feed_url, max(entries), sum(entries_new) FROM polls GROUP BY ALL ORDER BY ALL"
    for waiting in ([], ["not due yet: 6 feeds; the next one is due in N minutes"]):
        ended = subprocess.run(command(config, *options), capture_output=True, text=True, check=True)
        assert_same_rows(tmp_path / "output", tmp_path / "expected")
        assert rows(tmp_path / "output", polls) == rows(tmp_path / "expected", polls)
        first, *others, last = ended.stderr.splitlines()
        assert [re.sub(r"\d+ minutes", "N minutes", other) for other in others] == waiting
        assert first.startswith("PrismRunner: 6 feeds, 2 wires, output ")
        assert re.search(r" polls(?: \(\d+ failed\))?; entries: ", last)


@pytest.mark.slow
@pytest.mark.parametrize(("seed", "last"), [(1, "stream"), (2, "run")])
def test_killed_and_started_again(tmp_path, prism, seed, last):
    """A run, too, believes what polls are written: those of which everything is."""
    config = write_input(tmp_path, feeds=6, entries=60)
    run(config, tmp_path / "expected")
    chance = random.Random(seed)
    for most_s in (0.2, 1, 7, 7, 7, 7):  # after the first sign of Prism: while it starts, and while it works
        with streaming(config, f"--prism_location={prism}") as process:
            until(lambda: processes_with(prism))
            with pytest.raises(subprocess.TimeoutExpired):
                process.communicate(timeout=chance.uniform(0, most_s))
        until(lambda: not processes_with(prism), seconds=5)
    if last == "run":
        run(config, tmp_path / "output")
    else:
        subprocess.run(command(config, "--quiet", "--stop-after=2"), check=True)
    assert_same_rows(tmp_path / "output", tmp_path / "expected")
    assert not Store(str(tmp_path / "output")).list("_staging")


@pytest.mark.slow
@pytest.mark.usefixtures("prism")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stopped_and_started_again(tmp_path, number):
    config = write_input(tmp_path, feeds=4, entries=60)
    run(config, tmp_path / "expected")
    with streaming(config) as process:
        assert process.stderr is not None
        assert process.stderr.readline().startswith("PrismRunner: ")
        until(lambda: (tmp_path / "output/polls").exists())
        os.killpg(process.pid, number)
        _, printed = process.communicate(timeout=60)
    counts, *rest = printed.splitlines()
    assert re.search(r" polls(?: \(\d+ failed\))?; entries: ", counts)
    assert (process.returncode, [line for line in rest if line]) == (
        130,
        ["stopped; run the command again to continue"],
    )
    subprocess.run(command(config, "--quiet", "--stop-after=2"), check=True)
    assert_same_rows(tmp_path / "output", tmp_path / "expected")


MAX_IN_FLIGHT = """
import sys, threading, time
from pathlib import Path
from newsbeam.pipeline.cli import main
from newsbeam.transforms.runtime.in_flight import backlog
from newsbeam.transforms.read import poll_sources

poll_sources.MAX_IN_FLIGHT = 100
seen = []


def watch():
    while True:
        seen.append(backlog.waiting)
        time.sleep(0.01)


threading.Thread(target=watch, daemon=True).start()
status = main(sys.argv[2:])
Path(sys.argv[1]).write_text(f"{max(seen)} {backlog.waiting}")
sys.exit(status)
"""


@pytest.mark.slow
@pytest.mark.usefixtures("prism")
def test_polling_waits_for_a_slow_model(tmp_path):
    """Of 400 stories at most 100, and one more batch, are in memory."""
    write_model(tmp_path, "slow_model", "time.sleep(0.01)")
    config = write_input(tmp_path, feeds=0, stories=400, members=0)
    config.write_text(config.read_text().replace("models: {}", "models: {en: slow_model}"))
    environment = os.environ | {"PYTHONPATH": os.pathsep.join((str(tmp_path), str(SAMPLE.parents[1])))}
    arguments = [str(tmp_path / "seen"), *command(config, "--quiet", "--stop-after=25")[1:]]
    subprocess.run([sys.executable, "-c", MAX_IN_FLIGHT, *arguments], check=True, env=environment)
    assert len(rows(tmp_path / "output", "FROM entries")) == 400
    most, left = map(int, (tmp_path / "seen").read_text().split())
    assert 100 <= most < 200
    assert left == 0


@pytest.mark.slow
@pytest.mark.usefixtures("prism")
def test_an_error_is_one_line(tmp_path):
    config = write_input(tmp_path)
    (tmp_path / "output").mkdir()
    (tmp_path / "output/paragraphs").touch()
    ended = subprocess.run(command(config), capture_output=True, text=True)
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
    assert "NotADirectoryError" in ended.stderr.splitlines()[-1]


@pytest.mark.slow
@pytest.mark.usefixtures("prism")
def test_a_site_that_publishes_and_misbehaves(tmp_path):
    log, output = tmp_path / "log.jsonl", tmp_path / "output"
    with FeedServer(log, feeds=8, entries_per_second=4) as server:
        feeds = "".join(f"\n  - {{url: '{url}', source: Feeds, language: en, poll: 1s}}" for url in server.urls)
        config = tmp_path / "config.yaml"
        config.write_text(
            f"output: {output}\nfeeds:{feeds}\nentities: {{models: {{}}}}\n"
            "fetch: {timeout: 3s, allow_networks: [127.0.0.0/8]}\n"
            "stream: {tick: 1s, flush: 2s}\n"
        )
        # A request's deadline is not the stream's.
        with streaming(config, "--quiet", "--stop-after=30", "--job_server_timeout=5") as process:
            until(lambda: (output / "entries").exists())
            server.fault("hang", [0], seconds=6)
            server.fault("error", [1], seconds=6)
            server.fault("truncated", [2, 5], seconds=6)
            server.fault("reset", [3], seconds=6)
            time.sleep(16)
            settled = time.time()
            _, printed = process.communicate(timeout=90)
        assert (process.returncode, printed) == (0, "")
    report = missing_and_doubled(output, log, until=settled)
    assert report.clean, report
    assert report.figures["entries due"] > 40
    assert set(most_at_once(log).values()) == {1}


def processes_with(program: str) -> list[psutil.Process]:
    """Return the processes that are, start or watch a program."""
    return [each for each in psutil.process_iter(["cmdline"]) if program in (each.info["cmdline"] or ())]


def until(reached, seconds: float = 60.0) -> None:
    """Wait until something is so; for other processes."""
    end = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < end
        time.sleep(0.05)
