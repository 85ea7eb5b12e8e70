"""Whole runs on each server: sources and config in the store, run twice, compacted, read, killed, two at once."""

import io
import random
import subprocess
import sys
import time
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from rich.console import Console

from newsbeam.pipeline.cli import main
from newsbeam.pipeline.reports.databases import connect
from newsbeam.pipeline.reports.inspect_output import inspect_output
from newsbeam.pipeline.reports.views import table_sql, views_sql
from newsbeam.transforms.common.objects import Objects
from newsbeam.transforms.write.commit import commit, recover, slice_id, stage
from newsbeam.transforms.write.compaction.compact import compact
from newsbeam.transforms.write.ownership import CommitState, FencedError, FencingTokens
from newsbeam.transforms.write.rows import slice_tables, story_rows
from newsbeam.transforms.write.store import Store
from newsbeam.transforms.write.write_rows import write_commit
from tests.support.object_servers import ObjectServer
from tests.support.outputs import ALL_ENTRIES, ALL_ROWS, write_feeds
from tests.write.conftest import _make_story

pytestmark = [pytest.mark.slow, pytest.mark.stores]

NEWSBEAM = str(Path(sys.executable).with_name("newsbeam"))
DROP = Path(__file__).parents[2] / "configs/sample/drop"
LEASE_S = 3
OPTIONS = ["--quiet", "--direct_num_workers=1"]


def fill(place: Objects, folder: Path) -> None:
    """Put feeds and a newswire drop into the store."""
    write_feeds(folder, feeds=3, entries=4)
    for path in (folder / "feeds").iterdir():
        place.write(f"feeds/{path.name}", path.read_bytes())
    for path in DROP.iterdir():
        place.write(f"drop/in/{path.name}", path.read_bytes())
    place.write("drop/unfinished.xml.part", b"<")


def put_config(place: Objects, output: str) -> str:
    """Put a config for an output beside the sources; return its URL."""
    text = (
        f"output: {place.url(output)}\nslice: 5\nlock_lease: {LEASE_S}s\nentities: {{models: {{}}}}\n"
        f"feeds:\n  - {{path: '{place.url('feeds/*.json')}', language: en}}\n"
        f"wires:\n  - {{path: '{place.url('drop/')}', source: Agency}}\n"
    )
    place.write(f"{output}.yaml", text.encode())
    return place.url(f"{output}.yaml")


def rows(output: str, sql: str) -> list[tuple]:
    with connect(output) as database:
        for table in ("paragraphs", "entries", "polls", "dead_letters"):
            database.execute(f"CREATE VIEW {table} AS {table_sql(output, table)}")
        return database.execute(sql).fetchall()


def test_a_run_and_what_comes_after(place: Objects, tmp_path: Path, capsys) -> None:
    fill(place, tmp_path)
    config, output = put_config(place, "out"), place.url("out")
    assert main(["run", config, *OPTIONS]) == 0, capsys.readouterr().err
    paragraphs, entries = rows(output, ALL_ROWS), rows(output, ALL_ENTRIES)
    assert ("Agency",) in rows(output, "SELECT DISTINCT source FROM entries")
    place.write("drop/late.xml", (DROP / "cable-car-1.xml").read_bytes())  # a new object with a known story
    assert main(["run", config, *OPTIONS]) == 0
    assert (rows(output, ALL_ROWS), rows(output, ALL_ENTRIES)) == (paragraphs, entries)
    assert not Store(output).list("_staging")
    files = len(Store(output).list("entries"))
    assert compact(Store(output), date(2099, 1, 1), grace_s=0, lease_s=LEASE_S).merged
    assert len(Store(output).list("entries")) < files
    assert rows(output, ALL_ROWS) == paragraphs
    read = io.StringIO()
    inspect_output(output, Console(file=read, width=200))
    assert "Agency" in read.getvalue()
    with connect(output) as database:
        database.execute(views_sql(output))
        assert database.execute("SELECT count(*) > 10 FROM current_paragraphs").fetchone() == (True,)


