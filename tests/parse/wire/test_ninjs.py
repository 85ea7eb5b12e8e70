"""ninjs, all generations."""

import json
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from newsbeam.transforms.errors import NotAFeedError, ParseError
from newsbeam.transforms.parse.json_text import kind_of_json
from newsbeam.transforms.parse.result import Parsed, ParseLimits
from newsbeam.transforms.parse.wire.newsml1 import parse_newsml1
from newsbeam.transforms.parse.wire.ninjs import parse_ninjs
from newsbeam.transforms.records import Document, Entry, Media, Place, Related
from newsbeam.transforms.text.split import split_entry
from testing.shared_data import shared_data

FETCHED_AT = datetime(2026, 11, 20, tzinfo=UTC)
NO_LIMITS = ParseLimits()
# Of IPTC's examples: the JSON schema of an extension.
NO_ITEMS = {"extension-schema.json"}


def parse(body: bytes | str, limits: ParseLimits = NO_LIMITS) -> Parsed:
    body = body if isinstance(body, bytes) else body.encode("utf-8", "surrogatepass")
    return parse_ninjs(Document("drop/item.json", body, FETCHED_AT, "Harbour", "drop/*.json"), limits)


def entry_of(item: dict[str, Any]) -> Entry:
    (entry,) = parse(json.dumps(item)).entries
    return entry


def paragraphs(entry: Entry) -> list[tuple[str, str]]:
    return [(paragraph.kind, paragraph.text) for paragraph in split_entry(entry).story.paragraphs]


def samples(pattern: str) -> list[Path]:
    folder = shared_data()
    return sorted((folder / "newswire/iptc-newsinjson").glob(pattern)) if folder else []


def name_of(path: Path) -> str:
    return "/".join(path.parts[-3:])


@pytest.mark.parametrize("generation", [1, 2, 3])
def test_generations_say_the_same(data: Path, generation: int) -> None:
    parsed = parse((data / f"wire/ninjs/generation-{generation}.json").read_bytes())
    (entry,) = parsed.entries
    assert parsed.dead_letters == ()
    assert (entry.format, entry.guid, entry.provider_version) == ("ninjs", "urn:harbour:2026:ferry", 3)
    assert (entry.published, entry.updated) == (
        datetime(2026, 10, 1, 8, tzinfo=UTC),
        datetime(2026, 10, 1, 9, 30, tzinfo=UTC),
    )
    assert (entry.title, entry.subtitle, entry.summary) == (
        "Ferry is back",
        "Repairs took nine days",
        "The ferry runs again.",
    )
    assert (entry.authors, entry.language, entry.slugline) == (("Ann Berg", "Bo Lind"), "en-GB", "ferry-repairs")
    assert (entry.urgency, entry.ednote, entry.copyright) == (4, "Adds quote from the captain.", "© 2026 Harbour News")
    assert (entry.dateline_place, entry.provider, entry.status) == ("Port Ellery", "Harbour News", "usable")
    assert (entry.categories, entry.genres) == (("Commuting",), ("genre:Current",))
    assert [code.rpartition("/")[2].rpartition(":")[2] for code in entry.subjects] == ["20000344", "isl"]
    assert entry.related == (Related("mainpic", "urn:harbour:2026:ferry-picture", 2),)
    assert paragraphs(entry) == [
        ("summary", "The ferry runs again."),
        ("paragraph", "The ferry to the outer islands runs again. It was under repair for nine days."),
        ("paragraph", "The captain said the engine is better than new."),
        ("paragraph", "The ferry at the pier."),
    ]


def test_generations_are_one_version(data: Path) -> None:
    entries = [
        entry for n in (1, 2, 3) for entry in parse((data / f"wire/ninjs/generation-{n}.json").read_bytes()).entries
    ]
    assert len({(entry.entry_id, entry.content_hash, entry.revision) for entry in entries}) == 1


