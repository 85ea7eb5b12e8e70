from datetime import UTC, datetime

import pytest

from newsbeam.transforms.parse.document import parse_document
from newsbeam.transforms.records import Document

FEED = b"""<feed xmlns="http://www.w3.org/2005/Atom"><title>Harbour</title><id>urn:f</id>
<link rel="self" href="http://build.example:4000/feed.xml"/>
<entry><id>urn:1</id><title>Ferry</title><link href="/ferry"/></entry></feed>"""


@pytest.mark.parametrize(
    ("uri", "url"),
    [
        ("https://a.example/news/feed.xml", "https://a.example/ferry"),
        ("saved/feed.xml", "http://build.example:4000/ferry"),
    ],
)
def test_the_base_of_a_document_is_where_it_was_got_from_then_what_it_says_itself(uri, url):
    document = Document(uri, FEED, datetime(2026, 3, 3, tzinfo=UTC), "A", uri)
    assert [entry.url for entry in parse_document(document).entries] == [url]
