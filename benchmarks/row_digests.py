"""Digests of all rows of a run over a fixed input: `python -m benchmarks.row_digests`.

Two versions of the code that print the same lines write the same rows. Inputs: the sample config, the newswire samples
and 2,000 Reuters stories (the last two where the shared data is). What differs between two runs of one version, the
times of fetching, is left out.
"""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import duckdb

from benchmarks.lib.corpus import write_drop
from testing.shared_data import shared_data

ROOT = Path(__file__).parents[1]
TABLES = {"entries": "entry_id, version", "paragraphs": "paragraph_id", "dead_letters": "uri, stage, message, payload"}
LEFT_OUT = frozenset({"fetched_at", "failed_at", "date", "feed_url", "uri", "traceback", "published_raw"})
STORIES = 2_000


def main() -> int:
    """Print a line a table and input: rows, and a digest of them."""
    with tempfile.TemporaryDirectory(prefix="newsbeam-digests-") as folder:
        for name, config in inputs(Path(folder)):
            output = Path(folder, name, "output")
            command = [str(Path(sys.executable).with_name("newsbeam")), "run", str(config), f"--output={output}", "-q"]
            subprocess.run(command, check=True)
            for table, order in TABLES.items():
                print(f"{name:10} {table:13} {digest(output / table, order)}", flush=True)
    return 0


def inputs(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield the name and the config of each input."""
    yield "sample", ROOT / "configs" / "sample.yaml"
    data = shared_data()
    if data is None:
        return
    (folder / "newswire").mkdir()
    config = folder / "newswire" / "config.yaml"
    config.write_text(f"output: output\nwires: [{{path: '{data / 'newswire'}', source: Wire}}]\n", encoding="utf-8")
    yield "newswire", config
    yield "reuters", write_drop(folder / "reuters", STORIES)


def digest(table: Path, order: str) -> str:
    """Return how many rows a table has, and a digest of their values in the order of their keys."""
    files = sorted(map(str, table.rglob("*.parquet")))
    if not files:
        return "0 rows"
    rows = duckdb.read_parquet(files, union_by_name=True)
    columns = ", ".join(f'"{name}"' for name in rows.columns if name not in LEFT_OUT)
    query = f"SELECT count(*), md5(string_agg(line, chr(10))) FROM (SELECT md5(({columns})::VARCHAR) AS line FROM rows ORDER BY {order}, line)"  # noqa: E501
    [(number, found)] = duckdb.sql(query).fetchall()
    return f"{number:,} rows {found}"


if __name__ == "__main__":
    sys.exit(main())
