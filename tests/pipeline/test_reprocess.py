"""`newsbeam reprocess`: rows are made anew from what the output has kept, with the same ids, and nothing twice."""

import random
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from newsbeam.pipeline.cli import main
from newsbeam.pipeline.config.load import load_config
from newsbeam.pipeline.exit_status import LOCKED, USAGE
from newsbeam.pipeline.settings import fetch_settings
from newsbeam.pipeline.sources import expand_sources
from newsbeam.transforms.read.fetch import fetch, with_poll
from newsbeam.transforms.read.http import HttpClient
from newsbeam.transforms.records import RawPack
from newsbeam.transforms.write.lock import output_lock
from newsbeam.transforms.write.logged_documents import read_part
from newsbeam.transforms.write.raw_log import RawLog
from newsbeam.transforms.write.store import Store
from tests.support.outputs import ALL_ENTRIES, ALL_ROWS, json_feed, rows, write_config, write_feeds

NEWSBEAM = str(Path(sys.executable).with_name("newsbeam"))
DAY = timedelta(days=1)
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
ROWS_OF_ENTRIES = "SELECT entry_id, version, content_hash, fetched_at FROM entries ORDER BY 1, 2"


def log(config: Path, at: datetime = NOON) -> None:
    """Write to the raw log what a stream would have fetched at a time."""
    loaded = load_config(config)
    store = RawLog(Store(loaded.output), timedelta(days=30))
    with HttpClient(fetch_settings(loaded)) as client:
        for source in expand_sources(loaded, client, lambda _: None):
            found = tuple(with_poll(fetch(source, None, client, lambda: at)))
            store.append(source.feed_url, (at.strftime("%Y%m%dT%H%M%S"), 0), RawPack(found))


def reprocess(folder: Path, *options: str) -> int:
    arguments = ["reprocess", str(folder / "output"), "--quiet", "--direct_num_workers=1", *options]
    return main([*arguments, "--config", str(folder / "config.yaml")])


def tables_of(folder: Path) -> list[str]:
    """Return the files of an output, without the row of each command in `runs/`."""
    return [name for name in Store(str(folder / "output")).list() if not name.startswith("runs/")]


def one_feed(folder: Path, text: str, more: str = "") -> Path:
    (folder / "feeds").mkdir(parents=True, exist_ok=True)
    feed = json_feed({"tag:test,2026:1": ("2026-11-20T00:00:00Z", f"<p>{text}</p>")})
    (folder / "feeds" / "feed.json").write_text(feed)
    return write_config(folder, more)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("undisturbed")
    write_feeds(folder)
    log(write_config(folder, "slice: 5\n"))
    assert reprocess(folder) == 0
    return folder


@pytest.mark.slow
def test_rows_are_those_of_the_run_that_read_the_documents(tmp_path):
    write_feeds(tmp_path)
    config = write_config(tmp_path, "slice: 5\n")
    run = ["run", str(config), "--quiet", "--direct_num_workers=1"]
    assert main(run) == 0
    queries = ALL_ROWS, ALL_ENTRIES.replace("fetched_at, ", "")
    written = [rows(tmp_path / "output", query) for query in queries]
    shutil.rmtree(tmp_path / "output" / "entries")
    shutil.rmtree(tmp_path / "output" / "paragraphs")
    assert reprocess(tmp_path) == 0
    assert [rows(tmp_path / "output", query) for query in queries] == written
    assert main(run) == 0
    assert len(Store(str(tmp_path / "output")).list("raw")) == 1, "unchanged documents are not written again"


def test_a_run_whose_log_can_not_be_written_keeps_the_bytes_and_reads_again(tmp_path, capsys):
    config = one_feed(tmp_path, "Words.")
    (tmp_path / "output").mkdir()
    (tmp_path / "output" / "raw").touch()
    run = ["run", str(config), "--direct_num_workers=1"]
    assert main(run) == 0
    assert "the raw log can't be written" in " ".join(capsys.readouterr().out.split())
    assert not (tmp_path / "output" / "entries").exists()
    (tmp_path / "output" / "raw").unlink()
    shutil.copytree(tmp_path, tmp_path.with_name("other"))
    (tmp_path.with_name("other") / "config.yaml").write_text(config.read_text().replace(tmp_path.name, "other"))
    assert main(run) == 0
    assert reprocess(tmp_path.with_name("other"), "--dead-letters") == 0
    for folder in (tmp_path, tmp_path.with_name("other")):
        assert rows(folder / "output", "SELECT count(*) FROM entries") == [(1,)]


