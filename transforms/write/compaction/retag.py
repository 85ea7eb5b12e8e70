"""Tags the rows of past runs anew, and puts them in the place of the old ones as a compaction does.

    for each day whose files name other models or lists than those that are wanted
        read     the rows of `paragraphs` and `entries`, sorted, in packs of whole stories
        tag      each pack (the function of the caller)
        write    the rows with their new tags: all others of their columns stay
        swap     the files of `paragraphs`, then those of `entries` (`swap`)

The caller holds the output's lock, so that no run writes. A command that is killed has replaced a table of a day or has
not; in a day with one table replaced the other one's files still name what they were tagged with, so the next call does
that day again, with the same result. A reader may meanwhile see a day's entries with older topics than its paragraphs.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from newsbeam.transforms.common.file_stat import FileStat
from newsbeam.transforms.common.progress import SILENT, Progress
from newsbeam.transforms.common.version import newsbeam_version
from newsbeam.transforms.ids import digest
from newsbeam.transforms.records import Story
from newsbeam.transforms.write.compaction.compact import (
    GRACE_S,
    TARGET_BYTES,
    Compaction,
    UnreadableError,
    final_until_of,
    footer_of,
    in_row_groups,
    not_final,
    read_files,
    union_of,
)
from newsbeam.transforms.write.compaction.merge import sort_rows
from newsbeam.transforms.write.compaction.partitions import day_of, folders, partitions
from newsbeam.transforms.write.compaction.stories import Pack, packs, stories_of
from newsbeam.transforms.write.compaction.swap import compaction_lock, new_folder, recover_swaps
from newsbeam.transforms.write.lease import LEASE_S
from newsbeam.transforms.write.parquet import ROW_GROUP_ROWS, is_counted, open_writer
from newsbeam.transforms.write.rows import ORDER
from newsbeam.transforms.write.schema import (
    SCHEMAS,
    Versions,
    entry_table,
    paragraph_table,
    with_models,
    with_versions,
)
from newsbeam.transforms.write.store import Store

TABLES = ("paragraphs", "entries")
"""In the order in which they are replaced."""
_OF_ENTITIES = {
    "paragraphs": ("entities", "quotes"),
    "entries": ("dateline_country", "dateline_geonames_id", "dateline_latitude", "dateline_longitude"),
}

Tag = Callable[[Sequence[Story]], Sequence[Story]]
"""From stories without tags to the same with tags, in the same order."""


@dataclass(frozen=True)
class Wanted:
    """What rows should be tagged by; what is switched off is empty, and its tags stay.

    Attributes:
        models: The entity models by language, as files name them.
        versions: Of `entities` and `topics`, as files name them.
    """

    models: Versions
    versions: Versions

    def columns(self, table: str) -> tuple[str, ...]:
        """Return the columns that are written anew."""
        topics = ("topics",) if "topics" in self.versions else ()
        return topics + (_OF_ENTITIES[table] if self.models else ())

    def is_met(self, table: str, models: Versions, versions: Versions) -> bool:
        """Return whether a file that names these needs no new tags."""
        # A merged file may name several versions: then some of its rows are older.
        same = all(list(versions.get(name, ())) == list(wanted) for name, wanted in self.versions.items())
        # Files of entries name no models: what the models decide of an entry follows its paragraphs' files.
        return same and (table == "entries" or not self.models or _plain(models) == _plain(self.models))


@dataclass(frozen=True)
class Retagged:
    """The result for one day."""

    day: date
    entries: int
    paragraphs: int


@dataclass(frozen=True)
class RetagReport:
    """The result of `retag`.

    Attributes:
        days: The days that were tagged anew.
        left: Days or files that could not be: their names by the reason.
    """

    days: tuple[Retagged, ...]
    left: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class _Table:
    """The files of one table of a day."""

    partition: str
    files: Mapping[str, FileStat]
    rows: int
    models: Versions
    versions: Versions
    outdated: bool


def retag(
    store: Store,
    wanted: Wanted,
    tag: Tag,
    since: date = date.min,
    until: date = date.max,
    target_bytes: int = TARGET_BYTES,
    grace_s: float = GRACE_S,
    done: Callable[[Retagged], None] = lambda retagged: None,
    lease_s: float = LEASE_S,
    progress: Progress = SILENT,
) -> RetagReport:
    """Tag the rows of each day that is not tagged as wanted; a second call finds nothing to do.

    Args:
        store: The output; the caller holds its lock.
        wanted: What the rows should be tagged by.
        tag: Tags stories.
        since: The first day.
        until: The last day.
        target_bytes: The size of a file; it ends with the row group that reaches this.
        grace_s: How long replaced files stay for readers that are listing their folder, in seconds.
        done: Called after each day that was tagged anew.
        lease_s: How long the lock of an object store stays after this process has died, in seconds.
        progress: Is told how many paragraphs there are to tag; `tag` tells it how many are.

    Raises:
        CompactionLockedError: A compaction is running on the output.
    """
    with compaction_lock(store, lease_s) as verify:
        recover_swaps(store)
        try:
            files = Compaction(store, target_bytes, grace_s, lambda _: None, verify, progress)
            return _Retagging(files, wanted, tag, done).run(since, until)
        finally:
            verify()
            recover_swaps(store)


@dataclass
class _Retagging:
    """One call of `retag` and its results so far."""

    files: Compaction
    wanted: Wanted
    tag: Tag
    done: Callable[[Retagged], None]
    days: list[Retagged] = field(default_factory=list)

    def run(self, since: date, until: date) -> RetagReport:
        store = self.files.store
        # Of all tables, though two are tagged: any file of a newer stream shows that the files of an older one are
        # final.
        listed = {part: store.list_folder(part) for table in SCHEMAS for part in partitions(store, table)}
        final_until = final_until_of(listed.values())
        self.files.progress.phase("Looking for older tags")
        outdated = {}
        for day in sorted({day_of(part) for part in listed if part.partition("/")[0] in TABLES}):
            if since <= day <= until:
                parts = [part for table in TABLES if (part := f"{table}/date={day}") in listed]
                outdated[day] = self._outdated(day, {part: listed[part] for part in parts}, final_until)
        every = (table for tables in outdated.values() for table in tables)
        paragraphs = sum(table.rows for table in every if table.partition.startswith("paragraphs/"))
        self.files.progress.phase("Tagging", paragraphs, "paragraphs")
        for day, tables in outdated.items():
            if tables:
                self._retag_day(day, tables)
        self.files.end_all()
        return RetagReport(tuple(self.days), self.files.left())

    def _outdated(self, day: date, listed: Mapping[str, Mapping[str, FileStat]], final_until: int) -> list[_Table]:
        """Return the tables of a day that has to be tagged and can be, else []; note why it can't be."""
        try:
            # A day as a whole or not at all: its stories need the rows of both tables.
            tables = [self._table(partition, files) for partition, files in listed.items()]
        except UnreadableError as error:
            self.files.leave(f"date={day}/{error.args[0]}", error.args[1])
            return []
        if not any(table.outdated for table in tables):
            return []
        if reason := self._why_not(listed, final_until):
            self.files.leave(f"date={day}", reason)
            return []
        return tables

    def _retag_day(self, day: date, tables: Sequence[_Table]) -> None:
        rows = dict.fromkeys(TABLES, 0)
        rows |= {table.partition.partition("/")[0]: table.rows for table in tables}
        outputs = self._write_day(tables)
        for table in tables:
            name = table.partition.partition("/")[0]
            # Rows are counted from footers: a join that loses one must not replace anything.
            if sum(outputs[name].values()) != table.rows:
                raise RuntimeError(f"{table.partition}: {table.rows} rows became {outputs[name]}; nothing was replaced")
        swapped = [
            self.files.swap(table.partition, dict(table.files), outputs[table.partition.partition("/")[0]])
            for table in tables
        ]
        # A table that was left has its old tags: the day is not tagged, and the next command finds it again.
        if all(swapped):
            self.days.append(Retagged(day, rows["entries"], rows["paragraphs"]))
            self.done(self.days[-1])
        self.files.end_old()

    def _table(self, partition: str, files: Mapping[str, FileStat]) -> _Table:
        table = partition.partition("/")[0]
        counted = {name: seen for name, seen in sorted(files.items()) if is_counted(name)}
        footers = [footer_of(self.files.store, partition, name) for name in counted]
        outdated = any(not self.wanted.is_met(table, models, versions) for _, models, versions in footers)
        models, versions = union_of(each[1] for each in footers), union_of(each[2] for each in footers)
        return _Table(partition, counted, sum(each[0] for each in footers), models, versions, outdated)

    def _why_not(self, listed: Mapping[str, Mapping[str, FileStat]], final_until: int) -> str:
        """Return why the files of a day can't be replaced; "" if they can."""
        for partition, files in listed.items():
            for name, seen in files.items():
                if is_counted(name) and (why := not_final(name, seen, final_until, False)):
                    return why
            if self.files.store.local and folders(self.files.store, partition):
                return "contains folders"
        return ""

    def _write_day(self, tables: Sequence[_Table]) -> dict[str, dict[str, int]]:
        """Write the new files of a day; return the number of rows of each by table and name."""
        store = self.files.store
        sorted_rows: dict[str, Iterable[pa.Table]] = dict.fromkeys(TABLES, ())
        with ExitStack() as stack:
            outputs = {}
            for table in tables:
                name = table.partition.partition("/")[0]
                spill = stack.enter_context(self.files.spill(table.partition))
                rows = read_files(store, table.partition, table.files)
                sorted_rows[name] = sort_rows(rows, ORDER[name], spill)
                outputs[name] = stack.enter_context(_Output(self.files, table, self.wanted))
            for pack in packs(sorted_rows["paragraphs"], sorted_rows["entries"]):
                for name, new in self._tagged(pack).items():
                    outputs[name].add(new)
        return {name: output.rows for name, output in outputs.items()}

    def _tagged(self, pack: Pack) -> dict[str, pa.Table]:
        stories = stories_of(pack)
        tagged = self.tag(stories)
        known = {(entry_id, version) for entry_id, version in _keys(pack.entries)}
        # Paragraphs whose entry's row is in another day have a story made up for them, which has no row here.
        whole = [each for each in tagged if (each.entry.entry_id, each.entry.version) in known]
        new = {}
        if pack.paragraphs is not None and pack.paragraphs.num_rows:
            new["paragraphs"] = self._replaced("paragraphs", pack.paragraphs, paragraph_table(tagged))
        if pack.entries is not None and pack.entries.num_rows:
            new["entries"] = self._replaced("entries", pack.entries, entry_table(whole))
        return new

    def _replaced(self, table: str, rows: pa.Table, tagged: pa.Table) -> pa.Table:
        """Return rows with the columns of tagged ones that are written anew."""
        for column in ORDER[table]:
            # The tags are put beside the rows by position, so both have to be in one order.
            if not rows[column].equals(tagged[column]):
                raise RuntimeError(f"{table}: the order of {column} has changed; nothing was replaced")
        for column in self.wanted.columns(table):
            rows = rows.set_column(rows.schema.get_field_index(column), rows.schema.field(column), tagged[column])
        return rows


