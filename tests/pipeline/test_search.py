"""`newsbeam search`: words, phrases, filters; an index that follows the output."""

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from newsbeam.pipeline.cli import main
from newsbeam.pipeline.reports import search_index, search_update
from newsbeam.pipeline.reports.search import Filters, search_output
from newsbeam.pipeline.reports.search_index import SearchError
from newsbeam.transforms.records import Entity, Topic
from tests.support.hostile_news import HOSTILE_TEXTS, hostile_output
from tests.support.written import NOW, repeat, story, write

SPORT = Topic("medtop:15000000", "sport", 0.9)
LEE = Entity("Lee", "PERSON", 0, 3, "Ann Lee")


@pytest.fixture
def stories():
    """Stories by what they are about."""
    from dataclasses import replace

    ferry = story(1, "Wire", ["Lee watched the ferries sail.", "The storm had ended."], title="Ferry sails")
    named = tuple(replace(each, entities=(LEE,) if each.position == 0 else ()) for each in ferry.paragraphs)
    ferry = replace(ferry, paragraphs=named)
    return {
        "ferry": ferry,
        "copy": repeat(story(2, "Post", ["Lee watched the ferries sail."], title="At sea"), 0, ferry, 0),
        "storm": story(3, "Post", ["A storm hit the ferry port.", "PORT CLOSED"], title="Storm", topics=(SPORT,)),
        "german": story(4, "Bote", ["Die Fähren fahren wieder durch die Häuser."], language="de", title="Fähren"),
        "japanese": story(5, "Shimbun", ["東京都知事が会見した。"], language="ja", title="知事"),
        "old": story(6, "Wire", ["An old ferry sank."], age=timedelta(days=5), title="Old"),
        "hidden": story(7, "Wire", ["A secret ferry."], embargo_until=NOW.replace(year=2999)),
    }


@pytest.fixture
def output(tmp_path, stories):
    write(tmp_path / "out", stories.values())
    return tmp_path / "out"


def titles(output: Path, words: str, **filters) -> list[str]:
    found = search_output(str(output), words, Filters(**filters), 10, NOW)
    return sorted(each.title for each in found)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("ferry", ["At sea", "Ferry sails", "Old", "Storm"]),
        ("FERRIES sailing", ["At sea", "Ferry sails"]),
        ('"ferry port"', ["Storm"]),
        ("“ferry port”", ["Storm"]),
        ('"port ferry"', []),
        ("ferry -storm", ["At sea", "Old"]),
        ('storm -"ferry port"', ["Ferry sails"]),
        ("fähre haus", ["Fähren"]),
        ("fahre", ["Fähren"]),
        ("知事", ["知事"]),
        ("secret", []),
        ("title:ferry AND (storm OR *)", []),
    ],
)
def test_words(output, words, expected):
    assert titles(output, words) == expected


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"source": "wire"}, ["Ferry sails", "Old"]),
        ({"topic": "Sport"}, ["Storm"]),
        ({"topic": "medtop:15000000"}, ["Storm"]),
        ({"name": "ann lee"}, ["At sea", "Ferry sails"]),
        ({"language": "en"}, ["At sea", "Ferry sails", "Old", "Storm"]),
        ({"language": "de"}, []),
        ({"since": NOW - timedelta(days=1)}, ["At sea", "Ferry sails", "Storm"]),
        ({"until": NOW - timedelta(days=1)}, ["Old"]),
        ({"kind": "heading"}, []),
    ],
)
def test_filters(output, filters, expected):
    assert titles(output, "ferry", **filters) == expected


def test_a_kind_of_paragraph(output):
    assert titles(output, "port", kind="heading") == ["Storm"]
    assert titles(output, "storm", kind="heading") == []


def test_words_are_marked(output):
    (found,) = search_output(str(output), "sailing", Filters(source="Wire"), 10, NOW)
    assert [found.text[start:end] for start, end in found.marks] == ["sail"]
    assert [found.title[start:end] for start, end in found.title_marks] == ["sails"]


def test_a_title_counts_more(output):
    found = search_output(str(output), "storm", Filters(), 10, NOW)
    assert found[0].title == "Storm"