def test_a_query_reads_the_partitions_that_it_names(place: Objects, monkeypatch) -> None:
    store = Store(place.url("out"))
    for day in range(1, 6):
        story = _make_story(str(day), fetched_at=datetime(2026, 11, day, 12, tzinfo=UTC))
        commit(store, stage(store, slice_id([story.entry]), slice_tables(story_rows([story]).items)))
    read: list[str] = []
    read_object = Objects.read
    monkeypatch.setattr(Objects, "read", lambda self, name: read.append(name) or read_object(self, name))
    with connect(place.url("out")) as database:
        files = f"{place.url('out')}/entries/date=*/*.parquet"
        query = f"FROM read_parquet('{files}', hive_partitioning = true)"
        assert len(database.execute(f"{query} WHERE date = DATE '2026-11-03'").fetchall()) == 1
    assert {name.split("/")[-2] for name in read} <= {"date=2026-11-01", "date=2026-11-03"}  # one for the schema


def test_killed_at_random_moments_and_started_again(place: Objects, tmp_path: Path, server: ObjectServer) -> None:
    fill(place, tmp_path)
    assert main(["run", put_config(place, "undisturbed"), *OPTIONS]) == 0
    config, chance = put_config(place, "killed"), random.Random(place.scheme)
    killed = 0
    for _ in range(5 if place.scheme == "s3" else 2):
        process = start(config, server)
        wait_until_locked(place, process)
        time.sleep(chance.uniform(0.0, 2.5))
        killed += process.poll() is None
        process.kill()
        process.communicate()
    assert killed
    done = start(config, server)
    _, error = done.communicate(timeout=100)
    assert done.returncode == 0, error
    for query in (ALL_ROWS, ALL_ENTRIES, "SELECT feed_url, entries FROM polls WHERE status = 'ok' ORDER BY 1"):
        assert rows(place.url("killed"), query) == rows(place.url("undisturbed"), query), f"after {killed} kills"
    assert not Store(place.url("killed")).list("_staging")


def start(config: str, server: ObjectServer) -> subprocess.Popen[str]:
    command = [NEWSBEAM, "run", config, *OPTIONS]
    return subprocess.Popen(command, env=server.environment, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def wait_until_locked(place: Objects, process: subprocess.Popen[str]) -> None:
    """Wait until a process has the lock of the output."""
    until = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < until:
        if (
            place.stat("killed/_lock.json")
            and f'"pid": {process.pid},'.encode() in place.read("killed/_lock.json").data
        ):
            return
        time.sleep(0.02)


def test_two_writers_at_once(place: Objects, tmp_path: Path, server: ObjectServer) -> None:
    fill(place, tmp_path)
    config, output = put_config(place, "out"), place.url("out")
    both = [start(config, server) for _ in range(2)]
    errors = [process.communicate(timeout=100)[1] for process in both]
    statuses = [process.returncode for process in both]
    assert 0 in statuses, errors
    if 1 in statuses:  # else the second began when the first had ended
        refused = errors[statuses.index(1)]
        assert f"(pid {both[statuses.index(0)].pid} on host" in refused
        assert f"is writing to {output}" in refused
    assert rows(output, "SELECT count(*) - count(DISTINCT paragraph_id) FROM paragraphs") == [(0,)]
    assert rows(output, "SELECT count(*) - count(DISTINCT (entry_id, version)) FROM entries") == [(0,)]


def test_a_stream_and_its_successor(place: Objects) -> None:
    """What a zombie worker leaves is moved away, and it can't commit any more."""
    store = Store(place.url("out"))
    tables = [slice_tables(story_rows([_make_story(str(n))]).items) for n in range(3)]
    first, second = FencingTokens(lambda: "first"), FencingTokens(lambda: "second")
    _, checkpoint = write_commit(store, "stories", CommitState("epoch"), tables[0], first)
    _, ahead = write_commit(store, "stories", checkpoint, tables[1], first)  # lost with the worker
    stage(store, ahead.stem("stories"), tables[2])
    for each in tables[1:]:
        _, checkpoint = write_commit(store, "stories", checkpoint, each, second)
    with pytest.raises(FencedError):
        write_commit(store, "stories", ahead, tables[2], first)
    recover(store)
    assert len(rows(store.root, "FROM entries")) == 3
    assert len(rows(store.root, "SELECT DISTINCT paragraph_id FROM paragraphs")) == 6
    assert len(store.list("_quarantine")) == 2
    assert not store.list("_staging")
