"""`newsbeam show`: an entry and a story on the terminal and as HTML, from hostile text as well."""

import time
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from newsbeam.pipeline.cli import main
from newsbeam.pipeline.reports.word_diff import paragraph_diff, word_diff
from newsbeam.transforms.records import Media
from tests.support.news import DAY, FERRY, Output, item

EVIL = '<script>alert(1)</script> "onload="x [red]no markup[/red] \x1b[31m\u202e{{ 7 * 7 }} end'


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> str:
    output = Output(tmp_path_factory.mktemp("show") / "out")
    output.run(item("a", 8, [FERRY, "Ten are missing in Bern."], provider_version=1))
    output.run(
        item(
            "a", 9, [FERRY, "Two are missing in Bern."], provider_version=2, signals=("correction",), ednote="Not ten."
        ),
        item("b", 10, FERRY, source="apa", url="https://apa.example/b"),
    )
    media = (Media("javascript:alert(1)", title=EVIL), Media("https://a.example/p.jpg"))
    output.run(item("evil", 11, EVIL, title=EVIL, url="https://a.example/evil", media=media, authors=(EVIL,)))
    return str(output.folder)


def shown(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["show", *arguments]) == 0
    return capsys.readouterr().out


def test_an_entry(output, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "160")
    page = shown(capsys, output, "a")
    assert page.startswith("Title of a\nsource: dpa\nstate: usable\n")
    assert "Version 1 and version 2" in page
    (changed,) = [line for line in page.splitlines() if "Ten are missing" in line]
    assert changed.split("  ")[0] == "Ten are missing in Bern."
    assert "Two are missing in Bern." in changed
    assert "Not ten." in page
    assert page.index("Where else its paragraphs stand") < page.index("apa")
    assert "Bern" in page[page.index("Names") :]


@pytest.mark.parametrize("name", ["b", "https://apa.example/b"])
def test_by_guid_and_url(output, capsys, name):
    assert shown(capsys, output, name).startswith("Title of b\nsource: apa\n")


def test_a_story(output, capsys, tmp_path):
    """Entries of two sources that report one event, which was found to be one later."""
    folder = tmp_path / "out"
    with duckdb.connect() as database:
        for table in ("entries", "paragraphs"):
            rows = database.sql(f"SELECT * FROM '{output}/{table}/*/*.parquet'").to_arrow_table()
            story = pa.array([f"story-{source}" for source in rows["source"].to_pylist()])
            rows = rows.set_column(rows.schema.get_field_index("story_id"), "story_id", story)
            (folder / table / "date=2024-09-29").mkdir(parents=True)
            pq.write_table(rows.drop_columns("date"), folder / table / "date=2024-09-29" / "a.parquet")
    merge = {
        "story_id": ["story-apa"],
        "into": ["story-dpa"],
        "merged_at": [DAY],
        "entry_id": ["b"],
        "entry_version": [1],
    }
    (folder / "story_merges" / "date=2024-09-29").mkdir(parents=True)
    pq.write_table(pa.table(merge), folder / "story_merges" / "date=2024-09-29" / "a.parquet")
    page = shown(capsys, str(folder), "story-dpa")
    assert "entries: 3" in page
    assert "sources: apa; dpa" in page
    assert "1:00:00" in page  # b, an hour after a


def test_control_characters_and_markup_are_text(output, capsys):
    page = shown(capsys, output, "evil")
    assert not set(page) & {"\x1b", "\u202e"}
    assert "[red]no markup[/red]" in page.replace("\n", " ")


class Tags(HTMLParser):
    """Collects the elements of a page, and its links."""

    def __init__(self, page: str):
        super().__init__()
        self.found: set[str] = set()
        self.attributes: list[tuple[str, Any]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, Any]]) -> None:
        self.found.add(tag)
        self.attributes += attributes


def test_html_has_hostile_text_as_text(output, tmp_path):
    file = tmp_path / "x.html"
    assert main(["show", output, "evil", "-o", str(file)]) == 0
    page = file.read_text(encoding="utf-8")
    tags = Tags(page)
    assert "script" not in tags.found
    assert "img" not in tags.found
    assert not [name for name, _ in tags.attributes if name.startswith("on")]
    assert {value for name, value in tags.attributes if name == "href"} == {
        "https://a.example/evil",
        "https://a.example/p.jpg",
    }
    assert "{{ 7 * 7 }}" in page
    assert "src=" not in page
    assert [path.name for path in tmp_path.iterdir()] == ["x.html"]


def test_html_marks_what_changed(output, tmp_path):
    assert main(["show", output, "a", "-o", str(tmp_path / "x.html")]) == 0
    page = (tmp_path / "x.html").read_text(encoding="utf-8")
    assert "<del>Ten</del> are missing" in page
    assert "<ins>Two</ins> are missing" in page


@pytest.mark.parametrize("name", ["nothing", "' OR 1=1 --", ""])
def test_what_is_not_there(output, capsys, name):
    assert main(["show", output, name]) == 2
    assert capsys.readouterr() == ("", f"{output}: no entry or story has the id, URL or guid {name}\n")


def test_no_page_is_written_into_the_output(output, capsys):
    assert main(["show", output, "a", "-o", f"{output}/x.html"]) == 2
    assert not Path(output, "x.html").exists()


@pytest.mark.parametrize(
    ("old", "new", "gone", "came"),
    [
        ("Ten are missing.", "Two are missing.", ["Ten"], ["Two"]),
        ("It rose 3 %.", "It rose 3.5 %.", [], [".5"]),
        ("", "All new.", [], ["All new."]),
        ("Same.", "Same.", [], []),
    ],
)
def test_words_that_differ(old, new, gone, came):
    before, after = word_diff(old, new)
    assert "".join(span.text for span in before) == old
    assert "".join(span.text for span in after) == new
    assert [span.text for span in before if span.changed] == gone
    assert [span.text for span in after if span.changed] == came


def test_texts_of_any_length_and_kind():
    texts = ["a" * 100_000, "\n" * 50_000, "a b " * 50_000, "\u202e\x00" * 1000]
    started = time.process_time()
    for old in texts:
        for new in texts:
            before, after = word_diff(old, new)
            assert "".join(span.text for span in before) == old
            assert "".join(span.text for span in after) == new
    assert time.process_time() - started < 10


def test_paragraphs_that_stay_are_left_out():
    ((old, new),) = paragraph_diff(["Same.", "Ten."], ["Same.", "Two."])
    assert (old[0].text, new[0].text) == ("Ten", "Two")
