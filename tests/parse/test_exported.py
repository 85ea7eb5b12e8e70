"""What newsbeam's export says beside the fields of a format, also where someone else says it."""

import json
from datetime import UTC, datetime

import pytest

from newsbeam.transforms.parse.document import parse_document
from newsbeam.transforms.parse.exported import from_json
from newsbeam.transforms.records import Document, Entry

NOW = datetime(2026, 3, 1, tzinfo=UTC)
SAID = {
    "title": "A <b>& B",
    "guid": None,
    "url": None,
    "authors": ["Lee & Sons", "Ann Lee, Bo Ek"],
    "published": "2026-01-02T03:04:05.678901Z",
    "updated": None,
}


def read(body: str) -> Entry:
    document = Document("f", body.encode(), NOW, "s", "f", format="auto", language="")
    (entry,) = parse_document(document).entries
    return entry


def rss(text: str) -> str:
    return f"""<rss version="2.0" xmlns:n="urn:newsbeam:export"><channel><item><title>T</title><guid>g</guid>
      <link>https://a.example/1</link><author>Cy Orr</author><pubDate>Thu, 01 Jan 2026 00:00:00 GMT</pubDate>
      <description>Text.</description><n:fields><![CDATA[{text}]]></n:fields></item></channel></rss>"""


def json_feed(fields: object) -> str:
    item = {"id": "g", "title": "T", "url": "https://a.example/1", "content_text": "Text.", "_newsbeam": fields}
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": [item]})


@pytest.mark.parametrize("body", [rss(json.dumps(SAID)), json_feed(SAID)], ids=["rss", "json"])
def test_the_fields_are_those_of_the_export(body):
    entry = read(body)
    assert (entry.title, entry.guid, entry.url, entry.updated) == ("A <b>& B", "", "", None)
    assert entry.authors == ("Lee & Sons", "Ann Lee, Bo Ek")
    assert entry.published == datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
    assert (entry.published_raw, entry.updated_raw) == (SAID["published"], "")


@pytest.mark.parametrize(
    "fields",
    [
        {"title": 1, "guid": [], "url": {}, "authors": "x", "published": 7, "entry_id": "e", "content": "c"},
        [],
        "title",
        None,
    ],
)
def test_what_is_not_a_field_does_not_count(fields):
    for body in (rss(json.dumps(fields)), json_feed(fields)):
        entry = read(body)
        assert (entry.title, entry.guid, entry.url) == ("T", "g", "https://a.example/1")
        assert entry.content.startswith("Text.")


def test_fields_are_cleaned_as_those_of_a_feed_are():
    fields = {
        "title": " a\x00b\n\u202ec ",
        "guid": "g\x07\ud800",
        "url": "javascript:alert(1)",
        "authors": [1, " ", "A\x1b"],
    }
    for body in (rss(json.dumps(fields)), json_feed(fields)):
        entry = read(body)
        assert (entry.title, entry.guid, entry.url, entry.authors) == ("ab c", "g\ufffd", "", ("A",))


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, '{"a": ' * 50_000, "1", f'{{"title": "{"x" * 1_000_001}"}}'])
def test_text_that_is_not_an_object(text):
    assert from_json(text) == {}