def test_a_run_sweeps_what_is_older_than_keep(tmp_path):
    config = one_feed(tmp_path, "Words.", "raw: {keep: 2d}\n")
    log(config)
    (pack,) = (tmp_path / "output" / "raw").rglob("*.parquet")
    old = tmp_path / "output" / "raw" / "date=2026-11-01"
    pack.parent.rename(old)
    assert main(["run", str(config), "--quiet", "--direct_num_workers=1"]) == 0
    assert not old.exists()
    assert len(list((tmp_path / "output" / "raw").rglob("*.parquet"))) == 1


@pytest.mark.slow
def test_what_is_written_is_not_written_again(undisturbed, tmp_path, capsys):
    shutil.copytree(undisturbed, tmp_path / "again")
    files = tables_of(tmp_path / "again")
    assert reprocess(tmp_path / "again", "--summary", "-") == 0
    assert tables_of(tmp_path / "again") == files
    assert '"entries_new": 0, "entries_updated": 0, "entries_unchanged": 24' in capsys.readouterr().out


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_killed_and_started_again(undisturbed, tmp_path, seed):
    config = write_config(tmp_path, "slice: 5\n")
    shutil.copytree(undisturbed / "output" / "raw", tmp_path / "output" / "raw")
    chance = random.Random(seed)
    command = [NEWSBEAM, "reprocess", str(tmp_path / "output"), "--config", str(config), "--quiet"]
    kills = 0
    for _ in range(5):
        process = subprocess.Popen([*command, "--direct_num_workers=1"], stderr=subprocess.DEVNULL)
        try:
            process.wait(timeout=chance.uniform(1.0, 4.0))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            kills += 1
    assert reprocess(tmp_path) == 0
    for query in (ALL_ROWS, ALL_ENTRIES):
        assert rows(tmp_path / "output", query) == rows(undisturbed / "output", query), f"after {kills} kills"


