"""The table `runs`: one row for each run, stream or other command that writes to an output. No Beam here.

    begin     write `_runs/RUN_ID.json`, then the row, in a file of its own
    end       replace the file, then delete `_runs/RUN_ID.json`
    settle    at the beginning of a command that holds the output's lock: what such a command has left in `_runs` died

The file of a run is `runs/date=DAY/run-RUN_ID.parquet` from the beginning to the end. So a reader finds one row for
each run at any moment, and a row that is written again replaces itself. A compaction leaves the file as it is until the
run is not in `_runs` any more.
"""

import json
import os
import re
import socket
from pathlib import Path
from typing import Any

import pyarrow as pa

from newsbeam.transforms.write.parquet import file_name, file_row_groups, write_table
from newsbeam.transforms.write.run_record import DIED, RUNNING, Run
from newsbeam.transforms.write.schema import RUNS, run_table
from newsbeam.transforms.write.store import Store

UNFINISHED = "_runs"
FILE_STEM = re.compile(r"run-([0-9A-Za-z]{8,64})")


def begin_run(store: Store, run: Run, locked: bool) -> None:
    """Write the row of a run that begins.

    Args:
        store: The output.
        run: The run.
        locked: Whether it holds the output's lock until it ends: then the next one that does knows that it has ended.
    """
    # The mark first: a kill between the two leaves a mark without a row, which is only deleted.
    with store.write(_mark(run.run_id)) as file:
        owner = {"pid": os.getpid(), "host": socket.gethostname(), "pids": _pids()}
        file.write(json.dumps({"row": _name(run), "locked": locked, **owner}).encode())
    write_table(store, _name(run), run_table([run]))


def end_run(store: Store, run: Run) -> None:
    """Write the row of a run whose command ends; the run itself may go on, on a cluster."""
    write_table(store, _name(run), run_table([run]))
    store.delete(_mark(run.run_id))


def settle_runs(store: Store) -> None:
    """Set the outcome of runs that died; the caller holds the output's lock, so no other one that needs it runs."""
    for mark in store.list(UNFINISHED):
        left = json.loads(store.read(mark))
        # The command of a stream on a cluster holds no lock and may still write its row.
        if not left["locked"] and not _is_dead(left):
            continue
        if store.exists(left["row"]):
            _settle(store, left["row"])
        store.delete(mark)


def _is_dead(left: dict[str, Any]) -> bool:
    """Return whether the process that wrote a mark is known to have ended: it was on this host, and is not any more."""
    # On Windows, os.kill would end it. Marks of earlier versions name no process.
    # Containers may share a host name; a pid of another one says nothing here.
    if os.name != "posix" or left.get("host") != socket.gethostname() or left.get("pids") != _pids():
        return False
    try:
        os.kill(left["pid"], 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        pass  # another user's, and alive
    return False


def _pids() -> str:
    """Return what tells this process's pids from those of other containers and boots; "" where nothing does."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
        return f"{boot} {os.readlink('/proc/self/ns/pid')}"
    except OSError:  # not Linux
        return ""


def unfinished_files(store: Store) -> set[str]:
    """Return the names of the files of runs that will be written again."""
    return {f"run-{mark.rpartition('/')[2].removesuffix('.json')}.parquet" for mark in store.list(UNFINISHED)}


def _settle(store: Store, name: str) -> None:
    rows = pa.concat_tables([group.read(RUNS.names) for group in file_row_groups(store, "runs", name)])
    outcomes = [DIED if outcome == RUNNING else outcome for outcome in rows["outcome"].to_pylist()]
    if outcomes != rows["outcome"].to_pylist():
        at = rows.schema.get_field_index("outcome")
        write_table(store, name, rows.set_column(at, RUNS.field("outcome"), pa.array(outcomes)))


def _name(run: Run) -> str:
    return file_name("runs", run.began_at.date(), f"run-{run.run_id}")


def _mark(run_id: str) -> str:
    return f"{UNFINISHED}/{run_id}.json"
