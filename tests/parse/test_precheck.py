from datetime import UTC, datetime

import pytest

from newsbeam.transforms.parse.precheck import precheck
from newsbeam.transforms.records import Document

RSS = '<?xml version="1.0"?><rss version="2.0"><channel><title>Harbour</title><item><title>A</title></item>'
END = "</channel></rss>"


def look(body: str | bytes, format: str = "auto") -> str:
    body = body if isinstance(body, bytes) else body.encode()
    now = datetime(2026, 3, 3, tzinfo=UTC)
    return precheck(Document("https://a.example/rss", body, now, "A", "https://a.example/rss", format=format))


@pytest.mark.parametrize(
    "body",
    [
        RSS + END,
        RSS + END + "\n<!-- cached at noon -->",
        "<br>Warning: no such file<br>" + RSS + END,
        (RSS + END).encode("utf-16"),
        '<a:feed xmlns:a="http://www.w3.org/2005/Atom"></a:feed>',
        '<rdf:RDF xmlns:rdf="x"><item/></rdf:RDF>',
        "<feed/>",
        (RSS.replace("?>", ' encoding="cp037"?>') + END).encode("cp037"),
        '{"version": "https://jsonfeed.org/version/1", "items": []}\n',
        "<nitf><body/></nitf>",
        "<custom><item><title>A</title></item></custom>",
    ],
)
def test_a_complete_document_passes(body):
    assert look(body) == ""


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("<!DOCTYPE html><html><body>One moment</body></html>", "this is an HTML page, not a feed"),
        ("<html><body>Sign in</body></html>", "this is an HTML page, not a feed"),
        ("<div>Too many requests</div>", "this is not a feed: its root element is <div>"),
        ("Service unavailable", "the document is neither XML nor JSON"),
        ("", "the document is empty"),
        (RSS, "truncated: the end tag </rss> is missing"),
        (RSS + "</chan", "truncated: the end tag </rss> is missing"),
        ('{"version": "https://jsonfeed.org/version/1", "items": [{"id": "1"},', "truncated or malformed JSON"),
        ('{"error": "rate limit"}', "this JSON is not a JSON Feed"),
        ("<nitf><body>", "truncated: the end tag </nitf> is missing"),
    ],
)
def test_anything_else_has_a_reason(body, why):
    reason = look(body)
    assert reason.startswith(why)
    assert type(reason) is str, "what polls and states hold"
