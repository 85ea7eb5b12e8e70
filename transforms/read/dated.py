"""Drops that are partitioned by date: `drop/date={date}/` or `drop/{year}/{month}/{day}/*.xml`; the days to list."""

import os
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from newsbeam.transforms.common.objects import is_object_url
from newsbeam.transforms.read.drops import Found, list_drop
from newsbeam.transforms.read.files import fixed_part, is_pattern

_FORMS = {"{date}": "%Y-%m-%d", "{year}": "%Y", "{month}": "%m", "{day}": "%d"}
_PLACE = re.compile("|".join(map(re.escape, _FORMS)))

Day = date | timedelta
"""A day, or how long before today it is."""


def is_dated(location: str) -> bool:
    """Return whether a location has a place for dates."""
    return bool(_PLACE.search(location))


def any_date(location: str) -> str:
    """Return a location as a pattern of all dates."""
    return _PLACE.sub("*", location)


def days(since: Day, until: Day | None, today: date) -> Iterator[date]:
    """Yield the days from `since` to `until` (today by default), both included."""
    first, last = (today - day if isinstance(day, timedelta) else day for day in (since, until or today))
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)


def list_dated_drop(location: str, base: Path, since: Day, until: Day | None) -> list[Found]:
    """Return the files of some days (UTC) of a dated drop, as `list_drop` does; only their folders are listed.

    A day without a folder has no files. If the folder before the first date is missing, reading it gives the error.

    Raises:
        UnreadableFileError: The object store can't be listed.
    """
    fixed = fixed_part(any_date(location))
    if not is_object_url(location) and not os.path.isdir(base / fixed):
        return list_drop(fixed or ".", base)
    # By path, since a pattern can match a file on two days.
    found: dict[str, Found] = {}
    for day in days(since, until, datetime.now(UTC).date()):
        place = _PLACE.sub(lambda match: day.strftime(_FORMS[match[0]]), location)  # noqa: B023 - called here
        if _may_exist(location, place, base):
            found.update((each[0], each) for each in list_drop(place, base))
    return sorted(found.values())


def _may_exist(location: str, place: str, base: Path) -> bool:
    """Return False if a local day has no folder: that is not an error."""
    if is_object_url(place):
        return True
    # Up to the last name with a date: below it a missing folder is an error as in any drop.
    last = max(number for number, name in enumerate(location.split("/")) if is_dated(name))
    dated = "/".join(place.split("/")[: last + 1])
    return is_pattern(dated) or os.path.lexists(base / dated)
