"""The lock of an output in an object store, here in memory; on real servers in tests/stores."""

import json
import os
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from newsbeam.transforms.common.object_clients import ObjectStoreError
from newsbeam.transforms.common.objects import Objects, Version
from newsbeam.transforms.write.commit import Staged, commit
from newsbeam.transforms.write.lease import Lease, LeaseHeldError, LeaseLostError
from newsbeam.transforms.write.lock import OutputLockedError, output_lock
from newsbeam.transforms.write.store import Store
from tests.support.objects import memory_objects

LEASE_S = 0.8


@pytest.fixture
def store() -> Iterator[Store]:
    with memory_objects():
        yield Store("memory://bucket/output")


def record(store: Store) -> dict[str, object]:
    return json.loads(store.read("_lock.json"))


def dead_owner(store: Store) -> Lease:
    """Leave a lock as a killed process does."""
    lease = Lease(store.objects, "_lock.json", "newsbeam run dead.yaml", LEASE_S)
    lease.acquire()
    lease._ended.set()
    lease._thread.join()
    return lease


def test_the_second_run_is_told_who_the_first_is(store: Store) -> None:
    lease_s = 4.0  # of which it waits for a quarter, until the owner renews it
    with output_lock(store, "newsbeam run other.yaml", lease_s):
        began = time.monotonic()
        with pytest.raises(OutputLockedError) as raised, output_lock(store, "", lease_s):
            pass
        assert time.monotonic() - began < lease_s
    message = str(raised.value)
    assert message.startswith(f"another process (pid {os.getpid()} on host {socket.gethostname()}, since 2")
    assert message.endswith(f": newsbeam run other.yaml) is writing to {store.root}")


def test_a_released_lock_is_free_at_once(store: Store) -> None:
    began = time.monotonic()
    for _ in range(3):
        with output_lock(store, "newsbeam run", 60.0):
            assert record(store)["command"] == "newsbeam run"
        assert record(store) == {}
    assert time.monotonic() - began < 5


def test_a_dead_owner_locks_for_its_lease(store: Store) -> None:
    dead = dead_owner(store)
    began = time.monotonic()
    with output_lock(store, "newsbeam run mine.yaml", LEASE_S):
        assert LEASE_S <= time.monotonic() - began + 0.1 < 3 * LEASE_S
        assert record(store)["command"] == "newsbeam run mine.yaml"
        with pytest.raises(LeaseLostError, match="not been renewed in time"):
            dead.verify()


@pytest.mark.parametrize("error", [OSError(5, "no route"), ObjectStoreError("the credentials have gone"), KeyError(1)])
def test_a_renewal_that_fails_is_tried_again(store: Store, monkeypatch, caplog, error: Exception) -> None:
    replace, calls = Objects.replace, iter([error])

    def once(*args: Any) -> Version | None:
        for raised in calls:
            raise raised
        return replace(*args)

    with output_lock(store, "newsbeam run", LEASE_S):
        monkeypatch.setattr(Objects, "replace", once)
        while record(store)["renewals"] == 1:
            time.sleep(0.02)
    assert "renewing the lock failed, trying again" in caplog.text
    assert record(store) == {}


def test_one_of_many_takes_it_over(store: Store) -> None:
    dead_owner(store)
    results: list[str] = []

    def contend() -> None:
        lease = Lease(store.objects, "_lock.json", "one of many", LEASE_S)
        try:
            lease.acquire()
            results.append("owner")
        except LeaseHeldError:
            results.append("refused")

    threads = [threading.Thread(target=contend) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["owner", *["refused"] * 5]


def test_an_owner_that_has_lost_the_lock_commits_nothing(store: Store) -> None:
    store.objects.write("_staging/a-1/entries/date=2026-11-24/a.parquet", b"rows")
    with output_lock(store, "newsbeam run", 0.2):
        known = store.objects.read("_lock.json")
        while not store.objects.replace("_lock.json", b'{"id": "x"}', known):
            known = store.objects.read("_lock.json")
        time.sleep(0.3)
        with pytest.raises(LeaseLostError):
            commit(store, Staged("a", "_staging/a-1", ("entries/date=2026-11-24/a.parquet",)))
    assert not store.list("entries")
    assert record(store) == {"id": "x"}  # it is not the owner's to release


def test_something_else_in_its_place_is_no_lock(store: Store) -> None:
    store.objects.write("_lock.json", b"not json")
    with output_lock(store, "newsbeam run", LEASE_S):
        assert record(store)["command"] == "newsbeam run"


def test_a_server_that_ignores_conditions_is_refused(store: Store, monkeypatch) -> None:
    def put(self: Objects, name: str, data: bytes, mode: object) -> object:
        self.write(name, data)
        return self.read(name)

    monkeypatch.setattr(Objects, "_put_if", put)
    with pytest.raises(OSError, match="ignores If-None-Match"), output_lock(store, "", LEASE_S):
        pass
