"""One run at a time writes an output."""

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
    """Another run is writing to the output. `str(error)` says which."""


@contextmanager
def output_lock(store: Store, owner: str = "") -> Iterator[None]:
    """Keep other runs out of `store` until the block ends.

    The kernel holds the lock (flock) and lets go of it when the process that took it is gone, however it died. Who
    holds it is written beside it, in `_lock.json`, only to be shown. Not for object stores, which have no such lock:
    there it does nothing, and whoever schedules runs must see to it that they don't overlap.

    Args:
        store: The output.
        owner: What the owner is doing, for the message; the command line unless given.

    Raises:
        OutputLockedError: At once, if another run has the lock.
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
    except FileNotFoundError:  # it has the lock, and is about to write its name or has just removed it
        return "another run"
    return "another run (pid {pid} on host {host}, since {since}: {command})".format_map(owner)
