"""JSON Feed 1.0 and 1.1."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from newsbeam.transforms.errors import NotAFeedError, ParseError
from newsbeam.transforms.parse.document import Parsed, ParseLimits, parse_document
from newsbeam.transforms.parse.json_text import read_json
from newsbeam.transforms.records import Document

NO_LIMITS = ParseLimits()
URI = "https://harbour.example/feed.json"


def parse(body: bytes | str, limits: ParseLimits = NO_LIMITS) -> Parsed:
    body = body.encode("utf-8", "surrogatepass") if isinstance(body, str) else body
    return parse_document(Document(URI, body, datetime(2026, 11, 20, tzinfo=UTC), "Harbour", URI), limits)


def test_version_11(data: Path) -> None:
    ferry, fog, twice = parse((data / "feeds/jsonfeed11.json").read_bytes()).entries
    assert (ferry.format, ferry.guid, ferry.url) == ("jsonfeed11", "7", "https://harbour.example/ferry")
    assert (ferry.title, ferry.summary, ferry.content) == ("Ferry returns", "Back", "<p>Back.</p>")
    assert (ferry.authors, ferry.categories, ferry.language) == (("The desk",), ("Sea", "Town"), "en")
    assert (ferry.published, ferry.updated) == (
        datetime(2026, 10, 1, 8, tzinfo=UTC),
        datetime(2026, 10, 1, 9, tzinfo=UTC),
    )
    assert (fog.url, fog.content, fog.content_type) == ("https://other.example/fog", "Fog & sun", "text/plain")
    assert fog.authors == ("Ann Berg", "Bo Lind")
    assert twice.content == "<p>Escaped twice.</p>"


def test_version_10_has_one_author() -> None:
    feed = {
        "version": "https://jsonfeed.org/version/1",
        "items": [{"id": "1", "author": {"name": "Ann"}, "content_text": "a"}],
    }
    (entry,) = parse(json.dumps(feed)).entries
    assert (entry.format, entry.authors) == ("jsonfeed10", ("Ann",))


def test_truncated_json_gives_the_items_before_the_cut(data: Path) -> None:
    body = (data / "feeds/jsonfeed11.json").read_bytes()
    parsed = parse(body[: body.index(b"Bo Lind")])
    assert [(e.guid, e.authors) for e in parsed.entries] == [("7", ("The desk",))]
    assert [(letter.repaired, "truncated" in letter.message) for letter in parsed.dead_letters] == [(False, True)]


def item(number: int, malformed: str = "") -> str:
    return f'{{"id": "{number}", "title": "a"{malformed}, "authors": [{{"name": "b"}}, {{"name": "c"}}]}}'


@pytest.mark.parametrize(
    ("malformed", "guids", "repaired"),
    [
        (', "tags": ["x",]', "123", True),
        (', "summary": "a 5" pipe"', "13", False),
        (', "summary": "said "yes" twice"', "13", False),
        (' "summary": "a"', "13", False),
        (", 'summary': 1", "13", False),
        (', "summary": "\\q"', "13", False),
        (', "summary": "a [{", "x": [1 2]', "13", False),
    ],
)
def test_a_malformed_item_does_not_lose_those_after_it(malformed: str, guids: str, repaired: bool) -> None:
    for space in ("", "\n"):
        parsed = parse(f'{{"title": "F", "items": [{item(1)},{space}{item(2, malformed)},{space}{item(3)}]}}')
        assert "".join(entry.guid for entry in parsed.entries) == guids
        assert [letter.repaired for letter in parsed.dead_letters] == [repaired]
        assert parsed.entries[0].feed_title == "F"


def test_many_malformed_items_take_linear_time() -> None:
    text = '{"items": [{"id": "1"},' + '{"id": "a" "b"},' * 50_000 + '{"id": "2"}]}'
    assert [entry.guid for entry in parse(text).entries] == ["1"]


def test_odd_values_do_no_harm() -> None:
    items = [
        None,
        5,
        {"id": True, "title": ["x"], "tags": "y", "authors": {"name": 1}, "date_published": 5},
        {"id": 1.5},
    ]
    parsed = parse(json.dumps({"items": items}) + " ")
    assert [e.guid for e in parsed.entries] == ["", "1.5"]
    assert parse('{"items": [{"id": "\\ud83d", "title": "a\\u0000b"}]}').entries[0].title == "ab"


def test_limits_take_the_first_items() -> None:
    items = [{"id": str(i)} for i in range(5)]
    assert [e.guid for e in parse(json.dumps({"items": items}), ParseLimits(2)).entries] == ["0", "1"]


@pytest.mark.parametrize("body", ['{"error": "x"}', '{"items": {}}', "[1]", "[]"])
def test_other_json_is_not_a_feed(body: str) -> None:
    with pytest.raises(NotAFeedError):
        parse(body)


@pytest.mark.parametrize(
    "body", ["{", '{"items": [', '{"items": [{"id": "1"', "[" * 100_000, '{"items":' + "[" * 100_000]
)
def test_broken_json_is_an_error(body: str) -> None:
    with pytest.raises(ParseError):
        parse(body)


@pytest.mark.parametrize(
    ("authors", "expected"),
    [
        ({"authors": ["Ann Berg", {"name": "Bo Lind"}]}, ("Ann Berg", "Bo Lind")),
        ({"author": "Ann Berg"}, ("Ann Berg",)),
        ({"authors": "Ann Berg"}, ("Ann Berg",)),
        ({"author": [{"name": "Ann Berg and Bo Lind"}]}, ("Ann Berg", "Bo Lind")),
        ({"authors": [None, 7, {"url": "https://harbour.example/"}], "author": {"name": "Ann Berg"}}, ("The desk",)),
    ],
)
def test_authors_may_be_names_alone(authors: dict[str, object], expected: tuple[str, ...]) -> None:
    feed = {"version": "x", "author": {"name": "The desk"}, "items": [{"id": "1", "content_text": "a", **authors}]}
    (entry,) = parse(json.dumps(feed)).entries
    assert entry.authors == expected


def test_attachments_and_pictures() -> None:
    sound = {
        "url": "/1.mp3",
        "mime_type": "audio/mpeg",
        "size_in_bytes": 77,
        "duration_in_seconds": 61.5,
        "title": "Fog",
    }
    odd = [{"url": 1}, {"url": "/2", "size_in_bytes": -1, "duration_in_seconds": "x"}, "no"]
    item = {
        "id": "1",
        "content_html": "<img src='/3.jpg' alt='Quay'>",
        "image": "/3.jpg",
        "banner_image": "javascript:x",
        "attachments": [sound, *odd],
    }
    (entry,) = parse(json.dumps({"version": "x", "title": " Harbour ", "items": [item]})).entries
    assert entry.feed_title == "Harbour"
    first, second, picture = entry.media
    assert (first.url, first.kind, first.bytes, first.duration_s, first.title) == (
        "https://harbour.example/1.mp3",
        "audio",
        77,
        61.5,
        "Fog",
    )
    assert (second.kind, second.bytes, second.duration_s) == ("other", None, None)
    assert (picture.url, picture.kind, picture.caption) == ("https://harbour.example/3.jpg", "image", "Quay")


def test_items_that_are_not_objects_are_a_dead_letter() -> None:
    parsed = parse(json.dumps({"items": [{"id": "1"}, "Fog ahead", [{"id": "2"}], 5, None]}))
    assert [entry.guid for entry in parsed.entries] == ["1"]
    (letter,) = parsed.dead_letters
    assert (letter.message, letter.repaired) == ("left out: 2 values that can't be read as a story", False)
    assert json.loads(letter.payload) == ["Fog ahead", [{"id": "2"}]]


def test_a_bracket_in_a_malformed_item_is_not_the_end() -> None:
    text = '{"items":[{"id":"1","t":"5" x","a":[{"id":"a"},{"id":"b"}]},{"id":"2"}]}'
    assert read_json(text).truncated


def test_a_word_that_is_not_json_loses_no_element() -> None:
    assert read_json('[{"id":1}, undefined, {"id":2},{"id":3}]').values == ([{"id": 1}, {"id": 2}, {"id": 3}],)
