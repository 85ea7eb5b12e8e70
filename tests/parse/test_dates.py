"""Dates as published, and those that can't be believed."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from newsbeam.transforms.parse.dates import ParsedDate, read_date

FETCHED_AT = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("Thu, 01 Oct 2026 10:00:00 GMT", "2026-10-01T10:00:00"),
        ("Thu, 01 Oct 2026 10:00:00 +0200", "2026-10-01T08:00:00"),
        ("Thu, 01 Oct 2026 10:00:00 +02:00", "2026-10-01T08:00:00"),
        ("Thu, 01 Oct 2026 10:00:00 GMT+02:00", "2026-10-01T08:00:00"),
        ("1 Oct 2026 10:00 EST", "2026-10-01T15:00:00"),
        ("Thu, 1 October 2026 10:00:00 CEST", "2026-10-01T08:00:00"),
        ("Thu, 01-Oct-26 10:00:00 Z", "2026-10-01T10:00:00"),
        ("Do, 01 Oct 2026 10:00:00 +0200 (MESZ)", "2026-10-01T08:00:00"),
        ("чт, 01 Oct 2026 10:00:00 +0300", "2026-10-01T07:00:00"),
        ("Thu, 01 Oct 2026 10:00:00 Europe/Berlin", "2026-10-01T08:00:00"),
        ("Thu, 01 Oct 2026 10:00:00 A", "2026-10-01T10:00:00"),
        ("01 Oct 2026", "2026-10-01T00:00:00"),
        ("Do, 05 März 2026 10:00:00 +0100", "2026-03-05T09:00:00"),
        ("mar., 15 sept. 2026 10:00:00 GMT", "2026-09-15T10:00:00"),
        ("чт, 01 октября 2026 10:00:00 +0300", "2026-10-01T07:00:00"),
        ("01 Oct 87 10:00:00 GMT", "1987-10-01T10:00:00"),
        ("01 Oct 07 10:00:00 GMT", "2007-10-01T10:00:00"),
        ("2026-10-01T10:00:00Z", "2026-10-01T10:00:00"),
        ("2026-10-01t10:00:00.123456z", "2026-10-01T10:00:00"),
        ("2026-10-01T10:00:00-05:30", "2026-10-01T15:30:00"),
        ("2026-10-01 10:00", "2026-10-01T10:00:00"),
        ("2026/10/1 10:00:00", "2026-10-01T10:00:00"),
        ("20261001T100000Z", "2026-10-01T10:00:00"),
        ("2026-10-01", "2026-10-01T00:00:00"),
        ("2026-10", "2026-10-01T00:00:00"),
        ("2026", "2026-01-01T00:00:00"),
        ("2026-10-01T24:00:00Z", "2026-10-02T00:00:00"),
        ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59"),
        ("Thu Oct 1 10:00:00 2026", "2026-10-01T10:00:00"),
        ("October 1, 2026 7:30 PM", "2026-10-01T19:30:00"),
        ("01 Oct 2026 07:30 PM", "2026-10-01T19:30:00"),
        ("13/10/2026", "2026-10-13T00:00:00"),
        ("Thu Oct 01 2026 10:00:00 GMT+0200 (CEST)", "2026-10-01T08:00:00"),
        ("Thu Oct 01 2026 10:00:00 GMT-0300 (Brasilia Standard Time)", "2026-10-01T13:00:00"),
        ("October 1, 2026 10:00 AM UTC+9", "2026-10-01T01:00:00"),
        ("01.10.2026 10:00 UTC-03:30", "2026-10-01T13:30:00"),
        ("2026-10-01 10:00:00.5 +0200 CEST m=+0.0101", "2026-10-01T08:00:00"),
        ("2026-10-01T10:00:00+02:00[Europe/Paris]", "2026-10-01T08:00:00"),
        ("2026-10-01T10:00:00Z[UTC]", "2026-10-01T10:00:00"),
        ("2026-10-01T10:00:00+00:00Z", "2026-10-01T10:00:00"),
        ("Quinta-feira, 1 de outubro de 2026 às 10:00", "2026-10-01T10:00:00"),
        ("п'ятниця, 2 жов 2026 10:00:00 +0300", "2026-10-02T07:00:00"),
        ("2 تشرين الأول 2026", "2026-10-02T00:00:00"),
        ("יום שישי, 2 באוקטובר 2026 10:00", "2026-10-02T10:00:00"),
        ("Thứ sáu, 16/10/2026, 10:00 (GMT+7)", "2026-10-16T03:00:00"),
        ("Oct 1, 2026 @ 10:00 AM", "2026-10-01T10:00:00"),
        ("Thu&#44; 1 Oct 2026 10:00 · GMT", "2026-10-01T10:00:00"),
        ("2 October 2026 10:00:00 India Standard Time", "2026-10-02T04:30:00"),
        ("Thursday, October 1, 2026 at 10:00:00 AM Pacific Daylight Time", "2026-10-01T17:00:00"),
        ("Thu, 10/01/2026 - 10:00", "2026-10-01T10:00:00"),
        ('<time datetime="2026-10-01T10:00:00+02:00" class="datetime">Thu, 10/01/2026</time>', "2026-10-01T08:00:00"),
        ("<em>1 October 2026</em>", "2026-10-01T00:00:00"),
        ("Thu, 01 Oct 2026 07:30:15 PM", "2026-10-01T19:30:15"),
        ("2026-10-01 07:30:15 PM EDT", "2026-10-01T23:30:15"),
        ("Oct. 1, 2026, 7 p.m. ET", "2026-10-01T23:00:00"),
        ("Thu, 01 Oct 2026 10:00:00 Asia/Tokyo", "2026-10-01T01:00:00"),
        ("Thu, 01 Oct 2026 10:00:00 (EST)", "2026-10-01T15:00:00"),
        ("10:00, 1-Oct-2026", "2026-10-01T10:00:00"),
        ("czw., 01 paź 2026 10:00:00 +0200", "2026-10-01T08:00:00"),
        ("śr., 18 lis 2026 10:00:00 +0100", "2026-11-18T09:00:00"),
        ("sri, 21 lis 2026 10:00:00 +0200", "2026-10-21T08:00:00"),
        ("1 Ekim 2026 Perşembe 10:00", "2026-10-01T10:00:00"),
        ("Πέμ, 01 Οκτ 2026 10:00:00 +0300", "2026-10-01T07:00:00"),
        ("2026. október 1. 10:00", "2026-10-01T10:00:00"),
        ("1 de octubre de 2026", "2026-10-01T00:00:00"),
        ("mar. 3 mars 2026", "2026-03-03T00:00:00"),
        ("1. 10. 2026 10.30", "2026-10-01T10:30:00"),
        ("jeudi 1er octobre 2026 à 10h30", "2026-10-01T10:30:00"),
        ("2026年10月1日 10時30分", "2026-10-01T10:30:00"),
        ("2026년 10월 1일 오후 7:30", "2026-10-01T19:30:00"),
        ("1 tháng 10, 2026 10:00", "2026-10-01T10:00:00"),
        ("01 Oct 02 1500 GMT", "2002-10-01T15:00:00"),
        ("2026. 10. 1. 10:00", "2026-10-01T10:00:00"),
        ("mar, 13/10/2026", "2026-10-13T00:00:00"),
        ("Donnerstag, am 1. Oktober 2026, 19:30 Uhr", "2026-10-01T19:30:00"),
        ("2026-10-01+02:00", "2026-09-30T22:00:00"),
        ("2026-10-01-05:00", "2026-10-01T05:00:00"),
        ("1 Οκτωβρίου 2026 στις 10:00", "2026-10-01T10:00:00"),
        ("1 de octubre de 2026, 10:00 h", "2026-10-01T10:00:00"),
        ("tor. 1. okt. 2026 kl. 10.00", "2026-10-01T10:00:00"),
        ("Thu, 01 Oct 2026 10:00:00 Pacific Time", "2026-10-01T17:00:00"),
    ],
)
def test_a_date_is_read_by_rule(raw: str, expected: str) -> None:
    reading = read_date(raw, FETCHED_AT)
    assert reading.value == datetime.fromisoformat(expected).replace(tzinfo=UTC)
    assert reading.problem == ""


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("Fri, 31 Dec 9999 23:59:59 GMT", "impossible"),
        ("0001-01-01T00:00:00Z", "impossible"),
        ("2026-10-01T10:00:00+02:00Z", "zone"),
        ("Thu, 01 Jan 1970 00:00:00 GMT", "impossible"),
        ("2050-01-01T00:00:00Z", "impossible"),
        ("Sun, 32 Oct 2026 10:00:00 GMT", "not a date"),
        ("2026-13-01", "not a date"),
        ("2026-02-30T10:00:00Z", "not a date"),
        ("2026-10-01T25:00:00Z", "not a date"),
        ("Thu, 01 Oct 2026 10:00:00 IST", "unknown time zone IST"),
        ("Thu, 01 Oct 2026 10:00:00 +9900", "not a time zone"),
        ("10/11/2026", "more than one way"),
        ("Thursday", "not have exactly one day, month and year"),
        ("202610", "only digits"),
        ("1790848800", "only digits"),
        ("yesterday", "not a date"),
        ("013, 13 Oct 2026 10:00:00 +0000", "not have exactly one day, month and year"),
        ("01 Oct 2026 10:00 no. 4", "not understood: no."),
        ("Updated 01 Oct 2026 10:00", "not understood: Updated"),
        ("01 Oct 2026 10:00 - 11:00", "two times of day"),
        ("01 Oct 2026 14:00 AM", "not a valid time of day"),
        ("01 Oct 202", "not have exactly one day, month and year"),
        ("01.10.26 10:00", "not a date"),
        ("Thu, 10/11/2026 - 10:00", "more than one way"),
        ("20 listopada 2026", "not have exactly one day, month and year"),
        ("10 Foo 2026", "not understood: Foo"),
        ("<time>" + "x" * 10_000, "not a date"),
        ("1" * 1_000_000, "not a date"),
    ],
)
def test_a_rejected_date_is_none_with_a_reason(raw: str, reason: str) -> None:
    reading = read_date(raw, FETCHED_AT)
    assert reading.value is None
    assert reason in reading.problem
    assert len(reading.problem) < 300


def test_an_empty_date_is_not_a_problem() -> None:
    assert read_date("", FETCHED_AT) == ParsedDate()


@pytest.mark.parametrize(
    ("raw", "expected"),
    [("2026-11-21T11:00:00Z", datetime(2026, 11, 21, 11, tzinfo=UTC)), ("2027-06-01T00:00:00Z", FETCHED_AT)],
)
def test_a_future_date_is_the_time_of_the_fetch_but_for_a_day_of_clock_skew(raw: str, expected: datetime) -> None:
    reading = read_date(raw, FETCHED_AT)
    assert (reading.value, reading.problem) == (expected, "")


def test_the_language_decides_between_months_of_one_name() -> None:
    readings = [read_date("20 listopada 2025", FETCHED_AT, language=language).value for language in ("pl", "hr-HR")]
    assert readings == [datetime(2025, 11, 20, tzinfo=UTC), datetime(2025, 10, 20, tzinfo=UTC)]


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("2026-01-05 10:00:00", "2026-01-05T15:00:00"),
        ("Wed, 01 Jul 2026 10:00:00", "2026-07-01T14:00:00"),
        ("2026-01-05T10:00:00Z", "2026-01-05T10:00:00"),
        ("5 Jan 2026 10:00 CET", "2026-01-05T09:00:00"),
        ("2026-01-05", "2026-01-05T00:00:00"),
        ("5 January 2026", "2026-01-05T00:00:00"),
    ],
)
def test_the_zone_of_a_source_is_that_of_times_without_one(raw: str, expected: str) -> None:
    zone = ZoneInfo("America/New_York")
    assert read_date(raw, FETCHED_AT, zone).value == datetime.fromisoformat(expected).replace(tzinfo=UTC)


@pytest.mark.parametrize("text", ["1:" * 45, "Mon " * 24, "(" * 99, "-1" * 49, "a.m." * 24, "9" * 99 + "/"])
def test_hostile_dates_are_rejected_immediately(text: str) -> None:
    assert read_date(text, FETCHED_AT).value is None
