"""The time zone of a source, for times of day that name none, in every format."""

from datetime import UTC, datetime

import pytest

from newsbeam.transforms.parse.document import parse_document
from newsbeam.transforms.records import Document

NOW = datetime(2026, 1, 20, 12, tzinfo=UTC)
NINJS = (
    '{"uri": "a:1", "headline": "Ferry", "body_text": "The ferry is back.", "versioncreated": "2026-01-15T10:00:00"}'
)
NITF = (
    '<nitf><head><docdata><doc-id id-string="a1"/><date.issue norm="20260115T100000"/></docdata></head><body>'
    "<body.head><hedline><hl1>Ferry</hl1></hedline></body.head><body.content><p>The ferry is back.</p></body.content>"
    "</body></nitf>"
)
NEWSML_G2 = (
    '<newsItem xmlns="http://iptc.org/std/nar/2006-10-01/" guid="a:1" version="1"><itemMeta>'
    '<versionCreated>2026-01-15T10:00:00</versionCreated></itemMeta><contentSet><inlineData contenttype="text/plain">'
    "The ferry is back.</inlineData></contentSet></newsItem>"
)
NEWSML_1 = (
    "<NewsML><NewsItem><Identification><NewsIdentifier><ProviderId>a</ProviderId><DateId>20260115</DateId>"
    '<NewsItemId>1</NewsItemId><RevisionId PreviousRevision="0" Update="N">1</RevisionId></NewsIdentifier>'
    "</Identification><NewsManagement><FirstCreated>20260115T100000</FirstCreated><ThisRevisionCreated>20260115T100000"
    "</ThisRevisionCreated></NewsManagement><NewsComponent><ContentItem><DataContent><p>The ferry is back.</p>"
    "</DataContent></ContentItem></NewsComponent></NewsItem></NewsML>"
)
IPTC = "\x01ABC123 4 aa 100 AAA\r\n\r\nFerry\x02\r\nThe ferry is back on its line.\r\n\x03\r\n151000 jan 26\r\n\x04"
RSS = "<rss><channel><item><title>a</title><pubDate>Thu, 15 Jan 2026 10:00:00</pubDate></item></channel></rss>"
JSON_FEED = '{"version": "x", "items": [{"id": "1", "content_text": "a", "date_published": "2026-01-15T10:00:00"}]}'


@pytest.mark.parametrize(("zone", "hour"), [("", 10), ("America/New_York", 15), ("Asia/Tokyo", 1)])
@pytest.mark.parametrize("body", [NINJS, NITF, NEWSML_G2, NEWSML_1, IPTC, RSS, JSON_FEED])
def test_a_time_without_a_zone_is_in_that_of_the_source(body: str, zone: str, hour: int) -> None:
    (entry,) = parse_document(Document("a", body.encode(), NOW, "Wire", "a", zone=zone)).entries
    assert (entry.updated or entry.published) == datetime(2026, 1, 15, hour, tzinfo=UTC)
    assert not entry.revision or f" 20260115T{hour:02}0000Z " in entry.revision


def test_a_day_is_that_day_whatever_the_zone() -> None:
    body = NITF.replace("20260115T100000", "20260115")
    (entry,) = parse_document(Document("a", body.encode(), NOW, "Wire", "a", zone="Asia/Tokyo")).entries
    assert entry.published == datetime(2026, 1, 15, tzinfo=UTC)


@pytest.mark.parametrize(("zone", "hour"), [("", 17), ("America/New_York", 23)])
def test_an_embargo_without_a_zone_ends_in_that_of_the_source(zone: str, hour: int) -> None:
    body = NINJS.replace('"headline"', '"ednote": "SPERRFRIST: 16.01.2026, 18:00 Uhr", "headline"')
    (entry,) = parse_document(Document("a", body.encode(), NOW, "Wire", "a", zone=zone)).entries
    assert entry.embargo_until == datetime(2026, 1, 16, hour, tzinfo=UTC)
