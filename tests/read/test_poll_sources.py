"""PollSources tick by tick: with state as an engine keeps it, servers on loopback and real drops."""

import io
import os
import pickle
import threading
import time
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from apache_beam.pvalue import TaggedOutput

from newsbeam.transforms.read import poll_cycles, poll_sources, raw_packs
from newsbeam.transforms.read.due import FeedState
from newsbeam.transforms.read.http import FetchSettings
from newsbeam.transforms.read.poll_cycles import KeyState, PollLimits, SourceGroup, decode_states, encode_states
from newsbeam.transforms.read.source_spec import SourceSpec
from newsbeam.transforms.records import DeadLetter, Document, Poll, Polled, Source
from newsbeam.transforms.runtime.counters import listening
from newsbeam.transforms.runtime.in_flight import Backlog
from newsbeam.transforms.runtime.state import StateFormatError
from newsbeam.transforms.write.raw_log import RawLog
from newsbeam.transforms.write.store import Store
from testing.fake_state import FakeValue

# Ticks wait long for a new cycle, so that tests don't depend on speed, and not for one that was there before. Wires are
# listed at each.
LIMITS = PollLimits(wait_s=10.0, later_wait_s=0.02, listing_share=1e9)
SETTINGS = FetchSettings(
    connect_timeout_s=5,
    read_timeout_s=5,
    total_timeout_s=10,
    max_bytes=10_000,
    allow_networks=(ip_network("127.0.0.0/8"),),
)
LONG_AGO = (1, 1)


class State(FakeValue):
    """A value of an engine's state: what a bundle writes counts once the bundle is committed."""

    committed: Any = None

    def commit(self) -> None:
        self.committed = self.value

    def roll_back(self) -> None:
        self.value = self.committed

    @property
    def known(self) -> dict[str, FeedState]:
        return decode_states(self.read()).known

    def later(self, seconds: float) -> None:
        """Let time pass."""
        state = decode_states(self.read())
        earlier = {url: last._replace(due_s=last.due_s - seconds) for url, last in state.known.items()}
        self.write(encode_states(state._replace(known=earlier)))
        self.commit()


class Outputs(list[Any]):
    """What ticks gave."""

    @property
    def documents(self) -> list[Document]:
        return [each.value for each in self if isinstance(each, Polled)]

    @property
    def bodies(self) -> list[bytes]:
        return [document.body for document in self.documents]

    @property
    def polls(self) -> list[Poll]:
        """Those by themselves, and those that go with their last document."""
        found = [each.poll if isinstance(each, Polled) and each.of else getattr(each, "value", None) for each in self]
        return [each for each in found if isinstance(each, Poll)]

    @property
    def letters(self) -> list[DeadLetter]:
        return [each.value for each in self if isinstance(each, TaggedOutput) and isinstance(each.value, DeadLetter)]


asked: list[list[str]] = []
"""What `Warm` was asked for."""


@dataclass(frozen=True)
class Warm:
    """The polls that are written."""

    polls: tuple[Poll, ...]

    def __call__(self, feed_urls: Sequence[str]) -> dict[str, Poll]:
        asked.append(list(feed_urls))
        return {poll.feed_url: poll for poll in self.polls if poll.feed_url in feed_urls}


class Job:
    """The step of a running job: two instances of its DoFn in one worker process take turns."""

    def __init__(self, *groups: SourceGroup, states: dict[str, State] | None = None, **options: Any):
        self.groups = groups
        self.states = states or {group.key: State() for group in groups}
        limits = {name: options.pop(name) for name in options.keys() & LIMITS.__dataclass_fields__}
        fn = poll_sources._PollFn(groups, SETTINGS, **options, limits=replace(LIMITS, **limits))
        self._instances = [pickle.loads(pickle.dumps(fn)) for _ in range(2)]
        for instance in self._instances:
            instance.setup()

    def tick(self, *keys: str, commit: bool = True) -> Outputs:
        """Run one bundle with a tick for each key, for all if none are given."""
        instance = self._instances[0]
        self._instances.reverse()
        instance.start_bundle()
        outputs = Outputs()
        for key in keys or [group.key for group in self.groups]:
            state = self.states.setdefault(key, State())
            outputs += instance.process((key, 0), state)
        for state in self.states.values():
            state.commit() if commit else state.roll_back()
        return outputs

    def tick_until(self, reached: Callable[[], bool], commit: bool = True) -> Outputs:
        """Tick until something is so."""
        outputs, end = Outputs(), time.monotonic() + 10
        while not reached() and time.monotonic() < end:
            outputs += self.tick(commit=commit)
        assert reached()
        return outputs

    @property
    def replay(self) -> tuple[str, ...]:
        """What is still to be read from the log."""
        return decode_states(self.states["host"].read()).replay

    def stop(self) -> None:
        for instance in self._instances:
            instance.teardown()


