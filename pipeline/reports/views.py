"""`newsbeam views`: DuckDB SQL for views of the current stories and paragraphs in an output.

    entries     every version  -> latest_entries (one row an entry, `state`) -> current_entries (the usable ones)
    paragraphs  every version  -> current_paragraphs (each text of the current entries once)

Rows of an output never change; the views evaluate them at query time: an embargo ends by itself, and a kill applies to
versions that were written before or after it. Equal texts are one row whatever the order in which they arrived. Near
copies, and texts that stand whole in another, are one row with it, and an update takes the place of the older text.
Which row a copy or an update names depends on what was known when it was written.
"""

from glob import escape
from pathlib import Path

import duckdb
import pyarrow as pa

from newsbeam.pipeline.output_location import store_error
from newsbeam.transforms.common.objects import Objects, is_object_url
from newsbeam.transforms.write.schema import SCHEMAS

_FILES = "date=*/*.parquet"

_HEAD = "-- DuckDB views of newsbeam's output. They hold no data: new rows are visible immediately.\n"
_REMOTE = """\
-- DuckDB reads object stores with its httpfs extension and a secret; create it before the views:
-- INSTALL httpfs; LOAD httpfs; CREATE SECRET (TYPE s3, PROVIDER credential_chain);
"""

_ENTRIES = """
-- All versions of all stories.
CREATE OR REPLACE VIEW entries AS
{entries}
UNION ALL BY NAME  -- adds columns that the oldest files lack
SELECT NULL::BIGINT AS provider_version, NULL::VARCHAR AS revision, NULL::VARCHAR AS source_id,
       NULL::VARCHAR AS provider, NULL::VARCHAR AS story_id, NULL::DOUBLE AS agency_share,
       NULL::STRUCT(rel VARCHAR, id VARCHAR, version INTEGER)[] AS related WHERE false;
"""

_PARAGRAPHS = """
-- All paragraphs of all versions.
CREATE OR REPLACE VIEW paragraphs AS
{paragraphs}
UNION ALL BY NAME  -- adds columns and fields that the oldest files lack
SELECT {nulls} WHERE false;
"""

_STATES = """
-- The latest version of each story, with its `state`: usable, embargoed, withheld or canceled.
CREATE OR REPLACE VIEW latest_entries AS
WITH
  latest AS (  -- versions of a wire sort by revision; those of feeds have none and sort by number
    SELECT * FROM entries
    QUALIFY row_number() OVER (PARTITION BY entry_id ORDER BY revision DESC NULLS LAST, version DESC) = 1
  ),
  kill AS (  -- items that take others of their source out of use; replacements do so, too
    SELECT entry_id AS killer, coalesce(source_id, source) AS source, lower(provider) AS provider, made,
           CASE status WHEN 'withheld' THEN status ELSE 'canceled' END AS status,
           replace(lower(item.id), 'ß', 'ss') AS name, item.version AS version
    FROM (SELECT *, coalesce(published, updated) AS made, unnest(related) AS item FROM latest)
    WHERE item.rel = 'kills' AND (status <> 'usable' OR list_contains(signals, 'replacement'))
  ),
  story AS (
    SELECT entry_id, coalesce(source_id, source) AS source, lower(provider) AS provider,
           status <> 'usable' AS is_order, replace(lower(guid), 'ß', 'ss') AS guid,
           'slug:' || replace(lower(slugline), 'ß', 'ss') AS slug, coalesce(updated, published) AS made,
           coalesce(provider_version, version) AS version
    FROM latest
  ),
  named AS (  -- by guid, or by number (IPTC 7901: number/day) or slugline, which are reused: for 48 hours
    SELECT *, guid AS name, false AS comes_again FROM story UNION ALL
    SELECT *, regexp_replace(guid, '/[^/]*$', ''), true FROM story WHERE contains(guid, '/') UNION ALL
    SELECT *, slug, true FROM story
  ),
  killed_by AS (
    SELECT entry_id, killer, status, is_order AND NOT comes_again AND kill.made > named.made AS takes_back
    FROM named JOIN kill USING (source, name)  -- and of the same provider: others can't kill its stories
    WHERE (kill.version IS NULL OR kill.version = named.version)
      AND coalesce(contains(kill.provider, named.provider) OR contains(named.provider, kill.provider), true)
      AND (NOT comes_again OR named.made BETWEEN kill.made - INTERVAL 48 HOUR AND kill.made)
  ),
  taken_back AS (SELECT entry_id, killer FROM killed_by WHERE takes_back),
  killed AS (  -- by kills that are not taken back themselves; canceled takes precedence over withheld
    SELECT entry_id, min(status) AS status FROM killed_by
    WHERE killer NOT IN (SELECT entry_id FROM taken_back WHERE killer NOT IN (SELECT entry_id FROM taken_back))
    GROUP BY entry_id
  )
SELECT latest.*,
  CASE
    WHEN 'canceled' IN (latest.status, killed.status) THEN 'canceled'
    WHEN 'withheld' IN (latest.status, killed.status) THEN 'withheld'
    WHEN embargo_until > now() THEN 'embargoed'
    ELSE 'usable'
  END AS state
FROM latest LEFT JOIN killed USING (entry_id);
"""