def test_the_index_follows_the_output(output, stories):
    assert "Old" in titles(output, "ferry")
    kill = story(6, "Wire", ["Kill."], version=2, status="canceled", title="Killed")
    update = story(3, "Post", ["A storm hit the pier."], version=2, title="Storm, again")
    write(output / "more", [kill, update])
    for file in (output / "more").rglob("*.parquet"):
        target = output / file.relative_to(output / "more").with_name("later.parquet")
        file.rename(target)
    assert titles(output, "ferry") == ["At sea", "Ferry sails"]
    assert titles(output, "pier") == ["Storm, again"]


def test_nothing_is_indexed_again_without_a_reason(output, monkeypatch):
    titles(output, "ferry")
    documents = []
    made = search_update._document
    monkeypatch.setattr(search_update, "_document", lambda entry: documents.append(entry) or made(entry))
    for file in (output / "entries").rglob("*.parquet"):  # as a compaction does
        pq.write_table(pq.read_table(file, partitioning=None), file.with_name("merged.parquet"))
        file.unlink()
    assert len(titles(output, "ferry")) == 4
    assert documents == []


def test_a_damaged_index_is_built_anew(output):
    expected = titles(output, "ferry")
    for file in (output / "_search" / "index").glob("meta.json"):
        file.write_text("{")
    assert titles(output, "ferry") == expected
    (output / "_search" / "state.json").write_text("[1")
    assert titles(output, "ferry") == expected


def test_an_output_that_cannot_be_written_to(output, monkeypatch, tmp_path):
    monkeypatch.setattr(search_index, "user_cache_path", lambda name: tmp_path / "cache")
    (output / "_search").write_text("")  # so that the folder can't be made, also not by root
    assert len(titles(output, "ferry")) == 4
    assert list((tmp_path / "cache").rglob("known.parquet"))


@pytest.mark.parametrize(
    "words", ["", "-ferry", '"', "!!! ???", "a " * 600, " ".join(f"w{n}" for n in range(40)), '""']
)
def test_queries_that_cannot_be_used(output, words, capsys):
    with pytest.raises(SearchError):
        titles(output, words)
    assert not (output / "_search").exists()
    assert main(["search", str(output), words]) == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize("words", [*HOSTILE_TEXTS[:8], "a* OR b^3 +c ~2 [x TO y] {z} /re(/ \\", "--x", "text_en:a"])
def test_hostile_queries_find_or_fail_in_one_line(output, words, capsys):
    assert main(["search", str(output), "--", words]) in (0, 2)
    assert capsys.readouterr().err.count("\n") <= 1


def test_hostile_news_are_printed_as_text(tmp_path, capsys):
    output = hostile_output(tmp_path / "out")
    assert main(["search", str(output), "length", "--limit", "100"]) == 0
    printed = capsys.readouterr().out
    assert not {"\x1b", "\x00", "\u202e"} & set(printed)


def test_the_command(output, capsys):
    assert main(["search", str(output), "ferry", "-harbour", "--source", "Wire", "--json"]) == 0
    (found,) = [each for each in json.loads(capsys.readouterr().out) if each["title"] == "Old"]
    assert found["source"] == "Wire"
    assert found["seen"].startswith("2026-03-09")
    assert main(["search", str(output), "nowhere"]) == 0
    assert capsys.readouterr().out == "No story has all these words.\n"


def test_an_output_that_is_not_there(tmp_path, capsys):
    assert main(["search", str(tmp_path / "none"), "ferry"]) == 2
    assert capsys.readouterr().err == f"{tmp_path / 'none'}: no such folder\n"
    assert list(tmp_path.iterdir()) == []


def test_a_search_of_a_current_index_loads_little(output):
    titles(output, "ferry")
    code = (
        "import sys; from newsbeam.pipeline.cli import main; main(sys.argv[1:]); print(*sys.modules, file=sys.stderr)"
    )
    command = [sys.executable, "-c", code, "search", str(output), "ferry"]
    loaded = subprocess.run(command, check=True, capture_output=True, text=True).stderr.split()
    assert not {"apache_beam", "duckdb", "pyarrow", "pydantic", "spacy"} & set(loaded)


def test_a_file_that_a_compaction_deletes_is_no_error(tmp_path):
    there, gone = tmp_path / "a.parquet", tmp_path / "b.parquet"
    there.write_bytes(b"1234")
    assert search_index._sizes(tmp_path, [there, gone]) == [["a.parquet", 4]]
