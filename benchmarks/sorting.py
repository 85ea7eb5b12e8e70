"""Sorting a day's rows for a compaction: newsbeam's merge sort beside DuckDB's, in memory and time.

DuckDB is a dependency already, so its sort would be the shorter way. It handles vectors of 2,048 rows, so it needs
memory by the size of rows: payloads of dead letters may have megabytes each.
"""

import multiprocessing
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

import duckdb
import psutil
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.lib.figures import Figure, scaled
from newsbeam.transforms.write.compaction.compact import in_row_groups
from newsbeam.transforms.write.compaction.merge import sort_rows
from newsbeam.transforms.write.parquet import ROW_GROUP_ROWS, open_writer
from newsbeam.transforms.write.rows import ORDER
from newsbeam.transforms.write.schema import SCHEMAS
from testing.repeating import Repeating

PARAGRAPHS, LETTERS = 1_000_000, 600
A_TABLE = {"paragraphs": 500, "dead_letters": 20}  # rows, as a file of a slice has
PAYLOAD_BYTES = 1_000_000  # of a dead letter on average
FIRST = datetime(2026, 11, 20, tzinfo=UTC)
LOOK_S = 0.01
LEAST_PEAK = 1_000_000  # bytes: what was free before may be enough for a few rows
MEMORY_LIMITS = (1.0, 1.2, 2.0, 4.0, 8.0)

Sort = Callable[[Iterator[pa.Table], str, Path, int], Iterator[pa.Table]]
"""From tables, their name, a folder to spill to and a number of bytes to sorted tables."""


def figures(scale: float = 1.0) -> Iterator[Figure]:
    """Yield memory and time of both sorts, for rows with nested columns and for rows with large payloads."""
    for table, rows in (("paragraphs", scaled(PARAGRAPHS, scale, 2_000)), ("dead_letters", scaled(LETTERS, scale, 6))):
        with tempfile.TemporaryDirectory(prefix="newsbeam-bench-") as folder:
            path = Path(folder, "rows.arrow")
            _write(path, table, rows)
            ours = _anew("merge", table, path)
            limit, theirs = _with_least_memory(table, path, ours.peak)
        note = f"{rows:,} rows of {table}, {ours.bytes / 1e6:,.0f} MB as Arrow"
        yield Figure(f"sorting.{table}.peak", ours.peak / 1e6, "<= 500", "MB", f"above what was there before; {note}")
        yield Figure(f"sorting.{table}.seconds", ours.seconds, "", "s", note)
        tried = ", ".join(map(str, MEMORY_LIMITS))
        note = f"the memory limit with which DuckDB's sort ends, of that peak; tried: {tried}{theirs.failure}"
        yield Figure(f"sorting.{table}.duckdb_limit", limit, "", "x", note)
        yield Figure(f"sorting.{table}.duckdb_peak", theirs.peak / ours.peak, "", "x", "DuckDB's peak then, against it")
        yield Figure(f"sorting.{table}.duckdb_seconds", theirs.seconds / ours.seconds, "", "x", "and its time")
        same = float(ours.digest == theirs.digest)
        yield Figure(f"sorting.{table}.duckdb_same", same, "", "", "1 if both give the same row groups")


def _with_least_memory(table: str, path: Path, peak: int) -> tuple[float, "_Result"]:
    """Return DuckDB's result with the smallest memory limit with which it ends, and that limit as a part of `peak`."""
    for limit in MEMORY_LIMITS:
        result = _anew("duckdb", table, path, int(limit * peak))
        if not result.failure:
            break
    return limit, result


@dataclass(frozen=True)
class _Result:
    """What sorting took.

    Attributes:
        bytes: The size of what was sorted.
        peak: The peak of memory above the start, in bytes.
        digest: Of the row groups; "" after a failure.
        failure: How it failed, for a note; "" if it didn't.
    """

    bytes: int
    peak: int
    seconds: float
    digest: str = ""
    failure: str = ""


def _anew(sort: str, table: str, path: Path, memory: int = 0) -> _Result:
    """Sort in a process of its own, whose memory nothing else has touched."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(_measure, sort, table, path, memory).result()


def _measure(sort: str, table: str, rows: Path, memory: int) -> _Result:
    """Sort rows into a file as a compaction does."""
    size, failure = 0, ""
    with tempfile.TemporaryDirectory(prefix="newsbeam-bench-") as folder:
        path, spill = Path(folder, "sorted.parquet"), Path(folder, "spill")
        spill.mkdir()
        with _Peak() as peak, path.open("wb") as file, open_writer(file, SCHEMAS[table]) as writer:
            started = time.perf_counter()
            try:
                for group in in_row_groups(_SORTS[sort](_read(rows), table, spill, memory)):
                    size += group.nbytes
                    writer.write_table(group, row_group_size=ROW_GROUP_ROWS)
            except (duckdb.OutOfMemoryException, OSError) as error:  # OSError: while its result is read
                failure = f"; it failed: {str(error).splitlines()[0]}"
            seconds = time.perf_counter() - started
        return _Result(size, max(peak.bytes, LEAST_PEAK), seconds, "" if failure else _digest(path), failure)


def _digest(path: Path) -> str:
    """Return a digest of the rows of each row group; pages aren't compared, which depend on the chunks of a table."""
    digest = sha256()
    with pq.ParquetFile(path) as file:
        for index in range(file.num_row_groups):
            for batch in file.read_row_group(index).combine_chunks().to_batches():
                digest.update(batch.serialize())
    return digest.hexdigest()


