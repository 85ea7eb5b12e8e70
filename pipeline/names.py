"""What sources are called: a feed that the config gives no name calls itself something, and may change its mind."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from newsbeam.transforms.records import Poll, Source


def current_names(
    sources: Iterable[Source], known: Mapping[str, Poll], in_entries: Mapping[str, str]
) -> dict[str, str]:
    """Return the name of each source by its feed_url.

    Args:
        sources: What was read.
        known: The last poll of each feed_url before.
        in_entries: From feed_url to the name that its entries have.

    Returns:
        For a feed without a name in the config what its entries have, else what it was called before: a feed that is
        unchanged or fails says nothing.
    """
    names = {}
    for source in sources:
        url = source.feed_url
        before = known[url].source if url in known and not source.named else source.name
        names[url] = in_entries.get(url, before)
    return names


def renamed(sources: Iterable[Source], known: Mapping[str, Poll], names: Mapping[str, str]) -> list[str]:
    """Return a line for each feed or wire that is called something else than at its last poll."""
    now: dict[str, set[str]] = defaultdict(set)
    last: dict[str, Poll] = {}
    for source in sources:
        key = source.source_id if source.wire else source.feed_url
        now[key].add(names[source.feed_url])
        poll = known.get(source.feed_url)
        if poll and (key not in last or poll.fetched_at > last[key].fetched_at):
            last[key] = poll
    changed = {(poll.source, min(now[key])) for key, poll in last.items() if poll.source not in now[key]}
    return [f"source {before} is now called {after}" for before, after in sorted(changed)]


def always_new(polls: Iterable[Poll], known: Mapping[str, Poll], least: int) -> list[str]:
    """Return a line for each feed all of whose entries, `least` or more, were new at this poll and the one before."""
    floods = (
        poll
        for poll in polls
        if poll.feed_url in known
        and all(least <= each.entries == each.entries_new for each in (poll, known[poll.feed_url]))
    )
    return [f"warning: {poll.source}: all {poll.entries:,} entries are new again ({poll.feed_url})" for poll in floods]
