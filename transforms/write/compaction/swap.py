"""Replaces small files of a partition with merged ones while readers and writers go on.

On Linux the replacement is atomic: the partition's folder is exchanged (renameat2(2) with RENAME_EXCHANGE) with a new
folder that has the merged files and a hard link to every file that stays.

    a reader   lists either the old files or the new ones. If it has listed the old ones and opens them after the
               exchange, some are missing: it fails and lists again; files that are open stay readable
    a writer   may add a file to the old folder at the last moment: after the exchange, unexpected files in the old
               folder are moved to the new one
    a kill     before the exchange changes nothing; after it, `recover_swaps` finishes the swap

Elsewhere (object stores, file systems and kernels without this call) the merged files appear first, then the old ones
are deleted:

    a reader   sees rows twice in between, and after a kill until `recover_swaps`; it never misses a row
    a writer   is not affected

Unfinished swaps are in OUTPUT/_compaction, where no reader looks:

    TABLE/date=YYYY-MM-DD/new/*.parquet     the merged files; after an exchange, the old folder
    TABLE/date=YYYY-MM-DD/switch.json       the plan: which files are replaced by which

Compaction has its own lock, since it runs while a run or a stream writes.
"""

import ctypes
import errno
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

from newsbeam.transforms.common.file_stat import FileStat
from newsbeam.transforms.write.lease import LEASE_S
from newsbeam.transforms.write.side_lock import SideLockedError, side_lock
from newsbeam.transforms.write.store import Store, stat_file, sync_folder

WORK, LOCK = "_compaction", "_compaction.lock"
_PLAN = "switch.json"
_AT_FDCWD, _RENAME_NOREPLACE, _RENAME_EXCHANGE = -100, 1, 2  # linux/fcntl.h, linux/fs.h


class CompactionLockedError(Exception):
    """Another compaction is running on the output."""


class ChangedError(Exception):
    """Files were replaced or deleted while they were being merged; no file has been swapped."""


@dataclass
class Swap:
    """Which files replace which in one partition.

    Attributes:
        exchange: Whether folders are exchanged.
        inputs: The files that are replaced, by name.
        outputs: The names of the merged files.
        kept: The files that stay and have a hard link in the new folder.
    """

    exchange: bool
    inputs: dict[str, FileStat]
    outputs: list[str]
    kept: dict[str, FileStat] = field(default_factory=dict)


@contextmanager
def compaction_lock(store: Store, lease_s: float = LEASE_S) -> Iterator[Callable[[], None]]:
    """Keep other compactions out until the block ends: on this machine, or by a lease in an object store.

    Yields:
        A function that raises `LeaseLostError` if another compaction may have taken the lock.

    Raises:
        CompactionLockedError: Another compaction is running on the output.
    """
    try:
        with side_lock(store, LOCK, "newsbeam compact", lease_s) as verify:
            yield verify
    except SideLockedError as error:
        if store.local:
            raise CompactionLockedError(
                f"another compaction is running on {store.root}; wait until it has ended"
            ) from None
        raise CompactionLockedError(f"{error} is compacting {store.root}; wait until it has ended") from None


def finish_compaction(store: Store) -> None:
    """Finish or undo the swaps of a killed compaction; a running one is not touched.

    A run calls it before it reads the output: a file that a writer added at the moment of the kill may still be in
    `_compaction`, and in an object store rows may be there twice.
    """
    # Looked for first: the lock of an object store costs requests, and most runs find nothing.
    if Path(store.path(WORK)).is_dir() if store.local else store.list(WORK):
        # A lock that is held means that a compaction is running, which finishes its own swaps.
        with suppress(CompactionLockedError), compaction_lock(store):
            recover_swaps(store)


