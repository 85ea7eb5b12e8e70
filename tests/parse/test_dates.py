"""Dates as published, and those that can't be believed."""

from datetime import UTC, datetime

import pytest

from newsbeam.transforms.parse.dates import DateReading, read_date

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
        ("Thu, 01 Jan 1970 00:00:00 GMT", "impossible"),
        ("2050-01-01T00:00:00Z", "impossible"),
        ("Sun, 32 Oct 2026 10:00:00 GMT", "no date"),
        ("2026-13-01", "no date"),
        ("2026-02-30T10:00:00Z", "no date"),
        ("2026-10-01T25:00:00Z", "no date"),
        ("Thu, 01 Oct 2026 10:00:00 IST", "unknown time zone IST"),
        ("Thu, 01 Oct 2026 10:00:00 +9900", "no time zone"),
        ("10/11/2026", "more than one way"),
        ("Thursday", "no day, month and year"),
        ("202610", "digits alone"),
        ("1790848800", "digits alone"),
        ("yesterday", "no date"),
        ("1" * 1_000_000, "no date"),
    ],
)
def test_a_date_that_cannot_be_believed_is_none_with_a_reason(raw: str, reason: str) -> None:
    reading = read_date(raw, FETCHED_AT)
    assert reading.value is None
    assert reason in reading.problem
    assert len(reading.problem) < 300


def test_no_date_is_no_problem() -> None:
    assert read_date("", FETCHED_AT) == DateReading()


@pytest.mark.parametrize(
    ("raw", "expected"),
    [("2026-11-21T11:00:00Z", datetime(2026, 11, 21, 11, tzinfo=UTC)), ("2027-06-01T00:00:00Z", FETCHED_AT)],
)
def test_a_future_date_is_the_time_of_the_fetch_but_for_a_day_of_clock_skew(raw: str, expected: datetime) -> None:
    reading = read_date(raw, FETCHED_AT)
    assert (reading.value, reading.problem) == (expected, "")
