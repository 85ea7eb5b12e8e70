from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from newsbeam.transforms.read.due import due_in_run, host_of, next_poll_at
from newsbeam.transforms.read.sources import WebFeed
from newsbeam.transforms.records import Poll, Source

NOW = datetime(2026, 3, 3, 10, tzinfo=UTC)
FEED = WebFeed("https://a.example/rss", "A", "https://a.example/rss", poll_interval_s=900)
KEEPS = replace(FEED, keeps_interval=True)


def polled(minutes_ago: float, status: int | None = 200, retry_after: str = "", feed: Source = FEED) -> Poll:
    """Return the poll of a feed as it was made."""
    at = NOW - timedelta(minutes=minutes_ago)
    due = next_poll_at(at, feed.poll_interval_s, status, retry_after)
    kind = "ok" if status == 200 else "error"
    return Poll(feed.feed_url, feed.location, feed.name, at, kind, status, next_poll_at=due)


@pytest.mark.parametrize(
    ("feed", "poll", "due"),
    [
        (FEED, None, True),
        (FEED, polled(1), True),
        (FEED, polled(1, None), True),
        (FEED, polled(1, 404), True),
        (FEED, polled(1, 500), True),
        (FEED, polled(1, retry_after="3600"), False),
        (FEED, polled(61, retry_after="3600"), True),
        (FEED, polled(14, 503), False),
        (FEED, polled(15, 503), True),
        (FEED, polled(60, 503, "7200"), False),
        (FEED, polled(60, 503, "Tue, 03 Mar 2026 10:00:01 GMT"), False),
        (FEED, polled(60, 503, "Tue, 03 Mar 2026 09:59:59 GMT"), True),
        (FEED, polled(14, 429), False),
        (FEED, polled(1, 429, "60"), False),
        (FEED, polled(9999, 410), False),
        (KEEPS, polled(11), False),
        (KEEPS, polled(12), True),
        (KEEPS, polled(14.9, 404), True),
        (KEEPS, polled(59, retry_after="3600"), False),
        (Source("a.xml", "A", "a.xml"), polled(1, 429), True),
    ],
)
def test_which_feeds_a_run_asks_for(feed, poll, due):
    assert (due_in_run([feed], {FEED.feed_url: poll} if poll else {}, NOW) == [feed]) == due


def test_a_429_is_for_all_that_a_server_serves():
    others = [replace(FEED, feed_url=f"https://{place}") for place in ("a.example/b", "a.example:8443/b", "b.example/")]
    polls = {FEED.feed_url: polled(1, 429, "3600")}
    assert due_in_run([FEED, *others], polls, NOW) == others[1:]
    assert due_in_run(others, {FEED.feed_url: polled(1, 503, "3600")}, NOW) == others


@pytest.mark.parametrize(
    ("location", "host"),
    [
        ("https://A.example:8443/x", "a.example"),
        ("/a/b.xml", "files"),
        ("https://[broken/", "https://[broken/"),
    ],
)
def test_the_host_to_be_polite_to(location, host):
    assert host_of(location) == host
