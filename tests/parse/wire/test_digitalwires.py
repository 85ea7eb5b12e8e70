"""digitalwires, dpa's JSON format; and which JSON is what."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from newsbeam.transforms.errors import NotAFeedError, ParseError
from newsbeam.transforms.parse.json_text import kind_of_json
from newsbeam.transforms.parse.result import Parsed, ParseLimits
from newsbeam.transforms.parse.wire.digitalwires import parse_digitalwires
from newsbeam.transforms.parse.wire.newsmlg2 import parse_newsmlg2
from newsbeam.transforms.records import Document, Entry, Media, Place, Related
from newsbeam.transforms.text.split import split_entry

FETCHED_AT = datetime(2026, 11, 20, tzinfo=UTC)
NO_LIMITS = ParseLimits()
SHARED_FIELDS = (
    *("guid", "provider_version", "title", "subtitle", "summary", "authors", "byline", "language", "published"),
    *("updated", "status", "signals", "embargo_until", "dateline_place", "urgency", "copyright", "categories"),
    *("subjects", "genres", "provider", "related"),
)
WIRE: dict[str, Any] = {
    "format": "digitalwires@0.9.1",
    "urn": "urn:newsml:harbour.example:20090101:261001-930-1",
    "version_created": "2026-10-01T12:05:52+02:00",
    "updated": "2026-10-01T10:07:03Z",
    "version": 2,
    "pubstatus": "usable",
    "signal": "sig:correction",
    "embargoed": None,
    "content_created": "1999-12-31",
    "language": "de",
    "urgency": 3,
    "kicker": "Schifffahrt",
    "headline": "Fähre fährt wieder",
    "subhead": "Neun Tage repariert",
    "teaser": "Neun Tage lang fuhr keine Fähre.",
    "byline": "Von Ann Berg, hn",
    "dateline": "Port Ellery/Berlin (hn) - ",
    "article_html": '<section class="main"><p>Die Fähre fährt wieder.</p><h2>Nebel</h2><p>Bald Nebel.</p></section>',
    "infobox_html": '<section class="infobox"><h2>Die Fähre</h2><p>Gebaut 1988.</p></section>',
    "linkbox_html": '<section class="linkbox"><ul><li><a href="https://ferry.example/">Fähre</a></li></ul></section>',
    "creditline": "hn",
    "copyrightnotice": "© 2026 Harbour News",
    "notepad": {"public_html": "<p>Notizblock</p>", "nonpublic_html": "<p>Telefon</p>"},
    "ednotes": [
        {"role": "dpaednoterole:closingline", "ednote": "hn ab yy c1", "is_publishable": True},
        {"role": "dpaednoterole:editorialnote", "ednote": "Bilder folgen.", "is_publishable": True},
        {"role": "dpaednoterole:dpacontacts", "ednote": "Redaktion: +49 1234", "is_publishable": False},
        {"role": "dpaednoterole:correction", "ednote": "Im 1. Absatz: neun (statt: acht).", "is_publishable": True},
        {"role": None, "ednote": "nur intern", "is_publishable": False},
    ],
    "associations": [{"type": "image", "urn": "urn:newsml:harbour.example:20090101:261001-935-7", "version": 1}],
    "categories": [
        {"type": "dnltype:signal", "name": "correction", "qcode": "sig:correction"},
        {"type": "dnltype:creator", "name": "berg.ann", "qcode": None},
        {"type": "dnltype:dpasubject", "name": "Wetter", "qcode": "dpasubject:7", "rank": 2},
        {"type": "dnltype:dpasubject", "name": "Verkehr", "qcode": "medtop:20000337", "rank": 1},
        {"type": "dnltype:keyword", "name": "Fähren", "qcode": None, "rank": 1},
        {"type": "dnltype:geosubject", "name": "Deutschland", "qcode": "dpacountry:1", "rank": 1},
        {"type": "dnltype:desk", "name": "vm", "qcode": "dpacat:vm"},
        {"type": "dnltype:genre", "name": "Meldung", "qcode": "dpatextgenre:1"},
        {"type": "dnltype:poi", "name": "Hafen, Kai 1", "geojson": {"properties": {"name": "Hafen"}}},
        {"type": "dnltype:provider", "name": "Harbour News", "qcode": "dnlprov:hn"},
    ],
}


def parse(body: bytes | str, limits: ParseLimits = NO_LIMITS) -> Parsed:
    body = body if isinstance(body, bytes) else body.encode("utf-8", "surrogatepass")
    return parse_digitalwires(Document("drop/wire.json", body, FETCHED_AT, "Harbour", "drop/*.json"), limits)


def entry_of(wire: dict[str, Any]) -> Entry:
    (entry,) = parse(json.dumps(wire)).entries
    return entry


def texts(entry: Entry) -> list[str]:
    return [paragraph.text for paragraph in split_entry(entry).story.paragraphs]


def test_every_field() -> None:
    entry = entry_of(WIRE)
    assert (entry.format, entry.guid, entry.provider_version) == ("digitalwires", WIRE["urn"], 2)
    assert (entry.title, entry.subtitle) == ("Fähre fährt wieder", "Neun Tage repariert; Schifffahrt")
    assert (entry.summary, entry.byline, entry.authors) == (WIRE["teaser"], "Ann Berg, hn", ("berg.ann",))
    assert entry.published == entry.updated == datetime(2026, 10, 1, 10, 5, 52, tzinfo=UTC)
    assert (entry.status, entry.signals, entry.embargo_until) == ("usable", ("correction",), None)
    assert (entry.language, entry.urgency, entry.dateline_place) == ("de", 3, "Port Ellery/Berlin")
    assert entry.ednote == "Bilder folgen.; Im 1. Absatz: neun (statt: acht)."
    assert (entry.copyright, entry.provider) == ("© 2026 Harbour News", "Harbour News")
    assert (entry.categories, entry.genres) == (("Fähren",), ("dpatextgenre:1",))
    assert entry.subjects == ("dpacat:vm", "dpacountry:1", "medtop:20000337", "dpasubject:7", "Hafen")
    assert entry.related == (
        Related("irel:seeAlso", "https://ferry.example/"),
        Related("irel:seeAlso", "urn:newsml:harbour.example:20090101:261001-935-7", 1),
    )


def test_text_is_teaser_article_and_infobox() -> None:
    expected = ["Neun Tage lang fuhr keine Fähre.", "Die Fähre fährt wieder.", "Nebel", "Bald Nebel."]
    assert texts(entry_of(WIRE)) == [*expected, "Die Fähre", "Gebaut 1988."]


def test_the_text_of_a_picture_is_its_descriptions() -> None:
    descriptions = [
        {"role": "drol:caption", "description": "Die Fähre."},
        {"role": "dpadrol:caption-extended", "description": "ARCHIV - Die Fähre am Kai."},
    ]
    entry = entry_of({**WIRE, "article_html": None, "infobox_html": None, "teaser": None, "descriptions": descriptions})
    assert (entry.summary, texts(entry)) == ("Die Fähre.", ["Die Fähre.", "ARCHIV - Die Fähre am Kai."])


def test_embargo() -> None:
    assert entry_of({**WIRE, "embargoed": "2027-01-01T00:00:00+01:00"}).embargo_until == datetime(
        2026, 12, 31, 23, tzinfo=UTC
    )
    parsed = parse(json.dumps({**WIRE, "embargoed": "heute Abend"}))
    assert [letter.payload for letter in parsed.dead_letters] == [b"heute Abend"]
    assert (parsed.entries[0].status, parsed.entries[0].embargo_until) == ("withheld", None)


@pytest.mark.parametrize(
    "text",
    [
        json.dumps([WIRE, {**WIRE, "version": 3}]),
        json.dumps({"entries": [WIRE, {**WIRE, "version": 3}]}),
        f"{json.dumps(WIRE)}\n{json.dumps({**WIRE, 'version': 3})}\n",
    ],
)
def test_many(text: str) -> None:
    assert [entry.provider_version for entry in parse(text).entries] == [2, 3]
    assert [entry.provider_version for entry in parse(text, ParseLimits(1)).entries] == [2]


@pytest.mark.parametrize("wrong", [True, 7, "text", [], [7], ["text"], {}, {"a": 7}, [{"type": 7}], [[{}]]])
def test_wrong_types_lose_only_their_field(wrong: object) -> None:
    for key in WIRE.keys() - {"urn"}:
        assert entry_of({**WIRE, key: wrong}).guid == WIRE["urn"]


@pytest.mark.parametrize("text", ["{}", "[]", "7", '{"uri": "a"}'])
def test_other_json(text: str) -> None:
    with pytest.raises(NotAFeedError):
        parse(text)


def test_cut_off_story_is_an_error() -> None:
    text = json.dumps(WIRE)
    for end in range(0, len(text), 97):
        with pytest.raises(ParseError):
            parse(text[:end])


@pytest.mark.parametrize("name", ["dw-1", "eil", "lesestuecke"])
def test_agrees_with_newsml_g2(shared_data: Path, name: str) -> None:
    folder = shared_data / "newswire/dpa"
    (wire,) = parse((folder / f"{name}.json").read_bytes()).entries
    document = Document("drop/wire.xml", (folder / f"{name}.xml").read_bytes(), FETCHED_AT, "Harbour", "drop/*")
    (item,) = parse_newsmlg2(document, NO_LIMITS).entries
    assert [getattr(wire, key) for key in SHARED_FIELDS] == [getattr(item, key) for key in SHARED_FIELDS]
    assert wire.ednote in item.ednote
    assert texts(wire) == texts(item)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ('{"version": "https://jsonfeed.org/version/1.1", "items": []}', "jsonfeed"),
        ('{"items": [{"id": "1", "content_html": ""}]}', "jsonfeed"),
        ('{"title": "T", "version": "https:\\/\\/jsonfeed.org\\/version\\/1", "it', "jsonfeed"),
        ('{"items": {}}', "jsonfeed"),
        ('{"items": [{"uri": "a", "headline": "b"}]}', "ninjs"),
        ('{"data": {"items": [{"item": {"uri": "a"}}]}}', "ninjs"),
        (' \n{"uri": "a"}', "ninjs"),
        ('\ufeff{"guid": "a", "versioncreated": "b"}', "ninjs"),
        ('{"guid": "a", "body_html": "b"}', "ninjs"),
        ('{"pubStatus": "usable", "headlines": [', "ninjs"),
        ('[{"uri": "a"}]', "ninjs"),
        ("[", "ninjs"),
        ('{"format": "digitalwires@0.9.1", "urn": "a"}', "digitalwires"),
        ('[{"format": "digitalwires@0.9.1"}]', "digitalwires"),
        ('{"entries": [{"format": "digitalwires@0.9.1"}]}', "digitalwires"),
        ('{"urn": "a", "version_created": "b"}', "digitalwires"),
        ('{"urn": "a", "pubstatus": "usable", "version_created": "b"}', "digitalwires"),
        ('{"pubstatus": "usable", "title": "a"}', "ninjs"),
        ('{"error": "x", "detail": {"uri": "a"}}', ""),
        ('{"title": "\\"uri\\": "}', ""),
        ('{"error": "digitalwires"}', ""),
        ("", ""),
        ("7", ""),
        ("<rss/>", ""),
    ],
)
def test_kind_of_json(text: str, kind: str) -> None:
    assert kind_of_json(text) == kind


@pytest.mark.parametrize("text", ["[" * 200_000, '{"a":' * 50_000, '"\\"' * 90_000, '{"\\' * 90_000, "}" * 100_000])
def test_kind_of_json_never_fails(text: str) -> None:
    assert kind_of_json(text) in ("", "ninjs")


@pytest.mark.parametrize(
    "linkbox", ["<!-- -->", "<?x?>", "<", "<?xml version='1.0' encoding='x'?><a>", "<a>", "\x00<p>"]
)
def test_link_box_without_links(linkbox: str) -> None:
    assert entry_of({**WIRE, "linkbox_html": linkbox, "associations": []}).related == ()


@pytest.mark.parametrize("wrong", [None, True, 7, "text", ["text"], {}, [{"name": 7}], [[{}]], [[[[[[7]]]]]]])
def test_wrong_types_within_a_field(wrong: object) -> None:
    for key in ("type", "version", "urn", "caption", "renditions", "headline"):
        assert entry_of({**WIRE, "associations": [{**WIRE["associations"][0], key: wrong}]}).guid == WIRE["urn"]
    for key in ("type", "name", "qcode", "rank", "geojson"):
        categories = [{**category, key: wrong} for category in WIRE["categories"]]
        assert entry_of({**WIRE, "categories": categories}).guid == WIRE["urn"]


def test_pictures_terms_and_places() -> None:
    file = {"url": "https://x.example/7.jpg", "mimetype": "image/jpeg", "width": 800, "height": 2**40}
    picture = {**WIRE["associations"][0], "caption": "Die Fähre am Kai.", "creditline": "hn", "renditions": [file]}
    located = {"type": "dnltype:located", "name": "Port Ellery", "qcode": "dpacity:1"}
    point = {"geometry": {"type": "Point", "coordinates": [13.5, 52.5]}, "properties": {"name": "Hafen"}}
    poi = {"type": "dnltype:poi", "name": "Hafen, Kai 1", "geojson": point}
    entry = entry_of({**WIRE, "associations": [picture], "usageterms": "Nur intern.", "categories": [located, poi]})
    assert texts(entry)[-1] == "Die Fähre am Kai."
    metadata = {"caption": "Die Fähre am Kai.", "credit": "hn"}
    assert entry.media == (Media(file["url"], "image", "image/jpeg", **metadata, width=800),)
    assert entry.rights == "Nur intern."
    assert entry.places == (
        Place("Port Ellery", "dateline", "dpacity:1"),
        Place("Hafen", "subject", "", "", 52.5, 13.5),
    )


def test_associated_story_is_an_entry() -> None:
    other = {"urn": "urn:b", "version": 1, "headline": "Zweite", "article_html": "<p>Noch eine.</p>"}
    body = json.dumps({**WIRE, "associations": [other]}).encode()
    document = Document("drop/x.json", body, FETCHED_AT, "Harbour", "drop/*")
    assert [entry.guid for entry in parse_digitalwires(document, NO_LIMITS).entries] == [WIRE["urn"], "urn:b"]


@pytest.mark.parametrize("text", ['[{0}, {{"note": "b"}}]', '{{"entries": [{0}, "b"]}}', '{0}\n{{"note": "b"}}'])
def test_values_that_are_not_entries_are_a_dead_letter(text: str) -> None:
    parsed = parse(text.format('{"urn": "urn:x", "headline": "A", "version_created": "2026-11-20T10:00:00Z"}'))
    assert [entry.guid for entry in parsed.entries] == ["urn:x"]
    assert [letter.message for letter in parsed.dead_letters] == ["left out: 1 value that can't be read as a story"]
