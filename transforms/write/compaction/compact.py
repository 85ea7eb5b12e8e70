"""Compaction: merges the small files of past days into few large ones. The rows stay the same.

    for each partition (table and day) before a date
        choose   the small files that are complete, written by newsbeam, and final: no writer writes them again
        merge    sort their rows by the table's order, in bounded memory, into files of the target size (`merge`)
        swap     put the merged files in their place (`swap`, which says what readers and writers see)

Writers can go on meanwhile: the files that they add are left to the next compaction. Which files are final:

    of a run       as soon as they are visible: a file is renamed once. In an object store a rename is a copy and a
                   deletion, so a file whose name is still in `_staging` may be copied again
    of a stream    when a stream has written files that are `REWRITE_WINDOW` newer: after a failure an engine writes
                   the commits since its last checkpoint again. So the last hour of a stream that has ended is merged
                   only after another stream has written, and a stream must not be restored from a savepoint that is
                   older than an hour: it would repeat rows that have been merged
"""

import re
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import chain
from pathlib import Path
from typing import IO

import pyarrow as pa

from newsbeam.transforms.common.file_stat import FileStat
from newsbeam.transforms.common.progress import SILENT, Progress
from newsbeam.transforms.ids import digest
from newsbeam.transforms.write.commit import STAGING
from newsbeam.transforms.write.compaction.merge import sort_rows
from newsbeam.transforms.write.compaction.partitions import day_of, folders, partitions
from newsbeam.transforms.write.compaction.swap import (
    WORK,
    ChangedError,
    Swap,
    begin_swap,
    can_exchange,
    compaction_lock,
    end_swap,
    new_folder,
    recover_swaps,
)
from newsbeam.transforms.write.lease import LEASE_S
from newsbeam.transforms.write.parquet import (
    ROW_GROUP_ROWS,
    OutputFileError,
    RowGroup,
    file_row_groups,
    is_counted,
    open_writer,
)
from newsbeam.transforms.write.rows import ORDER
from newsbeam.transforms.write.runs import FILE_STEM, unfinished_files
from newsbeam.transforms.write.schema import (
    SCHEMAS,
    Versions,
    as_current,
    is_older,
    models_of,
    versions_of,
    with_models,
    with_versions,
)
from newsbeam.transforms.write.store import Store

TARGET_BYTES = 128_000_000
REWRITE_WINDOW = timedelta(hours=1)
"""How long after its commit a stream may write a file again."""
GRACE_S = 5.0
"""How long replaced files stay for readers that are listing their folder."""
ROW_GROUP_BYTES = 64_000_000
"""The most bytes of a row group: payloads of dead letters can be large."""

_LARGE = 0.5
"""A file of this part of the target size, or more, is not merged."""
_MAX_RATIO = 4
"""A file that is this many times as large as all smaller ones together is not written again for them."""

# Names of files without ".parquet": of a run or a compaction, and of a stream (`write_rows`).
_FINAL = re.compile(r"[0-9a-f]{32}|compacted-[0-9a-f]{32}-\d+")
_OF_STREAM = re.compile(r"\w+-\w+-\d{8,}-\w+")


@dataclass(frozen=True)
class Merged:
    """The result of merging files of one partition.

    Attributes:
        partition: Its folder: `entries/date=2026-11-24`.
        files: How many small files were replaced.
        merged: How many merged files replace them.
        rows: How many rows these have.
        bytes_before: The size of the small files.
        bytes_after: The size of the merged files.
    """

    partition: str
    files: int
    merged: int
    rows: int
    bytes_before: int
    bytes_after: int


@dataclass(frozen=True)
class CompactionReport:
    """The result of a compaction.

    Attributes:
        merged: The partitions in which files were merged.
        left: Small files, or partitions, that were not merged: their names by the reason.
    """

    merged: tuple[Merged, ...]
    left: Mapping[str, tuple[str, ...]]


class UnreadableError(Exception):
    """A file can't be merged. Its arguments: the last part of the file's name, and the reason."""


@dataclass(frozen=True)
class _Small:
    """A small file that can be merged."""

    seen: FileStat
    rows: int
    models: Versions
    versions: Versions