def _merged(tables: Iterator[pa.Table], table: str, folder: Path, _: int) -> Iterator[pa.Table]:
    return sort_rows(tables, ORDER[table], folder)


def _by_duckdb(tables: Iterator[pa.Table], table: str, folder: Path, memory: int) -> Iterator[pa.Table]:
    schema = SCHEMAS[table]
    config = {"memory_limit": f"{memory}B", "temp_directory": str(folder), "threads": 2}
    with duckdb.connect(config=config) as database:
        rows = pa.RecordBatchReader.from_batches(schema, (batch for each in tables for batch in each.to_batches()))
        database.execute("SET enable_progress_bar = false")
        result = database.from_arrow(rows).order(", ".join(ORDER[table]))
        for batch in result.to_arrow_reader(2048):
            yield pa.Table.from_batches([batch]).cast(schema)


_SORTS: dict[str, Sort] = {"merge": _merged, "duckdb": _by_duckdb}


class _Peak(Repeating):
    """Looks at this process's memory while it is open; `bytes` is the peak above the start."""

    def __init__(self) -> None:
        super().__init__("peak", LOOK_S)
        self._process = psutil.Process()
        self._start, self.bytes = self._process.memory_info().rss, 0

    def step(self) -> None:
        """Look once."""
        self.bytes = max(self.bytes, self._process.memory_info().rss - self._start)

    def finish(self) -> None:
        """Look for the last time."""
        self.step()


def _write(path: Path, table: str, rows: int) -> None:
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_stream(file, SCHEMAS[table]) as writer:
        for part in _tables(table, rows):
            writer.write_table(part)


def _read(path: Path) -> Iterator[pa.Table]:
    with pa.OSFile(str(path)) as file, pa.ipc.open_stream(file) as reader:
        for batch in reader:
            yield pa.Table.from_batches([batch])


def _tables(table: str, rows: int) -> Iterator[pa.Table]:
    """Yield made-up rows in tables of the size that a slice has; the same on every call."""
    random = Random(table)
    make = {"paragraphs": _paragraph, "dead_letters": _dead_letter}[table]
    numbers = iter(range(rows))
    while part := list(islice(numbers, A_TABLE[table])):
        yield pa.Table.from_pylist([_filled(table, make(random, number)) for number in part], SCHEMAS[table])


def _filled(table: str, row: dict[str, Any]) -> dict[str, Any]:
    """Return a row in which columns that may not be null have something."""
    return {field.name: row.get(field.name, _plain(field)) for field in SCHEMAS[table]}


def _plain(field: pa.Field) -> Any:
    """Return null, or what is nothing in a column without nulls."""
    if field.nullable or pa.types.is_timestamp(field.type):
        return None if field.nullable else FIRST
    empty = {pa.string(): "", pa.binary(): b"", pa.bool_(): False}
    return [] if pa.types.is_list(field.type) else empty.get(field.type, 0)


def _paragraph(random: Random, number: int) -> dict[str, Any]:
    words = " ".join(f"{random.getrandbits(20):x}" for _ in range(random.randrange(5, 120)))
    entities = [
        {"text": words[at : at + 5], "label": "ORG", "start": at, "end": at + 5, "name": "Ünïon"}
        for at in range(0, random.randrange(40), 10)
    ]
    return {
        "paragraph_id": f"{random.getrandbits(128):032x}",
        "entry_id": f"{number // 12:032x}",
        "text": words,
        "fingerprint": f"{random.getrandbits(128):032x}",
        "near_keys": random.randbytes(160),
        "entities": entities or None,
        "topics": [{"qcode": "medtop:04000000", "name": "economy", "score": random.random()}],
        "published": FIRST + timedelta(microseconds=random.getrandbits(36)),
        "fetched_at": FIRST + timedelta(microseconds=random.getrandbits(36)),
    }


def _dead_letter(random: Random, number: int) -> dict[str, Any]:
    size = random.choice((PAYLOAD_BYTES // 100, PAYLOAD_BYTES // 2, PAYLOAD_BYTES * 5 // 2))
    return {
        "failed_at": FIRST + timedelta(microseconds=random.getrandbits(36)),
        "uri": f"https://example.org/{number}.xml",
        "stage": "parse",
        "message": "x" * random.randrange(200),
        "payload": random.randbytes(size),
    }