@pytest.fixture
def start():
    """Start jobs, with options and limits of `PollSources`, and stop them at the end."""
    jobs: list[Job] = []

    def start(*groups: SourceGroup, states: dict[str, State] | None = None, **options: Any) -> Job:
        jobs.append(Job(*groups, states=states, **options))
        return jobs[-1]

    yield start
    for job in jobs:
        job.stop()
    assert not poll_cycles._shared


def feed(url: str, interval_s: float = 900.0) -> Source:
    return Source(url, "A source", url, poll_interval_s=interval_s)


def host(*urls: str, key: str = "host", interval_s: float = 900.0) -> SourceGroup:
    return SourceGroup(key, tuple(feed(url, interval_s) for url in urls))


def test_a_feed_is_polled_when_it_is_due_and_not_before(start, serve, respond):
    server = serve(respond(b"news"))
    job = start(host(server.url()))
    outputs = job.tick()
    assert (outputs.bodies, [poll.status for poll in outputs.polls]) == ([b"news"], ["ok"])
    assert job.tick() == []
    job.states["host"].later(890)
    assert job.tick() == []
    job.states["host"].later(11)
    outputs = job.tick()
    assert (outputs.bodies, [poll.status for poll in outputs.polls]) == ([], ["unchanged"])
    assert len(server.requests) == 2


def test_a_failed_poll_waits_for_its_interval_and_retry_after(start, serve, respond):
    answers = iter([respond(status="503 Service Unavailable"), respond(status="503 Busy", retry_after="7200")])
    server = serve(lambda request: next(answers))
    job = start(host(server.url()))
    assert [poll.http_status for poll in job.tick().polls] == [503]
    for _ in range(3):
        assert job.tick() == []
    job.states["host"].later(901)
    assert [poll.status for poll in job.tick().polls] == ["error"]
    job.states["host"].later(7100)
    assert job.tick() == []
    assert len(server.requests) == 2


def test_no_feed_of_a_server_is_asked_for_after_a_429_until_retry_after(start, serve, respond):
    tired = serve(
        lambda request: respond(status="429 Too Many" if request.path == "/b" else "200 OK", retry_after="60")
    )
    other = serve(respond(b"x"))
    job = start(host(tired.url("/a"), tired.url("/b"), tired.url("/c"), other.url("/d"), interval_s=10))
    assert [poll.http_status for poll in job.tick().polls] == [200, 429, 200]
    job.states["host"].later(30)
    assert [poll.feed_url for poll in job.tick().polls] == [other.url("/d")]
    assert [request.path for request in tired.requests] == ["/a", "/b"]
    job.states["host"].later(31)
    job.tick()
    assert [request.path for request in tired.requests][2:4] == ["/a", "/b"]


def test_a_feed_that_is_gone_is_not_polled_again(start, serve, respond):
    server = serve(respond(status="410 Gone"))
    job = start(host(server.url()))
    assert [poll.http_status for poll in job.tick().polls] == [410]
    job.states["host"].later(9_000_000)
    assert job.tick() == []


def test_validators_of_a_web_page_are_not_sent_and_the_page_is_an_error_each_time(start, serve, respond, monkeypatch):
    monkeypatch.setattr(f"{__name__}.SETTINGS", replace(SETTINGS, precheck=looks_like_a_page))
    server = serve(respond(b"<html>", etag='"page"'))
    job = start(host(server.url(), interval_s=0))
    for _ in range(3):
        outputs = job.tick()
        assert (outputs.bodies, [(poll.status, poll.error) for poll in outputs.polls]) == (
            [b"<html>"],
            [("error", "a page")],
        )
    assert not any("if-none-match" in request.headers for request in server.requests)


