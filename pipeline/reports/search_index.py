"""The index of `newsbeam search`: a folder beside the tables of an output that is brought up to date before a search.

    OUTPUT/_search/   or, for an object store or a folder that can't be written to, in the user's cache
      index/          tantivy's files: a document an entry, in its latest version, unless it is killed or withheld
      known.parquet   which version of which entry is in it
      state.json      the files of entries/ that it has seen

If these files are the same as at the last search, nothing else is read. If not, the views say which entries are
current; those that are new are added, others are removed. So a compaction changes nothing, and a kill takes its story
out. An embargo ends by itself: it is a condition of the search.
"""

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import tantivy
from filelock import FileLock
from platformdirs import user_cache_path

from newsbeam.pipeline.reports.databases import connect
from newsbeam.pipeline.reports.report_data import open_views
from newsbeam.pipeline.reports.search_fields import FORMAT, STORED, analysis_of, open_index
from newsbeam.pipeline.reports.views import views_sql
from newsbeam.transforms.common.objects import Objects, is_object_url

_FOLDER = "_search"
_TANTIVY = version("tantivy")  # an index of another one is built anew
_MEMORY, _THREADS = 128 << 20, 2
_MANY = 1_000  # entries, which take long enough to say so
_BATCH = 500
_MOST_CHARACTERS = 100_000  # of an entry that are searched
_LONGEST_KEY = 200
_NOTHING = pa.schema([("entry_id", pa.string()), ("version", pa.int32()), ("digest", pa.string())])

# Of the rows that may be used, now or after an embargo. Columns of a row that changes later are in its hash.
_PREPARE = (
    """CREATE TEMP TABLE current AS
    SELECT *, hash(entry)::VARCHAR AS digest
    FROM (SELECT entry_id, version, source, language, url, coalesce(title, slugline, guid) AS title, published,
                 fetched_at, embargo_until, topics, date
          FROM latest_entries WHERE state IN ('usable', 'embargoed')) AS entry""",
    "CREATE TEMP TABLE added AS FROM current ANTI JOIN known USING (entry_id, version, digest)",
    """CREATE TEMP TABLE copied AS  -- entities of an exact duplicate are in the row of its canonical paragraph
    SELECT paragraph_id, entities FROM paragraphs
    WHERE len(entities) > 0
      AND paragraph_id IN (SELECT duplicate_of FROM paragraphs SEMI JOIN added USING (entry_id))""",
)
_GONE = (
    "SELECT entry_id FROM added UNION SELECT entry_id FROM known ANTI JOIN current USING (entry_id, version, digest)"
)
# A date that is a week older than the fetch, or after it, is not trusted.
_ADDED = """
WITH
  body AS (
    SELECT entry_id, entry_version AS version, list([kind, text] ORDER BY position) AS paragraphs
    FROM paragraphs WHERE date = $day GROUP BY ALL
  ),
  name AS (
    SELECT p.entry_id, p.entry_version AS version,
           unnest(CASE WHEN len(p.entities) > 0 THEN p.entities ELSE copied.entities END) AS entity
    FROM paragraphs AS p LEFT JOIN copied ON copied.paragraph_id = p.duplicate_of WHERE date = $day
  ),
  named AS (
    SELECT entry_id, version, list_distinct(flatten(list([lower(entity.name), lower(entity.text)]))) AS names
    FROM name GROUP BY ALL
  )
SELECT entry_id, version, source, language, url, left(title, 1000) AS title,
       list_concat([lower(topic.qcode) FOR topic IN topics], [lower(topic.name) FOR topic IN topics]) AS topics,
       epoch_us(CASE WHEN published BETWEEN fetched_at - INTERVAL 7 DAY AND fetched_at
                THEN published ELSE fetched_at END) // 1000000 AS seen,
       epoch_us(embargo_until) // 1000000 AS embargo, paragraphs, names
FROM added LEFT JOIN body USING (entry_id, version) LEFT JOIN named USING (entry_id, version) WHERE date = $day
"""


def index_folder(output: str) -> Path:
    """Return where the index of an output is: beside its tables, or in the user's cache."""
    if not is_object_url(output):
        folder = Path(output).expanduser() / _FOLDER
        with suppress(OSError):
            folder.mkdir(exist_ok=True)
            (folder / "writable").touch()
            return folder
    named = output if is_object_url(output) else str(Path(output).expanduser().absolute())
    folder = user_cache_path("newsbeam") / "search" / sha256(named.encode()).hexdigest()[:32]
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def current_index(output: str, tell: Callable[[str], None]) -> tantivy.Index:
    """Return the index of an output, brought up to date.

    Args:
        output: A folder that newsbeam wrote to, or its URL in an object store.
        tell: Is told what takes time.

    Raises:
        NoOutputError: The output doesn't exist or has no rows.
        duckdb.Error: A file can't be read.
        OSError: The index can't be written.
    """
    if len(_files(output)) == 1:  # no file of entries
        views_sql(output)
    folder = index_folder(output)
    with FileLock(folder / "lock"):
        files = _files(output)
        if _state(folder) != files or not _opens(folder):
            _update(output, folder, tell)
            (folder / "state.json").write_text(json.dumps(files), encoding="utf-8")
        return open_index(str(folder / "index"))


