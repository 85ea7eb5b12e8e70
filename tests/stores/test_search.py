"""`newsbeam search` of an output on each server: the index is in the user's cache, and brings itself up to date."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from newsbeam.pipeline.cli import main
from newsbeam.pipeline.reports.search_index import index_folder
from newsbeam.transforms.common.objects import Objects
from tests.support.news import FERRY, Output, item, kill

pytestmark = [pytest.mark.slow, pytest.mark.stores]


@pytest.fixture
def output(place: Objects, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Output:
    """Return an output that `put` copies to the store; the cache is empty."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    output = Output(tmp_path / "out").run(item("a", 8, [FERRY, "Second."]), item("b", 9, "A storm in Bern."))
    put(output, place)
    return output


def put(output: Output, place: Objects) -> None:
    for path in output.folder.rglob("*.parquet"):
        place.write(str(path.relative_to(output.folder)), path.read_bytes())


def found(place: Objects, words: str, capsys: pytest.CaptureFixture[str]) -> list[str]:
    assert main(["search", place.url(), words, "--json"]) == 0, capsys.readouterr().err
    return sorted(each["title"] for each in json.loads(capsys.readouterr().out))


def test_the_index_is_brought_up_to_date(place, output, capsys):
    assert found(place, "Bern", capsys) == ["Title of a", "Title of b"]
    output.run(item("c", 10, "A ferry to Bern."), kill("d", 11, "b"))
    put(output, place)
    assert found(place, "Bern", capsys) == ["Title of a", "Title of c"]
    assert not [name for name, _ in place.list("") if "_search" in name]  # nothing is written to the store


def test_a_second_search_reads_names_only(place, output, capsys):
    found(place, "Bern", capsys)
    code = (
        "import sys; from newsbeam.pipeline.cli import main; main(sys.argv[1:]); print(*sys.modules, file=sys.stderr)"
    )
    command = [sys.executable, "-c", code, "search", place.url(), "Bern", "--json"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert len(json.loads(done.stdout)) == 2
    assert not {"apache_beam", "duckdb", "pyarrow", "spacy"} & set(done.stderr.split())


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-3])


def spoil(path: Path) -> None:
    path.write_bytes(bytes(byte ^ 0x55 for byte in path.read_bytes()))


def outdate(path: Path) -> None:
    """Let the state name another version of tantivy."""
    if path.name == "state.json":
        state = json.loads(path.read_text())
        state["output"][0][1] = "0.1"
        path.write_text(json.dumps(state))


@pytest.mark.parametrize("damage", [Path.unlink, cut, spoil, outdate], ids=lambda damage: damage.__name__)
def test_a_damaged_or_outdated_index_is_built_anew(place, output, capsys, damage):
    words = '"ferry from Bern"'
    assert found(place, words, capsys) == ["Title of a"]
    folder = index_folder(place.url())
    names = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    assert {"state.json", "known.parquet", "index/meta.json"} <= set(names)
    for path in [each for each in folder.rglob("*") if each.is_file() and each.name != "lock"]:
        if path.exists():  # it has another name after the index was built anew
            damage(path)
        assert found(place, words, capsys) == ["Title of a"], path
