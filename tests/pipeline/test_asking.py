"""`newsbeam sql` and `newsbeam export`: answers in each format, nothing written, one line for each mistake."""

import csv
import io
import json
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from newsbeam.pipeline.cli import main
from newsbeam.pipeline.reports.views import views_sql
from newsbeam.transforms.common.objects import Objects
from newsbeam.transforms.records import Media
from testing.read_back import FORMATS, differences
from tests.support.news import FERRY, FERRY_EDITED, Output, item, kill
from tests.support.objects import memory_objects

HOSTILE = ["=1+1", "+2", "-3", "@SUM(A1)", "\t=1", "<script>alert(1)</script> & ]]>", "a\x1b[31mb\x00c\u202ed"]


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> str:
    output = Output(tmp_path_factory.mktemp("it's [a]") / "out")
    output.run(
        item(
            "a",
            8,
            [FERRY, "Second."],
            authors=("Ann Lee", "Bo Ek"),
            media=(Media("https://a.example/p.jpg"),),
        ),
        *(item(f"h{n}", 9, text, title=text) for n, text in enumerate(HOSTILE)),
    )
    output.run(item("b", 10, FERRY_EDITED, source="apa"), item("k", 11, "Wrong."), kill("l", 12, "k"))
    return str(output.folder)


def files(output: str) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in Path(output).rglob("*")}


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = main(list(arguments))
    return status, *capsys.readouterr()


def test_a_table(output, capsys):
    status, out, _ = run(capsys, "sql", output, "SELECT source, count(*) AS n FROM entries_now GROUP BY 1 ORDER BY 1")
    assert status == 0
    assert [line.split() for line in out.splitlines()[2:]] == [["apa", "1"], ["dpa", "8"]]


@pytest.mark.parametrize("form", [(), ("--csv",), ("--json",)])
def test_columns_with_one_name(output, capsys, form):
    _, out, _ = run(capsys, "sql", output, "SELECT 1 AS a, 2 AS a, 3 AS a_1, 4 AS a", *form)
    assert [name for name in ("a_1", "a_2", "a_3") if name not in out] == []
    assert [number for number in "1234" if number not in out] == []


def test_csv_and_json(output, capsys):
    query = "SELECT title, published, authors FROM entries_now WHERE guid = 'a'"
    _, out, _ = run(capsys, "sql", output, query, "--csv")
    assert out == "title,published,authors\nTitle of a,2024-09-24T08:00:00Z,Ann Lee; Bo Ek\n"
    _, out, _ = run(capsys, "sql", output, query, "--json")
    assert json.loads(out) == [
        {"title": "Title of a", "published": "2024-09-24T08:00:00Z", "authors": ["Ann Lee", "Bo Ek"]}
    ]


def test_parquet(output, capsys, tmp_path):
    assert run(capsys, "sql", output, "FROM mentions", "--parquet", str(tmp_path / "m.parquet"))[0] == 0
    assert pq.read_table(tmp_path / "m.parquet").num_rows == 2
    assert [path.name for path in tmp_path.iterdir()] == ["m.parquet"]


def test_queries_from_a_pipe(output, capsys, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("SELECT 1 AS a;\nFROM nope; SELECT 3 AS c;\nSELECT\n2 AS b"))
    status, out, err = run(capsys, "sql", output, "--json")
    assert (status, out) == (2, '[\n{"a": 1}\n]\n[\n{"b": 2}\n]\n')
    assert err.startswith("Catalog Error: Table with name nope does not exist!")


def test_control_characters_do_not_reach_the_terminal(output, capsys):
    _, out, _ = run(capsys, "sql", output, "SELECT title FROM entries_now")
    assert not set(out) & {"\x1b", "\x00", "\u202e"}


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("SELECT titl FROM entries", 'Binder Error: Referenced column "titl" not found in FROM clause!'),
        ("FROM nope", "Catalog Error: Table with name nope does not exist!"),
        ("SELEC 1", "Parser Error: syntax error"),
        ("SELECT title::INTEGER FROM entries", "Conversion Error"),
        ("", "only one query"),
        ("SELECT 1; SELECT 2", "only one query"),
        ("COPY (SELECT 1) TO '{output}/x.csv'", "only queries"),
        ("EXPLAIN ANALYZE COPY (SELECT 1) TO '{output}/x.csv'", "only queries"),
        ("ATTACH '{output}/x.db'", "only queries"),
        ("CREATE TABLE t AS SELECT 1", "only queries"),
        ("SET lock_configuration = false", "only queries"),
        ("FROM read_text('/etc/hostname')", "Permission Error"),
        ("FROM read_text('{output}/../../secret')", "Permission Error"),
        ("FROM glob('/*')", "Permission Error"),
        ("FROM sniff_csv('/etc/hostname')", "Permission Error"),
        ("FROM read_csv('https://a.example/x.csv')", ""),
    ],
)
def test_a_query_that_is_not_possible(output, capsys, query, message):
    before = files(output)
    status, out, err = run(capsys, "sql", output, query.replace("{output}", output.replace("'", "''")))
    assert (status, out, len(err.splitlines())) == (2, "", 1)
    assert message in err
    assert files(output) == before


