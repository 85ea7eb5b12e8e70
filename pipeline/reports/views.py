"""`newsbeam views`: SQL for views of an output that answer what people ask of it. `sql/` has a file for each.

    entries     every version  -> latest_entries (one row an entry, `state`) -> current_entries (the usable ones)
    paragraphs  every version  -> current_paragraphs (each text of the current entries once)

Rows of an output never change; the views evaluate them at query time: an embargo ends by itself, and a kill applies to
versions that were written before or after it. Equal texts are one row whatever the order in which they arrived. Near
copies, and texts that stand whole in another, are one row with it, and an update takes the place of the older text.
Which row a copy or an update names depends on what was known when it was written.

The SQL is DuckDB's, in the part of it that `dialects` translates for other engines. Where a view joins paragraphs to
the version that they are of, it joins by `date` as well: a condition on the day then reaches the files of both.
"""

import re
from collections.abc import Iterator
from functools import cache
from glob import escape
from importlib.resources import files
from pathlib import Path

import duckdb
import pyarrow as pa

from newsbeam.pipeline.errors import NotUsableError
from newsbeam.pipeline.output_location import TABLE_FILES, has_files, no_rows_error
from newsbeam.transforms.common.objects import is_object_url
from newsbeam.transforms.enrich.topic_vocabulary import topic_tree
from newsbeam.transforms.write.schema import SCHEMAS

_HEAD = "-- DuckDB views of newsbeam's output. They hold no data: new rows are visible immediately.\n"
_REMOTE = """\
-- DuckDB reads object stores with its httpfs extension and a secret; create it before the views:
-- INSTALL httpfs; LOAD httpfs; CREATE SECRET (TYPE s3, PROVIDER credential_chain);
"""

VIEWS = (
    "latest_entries",
    "current_entries",
    "story_names",
    "entries_now",
    "exact_copies",
    "current_paragraphs",
    "mentions",
    "quotes",
    "copies",
    "changes",
    "stories",
    "media_topics",
    "topics",
)
"""The views beside the tables, each after those that it reads."""

# IPTC's language tags, and the columns of their names.
_TOPIC_NAMES = {
    "ar": "name_ar",
    "de": "name_de",
    "dk": "name_da",
    "en-GB": "name_en",
    "en-US": "name_en_us",
    "es": "name_es",
    "fr": "name_fr",
    "no-NB": "name_nb",
    "no-NN": "name_nn",
    "pt-BR": "name_pt_br",
    "pt-PT": "name_pt",
    "se": "name_sv",
    "zh-Hans": "name_zh",
}

# As `believed_date` in `transforms/dedup/order.py`: a date a week or more before the fetch is not trusted. It counts as
# the end of the day of the fetch (in UTC, for any time zone of the session). Each time is 18 digits, so that texts sort
# as the times do.
_PLACE = """(CAST(CASE
      WHEN p.published IS NULL THEN 400000000000000000
      WHEN epoch_us(p.published) >= epoch_us(p.fetched_at) - 604800000000 THEN epoch_us(p.published)
      ELSE (epoch_us(p.fetched_at) // 86400000000 + 1) * 86400000000
    END + 500000000000000000 AS VARCHAR)
    || CAST(coalesce(epoch_us(p.published), 400000000000000000) + 500000000000000000 AS VARCHAR) || p.paragraph_id)"""

# Quotes and dashes differ in length, so offsets are found anew: the n-th "Bern" there is the n-th here.
_MOVED_ENTITIES = """
  CASE
    WHEN other.text IS NULL THEN own.entities
    WHEN other.text = own.text THEN other.entities
    ELSE [
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
  END"""

_COLUMNS = re.compile(r"<(\w+) (\w+)(?: - ([\w ]+))?>")


class NoOutputError(NotUsableError):
    """The output has no rows; `str(error)` says why, in one line."""


def views_sql(output: str) -> str:
    """Return SQL that creates the tables and views over an output, for DuckDB 1.2 or later.

    Args:
        output: A folder that newsbeam wrote to, or its URL in an object store.

    Raises:
        NoOutputError: The output doesn't exist or can't be accessed, has no rows, or has a path that DuckDB can't read.
    """
    check_output(output)
    statements = [_create(name, comment, query) for name, comment, query in _relations(output)]
    return _HEAD + _REMOTE * is_object_url(output) + "".join(statements)


def _relations(output: str) -> Iterator[tuple[str, str, str]]:
    """Yield name, comment and query of the tables, then of the views."""
    for table in tables():
        yield table, "-- Every row, as written.", _whole_table_sql(output, table)
    for view in VIEWS:
        yield (view, *view_query(view))


def _create(name: str, comment: str, query: str) -> str:
    return f"\n{comment}\nCREATE OR REPLACE VIEW {name} AS\n{query};\n"


def tables() -> list[str]:
    """Return the tables that the views read: those of an output, also where it has none of their files."""
    return list(SCHEMAS)


def table_schema(table: str) -> pa.Schema:
    """Return a table's columns without `date`."""
    return SCHEMAS[table]