def looks_like_a_page(document: Document) -> str:
    return "a page"


def test_validators_outlive_the_worker_and_errors(start, serve, respond):
    def answer(request):
        if len(server.requests) == 2:
            return respond(status="500 Oops")
        return respond(status="304 Not Modified") if "if-none-match" in request.headers else respond(b"x", etag='"1"')

    server = serve(answer)
    group = host(server.url(), interval_s=0)
    first = start(group)
    assert first.tick().bodies == [b"x"]
    second = start(group, states=first.states)
    assert [poll.status for poll in second.tick().polls] == ["error"]
    third = start(group, states=first.states)
    assert [poll.status for poll in third.tick().polls] == ["not_modified"]
    assert server.requests[2].headers["if-none-match"] == '"1"'


def test_the_feeds_of_a_host_one_after_another(start, serve, respond):
    under_way, most = [], []

    def answer(request):
        under_way.append(request.path)
        most.append(len(under_way))
        yield respond(request.path.encode())
        under_way.remove(request.path)

    server = serve(answer)
    job = start(host(*(server.url(f"/{number}") for number in range(5))))
    assert job.tick().bodies == [b"/0", b"/1", b"/2", b"/3", b"/4"]
    assert set(most) == {1}


def test_hosts_at_once(start, serve, respond):
    together = threading.Barrier(3, timeout=5)

    def answer(request):
        together.wait()
        return respond(b"x")

    server = serve(answer)
    job = start(*(host(server.url(f"/{key}"), key=key) for key in "abc"), wait_s=0.02)
    outputs = job.tick_until(lambda: all(job.states[key].known for key in "abc"))
    assert outputs.bodies == [b"x"] * 3


def test_a_host_that_hangs_delays_no_other_and_its_response_is_taken_later(start, serve, respond):
    go_on = threading.Event()

    def answer(request):
        if request.path == "/hangs":
            go_on.wait(10)
        return respond(request.path.encode())

    server = serve(answer)
    job = start(host(server.url("/hangs"), key="a"), host(server.url("/answers"), key="b"), wait_s=0.3)
    began = time.monotonic()
    outputs = job.tick()
    assert time.monotonic() - began < 8
    outputs += job.tick_until(lambda: bool(job.states["b"].known))
    assert outputs.bodies == [b"/answers"]
    for _ in range(3):
        assert job.tick() == []
    go_on.set()
    assert job.tick_until(lambda: bool(job.states["a"].known)).bodies == [b"/hangs"]
    assert sorted(request.path for request in server.requests) == ["/answers", "/hangs"]


def test_results_of_a_host_are_taken_while_another_of_its_feeds_hangs(start, serve, respond):
    go_on = threading.Event()

    def answer(request):
        if request.path == "/2":
            go_on.wait(10)
        return respond(request.path.encode())

    server = serve(answer)
    job = start(host(*(server.url(f"/{number}") for number in (1, 2, 3))), wait_s=0.1)
    assert job.tick_until(lambda: bool(job.states["host"].known)).bodies == [b"/1"]
    go_on.set()
    assert job.tick_until(lambda: len(job.states["host"].known) == 3).bodies == [b"/2", b"/3"]


def test_the_number_of_hosts_at_once_is_bounded(start, serve, respond):
    go_on = threading.Event()

    def answer(request):
        go_on.wait(5)
        return respond(b"x")

    server = serve(answer)
    job = start(*(host(server.url(f"/{key}"), key=key) for key in "abcd"), wait_s=0.02, hosts_at_once=2)
    for _ in range(3):
        assert job.tick() == []
    job.tick_until(lambda: len(server.requests) == 2)
    go_on.set()
    assert job.tick_until(lambda: all(state.known for state in job.states.values())).bodies == [b"x"] * 4


def test_a_bundle_that_fails_polls_again_and_loses_nothing(start, serve, respond):
    server = serve(lambda request: respond(request.path.encode(), etag='"1"'))
    job = start(host(server.url("/1"), server.url("/2")))
    assert job.tick(commit=False).bodies == [b"/1", b"/2"]
    assert job.tick().bodies == [b"/1", b"/2"]
    assert job.tick() == []


