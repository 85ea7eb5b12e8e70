"""`newsbeam views --dialect`: the views for Spark, ClickHouse and Polars, translated from DuckDB's SQL by sqlglot.

What sqlglot doesn't translate is here: functions that other engines call otherwise, and how each engine reads the
files of a table, with the columns that older files lack. Polars has no views: its SQL stands in a Python module.

In one place the rows differ: where the quotes or dashes of a paragraph are not those of the copy that has the entities,
`current_paragraphs` has no entities in these dialects, since their offsets can't be found anew. `mentions` has them.
"""

import json
import re
from collections.abc import Callable, Iterator
from glob import escape

import duckdb
import pyarrow as pa
import sqlglot
from sqlglot import exp

from newsbeam.pipeline.output_location import has_files
from newsbeam.pipeline.reports.views import VIEWS, check_output, root, table_schema, tables, view_query
from newsbeam.transforms.common.objects import is_object_url

_MOVED = "CASE WHEN other.text = own.text THEN other.entities ELSE own.entities END"


def views_in(dialect: str, output: str) -> str:
    """Return the views over an output for an engine: SQL, for Polars a Python module.

    Args:
        dialect: One of DIALECTS.
        output: A folder that newsbeam wrote to, or its URL in an object store.

    Raises:
        NoOutputError: As in `views_sql`.
    """
    check_output(output)
    return DIALECTS[dialect](output)


def _translated(view: str, dialect: str) -> str:
    tree = sqlglot.parse_one(view_query(view, _MOVED)[1], read="duckdb")
    for node in reversed(list(tree.walk())):  # arguments before their function
        new = _RULES[dialect](_named(node))
        if new is not node:
            node.replace(new)
    return tree.sql("duckdb" if dialect == "polars" else dialect, pretty=True)


def _named(node: exp.Expr) -> exp.Expr:
    """Return a selected column with its own name as an alias: ClickHouse calls it "p.text" where two tables have it."""
    if isinstance(node, exp.Column) and isinstance(node.parent, exp.Select) and node.arg_key == "expressions":
        return node if isinstance(node.this, exp.Star) else exp.alias_(node.copy(), node.name)
    return node


def _spark(output: str) -> str:
    statements = []
    for table in tables():
        columns = ", ".join(f"`{name}` {kind}" for name, kind in _types(table, "spark"))
        if has_files(output, table):
            folder = re.sub(r"([\[\]{}*?])", r"\\\1", root(output))  # a path is a pattern
            path = _literal(f"{folder}/{table}", "spark")
            statements.append(
                f"CREATE OR REPLACE TEMPORARY VIEW {table} ({columns}) USING parquet OPTIONS (path {path})"
            )
        else:
            nulls = ", ".join(f"CAST(NULL AS {kind}) AS `{name}`" for name, kind in _types(table, "spark"))
            statements.append(f"CREATE OR REPLACE TEMPORARY VIEW {table} AS SELECT {nulls} WHERE false")
    for view in VIEWS:
        comment = view_query(view)[0]
        statements.append(f"{comment}\nCREATE OR REPLACE TEMPORARY VIEW {view} AS\n{_translated(view, 'spark')}")
    return _HEAD.format("Spark SQL") + ";\n\n".join(statements) + ";\n"


def _clickhouse(output: str) -> str:
    # By default 262,144 bytes, and the view of Media Topics alone has more.
    statements = ["SET max_query_size = 1048576"]
    for table in tables():
        columns = ", ".join(f"`{name}` {kind}" for name, kind in _types(table, "clickhouse"))
        if has_files(output, table):
            query = f"SELECT * FROM {_clickhouse_files(output, table, columns)}"  # noqa: S608
        else:
            query = f"SELECT * FROM null({_literal(columns)})"  # noqa: S608
        statements.append(f"CREATE OR REPLACE VIEW {table} AS {query} SETTINGS use_hive_partitioning = 1")
    for view in VIEWS:
        # Else a LEFT JOIN without a match gives "" and 0, not NULL.
        query = f"{_translated(view, 'clickhouse')}\nSETTINGS join_use_nulls = 1"
        statements.append(f"{view_query(view)[0]}\nCREATE OR REPLACE VIEW {view} AS\n{query}")
    return _HEAD.format("ClickHouse") + ";\n\n".join(statements) + ";\n"


def _clickhouse_files(output: str, table: str, columns: str) -> str:
    function = "s3" if is_object_url(output) else "file"
    path = f"{root(output)}/{table}/date=*/*.parquet"
    return f"{function}({_literal(path)}, 'Parquet', {_literal(columns)})"


