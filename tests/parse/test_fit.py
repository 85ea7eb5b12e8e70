"""What a publisher writes into a field can't stop the writing of anybody's rows."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from newsbeam.transforms.parse.document import parse_document
from newsbeam.transforms.parse.fit import CHARACTERS, ITEMS, OTHER_CHARACTERS, fit
from newsbeam.transforms.parse.result import Parsed
from newsbeam.transforms.records import Document, Entry, Media, Place, Related, Story
from newsbeam.transforms.write import schema

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
DOCUMENT = Document("file:x", b"body", NOW, "Example", "feed")
ENTRY = Entry("0" * 24, "Example", "feed", "rss20", NOW, title="A title", authors=("A", "B"))


def test_an_entry_that_fits_stays_what_it_is() -> None:
    fitted = fit(DOCUMENT, Parsed((ENTRY,)))
    assert fitted.entries[0] is ENTRY
    assert fitted.dead_letters == ()


@pytest.mark.parametrize("name", ["title", "guid", "url", "ednote", "byline", "published_raw"])
def test_a_long_text_is_cut_and_kept_whole_in_a_dead_letter(name: str) -> None:
    text = "é" * 200_000
    fitted = fit(DOCUMENT, Parsed((replace(ENTRY, **{name: text}),)))
    most = CHARACTERS.get(name, OTHER_CHARACTERS)
    assert getattr(fitted.entries[0], name) == text[:most]
    (letter,) = fitted.dead_letters
    assert letter.message == f"entry {'0' * 24}: {name} cut to {most:,} of 200,000 characters"
    assert (letter.payload, letter.repaired) == (text.encode(), False)


def test_the_body_is_not_cut() -> None:
    entry = replace(ENTRY, content="a" * 1_000_000)
    assert fit(DOCUMENT, Parsed((entry,))).entries == (entry,)


def test_a_long_list_is_cut() -> None:
    names = tuple(f"Name {number}" for number in range(5 * ITEMS))
    fitted = fit(DOCUMENT, Parsed((replace(ENTRY, categories=names),)))
    assert fitted.entries[0].categories == names[:ITEMS]
    assert fitted.dead_letters[0].payload == "\n".join(names).encode()


UNFIT = replace(
    ENTRY,
    urgency=2**31,
    provider_version=10**5000,
    published=datetime(2026, 1, 1),
    related=(Related("rel", "id", 99999999999), Related("rel", "id", 1)),
    media=(Media("u", width=2**40, bytes=2**40), Media("v" * 2_000_000, duration_s=float("nan"))),
    places=(Place("Oslo", latitude=float("inf")),),
)


def test_numbers_and_dates_that_no_column_holds_are_left_out_with_a_dead_letter() -> None:
    (entry,) = fit(DOCUMENT, Parsed((UNFIT,))).entries
    assert (entry.urgency, entry.provider_version) == (None, None)
    assert entry.published == datetime(2026, 1, 1, tzinfo=UTC)
    assert [each.version for each in entry.related] == [None, 1]
    assert [(each.width, each.bytes, each.duration_s) for each in entry.media] == [(None, 2**40, None), (None,) * 3]
    assert entry.places[0].latitude is None
    messages = " ".join(letter.message for letter in fit(DOCUMENT, Parsed((UNFIT,))).dead_letters)
    for name in ("urgency 2147483648", "provider_version of more than 40 digits", "related: version", "media: width"):
        assert f"{name}" in messages


def test_what_fits_can_be_written() -> None:
    (entry,) = fit(DOCUMENT, Parsed((UNFIT,))).entries
    assert schema.entry_table([Story(entry)]).num_rows == 1


def test_every_parser_s_entries_fit() -> None:
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": "T", "items": [{"id": "1", "title": "t" * 10**6}]}
    parsed = parse_document(Document("file:x", json.dumps(feed).encode(), NOW, "Example", "feed"))
    assert len(parsed.entries[0].title) == CHARACTERS["title"]
    assert [letter.repaired for letter in parsed.dead_letters] == [False]