def test_a_bundle_that_fails_in_the_middle_of_a_round(start, serve, respond):
    """The rest of the cycle is canceled, and is polled after its server has answered."""
    go_on = threading.Event()

    def answer(request):
        if request.path == "/2":
            go_on.wait(10)
        return respond(request.path.encode())

    server = serve(answer)
    job = start(host(server.url("/1"), server.url("/2"), server.url("/3")), wait_s=0.1)
    lost = Outputs()
    while not lost.bodies:
        lost += job.tick(commit=False)
    assert lost.bodies == [b"/1"]
    assert job.tick_until(lambda: len(server.requests) == 2) == []
    assert job.tick() == job.tick() == []
    assert [request.path for request in server.requests] == ["/1", "/2"]
    go_on.set()
    assert job.tick_until(lambda: len(job.states["host"].known) == 3).bodies == [b"/1", b"/2", b"/3"]
    assert [request.path for request in server.requests] == ["/1", "/2", "/1", "/2", "/3"]


def test_results_from_before_a_rollback_or_a_move_of_the_key_are_not_taken(start, serve, respond):
    go_on = threading.Event()
    body = [b"old"]

    def answer(request):
        said = body[0]
        if said == b"old":
            go_on.wait(5)
        return respond(said)

    server = serve(answer)
    group = host(server.url(), interval_s=0)
    here = start(group, wait_s=0.05)
    here.tick_until(lambda: bool(server.requests))
    body[0] = b"new"
    elsewhere = start(group, states=here.states)
    assert elsewhere.tick_until(lambda: bool(here.states["host"].known)).bodies == [b"new"]
    go_on.set()
    assert here.tick_until(lambda: len(server.requests) == 3).bodies == []


def test_removed_feeds_and_hosts_are_deleted_and_new_ones_are_polled_immediately(start, serve, respond):
    server = serve(respond(b"x"))
    before = start(host(server.url("/1"), server.url("/2")), host(server.url("/3"), key="gone"))
    assert len(before.tick().polls) == 3
    after = start(host(server.url("/2"), server.url("/4")), states=before.states)
    assert [poll.feed_url for poll in after.tick("host", "gone").polls] == [server.url("/4")]
    assert set(after.states["host"].known) == {server.url("/2"), server.url("/4")}
    assert after.states["gone"].read() is None


def test_without_state_every_source_is_polled():
    assert decode_states(None) == KeyState()


@pytest.mark.parametrize("state", [{}, (0, "t", {}), (1, "t"), "x", ("feed states", 3, "t", ())])
def test_a_state_that_this_version_does_not_know_is_an_error(state):
    with pytest.raises(StateFormatError):
        decode_states(state)


def test_a_warm_start_continues_from_the_polls_of_the_output(start, serve, respond):
    def answer(request):
        return respond(status="304 Not Modified") if "if-none-match" in request.headers else respond(b"x")

    server = serve(answer)
    now = datetime.now(UTC)
    due, later, new = (server.url(f"/{name}") for name in ("due", "later", "new"))
    written = Warm(
        (
            Poll(due, due, "A", now - timedelta(hours=1), "ok", etag='"1"', next_poll_at=now - timedelta(minutes=1)),
            Poll(later, later, "A", now, "ok", etag='"1"', next_poll_at=now + timedelta(minutes=10)),
        )
    )
    group = host(due, later, new)
    first = start(group, bootstrap=written)
    assert [(poll.feed_url, poll.status) for poll in first.tick().polls] == [(due, "not_modified"), (new, "ok")]
    assert set(first.states["host"].known) == {due, later, new}
    # With state there is nothing to ask for.
    assert start(group, states=first.states, bootstrap=Warm(())).tick() == []
    assert len(server.requests) == 2


def test_a_bug_is_not_swallowed(start, monkeypatch):
    def broken(*args):
        raise KeyError("a bug")

    monkeypatch.setattr(poll_cycles, "fetch", broken)
    with pytest.raises(KeyError, match="a bug"):
        start(host("http://127.0.0.1:1/")).tick()


# Wires


