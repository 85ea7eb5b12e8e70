"""Verifies that an output has what the feed server and the drop writer served: nothing missing, doubled or unknown.

    report = missing_and_doubled(output, log, until)      assert report.clean, report
    with Watcher(output) as watcher: ...                  latencies(watcher, log)

It compares texts: guid and title (which names the version) of each row of entries/, and the text of its paragraphs by
position. The entries of an answer without a fault are due: they must be in the output. Those of a faulty answer
(truncated, canceled by the client, ...) may be in it. What a killed worker had fetched is due, also if the server does
not show it any more; except, if clients were killed, an answer whose connection ended before the next request on it:
the client may have died before it had read the answer.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from newsbeam.transforms.write.schema import SCHEMAS
from testing.repeating import Repeating

_SHOWN = 5

FILES = "date=*/*.parquet"

_READ_LOG = """
    CREATE TABLE log AS FROM read_json(?, format = 'newline_delimited', columns = {
        kind: 'VARCHAR', time: 'DOUBLE', started: 'DOUBLE', place: 'VARCHAR', host: 'VARCHAR', status: 'INTEGER',
        fault: 'VARCHAR', guid: 'VARCHAR', version: 'INTEGER', title: 'VARCHAR', paragraphs: 'VARCHAR[]',
        entries: 'STRUCT(guid VARCHAR, version INTEGER)[]'
    });
"""
_MOST_AT_ONCE = """
    SELECT host, max(running)::INTEGER FROM (
        SELECT host, sum(step) OVER (PARTITION BY host ORDER BY moment, step ROWS UNBOUNDED PRECEDING) AS running
        FROM (
            SELECT host, unnest([started, time]) AS moment, unnest([1, -1]) AS step
            FROM log WHERE kind = 'answer' AND host IS NOT NULL
        )
    ) GROUP BY host
"""
_SERVED = """
    CREATE TABLE answered AS
        SELECT item.guid, item.version, min(time) AS first, count(*) AS times,
               bool_or(fault IS NULL AND status = 200 AND confirmed AND time <= getvariable('until')) AS due
        FROM (
            SELECT time, status, fault, unnest(entries) AS item, NOT EXISTS (
                FROM log
                WHERE getvariable('kills') AND kind = 'unconfirmed'
                AND (place, started) = (answer.place, answer.started)
            ) AS confirmed
            FROM log AS answer WHERE kind = 'answer'
        )
        GROUP BY ALL;
    CREATE TABLE served AS
        SELECT DISTINCT guid, title, paragraphs, due, first, times
        FROM answered JOIN log USING (guid, version) WHERE kind = 'version';
    CREATE TABLE shown AS  -- how often a text became the current one: an entry can get its first text back
        SELECT guid, title, count(*) AS periods FROM (
            SELECT item.guid, item.version, lag(item.version) OVER (PARTITION BY item.guid ORDER BY started) AS before
            FROM (SELECT started, unnest(entries) AS item FROM log WHERE kind = 'answer')
        ) JOIN (SELECT DISTINCT guid, version, title FROM log WHERE kind = 'version') USING (guid, version)
        WHERE before IS DISTINCT FROM version GROUP BY ALL;
"""

_WRITTEN = """
    CREATE TABLE expected AS  -- the paragraphs of entries that are due, and of others that are in the output
        SELECT guid, title, unnest(paragraphs) AS text, generate_subscripts(paragraphs, 1) - 1 AS position
        FROM served WHERE due OR (guid, title) IN (SELECT (guid, title) FROM entries);
    CREATE TABLE written AS
        SELECT e.guid, e.title, p.* EXCLUDE title, epoch(fetched_at) <= getvariable('until') AS settled
        FROM paragraphs AS p LEFT JOIN (
            SELECT entry_id, version AS entry_version, any_value(guid) AS guid, any_value(title) AS title
            FROM entries GROUP BY ALL
        ) AS e USING (entry_id, entry_version);
