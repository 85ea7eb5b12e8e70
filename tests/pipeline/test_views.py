"""The views over the outputs of one run after another."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from newsbeam.pipeline.reports.views import VIEWS, NoOutputError, tables, views_sql
from newsbeam.transforms.common.objects import Objects
from newsbeam.transforms.parse.identity import identify
from newsbeam.transforms.records import Entity, Story
from newsbeam.transforms.write.commit import commit, stage
from newsbeam.transforms.write.rows import slice_tables, story_rows
from newsbeam.transforms.write.store import Store
from tests.support.news import (
    DAY,
    FERRY,
    FERRY_EDITED,
    FIRST_RUN,
    NAME,
    QUOTED,
    QUOTED_ELSEWHERE,
    Output,
    everything,
    item,
    kill,
    split,
)
from tests.support.objects import memory_objects


@pytest.fixture
def output(tmp_path: Path) -> Output:
    return Output(tmp_path / "output")


def test_the_life_of_a_story(output):
    first = item("a", 8, ["Ten people are missing.", "More follows."], provider_version=1)
    output.run(first)
    assert (output.states(), output.texts()) == ({"a": "usable"}, ["Ten people are missing.", "More follows."])

    update = item("a", 9, ["Ten people are missing.", "The search goes on."], provider_version=2, signals=("update",))
    output.run(update)
    assert (output.states(), output.texts()) == ({"a": "usable"}, ["Ten people are missing.", "The search goes on."])

    corrected = item(
        "a", 10, ["Two people are missing.", "The search goes on."], provider_version=3, signals=("correction",)
    )
    output.run(corrected)
    assert (output.states(), output.texts()) == ({"a": "usable"}, ["Two people are missing.", "The search goes on."])

    output.run(item("a", 11, "Do not use this story.", provider_version=4, status="canceled"))
    assert (output.states(), output.texts()) == ({"a": "canceled"}, [])
    assert output.query("SELECT version, status FROM entries ORDER BY version") == [
        (1, "usable"),
        (2, "usable"),
        (3, "usable"),
        (4, "canceled"),
    ]
    assert output.query("SELECT count(*) FROM paragraphs") == [(7,)]
    assert output.query("FROM current_entries") == []


def test_a_kill_that_comes_before_its_story(output):
    output.run(item("a", 9, "Kill.", provider_version=2, status="canceled"))
    output.run(item("a", 8, "Wrong.", provider_version=1))
    output.run(kill("k", 11, "b"), kill("k", 11, "b")).run(item("b", 10, "Wrong, too."))
    assert output.states() == {"a": "canceled", "b": "canceled", "k": "canceled"}
    assert output.texts() == []


def test_a_kill_that_comes_twice_and_years_later(output):
    output.run(item("a", 8, "Wrong."), item("b", 8, "Right."))
    output.run(kill("k1", 365 * 24, "a")).run(kill("k2", 800 * 24, "a")).run(kill("k1", 365 * 24, "a"))
    assert output.states() == {"a": "canceled", "b": "usable", "k1": "canceled", "k2": "canceled"}
    assert output.texts() == ["Right."]


def test_withheld_then_released(output):
    output.run(item("a", 8, "Held.", provider_version=1, status="withheld"))
    assert (output.states(), output.texts()) == ({"a": "withheld"}, [])
    output.run(item("a", 9, "Held.", provider_version=2, signals=("release",)))
    assert (output.states(), output.texts()) == ({"a": "usable"}, ["Held."])


def test_an_embargo_ends_by_itself(output):
    now = datetime.now(UTC)
    output.run(item("a", 8, "Later.", embargo_until=now + timedelta(days=1)))
    output.run(item("b", 9, "By now.", embargo_until=now - timedelta(seconds=1)))
    assert (output.states(), output.texts()) == ({"a": "embargoed", "b": "usable"}, ["By now."])


def test_the_latest_version_decides_on_the_embargo(output):
    later = datetime.now(UTC) + timedelta(days=1)
    output.run(item("a", 8, "Text.", provider_version=1, embargo_until=later))
    output.run(item("a", 9, "Text.", provider_version=2))
    assert (output.states(), output.texts()) == ({"a": "usable"}, ["Text."])


def test_a_late_old_version_changes_nothing(output):
    output.run(item("a", 10, "The third.", provider_version=3))
    before = output.content()
    output.run(item("a", 8, "The first.", provider_version=1)).run(item("a", 9, "The second.", provider_version=2))
    assert output.content() == before


def test_the_newest_version_of_a_feed_wins(output):
    entry = replace(item("a", 8), feed_url="https://a.example/rss", format="rss20", guid="https://a.example/1")
    for text in ("One.", "Two.", "Three."):
        output.run(*identify([replace(entry, content=text, revision="", content_hash=text)]))
    assert output.query("SELECT version, revision FROM latest_entries") == [(3, None)]
    assert output.texts() == ["Three."]


@pytest.mark.parametrize(
    ("guid", "fields", "name", "hour", "killed"),
    [
        ("urn:a", {}, "urn:a", 99, True),
        ("urn:a", {}, "urn:a:b", 99, False),
        ("urn:a", {"source": "apa"}, "urn:a", 99, False),
        ("bdt0831/2024-09-24", {}, "bdt0831", 48, True),
        ("bdt0831/2024-09-24", {}, "BDT0831", 49, False),
        ("bdt0831/2024-09-24", {}, "bdt083", 2, False),
        ("bdt0831/2024-09-24", {}, "bdt0831", 0, True),
        ("bdt0831/2024-09-24", {}, "bdt0831", -0.1, False),
        ("bdt0831/2024-09-24", {}, "bdt0831/2024-09-24", 99, True),
        ("a", {"slugline": "BC-US--Fußball"}, "slug:bc-us--fussball", 47, True),
        ("a", {"slugline": "BC-US--Fußball"}, "slug:bc-us--fussball", 49, False),
        ("a", {"slugline": "BC-US--Fußball"}, "slug:bc-us", 1, False),
        ("a", {"slugline": "BC-US--Fußball", "source": "apa"}, "slug:bc-us--fussball", 1, False),
        ("bdt0831/2024-09-24", {"published": None, "updated": None}, "bdt0831", 1, False),
        ("bdt0831/2024-09-24", {"published": DAY - timedelta(days=9)}, "bdt0831", 1, True),  # its latest version is new
    ],
)
def test_what_a_kill_notice_names(output, guid, fields, name, hour, killed):
    output.run(item(guid, 0, "A story.", **fields), kill("k", hour, name))
    assert output.states() == {guid: "canceled" if killed else "usable", "k": "canceled"}
    assert output.texts() == ([] if killed else ["A story."])


def test_a_kill_of_one_version(output):
    output.run(item("a", 8, "One.", provider_version=1), kill("k", 10, "a", version=2))
    assert output.texts() == ["One."]
    output.run(item("a", 9, "Two.", provider_version=2))
    assert output.states()["a"] == "canceled"
    output.run(item("a", 11, "Three.", provider_version=3))
    assert output.texts() == ["Three."]


def test_a_notice_withholds_and_a_kill_is_more(output):
    output.run(item("a", 8, "Held."), kill("w", 9, "a", status="withheld"))
    assert output.states()["a"] == "withheld"
    output.run(kill("k", 10, "a"))
    assert output.states()["a"] == "canceled"


def test_a_replacement_kills_what_it_replaces(output):
    output.run(item("a", 8, "Wrong."), kill("b", 9, "a", status="usable", signals=("replacement",)))
    assert output.states() == {"a": "canceled", "b": "usable"}


def test_a_kill_that_was_taken_back(output):
    story, mistaken = item("a", 8, "A story."), kill("k", 9, "a", provider_version=1)
    output.run(story, mistaken)
    assert output.states()["a"] == "canceled"
    output.run(replace(kill("k", 10, "a", provider_version=2, status="usable", signals=()), related=mistaken.related))
    assert output.states() == {"a": "usable", "k": "usable"}


def test_a_kill_that_was_killed(output):
    output.run(item("a", 8, "A story.", slugline="ferry"))
    output.run(kill("k1", 9, "a", slugline="ferry"), kill("k2", 10, "slug:ferry"))
    assert output.states()["a"] == "canceled"  # a name that comes again doesn't mean other orders
    output.run(item("b", 8, "Another."), kill("k3", 9, "b"), kill("k4", 10, "k3"))
    assert output.states()["b"] == "usable"
    output.run(kill("k5", 11, "k4"))
    assert output.states()["b"] == "canceled"
    output.run(item("c", 8, "A third."), kill("k6", 9, "c", "k7"), kill("k7", 9, "c", "k6"))
    assert output.states()["c"] == "canceled"  # two that kill each other at once


def test_a_survivor_stands_for_a_paragraph_whose_first_copy_was_killed(output):
    output.run(item("a", 8, [QUOTED, "Only in a."]))
    output.run(item("b", 9, ["Before.", QUOTED_ELSEWHERE], source="apa"), item("c", 10, QUOTED_ELSEWHERE))
    assert output.query("SELECT text, copies, sources FROM current_paragraphs ORDER BY published, position") == [
        (QUOTED, 3, ["apa", "dpa"]),
        ("Only in a.", 1, ["dpa"]),
        ("Before.", 1, ["apa"]),
    ]
    output.run(kill("k", 11, "a"))
    ((text, copies, sources, entities),) = output.query(
        "SELECT text, copies, sources, entities FROM current_paragraphs WHERE position = 1"
    )
    assert (text, copies, sources) == (QUOTED_ELSEWHERE, 2, ["apa", "dpa"])
    assert [(entity["text"], entity["start"]) for entity in entities] == [
        (match[0], match.start()) for match in NAME.finditer(QUOTED_ELSEWHERE)
    ]
    assert all(text[entity["start"] : entity["end"]] == entity["text"] for entity in entities)


def test_places_of_entities_are_counted_in_characters(output):
    family = "👨‍👩‍👧"  # five characters, one grapheme
    first, copy = f"{family} e\u0301 -- Bern ... Bern", f"{family} e\u0301 – Bern … Bern"
    output.run(item("a", 8, first)).run(item("b", 9, copy)).run(kill("k", 10, "a"))
    ((text, entities),) = output.query("SELECT text, entities FROM current_paragraphs")
    assert (text, [entity["start"] for entity in entities]) == (copy, [m.start() for m in NAME.finditer(copy)])


def test_an_entity_that_is_not_in_the_copy_is_left_out(output):
    first = split(replace(item("a", 8, 'The "Bern" in Bern.'), version=1))
    tagged = replace(
        first.paragraphs[0], entities=(Entity('"Bern"', "X", 4, 10, "Bern"), Entity("Bern", "X", 14, 18, "Bern"))
    )
    copy = split(replace(item("b", 9, "The “Bern” in Bern."), version=1))
    repeat = replace(copy.paragraphs[0], duplicate_of=tagged.paragraph_id, duplicate_kind="exact", similarity=1.0)
    killed = Story(replace(first.entry, status="canceled"), (tagged,))
    store, rows = Store(str(output.folder)), story_rows([killed, Story(copy.entry, (repeat,))]).items
    commit(store, stage(store, "ab", slice_tables(rows)))
    ((entities,),) = output.query("SELECT entities FROM current_paragraphs")
    assert [(each["text"], each["start"], each["end"], each["name"]) for each in entities] == [("Bern", 14, 18, "Bern")]


def test_an_update_that_repeats_nine_of_ten_paragraphs(output):
    texts = [f"Paragraph {n} tells of Bern and of Lavrov." for n in range(10)]
    output.run(item("a", 8, texts, provider_version=1))
    output.run(item("a", 9, [*texts[:9], "The tenth is new in Bern."], provider_version=2))
    rows = output.query("SELECT text, entry_version, copies, len(entities) FROM current_paragraphs ORDER BY position")
    assert rows == [(text, 2, 1, 2) for text in texts[:9]] + [("The tenth is new in Bern.", 2, 1, 1)]


def test_a_near_copy_counts_as_a_copy(output):
    output.run(item("a", 8, FERRY)).run(item("b", 9, FERRY_EDITED))
    assert output.query("SELECT duplicate_kind, count(*) FROM paragraphs GROUP BY 1 ORDER BY 1") == [
        ("near", 1),
        (None, 1),
    ]
    rows = output.query("SELECT text, copies, len(entities) FROM current_paragraphs ORDER BY published")
    assert rows == [(FERRY, 2, 1)]


def test_an_update_takes_the_place_of_the_older_text(output):
    figures = [f"The index in Bern stood at {n} points, said the exchange that keeps it." for n in (700, 710, 705)]
    output.run(item("a", 8, figures[0])).run(item("b", 9, figures[1])).run(item("c", 10, figures[2], source="apa"))
    links = "SELECT n.text, o.text, n.changed FROM paragraphs n JOIN paragraphs o ON n.update_of = o.paragraph_id"
    assert output.query(f"{links} ORDER BY n.published") == [
        (figures[1], figures[0], [{"old": "700", "new": "710"}]),
        (figures[2], figures[1], [{"old": "710", "new": "705"}]),
    ]
    current = "SELECT text, copies FROM current_paragraphs"
    assert output.query(current) == [(figures[2], 1)]
    output.run(item("d", 11, f"• {figures[2]}"))
    assert output.query(current) == [(figures[2], 2)]
    output.run(kill("k", 12, "c", source="apa"), kill("l", 12, "d"))
    assert output.query(current) == [(figures[1], 1)]


def test_each_near_group_once_also_when_its_first_copy_is_killed(output):
    words = [f"word{n}" for n in range(60)]
    first, second, third = (" ".join(words[n:]) for n in range(3))
    output.run(item("a", 8, first)).run(item("b", 9, second), item("c", 10, third))
    once_each = "SELECT text, copies FROM current_paragraphs"
    assert output.query(once_each) == [(first, 3)]
    output.run(kill("k", 11, "a"))
    assert output.query(once_each) == [(second, 2)]


@pytest.mark.slow
def test_what_came_first_makes_no_difference(tmp_path):
    items = everything()
    expected = Output(tmp_path / "at once").run(*items).content()
    assert len(expected[1]) == 7
    for seed in range(12):
        chance = random.Random(seed)
        order = chance.sample(items, len(items)) + chance.sample(items, 3)
        output = Output(tmp_path / str(seed))
        while order:
            size = chance.randint(1, 6)
            output.run(*order[:size])
            order = order[size:]
        assert output.content() == expected


def test_a_copy_that_is_dated_back_does_not_take_the_place_of_the_first(output):
    """By 50 years, and by a year in the same run; without a date it has never been the first."""
    output.run(item("true", 90, FERRY, source="Harbour Post"))
    back = item("back", 0, FERRY, source="Copier", published=datetime(1970, 1, 1, tzinfo=UTC))
    other = item("other", 0, QUOTED, source="Copier", published=DAY - timedelta(days=365))
    output.run(back, other, item("true too", 91, QUOTED, source="Harbour Post"), item("none", 0, FERRY, published=None))
    assert output.query("SELECT source, copies FROM current_paragraphs ORDER BY text") == [
        ("Harbour Post", 2),
        ("Harbour Post", 3),
    ]


@pytest.mark.parametrize(
    ("fields", "killed"),
    [
        ({}, True),
        ({"source": "dpa, renamed"}, True),
        ({"source_id": "elsewhere"}, False),
        ({"provider": "AFP.com"}, True),
        ({"provider": ""}, True),
        ({"provider": "Copier"}, False),
    ],
)
def test_only_its_own_source_and_provider_can_kill_a_story(output, fields, killed):
    story = item("a", 8, "One.", source_id="dpa", provider="afp")
    output.run(story, kill("b", 9, "a", **{"source_id": "dpa", **fields}))
    assert output.states()[story.guid] == ("canceled" if killed else "usable")


@pytest.mark.parametrize("some", ["all files", "the oldest files"])
def test_files_without_the_newer_columns(output, some):
    output.run(item("a", 8, "One.", provider_version=1, revision=""))
    newer = ["genres", "provider", "related", "provider_version", "revision"]
    for file in output.folder.glob("entries/*/*.parquet"):
        table = pq.read_table(file, partitioning=None)
        pq.write_table(table.drop_columns(newer), file)
    if some == "the oldest files":
        output.run(item("b", 9, "Two."), kill("k", 10, "a"))
    assert output.states() == (
        {"a": "usable"} if some == "all files" else {"a": "canceled", "b": "usable", "k": "canceled"}
    )
    assert output.texts() == (["One."] if some == "all files" else ["Two."])
    assert output.query("SELECT count(revision) FROM entries")


def test_views_in_a_database_show_rows_that_are_written_later(output, tmp_path):
    output.run(item("a", 8, "One."))
    with duckdb.connect(str(tmp_path / "news.db")) as database:
        database.execute(views_sql(str(output.folder)))
    output.run(item("b", 9, "Two."))
    file = max(output.folder.glob("entries/*/*.parquet"), key=lambda file: file.stat().st_mtime_ns)
    pq.write_table(pq.read_table(file, partitioning=None).append_column("later", pa.array([1])), file)
    with duckdb.connect() as database:
        database.execute(f"ATTACH '{tmp_path / 'news.db'}' AS news (READ_ONLY)")
        assert database.execute("SELECT text FROM news.current_paragraphs ORDER BY ALL").fetchall() == [
            ("One.",),
            ("Two.",),
        ]
        assert database.execute("SELECT sum(later) FROM news.current_entries").fetchall() == [(1,)]


@pytest.mark.parametrize("name", ["it's [a] *test*", "q?x", "{a,b}", "**", "über;--", "region=eu", "a\nb"])
def test_awkward_names(tmp_path, name):
    output = Output(tmp_path / name / "out").run(item("a", 8, "One."))
    assert output.texts() == ["One."]
    assert output.query("SELECT DISTINCT date FROM paragraphs") == [(FIRST_RUN.date(),)]


@pytest.mark.parametrize("name", ["source=x", "date=2026-01-01", "a\\b"])
def test_names_that_duckdb_cannot_read_from(tmp_path, name):
    output = Output(tmp_path / name / "out").run(item("a", 8, "One."))
    with pytest.raises(NoOutputError, match="DuckDB can't read files in a folder") as error:
        output.texts()
    assert "\n" not in str(error.value)


def test_paths_are_absolute(output, monkeypatch, tmp_path):
    output.run(item("a", 8, "One."))
    monkeypatch.chdir(tmp_path)
    assert views_sql("output") == views_sql(str(output.folder)) == views_sql("./output/")
    assert f"'{tmp_path}/output/entries/date=*/*.parquet'" in views_sql("output")


def test_entries_without_paragraphs(output):
    output.run(item("a", 8, source="apa"))
    assert (output.states(), output.texts()) == ({"a": "usable"}, [])
    assert output.query("SELECT copies, sources, entities, date FROM current_paragraphs") == []


@pytest.mark.parametrize(
    ("prepare", "message"),
    [
        (lambda folder: None, "no such folder"),
        (lambda folder: folder.mkdir(), "newsbeam has written nothing there yet"),
        (
            lambda folder: (folder / "entries/date=2026-03-14").mkdir(parents=True),
            "newsbeam has written nothing there yet",
        ),
    ],
)
def test_a_folder_that_is_not_an_output(output, prepare, message):
    prepare(output.folder)
    with pytest.raises(NoOutputError, match=f"output: {message}$"):
        views_sql(str(output.folder))


@pytest.mark.parametrize("url", ["memory://bucket/it's/out", "memory://bucket/it's/out/"])
def test_object_stores(url):
    with memory_objects():
        with pytest.raises(NoOutputError, match="nothing there yet"):
            views_sql(url)
        for table in ("entries", "paragraphs"):
            Objects.at(url).write(f"{table}/date=2026-11-24/a.parquet", b"")
        sql = views_sql(url)
    folder = url.rstrip("/").replace("'", "''")
    assert f"read_parquet('{folder}/paragraphs/date=*/*.parquet'" in sql
    assert "INSTALL httpfs" in sql
    parsed = duckdb.extract_statements(sql)
    assert len(parsed) == len(tables()) + len(VIEWS)


def test_mentions_of_exact_duplicates_count_for_their_own_source(output):
    output.run(item("1", 1, FERRY), item("2", 2, FERRY, source="afp"))
    rows = output.query('SELECT name, source, text, start, "end" FROM mentions ORDER BY source')
    assert [row[1] for row in rows] == ["afp", "dpa"]
    assert {row[0] for row in rows} == {"Bern"}
    assert all(FERRY[start:end] == text for _, _, text, start, end in rows)


def test_mentions_in_files_without_the_newest_fields(output):
    output.run(item("1", 1, FERRY))
    for path in output.folder.glob("paragraphs/*/*.parquet"):
        table = pq.ParquetFile(path).read()
        kind = table.schema.field("entities").type.value_type
        older = pa.list_(pa.struct(list(kind)[:5]))
        rows = [[dict(list(each.items())[:5]) for each in row] for row in table["entities"].to_pylist()]
        table = table.set_column(table.schema.get_field_index("entities"), "entities", pa.array(rows, older))
        pq.write_table(table.drop_columns(["quotes"]), path)
    assert output.query("SELECT name, entity_id FROM mentions") == [("Bern", None)]
