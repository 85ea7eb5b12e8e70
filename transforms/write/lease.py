"""A lease: a lock in an object store, which ends by itself some time after its owner has died.

    acquire   create the object with the owner's record (If-None-Match). If it is there, watch it: its owner renews it
              every quarter of the lease. One that stays the same for a whole lease is taken over (If-Match)
    renew     replace the record, if it is still ours
    verify    before each commit: enough of the lease must be left since the last renewal began
    release   replace the record by one without an owner, if it is still ours

No clock is compared with another one. The owner counts from before its request, a contender from after it has seen its
effect, so the owner's count ends first. What no lease can exclude: a process that stops between `verify` and its next
request, for three quarters of a lease or longer (Kleppmann, How to do distributed locking). So what is written under a
lease is named by its content and can be repeated.
"""

import json
import logging
import os
import secrets
import socket
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from newsbeam.transforms.common.object_clients import one_line
from newsbeam.transforms.common.objects import Objects, Version

LEASE_S = 60.0

_LOGGER = logging.getLogger(__name__)


class LeaseHeldError(Exception):
    """Another process holds the lease. `str(error)` names it: pid, host, start and command."""


class LeaseLostError(Exception):
    """This process has not renewed its lease in time, so another one may hold it."""


class Lease:
    """A lease that this process holds or wants, renewed by a thread of its own.

    Args:
        objects: The output.
        name: The name of the lock's object.
        owner: What the owner is doing, for messages.
        seconds: How long the lock stays when its owner has died.
    """

    def __init__(self, objects: Objects, name: str, owner: str, seconds: float = LEASE_S):
        self._objects = objects
        self._name = name
        self._seconds = seconds
        self._owner = {
            # Not the pid and host alone: containers repeat both.
            "id": secrets.token_hex(16),
            "pid": os.getpid(),
            "host": socket.gethostname(),
            "since": datetime.now(UTC).isoformat(timespec="seconds"),
            "command": owner,
            "lease_s": seconds,
        }
        # In the record, so that each renewal changes the object's ETag: a contender sees that the owner lives.
        self._renewals = 0
        self._version: Version | None = None
        self._valid_until = 0.0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._keep, name=f"lease of {name}", daemon=True)

    def acquire(self) -> None:
        """Acquire the lease; if there is an owner, wait until it renews its lease or until that has ended.

        Raises:
            LeaseHeldError: The owner is alive.
            OSError: The store can't be written to, or doesn't support conditional writes.
        """
        watched: Version | None = None
        watched_since = 0.0
        while not self._take(lambda data: self._objects.create(self._name, data)):
            try:
                seen = self._objects.read(self._name)
            except FileNotFoundError:
                continue
            record = _record(seen)
            if watched is None or seen.etag != watched.etag:
                # Changed while it was watched, so its owner lives. Without an owner it was only released, or taken.
                if watched and _owner_id(watched) and record.get("id"):
                    raise LeaseHeldError(_describe(record))
                watched, watched_since = seen, time.monotonic()
                if record.get("id"):
                    _LOGGER.warning("%s: waiting to see whether %s is alive", self._url, _describe(record))
            lease_s = float(record.get("lease_s", 0.0))
            if time.monotonic() - watched_since >= lease_s:
                known = watched
                if self._take(lambda data, known=known: self._objects.replace(self._name, data, known)):  # type: ignore[misc]
                    break
                continue
            # Often enough to see that it is renewed, which happens every quarter of a lease.
            time.sleep(min(1.0, lease_s / 20))
        self._check_conditions()
        self._thread.start()

    def verify(self) -> None:
        """Raise LeaseLostError unless a quarter of the lease, at least, is left."""
        # A quarter is the time for what is written next; after it a contender may already count the lease as ended.
        if time.monotonic() > self._valid_until - self._seconds / 4:
            raise LeaseLostError(
                f"{self._url} has not been renewed in time, so another process may be writing: nothing more is written"
            )

    def release(self) -> None:
        """Give the lease back, if this process still has it."""
        self._ended.set()
        # Before the object is replaced: a renewal in flight would change the version that the condition names.
        self._thread.join()
        if self._version and time.monotonic() < self._valid_until:
            self._objects.replace(self._name, b"{}", self._version)

    @property
    def _url(self) -> str:
        return self._objects.url(self._name)

    def _take(self, put: Callable[[bytes], Version | None]) -> bool:
        """Write this process's record on a condition; return whether it is there."""
        # From before the request: a contender can only have seen its effect later.
        began = time.monotonic()
        self._renewals += 1
        data = json.dumps({**self._owner, "renewals": self._renewals}).encode()
        version = put(data)
        if version is None:  # a request that was repeated after its answer was lost fails by its own effect
            try:
                seen = self._objects.read(self._name)
            except FileNotFoundError:
                return False
            version = seen if seen.data == data else None
        if version:
            self._version, self._valid_until = version, began + self._seconds
        return bool(version)

    def _check_conditions(self) -> None:
        # The object is there, so a store with conditional writes must refuse to create it.
        if self._objects.create(self._name, b"{}"):
            raise OSError(
                95,
                "the server ignores If-None-Match, so two writers could not be kept apart; use another one",
                self._url,
            )

    def _keep(self) -> None:
        # Four times in a lease, so that two renewals may fail.
        while not self._ended.wait(self._seconds / 4):
            known = self._version
            try:
                if known and not self._take(lambda data, known=known: self._objects.replace(self._name, data, known)):  # type: ignore[misc]
                    self._valid_until = 0.0
                    _LOGGER.error("%s: another process has taken the lock", self._url)
                    return
            except Exception as error:  # noqa: BLE001 - tried again; `verify` fails before the lease has ended
                _LOGGER.warning("%s: renewing the lock failed, trying again: %s", self._url, one_line(error))


def _record(version: Version) -> dict[str, Any]:
    """Return the record of a lock's owner; an empty one if there is no owner or something else is there."""
    try:
        record = json.loads(version.data)
    except ValueError:
        return {}
    return record if isinstance(record, dict) else {}


def _owner_id(version: Version) -> str:
    return str(_record(version).get("id", ""))


def _describe(record: dict[str, Any]) -> str:
    return "another process (pid {pid} on host {host}, since {since}: {command})".format_map(record)
