"""Atomic commits: the files of a slice, or of a stream's flush, become visible together or not at all.

    stage     writes the files to OUTPUT/_staging/<slice>-<attempt>/, where no reader looks
    commit    writes their list, commit.json, beside them: from here on the commit will be complete;
              then renames each file to its partition, entries last, and deletes the folder
    recover   at the beginning of a run: a folder with a list is an interrupted commit and is finished;
              a folder without a list was never committed and is deleted

Whenever a run dies, either all rows of a slice are visible after the next recovery or none are. Recovery reads
`_staging` alone and never removes a file from a partition, so it doesn't depend on what has happened to the partitions
since (compaction, archiving). Until recovery, a reader can see paragraphs whose entry is not visible yet, but never an
entry without its paragraphs.

Files are named by a hash of the slice's content, so a slice that is written again replaces its own files.
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
from newsbeam.transforms.write.lock import verify_lock
from newsbeam.transforms.write.parquet import file_name, write_table
from newsbeam.transforms.write.schema import SCHEMAS
from newsbeam.transforms.write.store import Store

STAGING = "_staging"
_LIST = "commit.json"

Tables = Mapping[tuple[str, date], pa.Table]
"""Rows by table and partition: {("entries", date(2026, 11, 24)): ...}."""


@dataclass(frozen=True)
class Staged:
    """A slice whose files are complete and not yet visible.

    Attributes:
        slice_id: The stem of the files' names.
        folder: The folder in `_staging` that holds them.
        names: Their final names, in the order in which they become visible; until then each is below `folder`.
    """

    slice_id: str
    folder: str
    names: tuple[str, ...]


@dataclass(frozen=True)
class RecoveryReport:
    """What `recover` did.

    Attributes:
        finished: The files of interrupted commits that it moved to their partitions.
        removed: The staged files that it deleted, since they were never committed.
    """

    finished: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


def slice_id(
    entries: Iterable[Entry | KnownEntry], polls: Iterable[Poll] = (), dead_letters: Iterable[DeadLetter] = ()
) -> str:
    """Return the id of a slice: 32 hex characters, a hash of its records in any order."""
    # Times of fetching and failing don't count: a slice that is repeated after a crash must get the same id.
    # Polls are the exception: they have no other identity.
    keys = [digest("entry", entry.entry_id, str(entry.version), entry.content_hash) for entry in entries]
    keys += [digest("poll", poll.feed_url, poll.uri, poll.fetched_at.isoformat()) for poll in polls]
    keys += [digest("letter", each.stage, each.error, each.uri, each.message, each.payload) for each in dead_letters]
    # Sorted: the order of arrival within a slice differs from run to run.
    return digest(*sorted(keys))


def stage(store: Store, slice_id: str, tables: Tables) -> Staged:
    """Write the files of a slice to `_staging`; they are on disk when this returns.

    Args:
        store: The output.
        slice_id: The stem of the files' names.
        tables: The rows by table and day; an empty table gets no file.
    """
    # Each attempt has its own folder: a process that outlives its killed run can't write into the next run's files.
    folder = f"{STAGING}/{slice_id}-{secrets.token_hex(4)}"
    # Entries are the last of SCHEMAS, here and in the list: a reader that sees an entry finds its paragraphs.
    order = list(SCHEMAS)
    names = []
    for (table, day), rows in sorted(tables.items(), key=lambda item: (order.index(item[0][0]), item[0][1])):
        if rows.num_rows:
            names.append(file_name(table, day, slice_id))
            write_table(store, f"{folder}/{names[-1]}", rows)
    return Staged(slice_id, folder, tuple(names))


def commit(store: Store, staged: Staged) -> None:
    """Make a staged slice visible. If it is interrupted, `recover` finishes the commit or deletes all of it.

    Raises:
        LeaseLostError: This process had the output's lock, and another one may have it now; nothing has appeared.
    """
    # Immediately before the list, since from there on any process may finish the commit.
    verify_lock(store)
    with store.write(f"{staged.folder}/{_LIST}") as file:
        file.write(json.dumps(staged.names).encode())
    _finish(store, staged.folder, staged.names)


class StagedFileError(Exception):
    """A staged file of a job has gone: another run has recovered the output while the job was running."""


def job_folder(job: str) -> str:
    """Return the folder in `_staging` of a cluster's job; each attempt of a bundle has a folder in it."""
    return f"{STAGING}/job-{job}"


