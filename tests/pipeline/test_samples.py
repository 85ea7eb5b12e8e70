"""Every config in configs/ loads; the sample contains what its README describes."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from newsbeam.pipeline.config.load import load_config
from newsbeam.pipeline.sources import expand_sources
from newsbeam.transforms.parse.document import parse_document
from newsbeam.transforms.read.http import FetchSettings, HttpClient
from newsbeam.transforms.read.sources import is_web
from newsbeam.transforms.records import Document
from newsbeam.transforms.text.split import split_entry

CONFIGS = Path(__file__).parents[2] / "configs"
NOW = datetime(2026, 3, 14, tzinfo=UTC)


def sources_of(name: str):
    config = load_config(CONFIGS / name)
    notes: list[str] = []
    with HttpClient(FetchSettings()) as client:
        return expand_sources(config, client, notes.append), notes


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.yaml")), ids=lambda path: path.name)
def test_config_loads_and_expands(path):
    sources, notes = sources_of(path.name)
    assert sources
    assert notes == []
    assert len({source.feed_url for source in sources}) == len(sources)


@pytest.fixture(scope="module")
def parsed():
    """Return what the parser makes of each file of the sample, by the source's name and the file's."""
    sources, _ = sources_of("sample.yaml")
    assert not any(is_web(source.location) for source in sources)
    documents = [
        Document(
            s.location, Path(s.location).read_bytes(), NOW, s.name, s.feed_url, format=s.format, language=s.language
        )
        for s in sources
    ]
    return {Path(document.uri).name: parse_document(document) for document in documents}


@pytest.mark.parametrize(
    ("file", "format", "entries"),
    [
        ("harbour-post.xml", "rss20", 6),
        ("meridian-courier.xml", "atom10", 6),
        ("civic-ledger.json", "jsonfeed11", 5),
        ("gazette-du-littoral.rdf", "rss10", 4),
        ("nordlicht-tagblatt.xml", "rss20", 4),
        ("valley-telegraph.xml", "rss20", 2),
        ("rotterdam-port-strike.txt", "text", 1),
        ("cable-car-3.xml", "newsml-g2", 1),
        ("morning-envelope.xml", "newsml-1", 2),
        ("grain-prices.nitf", "nitf", 1),
        ("ninjs-items.json", "ninjs", 2),
        ("faehre.iptc", "iptc7901", 1),
        ("hurling.anpa", "anpa", 1),
    ],
)
def test_entries(parsed, file, format, entries):
    found = parsed[file].entries
    assert len(found) == entries
    assert {entry.format for entry in found} == {format}
    assert all(entry.title and entry.content for entry in found)
    assert all("utm_" not in entry.url for entry in found)
    assert all(entry.published is not None for entry in found if format != "text")


def test_only_the_feed_that_is_cut_off_gives_a_dead_letter(parsed):
    assert [file for file, result in parsed.items() if result.dead_letters] == ["valley-telegraph.xml"]


def test_forty_entries_or_so(parsed):
    assert sum(len(result.entries) for result in parsed.values()) == 43


@pytest.fixture(scope="module")
def stories(parsed):
    return {entry.title: split_entry(entry).story for result in parsed.values() for entry in result.entries}


def fingerprints(story):
    return [paragraph.fingerprint for paragraph in story.paragraphs]


def test_the_wire_story_is_in_the_paper_word_for_word(stories):
    wire = stories["Rotterdam Dockworkers Suspend Strike as Pay Talks Resume"]
    paper = stories["Strike at Rotterdam port suspended as employers return to the table"]
    assert wire.entry.dateline_place == paper.entry.dateline_place == "ROTTERDAM"
    assert wire.entry.byline == "Reporting by Anneke Visser in Rotterdam; Editing by Tom Hale"
    assert len(wire.paragraphs) == 5
    assert len(set(fingerprints(wire)) & set(fingerprints(paper))) == 4


def test_one_paragraph_twice_in_one_entry(stories):
    found = fingerprints(stories["Kyoto museum returns bronze statue to Nepal"])
    assert len(found) - len(set(found)) == 1


def test_no_widgets_are_left(stories):
    texts = [paragraph.text for story in stories.values() for paragraph in story.paragraphs]
    for unwanted in ("Share ", "Print", "appeared first on", "Teilen", "Continue reading", "Reporting by"):
        assert not [text for text in texts if unwanted in text]
