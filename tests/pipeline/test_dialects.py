"""The views of other engines have the rows that DuckDB's have, each on its own engine."""

import datetime
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from newsbeam.pipeline.reports.dialects import DIALECTS, views_in
from newsbeam.pipeline.reports.views import VIEWS, NoOutputError, tables, views_sql
from tests.support.news import Output, everything

Query = Callable[[str], pa.Table]

MISSING = "`make engines` installs it"
NEEDS_JAVA = pytest.mark.skipif(shutil.which("java") is None, reason="Spark needs Java")
ALL = [*tables(), *VIEWS]


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an output of stories that repeat, correct, kill and hold back each other."""
    output = Output(tmp_path_factory.mktemp("it's [a] folder") / "output")
    items = everything()
    for start in range(0, len(items), 7):
        output.run(*items[start : start + 7])
    return output.folder


def polars(output: str) -> Query:
    pytest.importorskip("polars", reason=MISSING)
    module: dict[str, Any] = {}
    exec(views_in("polars", output), module)
    return lambda view: module["views"].execute(f"SELECT * FROM {view}").collect().to_arrow()


def clickhouse(output: str) -> Query:
    session = pytest.importorskip("chdb.session", reason=MISSING).Session()
    for statement in views_in("clickhouse", output).split(";\n\n"):
        session.query(statement.rstrip().rstrip(";"))
    arrow = "SELECT * FROM {} SETTINGS output_format_arrow_string_as_string = 1"
    return lambda view: pa.ipc.open_file(session.query(arrow.format(view), "Arrow").bytes()).read_all()


def rows(table: pa.Table) -> list[str]:
    """Return the rows as text, sorted: engines differ in the order of rows and in the types of numbers and times."""
    names = [name for name in table.column_names if not pa.types.is_null(table.schema.field(name).type)]
    return sorted(
        repr({name: plain(value) for name, value in row.items() if plain(value) not in (None, [])})
        for row in table.select(names).to_pylist()
    )


def plain(value: Any) -> Any:
    """Return a value as all engines have it."""
    if isinstance(value, list):
        return [plain(each) for each in value]
    if isinstance(value, dict):
        return [plain(each) for each in value.values()]
    if isinstance(value, datetime.datetime):
        return value.replace(tzinfo=None)
    if isinstance(value, float):
        return round(value, 6)
    return float(value) if isinstance(value, int) else value  # also booleans: those of ClickHouse are numbers


def spark(output: str) -> Query:
    session_class = pytest.importorskip("pyspark.sql", reason=MISSING).SparkSession
    local = {"host": "127.0.0.1", "bindAddress": "127.0.0.1"}
    builder = session_class.builder.master("local[1]").config("spark.ui.enabled", "false")
    for name, value in local.items():
        builder = builder.config(f"spark.driver.{name}", value)
    session = (
        builder.config("spark.sql.session.timeZone", "UTC").config("spark.sql.shuffle.partitions", 1).getOrCreate()
    )
    for statement in views_in("spark", output).split(";\n\n"):
        session.sql(statement.rstrip().rstrip(";"))
    return lambda view: session.sql(f"SELECT * FROM {view}").toArrow()


@pytest.mark.parametrize(
    "engine", [polars, clickhouse, pytest.param(spark, marks=NEEDS_JAVA)], ids=["polars", "clickhouse", "spark"]
)
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # of engines about themselves
def test_an_engine_has_the_rows_of_duckdb(output: Path, engine: Callable[[str], Query]) -> None:
    query = engine(str(output))
    with duckdb.connect() as database:
        database.execute(views_sql(str(output)))
        for view in ALL:
            expected, found = database.sql(f"SELECT * FROM {view}").to_arrow_table(), query(view)
            assert sorted(found.column_names) == sorted(expected.column_names), view
            names = compared(expected)
            assert rows(found.select(names)) == rows(expected.select(names)), view


def compared(table: pa.Table) -> list[str]:
    """Return the columns but for keys; entities of `current_paragraphs` are documented to differ."""
    return sorted(set(table.column_names) - {"near_keys", "entities", "payload"})


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_folder_that_is_not_an_output(dialect: str, tmp_path: Path) -> None:
    with pytest.raises(NoOutputError, match="nothing there yet"):
        views_in(dialect, str(tmp_path))
