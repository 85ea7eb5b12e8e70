"""The order of stories by their dates of publication, as far as these are plausible."""

from datetime import UTC, datetime, time, timedelta

from newsbeam.transforms.records import Entry

NEVER = datetime.max.replace(tzinfo=UTC)
LATE = timedelta(days=7)
"""A date further back than this before the entry was fetched is not believed; `pipeline/reports/views.py` has the
same rule in SQL."""


def believed_date(entry: Entry) -> tuple[datetime, datetime]:
    """Return the sort key of when a story was published; one without a date comes last.

    A copy can be dated back to appear as the original. So a date long before the entry was fetched counts as the end of
    the day of fetching: after everything published or fetched by then. Such entries of one day (from an archive, or a
    new feed) are ordered among themselves by their dates.
    """
    if entry.published is None:
        return NEVER, NEVER
    if entry.published >= entry.fetched_at - LATE:
        return entry.published, entry.published
    day = entry.fetched_at.astimezone(UTC).date() + timedelta(days=1)
    return datetime.combine(day, time(), UTC), entry.published


def canonical_order(entry: Entry) -> tuple[tuple[datetime, datetime], str, int]:
    """Return the sort key by which the earliest paragraph is canonical; an entry without a date comes last."""
    return believed_date(entry), entry.entry_id, entry.version
