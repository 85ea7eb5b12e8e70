"""Digests of all rows of a run over a fixed input: `python -m benchmarks.row_digests`.

Two versions of the code that print the same lines write the same rows. Inputs: the sample config, the newswire samples
and 2,000 Reuters stories (the last two where the shared data is). What differs between two runs of one version, the
times of fetching, is left out.

`--dependencies` compares dependencies instead: it installs newsbeam with the lowest versions that setup.py allows, and
with the newest ones, runs both, and fails if a table differs. Digests are made by one DuckDB: a cast to text is not the
same in all of them.
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
RESOLUTIONS = ("lowest-direct", "highest")
SHOWN = frozenset({"apache-beam", "duckdb", "lxml", "numpy", "py3langid", "pyarrow", "rapidfuzz", "spacy"})


def main() -> int:
    """Print a line a table and input: rows, and a digest of them; return 1 if dependencies change one."""
    with tempfile.TemporaryDirectory(prefix="newsbeam-digests-") as folder:
        if "--dependencies" not in sys.argv:
            for line in digests(Path(sys.executable), Path(folder), STORIES):
                print(line, flush=True)
            return 0
        return compare_dependencies(Path(folder))


def compare_dependencies(folder: Path) -> int:
    """Print the digests of all rows with the lowest and the newest dependencies; return 1 if they differ."""
    environments = [folder / resolution for resolution in RESOLUTIONS]
    for environment in environments:  # both before a run: the checkout may change
        _install(environment, environment.name)
        print(f"{environment.name}: {_versions(environment)}", flush=True)
    found = [list(digests(each / "bin" / "python", each, STORIES // 10)) for each in environments]
    for lowest, newest in zip(*found, strict=True):
        print(lowest if lowest == newest else f"{lowest}\n{newest}  differs", flush=True)
    return int(found[0] != found[1])


def _install(environment: Path, resolution: str) -> None:
    uv = str(Path(sys.executable).with_name("uv"))
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    subprocess.run([uv, "venv", "--quiet", f"--python={version}", str(environment)], check=True)
    install = [uv, "pip", "install", "--quiet", f"--python={environment}", f"--resolution={resolution}"]
    subprocess.run([*install, f"{ROOT}[en]"], check=True)


def _versions(environment: Path) -> str:
    uv = str(Path(sys.executable).with_name("uv"))
    command = [uv, "pip", "freeze", "--quiet", f"--python={environment}"]
    installed = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    return " ".join(each for each in installed if each.partition("==")[0] in SHOWN)


def digests(python: Path, folder: Path, stories: int) -> Iterator[str]:
    """Yield a line a table and input: rows that the newsbeam beside `python` writes, and a digest of them."""
    for name, config in inputs(folder, stories):
        output = folder / name / "output"
        subprocess.run([str(python.with_name("newsbeam")), "run", str(config), f"--output={output}", "-q"], check=True)
        for table, order in TABLES.items():
            yield f"{name:10} {table:13} {digest(output / table, order)}"


def inputs(folder: Path, stories: int = STORIES) -> Iterator[tuple[str, Path]]:
    """Yield the name and the config of each input."""
    yield "sample", ROOT / "configs" / "sample.yaml"
    data = shared_data()
    if data is None:
        return
    (folder / "newswire").mkdir()
    config = folder / "newswire" / "config.yaml"
    config.write_text(f"output: output\nwires: [{{path: '{data / 'newswire'}', source: Wire}}]\n", encoding="utf-8")
    yield "newswire", config
    yield "reuters", write_drop(folder / "reuters", stories)


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