@pytest.mark.parametrize("command", [["sql"], ["sql", "FROM entries"], ["export", "entries", "-o", "x.csv"]])
@pytest.mark.parametrize("bad", ["none", "empty", "no output", "half"])
def test_what_is_not_an_output(command, bad, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    if bad != "none":
        Path(bad).mkdir()
    if bad == "no output":
        Path(bad, "a.txt").write_text("a")
    if bad == "half":
        path = Path(bad, "entries", "date=2026-01-01")
        path.mkdir(parents=True)
        (path / "a.parquet").write_bytes(b"PAR1 and no end")
    before = files(".")
    status, out, err = run(capsys, command[0], bad, *command[1:])
    assert (status, out, len(err.splitlines())) == (2, "", 1)
    assert err.startswith(f"{bad}: ")
    assert files(".") == before


def exported(capsys: pytest.CaptureFixture[str], output: str, query: str, path: Path) -> Path:
    before = files(output)
    status, out, err = run(capsys, "export", output, query, "-o", str(path))
    assert (status, out) == (0, ""), err
    assert files(output) == before
    return path


def test_csv_of_a_view(output, capsys, tmp_path):
    path = exported(capsys, output, "current_paragraphs", tmp_path / "p.csv")
    rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))
    assert not {"near_keys", "fingerprint", "key_format"} & set(rows[0])
    (ferry,) = [row for row in rows if row["text"] == FERRY]
    assert (ferry["entities"], ferry["copies"], ferry["sources"]) == ("Bern", "2", "apa; dpa")
    assert ferry["published"] == "2024-09-24T08:00:00Z"


def test_keys_that_a_query_names(output, capsys, tmp_path):
    path = exported(capsys, output, "SELECT fingerprint FROM paragraphs", tmp_path / "p.csv")
    assert path.read_text().startswith("fingerprint\n")


def test_no_cell_of_csv_is_a_formula(output, capsys, tmp_path):
    path = exported(capsys, output, "SELECT title, -1 AS n FROM entries_now ORDER BY entry_id", tmp_path / "t.csv")
    _, *cells = csv.reader(io.StringIO(path.read_text(encoding="utf-8")))
    assert not [title for title, _ in cells if title.startswith(("=", "+", "-", "@", "\t", "\r"))]
    assert {number for _, number in cells} == {"-1"}  # a number is none
    assert "'=1+1" in {title for title, _ in cells}


def test_excel(output, capsys, tmp_path):
    openpyxl = pytest.importorskip("openpyxl")
    path = exported(capsys, output, "SELECT title, version, published, topics FROM entries_now", tmp_path / "t.xlsx")
    rows = list(openpyxl.load_workbook(path).active.iter_rows())
    assert [cell.value for cell in rows[0]] == ["title", "version", "published", "topics"]
    assert {cell.data_type for row in rows[1:] for cell in row if cell.value is not None} == {"s", "n"}
    assert "=1+1" in {row[0].value for row in rows}
    assert {row[2].value for row in rows[1:]} >= {"2024-09-24T08:00:00Z"}


def test_json_lines_keep_what_is_nested(output, capsys, tmp_path):
    path = exported(capsys, output, "SELECT media FROM entries_now WHERE guid = 'a'", tmp_path / "t.jsonl")
    (row,) = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    assert row["media"][0]["url"] == "https://a.example/p.jpg"