def test_superdesk_dialect(data: Path) -> None:
    (entry,) = parse((data / "wire/ninjs/superdesk-dialect.json").read_bytes()).entries
    assert (entry.guid, entry.provider_version) == ("tag:desk.harbour.example:2026:newsml_7f", 4)
    assert (entry.authors, entry.byline, entry.provider) == (("Ann Berg",), "Ann Berg, weather desk", "Harbour")
    assert (entry.categories, entry.summary) == (("fog", "ice", "7"), "Fog all day.")
    assert len(entry.subjects) == 2
    assert entry.related == (Related("featuremedia", "tag:desk.harbour.example:2026:picture", 1),)
    assert [text for _, text in paragraphs(entry)] == ["Fog all day.", "Fog lay on the harbour.", "No ferry left."]


def test_body_in_nitf(data: Path) -> None:
    parsed = parse((data / "wire/ninjs/nitf-body.json").read_bytes())
    assert parsed.dead_letters == ()
    assert [text for _, text in paragraphs(parsed.entries[0])] == [
        "The lighthouse is for sale.",
        "It costs 5½ million.",
    ]


@pytest.mark.parametrize(
    ("bodies", "expected"),
    [
        (
            {"body_text": "One two three. Four.", "body_xhtml": "<p>One two three.</p><p>Four.</p>"},
            ["One two three.", "Four."],
        ),
        ({"body_text": "Five & six <7"}, ["Five & six <7"]),
        ({"body_text": "<p>One.</p><p>Two.</p>"}, ["One.", "Two."]),
        ({"body": "One."}, ["One."]),
        ({"bodies": ["One."]}, ["One."]),
        ({"bodies": {"value": "One."}}, ["One."]),
        ({"bodies": [{"role": "main", "value": "One."}, {"role": "infobox", "value": "Two."}]}, ["One.", "Two."]),
        (
            {
                "bodies": [
                    {"role": "main", "value": "A & b."},
                    {"role": "box", "contentType": "text/html", "value": "<p>Two.</p>"},
                ]
            },
            ["A & b.", "Two."],
        ),
        # An HTML teaser of a text is not a rendition of it.
        (
            {"body_html": "<p>One two three</p>", "body_text": "One two three four five six seven."},
            ["One two three four five six seven."],
        ),
        ({"bodies": [{"contenttype": "application/xml", "value": "<X><P>One.</P></X>"}]}, ["One."]),
        ({"bodies": [{"contenttype": "application/xml", "value": "<X>One.</X>"}, {"value": "One."}]}, ["One."]),
        # Truncated and unsafe bodies are left out.
        ({"bodies": [{"role": "nitf", "value": "<nitf><body><p>A</p>"}, {"value": "One."}]}, ["One."]),
        ({"body_nitf": "<!DOCTYPE nitf [<!ENTITY a 'b'>]><nitf/>", "body_text": "One."}, ["One."]),
    ],
)
def test_bodies_are_read_once_and_whole(bodies: dict[str, Any], expected: list[str]) -> None:
    entry = entry_of({"uri": "urn:x", **bodies})
    assert [text for _, text in paragraphs(entry)] == expected


def test_a_body_that_is_not_xml_is_a_dead_letter() -> None:
    parsed = parse(json.dumps({"uri": "urn:x", "title": "A", "body_nitf": "<nitf><body>" + "<p>" * 300}))
    assert [(entry.title, entry.content) for entry in parsed.entries] == [("A", "")]
    assert [letter.message.partition(": ")[2].partition(":")[0] for letter in parsed.dead_letters] == ["a body in NITF"]


def test_words_of_tt_are_not_glued() -> None:
    dat = '<div class="dat"><span class="vignette">Försvar</span><span class="source">TT</span></div><p>Text.</p>'
    entry = entry_of({"uri": "urn:x", "bodies": [{"role": "html5", "contenttype": "text/html", "value": dat}]})
    assert [text for _, text in paragraphs(entry)] == ["Försvar TT", "Text."]


