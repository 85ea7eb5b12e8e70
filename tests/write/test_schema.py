from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

import pyarrow as pa
import pytest

from newsbeam.transforms.records import DeadLetter, Entity, Poll, Story, Topic
from newsbeam.transforms.write import schema

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)

# The contract: a column may be added at the end. If a line here has to change, readers' queries break.
CONTRACT = {
    "paragraphs": "paragraph_id entry_id entry_version position text kind language fingerprint duplicate_of "
    "duplicate_kind similarity entities topics source feed_url url title published fetched_at near_keys",
    "entries": "entry_id version status signals source feed_url format guid url title subtitle summary authors byline "
    "language published updated fetched_at embargo_until dateline_place dateline_date slugline urgency ednote "
    "copyright categories subjects topics content_hash paragraph_count word_count published_raw updated_raw "
    "link_is_identity",
    "polls": "feed_url fetched_at status http_status bytes duration entries entries_new etag last_modified error "
    "next_poll_at uri source body_hash",
    "dead_letters": "stage error message source uri failed_at payload traceback repaired",
    "story_merges": "story_id into merged_at entry_id entry_version",
}


@pytest.mark.parametrize("table", CONTRACT)
def test_columns_are_those_of_the_contract(table: str) -> None:
    columns = CONTRACT[table].split()
    assert schema.SCHEMAS[table].names[: len(columns)] == columns


@pytest.mark.parametrize("table", CONTRACT)
def test_metadata_says_table_and_version(table: str) -> None:
    metadata = schema.SCHEMAS[table].metadata
    assert metadata == {b"newsbeam.schema": b"1", b"newsbeam.table": table.encode()}


def test_times_are_microseconds_in_utc() -> None:
    times = {f.type for s in schema.SCHEMAS.values() for f in s if pa.types.is_timestamp(f.type)}
    assert times == {pa.timestamp("us", tz="UTC")}


def test_rows_carry_what_the_entry_says(make_story) -> None:
    first = make_story("a", ("One.", "Two."), title="A", topics=(Topic("medtop:11000000", "politics", 0.7),))
    second = make_story("b", ("Three.",), title="", published=NOON)
    rows = schema.paragraph_table([first, make_story("empty", ()), second]).to_pylist()
    assert [row["text"] for row in rows] == ["One.", "Two.", "Three."]
    assert [row["title"] for row in rows] == ["A", "A", None]
    assert [row["published"] for row in rows] == [None, None, NOON]
    assert [row["position"] for row in rows] == [0, 1, 0]
    assert rows[1]["topics"] == [{"qcode": "medtop:11000000", "name": "politics", "score": 0.7}]
    assert rows[2]["topics"] == []


def test_entities_are_lists_of_structs(make_story) -> None:
    story = make_story("a", ("Lavrov in Nagoya.", "None.", "Japan."))
    lavrov = Entity("Lavrov", "PERSON", 0, 6, "Sergei Lavrov")
    nagoya, japan = Entity("Nagoya", "GPE", 10, 16, "Nagoya"), Entity("Japan", "GPE", 0, 5, "Japan")
    entities = [(lavrov, nagoya), (), (japan,)]
    paragraphs = tuple(replace(p, entities=e) for p, e in zip(story.paragraphs, entities, strict=True))
    column = schema.paragraph_table([Story(story.entry, paragraphs)])["entities"].to_pylist()
    assert [[item["text"] for item in items] for items in column] == [["Lavrov", "Nagoya"], [], ["Japan"]]
    place = dict.fromkeys(("entity_id", "country", "geonames_id", "latitude", "longitude", "feature_class"))
    assert column[0][0] == {
        "text": "Lavrov",
        "label": "PERSON",
        "start": 0,
        "end": 6,
        "name": "Sergei Lavrov",
        **place,
    }


@pytest.mark.parametrize("column", ["duplicate_of", "duplicate_kind", "similarity", "near_keys"])
def test_not_given_is_null(make_story, column: str) -> None:
    assert schema.paragraph_table([make_story()])[column].null_count == 2


