"""Brings the index of `newsbeam search` up to date, with what the views say is current.

Apart from `search_index`, since a search of an index that is up to date needs neither DuckDB nor Arrow.
"""

import shutil
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import tantivy

from newsbeam.pipeline.reports.reading import view_database
from newsbeam.pipeline.reports.search_fields import STORED, analysis_of, open_index
from newsbeam.transforms.common.progress import Progress, followed

_MEMORY, _THREADS = 128 << 20, 2
_BATCH = 500
_LONGEST_PARAGRAPH, _MOST_PARAGRAPHS = 20_000, 1_000  # what of an entry is searched
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
# A date that is a week older than the fetch, or after it, is not trusted. What is stored is made here, since DuckDB
# makes a text from a list of paragraphs in a tenth of the time that Python takes to receive it.
_ADDED = f"""
WITH
  body AS (
    SELECT entry_id, entry_version AS version, list([kind, left(text, {_LONGEST_PARAGRAPH})] ORDER BY position)
                                               [:{_MOST_PARAGRAPHS}] AS paragraphs
    FROM paragraphs WHERE date = $day GROUP BY ALL
  ),
  name AS (
    SELECT p.entry_id, p.entry_version AS version,
           unnest(CASE WHEN len(p.entities) > 0 THEN p.entities ELSE copied.entities END) AS entity
    FROM paragraphs AS p LEFT JOIN copied ON copied.paragraph_id = p.duplicate_of WHERE date = $day
  ),
  named AS (
    SELECT entry_id, version,
           list_distinct(flatten(list([lower(left(entity.name, 200)), lower(left(entity.text, 200))]))) AS names
    FROM name GROUP BY ALL
  ),
  entry AS (
    SELECT *, epoch_us(CASE WHEN published BETWEEN fetched_at - INTERVAL 7 DAY AND fetched_at
                       THEN published ELSE fetched_at END) // 1000000 AS seen
    FROM added WHERE date = $day
  )
SELECT entry_id, lower(source) AS source, language, coalesce(left(title, 1000), '') AS title,
       list_concat([lower(topic.qcode) FOR topic IN topics], [lower(topic.name) FOR topic IN topics]) AS topics, names,
       seen, coalesce(epoch_us(embargo_until) // 1000000, 0) AS embargo,
       array_to_string([paragraph[2] FOR paragraph IN paragraphs], '\n\n') AS text,
       to_json({{
         'entry_id': entry_id, 'version': version, 'title': left(title, 1000), 'source': source, 'url': url,
         'language': language, 'seen': seen, 'paragraphs': coalesce(paragraphs, [])
       }})::VARCHAR AS shown
FROM entry LEFT JOIN body USING (entry_id, version) LEFT JOIN named USING (entry_id, version)
"""  # noqa: S608


def update(output: str, folder: Path, is_kept: bool, progress: Progress) -> None:
    """Make an index that of an output.

    Args:
        output: A folder that newsbeam wrote to, or its URL in an object store.
        folder: Of the index.
        is_kept: Whether what is there can be kept; if not, it is built anew.
        progress: Is told how many stories there are to index.

    Raises:
        ReportError: The output can't be read.
    """
    progress.phase("Looking for new stories")
    with view_database(output) as database:
        database.register("known", _known(folder) if is_kept else _nothing(folder))
        for sql in _PREPARE:
            database.execute(sql)
        progress.phase("Indexing", _count(database, "added"), "stories")
        (folder / "index").mkdir(exist_ok=True)
        _write(database, open_index(str(folder / "index")).writer(_MEMORY, _THREADS), progress)
        # After the commit: what is listed here counts as indexed.
        rows = database.sql("SELECT entry_id, version, digest FROM current").to_arrow_table()
        pq.write_table(rows, folder / "known.parquet")


def _write(database: duckdb.DuckDBPyConnection, writer: tantivy.IndexWriter, progress: Progress) -> None:
    if _count(database, "known"):  # also what is added: it may be there already, if an update was interrupted
        for (entry_id,) in database.execute(_GONE).fetchall():
            writer.delete_documents_by_term("entry_id", entry_id)
    # A day at a time, so that only the texts of one are in memory.
    for (day,) in database.execute("SELECT DISTINCT date FROM added ORDER BY date").fetchall():
        for document in followed(_documents(database, day), progress):
            writer.add_document(document)
    progress.phase("Writing the index")
    writer.commit()
    writer.wait_merging_threads()


def _count(database: duckdb.DuckDBPyConnection, table: str) -> int:
    return len(database.table(table))


def _known(folder: Path) -> pa.Table:
    """Return what is in the index; where that can't be read, nothing is."""
    with suppress(OSError, pa.ArrowInvalid):
        return pq.read_table(folder / "known.parquet")
    return _nothing(folder)


def _nothing(folder: Path) -> pa.Table:
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
    return tantivy.Document(
        **{
            f"title_{analysis}": [entry["title"]],
            f"text_{analysis}": [entry["text"] or ""],
            "entry_id": [entry["entry_id"]],
            "source": [entry["source"]],
            "topic": entry["topics"] or [],
            "name": entry["names"] or [],
            "language": [(entry["language"] or "").lower().partition("-")[0]],
            "seen": entry["seen"],
            "embargo": entry["embargo"],
            STORED: [entry["shown"].encode()],
        }
    )