def test_versions_follow_the_order_of_fetching(tmp_path):
    for hours, text in enumerate(("First words.", "Second words.", "Second words.", "First words.")):
        log(one_feed(tmp_path, text), NOON + timedelta(hours=hours))
    assert reprocess(tmp_path) == 0
    written = rows(tmp_path / "output", ROWS_OF_ENTRIES)
    assert [(version, (at - NOON) // timedelta(hours=1)) for _, version, _, at in written] == [(1, 0), (2, 1), (3, 3)]
    assert reprocess(tmp_path) == 0
    assert rows(tmp_path / "output", ROWS_OF_ENTRIES) == written


@pytest.fixture
def mend(monkeypatch):
    """Return what makes readers take `Wrong` for `Right`, as a mended parser would."""

    def mend() -> None:
        def read(store, part):
            for each in read_part(store, part):
                yield replace(each, body=each.body.replace(b"Wrong", b"Right"))

        monkeypatch.setattr("newsbeam.transforms.write.reread_documents.read_part", read)

    return mend


TEXTS = "SELECT entry_version, text, hour(fetched_at) FROM paragraphs WHERE kind = 'paragraph' ORDER BY 1"


def test_a_text_that_is_read_differently_is_a_new_version_of_the_current_text_only(tmp_path, mend, capfd):
    for hours, text in enumerate(("Wrong first words.", "Wrong second words.")):
        log(one_feed(tmp_path, text), NOON + timedelta(hours=hours))
    assert reprocess(tmp_path) == 0
    before = [(1, "Wrong first words.", 12), (2, "Wrong second words.", 13)]
    assert rows(tmp_path / "output", TEXTS) == before
    mend()
    command = ["reprocess", str(tmp_path / "output"), "--config", str(tmp_path / "config.yaml")]
    for _ in range(2):
        assert main([*command, "--direct_num_workers=1"]) == 0
        assert rows(tmp_path / "output", TEXTS) == [*before, (3, "Right second words.", 13)]
        assert "1 changed text of older documents not written" in " ".join(capfd.readouterr().err.split())


def test_a_wire_text_that_is_read_differently_is_a_new_version_of_its_revision(tmp_path, mend):
    (tmp_path / "drop").mkdir()
    for version in (1, 2):
        item = NINJS.replace("VERSION", str(version))
        (tmp_path / "drop" / f"{version}.json").write_text(item)
    config = tmp_path / "config.yaml"
    config.write_text(
        f"output: {tmp_path / 'output'}\nwires: [{{path: drop, settle: 0s}}]\nentities: {{models: {{}}}}\n"
    )
    log(config)
    assert reprocess(tmp_path) == 0
    mend()
    for _ in range(2):
        assert reprocess(tmp_path) == 0
        found = rows(tmp_path / "output", "SELECT version, provider_version FROM entries ORDER BY revision, version")
        assert found == [(1, 1), (3, 1), (2, 2), (4, 2)]


NINJS = """{"uri": "urn:test:1", "type": "text", "version": "VERSION", "versioncreated": "2026-11-20T0VERSION:00:00Z",
 "headline": "A headline", "body_text": "Wrong words of version VERSION of this story."}"""


@pytest.mark.slow
def test_dead_letters_whose_bytes_are_in_raw_and_those_whose_bytes_are_not(tmp_path):
    write_feeds(tmp_path, feeds=2)
    config = write_config(tmp_path, "limits: {entries: 2}\n")
    log(config)
    assert reprocess(tmp_path) == 0
    dead = "SELECT count(*), count(document) FROM dead_letters"
    assert rows(tmp_path / "output", dead) == [(2, 2)]
    assert rows(tmp_path / "output", "SELECT count(*) FROM entries") == [(4,)]
    write_config(tmp_path)
    shutil.copytree(tmp_path, tmp_path.with_name("swept"))
    shutil.rmtree(tmp_path.with_name("swept") / "output" / "raw")
    for folder in (tmp_path, tmp_path.with_name("swept")):
        assert reprocess(folder, "--dead-letters", "--source", "Feed 1") == 0
        assert rows(folder / "output", "SELECT count(*) FROM entries") == [(8,)]
        assert reprocess(folder, "--dead-letters") == 0
        assert rows(folder / "output", "SELECT count(*), count(DISTINCT entry_id) FROM entries") == [(12, 12)]
    assert rows(tmp_path / "output", ALL_ROWS) == rows(tmp_path.with_name("swept") / "output", ALL_ROWS)


def test_time_and_source(tmp_path):
    write_feeds(tmp_path, feeds=1)
    config = write_config(tmp_path)
    log(config)
    log(config, NOON + DAY)
    assert main(["run", str(config), "--quiet", "--direct_num_workers=1"]) == 0
    shutil.rmtree(tmp_path / "output" / "entries")
    assert reprocess(tmp_path, "--until", "2026-11-23") == 0
    assert reprocess(tmp_path, "--since", "2026-12-24") == 0
    assert not (tmp_path / "output" / "entries").exists()
    assert reprocess(tmp_path, "--source", "Feed 0", "--since", "2026-11-25", "--until", "2026-11-25") == 0
    assert rows(tmp_path / "output", "SELECT DISTINCT fetched_at FROM entries") == [(NOON + DAY,)]


def test_what_can_not_be_done_is_said(tmp_path, capsys):
    config = one_feed(tmp_path, "Words.", "raw: {keep: null}\n")
    assert main(["run", str(config), "--quiet", "--direct_num_workers=1"]) == 0
    assert reprocess(tmp_path) == USAGE
    assert reprocess(tmp_path, "--runner=PrismRunner") == USAGE
    assert reprocess(tmp_path, "--dead-letters") == USAGE
    log(config)
    assert reprocess(tmp_path, "--source", "unknown") == USAGE
    with output_lock(Store(str(tmp_path / "output")), "a run"):
        assert reprocess(tmp_path) == LOCKED
    error = capsys.readouterr().err
    for part in (": no raw log", "leave --runner out", ": no dead letters", ": no source 'unknown'"):
        assert part in error
