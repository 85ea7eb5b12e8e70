"""The queries in the README run, and it describes all columns."""

import re
from pathlib import Path

import duckdb
import pytest

from newsbeam.pipeline.cli import main

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("sample")
    config = ROOT / "configs" / "sample.yaml"
    assert main(["run", str(config), "--output", str(output), "--quiet", "--direct_num_workers=1"]) == 0
    return output


def test_queries_answer(sample: Path) -> None:
    (block,) = re.findall(r"```sql\n(.*?)```", README, re.DOTALL)
    queries = [query for query in block.split(";") if query.strip()]
    assert len(queries) == 2
    for query in queries:
        assert duckdb.sql(query.replace("output/sample", str(sample))).fetchall()


@pytest.mark.parametrize("table", ["paragraphs", "entries", "polls", "dead_letters"])
def test_every_column_is_described(sample: Path, table: str) -> None:
    columns = duckdb.sql(f"DESCRIBE FROM '{sample}/{table}/**/*.parquet'").fetchall()
    missing = [name for name, *_ in columns if f"`{name}`" not in README and name != "date"]
    assert not missing
