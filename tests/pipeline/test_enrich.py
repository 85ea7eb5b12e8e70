"""`newsbeam enrich`: rows that are tagged later are those that a run with the same config would have written."""

import os
import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from newsbeam.pipeline.cli import main
from newsbeam.transforms.write.compaction import retag
from newsbeam.transforms.write.lock import output_lock
from newsbeam.transforms.write.store import Store
from tests.support.outputs import json_feed, rows, write_config
from tests.support.same_rows import assert_same_output

TABLES = ("entries", "paragraphs", "dead_letters", "polls")
MODEL = "{en: en_core_web_sm}"
TEXTS = (
    "<p>PARIS, Nov 24 - Angela Merkel met Emmanuel Macron in New York on Monday. &quot;We are close to an agreement "
    "that both of our parliaments can vote on&quot;, Merkel said.</p><p>Macron then flew to Nagoya in Japan.</p>",
    "<p>The European Central Bank in Frankfurt raised its main interest rate on Thursday.</p><p>Macron then flew to "
    "Nagoya in Japan.</p>",
    "<p>Die Bahn streicht heute alle Züge nach Hamburg, weil die Lokführer streiken und niemand sie fährt.</p>",
)


def write_input(folder: Path) -> None:
    (folder / "feeds").mkdir(parents=True)
    items = {f"tag:{number}": (f"2026-11-{10 + number}T08:00:00Z", text) for number, text in enumerate(TEXTS)}
    (folder / "feeds/a.json").write_text(json_feed(items, "Ledger"))


def run(folder: Path, entities: str, output: str, more: str = "") -> Path:
    config = write_config(folder, more, entities)
    assert main(["run", str(config), "-q", "--direct_num_workers=1", f"--output={folder / output}"]) == 0
    return folder / output


def enrich(folder: Path, output: Path, entities: str = MODEL, more: str = "") -> int:
    return main(["enrich", str(output), "--config", str(write_config(folder, more, entities))])


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `tagged`, the output of a run with entities, and `plain`, that of one without."""
    folder = tmp_path_factory.mktemp("enrich")
    write_input(folder)
    run(folder, MODEL, "tagged")
    run(folder, "{}", "plain", "topics: {max: 0}\n")
    return folder


@pytest.fixture
def plain(written: Path, tmp_path: Path) -> Path:
    shutil.copytree(written / "plain", tmp_path / "plain")
    return tmp_path / "plain"


def files(output: Path) -> set[str]:
    return {name for name in Store(str(output)).list() if name.split("/")[0] in TABLES}


@pytest.mark.slow
def test_rows_are_those_of_a_run_with_entities(
    written: Path, plain: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert rows(plain, "SELECT count(*) FROM paragraphs WHERE len(entities) + len(topics) > 0") == [(0,)]
    assert enrich(tmp_path, plain) == 0
    out, err = capsys.readouterr()
    assert "tagged 5 paragraphs of 1 day anew" in out + err
    assert_same_output(plain, written / "tagged", TABLES)
    assert rows(plain, "SELECT count(*) FROM paragraphs WHERE len(quotes) > 0") == [(1,)]
    (runs,) = rows(plain, "SELECT outcome, exit_status, entities > 0 FROM runs WHERE command = 'enrich'")
    assert runs == ("done", 0, True)
    before = files(plain)
    assert enrich(tmp_path, plain) == 0
    out, err = capsys.readouterr()
    assert "nothing to enrich" in out + err
    assert files(plain) == before
    config = write_config(written, "", MODEL)
    assert main(["run", str(config), "-q", "--direct_num_workers=1", f"--output={plain}"]) == 0  # it finds them again
    assert rows(plain, "SELECT count(*), max(version) FROM entries") == [(3, 1)]


@pytest.mark.slow
def test_another_model_or_list_is_noticed(plain: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    topics_only = "topics: {max: 1}\n"
    assert enrich(tmp_path, plain, "{}", topics_only) == 0
    assert "tagged 5" in "".join(capsys.readouterr())
    assert enrich(tmp_path, plain, "{}", topics_only) == 0
    assert "nothing to enrich" in "".join(capsys.readouterr())
    assert enrich(tmp_path, plain, "{}", "topics: {max: 2}\n") == 0
    assert "tagged 5" in "".join(capsys.readouterr())
    assert rows(plain, "SELECT count(*) FROM entries WHERE len(topics) > 0") > [(0,)]


def test_days_outside_of_the_range_stay(plain: Path, tmp_path: Path) -> None:
    before = files(plain)
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).date().isoformat()
    config = write_config(tmp_path, "", MODEL)
    assert main(["enrich", str(plain), "--config", str(config), "--since", tomorrow, "-q"]) == 0
    assert main(["enrich", str(plain), "--config", str(config), "--until", "2026-01-01", "-q"]) == 0
    assert files(plain) == before


@pytest.mark.parametrize("died_after", ["writing", "paragraphs", "entries"])
@pytest.mark.slow
def test_killed_at_any_step(written: Path, plain: Path, tmp_path: Path, died_after: str) -> None:
    """A process that dies leaves rows that are whole; the next call ends with the same ones."""
    steps = {"writing": 0, "paragraphs": 1, "entries": 2}[died_after]
    child = os.fork()
    if child == 0:
        done = 0
        swap = retag.Compaction.swap

        def dying(*arguments: object) -> None:
            nonlocal done
            if done == steps:
                os._exit(9)
            swap(*arguments)  # type: ignore[arg-type]
            done += 1
            if done == steps:
                os._exit(9)

        retag.Compaction.swap = dying  # type: ignore[method-assign, assignment]
        enrich(tmp_path, plain)
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    count = "SELECT (SELECT count(*) FROM paragraphs), (SELECT count(DISTINCT paragraph_id) FROM paragraphs)"
    assert rows(plain, count) == [(5, 5)]
    assert enrich(tmp_path, plain) == 0
    assert_same_output(plain, written / "tagged", TABLES)
    assert not [name for name in Store(str(plain)).list() if name.startswith(("_compaction/", "_staging/"))]


@pytest.mark.slow
def test_compacted_rows_are_tagged_too(written: Path, plain: Path, tmp_path: Path) -> None:
    after = (date.today() + timedelta(days=2)).isoformat()
    assert main(["compact", str(plain), "--before", after]) == 0
    assert enrich(tmp_path, plain) == 0
    assert_same_output(plain, written / "tagged", TABLES)


@pytest.mark.parametrize(
    ("output", "more", "message"),
    [("none", "", "no such folder"), (".", "", "has written nothing"), (".", "topics: {max: 0}\n", "switches")],
)
def test_what_cant_be_enriched(
    tmp_path: Path, output: str, more: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "feeds").mkdir()
    (tmp_path / "feeds/a.json").write_text("{}")
    (tmp_path / "out").mkdir()
    entities = "{}" if more else MODEL
    assert enrich(tmp_path, tmp_path / "out" / output, entities, more) == 2
    assert message in capsys.readouterr().err


def test_another_writer_keeps_it_out(plain: Path, tmp_path: Path) -> None:
    before = files(plain)
    with output_lock(Store(str(plain))):
        assert enrich(tmp_path, plain) == 4
    assert files(plain) == before
