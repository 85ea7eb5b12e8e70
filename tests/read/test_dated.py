"""Drops by date: only the days that are asked for are listed, and all days are one source."""

import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from newsbeam.transforms.read import dated, sources
from newsbeam.transforms.read.dated import days, is_dated
from newsbeam.transforms.read.source_spec import SourceSpec
from newsbeam.transforms.read.sources import expand_wire

DAYS = [date(2026, 11, 28), date(2026, 11, 29), date(2026, 12, 1)]


@pytest.mark.parametrize(
    ("since", "until", "first", "last", "number"),
    [
        (date(2026, 11, 24), date(2026, 11, 26), "2026-11-24", "2026-11-26", 3),
        (timedelta(days=7), None, "2026-11-23", "2026-11-30", 8),
        (timedelta(days=2), timedelta(days=1), "2026-11-28", "2026-11-29", 2),
        (date(2026, 11, 30), None, "2026-11-30", "2026-11-30", 1),
    ],
)
def test_days(since, until, first, last, number):
    found = list(days(since, until, date(2026, 11, 30)))
    assert (str(found[0]), str(found[-1]), len(found)) == (first, last, number)


def test_no_days():
    assert list(days(date(2026, 12, 1), None, date(2026, 11, 30))) == []


def write_drop(folder: Path, form: str) -> None:
    for day in DAYS:
        place = folder / "drop" / day.strftime(form)
        place.mkdir(parents=True)
        (place / "a.xml").write_text("<a/>")
        (place / "b.txt").write_text("b")


@pytest.mark.parametrize(
    ("form", "location"),
    [("date=%Y-%m-%d", "drop/date={date}/*.xml"), ("%Y/%m/%d", "drop/{year}/{month}/{day}/*.xml")],
)
def test_the_folders_of_some_days(tmp_path, monkeypatch, form, location):
    write_drop(tmp_path, form)
    scanned: list[str] = []
    scandir = os.scandir

    def scan(path="."):
        scanned.append(str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", scan)
    found = expand_wire(SourceSpec(location, base=tmp_path, since=DAYS[0], until=DAYS[1]))
    assert [Path(each.location).parent for each in found] == [
        tmp_path / "drop" / day.strftime(form) for day in DAYS[:2]
    ]
    assert {(each.name, each.source_id) for each in found} == {("drop", "drop")}
    assert not any(DAYS[2].strftime(form) in path for path in scanned)


def test_a_day_without_a_folder_has_no_files_and_a_missing_drop_is_an_error(tmp_path):
    write_drop(tmp_path, "%Y-%m-%d")
    (found,) = expand_wire(SourceSpec("drop/{date}/a.xml", base=tmp_path, since=date(2026, 11, 30), until=DAYS[2]))
    assert found.location.endswith("2026-12-01/a.xml")
    (missing,) = expand_wire(SourceSpec("nowhere/{date}", base=tmp_path, since=DAYS[0], until=DAYS[2]))
    assert missing.stat is None


def test_until_today(tmp_path, monkeypatch):
    write_drop(tmp_path, "%Y-%m-%d")

    class Clock(datetime):
        @classmethod
        def now(cls, tz=None):
            return cls(2026, 11, 29, 23, 59, tzinfo=UTC)

    monkeypatch.setattr(dated, "datetime", Clock)
    found = expand_wire(SourceSpec("drop/{date}", base=tmp_path, since=timedelta(days=7)))
    assert len(found) == 4


def test_prefixes_of_an_object_store(monkeypatch):
    asked: list[str] = []
    monkeypatch.setattr(sources, "list_dated_drop", dated.list_dated_drop)
    monkeypatch.setattr(dated, "list_drop", lambda place, base: asked.append(place) or [])
    expand_wire(SourceSpec("s3://bucket/drops/date={date}/**", since=DAYS[0], until=DAYS[1]))
    assert asked == ["s3://bucket/drops/date=2026-11-28/**", "s3://bucket/drops/date=2026-11-29/**"]


def test_other_braces_are_a_name():
    assert not is_dated("drop/{dates}/{Year}")
