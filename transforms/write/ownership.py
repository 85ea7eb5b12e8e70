"""Which worker process writes the files of a key, and which of the files that are there count. No Beam here.

A streaming engine can run two processes that both believe they write a key: one that it has replaced can live on after
a network fault or a long pause, a *zombie worker*. And after a failure it goes back to a checkpoint and writes again
what it wrote since. Two things keep each row in one file all the same:

    fencing          the process that writes a key is named in `_owners/KEY` by its *attempt id*, which it draws when it
                     takes the key. It looks there before it begins with a commit and again before the files appear. A
                     process that finds another id fails its bundle (`FencedError`)
    attempt history  the keyed state has the attempt id of each commit. It says of each file whether it counts

    acquire -> reconcile -> [stage -> verify -> commit -> release]*      fenced at verify: delete what is staged, fail

A process that acquires a key *reconciles* its files with the state: files of attempts that are not in the history are
moved to `_quarantine/`, and files of the history that another process has moved there come back. No file is removed,
since nothing tells a worker from outside whether it is the zombie or its successor. The engine repeats the bundle that
failed, which reconciles again, so the last one to write is the one that the engine keeps.

A submission from nothing has another epoch, so it never moves a file. One that goes on from a checkpoint knows the
epoch of each key, since every key has an empty commit in its first seconds.

From a failure to the first commit after it, a reader sees rows that the engine has forgotten and is about to write
again; never a row in two files, since the old ones are gone before the new ones come.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from newsbeam.transforms.runtime.state import decode, encode
from newsbeam.transforms.write.commit import STAGING, Tables
from newsbeam.transforms.write.parquet import file_name, partition_of
from newsbeam.transforms.write.schema import SCHEMAS
from newsbeam.transforms.write.store import Store

OWNERS = "_owners"
QUARANTINE = "_quarantine"
HISTORY = 200
"""Attempts that a key remembers: the latest ones."""

_QUARANTINED_FOR = timedelta(days=7)
_DAY = timedelta(days=1)
_KIND, _FORMAT = "commit state", 1


class FencedError(Exception):
    """Another process writes this key now. An engine that did not mean to replace this one tries again."""


@dataclass(frozen=True)
class CommitState:
    """The next commit of a key.

    Attributes:
        epoch: The id of the submission that first wrote this key.
        number: How many commits came before it.
        since: The first partition that it or a later one has rows in; None for any. Rows come about in the order in
            which they were fetched, so this is a day before the oldest row of the commit before.
        attempts: The attempts that made the commits before and this one, each with its first number, the latest
            `HISTORY` of them.
    """

    epoch: str
    number: int = 0
    since: date | None = None
    attempts: tuple[tuple[int, str], ...] = ()

    @property
    def attempt(self) -> str:
        """The id of the attempt that makes this commit."""
        return self.attempts[-1][1]

    def claimed_by(self, attempt: str) -> "CommitState":
        """Return this commit as another process makes it."""
        # An attempt that has made no commit is dropped: no file of it counts.
        before = [each for each in self.attempts if each[0] < self.number]
        return replace(self, attempts=(*before, (self.number, attempt))[-HISTORY:])

    def stem(self, key: str) -> str:
        """Return what its files are called."""
        return f"{key}-{self.epoch}-{self.number:08}-{self.attempt}"

    def following(self, tables: Tables) -> "CommitState":
        """Return the commit that comes after this one, which has the rows of `tables`."""
        return replace(self, number=self.number + 1, since=min(day for _, day in tables) - _DAY)

    def includes(self, number: int, attempt: str) -> bool:
        """Return whether the commit `number` of an attempt is one of those before this one."""
        # Not yet made as far as the state knows: after a rollback these are written again.
        if number >= self.number:
            return False
        of_number = [each for first, each in self.attempts if first <= number][-1:]
        return of_number in ([], [attempt])  # the state no longer knows who made the commits before its history


def encode_commit(commit: CommitState) -> Any:
    """Return the next commit of a key as state."""
    since = commit.since and commit.since.toordinal()
    return encode(_KIND, _FORMAT, commit.epoch, commit.number, since, commit.attempts)


def decode_commit(state: Any) -> CommitState:
    """Return the next commit of a key."""
    epoch, number, since, attempts = decode(_KIND, _FORMAT, state)
    return CommitState(epoch, number, None if since is None else date.fromordinal(since), attempts)


class FencingTokens:
    """The keys that this process writes, with the commit that it has left each at.

    Args:
        draw: Draws an attempt id, which no other process has.
    """

    def __init__(self, draw: Callable[[], str]):
        self._draw = draw
        self._released: dict[str, CommitState] = {}

    def acquire(self, store: Store, key: str, commit: CommitState) -> CommitState:
        """Return the commit to make next: `commit` if this process has left the key at it, else one of a new attempt.

        A key that this process takes is reconciled first.

        Raises:
            FencedError: This process has left it so, but another one has taken the key since.
        """
        name = store.path(f"{OWNERS}/{key}")
        if self._released.pop(name, None) == commit:  # not again if what follows fails
            self.verify(store, key, commit)
            return commit
        # A new attempt in every process: files of the one before are told from those of a zombie by its id.
        commit = commit.claimed_by(self._draw())
        with store.write(f"{OWNERS}/{key}") as file:
            file.write(commit.attempt.encode())
        # After the claim is written: an old owner that checks from here on makes no more commits.
        reconcile(store, key, commit)
        return commit

    def release(self, store: Store, key: str, commit: CommitState) -> None:
        """Note the next commit, once the one before is made."""
        self._released[store.path(f"{OWNERS}/{key}")] = commit

    def verify(self, store: Store, key: str, commit: CommitState) -> None:
        """Raise FencedError if the owner of the key is not the attempt of `commit`."""
        try:
            owner = store.read(f"{OWNERS}/{key}")
        except FileNotFoundError:  # a user may have removed the whole output
            owner = b""
        if owner != commit.attempt.encode():
            raise FencedError(
                f"another process writes {key} in {store.root}: the engine has replaced this one, "
                "or two streams have one output"
            )


def reconcile(store: Store, key: str, commit: CommitState) -> None:
    """Make the files of a key and epoch those of the history before a commit, and no others.

    What other attempts have staged is deleted, so that no recovery finishes it. Files come and go in such an order that
    an entry is never there without its paragraphs.
    """
    name_of = re.compile(rf"{re.escape(key)}-{re.escape(commit.epoch)}-(\d+)-(\w+)\b")

    def counts(name: str) -> bool | None:
        found = name_of.match(name)
        return commit.includes(int(found[1]), found[2]) if found else None

    staged = [name for name in store.list(STAGING) if counts(name.split("/")[1]) is False]
    for name in staged:  # sorted, so the list goes first: without it, a recovery finishes nothing
        store.delete(name)
    for folder in {"/".join(name.split("/")[:2]) for name in staged}:
        store.delete(folder)
    there = [name for name in _files(store, commit) if counts(name.rpartition("/")[2]) is False]
    # In reverse: the entries leave first, and their paragraphs after them.
    for name in sorted(there, key=_appearance, reverse=True):
        store.rename(name, f"{QUARANTINE}/{name}")
    quarantined = [name.removeprefix(f"{QUARANTINE}/") for name in store.list(QUARANTINE)]
    for name in sorted((name for name in quarantined if counts(name.rpartition("/")[2])), key=_appearance):
        store.rename(f"{QUARANTINE}/{name}", name)
    # Quarantined files are kept for a while: a second rollback may bring their attempt back.
    old = datetime.now(UTC).date() - _QUARANTINED_FOR
    for name in quarantined:
        if counts(name.rpartition("/")[2]) is False and (partition_of(name) or old) < old:
            store.delete(f"{QUARANTINE}/{name}")


def _files(store: Store, commit: CommitState) -> list[str]:
    """Return the files in all partitions that a commit, or a later one, can have rows in."""
    if commit.since is None:  # the first commit of a key: once in its life
        return [name for table in SCHEMAS for name in store.list(table)]
    newest = max(datetime.now(UTC).date() + _DAY, commit.since + 3 * _DAY)  # another worker's clock may be ahead
    days = [commit.since + _DAY * number for number in range((newest - commit.since).days + 1)]
    return [
        name for table in SCHEMAS for day in days for name in store.list(file_name(table, day, "").rpartition("/")[0])
    ]


def _appearance(name: str) -> tuple[str, int]:
    """Return where a file comes in the order in which commits and their tables appear."""
    table, *_, last = name.split("/")
    return last, list(SCHEMAS).index(table)
