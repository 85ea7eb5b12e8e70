"""Lists the partitions of an output and the files in them, for compaction."""

import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from newsbeam.transforms.common.file_stat import FileStat
from newsbeam.transforms.write.parquet import partition_of
from newsbeam.transforms.write.store import Store, beam_files


def partitions(store: Store, table: str) -> list[str]:
    """Return the folders of a table's partitions, `entries/date=2026-11-24`, sorted by day.

    A symbolic link to a folder is skipped: its target may belong to another output.
    """
    if store.local:
        try:
            with os.scandir(store.path(table)) as found:
                folders = {f"{table}/{entry.name}" for entry in found if entry.is_dir(follow_symlinks=False)}
        except FileNotFoundError:
            return []
    else:
        folders = {"/".join(name.split("/")[:2]) for name in store.list(table)}
    return sorted(folder for folder in folders if partition_of(f"{folder}/"))


def day_of(partition: str) -> date:
    """Return the day (UTC) of a partition's folder.

    Raises:
        ValueError: It is not named `TABLE/date=YYYY-MM-DD`.
    """
    day = partition_of(f"{partition}/")
    if day is None:
        raise ValueError(f"{partition} is not a partition")
    return day


def folders(store: Store, partition: str) -> list[str]:
    """Return the names of the folders in a partition of a local output."""
    with os.scandir(store.path(partition)) as found:
        return [entry.name for entry in found if entry.is_dir(follow_symlinks=False)]


def list_folder(store: Store, folder: str) -> dict[str, FileStat]:
    """Return the files directly in a folder, by the last part of their names; none if the folder doesn't exist."""
    return dict(_list_local(Path(store.path(folder))) if store.local else _list_objects(store, folder))


def stat_file(path: Path) -> FileStat | None:
    """Return what tells a local file from others; None if there is no such file."""
    try:
        return FileStat.of(path.stat(follow_symlinks=False))
    except FileNotFoundError:
        return None


def delete_files(store: Store, names: list[str]) -> None:
    """Delete files, with one request where the store supports it."""
    if store.local:
        for name in names:
            store.delete(name)
    elif names:
        beam_files().delete([store.path(name) for name in names])


def _list_local(path: Path) -> Iterator[tuple[str, FileStat]]:
    try:
        with os.scandir(path) as found:
            for entry in found:
                if seen := stat_file(path / entry.name):
                    yield entry.name, seen
    except FileNotFoundError:
        return


def _list_objects(store: Store, folder: str) -> Iterator[tuple[str, FileStat]]:
    (found,) = beam_files().match([store.path(f"{folder}/*")])
    for file in found.metadata_list:
        yield file.path.rpartition("/")[2], FileStat.of_object(file.size_in_bytes, file.last_updated_in_seconds)