def drop(folder: Path, quiet_period_s: float = 2.0) -> SourceGroup:
    return SourceGroup("wire:drop", wire=SourceSpec("drop", "dpa", quiet_period_s=quiet_period_s, base=folder))


def put(path: Path, data: bytes, times: tuple[float, float] = LONG_AGO) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    os.utime(path, times)


def test_files_that_are_new_changed_the_same_and_gone(start, tmp_path):
    put(tmp_path / "drop/a.txt", b"a")
    put(tmp_path / "drop/sub/b.txt", b"b")
    job = start(drop(tmp_path))
    outputs = job.tick()
    assert outputs.bodies == [b"a", b"b"]
    assert [(poll.feed_url, poll.source, poll.status) for poll in outputs.polls] == [
        ("drop/a.txt", "dpa", "ok"),
        ("drop/sub/b.txt", "dpa", "ok"),
    ]
    assert job.tick() == []
    put(tmp_path / "drop/a.txt", b"A", (2, 2))
    put(tmp_path / "drop/c.txt", b"c")
    assert job.tick().bodies == [b"A", b"c"]
    put(tmp_path / "drop/c.txt", b"c", (3, 3))
    assert (job.tick(), job.tick()) == ([], [])  # touched: read again, and no row of it
    (tmp_path / "drop/a.txt").unlink()
    put(tmp_path / "drop/d.txt", b"d")
    assert job.tick().bodies == [b"d"]
    assert set(job.states["wire:drop"].known) == {"drop/sub/b.txt", "drop/c.txt", "drop/d.txt"}


def test_a_wire_rests_for_a_multiple_of_the_time_that_listing_it_took(start, tmp_path):
    put(tmp_path / "drop/a.txt", b"a")
    job = start(drop(tmp_path), listing_share=1e-9)  # for hours
    assert job.tick().bodies == [b"a"]
    put(tmp_path / "drop/b.txt", b"b")
    assert job.tick() == []
    assert start(drop(tmp_path), states=job.states).tick().bodies == [b"b"]  # another worker knows nothing of it


def test_nothing_is_polled_while_enough_is_waiting_to_be_written(start, tmp_path, monkeypatch):
    waiting = Backlog()
    monkeypatch.setattr(poll_sources, "backlog", waiting)
    for number in range(9):
        put(tmp_path / f"drop/{number}.txt", str(number).encode())
    job = start(drop(tmp_path), max_in_flight=4)
    assert job.tick().bodies == [b"0", b"1", b"2", b"3"]
    assert job.tick() == []
    waiting.add(-1)
    assert job.tick().bodies == [b"4"]
    waiting.add(-4)
    assert job.tick().bodies == [b"5", b"6", b"7", b"8"]
    assert waiting.waiting == 4


def test_the_polls_of_all_hosts_in_the_output_are_read_once(start, serve, respond):
    server = serve(respond(b"x"))
    job = start(*(host(server.url(f"/{key}"), key=key) for key in "abc"), bootstrap=Warm(()))
    asked.clear()
    job.tick_until(lambda: all(state.known for state in job.states.values()))
    assert asked == [[server.url(f"/{key}") for key in "abc"]]


def test_after_a_warm_start_a_file_is_read_again_and_goes_on_if_it_is_another(start, tmp_path):
    for name in "abc":
        put(tmp_path / f"drop/{name}.txt", name.encode())
    first = start(drop(tmp_path))
    written = Warm(tuple(first.tick().polls))
    put(tmp_path / "drop/b.txt", b"B", (2, 2))
    put(tmp_path / "drop/d.txt", b"d")
    second = start(drop(tmp_path), bootstrap=written)
    outputs = second.tick()
    assert (outputs.bodies, len(outputs.polls)) == ([b"B", b"d"], 2)
    assert second.tick() == []
    assert {url[5] for url, last in second.states["wire:drop"].known.items() if last.stat} == set("abcd")


def test_a_warm_start_with_a_missing_drop(start, tmp_path):
    job = start(drop(tmp_path), bootstrap=Warm(()))
    assert job.tick().letters == []
    put(tmp_path / "drop/a.txt", b"a")
    assert job.tick().bodies == [b"a"]