def test_a_duplicate_names_its_canonical_paragraph(make_story) -> None:
    story = make_story("a", ("One.",))
    duplicate = {"duplicate_of": "ab12", "duplicate_kind": "near", "similarity": 0.8}
    marked = replace(story.paragraphs[0], **duplicate, near_keys=b"12345678")
    (row,) = schema.paragraph_table([Story(story.entry, (marked,))]).to_pylist()
    assert duplicate.items() <= row.items()
    assert row["near_keys"] == b"12345678"


def test_entries_have_nulls_and_empty_lists_for_what_is_not_given(make_story) -> None:
    (row,) = schema.entry_table([make_story()]).to_pylist()
    absent = {name for name, value in row.items() if value is None}
    assert {"guid", "title", "byline", "published", "dateline_date", "urgency", "published_raw"} <= absent
    assert [row[name] for name in ("signals", "authors", "categories", "subjects", "topics")] == [[]] * 5


def test_entries_keep_all_that_is_given(make_story) -> None:
    story = make_story(
        authors=("A. Writer", "B. Writer"),
        dateline_date=date(2026, 11, 23),
        urgency=3,
        published=datetime(2026, 11, 24, 1, 30, tzinfo=timezone(timedelta(hours=9))),
        published_raw="Tue, 24 Nov 2026 01:30 +0900",
        link_is_identity=True,
    )
    (row,) = schema.entry_table([story]).to_pylist()
    assert row["authors"] == ["A. Writer", "B. Writer"]
    assert row["dateline_date"] == date(2026, 11, 23)
    assert (row["urgency"], row["link_is_identity"]) == (3, True)
    assert row["published"] == datetime(2026, 11, 23, 16, 30, tzinfo=UTC)


def test_half_a_surrogate_pair_becomes_one_replacement_character(make_story) -> None:
    story = make_story("a", ("x",), title="Hi \ud83d!", authors=("A\udc00", "B"))
    broken = Story(story.entry, (replace(story.paragraphs[0], text="\ud800 Japan"),))
    assert schema.entry_table([broken])["title"].to_pylist() == ["Hi \ufffd!"]
    assert schema.entry_table([broken])["authors"].to_pylist() == [["A\ufffd", "B"]]
    assert schema.paragraph_table([broken])["text"].to_pylist() == ["\ufffd Japan"]


def test_polls_and_dead_letters() -> None:
    poll = Poll("https://example.org/rss.xml", "u", "Example", NOON, "ok", http_status=200, duration_s=0.25, etag='"1"')
    (row,) = schema.poll_table([poll]).to_pylist()
    assert (row["status"], row["http_status"], row["duration"], row["etag"]) == ("ok", 200, 0.25, '"1"')
    assert (row["error"], row["next_poll_at"]) == (None, None)
    letter = DeadLetter("parse", "ParseError", "no root", "Example", "u", NOON, b"\x00\xff", repaired=True)
    (row,) = schema.dead_letter_table([letter]).to_pylist()
    assert (row["payload"], row["repaired"], row["traceback"]) == (b"\x00\xff", True, None)


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (schema.paragraph_table, "paragraphs"),
        (schema.entry_table, "entries"),
        (schema.merge_table, "story_merges"),
        (schema.poll_table, "polls"),
        (schema.dead_letter_table, "dead_letters"),
    ],
)
def test_no_records_make_an_empty_table(make, name: str) -> None:
    assert make([]).schema.equals(schema.SCHEMAS[name])
    assert schema.split_by_day(make([]), schema.DAY_OF[name]) == {}


def test_days_are_utc(make_story) -> None:
    tokyo = timezone(timedelta(hours=9))
    stories = [
        make_story("a", fetched_at=datetime(2026, 11, 24, 23, 59, 59, 999999, tzinfo=UTC)),
        make_story("b", fetched_at=datetime(2026, 11, 25, 0, 0, tzinfo=UTC)),
        make_story("c", fetched_at=datetime(2026, 11, 25, 8, 0, tzinfo=tokyo)),
    ]
    parts = schema.split_by_day(schema.entry_table(stories), "fetched_at")
    urls = {day: [url[-1] for url in part["url"].to_pylist()] for day, part in parts.items()}
    assert urls == {date(2026, 11, 24): ["a", "c"], date(2026, 11, 25): ["b"]}
    assert all(part.schema.equals(schema.ENTRIES, check_metadata=True) for part in parts.values())