@pytest.mark.parametrize(
    ("item", "title", "subtitle"),
    [
        ({"headlines": [{"value": "A"}]}, "A", ""),
        ({"headlines": [{"role": "short", "value": "A"}, {"role": "main", "value": "B"}]}, "B", ""),
        ({"headlines": [{"role": "short", "value": "A"}, {"role": "kicker", "value": "B"}]}, "A", "B"),
        ({"headlines": [{"role": "main", "contenttype": "text/html", "value": "<h1>A <b>b</b></h1>"}]}, "A b", ""),
        ({"headline": "A", "headline_sub": "A"}, "A", ""),
        ({"headline_main": "A", "title": "item 7"}, "A", ""),
        ({"title": "item 7"}, "item 7", ""),
        ({"headlines": "A"}, "A", ""),
        ({"headlines": 7, "headline": ["A"]}, "A", ""),
    ],
)
def test_headlines(item: dict[str, Any], title: str, subtitle: str) -> None:
    entry = entry_of({"uri": "urn:x", **item})
    assert (entry.title, entry.subtitle) == (title, subtitle)


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("7", 7),
        (7, 7),
        (7.0, 7),
        ("2.0", 2),
        ("1.2", None),
        ("-1", None),
        ("final", None),
        (True, None),
        ("9" * 99, None),
    ],
)
def test_only_whole_numbers_order_versions(version: object, expected: int | None) -> None:
    assert entry_of({"uri": "urn:x", "version": version}).provider_version == expected


def test_the_text_of_a_picture_is_its_caption() -> None:
    entry = entry_of({"uri": "urn:x", "type": "picture", "descriptions": [{"role": "caption", "value": "A pier."}]})
    assert (entry.summary, entry.content, paragraphs(entry)) == ("A pier.", "A pier.", [("summary", "A pier.")])


def test_id_is_not_that_of_the_search() -> None:
    ap = "http://api.ap.org/media/v/content/b2b6"
    assert entry_of({"uri": f"{ap}?qt=H1Kd&et=0a1a"}).guid == ap
    assert entry_of({"uri": f"{ap}?qt=H1Kd&id=3"}).guid == f"{ap}?id=3"
    assert entry_of({"uri": "http://a.example/?qt=1"}).guid == "http://a.example/?qt=1"
    assert entry_of({"uri": 17}).guid == "17"


@pytest.mark.parametrize(("key", "status"), [("pubstatus", "canceled"), ("pubStatus", "withheld")])
def test_status(key: str, status: str) -> None:
    assert entry_of({"uri": "urn:x", key: status}).status == status


@pytest.mark.parametrize("key", ["embargoed", "embargoedUntil"])
def test_embargo_in_the_future(key: str) -> None:
    assert entry_of({"uri": "urn:x", key: "2027-01-01T00:00:00Z"}).embargo_until == datetime(2027, 1, 1, tzinfo=UTC)


def test_embargo_without_a_known_end_is_kept() -> None:
    parsed = parse('{"uri": "urn:x", "embargoed": "Next Monday", "pubstatus": "usable"}')
    assert (parsed.entries[0].status, parsed.entries[0].embargo_until) == ("withheld", None)
    assert [letter.payload for letter in parsed.dead_letters] == [b"Next Monday"]


@pytest.mark.parametrize(
    ("sources", "provider"),
    [
        ([{"name": "A"}], "A"),
        ([{"name": "A", "rel": "Interview source"}], ""),
        ([{"name": "A", "role": "isrol:origcont"}, {"name": "B", "role": "isrol:distributor"}], "A"),
        ([{"name": "A"}, {"name": "B", "role": "http://cv.iptc.org/newscodes/infosourcerole/supplier"}], "B"),
        ({"literal": "A"}, "A"),
        ("A", ""),
    ],
)
def test_provider(sources: object, provider: str) -> None:
    assert entry_of({"uri": "urn:x", "infosources": sources}).provider == provider


@pytest.mark.parametrize(
    "text",
    [
        '[{"uri": "a"}, 5, null, {"uri": "b"}]',
        '{"uri": "a"}\n{"uri": "b"}\n',
        '{"uri": "a"}\r\n\r\n{"uri": "b"}',
        '{"items": [{"uri": "a"}, {"uri": "b"}]}',
        '{"data": {"items": [{"meta": {}, "item": {"uri": "a"}}, {"item": {"uri": "b"}}]}}',
        '[[{"uri": "a"}], {"uri": "b"}]',
        '\ufeff[{"URI": "a"}, {"uri": "b"}]',
    ],
)
def test_many_items(text: str) -> None:
    parsed = parse(text)
    assert [entry.guid for entry in parsed.entries] == ["a", "b"]
    assert parsed.dead_letters == ()
    assert [entry.guid for entry in parse(text, ParseLimits(1)).entries] == ["a"]