def test_a_file_is_read_after_its_quiet_period(start, tmp_path):
    now = time.time()
    put(tmp_path / "drop/young.txt", b"y", (now, now))
    put(tmp_path / "drop/future.txt", b"f", (now + 3600, now + 3600))
    put(tmp_path / "drop/old.txt", b"o", (now - 61, now - 61))
    put(tmp_path / "drop/hidden.part", b"h")
    job = start(drop(tmp_path, quiet_period_s=60))
    assert job.tick().bodies == [b"o"]
    assert job.tick() == []
    os.utime(tmp_path / "drop/young.txt", (now - 61, now - 61))
    assert job.tick().bodies == [b"y"]


def test_a_time_in_the_future_is_as_good_as_now(start, tmp_path):
    later = time.time() + 3600
    put(tmp_path / "drop/a.txt", b"a", (later, later))
    job = start(drop(tmp_path, quiet_period_s=0.1))
    assert job.tick() == []
    put(tmp_path / "drop/a.txt", b"ab", (later, later))
    began = time.monotonic()
    assert job.tick_until(lambda: bool(job.states["wire:drop"].known)).bodies == [b"ab"]
    assert time.monotonic() - began >= 0.1


def test_a_file_that_changes_while_it_is_read_is_read_at_a_later_tick(start, tmp_path, monkeypatch):
    put(tmp_path / "drop/a.txt", b"a")
    real = poll_cycles.fetch

    def while_somebody_writes(*args):
        put(tmp_path / "drop/a.txt", b"ab", (2, 2))
        return real(*args)

    monkeypatch.setattr(poll_cycles, "fetch", while_somebody_writes)
    job = start(drop(tmp_path))
    assert job.tick() == []
    monkeypatch.setattr(poll_cycles, "fetch", real)
    outputs = job.tick()
    assert (outputs.bodies, [poll.status for poll in outputs.polls]) == ([b"ab"], ["ok"])


def test_archives_are_unpacked_and_malformed_ones_are_dead_letters(start, tmp_path):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in ("1.xml", "2.xml"):
            archive.writestr(name, name)
        archive.writestr("long.xml", b"x" * 20_000)
    put(tmp_path / "drop/a.zip", buffer.getvalue())
    put(tmp_path / "drop/b.zip", buffer.getvalue()[:100])
    put(tmp_path / "drop/long.txt", b"x" * 20_000)
    job = start(drop(tmp_path))
    outputs = job.tick()
    uris = [document.uri.rpartition("/")[2] for document in outputs.documents]
    assert uris == ["a.zip!1.xml", "a.zip!2.xml"]
    assert [letter.error for letter in outputs.letters] == ["BodyTooLongError", "ArchiveError", "BodyTooLongError"]
    assert [each.of for each in outputs if isinstance(each, Polled)] == [0, 2]
    polls = [(os.path.basename(poll.feed_url), poll.status) for poll in outputs.polls]
    assert polls == [("a.zip", "ok"), ("b.zip", "error"), ("long.txt", "error")]
    job.states["wire:drop"].later(901)
    assert (job.tick().letters, job.tick()) == ([], [])


def test_a_file_that_fails_is_tried_again_when_it_is_due_or_has_changed(start, tmp_path):
    (tmp_path / "drop").mkdir()
    (tmp_path / "drop/link.txt").symlink_to("nowhere.dat")
    job = start(drop(tmp_path))
    assert [poll.status for poll in job.tick().polls] == ["error"]
    assert job.tick() == []
    job.states["wire:drop"].later(901)
    assert [poll.status for poll in job.tick().polls] == ["error"]
    put(tmp_path / "drop/nowhere.dat", b"x")
    assert job.tick().bodies == [b"x", b"x"]


def test_the_state_of_sources_that_can_not_be_listed_is_kept(start, tmp_path):
    put(tmp_path / "drop/a.txt", b"a")
    job = start(drop(tmp_path))
    assert job.tick().bodies == [b"a"]
    os.rename(tmp_path / "drop", tmp_path / "unmounted")
    assert [poll.status for poll in job.tick().polls] == ["error"]
    assert job.tick() == []
    os.rename(tmp_path / "unmounted", tmp_path / "drop")
    put(tmp_path / "drop/b.txt", b"b")
    assert job.tick().bodies == [b"b"]
    assert set(job.states["wire:drop"].known) == {"drop/a.txt", "drop/b.txt"}