def _polars(output: str) -> str:
    lines = [_POLARS_HEAD]
    for table in tables():
        schema = ", ".join(f'"{field.name}": {_polars_type(field.type)}' for field in _fields(table))
        if has_files(output, table):
            # scan_parquet takes a path for a pattern.
            path = json.dumps(f"{escape(root(output))}/{table}/date=*/*.parquet")
            frame = f"pl.scan_parquet({path}, schema={{{schema}}}, **HOW)"
        else:
            frame = f"pl.LazyFrame(schema={{{schema}}})"
        lines.append(f'views.register("{table}", {frame})\n')
    for view in VIEWS:
        comment = view_query(view)[0].replace("-- ", "# ")
        lines.append(f'{comment}\nviews.execute(r"""CREATE TABLE {view} AS\n{_translated(view, "polars")}\n""")\n')
    return "\n".join(lines)


_HEAD = "-- Views of newsbeam's output in the dialect of {}. They hold no data.\n"
_POLARS_HEAD = '''\
"""Views of newsbeam's output for Polars: `from this_module import views; views.execute("...").collect()`."""

import polars as pl

HOW = {
    "hive_partitioning": True,
    "missing_columns": "insert",
    "extra_columns": "ignore",
    "cast_options": pl.ScanCastOptions(missing_struct_fields="insert", extra_struct_fields="ignore"),
}
views = pl.SQLContext()
'''

DIALECTS: dict[str, Callable[[str], str]] = {"spark": _spark, "clickhouse": _clickhouse, "polars": _polars}
"""The engines beside DuckDB."""


def _literal(text: str, dialect: str = "clickhouse") -> str:
    return exp.Literal.string(text).sql(dialect)


def _fields(table: str) -> list[pa.Field]:
    return [*table_schema(table), pa.field("date", pa.date32())]


def _types(table: str, dialect: str) -> Iterator[tuple[str, str]]:
    columns = duckdb.from_arrow(pa.schema(_fields(table)).empty_table())
    for name, kind in zip(columns.columns, columns.types, strict=True):
        translated = exp.DataType.build(str(kind), dialect="duckdb").sql(dialect)
        # DateTime has whole seconds, in the zone of the server.
        yield name, translated.replace("Nullable(DateTime)", "Nullable(DateTime64(6, 'UTC'))")


def _polars_type(kind: pa.DataType) -> str:
    if pa.types.is_list(kind):
        return f"pl.List({_polars_type(kind.value_type)})"
    if pa.types.is_struct(kind):
        return "pl.Struct({" + ", ".join(f'"{field.name}": {_polars_type(field.type)}' for field in kind) + "})"
    return _POLARS_TYPES[str(kind)]


_POLARS_TYPES = {
    "string": "pl.String",
    "int32": "pl.Int32",
    "int64": "pl.Int64",
    "double": "pl.Float64",
    "bool": "pl.Boolean",
    "binary": "pl.Binary",
    "date32[day]": "pl.Date",
    "timestamp[us, tz=UTC]": 'pl.Datetime("us", "UTC")',
}


def _call(name: str, *arguments: exp.Expr) -> exp.Anonymous:
    return exp.Anonymous(this=name, expressions=list(arguments))


def _sorted_sources(node: exp.Expr) -> exp.Expr | None:
    """Return x of `list_sort(list(DISTINCT x))`."""
    if not isinstance(node, exp.ArraySort):
        return None
    column: exp.Expr
    (column,) = node.this.this.expressions
    return column


def _spark_rule(node: exp.Expr) -> exp.Expr:
    if isinstance(node, exp.Anonymous) and node.name.lower() == "epoch_us":
        return _call("unix_micros", *node.expressions)
    if column := _sorted_sources(node):
        return _call("sort_array", _call("collect_set", column))
    return node


def _clickhouse_rule(node: exp.Expr) -> exp.Expr:
    if isinstance(node, exp.Anonymous) and node.name.lower() == "epoch_us":
        return _call("toUnixTimestamp64Micro", *node.expressions)
    if isinstance(node, exp.Anonymous) and node.name.lower() == "now":
        # now() has whole seconds.
        return _call("now64", exp.Literal.number(6))
    if isinstance(node, exp.SplitPart):
        parts = _call("splitByString", node.args["delimiter"], node.this)
        return _call("arrayElement", parts, node.args["part_index"])
    if isinstance(node, exp.Split):
        return _call("splitByString", node.expression, node.this)
    if column := _sorted_sources(node):
        return _call("arraySort", _call("groupUniqArray", column))
    return node


def _polars_rule(node: exp.Expr) -> exp.Expr:
    if isinstance(node, exp.Anonymous) and node.name.lower() == "epoch_us":
        return exp.cast(node.expressions[0], "BIGINT")
    if isinstance(node, exp.ArrayContains):
        return _call("ARRAY_CONTAINS", node.this, node.expression)
    if isinstance(node, exp.Split):
        return _call("STRING_TO_ARRAY", node.this, node.expression)
    if column := _sorted_sources(node):
        return exp.ArrayAgg(this=exp.Order(this=exp.Distinct(expressions=[column]), expressions=[column.copy()]))
    return node


_RULES: dict[str, Callable[[exp.Expr], exp.Expr]] = {
    "spark": _spark_rule,
    "clickhouse": _clickhouse_rule,
    "polars": _polars_rule,
}
