"""The moment at which merged files take the place of many small ones in a partition.

On Linux, in one step: the partition's folder is exchanged with one that holds the merged files and a second name (a
hard link) of every file that stays (renameat2(2) with RENAME_EXCHANGE).

    a reader           lists the old files or the new ones, never some of both. One that listed the old ones before and
                       opens them after finds some gone: it fails, and asks again; a file that is open stays readable
    a writer           whose new file comes into the old folder at the last moment, finds it in the new one a moment
                       later: after the exchange, what is in the old folder and nobody expected there is moved over
    a kill             before the exchange has changed nothing; after it, the switch is finished by `recover_switches`

Elsewhere (object stores, file systems and kernels without that step) the merged files appear first, then the old ones
are deleted:

    a reader           between the two sees rows twice, and after a kill it does until `recover_switches`; never does it
                       miss one
    a writer           isn't touched

What is in work is in OUTPUT/_compaction, where no reader looks:

    TABLE/date=YYYY-MM-DD/new/*.parquet     the merged files; after an exchange, the old folder
    TABLE/date=YYYY-MM-DD/switch.json       which files are merged into which. From here on it can be finished

The lock is compaction's own: it works beside those who write to the output.
"""

import ctypes
import errno
import json
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

from filelock import FileLock, Timeout

from newsbeam.transforms.common.file_stat import FileStat
from newsbeam.transforms.write.compaction.partitions import delete_files, list_folder, stat_file
from newsbeam.transforms.write.store import Store, sync_folder

WORK, LOCK = "_compaction", "_compaction.lock"
_PLAN = "switch.json"
_AT_FDCWD, _RENAME_NOREPLACE, _RENAME_EXCHANGE = -100, 1, 2  # linux/fcntl.h, linux/fs.h


class CompactionLockedError(Exception):
    """Another compaction works on the output."""


class ChangedError(Exception):
    """Files were replaced or removed while they were being merged; nothing has been switched."""


@dataclass
class Switch:
    """What takes the place of what, in one partition.

    Attributes:
        exchange: Whether folders are exchanged.
        inputs: The files that go, by name.
        outputs: The files that come.
        kept: The files that stay and have a second name in the new folder.
    """

    exchange: bool
    inputs: dict[str, FileStat]
    outputs: list[str]
    kept: dict[str, FileStat] = field(default_factory=dict)