def test_objects_of_a_store(start, bucket):
    bucket.update({"memory://bucket/drop/1.xml": b"1", "memory://bucket/drop/2.xml": b"2"})
    job = start(
        SourceGroup("wire:ok", wire=SourceSpec("memory://bucket/drop/", "afp")),
        SourceGroup("wire:broken", wire=SourceSpec("memory://broken/drop/", "ap")),
    )
    counted: list[str] = []
    with listening(lambda name, number: counted.append(name)):
        first = job.tick()
    assert first.bodies == [b"1", b"2"]
    (failed,) = (poll for poll in first.polls if poll.status == "error")
    assert failed.feed_url == "memory://broken/drop/"
    assert "can't list" in failed.error
    assert sorted(counted) == ["polls:error", "polls:ok", "polls:ok", "wires_unlisted"]
    assert job.tick() == []  # until the failed poll is due again
    bucket["memory://bucket/drop/2.xml"] = b"two"
    assert job.tick().bodies == [b"two"]


def test_many_files(start, tmp_path):
    """No tick takes much longer than its wait, and the state stays small."""
    for number in range(2000):
        put(tmp_path / f"drop/{number % 7}/20261125T093000Z-agency-story-{number:05}.xml", b"%d" % number)
    job = start(drop(tmp_path), wait_s=0.05)
    outputs = job.tick()
    while len(job.states["wire:drop"].known) < 2000:
        new = job.tick()
        assert len(new.documents) < 1500
        outputs += new
    assert sorted(map(int, outputs.bodies)) == list(range(2000))
    assert job.tick() == []
    assert len(job.states["wire:drop"].committed) < 200 * 2000


def test_a_cycle_pauses_while_its_results_are_not_taken(start, tmp_path, monkeypatch):
    fetched: list[str] = []
    real = poll_cycles.fetch

    def fetch(source, *args):
        fetched.append(source.feed_url)
        return real(source, *args)

    monkeypatch.setattr(poll_cycles, "fetch", fetch)
    for number in range(20):
        put(tmp_path / f"drop/{number:02}.txt", b"x" * 999)
    job = start(drop(tmp_path), wait_s=0.0, buffered_bytes=2000)
    outputs = Outputs()
    while len(outputs.documents) < 20:
        outputs += job.tick()
        assert len(fetched) <= len(outputs.documents) + 4
    assert len(fetched) == 20


def test_wires_are_not_bounded_by_the_hosts_at_once(start, tmp_path, serve, respond):
    put(tmp_path / "drop/a.txt", b"a")
    server = serve(respond(b"x"))
    job = start(drop(tmp_path), replace(host(server.url()), key="web"), hosts_at_once=0)
    assert job.tick().bodies == [b"a"]


def changing(serve, respond):
    """Serve a feed that has another text at each request."""
    server = serve(lambda request: respond(f"text {len(server.requests)}".encode()))
    return server


def with_log(tmp_path: Path, generation: str = "stream1") -> dict[str, Any]:
    # Each job is a worker process of its own, which lists the log anew.
    RawLog._indexes.clear()
    return {"log": RawLog(Store(str(tmp_path / "output"))), "generation": generation}


def test_what_was_fetched_comes_from_the_log_after_a_rollback(start, serve, respond, tmp_path):
    server = changing(serve, respond)
    first = start(host(server.url(), interval_s=0), **with_log(tmp_path))
    assert first.tick().bodies == [b"text 1"]
    lost = [*first.tick(commit=False), *first.tick(commit=False)]
    assert Outputs(lost).bodies == [b"text 2", b"text 2"]
    second = start(host(server.url(), interval_s=0), states=first.states, **with_log(tmp_path))
    assert Outputs(second.tick()) == lost[:1]
    assert second.tick().bodies == [b"text 3"]
    assert len(server.requests) == 3


def test_a_rollback_to_before_the_first_poll_loses_nothing(start, serve, respond, tmp_path):
    server = changing(serve, respond)
    first = start(host(server.url(), interval_s=0), **with_log(tmp_path))
    lost = first.tick(commit=False)
    second = start(host(server.url(), interval_s=0), states=first.states, **with_log(tmp_path))
    assert second.tick() == lost
    assert second.tick().bodies == [b"text 2"]


