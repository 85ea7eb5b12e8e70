"""Which of two stories was first: by their dates of publication, as far as these can be believed."""

from datetime import UTC, datetime, time, timedelta

from newsbeam.transforms.records import Entry

NEVER = datetime.max.replace(tzinfo=UTC)
LATE = timedelta(days=7)
"""How long before we first saw a story its date is believed; `pipeline/views.py` says the same in SQL."""


def believed_date(entry: Entry) -> tuple[datetime, datetime]:
    """Return the sort key of when a story was published; one without a date comes last.

    Anybody can date a copy back to be the first. So a date long before we saw the entry counts as the end of the day on
    which we did: after what was published or seen by then. Such entries of one day (an archive that is read, a feed
    that is new to us) are ordered by their dates among themselves.
    """
    if entry.published is None:
        return NEVER, NEVER
    if entry.published >= entry.fetched_at - LATE:
        return entry.published, entry.published
    day = entry.fetched_at.astimezone(UTC).date() + timedelta(days=1)
    return datetime.combine(day, time(), UTC), entry.published