@contextmanager
def compaction_lock(store: Store) -> Iterator[None]:
    """Keep other compactions of this machine out until the block ends; an object store has no lock.

    Raises:
        CompactionLockedError: At once, if another one works on the output.
    """
    if not store.local:
        yield
        return
    lock = FileLock(store.path(LOCK), timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise CompactionLockedError(f"another compaction works on {store.root}; wait until it has ended") from None
    try:
        yield
    finally:
        lock.release()


def finish_compaction(store: Store) -> None:
    """Clean up after a compaction that was killed; one that is at work is left alone.

    For the beginning of a run, before it looks into the output: a file that a writer added in the moment of the kill
    is among what is put in its place. In an object store, where nothing tells a dead compaction from one at work, the
    next one does it: nothing is missing there.
    """
    if store.local and Path(store.path(WORK)).is_dir():
        with suppress(CompactionLockedError), compaction_lock(store):
            recover_switches(store)


def recover_switches(store: Store) -> None:
    """Finish the switches that were begun, and remove what was not; under the lock."""
    for plan in [name for name in store.list(WORK) if name.endswith(f"/{_PLAN}")]:
        partition = plan.removeprefix(f"{WORK}/").removesuffix(f"/{_PLAN}")
        with store.open_read(plan) as file:
            values = json.load(file)
        for files in (values["inputs"], values["kept"]):
            files.update({name: FileStat(*seen) for name, seen in files.items()})
        _recover(store, partition, Switch(**values))
    store.delete(WORK)


def new_folder(partition: str) -> str:
    """Return where the merged files of a partition are written."""
    return f"{WORK}/{partition}/new"


def can_exchange(store: Store) -> bool:
    """Try whether two folders of the output can be exchanged, and files have second names."""
    if not store.local:
        return False
    one, other = (Path(store.path(f"{WORK}/try/{name}")) for name in "ab")
    for folder in (one, other):
        folder.mkdir(parents=True, exist_ok=True)
    try:
        (one / "file").touch()
        os.link(one / "file", other / "link")
        exchange(one, other)
        return (other / "file").exists()
    except OSError:
        return False
    finally:
        shutil.rmtree(one.parent)


def begin_switch(store: Store, partition: str, switch: Switch) -> None:
    """Put the merged files, which are complete in `new_folder`, in the place of the old ones.

    After an exchange the old folder is still there, for readers that are about to list it and writers that are about
    to write into it: `end_switch` removes it, some seconds later.

    Raises:
        ChangedError: If one of the old files has changed since it was looked at.
        PermissionError: If the folder or a file is another user's, or there is a folder in it.
    """
    if switch.exchange:
        _link_kept(store, partition, switch)
        live, new = _folders(store, partition)
        _make_alike(new, live)
        exchange(new, live)
        for folder in (live, new, live.parent, new.parent):
            sync_folder(folder)
        _move_late(live, new, switch)
    else:
        _check_unchanged(list_folder(store, partition), switch)
        _write_plan(store, partition, switch)
        _replace(store, partition, switch)


def end_switch(store: Store, partition: str, switch: Switch) -> None:
    """Remove the old files."""
    if switch.exchange:
        live, old = _folders(store, partition)
        while old.exists():
            _move_late(live, old, switch)
            _remove_old(old, switch)
    store.delete(f"{WORK}/{partition}")


def exchange(one: Path, other: Path) -> None:
    """Exchange two folders, in one step.

    Raises:
        OSError: The kernel or the file system can't.
    """
    _rename(one, other, _RENAME_EXCHANGE)


def _recover(store: Store, partition: str, switch: Switch) -> None:
    new = list_folder(store, new_folder(partition))
    live = list_folder(store, partition)
    if switch.exchange:
        begun = not any(name in new for name in switch.outputs)
    else:
        complete = all(name in new or name in live for name in switch.outputs)
        begun = complete and any(name in live for name in switch.outputs)
        if begun:
            _replace(store, partition, switch)
        elif all(live.get(name) == seen for name, seen in switch.inputs.items()):
            delete_files(store, [f"{partition}/{name}" for name in switch.outputs if name in live])
    if begun:
        end_switch(store, partition, switch)
    else:
        store.delete(f"{WORK}/{partition}/{_PLAN}")  # first, so that what is left of the rest means nothing


def _link_kept(store: Store, partition: str, switch: Switch) -> None:
    """Give every file that stays a second name in the new folder, until nothing has come while this was done."""
    live, new = _folders(store, partition)
    while True:
        found = list_folder(store, partition)
        _check_unchanged(found, switch)
        stay = {name: seen for name, seen in found.items() if name not in switch.inputs}
        if stay == switch.kept and (new.parent / _PLAN).exists():
            return
        for name in switch.kept.keys() - stay.keys():
            (new / name).unlink()
        for name in [name for name, seen in stay.items() if switch.kept.get(name) != seen]:
            (new / name).unlink(missing_ok=True)
            with suppress(FileNotFoundError):  # removed this moment
                os.link(live / name, new / name, follow_symlinks=False)
        switch.kept = {name: seen for name in stay if (seen := stat_file(new / name))}
        sync_folder(new)
        _write_plan(store, partition, switch)


def _replace(store: Store, partition: str, switch: Switch) -> None:
    """Put the merged files beside the old ones, then delete these; again after a kill, if need be."""
    staged = list_folder(store, new_folder(partition))
    for name in switch.outputs:
        if name in staged:
            store.rename(f"{new_folder(partition)}/{name}", f"{partition}/{name}")
    found = list_folder(store, partition)
    old = [f"{partition}/{name}" for name, seen in switch.inputs.items() if found.get(name) == seen]
    delete_files(store, old)


def _move_late(live: Path, old: Path, switch: Switch) -> None:
    """Do in the new folder what a writer has done in the old one while it was exchanged."""
    found = _look(old)
    live.mkdir(exist_ok=True)  # it has been there, unless somebody moved it away after a kill
    if switch.inputs.keys() <= found.keys():  # else its files are being removed, by us
        for name in switch.kept.keys() - found.keys():
            if stat_file(live / name) == switch.kept[name]:
                (live / name).unlink()
    for name, seen in found.items():
        expected = switch.kept.get(name) or switch.inputs.get(name)
        if seen == expected:
            continue
        if name in switch.kept and stat_file(live / name) == expected:
            os.replace(old / name, live / name)
        else:
            try:
                _rename(old / name, live / name, _RENAME_NOREPLACE)
            except FileExistsError:  # it has been written again since
                (old / name).unlink()
    sync_folder(live)


def _remove_old(old: Path, switch: Switch) -> None:
    """Remove the files that are known, then the folder; nothing that has just come can go with it."""
    found = _look(old)
    for files in (switch.inputs, switch.kept):
        for name, seen in files.items():
            if found.get(name) == seen:
                (old / name).unlink()
    try:
        old.rmdir()
    except OSError as error:
        if error.errno != errno.ENOTEMPTY:
            raise


def _make_alike(new: Path, live: Path) -> None:
    """Give the new folder the mode and owner of the old one, so that who could write there can go on."""
    shutil.copymode(live, new)
    theirs, ours = live.stat(), new.stat()
    if (theirs.st_uid, theirs.st_gid) != (ours.st_uid, ours.st_gid):
        os.chown(new, theirs.st_uid, theirs.st_gid)


def _check_unchanged(found: dict[str, FileStat], switch: Switch) -> None:
    for name, seen in switch.inputs.items():
        if found.get(name) != seen:
            raise ChangedError(name)


def _write_plan(store: Store, partition: str, switch: Switch) -> None:
    plan = f"{WORK}/{partition}/{_PLAN}"
    with store.write(f"{plan}.tmp") as file:
        file.write(json.dumps(asdict(switch)).encode())
    store.rename(f"{plan}.tmp", plan)


def _folders(store: Store, partition: str) -> tuple[Path, Path]:
    return Path(store.path(partition)), Path(store.path(new_folder(partition)))


def _look(folder: Path) -> dict[str, FileStat]:
    return list_folder(Store(str(folder.parent)), folder.name)


def _rename(source: Path, target: Path, flags: int) -> None:
    """Rename with the flags of renameat2(2), which Python doesn't offer."""
    function = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None) if sys.platform == "linux" else None
    if function is None:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    if function(_AT_FDCWD, os.fsencode(source), _AT_FDCWD, os.fsencode(target), flags):
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code), str(source), None, str(target))