def _opens(folder: Path) -> bool:
    try:
        open_index(str(folder / "index"))
    except ValueError:
        return False
    return True


def _files(output: str) -> list[list[Any]]:
    """Return what changes when entries do: the format, and the files with their sizes."""
    if is_object_url(output):
        found = [[name, stat.size] for name, stat in Objects.at(output).list("entries")]
    else:
        root = Path(output).expanduser() / "entries"
        found = [[str(path.relative_to(root)), path.stat().st_size] for path in root.glob("date=*/*.parquet")]
    return [[FORMAT, _TANTIVY], *sorted(found)]


def _state(folder: Path) -> list[list[Any]]:
    try:
        state: list[list[Any]] = json.loads((folder / "state.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    return state


def _update(output: str, folder: Path, tell: Callable[[str], None]) -> None:
    with connect(output) as database:
        open_views(database, output)
        database.register("known", _known(folder))
        for sql in _PREPARE:
            database.execute(sql)
        added = _count(database, "added")
        if added > _MANY:
            tell(f"indexing {added:,} stories")
        (folder / "index").mkdir(exist_ok=True)
        _write(database, open_index(str(folder / "index")).writer(_MEMORY, _THREADS))
        rows = database.sql("SELECT entry_id, version, digest FROM current").to_arrow_table()
        pq.write_table(rows, folder / "known.parquet")


def _write(database: duckdb.DuckDBPyConnection, writer: tantivy.IndexWriter) -> None:
    if _count(database, "known"):  # also what is added: it may be there already, if an update was interrupted
        for (entry_id,) in database.execute(_GONE).fetchall():
            writer.delete_documents_by_term("entry_id", entry_id)
    for (day,) in database.execute("SELECT DISTINCT date FROM added ORDER BY date").fetchall():
        for document in _documents(database, day):
            writer.add_document(document)
    writer.commit()
    writer.wait_merging_threads()


def _count(database: duckdb.DuckDBPyConnection, table: str) -> int:
    return len(database.table(table))


def _known(folder: Path) -> pa.Table:
    """Return what is in the index; where that can't be read, nothing is, and the rest of it is deleted."""
    if _state(folder)[:1] == [[FORMAT, _TANTIVY]] and _opens(folder):
        with suppress(OSError, pa.ArrowInvalid):
            return pq.read_table(folder / "known.parquet")
    shutil.rmtree(folder / "index", ignore_errors=True)
    return _NOTHING.empty_table()


def _documents(database: duckdb.DuckDBPyConnection, day: date) -> Iterator[tantivy.Document]:
    result = database.execute(_ADDED, {"day": day})
    names = [column[0] for column in result.description or ()]
    while rows := result.fetchmany(_BATCH):
        for row in rows:
            yield _document(dict(zip(names, row, strict=True)))


def _document(entry: dict[str, Any]) -> tantivy.Document:
    analysis = analysis_of(entry["language"])
    paragraphs = list(_bounded(entry["paragraphs"] or []))
    shown = {name: entry[name] for name in ("entry_id", "version", "title", "source", "url", "language", "seen")}
    return tantivy.Document(
        **{
            f"title_{analysis}": [entry["title"] or ""],
            f"text_{analysis}": ["\n\n".join(text for _, text in paragraphs)],
            "entry_id": [entry["entry_id"]],
            "source": [entry["source"].lower()],
            "topic": entry["topics"] or [],
            "name": [name[:_LONGEST_KEY] for name in entry["names"] or ()],
            "language": [(entry["language"] or "").lower().partition("-")[0]],
            "seen": entry["seen"],
            "embargo": entry["embargo"] or 0,
            STORED: [json.dumps(shown | {"paragraphs": paragraphs}, ensure_ascii=False).encode()],
        }
    )


def _bounded(paragraphs: list[list[str]]) -> Iterator[list[str]]:
    """Yield paragraphs, as kind and text, up to the most characters that are searched."""
    left = _MOST_CHARACTERS
    for kind, text in paragraphs:
        if left <= 0:
            return
        yield [kind, text[:left]]
        left -= len(text)