def view_query(view: str, moved_entities: str = "") -> tuple[str, str]:
    """Return a view's comment and its query.

    Args:
        view: One of VIEWS.
        moved_entities: For other engines than DuckDB: how `current_paragraphs` makes the entities of an exact
            duplicate. Columns are written out then; DuckDB's stars have also those of newer files.
    """
    if view == "media_topics":
        return _MEDIA_TOPICS_COMMENT, _media_topics()
    text = (files("newsbeam.pipeline.reports") / "sql" / f"{view}.sql").read_text(encoding="utf-8").rstrip()
    lines = text.split("\n")
    head = next(index for index, line in enumerate(lines) if not line.startswith("--"))
    query = "\n".join(lines[head:])
    query = query.replace("<moved_entities>", moved_entities or _MOVED_ENTITIES).replace("<place p>", _PLACE)
    return "\n".join(lines[:head]), _COLUMNS.sub(_column_list if moved_entities else _star, query)


def _star(match: re.Match[str]) -> str:
    table, alias, left_out = match.groups(default="")
    if table == "topic_names":
        return _column_list(match)
    return f"{alias}.*" + f" EXCLUDE ({', '.join(left_out.split())})" * bool(left_out)


def _column_list(match: re.Match[str]) -> str:
    table, alias, left_out = match.groups(default="")
    if table == "topic_names":
        names = list(_TOPIC_NAMES.values())
    else:
        names = [name for name in (*table_schema(table).names, "date") if name not in left_out.split()]
    return ", ".join(f"{alias}.{name}" for name in names)


_MEDIA_TOPICS_COMMENT = """\
-- IPTC Media Topics (IPTC NewsCodes, CC BY 4.0): level 1 is the highest; `path` leads from
-- the topic to `top`, the highest above it."""


@cache
def _media_topics() -> str:
    columns = ["qcode", "parent", "level", "path", "top", "top_name", *_TOPIC_NAMES.values()]
    made = {"level": "CAST({} AS INTEGER)", "path": "string_split({}, ' ')"}
    parts = (f"nullif(split_part(line, '\t', {n}), '')" for n, _ in enumerate(columns, 1))
    listed = (f"{made.get(column, '{}').format(part)} AS {column}" for column, part in zip(columns, parts, strict=True))
    lines = "\n".join(_topic_lines()).replace("'", "''")
    return f"SELECT {', '.join(listed)}\nFROM (SELECT unnest(string_split('{lines}', '\n')) AS line) AS topic"


def _topic_lines() -> Iterator[str]:
    tree = topic_tree()
    for qcode, path in tree.paths.items():
        names = [tree.labels[language].get(qcode, "") for language in _TOPIC_NAMES]
        above = [*path[1:2], ""][0], str(len(path)), " ".join(path), path[-1], tree.names[path[-1]]
        yield "\t".join([qcode, *above, *names])


def table_sql(output: str, table: str) -> str:
    """Return a query for all rows of a table of an output; it has no rows where the table has no files."""
    if not has_files(output, table):
        nulls = f"{_nulls(table_schema(table).empty_table())}, NULL::DATE AS date"
        return f"-- This table has no rows yet: create the views again later.\nSELECT {nulls} WHERE false"
    # DuckDB treats paths as patterns, and a folder's name may be "[news]".
    files = f"{escape(root(output))}/{table}/{TABLE_FILES}".replace("'", "''")
    return f"SELECT * FROM read_parquet('{files}', hive_partitioning = true, union_by_name = true)"  # noqa: S608


def _whole_table_sql(output: str, table: str) -> str:
    """Return a query for all rows of a table, with the columns and fields that older files lack."""
    rows = table_sql(output, table)
    if not has_files(output, table):
        return rows
    nulls = _nulls(table_schema(table).empty_table())
    return f"{rows}\nUNION ALL BY NAME  -- adds what older files lack\nSELECT {nulls} WHERE false"


def _nulls(empty: pa.Table) -> str:
    """Return a null of each column's type, with its name."""
    columns = duckdb.from_arrow(empty)
    return ", ".join(f'NULL::{kind} AS "{name}"' for name, kind in zip(columns.columns, columns.types, strict=True))


def check_output(output: str) -> None:
    """Raise NoOutputError unless `output` has newsbeam's files in it, and a path that DuckDB can read."""
    if error := no_rows_error(output):
        raise NoOutputError(error)
    columns = {"date", *(name for schema in SCHEMAS.values() for name in schema.names)}
    for part in Path(root(output)).parts:
        # Neither can be escaped: DuckDB gives every row in "source=x" that source, and finds no files in "a\\b".
        if "\\" in part or ("=" in part and part.partition("=")[0] in columns):
            raise NoOutputError(
                f"{output}: DuckDB can't read files in a folder with the name {part!r}; rename it or link to it"
            )


def root(output: str) -> str:
    """Return the output as an absolute path, so that the views work from every folder, or as its URL."""
    return output.rstrip("/") if is_object_url(output) else str(Path(output).expanduser().absolute())