# As `believed_date` in `transforms/dedup/order.py`: a date a week or more before the fetch is not trusted. It counts as
# the end of the day of the fetch (in UTC, for any time zone of the session).
_PLACE = """(
      CASE
        WHEN published IS NULL THEN 9223372036854775807
        WHEN epoch_us(published) >= epoch_us(fetched_at) - 604800000000 THEN epoch_us(published)
        ELSE (epoch_us(fetched_at) // 86400000000 + 1) * 86400000000
      END, coalesce(published, 'infinity'), paragraph_id)"""

_CURRENT = """
-- The stories that may be used now, each in its latest version.
CREATE OR REPLACE VIEW current_entries AS
SELECT * FROM latest_entries WHERE state = 'usable';

-- The paragraphs that may be used now: each text once, from its earliest story, and an update in the place of what it
-- updates. `copies`: number of equal, near and contained paragraphs; `sources`: their sources.
CREATE OR REPLACE VIEW current_paragraphs AS
WITH
  equal AS (  -- each wording once
    SELECT arg_min(paragraph_id, place) AS paragraph_id, min(place) AS place,
           arg_min(coalesce(duplicate_of, paragraph_id), place) AS canonical, count(*) AS copies,
           list(DISTINCT p.source) AS sources
    FROM (SELECT *, <place> AS place FROM paragraphs) AS p
    JOIN current_entries AS e ON e.entry_id = p.entry_id AND e.version = p.entry_version
    GROUP BY fingerprint
  ),
  alike AS (  -- each group of copies once
    SELECT arg_min(paragraph_id, place) AS paragraph_id, min(place) AS place, canonical,
           sum(copies)::BIGINT AS copies, list_sort(list_distinct(flatten(list(sources)))) AS sources
    FROM equal GROUP BY canonical
  ),
  replaced AS (
    SELECT older.canonical
    FROM paragraphs AS link
    JOIN alike AS newer ON newer.canonical = link.paragraph_id
    JOIN alike AS older ON older.canonical = link.update_of AND older.place < newer.place
  ),
  own AS (
    SELECT paragraphs.*, copies, sources
    FROM paragraphs JOIN alike USING (paragraph_id)
    WHERE canonical NOT IN (FROM replaced)
  ),
  other AS (  -- entities of an exact duplicate are in the row of its canonical paragraph, which may be a killed one
    SELECT fingerprint, arg_min(text, <place>) AS text, arg_min(entities, <place>) AS entities
    FROM paragraphs
    WHERE len(entities) > 0 AND fingerprint IN (SELECT fingerprint FROM own WHERE len(entities) = 0)
    GROUP BY fingerprint
  )
SELECT own.* REPLACE (
  CASE
    WHEN other.text IS NULL THEN own.entities
    WHEN other.text = own.text THEN other.entities
    ELSE [  -- quotes and dashes differ in length, so offsets are found anew: the n-th "Bern" there is the n-th here
      {'text': m.e.text, 'label': m.e.label, 'start': m.at::INTEGER, 'end': (m.at + length(m.e.text))::INTEGER,
       'name': m.e.name, 'entity_id': m.e.entity_id, 'country': m.e.country, 'geonames_id': m.e.geonames_id,
       'latitude': m.e.latitude, 'longitude': m.e.longitude, 'feature_class': m.e.feature_class}
      FOR m IN [
        {'e': e, 'at': list_sum([
          length(part) + length(e.text)
          FOR part IN string_split(own.text, e.text)[:len(string_split(left(other.text, e.start), e.text))]
        ]) - length(e.text)}
        FOR e IN other.entities
      ]
      IF substr(own.text, (m.at + 1)::BIGINT, length(m.e.text)) = m.e.text
    ]
  END AS entities)
FROM own LEFT JOIN other USING (fingerprint);
""".replace("<place>", _PLACE)


