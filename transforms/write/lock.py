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

from newsbeam.transforms.write.lease import LEASE_S, Lease, LeaseHeldError
from newsbeam.transforms.write.store import Store

LOCK, OWNER = "_lock", "_lock.json"


class OutputLockedError(Exception):
    """Another run is writing to the output. `str(error)` names its process, host, start and command."""


_LEASES: dict[str, Lease] = {}  # those of this process, by the root of the output


@contextmanager
def output_lock(store: Store, owner: str = "", lease_s: float = LEASE_S) -> Iterator[None]:
    """Keep other runs out of `store` until the block ends.

    On a local disk the kernel holds the lock (flock) and releases it when the process that acquired it has ended,
    however it ended. `_lock.json` names the owner, for messages only. On an object store `_lock.json` is a lease, which
    the next run takes over when it has not been renewed for `lease_s`.

    Args:
        store: The output.
        owner: What the owner is doing, for the message; the command line by default.
        lease_s: How long the lock of an object store stays after its owner has died, in seconds.

    Raises:
        OutputLockedError: Another run holds the lock; raised immediately, on an object store as soon as that run renews
            its lease, at most a quarter of a lease later.
    """
    owner = owner or shlex.join(sys.argv)
    with _folder_lock(store, owner) if store.local else _lease(store, owner, lease_s):
        yield


def verify_lock(store: Store) -> None:
    """Raise LeaseLostError if this process had the lock of an output and may not have it any longer."""
    if lease := _LEASES.get(store.root):
        lease.verify()


@contextmanager
def _lease(store: Store, owner: str, lease_s: float) -> Iterator[None]:
    lease = Lease(store.objects, OWNER, owner, lease_s)
    try:
        lease.acquire()
    except LeaseHeldError as error:
        raise OutputLockedError(f"{error} is writing to {store.root}") from None
    _LEASES[store.root] = lease
    try:
        yield
    finally:
        del _LEASES[store.root]
        lease.release()


@contextmanager
def _folder_lock(store: Store, owner: str) -> Iterator[None]:
    os.makedirs(store.root, exist_ok=True)
    lock = FileLock(store.path(LOCK), timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise OutputLockedError(f"{_owner(store)} is writing to {store.root}") from None
    try:
        _write_owner(store, owner)
        yield
    finally:
        # Before the release: afterwards it may already be the name of the next owner.
        store.delete(OWNER)
        lock.release()


def _write_owner(store: Store, command: str) -> None:
    since = datetime.now(UTC).isoformat(timespec="seconds")
    owner = {"pid": os.getpid(), "host": socket.gethostname(), "since": since, "command": command}
    with store.write(OWNER) as file:
        file.write(json.dumps(owner).encode())


def _owner(store: Store) -> str:
    try:
        owner = json.loads(store.read(OWNER))
    except FileNotFoundError:  # it is about to write its name, or has just deleted it
        return "another run"
    return "another run (pid {pid} on host {host}, since {since}: {command})".format_map(owner)