@pytest.mark.parametrize(
    "text",
    [
        '[{"uri": "a"}, {"uri": "b"}, {"uri": "c',
        '[{"uri": "a"}, {"uri": "b"}, {"uri": c}]',
        '{"items": [{"uri": "a"}, {"uri": "b"}, {"ur',
        '{"uri": "a"}\n{"uri": broken}\n{"uri": "b"}',
        '{"uri": "a"}\n{"uri": "b"}\n{"uri": "c", "headl',
        '{"uri": broken}\n{"uri": "a"}\n{"uri": "b"}',
    ],
)
def test_complete_items_of_malformed_json_are_read(text: str) -> None:
    parsed = parse(text)
    assert [entry.guid for entry in parsed.entries] == ["a", "b"]
    assert [letter.repaired for letter in parsed.dead_letters] == [False]


@pytest.mark.parametrize(
    "text",
    ["", "{", '{"uri": "a", "headline": "A', '{"uri": "a",\n"associations": {"p":\n{"uri": "b"},', "[" * 100_000],
)
def test_cut_off_item_is_an_error(text: str) -> None:
    with pytest.raises(ParseError):
        parse(text)


@pytest.mark.parametrize("text", ["{}", "[]", "[1]", "7", '"uri"', "null", '{"uri": null}', '{"title": "a schema"}'])
def test_other_json_is_not_an_item(text: str) -> None:
    with pytest.raises(NotAFeedError):
        parse(text)


@pytest.mark.parametrize("wrong", [None, True, 7, 0.5, "text", [], [7], ["text"], {}, {"a": 7}, [{"name": 7}], [[{}]]])
def test_wrong_types_lose_only_their_field(data: Path, wrong: object) -> None:
    for generation in (1, 2, 3):
        item = json.loads((data / f"wire/ninjs/generation-{generation}.json").read_bytes())
        for key in item.keys() - {"uri"}:
            assert entry_of({**item, key: wrong}).guid == item["uri"]
        assert entry_of({**dict.fromkeys(item, wrong), "uri": item["uri"]}).guid == item["uri"]


@pytest.mark.parametrize("wrong", [None, True, 7, "text", ["text"], {}, [{"name": 7}], [[{}]], [[[[[[7]]]]]]])
def test_wrong_types_in_associations_and_files_lose_only_their_field(wrong: object) -> None:
    for key in ("uri", "type", "version", "renditions", "associations", "descriptions", "by", "bylines", "places"):
        file = {"href": "https://x.example/1.jpg", "width": wrong, "duration": wrong}
        picture = {"uri": "urn:p", "type": "picture", "renditions": [file, wrong], key: wrong}
        item = {"uri": "urn:x", "associations": [picture], "places": [{"name": "Ystad", "geojson": wrong}]}
        assert entry_of(item).guid == "urn:x"


def test_numbers_beyond_their_columns() -> None:
    file = {"href": "https://x.example/1.jpg", "width": 2**31, "height": "640", "sizeinbytes": 2**70}
    picture = {"uri": "urn:p", "type": "picture", "version": "99999999999", "renditions": {"main": file}}
    entry = entry_of({"uri": "urn:x", "version": "20250103100000", "associations": {"main": picture}})
    assert entry.provider_version == 20250103100000
    assert entry.related == (Related("main", "urn:p", None),)
    assert [(media.width, media.height, media.bytes) for media in entry.media] == [(None, 640, None)]
    assert entry_of({"uri": "urn:x", "version": "9" * 30}).provider_version is None