"""

# Kind of problem -> a query with one line for each case.
_CHECKS: Mapping[str, str] = {
    "entries missing": """
        SELECT title || ', served ' || times || ' times, first at ' || first FROM served AS s
        WHERE due AND NOT EXISTS (FROM entries AS e WHERE e.guid = s.guid AND e.title = s.title)
    """,
    "entries doubled": """
        SELECT title || ': ' || count(*) || ' rows, versions ' || list_sort(list(version))::VARCHAR
        FROM entries LEFT JOIN shown USING (guid, title)
        GROUP BY guid, title, periods HAVING count(*) > coalesce(periods, 1)
    """,
    "versions doubled": """
        SELECT entry_id || ' version ' || version || ': ' || count(*) || ' rows' FROM entries
        GROUP BY entry_id, version HAVING count(*) > 1
    """,
    "entries that were not served": """
        SELECT coalesce(title, '') || ' (' || coalesce(guid, '') || ') of ' || feed_url FROM entries AS e
        WHERE NOT EXISTS (FROM served AS s WHERE e.guid = s.guid AND e.title = s.title)
    """,
    "paragraphs missing": """
        SELECT title || ', position ' || position FROM expected AS x
        WHERE NOT EXISTS (FROM written AS w WHERE (w.guid, w.title, w.position) = (x.guid, x.title, x.position))
    """,
    "paragraphs doubled": """
        SELECT coalesce(any_value(title), entry_id) || ', position ' || position || ': ' || count(*) || ' rows'
        FROM written GROUP BY entry_id, entry_version, position HAVING count(*) > 1
    """,
    "paragraphs with another text": """
        SELECT w.title || ', position ' || position || ': ' || w.text FROM expected AS x JOIN written AS w
            USING (guid, title, position)
        WHERE w.text <> x.text
    """,
    "paragraphs that were not served": """
        SELECT coalesce(w.title, entry_id || ' version ' || entry_version || ', which has no entry') || ', position '
            || position || ': ' || w.text
        FROM written AS w ANTI JOIN expected AS x USING (guid, title, position)
        WHERE (guid IS NULL AND settled) OR (guid, title) IN (SELECT (guid, title) FROM served)
    """,
    "paragraph_id twice": """
        SELECT paragraph_id FROM paragraphs GROUP BY paragraph_id HAVING count(*) > 1
    """,
    "duplicates without a canonical row": """
        SELECT paragraph_id || ' of ' || duplicate_of FROM written
        WHERE settled AND duplicate_of NOT IN (SELECT paragraph_id FROM paragraphs WHERE duplicate_of IS NULL)
    """,
    "exact duplicates with another fingerprint": """
        SELECT DISTINCT d.paragraph_id || ' of ' || c.paragraph_id
        FROM paragraphs AS d JOIN paragraphs AS c ON d.duplicate_of = c.paragraph_id
        WHERE d.duplicate_kind = 'exact' AND d.fingerprint <> c.fingerprint
    """,
    "near duplicates with the same fingerprint": """
        SELECT DISTINCT d.paragraph_id || ' of ' || c.paragraph_id
        FROM paragraphs AS d JOIN paragraphs AS c ON d.duplicate_of = c.paragraph_id
        WHERE d.duplicate_kind IN ('near', 'contained') AND d.fingerprint = c.fingerprint
    """,
    "two canonical rows of one text": """
        SELECT paragraph_id || ': ' || text
        FROM (SELECT DISTINCT paragraph_id, fingerprint, text, fetched_at FROM paragraphs WHERE duplicate_of IS NULL)
        QUALIFY fetched_at - lag(fetched_at) OVER (PARTITION BY fingerprint ORDER BY fetched_at, paragraph_id)
            < to_seconds(getvariable('window_s'))
    """,
}
_FIGURES: Mapping[str, str] = {
    "entries due": "SELECT count(*) FROM served WHERE due",
    "entries": "SELECT count(*) FROM entries",
    "paragraphs": "SELECT count(*) FROM paragraphs",
    "exact": "SELECT count(*) FROM paragraphs WHERE duplicate_kind = 'exact'",
    "near": "SELECT count(*) FROM paragraphs WHERE duplicate_kind = 'near'",
    "dead letters": "SELECT count(*) FROM dead_letters WHERE NOT repaired",
}


@dataclass(frozen=True)
class Report:
    """The result of a verification.

    Attributes:
        problems: Kind of problem -> one line for each case; kinds without a case are absent.
        figures: Name -> number of rows.
    """

    problems: Mapping[str, list[str]]
    figures: Mapping[str, int]

    @property
    def clean(self) -> bool:
        """Whether there are no problems."""
        return not self.problems

    @property
    def missing(self) -> int:
        """The number of missing rows of entries and paragraphs."""
        return self._count("entries missing", "paragraphs missing")

    @property
    def doubled(self) -> int:
        """The number of doubled rows of entries and paragraphs."""
        return self._count("entries doubled", "versions doubled", "paragraphs doubled", "paragraph_id twice")

    def _count(self, *kinds: str) -> int:
        return sum(len(self.problems.get(kind, ())) for kind in kinds)

    def __str__(self) -> str:
        """Return the figures in one line, then each kind of problem with its first cases."""
        lines = [", ".join(f"{number} {name}" for name, number in self.figures.items())]
        for kind, cases in self.problems.items():
            more = [f"... and {len(cases) - _SHOWN} more"] if len(cases) > _SHOWN else []
            lines += [f"{kind}: {len(cases)}", *(f"    {case}" for case in [*cases[:_SHOWN], *more])]
        return "\n".join(lines)


def missing_and_doubled(
    output: Path,
    log: Path,
    until: float = float("inf"),
    window: timedelta = timedelta(days=30),
    *,
    kills: bool = False,
) -> Report:
    """Compare an output with the log of what was served.

    Args:
        output: The output's folder; it may be written meanwhile.
        log: The log of `FeedServer` and `DropWriter`.
        until: Unix seconds. What was served later may be in the output, but need not. For an output that is being
            written: now minus the flush interval and a little more.
        kills: Whether clients were killed.
        window: `dedup.window` of the config: two canonical rows of one text within it are a problem.
    """
    with duckdb.connect() as database:
        database.execute(f"SET VARIABLE until = '{until}'::DOUBLE; SET VARIABLE window_s = {window.total_seconds()}")
        database.execute(f"SET VARIABLE kills = {kills}")
        # The order matters while the output is written. Paragraphs become visible before their entries, and the log
        # has the content of an answer before a reader can write a row of it.
        for table in ("entries", "paragraphs", "dead_letters"):
            _load(database, output, table)
        database.execute(_READ_LOG, [str(log)])
        database.execute(_SERVED)
        database.execute(_WRITTEN)
        problems = {kind: [row[0] for row in database.execute(sql).fetchall()] for kind, sql in _CHECKS.items()}
        figures = {name: _number(database, sql) for name, sql in _FIGURES.items()}
    return Report({kind: sorted(cases) for kind, cases in problems.items() if cases}, figures)


def _load(database: duckdb.DuckDBPyConnection, output: Path, table: str) -> None:
    """Copy a table, since its files may be replaced during the comparison."""
    database.register("no_rows", SCHEMAS[table].empty_table())
    database.execute(f"CREATE TABLE {table} AS FROM no_rows")
    files = [str(path) for path in output.glob(f"{table}/{FILES}")]
    if files:
        database.execute(
            f"INSERT INTO {table} BY NAME FROM read_parquet(?, union_by_name = true, hive_partitioning = false)",
            [files],
        )


def _number(database: duckdb.DuckDBPyConnection, sql: str) -> int:
    row = database.execute(sql).fetchone()
    assert row is not None
    return int(row[0])


class Watcher(Repeating):
    """Reads an output continuously and records when each version became readable.

    A version is readable when its row of entries/ and all its rows of paragraphs/ are.

    Args:
        output: The output's folder; it need not exist yet.
        every_s: Seconds between two reads: the error of the recorded times.
        clock: Returns the time in Unix seconds.

    Attributes:
        readable: Title (which names the version) -> Unix seconds.
        unreadable: Files with their final name that could not be read, with the error.
    """

    def __init__(self, output: Path, every_s: float = 0.2, clock: Callable[[], float] = time.time):
        super().__init__("watcher", every_s)
        self.readable: dict[str, float] = {}
        self.unreadable: list[str] = []
        self._output, self._clock = output, clock
        self._seen: dict[str, tuple[int, int, int]] = {}
        self._waiting: dict[str, int] = {}  # title -> number of its paragraphs
        self._paragraphs: dict[str, set[str]] = defaultdict(set)

    def step(self) -> None:
        """Read files that are new or were replaced."""
        now = self._clock()
        for row in self._new_rows("paragraphs", ["title", "paragraph_id"]):
            if row["title"] not in self.readable:
                self._paragraphs[row["title"]].add(row["paragraph_id"])
        for row in self._new_rows("entries", ["title", "paragraph_count"]):
            if row["title"] not in self.readable:
                self._waiting[row["title"]] = row["paragraph_count"]
        complete = [title for title, count in self._waiting.items() if len(self._paragraphs.get(title, ())) >= count]
        for title in complete:
            self.readable[title] = now
            del self._waiting[title]
            self._paragraphs.pop(title, None)

    def finish(self) -> None:
        """Read what was written since the last step."""
        self.step()

    def _new_rows(self, table: str, columns: list[str]) -> Iterator[dict[str, Any]]:
        for path in self._output.glob(f"{table}/{FILES}"):
            try:
                status = path.stat()
                stamp = status.st_ino, status.st_mtime_ns, status.st_size
                if self._seen.get(str(path)) != stamp:
                    rows = pq.read_table(path, columns=columns, partitioning=None).to_pylist()
                    self._seen[str(path)] = stamp
                    yield from rows
            except FileNotFoundError:
                continue  # replaced by a compaction, for example
            except (OSError, pa.ArrowException) as error:
                self.unreadable.append(f"{path}: {error}")


def latencies(watcher: Watcher, log: Path) -> list[float]:
    """Return the seconds from the publication of each version until its rows were readable, sorted.

    Versions that did not become readable are left out. The poll interval and the flush interval are included.
    """
    with duckdb.connect() as database:
        database.execute(_READ_LOG, [str(log)])
        appeared = database.execute("SELECT title, min(time) FROM log WHERE kind = 'version' GROUP BY title").fetchall()
    return sorted(watcher.readable[title] - at for title, at in appeared if title in watcher.readable)


def most_at_once(log: Path) -> dict[str, int]:
    """Return for each host the most answers that were in progress at the same time."""
    with duckdb.connect() as database:
        database.execute(_READ_LOG, [str(log)])
        found = database.execute(_MOST_AT_ONCE).fetchall()
    return dict(found)