def compact(
    store: Store,
    before: date,
    target_bytes: int = TARGET_BYTES,
    grace_s: float = GRACE_S,
    done: Callable[[Merged], None] = lambda merged: None,
    lease_s: float = LEASE_S,
    progress: Progress = SILENT,
) -> CompactionReport:
    """Merge the small files of each partition; a second call finds nothing more to merge.

    Args:
        store: The output.
        before: Partitions of this day and later are not compacted.
        target_bytes: The size of a merged file; it ends with the row group that reaches this.
        grace_s: How long replaced files stay for readers that are listing their folder, in seconds.
        done: Called after each partition in which files were merged.
        lease_s: How long the lock of an object store stays after this process has died, in seconds.
        progress: Is told how many rows are merged.

    Raises:
        CompactionLockedError: Another compaction is running on the output.
    """
    with compaction_lock(store, lease_s) as verify:
        recover_swaps(store)
        try:
            return Compaction(store, target_bytes, grace_s, done, verify, progress).run(before)
        finally:
            # The lease may have been lost while merging: then the swaps are another process's to finish.
            verify()
            recover_swaps(store)


class Compaction:
    """One compaction and its results so far; `retag` replaces files in the same way."""

    def __init__(
        self,
        store: Store,
        target_bytes: int,
        grace_s: float,
        done: Callable[[Merged], None],
        verify: Callable[[], None],
        progress: Progress = SILENT,
    ):
        self.store = store
        self.progress = progress
        self._told = 0.0  # rows of the partition that is merged
        self._verify = verify
        self.target = target_bytes
        self._grace_s = grace_s
        self._done = done
        self._exchange = can_exchange(store)
        self._merged: list[Merged] = []
        self._left: dict[str, list[str]] = {}
        self._begun: list[tuple[float, str, Swap]] = []
        self._unfinished: set[str] = set()

    def run(self, before: date) -> CompactionReport:
        """Merge the small files of the partitions before a day."""
        self.progress.phase("Looking for small files")
        # Listed once, before anything is merged: a file that appears later is left to the next compaction.
        found = {part: self.store.list_folder(part) for table in SCHEMAS for part in partitions(self.store, table)}
        # Listed after the partitions: a file that is there, and not staged, will not be renamed again; nor will the row
        # of a run be replaced.
        staged = {name.split("/", 2)[2] for name in self.store.list(STAGING) if name.count("/") > 2}
        self._unfinished = unfinished_files(self.store)
        final_until = final_until_of(found.values())
        chosen = {
            partition: small
            for partition, files in found.items()
            if day_of(partition) < before and (small := self._choose(partition, files, staged, final_until))
        }
        self.progress.phase("Merging", sum(file.rows for small in chosen.values() for file in small.values()), "rows")
        for number, (partition, small) in enumerate(chosen.items(), 1):
            self.progress.part(number, len(chosen), "folder")
            # Named by all files of the partition, so that the next merge gets another name.
            self._replace(partition, small, f"compacted-{digest(partition, *sorted(found[partition]))}")
            self.end_old()
        self.end_all()
        return CompactionReport(tuple(self._merged), self.left())

    def _choose(
        self, partition: str, files: Mapping[str, FileStat], staged: set[str], final_until: int
    ) -> dict[str, _Small]:
        """Return the small files of a partition that are worth merging; note those that can't be merged."""
        sizes = {}
        for name, seen in sorted(files.items()):
            if is_counted(name) and seen.size < self.target * _LARGE:
                if name in self._unfinished:
                    self.leave(f"{partition}/{name}", "its run has not ended")
                elif why := not_final(name, seen, final_until, f"{partition}/{name}" in staged):
                    self.leave(f"{partition}/{name}", why)
                else:
                    sizes[name] = seen.size
        small = {}
        for name in worth_merging(sizes):
            try:
                small[name] = _Small(files[name], *footer_of(self.store, partition, name))
            except UnreadableError as error:
                self.leave(f"{partition}/{name}", error.args[1])
        # The folder is exchanged as a whole, and a folder in it has no hard link in the new one.
        if len(small) > 1 and self.store.local and folders(self.store, partition):
            self.leave(partition, "contains folders")
            return {}
        return small if len(small) > 1 else {}

    def _replace(self, partition: str, small: dict[str, _Small], stem: str) -> None:
        expected, self._told = sum(file.rows for file in small.values()), 0.0
        while len(small) > 1:
            try:
                outputs = self._merge(partition, stem, small)
            # The others are merged without it: one damaged file must not keep a day's files small for good.
            except UnreadableError as error:  # damaged after its footer was read
                name, why = error.args
                self.leave(f"{partition}/{name}", why)
                self.store.delete(f"{WORK}/{partition}")
                del small[name]
            else:
                rows = sum(file.rows for file in small.values())
                # The rows are counted from footers, independently of the sort: a merge that loses one must not replace
                # anything.
                if sum(outputs.values()) != rows:
                    raise RuntimeError(f"{partition}: {rows} rows became {outputs}; nothing has been replaced")
                self.swap(partition, {name: file.seen for name, file in small.items()}, outputs)
                break
        self.progress.advance(expected - self._told)  # those of files that were left, without what was done in vain

    def _merge(self, partition: str, stem: str, small: Mapping[str, _Small]) -> dict[str, int]:
        """Write the merged files; return the number of rows of each by name."""
        table = partition.split("/")[0]
        models = union_of(file.models for file in small.values())
        versions = union_of(file.versions for file in small.values())
        rows: dict[str, int] = {}
        with self.spill(partition) as spill:
            # Sorting reads all rows before it gives the first one, so a row is done half when it is read.
            read = self._halves(read_files(self.store, partition, small))
            groups = self._halves(in_row_groups(sort_rows(read, ORDER[table], spill)))
            for number, first in enumerate(groups):
                name = f"{stem}-{number}.parquet"
                first = with_versions(with_models(first, models), versions)
                with self.store.write(f"{new_folder(partition)}/{name}") as file:
                    # `groups` is shared: each file goes on where the one before ended.
                    rows[name] = _write_rows(file, first, groups, self.target)
        return rows

    def _halves(self, tables: Iterable[pa.Table]) -> Iterator[pa.Table]:
        for table in tables:
            yield table
            self._told += table.num_rows / 2
            self.progress.advance(table.num_rows / 2)

    @contextmanager
    def spill(self, partition: str) -> Iterator[Path]:
        """Yield an empty local folder: in the output, which has the space, if the output is local."""
        folder = Path(self.store.path(f"{WORK}/{partition}")) if self.store.local else None
        if folder:
            folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="spill-", dir=folder) as spill:
            yield Path(spill)

    def swap(self, partition: str, inputs: dict[str, FileStat], outputs: Mapping[str, int]) -> bool:
        """Put merged files in the place of others, unless these have changed; return whether that was done."""
        swap = Swap(self._exchange, inputs, list(outputs))
        # Before the swap, which moves these files away.
        size = sum(seen.size for seen in self.store.list_folder(new_folder(partition)).values())
        self._verify()
        try:
            begin_swap(self.store, partition, swap)
        except ChangedError:
            self.leave(partition, "changed while its files were being merged")
            return False
        except PermissionError:
            self.leave(partition, "belongs to another user")
            return False
        # Only an exchange leaves old files for readers; otherwise they are deleted already and nothing has to wait.
        self._begun.append((time.monotonic() if self._exchange else 0.0, partition, swap))
        before = sum(seen.size for seen in inputs.values())
        self._merged.append(Merged(partition, len(inputs), len(outputs), sum(outputs.values()), before, size))
        self._done(self._merged[-1])
        return True

    def left(self) -> dict[str, tuple[str, ...]]:
        """Return what was not done: names by the reason."""
        return {why: tuple(names) for why, names in self._left.items()}

    def end_old(self) -> None:
        """Delete the files that were replaced long enough ago."""
        self._end(time.monotonic() - self._grace_s)

    def end_all(self) -> None:
        """Wait until the last replaced files may be deleted, and delete them."""
        if self._begun:
            self.progress.phase("Waiting for readers of the files that were replaced")
            time.sleep(self._grace_s)
            self._end(time.monotonic())

    def _end(self, begun_by: float) -> None:
        """Delete the files that were replaced by then."""
        # They are in the order in which they began, so the first that is too young ends the loop.
        while self._begun and self._begun[0][0] <= begun_by:
            _, partition, swap = self._begun.pop(0)
            end_swap(self.store, partition, swap)

    def leave(self, name: str, why: str) -> None:
        """Note what was not done, and why."""
        self._left.setdefault(why, []).append(name)