def test_captions_are_text_and_files_are_media() -> None:
    main = {"href": "https://x.example/1.jpg", "mimetype": "image/jpeg", "width": 300, "height": 200}
    picture = {
        **{"uri": "urn:p", "type": "picture", "headline": "The mill", "byline": "Photo: Bo Lind"},
        **{"description_text": "The mill on fire.", "renditions": {"main": main}},
    }
    film = {"uri": "urn:v", "type": "video", "description_text": "Already told."}
    item = {
        **{"uri": "urn:x", "type": "text", "body_xhtml": "<p>A mill burned.</p><p>Already told.</p>"},
        "associations": {"mainpic": picture, "film": film},
    }
    entry = entry_of(item)
    assert [text for _, text in paragraphs(entry)] == ["A mill burned.", "Already told.", "The mill on fire."]
    texts = {"title": "The mill", "caption": "The mill on fire.", "credit": "Photo: Bo Lind"}
    assert entry.media == (
        Media("https://x.example/1.jpg", "image", "image/jpeg", **texts, width=300, height=200),
        Media("urn:v", "video", caption="Already told."),
    )
    plain = {**item, "body_xhtml": None, "body_text": "A mill burned."}
    assert [text for _, text in paragraphs(entry_of(plain))] == ["A mill burned.", "The mill on fire.", "Already told."]


def test_associated_stories_are_entries_and_others_are_text() -> None:
    story = {"uri": "urn:b", "version": "2", "headline": "Second", "body_text": "It burned twice."}
    teaser = {"uri": "urn:c", "type": "text", "headline": "Third", "description_text": "More tomorrow."}
    box = {"type": "text", "headline": "Facts", "body_text": "Built in 1871."}
    part = {**story, "uri": "urn:d", "representationtype": "partial", "body_text": "Only a part."}
    item = {"uri": "urn:x", "headline": "First", "body_xhtml": "<p>A mill burned.</p>"}
    parsed = parse(json.dumps({**item, "associations": [story, teaser, box, part]}))
    assert [(entry.guid, entry.provider_version) for entry in parsed.entries] == [("urn:x", None), ("urn:b", 2)]
    assert paragraphs(parsed.entries[0]) == [
        ("paragraph", "A mill burned."),
        ("heading", "Third"),
        ("paragraph", "More tomorrow."),
        ("heading", "Facts"),
        ("paragraph", "Built in 1871."),
        ("heading", "Second"),
        ("paragraph", "Only a part."),
    ]
    assert [text for _, text in paragraphs(parsed.entries[1])] == ["It burned twice."]


@pytest.mark.parametrize(
    ("fields", "byline", "authors"),
    [
        ({"byline": "By Ann Berg"}, "Ann Berg", ("Ann Berg",)),
        ({"by": "ByAnn Berg and Bo Lind"}, "Ann Berg and Bo Lind", ("Ann Berg", "Bo Lind")),
        ({"byline": ["Ann Berg", "Bo Lind"]}, "Ann Berg; Bo Lind", ("Ann Berg", "Bo Lind")),
        ({"bylines": [{"by": "By ANN BERG", "title": "Mill Writer"}]}, "ANN BERG, Mill Writer", ("ANN BERG",)),
        ({"by": " ", "bylines": [{"by": "By Ann Berg"}]}, "Ann Berg", ("Ann Berg",)),
        ({"byline": "Byron Lind"}, "Byron Lind", ("Byron Lind",)),
    ],
)
def test_bylines(fields: dict[str, Any], byline: str, authors: tuple[str, ...]) -> None:
    entry = entry_of({"uri": "urn:x", **fields})
    assert (entry.byline, entry.authors) == (byline, authors)


def test_places_and_usage_terms() -> None:
    point = {"type": "Point", "coordinates": [13.8, 55.4]}
    entry = entry_of(
        {
            **{"uri": "urn:x", "located": "Ystad", "usageterms": ["No archives.", "Not in Norway."]},
            "datelinelocation": {"city": "Ystad", "countrycode": "SE", "geometry_geojson": point},
            "place": [
                {"name": "Sweden", "scheme": "http://cvx.iptc.org/iso3166-1a2/", "code": "SE"},
                {"name": "Skåne", "geojson": {"type": "Feature", "geometry": {**point, "coordinates": [13.5, 555]}}},
            ],
        }
    )
    assert entry.rights == "No archives.; Not in Norway."
    assert entry.places == (
        Place("Ystad", "dateline", "", "SE", 55.4, 13.8),
        Place("Sweden", "subject", "http://cvx.iptc.org/iso3166-1a2/SE", "SE"),
        Place("Skåne", "subject"),
    )


