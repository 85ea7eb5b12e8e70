"""The lock of an output: one run writes it at a time."""

import json
import os
import shlex
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from filelock import FileLock, Timeout

from newsbeam.transforms.write.store import Store

LOCK, OWNER = "_lock", "_lock.json"


class OutputLockedError(Exception):
    """Another run is writing to the output. `str(error)` names its process, host, start and command."""


@contextmanager
def output_lock(store: Store, owner: str = "") -> Iterator[None]:
    """Keep other runs out of `store` until the block ends.

    The kernel holds the lock (flock) and releases it when the process that acquired it has ended, however it ended.
    `_lock.json` names the owner, for messages only. An object store has no such lock: there this does nothing, and the
    scheduler of runs must not let them overlap.

    Args:
        store: The output.
        owner: What the owner is doing, for the message; the command line by default.

    Raises:
        OutputLockedError: Another run holds the lock; raised immediately.
    """
    if not store.local:
        yield
        return
    os.makedirs(store.root, exist_ok=True)
    lock = FileLock(store.path(LOCK), timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise OutputLockedError(f"{_owner(store)} is writing to {store.root}") from None
    try:
        _write_owner(store, owner or shlex.join(sys.argv))
        yield
    finally:
        # Before the release: afterwards it may already be the name of the next owner.
        store.delete(OWNER)
        lock.release()


def _write_owner(store: Store, command: str) -> None:
    since = datetime.now(UTC).isoformat(timespec="seconds")
    owner = {"pid": os.getpid(), "host": socket.gethostname(), "since": since, "command": command}
    with store.write(f"{OWNER}.tmp") as file:
        file.write(json.dumps(owner).encode())
    store.rename(f"{OWNER}.tmp", OWNER)


def _owner(store: Store) -> str:
    try:
        with store.open_read(OWNER) as file:
            owner = json.load(file)
    except FileNotFoundError:  # it is about to write its name, or has just deleted it
        return "another run"
    return "another run (pid {pid} on host {host}, since {since}: {command})".format_map(owner)
