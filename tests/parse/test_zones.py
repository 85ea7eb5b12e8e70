"""Time zones as dates name them."""

from datetime import UTC, datetime, timedelta

import pytest

from newsbeam.transforms.parse.zones import UnknownZoneError, is_area, local_zone, zone_of


@pytest.mark.parametrize(
    ("name", "hours"),
    [
        ("+0100", 1),
        ("GMT+1", 1),
        ("UTC-05:30", -5.5),
        ("utc +2", 2),
        ("\u22122", -2),
        ("+0100 CET", 1),
        ("-0500 EST", -5),
        ("+0300 +03", 3),
        ("+01:00[Europe/Berlin]", 1),
        ("[Europe/Berlin]", 1),
        ("Z[UTC]", 0),
        ("EST", -5),
        ("est", -5),
        ("Eastern Standard Time", -5),
        ("ET", -5),
        ("Etc/GMT+5", -5),
        ("A", 0),
    ],
)
def test_a_zone_is_so_many_hours_east_in_winter(name: str, hours: float) -> None:
    assert zone_of(name).utcoffset(datetime(2026, 1, 15)) == timedelta(hours=hours)


@pytest.mark.parametrize("name", ["IST", "+9900", "Mars/Base", "../../etc/passwd", "America", "", "x" * 1000])
def test_what_names_no_zone_or_several_is_an_error(name: str) -> None:
    with pytest.raises(UnknownZoneError):
        zone_of(name)


def test_a_source_without_a_zone_writes_utc() -> None:
    assert local_zone("") is UTC
    assert local_zone("Asia/Tokyo").utcoffset(datetime(2026, 1, 15)) == timedelta(hours=9)


@pytest.mark.parametrize(
    ("name", "expected"), [("Europe/Berlin", True), ("Etc/UTC", True), ("EST", False), ("Europe/Atlantis", False)]
)
def test_is_area(name: str, expected: bool) -> None:
    assert is_area(name) is expected