def list_job(store: Store, job: str, names: Iterable[str]) -> int:
    """Write the list of a job's commit; return the number of its files. A list that is there stays as it is.

    Args:
        store: The output.
        job: The job's id.
        names: Names below the job's folder, of the form `attempt/table/date=YYYY-MM-DD/stem.parquet`, in any order.
            Of two with the same table and stem, which hold the same rows, the first counts.

    Raises:
        StagedFileError: A file is not there, so nothing is committed.
    """
    folder = job_folder(job)
    if store.exists(f"{folder}/{_LIST}"):
        return len(json.loads(store.read(f"{folder}/{_LIST}")))
    # In reverse, so that of two the first by name stays: a step that runs again makes the same choice.
    final = {_final_name(name): name for name in sorted(names, reverse=True)}
    # All or nothing: a part of a job's rows would look like a whole one, and its polls would say so.
    missing = {f"{folder}/{name}" for name in final.values()} - set(store.list(folder))
    if missing:
        raise StagedFileError(f"{min(missing)}, one of {len(missing)} staged files, is missing; run again")
    order = sorted(SCHEMAS, key=lambda table: table == "polls")  # last: a later run trusts the validators of a poll
    in_order = sorted(final, key=lambda name: (order.index(name.split("/")[0]), name))
    if not store.create(f"{folder}/{_LIST}", json.dumps([final[name] for name in in_order]).encode()):
        return list_job(store, job, ())  # another attempt was first
    return len(in_order)


def finish_job(store: Store, job: str) -> None:
    """Make the files on a job's list visible, and delete everything else that it has staged.

    A job without a list is finished: its folder is deleted last.
    """
    folder = job_folder(job)
    if store.exists(f"{folder}/{_LIST}"):
        _finish(store, folder, json.loads(store.read(f"{folder}/{_LIST}")))


def recover(store: Store, exclude: str | None = None) -> RecoveryReport:
    """Finish interrupted commits of an earlier run and delete what it had staged but not committed.

    The caller holds the output's lock: the staged files of a run that is still writing would be deleted. A killed
    compaction is finished first, since its folder may hold a committed file; a running one is not touched.

    Args:
        store: The output.
        exclude: Slices whose id contains this are not touched: the caller's own. None excludes nothing.
    """
    finish_compaction(store)
    finished: list[str] = []
    removed: list[str] = []
    # The folder's name begins with the slice's id: a stream keeps what its own workers are staging at this moment.
    files = [name for name in store.list(STAGING) if exclude is None or exclude not in name.split("/")[1]]
    for folder in sorted({"/".join(name.split("/")[:2]) for name in files}):
        if store.exists(f"{folder}/{_LIST}"):
            # With a list the commit had been decided, and another reader may have seen a part of it: it can only go
            # forward.
            finished += _finish(store, folder, json.loads(store.read(f"{folder}/{_LIST}")))
        else:
            removed += [name for name in files if name.startswith(f"{folder}/")]
            store.delete(folder)
    # Without an exclusion the lock is ours, so nothing else can be staging; this removes empty folders, too.
    if exclude is None:
        store.delete(STAGING)
    return RecoveryReport(tuple(finished), tuple(removed))


def _finish(store: Store, folder: str, names: Iterable[str]) -> list[str]:
    """Rename what is still staged, in order, then delete the folder; return the names of the renamed files."""
    # What is no longer staged was renamed before the interruption, and may have been compacted since.
    renamed = [name for name in names if store.exists(f"{folder}/{name}")]
    for name in renamed:
        store.rename(f"{folder}/{name}", _final_name(name))
    # Deleted last: the commit can be finished as long as its list exists.
    store.delete(folder)
    return list(map(_final_name, renamed))


def _final_name(name: str) -> str:
    """Return the name in its partition of a staged file, without the folder of an attempt."""
    return name if name.split("/")[0] in SCHEMAS else name.partition("/")[2]