def recover_swaps(store: Store) -> None:
    """Finish the swaps that had begun and delete the files of others; the caller holds the lock."""
    for plan in [name for name in store.list(WORK) if name.endswith(f"/{_PLAN}")]:
        partition = plan.removeprefix(f"{WORK}/").removesuffix(f"/{_PLAN}")
        values = json.loads(store.read(plan))
        for files in (values["inputs"], values["kept"]):
            files.update({name: FileStat(*seen) for name, seen in files.items()})
        _recover(store, partition, Swap(**values))
    # Merged files without a plan were never visible, so they are only copies.
    store.delete(WORK)


def new_folder(partition: str) -> str:
    """Return the folder that the merged files of a partition are written to."""
    return f"{WORK}/{partition}/new"


def can_exchange(store: Store) -> bool:
    """Return whether folders of the output can be exchanged and files can be hard-linked, by trying it."""
    if not store.local:
        return False
    one, other = (Path(store.path(f"{WORK}/try/{name}")) for name in "ab")
    for folder in (one, other):
        folder.mkdir(parents=True, exist_ok=True)
    try:
        (one / "file").touch()
        # Kept files get a hard link in the new folder, which FAT and some network file systems refuse.
        os.link(one / "file", other / "link")
        exchange(one, other)
        # Its effect decides, not its return value: nothing is replaced on trust.
        return (other / "file").exists()
    except OSError:
        return False
    finally:
        shutil.rmtree(one.parent)


def begin_swap(store: Store, partition: str, swap: Swap) -> None:
    """Replace the old files with the merged ones, which are complete in `new_folder`.

    After an exchange the old folder still exists, for readers that are about to list it and writers that are about to
    write to it: `end_swap` deletes it some seconds later.

    Raises:
        ChangedError: One of the old files has changed since it was listed.
        PermissionError: The folder or a file belongs to another user, or the folder contains a folder.
    """
    if swap.exchange:
        _link_kept(store, partition, swap)
        live, new = _folders(store, partition)
        _make_alike(new, live)
        exchange(new, live)
        for folder in (live, new, live.parent, new.parent):
            sync_folder(folder)
        # A writer that had opened the old folder before the exchange may have renamed a file into it since.
        _move_late(live, new, swap)
    else:
        _check_unchanged(store.list_folder(partition), swap)
        _write_plan(store, partition, swap)
        _replace(store, partition, swap)


def end_swap(store: Store, partition: str, swap: Swap) -> None:
    """Delete the old files."""
    if swap.exchange:
        live, old = _folders(store, partition)
        # A file can be added between looking and removing; then the folder is not empty, and both are done again.
        while old.exists():
            _move_late(live, old, swap)
            _remove_old(old, swap)
    store.delete(f"{WORK}/{partition}")


def exchange(one: Path, other: Path) -> None:
    """Exchange two folders atomically.

    Raises:
        OSError: The kernel or the file system doesn't support it.
    """
    _rename(one, other, _RENAME_EXCHANGE)


def _recover(store: Store, partition: str, swap: Swap) -> None:
    new = store.list_folder(new_folder(partition))
    live = store.list_folder(partition)
    if swap.exchange:
        # After the exchange the merged files are in the live folder and not in the new one.
        begun = not any(name in new for name in swap.outputs)
    else:
        # Outputs are moved before inputs are deleted, so with all of them there the swap can go forward; else it goes
        # back.
        complete = all(name in new or name in live for name in swap.outputs)
        begun = complete and any(name in live for name in swap.outputs)
        if begun:
            _replace(store, partition, swap)
        elif all(live.get(name) == seen for name, seen in swap.inputs.items()):
            store.delete_files(f"{partition}/{name}" for name in swap.outputs if name in live)
    if begun:
        end_swap(store, partition, swap)
    else:
        store.delete(f"{WORK}/{partition}/{_PLAN}")  # first, so that the remaining files are not recovered


