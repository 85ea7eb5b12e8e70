"""Slices: what a run writes at once, and how all of it becomes visible or none.

    stage     writes the slice's files to OUTPUT/_staging/<slice>-<attempt>/, where no reader looks
    commit    writes the list of them beside them: from here on the slice is going to be complete;
              then renames each into its partition, entries last, and removes the folder
    recover   at the beginning of a run: a folder with a list is a commit that was interrupted, and is finished;
              one without was never committed, and is removed

So at whatever moment a run dies, a slice's rows are all there after the next recovery or none of them is, and no file
in a partition is ever taken away: what a run left incomplete can be told from `_staging` alone, whatever else
(compaction, an archivist) has done to the partitions since. (DESIGN.md lets a run remove what an uncommitted slice has
already renamed; finishing it instead needs no marks in file names and saves the work.) Until recovery, a reader can see
paragraphs whose entry isn't there yet, never an entry without its paragraphs.

The files are named by what is in the slice, so a slice that is written again replaces its own files.
"""

import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

import pyarrow as pa

from newsbeam.transforms.ids import digest
from newsbeam.transforms.records import DeadLetter, Entry, KnownEntry, Poll
from newsbeam.transforms.write.compaction.swap import finish_compaction
from newsbeam.transforms.write.parquet import file_name, write_table
from newsbeam.transforms.write.schema import SCHEMAS
from newsbeam.transforms.write.store import Store

STAGING = "_staging"
_LIST = "commit.json"

Tables = Mapping[tuple[str, date], pa.Table]
"""Rows by table and partition: {("entries", date(2026, 11, 24)): ...}."""


@dataclass(frozen=True)
class Staged:
    """A slice whose files are complete, and not yet visible.

    Attributes:
        slice_id: What the files are called.
        folder: Where they are.
        names: Their final names, in the order in which they appear; staged, they have `folder` in front.
    """

    slice_id: str
    folder: str
    names: tuple[str, ...]


@dataclass(frozen=True)
class RecoveryReport:
    """What `recover` found in `_staging`.

    Attributes:
        finished: The files that it put in place for commits that had been interrupted.
        removed: The files that it removed, which had never been committed.
    """

    finished: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


def slice_id(
    entries: Iterable[Entry | KnownEntry], polls: Iterable[Poll] = (), letters: Iterable[DeadLetter] = ()
) -> str:
    """Return the id of a slice, 32 hex characters, from what is in it, in whatever order.

    The times of fetching and failing don't count, except of polls, which are nothing else: what is written again after
    a crash, later, must replace what it repeats.
    """
    keys = [digest("entry", entry.entry_id, str(entry.version), entry.content_hash) for entry in entries]
    keys += [digest("poll", poll.feed_url, poll.uri, poll.fetched_at.isoformat()) for poll in polls]
    keys += [digest("letter", each.stage, each.error, each.uri, each.message, each.payload) for each in letters]
    return digest(*sorted(keys))


def stage(store: Store, slice_id: str, tables: Tables) -> Staged:
    """Write the files of a slice where no reader looks; they are on disk when this returns.

    Args:
        store: The output.
        slice_id: The slice's id: hex characters.
        tables: The rows by table and day; an empty one gets no file.
    """
    # A folder an attempt: a process that outlives its killed run can't write into the files of the next one.
    folder = f"{STAGING}/{slice_id}-{secrets.token_hex(4)}"
    order = list(SCHEMAS)
    names = []
    for (table, day), rows in sorted(tables.items(), key=lambda item: (order.index(item[0][0]), item[0][1])):
        if rows.num_rows:
            names.append(file_name(table, day, slice_id))
            write_table(store, f"{folder}/{names[-1]}", rows)
    return Staged(slice_id, folder, tuple(names))


def commit(store: Store, staged: Staged) -> None:
    """Make a staged slice visible. When this has returned, or was interrupted at any point, it is committed or not."""
    draft = f"{staged.folder}/{_LIST}.tmp"
    with store.write(draft) as file:
        file.write(json.dumps(staged.names).encode())
    store.rename(draft, f"{staged.folder}/{_LIST}")
    _finish(store, staged.folder, staged.names)


def recover(store: Store, besides: str | None = None) -> RecoveryReport:
    """Finish the commits that an earlier run was interrupted in, and remove what it had not committed.

    Call it at the beginning of a run, under the lock: to another run that is writing it would be fatal. A compaction
    that was killed is finished first, since it may hold back a file; one that is at work is left alone.

    Args:
        store: The output.
        besides: Slices with this in their id are left alone, the caller's own; None for none.
    """
    finish_compaction(store)
    finished: list[str] = []
    removed: list[str] = []
    files = [name for name in store.list(STAGING) if besides is None or besides not in name.split("/")[1]]
    for folder in sorted({"/".join(name.split("/")[:2]) for name in files}):
        if store.exists(f"{folder}/{_LIST}"):
            with store.open_read(f"{folder}/{_LIST}") as file:
                finished += _finish(store, folder, json.load(file))
        else:
            removed += [name for name in files if name.startswith(f"{folder}/")]
            store.delete(folder)
    if besides is None:
        store.delete(STAGING)
    return RecoveryReport(tuple(finished), tuple(removed))


def _finish(store: Store, folder: str, names: Iterable[str]) -> list[str]:
    """Rename what is still staged, in order, then remove the folder; return the files that it renamed."""
    renamed = [name for name in names if store.exists(f"{folder}/{name}")]
    for name in renamed:
        store.rename(f"{folder}/{name}", name)
    # Last: as long as the list is there, the commit can be finished.
    store.delete(folder)
    return renamed
