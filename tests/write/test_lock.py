import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from newsbeam.transforms.write.lock import OutputLockedError, output_lock
from newsbeam.transforms.write.store import Store
from tests.support.objects import memory_objects

# Takes the lock, starts a process that outlives it, says so, and waits to be killed.
HOLDER = """
import subprocess, sys
from newsbeam.transforms.write.lock import output_lock
from newsbeam.transforms.write.store import Store
from tests.support.objects import memory_objects
with output_lock(Store(sys.argv[1]), "newsbeam run other.yaml"):
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=sys.stdin, stdout=subprocess.DEVNULL)
    print("held", flush=True)
    child.wait()
"""


@pytest.fixture
def holder(store: Store) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, store.root], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == b"held\n"
        yield process
        process.kill()


def test_the_second_run_is_told_who_the_first_is(store: Store, holder) -> None:
    with pytest.raises(OutputLockedError) as raised, output_lock(store):
        pass
    message = str(raised.value)
    assert message.startswith(f"another run (pid {holder.pid} on host {socket.gethostname()}, since 2")
    assert message.endswith(f": newsbeam run other.yaml) is writing to {store.root}")


def test_a_killed_owner_releases_the_lock(store: Store, holder) -> None:
    """Not even while a process that it started lives on."""
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    with output_lock(store, "newsbeam run mine.yaml"):
        owner = json.loads(Path(store.path("_lock.json")).read_text())
    assert (owner["pid"], owner["command"]) == (os.getpid(), "newsbeam run mine.yaml")


def test_one_process_takes_it_once(store: Store) -> None:
    with output_lock(store), pytest.raises(OutputLockedError, match=f"pid {os.getpid()}"), output_lock(store):
        pass


def test_a_refused_run_leaves_the_owner_as_it_is(store: Store, holder) -> None:
    before = Path(store.path("_lock.json")).read_text()
    with pytest.raises(OutputLockedError), output_lock(store):
        pass
    assert Path(store.path("_lock.json")).read_text() == before


def test_it_is_free_after_the_block_and_after_an_error(store: Store) -> None:
    with pytest.raises(RuntimeError), output_lock(store):
        raise RuntimeError
    with output_lock(store):
        pass
    assert store.list() == ["_lock"]


def test_object_stores_have_no_lock() -> None:
    with memory_objects():
        store = Store("memory://bucket/locked")
        with output_lock(store), output_lock(store):
            assert store.list() == []
