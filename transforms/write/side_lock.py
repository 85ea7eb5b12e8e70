"""Locks of an output beside the one of its writer: for commands that work while a run or a stream writes to it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from filelock import FileLock, Timeout

from newsbeam.transforms.write.lease import LEASE_S, Lease, LeaseHeldError
from newsbeam.transforms.write.store import Store


class SideLockedError(Exception):
    """Another process holds the lock. `str(error)` names it, "" where only the kernel knows it."""


@contextmanager
def side_lock(store: Store, name: str, owner: str, lease_s: float = LEASE_S) -> Iterator[Callable[[], None]]:
    """Hold a lock until the block ends: a file on this machine, a lease in an object store.

    Args:
        store: The output; its folder exists.
        name: The name of the lock.
        owner: What the owner is doing, for messages.
        lease_s: How long the lock of an object store stays after its owner has died, in seconds.

    Yields:
        A function that raises `LeaseLostError` if another process may have taken the lock.

    Raises:
        SideLockedError: Another process holds it.
    """
    with _file(store, name) if store.local else _lease(store, name, owner, lease_s) as verify:
        yield verify


@contextmanager
def _file(store: Store, name: str) -> Iterator[Callable[[], None]]:
    lock = FileLock(store.path(name), timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise SideLockedError from None
    try:
        # The kernel's lock can't be lost while this process lives.
        yield lambda: None
    finally:
        lock.release()


@contextmanager
def _lease(store: Store, name: str, owner: str, lease_s: float) -> Iterator[Callable[[], None]]:
    lease = Lease(store.objects, f"{name}.json", owner, lease_s)
    try:
        lease.acquire()
    except LeaseHeldError as error:
        raise SideLockedError(str(error)) from None
    try:
        yield lease.verify
    finally:
        lease.release()