@pytest.mark.parametrize(
    ("query", "name", "message"),
    [
        ("entries_now", "x.docx", "the name must end with one of .csv, .xlsx, .json, .jsonl, .parquet"),
        ("nope", "x.csv", "Catalog Error"),
        ("entries_now", "none/x.csv", "No such file or directory"),
    ],
)
def test_an_export_that_is_not_possible(output, capsys, tmp_path, query, name, message):
    status, _, err = run(capsys, "export", output, query, "-o", str(tmp_path / name))
    assert (status, len(err.splitlines())) == (2, 1)
    assert message in err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["x.csv", "entries/x.parquet", "../out/x.csv"])
def test_nothing_is_exported_into_the_output(output, capsys, name):
    before = files(output)
    assert run(capsys, "export", output, "entries_now", "-o", f"{output}/{name}")[0] == 2
    assert files(output) == before


@pytest.fixture(scope="module")
def peculiar(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return an output of stories that a feed can't say, or that are read otherwise in another place."""
    output = Output(tmp_path_factory.mktemp("peculiar") / "out")
    output.run(
        item("no dates", 8, "One.", published=None, updated=None),
        item("authors", 9, "Two.", authors=("Lee & Sons", "Ann Lee, Bo Ek", "By Cy Orr"), updated=None),
        item("table", 10, ["Shr 40 cts vs 30 cts", "Net 1,408,000 vs 1,038,000", "Sales 35.2 mln vs 31.6 mln"]),
        item("places", 11, "BERN, March 2 (dpa) - OSLO, March 2 (dpa) - The ferry sails again, they said on Monday."),
        item("عدد 7", 12, ["السفن تعود إلى البحر (SOS) غدًا.", "(غير معروف) 42%"], title="السفن <تعود>", language="ar"),
        item("markup", 13, "Write &lt;p&gt; and <b>not</b> &amp;amp; or <![CDATA[]]>.", title="&lt;b&gt; & <b>B</b>"),
        item("  spaces ", 14, "A guid with spaces.", title="Spaces"),
        item("https://a.example/1?a=1&b=<2>", 15, "A guid that is a URL.", url=""),
        item("heading", 16, "Title of heading", title="Title of heading"),
    )
    output.run(item("heading", 17, "Another version.", title="Title of heading"))
    return str(output.folder)


@pytest.mark.parametrize("format", FORMATS)
def test_a_feed_and_back_of_peculiar_stories(peculiar, tmp_path, format):
    found = list(differences(peculiar, tmp_path, format))
    assert len(found) == 9
    assert [changed for _, changed in found if changed] == []


@pytest.mark.parametrize("format", FORMATS)
def test_a_feed_and_back(output, tmp_path, format):
    found = list(differences(output, tmp_path, format))
    assert len(found) == 9  # without what was killed
    differ = {entry["title"] for entry, changed in found if changed}
    # XML has no control characters, and a title no spaces around it.
    assert differ <= {title for title in HOSTILE if "\x00" in title or title != title.strip()}


def test_a_feed_of_rows_without_entries(output, capsys, tmp_path):
    status, _, err = run(capsys, "export", output, "polls", "-o", str(tmp_path / "x.rss"), "--feed", "rss")
    assert (status, err) == (2, "the rows have no column entry_id, which names the entries of the feed\n")


def test_views_as_files(output, capsys, tmp_path):
    status, out, _ = run(capsys, "views", output, "--materialize", str(tmp_path / "files"))
    assert (status, len(out.splitlines())) == (0, len(list((tmp_path / "files").iterdir())))
    with duckdb.connect() as database:
        database.execute(views_sql(output))
        expected = database.execute("SELECT count(*) FROM current_paragraphs").fetchone()
    assert expected == (pq.read_table(tmp_path / "files" / "current_paragraphs.parquet").num_rows,)


def test_times_are_utc_in_any_zone_of_the_machine(output, capsys, monkeypatch):
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    _, out, _ = run(capsys, "sql", output, "SELECT published::VARCHAR AS t FROM entries WHERE guid = 'a'", "--csv")
    assert out == "t\n2024-09-24 08:00:00+00\n"


def test_an_output_in_an_object_store(output, capsys):
    with memory_objects():
        store = Objects.at("memory://bucket/out")
        for path in Path(output).glob("*/*/*.parquet"):
            store.write(str(path.relative_to(output)), path.read_bytes())
        _, out, _ = run(capsys, "sql", "memory://bucket/out", "SELECT count(*) AS n FROM entries_now", "--csv")
        assert out == "n\n9\n"
        status, _, err = run(capsys, "sql", "memory://bucket/out", "FROM read_text('memory://bucket/other')")
        assert (status, err.partition(":")[0]) == (2, "Permission Error")