def test_a_state_with_another_number_of_shards_is_an_error_that_names_both(start, serve, respond):
    server = serve(respond(b"x"))
    before = start(host(server.url()), shards=16)
    before.tick()
    after = start(host(server.url()), states=before.states, shards=8)
    with pytest.raises(StateFormatError, match=r"stream\.shards: 16; set it to that instead of 8"):
        after.tick()


def test_many_packs_are_replayed_in_their_order(start, serve, respond, tmp_path):
    server = changing(serve, respond)
    group = host(server.url(), interval_s=0)
    first = start(group, **with_log(tmp_path))
    first.tick()
    before = first.states["host"].read()
    lost = [text for _ in range(12) for text in first.tick().bodies]
    state = State(before)
    state.commit()
    second = start(group, states={"host": state}, **with_log(tmp_path))
    assert second.tick_until(lambda: decode_states(state.read()).number == 13).bodies == lost


def test_of_two_processes_one_goes_on_from_the_pack_of_the_other(start, serve, respond, tmp_path):
    server = changing(serve, respond)
    group = host(server.url(), interval_s=0)
    zombie = start(group, **with_log(tmp_path))
    zombie.tick()
    copy = State(zombie.states["host"].read())
    copy.commit()
    successor = start(group, states={"host": copy}, **with_log(tmp_path))
    given = zombie.tick()
    assert given.bodies == [b"text 2"]
    RawLog._indexes[Store(str(tmp_path / "output"))].names.clear()  # listed before the zombie wrote
    assert successor.tick() == []  # its text 3 comes after the pack of the zombie
    assert successor.tick().bodies == [b"text 2", b"text 3"]
    assert successor.tick().bodies == [b"text 4"]


def test_a_warm_start_reads_what_an_earlier_stream_had_fetched_and_not_written(start, serve, respond, tmp_path):
    server = changing(serve, respond)
    group = host(server.url(), interval_s=0)
    first = start(group, **with_log(tmp_path))
    written, *lost = (first.tick() for _ in range(4))
    second = start(group, bootstrap=Warm((written.polls[0],)), **with_log(tmp_path, "stream2"))
    assert second.tick().bodies + second.tick_until(lambda: not second.replay).bodies == [
        b"text 2",
        b"text 3",
        b"text 4",
    ]
    assert second.tick().bodies == [b"text 5"]
    third = start(group, bootstrap=Warm((lost[2].polls[0],)), **with_log(tmp_path, "stream3"))
    assert third.tick().bodies == [b"text 5"]


def test_files_of_a_drop_are_in_packs_of_bounded_size(start, tmp_path, monkeypatch):
    monkeypatch.setattr(raw_packs, "PACK_BYTES", 25)
    for number in range(9):
        put(tmp_path / f"drop/{number}.txt", b"ten bytes!")
    job = start(drop(tmp_path), **with_log(tmp_path))
    assert len(job.tick().bodies) == 9
    assert len(list((tmp_path / "output/raw").rglob("*.parquet"))) == 3


def test_an_archive_is_in_several_packs_and_its_poll_is_complete(start, tmp_path, monkeypatch):
    monkeypatch.setattr(raw_packs, "PACK_BYTES", 25)
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for number in range(7):
            archive.writestr(f"{number}.txt", f"member {number}..")
    put(tmp_path / "drop/all.zip", content.getvalue())
    first = start(drop(tmp_path), **with_log(tmp_path))
    lost = first.tick(commit=False)
    second = start(drop(tmp_path), states=first.states, **with_log(tmp_path))
    assert second.tick() == lost
    assert [each.of for each in lost] == [0, 0, 0, 0, 0, 0, 7]
    assert second.tick() == []


def test_polls_without_a_document_are_not_in_the_log(start, serve, respond, tmp_path):
    server = serve(respond(b"x"))
    job = start(host(server.url(), interval_s=0), **with_log(tmp_path))
    for _ in range(5):
        job.tick()
    assert len(list((tmp_path / "output/raw").rglob("*.parquet"))) == 1