def worth_merging(sizes: Mapping[str, int]) -> list[str]:
    """Return the names of a partition's small files to merge, sorted; none if merging would change little.

    A few late files are not worth writing a large one again: that would cost its size every day.

    Args:
        sizes: The sizes of the small files in bytes, by name.
    """
    names = sorted(sizes, key=lambda name: (sizes[name], name))
    total = sum(sizes.values())
    # Largest first: without it the rest may be too small to be worth writing the next largest again.
    while names and sizes[names[-1]] > _MAX_RATIO * (total - sizes[names[-1]]):
        total -= sizes[names.pop()]
    return sorted(names) if len(names) > 1 else []


def in_row_groups(tables: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """Yield the rows of `tables` as tables of one row group each: ROW_GROUP_ROWS, or about ROW_GROUP_BYTES."""
    group: list[pa.Table] = []
    rows = size = 0
    for table in tables:
        while table.num_rows:
            part = table.slice(0, ROW_GROUP_ROWS - rows)
            table = table.slice(part.num_rows)
            group.append(part)
            rows += part.num_rows
            size += part.nbytes
            if rows == ROW_GROUP_ROWS or size >= ROW_GROUP_BYTES:
                yield pa.concat_tables(group)
                group, rows, size = [], 0, 0
    if group:
        yield pa.concat_tables(group)


def _write_rows(file: IO[bytes], first: pa.Table, others: Iterator[pa.Table], target_bytes: int) -> int:
    """Write row groups until the file has the target size or none is left; return the number of rows."""
    rows = 0
    with open_writer(file, first.schema) as writer:
        for group in chain([first], others):
            writer.write_table(group, row_group_size=ROW_GROUP_ROWS)
            rows += group.num_rows
            if file.tell() >= target_bytes:
                break
    return rows


def final_until_of(partitions: Iterable[Mapping[str, FileStat]]) -> int:
    """Return until when the files of streams are final, in nanoseconds since 1970."""
    written = [
        seen.modified_ns for files in partitions for name, seen in files.items() if _OF_STREAM.fullmatch(_stem(name))
    ]
    # By the files' own times and not by this machine's clock, which may be ahead of the store's.
    return max(written, default=0) - REWRITE_WINDOW // timedelta(microseconds=1) * 1000


def not_final(name: str, seen: FileStat, final_until: int, staged: bool) -> str:
    """Return why a file may be written again; "" if it is final."""
    if staged:
        return "being committed"
    if _OF_STREAM.fullmatch(_stem(name)):
        if seen.modified_ns <= final_until:
            return ""
        return "the stream that wrote it may write it again; no stream has written for an hour since"
    final = _FINAL.fullmatch(_stem(name)) or FILE_STEM.fullmatch(_stem(name))
    return "" if final else "not named by newsbeam"


def _stem(name: str) -> str:
    return name.removesuffix(".parquet")


def union_of(named: Iterable[Versions]) -> dict[str, list[str]]:
    """Return all models, or versions, that files name."""
    found: dict[str, set[str]] = {}
    for each in named:
        for name, values in each.items():
            found.setdefault(name, set()).update(values)
    return {name: sorted(values) for name, values in found.items()}


def footer_of(store: Store, partition: str, name: str) -> tuple[int, Versions, Versions]:
    """Return the number of rows of a file, and the entity models and the versions that it names, from its footer.

    Raises:
        UnreadableError: It is not a file of this table, or has other columns than this version of newsbeam writes.
    """
    table = partition.split("/")[0]
    try:
        group: RowGroup | None = next(file_row_groups(store, table, f"{partition}/{name}"), None)
    except FileNotFoundError:
        raise UnreadableError(name, "deleted meanwhile") from None
    except OutputFileError as error:
        raise UnreadableError(name, _reason(store, partition, name, error)) from error
    if group is None or not group.file.metadata.num_rows:
        raise UnreadableError(name, "has no rows")
    schema = SCHEMAS[table]
    for column in group.file.schema_arrow:
        if column.name not in schema.names or not _is_known(column.type, schema.field(column.name).type):
            raise UnreadableError(name, f"has a column {column.name!r} that this version of newsbeam doesn't write")
    for column in schema:
        if not column.nullable and column.name not in group.file.schema_arrow.names:
            raise UnreadableError(name, f"has no column {column.name!r}")
    named = group.file.schema_arrow
    return int(group.file.metadata.num_rows), models_of(named), versions_of(named)


def _is_known(kind: pa.DataType, current: pa.DataType) -> bool:
    return bool(kind == current) or is_older(kind, current)


def read_files(store: Store, partition: str, names: Iterable[str]) -> Iterator[pa.Table]:
    """Yield the rows of files, a row group at a time; columns that an older file lacks are null.

    Raises:
        UnreadableError: A file has gone, or is damaged.
    """
    table = partition.split("/")[0]
    schema = SCHEMAS[table]
    for name in names:
        try:
            for group in file_row_groups(store, table, f"{partition}/{name}"):
                columns = zip(group.read(schema.names).columns, schema.types, strict=True)
                yield pa.Table.from_arrays([as_current(column, kind) for column, kind in columns], schema=schema)
        except FileNotFoundError:
            raise UnreadableError(name, "deleted meanwhile") from None
        except OutputFileError as error:
            raise UnreadableError(name, _reason(store, partition, name, error)) from error


def _reason(store: Store, partition: str, name: str, error: OutputFileError) -> str:
    return str(error).removeprefix(f"{store.path(f'{partition}/{name}')}: ")
