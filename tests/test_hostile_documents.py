"""Parsing takes linear time for hostile documents too (`hostile_documents`)."""

import time
import xml.sax
from io import StringIO

import pytest
from feedparser.api import StrictFeedParser

from newsbeam.transforms.parse.linear_feedparser import LinearFeedParser
from testing.reading import read
from tests.support.hostile_documents import DOCUMENTS

SIZE = 500
LONGER = 8
MOST_GROWTH = 24.0  # linear is 8, quadratic 64
FLOOR_S = 0.3  # documents that take less at the greater size are not measured


@pytest.mark.parametrize("repeated", DOCUMENTS)
def test_reading_takes_linear_time(repeated):
    name, make = DOCUMENTS[repeated]
    body, longer = (make(size).encode() for size in (SIZE, SIZE * LONGER))
    growth = float("inf")
    for _ in range(3):
        taken = _time(longer, name)
        growth = min(growth, 0 if taken < FLOOR_S else taken / sum(_time(body, name) for _ in range(LONGER)) * LONGER)
        if growth <= MOST_GROWTH:
            break
    assert growth <= MOST_GROWTH


def _time(body: bytes, name: str) -> float:
    started = time.process_time()
    assert not read(body, name).vanished or b"<item" not in body
    return time.process_time() - started


TAGS = "".join(f"<category>{n % 9}</category>" for n in range(99))
FEED = '<rss version="2.0"><channel><item>{}</item></channel></rss>'


def _parsed(kind, text):
    parser = kind("", None, "utf-8")
    parser.resolve_relative_uris = parser.sanitize_html = False
    reader = xml.sax.make_parser()
    reader.setFeature(xml.sax.handler.feature_namespaces, True)
    reader.setContentHandler(parser)
    reader.parse(StringIO(text))
    return parser.entries


@pytest.mark.parametrize("tags", [TAGS, TAGS.replace("<category>", "<category domain='d'>"), "<category/>" + TAGS])
def test_linear_feedparser_reads_as_feedparser_does(tags):
    found = _parsed(LinearFeedParser, FEED.format(tags))
    assert found == _parsed(StrictFeedParser, FEED.format(tags))
    assert len(found[0]["tags"]) >= 9


@pytest.mark.parametrize("form", ["<category>c{}</category>", "<category domain='d{}'>c</category>", "attributes"])
def test_linear_feedparser_takes_linear_time(form):
    def text(size: int) -> str:
        inside = "".join(f" a{n}='1'" for n in range(size))
        inside = f"<title{inside}>x</title>" if form == "attributes" else "".join(map(form.format, range(size)))
        return FEED.format(inside)

    def taken(size: int) -> float:
        started = time.process_time()
        _parsed(LinearFeedParser, text(size))
        return time.process_time() - started

    growth = min(taken(16_000) / max(sum(taken(2_000) for _ in range(4)) / 4, 0.001) for _ in range(2))
    assert growth <= MOST_GROWTH


def test_linear_feedparser_reads_namespaces_with_white_space():
    spaced = FEED.format('<title>T</title><a xmlns="a&#10;b&#10;c" xmlns:p="e&#10;f&#10;g" p:x="1">x</a>')
    assert _parsed(LinearFeedParser, spaced)[0]["title"] == "T"