_MENTIONS = """
-- One row for each mention of a name in the current stories. A paragraph that repeats another one's text exactly has
-- its names here too, for its own source: `entities` has them in one row of the group only.
CREATE OR REPLACE VIEW mentions AS
WITH
  tagged AS (
    SELECT fingerprint, arg_min(text, <place>) AS text, arg_min(entities, <place>) AS entities
    FROM paragraphs WHERE len(entities) > 0 GROUP BY fingerprint
  ),
  current AS (
    SELECT p.* FROM paragraphs AS p
    JOIN current_entries AS e ON e.entry_id = p.entry_id AND e.version = p.entry_version
  ),
  found AS (
    SELECT current.*, CASE WHEN len(current.entities) > 0 THEN current.entities ELSE tagged.entities END AS names,
           len(current.entities) = 0 AND current.text <> tagged.text AS is_moved
    FROM current LEFT JOIN tagged USING (fingerprint)
  )
SELECT m.name, m.label, m.entity_id, m.country, m.geonames_id, m.latitude, m.longitude, m.feature_class,
       m.text AS text, CASE WHEN NOT is_moved THEN m.start END AS start, CASE WHEN NOT is_moved THEN m.end END AS end,
       paragraph_id, entry_id, source, url, title, published, fetched_at, date
FROM (SELECT * EXCLUDE (text), unnest(names) AS m FROM found);
""".replace("<place>", _PLACE)


class NoOutputError(Exception):
    """The output has no rows; `str(error)` says why, in one line."""


def views_sql(output: str) -> str:
    """Return SQL that creates the six views over an output, for DuckDB 1.2 or later.

    They are `entries`, `paragraphs`, `latest_entries`, `current_entries`, `current_paragraphs` and `mentions`.

    Args:
        output: A folder that newsbeam wrote to, or its URL in an object store.

    Raises:
        NoOutputError: The output doesn't exist or can't be accessed, has no rows, or has a path that DuckDB can't read.
    """
    _check_output(output)
    views = _ENTRIES.format(entries=table_sql(output, "entries"))
    names = SCHEMAS["paragraphs"].names
    nulls = _nulls(SCHEMAS["paragraphs"].empty_table().select(["entities", *names[names.index("update_of") :]]))
    views += _PARAGRAPHS.format(paragraphs=table_sql(output, "paragraphs"), nulls=nulls)
    return _HEAD + _REMOTE * is_object_url(output) + views + _STATES + _CURRENT + _MENTIONS


def table_sql(output: str, table: str) -> str:
    """Return a query for all rows of a table of an output; it has no rows where the table has no files."""
    if not _has_files(output, table):
        nulls = f"{_nulls(SCHEMAS[table].empty_table())}, NULL::DATE AS date"
        return f"-- This table has no rows yet: create the views again later.\nSELECT {nulls} WHERE false"
    # DuckDB treats paths as patterns, and a folder's name may be "[news]".
    files = f"{escape(_root(output))}/{table}/{_FILES}".replace("'", "''")
    return f"SELECT * FROM read_parquet('{files}', hive_partitioning = true, union_by_name = true)"  # noqa: S608


def _nulls(empty: pa.Table) -> str:
    """Return a null of each column's type, with its name."""
    columns = duckdb.from_arrow(empty)
    return ", ".join(f'NULL::{kind} AS "{name}"' for name, kind in zip(columns.columns, columns.types, strict=True))


def _check_output(output: str) -> None:
    """Raise NoOutputError unless `output` has newsbeam's files in it, and a path that DuckDB can read."""
    if is_object_url(output):
        if error := store_error(output):
            raise NoOutputError(f"{output}: {error}")
    elif not Path(output).expanduser().is_dir():
        raise NoOutputError(f"{output}: no such folder")
    if not any(_has_files(output, table) for table in SCHEMAS):
        raise NoOutputError(f"{output}: newsbeam has written nothing there yet")
    columns = {"date", *(name for schema in SCHEMAS.values() for name in schema.names)}
    for part in Path(_root(output)).parts:
        # Neither can be escaped: DuckDB gives every row in "source=x" that source, and finds no files in "a\\b".
        if "\\" in part or ("=" in part and part.partition("=")[0] in columns):
            raise NoOutputError(
                f"{output}: DuckDB can't read files in a folder with the name {part!r}; rename it or link to it"
            )


def _root(output: str) -> str:
    """Return the output as an absolute path, so that the views work from every folder, or as its URL."""
    return output.rstrip("/") if is_object_url(output) else str(Path(output).expanduser().absolute())


def _has_files(output: str, table: str) -> bool:
    if is_object_url(output):
        return any(name.endswith(".parquet") for name, _ in Objects.at(output).list(table))
    return any((Path(output).expanduser() / table).glob(_FILES))
