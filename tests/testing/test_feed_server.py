"""The feed server and the drop writer, by themselves and with runs."""

import html
import json
from collections.abc import Iterator
from ipaddress import ip_network
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from newsbeam.pipeline.cli import main
from newsbeam.transforms.read.failures import BrokenBodyError, HttpStatusError, TimedOutError
from newsbeam.transforms.read.http import FetchSettings, HttpClient
from testing.feed_answers import FAULTS
from testing.feed_server import FeedServer, feed_server_process, write_config
from testing.published import POISON, Clock, Schedule, Version
from testing.stream_checks import missing_and_doubled
from testing.wire_drop import DropWriter
from tests.support.outputs import rows

START = Clock().now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def client() -> Iterator[HttpClient]:
    with HttpClient(FetchSettings(read_timeout_s=0.5, allow_networks=(ip_network("127.0.0.0/8"),))) as client:
        yield client


def lines(log: Path, kind: str) -> list[dict[str, Any]]:
    return [line for line in map(json.loads, log.read_text().splitlines()) if line["kind"] == kind]


def published(seed: int, steps: list[float], **settings: Any) -> list[Version]:
    schedule = Schedule(feeds=5, seed=seed, entries_per_second=2, start=START, **settings)
    return [version for step in steps for version in schedule.advance(START + step)]


def test_the_schedule_follows_from_the_seed() -> None:
    at_once = published(1, [300])
    assert published(1, [0.1, 7, 30, 300]) == at_once
    assert published(2, [300]) != at_once
    assert 600 <= sum(version.version == 1 for version in at_once) <= 602
    assert {version.version for version in at_once} == {1, 2, 3}
    assert [version.updated for version in at_once] == sorted(version.updated for version in at_once)
    assert len({version.title for version in at_once}) == len(at_once)
    assert len({version.paragraphs for version in at_once}) == len(at_once)


def test_a_feed_shows_its_latest_entries_and_an_update_takes_the_place_of_the_old_one() -> None:
    schedule = Schedule(feeds=1, seed=0, entries_per_second=1, start=START, window=20, update_after_s=(1, 3))
    back_to_the_first = 0
    for second in range(1, 200):
        schedule.advance(START + second)
        shown, changed_at = schedule.shown(0)
        assert len(shown) == min(20, second)
        assert [later.published > earlier.published for later, earlier in pairwise(shown)] == [True] * (len(shown) - 1)
        assert changed_at == max(version.updated for version in shown)
        back_to_the_first += any(version.version == 1 and version.updated > version.published for version in shown)
    assert back_to_the_first


def test_the_number_of_entries_can_be_limited() -> None:
    assert sum(version.version == 1 for version in published(1, [1000], entries=17)) == 17


def test_validators(tmp_path: Path, clock: Clock, client: HttpClient) -> None:
    """A feed without changes is a 304 for each kind of validator; one that changes twice in a second never is."""
    with FeedServer(tmp_path / "log", feeds=5, entries_per_second=20, entries=100, clock=clock) as server:
        clock.now += 10
        first = [client.get(url) for url in server.urls]
        assert [bool(each.etag) for each in first] == [True, True, False, True, False]
        assert [bool(each.last_modified) for each in first] == [True, False, True, False, False]
        known = first
        for new in (False, True, True):
            if new:
                for feed in range(5):
                    server.poison(feed)
            known = [client.get(url, old.etag, old.last_modified) for url, old in zip(server.urls, known, strict=True)]
            assert [each.status for each in known] == ([200] * 5 if new else [304, 304, 304, 304, 200])
    assert {line["host"] for line in lines(tmp_path / "log", "answer")} == {"127.0.0.1", "localhost"}


