"""The period that a report, a search or a plot is of."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from newsbeam.pipeline.config.values import parse_duration


@dataclass(frozen=True)
class Period:
    """The time after `since` up to `until`, both aware and UTC."""

    since: datetime
    until: datetime

    @property
    def length(self) -> timedelta:
        """How long it is."""
        return self.until - self.since

    @property
    def before(self) -> datetime:
        """The beginning of the period of the same length before this one."""
        return self.since - self.length


def parse_moment(text: str, now: datetime) -> datetime:
    """Return a moment: a duration before `now` (24h, 7d), or a date or time in ISO 8601, in UTC without a zone.

    Raises:
        ValueError: The text is neither, or before the year 1.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        try:
            return now - parse_duration(text)
        except (ValueError, OverflowError) as error:
            raise ValueError(
                f"{text!r} is neither a duration such as 24h or 7d nor a date such as 2026-11-30"
            ) from error
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def make_period(since: str, until: str | None, now: datetime) -> Period:
    """Return the period between two moments; a duration is counted back from its end.

    Raises:
        ValueError: A moment can't be parsed, or the period has no length or begins too early.
    """
    end = parse_moment(until, now) if until else now
    period = Period(parse_moment(since, end), end)
    if period.length <= timedelta(0):
        raise ValueError(f"a period that begins at {since} ends before it begins")
    # `before` would be earlier than any date that Python has.
    if period.since - datetime.min.replace(tzinfo=UTC) < period.length:
        raise ValueError(f"{since} is too long ago")
    return period