class _Output:
    """The new files of one table of a day."""

    def __init__(self, files: Compaction, table: _Table, wanted: Wanted):
        self.rows: dict[str, int] = {}
        self._files = files
        self._table = table
        self._wanted = wanted
        # Named by all files of the partition, so that the next files get other names.
        self._stem = f"compacted-{digest(table.partition, *sorted(table.files), size=16)}"
        self._open: ExitStack | None = None
        self._waiting: list[pa.Table] = []
        self._waiting_rows = 0

    def __enter__(self) -> "_Output":
        return self

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        # Not after an error: what waits would become a file that looks complete.
        if kind is None:
            self._write(list(in_row_groups(self._waiting)))
        if self._open:
            self._open.__exit__(kind, error, trace)

    def add(self, rows: pa.Table) -> None:
        """Write rows, when there are enough for a row group."""
        self._waiting.append(rows)
        self._waiting_rows += rows.num_rows
        if self._waiting_rows >= ROW_GROUP_ROWS:
            # The last group may be small; it waits for more rows, so that row groups stay full.
            *full, last = in_row_groups(self._waiting)
            self._write(full)
            self._waiting, self._waiting_rows = [last], last.num_rows

    def _write(self, groups: Sequence[pa.Table]) -> None:
        for group in groups:
            group = self._with_metadata(group)
            if self._open is None:
                self._name = f"{self._stem}-{len(self.rows)}.parquet"
                self._open = ExitStack()
                self._file = self._open.enter_context(
                    self._files.store.write(f"{new_folder(self._table.partition)}/{self._name}")
                )
                self._writer: pq.ParquetWriter = self._open.enter_context(open_writer(self._file, group.schema))
                self.rows[self._name] = 0
            self._writer.write_table(group, row_group_size=ROW_GROUP_ROWS)
            self.rows[self._name] += group.num_rows
            if self._file.tell() >= self._files.target:
                self._open.close()
                self._open = None

    def _with_metadata(self, rows: pa.Table) -> pa.Table:
        models = {} if self._table.partition.startswith("entries/") else self._wanted.models or self._table.models
        newsbeam = sorted({*self._table.versions.get("newsbeam", ()), newsbeam_version()})
        versions = {**self._table.versions, **self._wanted.versions, "newsbeam": newsbeam}
        return with_versions(with_models(rows, models), versions)


def _keys(rows: pa.Table | None) -> Iterator[tuple[str, int]]:
    if rows is not None:
        yield from zip(rows["entry_id"].to_pylist(), rows["version"].to_pylist(), strict=True)


def _plain(versions: Versions) -> dict[str, list[str]]:
    return {name: sorted(values) for name, values in versions.items()}