def test_faults(tmp_path: Path, clock: Clock, client: HttpClient) -> None:
    log = tmp_path / "log"
    with FeedServer(log, feeds=1, clock=clock) as server:
        clock.now += 30
        (url,) = server.urls
        good = client.get(url).body
        server.fault("hang")
        with pytest.raises(TimedOutError):
            client.get(url)
        server.fault("reset")
        with pytest.raises(BrokenBodyError) as cut:
            client.get(url)
        assert good.startswith(cut.value.body)
        for fault, status, wait in (("error", 500, ""), ("busy", 503, "1")):
            server.fault(fault)
            with pytest.raises(HttpStatusError) as refused:
                client.get(url)
            assert (refused.value.http_status, refused.value.retry_after) == (status, wait)
        bodies = {}
        for fault in ("slow", "truncated", "encoding", "empty"):
            server.fault(fault, [0], seconds=60)
            bodies[fault] = client.get(url)
        assert bodies["slow"].body == good
        assert good.startswith(bodies["truncated"].body)
        assert bodies["encoding"].body != good
        assert html.unescape(bodies["encoding"].body.decode("cp1252")) == html.unescape(good.decode())
        assert bodies["empty"].body == b""
        assert not bodies["truncated"].etag
        clock.now += 61
        assert client.get(url, bodies["slow"].etag).status == 200
        server.fault("busy")
        server.fault(None)
        assert client.get(url).status == 200
    answers = lines(log, "answer")
    assert [(each["fault"], each["status"], len(each["entries"])) for each in answers[:9]] == [
        (None, 200, 30),
        ("hang", None, 30),
        ("reset", None, 30),
        ("error", 500, 0),
        ("busy", 503, 0),
        ("slow", 200, 30),
        ("truncated", 200, 30),
        ("encoding", 200, 30),
        ("empty", 200, 30),
    ]


def test_a_separate_process_can_be_controlled(tmp_path: Path, client: HttpClient) -> None:
    log = tmp_path / "log"
    arguments = ("--feeds", "3", "--rate", "500", "--entries", "50", "--drop", str(tmp_path / "drop"))
    with feed_server_process(log, *arguments) as server:
        guid = server.poison(2)
        server.fault("error", [1])
        body = json.loads(client.get(server.urls[2]).body)
        with pytest.raises(HttpStatusError):
            client.get(server.urls[1])
        with pytest.raises(ValueError, match="unknown fault 'nonsense'"):
            server.fault("nonsense")  # type: ignore[arg-type]
        server.fault("hang", seconds=60)
        server.fault(None)
        assert client.get(server.urls[1]).status == 200
    (poisoned,) = (item for item in body["items"] if item["id"] == guid)
    assert POISON in poisoned["content_html"]
    assert [each["fault"] for each in lines(log, "fault")] == ["error", "hang", None]
    assert [each["status"] for each in lines(log, "answer") if each["host"]] == [200, 500, 200]


def test_files_are_logged_when_they_are_complete(tmp_path: Path, clock: Clock) -> None:
    log = tmp_path / "log"
    writer = DropWriter(tmp_path / "a", log, stories_per_second=1, stories=40, clock=clock)
    growing = 0
    while clock.now < START + 120:
        clock.now += 0.1
        writer.step()
        growing += len(list((tmp_path / "a").iterdir())) > len(lines(log, "answer"))
    writer.finish()
    assert growing > 10
    files = sorted((tmp_path / "a").iterdir())
    assert len(files) == len(lines(log, "answer")) == len(lines(log, "version"))
    assert all(path.name.endswith(f"-{etree.parse(path).getroot().get('version')}.xml") for path in files)
    came = [(each["entries"][0]["guid"], each["entries"][0]["version"]) for each in lines(log, "answer")]
    assert any((guid, 1) in came[place:] for place, (guid, version) in enumerate(came) if version == 2)
    assert any(each["canceled"] for each in lines(log, "version"))


@pytest.mark.slow
def test_runs_through_every_fault(tmp_path: Path, clock: Clock) -> None:
    """Entries of a faulty answer come with a later one; no text is truncated, garbled or doubled."""
    log = tmp_path / "log"
    with FeedServer(log, feeds=2 * len(FAULTS), entries_per_second=2, clock=clock) as server:
        config = write_config(tmp_path, server.urls, more="fetch: {timeout: 1s}\n")
        for turn in range(4):
            clock.now += 20
            server.fault(None)
            for number, fault in enumerate(FAULTS if turn in (0, 2) else ()):
                server.fault(fault, [2 * number, 2 * number + 1])
            server.poison(turn)
            assert main(["run", str(config), "--quiet", "--now", "--direct_num_workers=1"]) == 0
    report = missing_and_doubled(tmp_path / "output", log)
    assert report.clean, report
    assert report.figures["entries due"] > 100
    assert rows(tmp_path / "output", f"SELECT count(*) FROM paragraphs WHERE contains(text, '{POISON}')") == [(4,)]