def test_contacts_are_not_text_and_a_page_has_a_title() -> None:
    page = "<html><head><meta/><title>Mill burns</title></head><body><p>A mill burned.</p></body></html>"
    entry = entry_of({"uri": "urn:x", "body_html": page, "body_nonpublic": "Desk: +46 40 1"})
    assert (entry.title, paragraphs(entry)) == ("Mill burns", [("paragraph", "A mill burned.")])


@pytest.mark.parametrize("path", samples("validation/test_suite/*/should_pass/*.json"), ids=name_of)
def test_should_pass(path: Path) -> None:
    raw = json.loads(path.read_bytes())
    (entry,) = parse(path.read_bytes()).entries
    assert entry.guid == raw["uri"].partition("?qt=")[0]
    assert kind_of_json(path.read_text()) == "ninjs"


@pytest.mark.parametrize("path", samples("validation/test_suite/*/should_fail/*.json"), ids=name_of)
def test_should_fail_is_an_entry_or_an_error(path: Path) -> None:
    with suppress(ParseError):
        assert parse(path.read_bytes()).entries


@pytest.mark.parametrize("path", [p for p in samples("examples/*/**/*.json") if p.name not in NO_ITEMS], ids=name_of)
def test_examples(path: Path) -> None:
    raw = json.loads(path.read_bytes())
    parsed = parse(path.read_bytes())
    assert len(parsed.entries) == (len(raw) if isinstance(raw, list) else 1)
    assert all(entry.title and entry.guid for entry in parsed.entries)
    assert parsed.dead_letters == ()
    assert kind_of_json(path.read_text()) == "ninjs"


@pytest.mark.parametrize("story", ["20130605006126", "20130731006140"])
def test_business_wire_agrees_in_all_generations(shared_data: Path, story: str) -> None:
    folders = [shared_data / "newswire/iptc-newsinjson/examples" / version for version in ("1.4", "2.1", "3.0")]
    files = [folder / f"businesswire-newsml-{story}.json" for folder in folders]
    entries = [entry for file in files for entry in parse(file.read_bytes()).entries]
    # 1.x names its renditions, so that of two with one name one is lost in the file.
    assert len({replace(entry, content="", content_type="", media=()) for entry in entries}) == 1
    texts = [paragraphs(entry) for entry in entries]
    assert texts[0] == texts[1] == texts[2]


@pytest.mark.parametrize("story", ["20130515006361", "20130605006126", "20130612006110", "20130731006140"])
def test_business_wire_is_the_lead_of_its_newsml(shared_data: Path, story: str) -> None:
    examples = shared_data / "newswire/iptc-newsinjson/examples"
    (short,) = parse((examples / f"1.4/businesswire-newsml-{story}.json").read_bytes()).entries
    body = (examples / f"NewsML/businesswire-newsml-{story}.xml").read_bytes()
    (whole, *_) = parse_newsml1(Document("drop/item.xml", body, FETCHED_AT, "Harbour", "drop/*"), NO_LIMITS).entries
    assert short.title == whole.title
    assert paragraphs(short) == paragraphs(whole)[:1]


@pytest.mark.parametrize(
    "text", ['[{"uri": "a"}, {"note": "b"}]', '{"data": {"items": [{"item": {"uri": "a"}}, "b"]}}']
)
def test_values_that_are_not_items_are_a_dead_letter(text: str) -> None:
    parsed = parse(text)
    assert [entry.guid for entry in parsed.entries] == ["a"]
    assert [letter.message for letter in parsed.dead_letters] == ["left out: 1 value that can't be read as a story"]
    assert b'"b"' in parsed.dead_letters[0].payload
