"""The agency that a text is from, as the entry says."""

from datetime import UTC, datetime

import pytest

from newsbeam.transforms.newsroom.agencies import agencies_in, agency_named, author_agency
from newsbeam.transforms.records import Entry
from newsbeam.transforms.text.split import split_entry

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
TEXT = "The harbour master closed two of the five quays on Monday after a storm had moved the buoys."


WIRE = {"content": TEXT, "content_type": "text/plain", "format": "nitf"}


@pytest.mark.parametrize(
    ("fields", "agency"),
    [
        ({"content": f"<p>LISBON, March 3 (Reuters) - {TEXT}</p>"}, "Reuters"),
        ({"content": f"<p>Berlin (dpa/lsw) - {TEXT}</p>"}, "dpa"),
        ({"content": f"<p>(AFP) - {TEXT}</p>"}, "AFP"),
        (
            {"content": f"<p>{TEXT}</p><p>By Jane Doe, Associated Press</p>", "byline": "Jane Doe, Associated Press"},
            "AP",
        ),
        ({"content": f"<p>{TEXT}</p>", "authors": ("Jane Doe", "Reuters")}, "Reuters"),
        ({"content": f"<p>{TEXT}</p>", "byline": "Von dpa"}, "dpa"),
        ({"content": f"<p>{TEXT} (KNA)</p>"}, "KNA"),
        ({"content": f"<p>{TEXT}</p>", "copyright": "© 2026 AFP"}, "AFP"),
        ({"content": f"<p>{TEXT}</p>", "source": "Reuters"}, "Reuters"),
        ({"content": TEXT, "content_type": "text/plain", "format": "text", "source": "Northwind"}, "Northwind"),
        (WIRE | {"provider": "Castellan"}, "Castellan"),
        (WIRE | {"source": "Castellan", "provider": "Castellan Newswire"}, "Castellan"),
        (WIRE | {"source": "Castellan", "provider": "cst"}, "Castellan"),
        # A source's own text: the agency helped, took the picture, or is only mentioned.
        ({"content": f"<p>{TEXT}</p>", "byline": "Jane Doe"}, ""),
        ({"content": f"<p>{TEXT}</p><p>Mit Material der dpa</p>"}, ""),
        ({"content": f"<p>{TEXT}</p>", "byline": "Jane Doe; with files from Reuters"}, ""),
        ({"content": f"<p>{TEXT}</p>", "byline": "Jane Doe; Photo: AFP"}, ""),
        ({"content": f"<p>{TEXT}</p>", "byline": "dpa/AFP"}, ""),
        ({"content": f"<p>{TEXT}</p>", "byline": "Courier et AFP"}, ""),
        ({"content": f"<p>{TEXT}</p>", "authors": ("dpa", "MM-Redaktion")}, ""),
        ({"content": f"<p>{TEXT}</p><p>The mayor told Reuters that more would follow.</p>"}, ""),
    ],
)
def test_agency_of_all_paragraphs(fields, agency: str) -> None:
    entry = Entry(
        **{"entry_id": "a" * 24, "source": "Courier", "feed_url": "u", "format": "rss20", "fetched_at": NOON, **fields}
    )
    found = {paragraph.agency for paragraph in split_entry(entry).story.paragraphs}
    assert found == {agency}


@pytest.mark.parametrize(
    ("text", "agency"),
    [
        ("Reuters", "Reuters"),
        ("dpa/lsw", "dpa"),
        ("dpa (de)", "dpa"),
        ("AFP - Agence France-Presse", ""),
        ("AP Moller", ""),
        ("AP News - World", "AP"),
        ("PA Life", ""),
        ("ap", ""),
        ("Reuterswärd", ""),
        ("", ""),
    ],
)
def test_names(text: str, agency: str) -> None:
    assert agency_named(text) == agency


def test_credits() -> None:
    assert agencies_in("Jane Doe (dpa, AFP)") == ("dpa", "AFP")
    assert agencies_in("Australian Associated Press") == ("AAP",)
    assert author_agency("Mit Informationen von dpa; Reuters") == "Reuters"
    assert author_agency("The AP contributed to this report") == ""