def _link_kept(store: Store, partition: str, swap: Swap) -> None:
    """Hard-link every file that stays into the new folder; repeat until no file has been added meanwhile."""
    live, new = _folders(store, partition)
    while True:
        found = store.list_folder(partition)
        _check_unchanged(found, swap)
        stay = {name: seen for name, seen in found.items() if name not in swap.inputs}
        if stay == swap.kept and (new.parent / _PLAN).exists():
            return
        # A quarantined or deleted file must not come back by its link.
        for name in swap.kept.keys() - stay.keys():
            (new / name).unlink()
        for name in [name for name, seen in stay.items() if swap.kept.get(name) != seen]:
            (new / name).unlink(missing_ok=True)
            with suppress(FileNotFoundError):  # deleted since it was listed
                os.link(live / name, new / name, follow_symlinks=False)
        swap.kept = {name: seen for name in stay if (seen := stat_file(new / name))}
        sync_folder(new)
        _write_plan(store, partition, swap)


def _replace(store: Store, partition: str, swap: Swap) -> None:
    """Move the merged files to the partition, then delete the old ones; can be repeated after a kill."""
    staged = store.list_folder(new_folder(partition))
    for name in swap.outputs:
        if name in staged:
            store.rename(f"{new_folder(partition)}/{name}", f"{partition}/{name}")
    found = store.list_folder(partition)
    old = [f"{partition}/{name}" for name, seen in swap.inputs.items() if found.get(name) == seen]
    store.delete_files(old)


def _move_late(live: Path, old: Path, swap: Swap) -> None:
    """Repeat in the new folder what a writer has done in the old one during the exchange."""
    found = _look(old)
    live.mkdir(exist_ok=True)  # missing only if a user has moved it after a kill
    if swap.inputs.keys() <= found.keys():  # otherwise `_remove_old` was interrupted and its files are gone
        for name in swap.kept.keys() - found.keys():
            # A writer that replaced it in the meantime wants its new file kept.
            if stat_file(live / name) == swap.kept[name]:
                (live / name).unlink()
    for name, seen in found.items():
        expected = swap.kept.get(name) or swap.inputs.get(name)
        if seen == expected:
            continue
        if name in swap.kept and stat_file(live / name) == expected:
            os.replace(old / name, live / name)
        else:
            try:
                _rename(old / name, live / name, _RENAME_NOREPLACE)
            except FileExistsError:  # a newer file of this name is there already
                (old / name).unlink()
    sync_folder(live)


def _remove_old(old: Path, swap: Swap) -> None:
    """Delete the known files, then the folder if it is empty: a file that has just been added is not lost."""
    found = _look(old)
    for files in (swap.inputs, swap.kept):
        for name, seen in files.items():
            if found.get(name) == seen:
                (old / name).unlink()
    try:
        old.rmdir()
    except OSError as error:
        if error.errno != errno.ENOTEMPTY:
            raise


def _make_alike(new: Path, live: Path) -> None:
    """Give the new folder the mode and owner of the old one, so that the same users can write there."""
    # A group may write there; `mkdir` gave the new folder this process's umask.
    shutil.copymode(live, new)
    theirs, ours = live.stat(), new.stat()
    if (theirs.st_uid, theirs.st_gid) != (ours.st_uid, ours.st_gid):
        os.chown(new, theirs.st_uid, theirs.st_gid)


def _check_unchanged(found: dict[str, FileStat], swap: Swap) -> None:
    for name, seen in swap.inputs.items():
        if found.get(name) != seen:
            raise ChangedError(name)


def _write_plan(store: Store, partition: str, swap: Swap) -> None:
    with store.write(f"{WORK}/{partition}/{_PLAN}") as file:
        file.write(json.dumps(asdict(swap)).encode())


def _folders(store: Store, partition: str) -> tuple[Path, Path]:
    return Path(store.path(partition)), Path(store.path(new_folder(partition)))


def _look(folder: Path) -> dict[str, FileStat]:
    return Store(str(folder.parent)).list_folder(folder.name)


def _rename(source: Path, target: Path, flags: int) -> None:
    """Rename with the flags of renameat2(2), which Python doesn't offer."""
    function = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None) if sys.platform == "linux" else None
    if function is None:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    if function(_AT_FDCWD, os.fsencode(source), _AT_FDCWD, os.fsencode(target), flags):
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code), str(source), None, str(target))
