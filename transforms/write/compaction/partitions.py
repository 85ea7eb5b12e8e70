"""Lists the partitions of an output, for compaction."""

import os
from datetime import date

from newsbeam.transforms.write.parquet import partition_of
from newsbeam.transforms.write.store import Store


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
